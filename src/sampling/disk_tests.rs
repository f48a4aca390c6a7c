use std::sync::Arc;

use jiff::Timestamp;

use super::*;
use crate::model::process::{Pid, ProcessInfo, ProcessKey, StartTime};
use crate::model::snapshot::{Degradation, Reason};
use crate::model::table::{Row as _, Value};
use crate::model::units::Bytes;
use crate::platform::scripted::Scripted;
use crate::platform::{DiskCounters, IoCounters, MachineReading, ProcessCounters};

const SECOND: Duration = Duration::from_secs(1);

fn io(read: u64, written: u64, cancelled: u64) -> IoCounters {
    IoCounters {
        read: Bytes(read),
        written: Bytes(written),
        cancelled: Some(Bytes(cancelled)),
        read_calls: Some(3),
        write_calls: Some(4),
    }
}

/// A process that started `age` ago.
fn process(
    platform: &Scripted,
    pid: u32,
    age: Duration,
    io: impl Into<Option<IoCounters>>,
) -> ProcessCounters {
    let start = platform.now.since_boot.saturating_sub(age);
    ProcessCounters {
        key: ProcessKey {
            pid: Pid(pid),
            start_time: StartTime::Ticks(u64::try_from(start.as_millis() / 10).expect("small")),
        },
        info: Arc::new(ProcessInfo {
            name: pid.to_string(),
            started: Some(platform.now.wall - age),
            ..ProcessInfo::default()
        }),
        cpu_time: None,
        children_cpu_time: None,
        stat: None,
        io: io.into(),
        thread_io: None,
    }
}

fn disk(name: &str, counted: bool, read: u64, written: u64) -> DiskCounters {
    DiskCounters {
        name: name.into(),
        counted,
        read: Bytes(read),
        written: Bytes(written),
    }
}

fn sampled(processes: impl FnOnce(&Scripted) -> Vec<ProcessCounters>) -> (Scripted, DiskSampler) {
    let mut platform = Scripted::default();
    platform.now.wall = Timestamp::from_second(1_700_000_000).expect("in range");
    platform.pass(Duration::from_hours(1));
    platform.machine.disks = vec![disk("sda", true, 0, 0), disk("dm-0", false, 0, 0)];
    platform.processes = processes(&platform);
    let mut sampler = DiskSampler::default();
    assert_eq!(sampler.sample(&mut platform).expect("reads"), None);
    (platform, sampler)
}

fn sample(sampler: &mut DiskSampler, platform: &mut Scripted) -> DiskSnapshot {
    sampler
        .sample(platform)
        .expect("reads")
        .expect("is the second one")
}

fn rates(snapshot: &DiskSnapshot, row: usize) -> Option<(Option<f64>, Option<f64>)> {
    let rate = |rate: Option<BytesPerSecond>| rate.map(|rate| rate.0);
    snapshot.rows[row]
        .io
        .map(|io| (rate(io.read_rate), rate(io.write_rate)))
}

#[test]
fn rates_are_over_the_measured_time_and_totals_since_the_start() {
    let (mut platform, mut sampler) =
        sampled(|platform| vec![process(platform, 7, SECOND, io(1000, 500, 0))]);
    platform.pass(SECOND * 2);
    platform.processes[0].io = Some(io(1200, 1500, 0));
    platform.machine.disks = vec![disk("sda", true, 400, 4000), disk("dm-0", false, 400, 4000)];
    let snapshot = sample(&mut sampler, &mut platform);
    assert_eq!(rates(&snapshot, 0), Some((Some(100.0), Some(500.0))));
    let row = snapshot.rows[0].io.expect("may be read");
    assert_eq!((row.read, row.written), (Bytes(1200), Bytes(1500)));
    assert_eq!((row.read_calls, row.write_calls), (Some(3), Some(4)));
    let totals = snapshot.totals;
    assert_eq!(totals.disk_read, Some(BytesPerSecond(200.0)));
    assert_eq!(totals.disk_write, Some(BytesPerSecond(2000.0)));
    assert_eq!(totals.named_read, Some(BytesPerSecond(100.0)));
    assert_eq!(totals.named_write, Some(BytesPerSecond(500.0)));
}

#[test]
fn cancelled_writes_are_taken_off_and_never_below_nothing() {
    let (mut platform, mut sampler) = sampled(|platform| {
        vec![
            process(platform, 7, SECOND, io(0, 0, 0)),
            process(platform, 8, SECOND, io(0, 0, 0)),
        ]
    });
    platform.pass(SECOND);
    platform.processes[0].io = Some(io(0, 100, 30));
    platform.processes[1].io = Some(io(0, 100, 5000));
    let snapshot = sample(&mut sampler, &mut platform);
    assert_eq!(rates(&snapshot, 0), Some((Some(0.0), Some(70.0))));
    assert_eq!(rates(&snapshot, 1), Some((Some(0.0), Some(0.0))));
    assert_eq!(
        snapshot.rows[1].io.and_then(|io| io.cancelled),
        Some(Bytes(5000))
    );
}

#[test]
fn what_the_system_does_not_tell_is_not_zero() {
    let told = |read, written| IoCounters {
        cancelled: None,
        read_calls: None,
        write_calls: None,
        ..io(read, written, 0)
    };
    let (mut platform, mut sampler) =
        sampled(|platform| vec![process(platform, 7, SECOND, told(0, 0))]);
    platform.pass(SECOND);
    platform.processes[0].io = Some(told(10, 20));
    let snapshot = sample(&mut sampler, &mut platform);
    assert_eq!(rates(&snapshot, 0), Some((Some(10.0), Some(20.0))));
    let shown = snapshot.rows[0].io.expect("may be read");
    assert_eq!(
        (shown.cancelled, shown.read_calls, shown.write_calls),
        (None, None, None)
    );
    let cell = DiskRow::column("read_calls").map(|column| (column.value)(&snapshot.rows[0]));
    assert_eq!(cell, Some(Value::NotMeasured));
}

#[test]
fn what_is_denied_is_not_zero() {
    let (mut platform, mut sampler) = sampled(|platform| vec![process(platform, 7, SECOND, None)]);
    platform.pass(SECOND);
    let snapshot = sample(&mut sampler, &mut platform);
    assert_eq!(snapshot.rows[0].io, None);
    let named = (snapshot.totals.named_read, snapshot.totals.named_write);
    assert_eq!(named, (None, None), "a sum of nothing known is not 0");
    platform.pass(SECOND);
    platform.processes[0].io = Some(io(9, 9, 0));
    let snapshot = sample(&mut sampler, &mut platform);
    assert_eq!(rates(&snapshot, 0), Some((None, None)));
}

#[test]
fn a_young_process_counts_from_nothing_and_one_that_was_hidden_has_no_rate() {
    let (mut platform, mut sampler) = sampled(|_| Vec::new());
    platform.pass(SECOND);
    platform.processes = vec![
        process(&platform, 7, SECOND / 2, io(10, 20, 0)),
        process(&platform, 8, SECOND * 60, io(10, 20, 0)),
    ];
    let snapshot = sample(&mut sampler, &mut platform);
    assert_eq!(rates(&snapshot, 0), Some((Some(10.0), Some(20.0))));
    assert_eq!(rates(&snapshot, 1), Some((None, None)));
}

#[test]
fn suspend_a_set_clock_and_reset_counters_make_no_spike() {
    let (mut platform, mut sampler) =
        sampled(|platform| vec![process(platform, 7, SECOND * 9, io(0, 100, 0))]);
    let before = platform.now.since_boot;
    platform.suspend(Duration::from_hours(8));
    platform.now.wall -= Duration::from_hours(1000);
    platform.pass(SECOND);
    platform.processes[0].io = Some(io(0, 150, 0));
    let snapshot = sample(&mut sampler, &mut platform);
    assert_eq!(rates(&snapshot, 0), Some((Some(0.0), Some(50.0))));
    assert!(!snapshot.continues(before), "there is a gap");
    platform.pass(SECOND);
    platform.processes[0].io = Some(io(0, 0, 0));
    assert_eq!(
        rates(&sample(&mut sampler, &mut platform), 0),
        Some((None, None))
    );
}

#[test]
fn without_the_machine_only_totals_are_missing() {
    let (mut platform, mut sampler) =
        sampled(|platform| vec![process(platform, 7, SECOND, io(0, 0, 0))]);
    platform.pass(SECOND);
    let missing = Degradation {
        what: Missing::Disks,
        reason: Reason::NotAvailable,
        count: None,
    };
    platform.machine = MachineReading {
        degradations: vec![missing.clone()],
        ..MachineReading::default()
    };
    let snapshot = sample(&mut sampler, &mut platform);
    assert_eq!(rates(&snapshot, 0), Some((Some(0.0), Some(0.0))));
    assert_eq!(
        (snapshot.totals.disk_read, snapshot.totals.disk_write),
        (None, None)
    );
    assert_eq!(snapshot.degradations, [missing]);
}
