use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::model::cpu::{CpuRemainder, CpuTotals};
use crate::model::past::Past;
use crate::model::process::{Pid, ProcessKey, StartTime};
use crate::model::remainder::Remainder;
use crate::model::snapshot::{Cost, Snapshot};
use crate::model::units::Percent;

const INTERVAL: Duration = Duration::from_secs(3);

fn row(pid: u32, cpu: f64) -> CpuRow {
    CpuRow {
        key: ProcessKey {
            pid: Pid(pid),
            start_time: StartTime::Ticks(u64::from(pid) * 10),
        },
        info: Arc::new(ProcessInfo {
            name: format!("program{pid}"),
            command_line: vec![format!("/usr/bin/program{pid}"), "--serve".into()],
            ..ProcessInfo::default()
        }),
        cpu: Some(Percent(cpu)),
        memory: Some(Percent(0.5)),
        rss: Some(Bytes(1 << 22)),
        threads: Some(3),
        state: None,
        nice: Some(0),
        parent: Some(Pid(1)),
        cpu_time: None,
        wait: None,
        past: Past::default(),
    }
}

fn snapshot(n: u32, rows: Vec<CpuRow>) -> SnapshotOf<CpuRow> {
    let busy = rows.iter().filter_map(|row| row.cpu).map(|cpu| cpu.0);
    Snapshot {
        at: Timestamp::UNIX_EPOCH,
        since_boot: INTERVAL * n,
        elapsed: INTERVAL,
        totals: CpuTotals {
            busy: Some(Percent(busy.sum())),
            ..CpuTotals::default()
        },
        rows,
        remainder: vec![CpuRemainder {
            what: Remainder::Kernel,
            cpu: Percent(1.0),
            programs: Vec::new(),
        }],
        degradations: Vec::new(),
        cost: Cost::default(),
    }
}

/// So many snapshots of so many processes, of which those are busy that `busy` says.
pub fn snapshots(
    processes: u32,
    count: u32,
    busy: impl Fn(u32, u32) -> bool,
) -> Vec<SnapshotOf<CpuRow>> {
    let first: Vec<CpuRow> = (1..=processes).map(|pid| row(pid, 0.0)).collect();
    let at = |n: u32| {
        let mut rows = first.clone();
        for row in &mut rows {
            let is_busy = busy(n, row.key.pid.0);
            row.cpu = Some(Percent(if is_busy { f64::from(n) } else { 0.0 }));
        }
        snapshot(n, rows)
    };
    (1..=count).map(at).collect()
}

/// Snapshots in which processes come, go and change.
pub fn any_snapshots() -> impl Strategy<Value = Vec<SnapshotOf<CpuRow>>> {
    let rows = prop::collection::btree_map(1_u32..12, prop_oneof![Just(0.0), 0.0..400.0_f64], 0..8);
    prop::collection::vec(rows, 1..12).prop_map(|all| {
        let of = |(n, rows): (u32, std::collections::BTreeMap<u32, f64>)| {
            snapshot(
                n,
                rows.into_iter().map(|(pid, cpu)| row(pid, cpu)).collect(),
            )
        };
        (1..).zip(all).map(of).collect()
    })
}

fn filled(bound: u64, snapshots: &[SnapshotOf<CpuRow>]) -> Timeline<CpuRow> {
    let mut timeline = Timeline::new(Bytes(bound));
    for snapshot in snapshots {
        timeline.push(snapshot);
    }
    timeline
}

#[test]
fn each_moment_has_its_snapshot() {
    let all = snapshots(5, 200, |n, pid| n % 5 == pid);
    let timeline = filled(1 << 24, &all);
    assert_eq!(timeline.span(), Some(INTERVAL * 200));
    for (n, snapshot) in (1_u32..).zip(&all) {
        for moment in [INTERVAL * n, INTERVAL * (2 * n - 1) / 2] {
            assert_eq!(timeline.at(moment).as_deref(), Some(snapshot), "{n}");
        }
    }
    assert_eq!(timeline.at(INTERVAL * 900).as_deref(), all.last());
    assert_eq!(timeline.at(Duration::ZERO).as_deref(), all.first());
    assert_eq!(Timeline::<CpuRow>::new(Bytes(1)).at(INTERVAL), None);
}

#[test]
fn a_moment_in_which_nobody_looked_has_the_snapshot_before_it() {
    let mut all = snapshots(3, 4, |n, pid| n == pid);
    for snapshot in &mut all[2..] {
        snapshot.since_boot += Duration::from_hours(8);
    }
    let timeline = filled(1 << 24, &all);
    let asleep = timeline.at(Duration::from_hours(4));
    assert_eq!(asleep.as_deref(), Some(&all[1]));
    // Clocks that go back are not followed.
    let mut timeline = timeline;
    timeline.push(&all[0]);
    assert_eq!(timeline.at(Duration::from_hours(9)).as_deref(), all.last());
}

#[test]
fn what_was_before_a_sleep_is_not_put_together_with_what_came_after() {
    let mut all = snapshots(1, 64, |_, _| true);
    for snapshot in &mut all[33..] {
        snapshot.since_boot += Duration::from_hours(8);
    }
    let mut builder = Builder::default();
    for snapshot in &all {
        builder.push(snapshot).expect("coded");
    }
    let thinner = thinner::<CpuRow>(&Kept::new(builder.finish(), 0));
    for snapshot in thinner.block.snapshots::<CpuRow>().map_while(Result::ok) {
        let start = snapshot.since_boot.saturating_sub(snapshot.elapsed);
        let asleep = INTERVAL * 33 + Duration::from_hours(1);
        assert!(snapshot.since_boot < asleep || start > asleep);
    }
    // 16 pairs and one alone, then 15 pairs and one alone.
    assert_eq!(thinner.block.heads().len(), 33);
}

#[test]
fn a_range_is_the_average_over_it() {
    let timeline = filled(1 << 24, &snapshots(1, 100, |n, _| n > 50));
    let half = timeline
        .range(INTERVAL * 40, INTERVAL * 60)
        .expect("remembered");
    assert_eq!(half.elapsed, INTERVAL * 20);
    let cpu = half.rows[0].cpu.expect("known").0;
    let busy: u32 = (51..=60).sum();
    assert!((cpu - f64::from(busy) / 20.0).abs() < 1e-6);
    let within = timeline.range(INTERVAL * 10 + INTERVAL / 3, INTERVAL * 10 + INTERVAL / 2);
    assert_eq!(within.expect("remembered").since_boot, INTERVAL * 11);
    assert_eq!(timeline.range(INTERVAL * 200, INTERVAL * 300), None);
}

#[test]
fn the_bound_holds_under_a_million_snapshots() {
    const BOUND: u64 = 1 << 18;
    let rows = vec![row(1, 5.0)];
    let mut next = snapshot(1, rows);
    let mut timeline = Timeline::new(Bytes(BOUND));
    for n in 1..=1_000_000 {
        next.since_boot = INTERVAL * n;
        timeline.push(&next);
        if n % 1000 == 0 {
            assert!(timeline.bytes() <= Bytes(BOUND), "{n}");
        }
    }
    assert!(timeline.span().expect("remembered") > INTERVAL * 2000);
    let oldest = timeline.at(Duration::ZERO).expect("remembered");
    assert_eq!(oldest.elapsed, INTERVAL * 8, "the oldest stand for eight");
    let newest = timeline.at(INTERVAL * 1_000_000).expect("remembered");
    assert_eq!(newest.elapsed, INTERVAL);
}

proptest! {
    #[test]
    fn thinning_keeps_what_was_done(busy in 2_u32..9, count in 80_u32..200) {
        let all = snapshots(4, count, |n, pid| n % busy == pid);
        let whole = |timeline: &Timeline<CpuRow>| {
            let range = timeline.range(Duration::ZERO, INTERVAL * count).expect("remembered");
            let seconds = range.elapsed.as_secs_f64();
            range.rows.iter().map(|row| row.cpu.expect("known").0 * seconds).collect::<Vec<_>>()
        };
        let roomy = filled(1 << 24, &all);
        let bound = roomy.bytes().0 * 9 / 10;
        let tight = filled(bound, &all);
        prop_assume!(tight.span() == roomy.span());
        for (a, b) in whole(&tight).into_iter().zip(whole(&roomy)) {
            prop_assert!((a - b).abs() <= 1e-6 * (1.0 + b), "{a} {b}");
        }
    }
}
