use std::sync::Arc;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::model::past::Past;
use crate::model::process::{Pid, ProcessInfo, ProcessKey, StartTime};
use crate::model::programs::{self, ProgramCount};
use crate::model::remainder::Remainder;

type CpuSnapshot = SnapshotOf<CpuRow>;

fn row(pid: u32, cpu: Option<f64>) -> CpuRow {
    CpuRow {
        key: ProcessKey {
            pid: Pid(pid),
            start_time: StartTime::Ticks(1),
        },
        info: Arc::new(ProcessInfo::default()),
        cpu: cpu.map(Percent),
        memory: None,
        rss: None,
        threads: Some(u64::from(pid)),
        state: None,
        nice: None,
        parent: None,
        cpu_time: None,
        wait: None,
        past: Past::default(),
    }
}

fn snapshot(seconds: f64, rows: Vec<CpuRow>, kernel: f64) -> CpuSnapshot {
    Snapshot {
        at: Timestamp::UNIX_EPOCH,
        since_boot: Duration::from_secs(9),
        elapsed: Duration::from_secs_f64(seconds),
        totals: CpuTotals {
            busy: Some(Percent(
                rows.iter().filter_map(|row| row.cpu).map(|cpu| cpu.0).sum(),
            )),
            ..CpuTotals::default()
        },
        rows,
        remainder: vec![CpuRemainder {
            what: Remainder::Kernel,
            cpu: Percent(kernel),
            programs: Vec::new(),
        }],
        degradations: Vec::new(),
        cost: Cost::default(),
    }
}

/// What all did, in core-seconds: in rows, in the whole, in the remainder.
fn work(snapshot: &CpuSnapshot) -> [f64; 3] {
    let seconds = snapshot.elapsed.as_secs_f64();
    let rows = snapshot.rows.iter().filter_map(|row| row.cpu);
    let kernel = snapshot.remainder.iter().map(|row| row.cpu.0);
    [
        rows.map(|cpu| cpu.0).sum::<f64>() * seconds,
        snapshot.totals.busy.map_or(0.0, |busy| busy.0) * seconds,
        kernel.sum::<f64>() * seconds,
    ]
}

#[test]
fn a_row_that_is_not_in_the_second_ended() {
    let before = snapshot(1.0, vec![row(1, None), row(2, None)], 0.0);
    let after = snapshot(1.0, vec![row(2, None), row(3, None)], 0.0);
    let ended = joined(&before, &after).rows;
    let ended: Vec<_> = ended.iter().map(|row| row.past.ended).collect();
    assert_eq!(ended, [true, false, false]);
}

#[test]
fn a_process_that_was_there_half_the_time_did_half_on_average() {
    let before = snapshot(3.0, vec![row(1, Some(90.0)), row(2, Some(10.0))], 4.0);
    let after = snapshot(1.0, vec![row(2, Some(50.0)), row(3, None)], 0.0);
    let joined = joined(&before, &after);
    let shares: Vec<_> = joined
        .rows
        .iter()
        .map(|row| (row.key.pid.0, row.cpu.map(|cpu| cpu.0)))
        .collect();
    assert_eq!(shares, [(1, Some(67.5)), (2, Some(20.0)), (3, None)]);
    assert_eq!(joined.elapsed, Duration::from_secs(4));
    assert_eq!(joined.remainder[0].cpu, Percent(3.0));
}

#[test]
fn a_time_of_which_nothing_is_known_adds_nothing() {
    let before = snapshot(3.0, vec![row(1, None), row(2, None)], 0.0);
    let after = snapshot(1.0, vec![row(1, Some(8.0)), row(2, None)], 0.0);
    let joined = joined(&before, &after);
    assert_eq!(joined.rows[0].cpu, Some(Percent(2.0)));
    assert_eq!(joined.rows[1].cpu, None);
}

#[test]
fn programs_that_ended_are_counted_over_both_times() {
    let ended = |seconds, programs: &[(&str, u64)]| {
        let mut snapshot = snapshot(seconds, Vec::new(), 10.0);
        let program = |&(name, count): &(&str, u64)| ProgramCount {
            name: name.into(),
            count,
        };
        snapshot.remainder[0].programs = programs.iter().map(program).collect();
        snapshot
    };
    let (before, after) = (
        ended(3.0, &[("cc1", 40), ("as", 5)]),
        ended(1.0, &[("as", 7)]),
    );
    let joined = joined(&before, &after);
    let texts = programs::texts(&joined.remainder[0].programs);
    assert_eq!(texts, ["cc1 40", "as 12"]);
}

fn any_snapshot() -> impl Strategy<Value = CpuSnapshot> {
    let rows = prop::collection::btree_map(1_u32..20, prop::option::of(0.0..400.0_f64), 0..12);
    (0.1..10.0_f64, rows, 0.0..50.0_f64).prop_map(|(seconds, rows, kernel)| {
        let rows = rows.into_iter().map(|(pid, cpu)| row(pid, cpu));
        snapshot(seconds, rows.collect(), kernel)
    })
}

proptest! {
    #[test]
    fn nothing_is_lost_and_nothing_made_up(snapshots in prop::collection::vec(any_snapshot(), 2..8)) {
        let mut all = snapshots[0].clone();
        let mut sums = work(&all);
        for next in &snapshots[1..] {
            all = joined(&all, next);
            for (sum, more) in sums.iter_mut().zip(work(next)) {
                *sum += more;
            }
        }
        for (a, b) in work(&all).into_iter().zip(sums) {
            prop_assert!((a - b).abs() <= 1e-6 * (1.0 + b.abs()), "{a} {b}");
        }
        let last = &snapshots[snapshots.len() - 1];
        for row in &last.rows {
            prop_assert!(all.rows.iter().any(|other| other.key == row.key));
        }
    }

    #[test]
    fn it_does_not_matter_in_which_order_neighbours_are_joined(
        a in any_snapshot(), b in any_snapshot(), c in any_snapshot(),
    ) {
        let left = joined(&joined(&a, &b), &c);
        let right = joined(&a, &joined(&b, &c));
        prop_assert_eq!(left.rows.len(), right.rows.len());
        for (l, r) in left.rows.iter().zip(&right.rows) {
            prop_assert_eq!(l.cpu.is_some(), r.cpu.is_some());
            let (l, r) = (l.cpu.map_or(0.0, |cpu| cpu.0), r.cpu.map_or(0.0, |cpu| cpu.0));
            prop_assert!((l - r).abs() < 1e-6 * (1.0 + l.abs()));
        }
    }
}
