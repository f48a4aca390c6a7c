//! What happened in a stretch of time, against the same length of time before it.

use std::collections::BTreeMap;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;

use super::average::Average;
use super::cpu::CpuRow;
use super::disk::{DiskIo, DiskRow};
use super::network::NetworkRow;
use super::process::{Pid, ProcessRef};
use super::remainder::{Remainder, RemainderRow};
use super::snapshot::SnapshotOf;
use super::table::Row;
use super::units::{BytesPerSecond, Percent};

/// So many contributors are named at most.
const NAMED: usize = 3;
/// Naming ends where so much of the whole is explained.
const ENOUGH: f64 = 0.8;
/// A contributor below this share of the whole is not worth naming.
const LEAST: f64 = 0.05;
/// A whole that changed by less than this share of itself stayed as it was.
const STEADY: f64 = 0.1;

/// Which way something went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// Up.
    Rose,
    /// Down.
    Fell,
    /// Neither, or nothing is known of the time before.
    Stayed,
}

/// Why a whole is as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation<A> {
    /// Against the time before.
    pub trend: Trend,
    /// The whole before; `None` where that is not remembered.
    pub before: Option<A>,
    /// The whole.
    pub whole: A,
    /// Who contributed most, the largest first.
    pub contributors: Vec<Contributor<A>>,
}

/// All processes of one program.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributor<A> {
    /// The program's name; of processes that ended unseen, the name of who waited for them.
    pub name: String,
    /// Whether its processes ended unseen.
    pub exited: bool,
    /// How many there are.
    pub processes: u64,
    /// The name of the program that started most of them, where there are several.
    pub under: Option<String>,
    /// Its part of the whole.
    pub amount: A,
}

/// Rows that explain a whole.
pub trait Explains: Row + Average {
    /// What they and the whole are measured in.
    type Amount: Copy + PartialEq + std::fmt::Debug;

    /// The whole.
    fn whole(snapshot: &SnapshotOf<Self>) -> Option<f64>;

    /// A row's part of it.
    fn part(&self, snapshot: &SnapshotOf<Self>) -> Option<f64>;

    /// The part of what ended unseen.
    fn exited(row: &Self::Remainder, snapshot: &SnapshotOf<Self>) -> Option<f64>;

    /// Who started it.
    fn parent(&self) -> Option<Pid> {
        None
    }

    /// A number with its unit.
    fn amount(number: f64) -> Self::Amount;

    /// Notes what this row did in as long a time `before`, `None` where that is not known, and in
    /// all in a time of this length; and whether it `started` in it.
    fn tell(&mut self, before: Option<&Self>, elapsed: Duration, started: bool);
}

fn sum(a: Option<BytesPerSecond>, b: Option<BytesPerSecond>) -> Option<BytesPerSecond> {
    Some(a? + b?)
}

impl Explains for CpuRow {
    type Amount = Percent;

    fn whole(snapshot: &SnapshotOf<Self>) -> Option<f64> {
        Some(snapshot.totals.busy?.0)
    }

    /// Of the whole machine, as the graph.
    fn part(&self, snapshot: &SnapshotOf<Self>) -> Option<f64> {
        Some(self.cpu?.0 / snapshot.totals.cpus.filter(|&cpus| cpus > 0)? as f64)
    }

    fn exited(row: &Self::Remainder, snapshot: &SnapshotOf<Self>) -> Option<f64> {
        Some(row.cpu.0 / snapshot.totals.cpus.filter(|&cpus| cpus > 0)? as f64)
    }

    fn parent(&self) -> Option<Pid> {
        self.parent
    }

    fn amount(number: f64) -> Percent {
        Percent(number)
    }

    fn tell(&mut self, before: Option<&Self>, elapsed: Duration, started: bool) {
        self.past.before = before.and_then(|row| row.cpu);
        let seconds = |share: Percent| elapsed.as_secs_f64() * share.0 / 100.0;
        let time = self.cpu.map(seconds).map(Duration::try_from_secs_f64);
        self.past.sum = time.and_then(Result::ok);
        self.past.started = started;
    }
}

impl Explains for DiskRow {
    type Amount = BytesPerSecond;

    fn whole(snapshot: &SnapshotOf<Self>) -> Option<f64> {
        let totals = &snapshot.totals;
        Some(sum(totals.disk_read, totals.disk_write)?.0)
    }

    fn part(&self, _snapshot: &SnapshotOf<Self>) -> Option<f64> {
        let io = self.io?;
        Some(sum(io.read_rate, io.write_rate)?.0)
    }

    fn exited(row: &Self::Remainder, _snapshot: &SnapshotOf<Self>) -> Option<f64> {
        Some((row.read_rate + row.write_rate).0)
    }

    fn amount(number: f64) -> BytesPerSecond {
        BytesPerSecond(number)
    }

    fn tell(&mut self, before: Option<&Self>, elapsed: Duration, started: bool) {
        let rate = |io: Option<DiskIo>| io.and_then(|io| sum(io.read_rate, io.write_rate));
        self.past.before = rate(before.and_then(|row| row.io));
        self.past.sum = rate(self.io).map(|rate| rate.over(elapsed));
        self.past.started = started;
    }
}

impl Explains for NetworkRow {
    type Amount = BytesPerSecond;

    fn whole(snapshot: &SnapshotOf<Self>) -> Option<f64> {
        let totals = &snapshot.totals;
        Some(sum(totals.tcp_received, totals.tcp_sent)?.0)
    }

    fn part(&self, _snapshot: &SnapshotOf<Self>) -> Option<f64> {
        Some(sum(self.received_rate, self.sent_rate)?.0)
    }

    fn exited(_row: &Self::Remainder, _snapshot: &SnapshotOf<Self>) -> Option<f64> {
        None
    }

    fn amount(number: f64) -> BytesPerSecond {
        BytesPerSecond(number)
    }

    fn tell(&mut self, before: Option<&Self>, elapsed: Duration, started: bool) {
        let rate = |row: &Self| sum(row.received_rate, row.sent_rate);
        self.past.before = before.and_then(rate);
        self.past.sum = rate(self).map(|rate| rate.over(elapsed));
        self.past.started = started;
    }
}

/// Explains a stretch of time; `None` where the whole is not known.
pub fn explain<R: Explains>(
    now: &SnapshotOf<R>,
    before: Option<&SnapshotOf<R>>,
) -> Option<Explanation<R::Amount>> {
    let whole = R::whole(now)?;
    let earlier = before.and_then(R::whole);
    let trend = match earlier {
        Some(earlier) if whole > earlier * (1.0 + STEADY) => Trend::Rose,
        Some(earlier) if whole < earlier * (1.0 - STEADY) => Trend::Fell,
        _ => Trend::Stayed,
    };
    let mut contributors = programs(now);
    contributors.sort_by(|a, b| b.amount.total_cmp(&a.amount));
    let mut explained = 0.0;
    contributors.retain(|it| {
        let names = explained < whole * ENOUGH && it.amount > whole * LEAST;
        explained += it.amount;
        names
    });
    contributors.truncate(NAMED);
    let typed = |it: Contributor<f64>| Contributor {
        name: it.name,
        exited: it.exited,
        processes: it.processes,
        under: it.under,
        amount: R::amount(it.amount),
    };
    Some(Explanation {
        trend,
        before: earlier.map(R::amount),
        whole: R::amount(whole),
        contributors: contributors.into_iter().map(typed).collect(),
    })
}

/// The snapshot with what each row did in all and in as long a time before, which processes started
/// in it, and those that ended in it before they were seen once.
pub fn against<R: Explains>(now: &SnapshotOf<R>, before: Option<&SnapshotOf<R>>) -> SnapshotOf<R> {
    let earlier: BTreeMap<R::Key, &R> = before
        .iter()
        .flat_map(|before| &before.rows)
        .map(|row| (row.row_key(), row))
        .collect();
    let mut now = now.clone();
    let began = Began {
        // Where the machine slept in the range, that began earlier than its length tells.
        since_boot: before.map_or(now.since_boot.saturating_sub(now.elapsed), |before| {
            before.since_boot
        }),
        at: now.at.saturating_sub(now.elapsed).ok(),
    };
    if let Some(before) = before.filter(|before| now.continues(before.since_boot)) {
        now.rows.extend(gone(before, &now.rows));
        now.rows.sort_by_key(Row::row_key);
    }
    for row in &mut now.rows {
        let process = row.process();
        let started = process.is_some_and(|process| began.is_before(process));
        row.tell(earlier.get(&row.row_key()).copied(), now.elapsed, started);
    }
    now
}

/// The processes that were there to the end of the time before and at no moment of the time that
/// these rows are of: they ended between two looks.
fn gone<R: Explains>(before: &SnapshotOf<R>, rows: &[R]) -> Vec<R> {
    let there: HashSet<R::Key> = rows.iter().map(Row::row_key).collect();
    let mut gone: Vec<R> = before
        .rows
        .iter()
        .filter(|row| !row.has_ended() && !there.contains(&row.row_key()))
        .cloned()
        .collect();
    for row in &mut gone {
        row.dilute(0.0);
        row.end();
    }
    gone
}

/// When a stretch of time began.
struct Began {
    since_boot: Duration,
    /// On the wall clock.
    at: Option<Timestamp>,
}

impl Began {
    /// Whether a process started later. The wall clock may have been set since its start was read,
    /// so it is asked only where nothing else tells.
    fn is_before(&self, process: ProcessRef<'_>) -> bool {
        if let Some(started) = process.key.start_time.since_boot() {
            return started >= self.since_boot;
        }
        let times = process.info.started.zip(self.at);
        times.is_some_and(|(started, began)| started >= began)
    }
}

/// What all processes of each program did together.
fn programs<R: Explains>(snapshot: &SnapshotOf<R>) -> Vec<Contributor<f64>> {
    let by_pid: HashMap<Pid, String> = snapshot
        .rows
        .iter()
        .filter_map(|row| Some((row.process()?.key.pid, row.name_of())))
        .collect();
    let mut programs: BTreeMap<String, (u64, f64, BTreeMap<&str, u64>)> = BTreeMap::new();
    for row in &snapshot.rows {
        let Some(part) = row.part(snapshot).filter(|&part| part > 0.0) else {
            continue;
        };
        let (processes, amount, parents) = programs.entry(row.name_of()).or_default();
        *processes += 1;
        *amount += part;
        if let Some(parent) = row.parent().and_then(|pid| by_pid.get(&pid)) {
            *parents.entry(parent).or_default() += 1;
        }
    }
    let named = programs
        .into_iter()
        .map(|(name, (processes, amount, parents))| {
            let most = parents.into_iter().max_by_key(|(_, count)| *count);
            let under = most
                .filter(|(_, count)| processes > 1 && count * 2 > processes)
                .map(|(parent, _)| parent.to_owned());
            Contributor {
                name,
                exited: false,
                processes,
                under,
                amount,
            }
        });
    let exited = snapshot.remainder.iter().filter_map(|row| {
        let Remainder::Exited { name, .. } = row.what() else {
            return None;
        };
        Some(Contributor {
            name: name.clone(),
            exited: true,
            processes: 0,
            under: None,
            amount: R::exited(row, snapshot)?,
        })
    });
    named.chain(exited).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::cpu::{CpuRemainder, CpuTotals};
    use crate::model::past::{Lifetime, Past};
    use crate::model::process::{ProcessInfo, ProcessKey, StartTime};
    use crate::model::snapshot::{Cost, Snapshot};
    use std::sync::Arc;

    fn row(pid: u32, name: &str, parent: u32, cpu: f64) -> CpuRow {
        CpuRow {
            key: ProcessKey {
                pid: Pid(pid),
                start_time: StartTime::Ticks(1),
            },
            info: Arc::new(ProcessInfo {
                name: name.into(),
                ..ProcessInfo::default()
            }),
            cpu: Some(Percent(cpu)),
            memory: None,
            rss: None,
            threads: None,
            state: None,
            nice: None,
            parent: Some(Pid(parent)),
            cpu_time: None,
            wait: None,
            past: Past::default(),
        }
    }

    fn snapshot(busy: f64, rows: Vec<CpuRow>, exited: f64) -> SnapshotOf<CpuRow> {
        Snapshot {
            at: Timestamp::UNIX_EPOCH,
            since_boot: Duration::from_secs(9),
            elapsed: Duration::from_secs(1),
            totals: CpuTotals {
                busy: Some(Percent(busy)),
                cpus: Some(2),
                ..CpuTotals::default()
            },
            rows,
            remainder: vec![CpuRemainder {
                what: Remainder::Exited {
                    parent: ProcessKey {
                        pid: Pid(2),
                        start_time: StartTime::Ticks(1),
                    },
                    name: "make".into(),
                },
                cpu: Percent(exited),
                programs: Vec::new(),
            }],
            degradations: Vec::new(),
            cost: Cost::default(),
        }
    }

    #[test]
    fn a_storm_of_compilers_is_explained_by_its_program() {
        let mut rows = vec![row(2, "make", 1, 2.0), row(9, "firefox", 1, 28.0)];
        rows.extend((100..138).map(|pid| row(pid, "cc1", 2, 122.0 / 38.0)));
        let now = snapshot(94.0, rows, 30.0);
        let before = snapshot(12.0, vec![row(9, "firefox", 1, 20.0)], 0.0);
        let explanation = explain(&now, Some(&before)).expect("known");
        assert_eq!(explanation.trend, Trend::Rose);
        assert_eq!(explanation.before, Some(Percent(12.0)));
        let named: Vec<_> = explanation
            .contributors
            .iter()
            .map(|it| {
                let amount = it.amount.0.round();
                (it.name.as_str(), it.processes, it.under.as_deref(), amount)
            })
            .collect();
        assert_eq!(
            named,
            [("cc1", 38, Some("make"), 61.0), ("make", 0, None, 15.0)]
        );
        assert!(explanation.contributors[1].exited);
        let rows = against(&now, Some(&before)).rows;
        assert_eq!(rows[1].past.before, Some(Percent(20.0)));
        assert_eq!(rows[0].past.before, None);
        assert_eq!(rows[1].past.sum, Some(Duration::from_millis(280)));
        assert_eq!(rows[1].past.lifetime(), None);
    }

    #[test]
    fn rows_say_which_ends_of_their_life_lie_in_the_range() {
        // From 8 s to 9 s since boot.
        let range = snapshot(1.0, Vec::new(), 0.0);
        let rows = [(750, false), (750, true), (850, false), (850, true)];
        let rows = (1..).zip(rows).map(|(pid, (ticks, ended))| {
            let mut row = row(pid, "a", 0, 1.0);
            row.key.start_time = StartTime::Ticks(ticks);
            row.past.ended = ended;
            row
        });
        let rows = rows.collect();
        assert_eq!(
            lifetimes(&Snapshot { rows, ..range }, None),
            [
                None,
                Some(Lifetime::Ended),
                Some(Lifetime::Started),
                Some(Lifetime::StartedAndEnded)
            ]
        );
    }

    fn lifetimes(
        range: &SnapshotOf<CpuRow>,
        before: Option<&SnapshotOf<CpuRow>>,
    ) -> Vec<Option<Lifetime>> {
        let told = against(range, before);
        told.rows.iter().map(|row| row.past.lifetime()).collect()
    }

    #[test]
    fn who_ended_before_the_first_look_into_the_range_is_in_it() {
        let before = || {
            let mut before = snapshot(5.0, vec![row(1, "a", 0, 4.0), row(2, "b", 0, 1.0)], 0.0);
            before.since_boot = Duration::from_secs(8);
            before
        };
        let range = snapshot(5.0, vec![row(2, "b", 0, 1.0)], 0.0);
        let told = against(&range, Some(&before()));
        let told: Vec<_> = told
            .rows
            .iter()
            .map(|row| (row.key.pid.0, row.cpu, row.past.before, row.past.lifetime()))
            .collect();
        let percent = |number| Some(Percent(number));
        assert_eq!(
            told,
            [
                (1, percent(0.0), percent(4.0), Some(Lifetime::Ended)),
                (2, percent(1.0), percent(1.0), None),
            ]
        );
        // Who ended before is not, nor is it known of one that nobody looked at for a while.
        let mut ended = before();
        ended.rows[0].past.ended = true;
        assert_eq!(against(&range, Some(&ended)).rows.len(), 1);
        let mut earlier = before();
        earlier.since_boot = Duration::from_secs(4);
        assert_eq!(against(&range, Some(&earlier)).rows.len(), 1);
    }

    #[test]
    fn neither_a_set_clock_nor_a_sleep_makes_a_process_younger_or_older() {
        let mut range = snapshot(1.0, vec![row(1, "a", 0, 1.0)], 0.0);
        range.rows[0].key.start_time = StartTime::Ticks(600);
        // What was known of it is of before the clock was set back by an hour.
        let later = range.at + Duration::from_hours(1);
        Arc::make_mut(&mut range.rows[0].info).started = Some(later);
        assert_eq!(lifetimes(&range, None), [None]);
        // The range reaches over three seconds of sleep.
        let mut before = snapshot(1.0, Vec::new(), 0.0);
        before.since_boot = Duration::from_secs(5);
        assert_eq!(lifetimes(&range, Some(&before)), [Some(Lifetime::Started)]);
    }

    #[test]
    fn where_the_start_is_told_in_seconds_the_wall_clock_decides() {
        let mut range = snapshot(1.0, vec![row(1, "a", 0, 1.0), row(2, "a", 0, 1.0)], 0.0);
        for (row, millis) in range.rows.iter_mut().zip([1500, 500]) {
            row.key.start_time = StartTime::EpochSeconds(0);
            let started = range.at - Duration::from_millis(millis);
            Arc::make_mut(&mut row.info).started = Some(started);
        }
        let range = lifetimes(&range, None);
        assert_eq!(range, [None, Some(Lifetime::Started)]);
    }

    #[test]
    fn nothing_is_said_of_what_is_not_known() {
        let mut now = snapshot(50.0, Vec::new(), 0.0);
        assert_eq!(explain(&now, None).map(|it| it.trend), Some(Trend::Stayed));
        now.totals.busy = None;
        assert_eq!(explain(&now, None), None);
    }
}
