//! Figures of programs: in each family the largest by name, and all others as one.
//!
//! They are rates over the measured interval and no counters: a counter of a program that leaves the
//! largest and comes back would have gone on unseen, and the sum of the others would go back, which
//! `rate()` takes for a restart.

use std::collections::HashMap;

use super::families as f;
use super::format::{Family, Page, Sample, label};
use super::machine::float;
use crate::model::cpu::{CpuRow, CpuSnapshot};
use crate::model::disk::{DiskRow, DiskSnapshot};
use crate::model::group::Program;
use crate::model::network::{NetworkRow, NetworkSnapshot};
use crate::model::remainder::RemainderRow;
use crate::model::snapshot::SnapshotOf;
use crate::model::table::Row;

/// What can be had of a snapshot in one family: of a row, and of what no row accounts for. `None`
/// where it is not known.
struct Figure<R: Row> {
    family: Family,
    row: fn(&R) -> Option<f64>,
    rest: fn(&R::Remainder) -> Option<f64>,
}

/// Adds what programs do with the CPU and the memory.
pub(super) fn add_cpu(page: &mut Page, snapshot: &CpuSnapshot, top: usize) {
    let figures = [
        Figure {
            family: f::PROGRAM_CPU,
            row: |row: &CpuRow| row.cpu.map(|cpu| cpu.0 / 100.0),
            rest: |rest| Some(rest.cpu.0 / 100.0),
        },
        Figure {
            family: f::PROGRAM_MEMORY,
            row: |row| row.rss.map(float),
            rest: |_| None,
        },
        Figure {
            family: f::PROGRAM_PROCESSES,
            row: |_| Some(1.0),
            rest: |_| None,
        },
    ];
    add(page, snapshot, top, &figures);
    let elapsed = snapshot.elapsed.as_secs_f64();
    page.add(&f::INTERVAL, [Sample::only(elapsed)]);
}

/// Adds what programs do with storage.
pub(super) fn add_disk(page: &mut Page, snapshot: &DiskSnapshot, top: usize) {
    let figures = [
        Figure {
            family: f::PROGRAM_READ,
            row: |row: &DiskRow| Some(row.io?.read_rate?.0),
            rest: |rest| Some(rest.read_rate.0),
        },
        Figure {
            family: f::PROGRAM_WRITTEN,
            row: |row: &DiskRow| Some(row.io?.write_rate?.0),
            rest: |rest| Some(rest.write_rate.0),
        },
    ];
    add(page, snapshot, top, &figures);
}

/// Adds what programs do on the network.
pub(super) fn add_network(page: &mut Page, snapshot: &NetworkSnapshot, top: usize) {
    let figures = [
        Figure {
            family: f::PROGRAM_RECEIVED,
            row: |row: &NetworkRow| Some(row.received_rate?.0),
            rest: |rest| Some(rest.received_rate?.0),
        },
        Figure {
            family: f::PROGRAM_SENT,
            row: |row| Some(row.sent_rate?.0),
            rest: |rest| Some(rest.sent_rate?.0),
        },
    ];
    add(page, snapshot, top, &figures);
}

fn add<R: Row>(page: &mut Page, snapshot: &SnapshotOf<R>, top: usize, figures: &[Figure<R>]) {
    let programs: Vec<Option<String>> = snapshot.rows.iter().map(program).collect();
    for figure in figures {
        let named = snapshot.rows.iter().zip(&programs);
        let named = named.filter_map(|(row, name)| Some((name.as_deref()?, (figure.row)(row)?)));
        let rest = snapshot.remainder.iter();
        let rest = rest.filter_map(|rest| Some((rest.what().kind(), (figure.rest)(rest)?)));
        let kind = |(kind, sum)| Sample::of([("kind", kind)], sum);
        let samples = largest(named, top).into_iter();
        page.add(
            &figure.family,
            samples.chain(sums(rest).into_iter().map(kind)),
        );
    }
}

fn program<R: Row>(row: &R) -> Option<String> {
    row.process()
        .map(|process| label(Program::of(process).name()))
}

/// The largest sums, then that of all others; nothing where nothing is known.
fn largest<'a>(figures: impl Iterator<Item = (&'a str, f64)>, top: usize) -> Vec<Sample> {
    let mut all = sums(figures);
    if all.is_empty() {
        return Vec::new();
    }
    all.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    // What did nothing needs no line.
    let named = all
        .iter()
        .take(top)
        .take_while(|(_, sum)| *sum > 0.0)
        .count();
    let others = all.split_off(named).into_iter().map(|(_, sum)| sum).sum();
    let one = |(name, sum)| Sample::of([("kind", "program"), ("program", name)], sum);
    let others = Sample::of([("kind", "other")], others);
    all.into_iter().map(one).chain([others]).collect()
}

/// The sum for each name, in the order of the names.
fn sums<'a>(figures: impl Iterator<Item = (&'a str, f64)>) -> Vec<(&'a str, f64)> {
    let mut sums: HashMap<&str, f64> = HashMap::new();
    for (name, figure) in figures {
        *sums.entry(name).or_default() += figure;
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(name, _)| *name);
    sums
}

#[cfg(test)]
#[path = "programs_tests.rs"]
mod tests;
