//! What remembering costs: half an hour of 500 processes at 3 s in memory, taking in 2000 processes,
//! and going back to any moment, in memory and in a recording.
#![expect(clippy::expect_used, reason = "a benchmark ends where it cannot go on")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::Criterion;
use jiff::Timestamp;
use sysmon::model::cpu::CpuRow;
use sysmon::model::disk::{DiskIo, DiskRow};
use sysmon::model::network::{NetworkRow, SocketCounts};
use sysmon::model::past::Past;
use sysmon::model::process::{Pid, ProcessInfo, ProcessKey, ProcessState, StartTime};
use sysmon::model::snapshot::{Cost, Snapshot, SnapshotOf};
use sysmon::model::timeline::{Remembers, Timeline};
use sysmon::model::units::{Bytes, BytesPerSecond, Percent};
use sysmon::platform::Host;
use sysmon::source::recording::{RecordOptions, Recording, Writer};
use sysmon::source::{Reply, Request, Source, Table};

const INTERVAL: Duration = Duration::from_secs(3);
/// Half an hour.
const SNAPSHOTS: u32 = 600;
/// One in so many processes does something in an interval.
const ACTIVE: u32 = 20;
/// In each interval so many of a hundred processes are new.
const RENEWED: u32 = 1;
/// The goals of this project.
const BOUND: Bytes = Bytes(64 << 20);
const SLOWEST_SEEK: Duration = Duration::from_millis(50);

fn main() {
    half_an_hour();
    a_recording_of_it();
    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    let all: Vec<SnapshotOf<CpuRow>> = (1..=100).map(|n| snapshot(n, 2000, cpu)).collect();
    criterion.bench_function("take in 2000 processes", |bencher| {
        let mut timeline = Timeline::new(BOUND);
        let mut n = 0;
        bencher.iter_custom(|times| {
            let mut spent = Duration::ZERO;
            for _ in 0..times {
                let mut next = all[n as usize % all.len()].clone();
                n += 1;
                next.since_boot = INTERVAL * n;
                let start = Instant::now();
                timeline.push(&next);
                spent += start.elapsed();
            }
            spent
        });
    });
    criterion.final_summary();
}

/// What half an hour takes, and how long going back takes.
fn half_an_hour() {
    let (mut cpus, mut disks, mut networks) = (
        Timeline::new(BOUND),
        Timeline::new(BOUND),
        Timeline::new(BOUND),
    );
    for n in 1..=SNAPSHOTS {
        cpus.push(&snapshot(n, 500, cpu));
        disks.push(&snapshot(n, 500, disk));
        networks.push(&snapshot(n, 500, network));
    }
    let bytes = cpus.bytes() + disks.bytes() + networks.bytes();
    println!(
        "half an hour of 500 processes at 3 s: {:.1} MiB (CPU {:.1}, disk {:.1}, network {:.1})",
        mib(bytes),
        mib(cpus.bytes()),
        mib(disks.bytes()),
        mib(networks.bytes()),
    );
    assert!(bytes < BOUND);
    assert_eq!(cpus.span(), Some(INTERVAL * SNAPSHOTS));
    let mut slowest = Duration::ZERO;
    for n in (1..=SNAPSHOTS).step_by(7) {
        let start = Instant::now();
        let there = cpus.at(INTERVAL * n).expect("remembered");
        slowest = slowest.max(start.elapsed());
        assert_eq!(there.since_boot, INTERVAL * n);
    }
    let start = Instant::now();
    let whole = cpus.range(Duration::ZERO, INTERVAL * SNAPSHOTS);
    println!(
        "going back to a moment: {slowest:?} at most; all of it as one: {:?}, {} rows",
        start.elapsed(),
        whole.expect("remembered").rows.len()
    );
    assert!(slowest < SLOWEST_SEEK);
}

/// What half an hour takes in a file, and how long finding a moment in it takes.
fn a_recording_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("half-an-hour.smrec");
    let options = RecordOptions {
        host: Host::default(),
        command_lines: true,
    };
    let mut writer = Writer::create(&path, false, &options).expect("made");
    let mut spent = Duration::ZERO;
    for n in 1..=SNAPSHOTS {
        let replies = [
            Reply::Cpu(Arc::new(snapshot(n, 500, cpu))),
            Reply::Disk(Arc::new(snapshot(n, 500, disk))),
            Reply::Network(Arc::new(snapshot(n, 500, network))),
        ];
        let start = Instant::now();
        for reply in &replies {
            writer.push(reply).expect("written");
        }
        spent += start.elapsed();
    }
    let saved = writer.finish().expect("written");
    let start = Instant::now();
    let mut recording = Recording::open(&path).expect("a recording");
    let opened = start.elapsed();
    let (mut slowest, mut all) = (Duration::ZERO, Duration::ZERO);
    // Never twice in the same block, which would be at hand.
    for n in (1..=SNAPSHOTS).map(|n| n * 257 % SNAPSHOTS + 1) {
        for table in Table::ALL {
            let at = INTERVAL * n;
            let start = Instant::now();
            let reply = recording.ask(&Request::Moment { table, at });
            let spent = start.elapsed();
            (slowest, all) = (slowest.max(spent), all + spent);
            assert!(matches!(reply, Ok(Reply::Moment(Some(_)))));
        }
    }
    println!(
        "a recording of it: {:.1} MiB, writing a snapshot {:?}, opening {opened:?}, going to a moment {:?}, {slowest:?} at most",
        mib(saved.bytes),
        spent / SNAPSHOTS,
        all / SNAPSHOTS / 3,
    );
    assert_eq!(saved.snapshots, u64::from(SNAPSHOTS));
    assert!(slowest < SLOWEST_SEEK);
}

fn mib(bytes: Bytes) -> f64 {
    bytes.0 as f64 / f64::from(1 << 20)
}

/// The n-th snapshot of so many processes, of which some are new and some do something.
fn snapshot<R>(
    n: u32,
    processes: u32,
    row: impl Fn(ProcessKey, Arc<ProcessInfo>, u32) -> R,
) -> SnapshotOf<R>
where
    R: Remembers,
    R::Totals: Default,
{
    thread_local! {
        static INFOS: std::cell::RefCell<std::collections::HashMap<u64, Arc<ProcessInfo>>> = std::cell::RefCell::default();
    }
    let rows = (1..=processes).map(|pid| {
        // Each process is replaced when its turn comes.
        let generation = (n + pid % (100 / RENEWED)) / (100 / RENEWED);
        let start = u64::from(pid) + u64::from(generation) * 1_000_000;
        let info = INFOS.with_borrow_mut(|infos| {
            let new = || {
                Arc::new(ProcessInfo {
                    name: format!("program-{pid}"),
                    command_line: (0..8)
                        .map(|n| format!("--option-{n}=/usr/lib/some/where/{pid}"))
                        .collect(),
                    user: Some("ann".into()),
                    service: Some("app-org.example.Program.scope".into()),
                    ..ProcessInfo::default()
                })
            };
            Arc::clone(infos.entry(start).or_insert_with(new))
        });
        let key = ProcessKey {
            pid: Pid(pid),
            start_time: StartTime::Ticks(start),
        };
        let is_active = (pid * 7919 + n * 104_729).is_multiple_of(ACTIVE);
        row(key, info, if is_active { n } else { 0 })
    });
    Snapshot {
        at: Timestamp::UNIX_EPOCH,
        since_boot: INTERVAL * n,
        elapsed: INTERVAL,
        totals: R::Totals::default(),
        rows: rows.collect(),
        remainder: Vec::new(),
        degradations: Vec::new(),
        cost: Cost::default(),
    }
}

fn cpu(key: ProcessKey, info: Arc<ProcessInfo>, activity: u32) -> CpuRow {
    let activity = f64::from(activity);
    CpuRow {
        key,
        info,
        cpu: Some(Percent(activity / 7.0)),
        memory: Some(Percent(0.4)),
        rss: Some(Bytes(50_000_000 + u64::from(key.pid.0) * 4096)),
        threads: Some(4),
        state: Some(ProcessState('S')),
        nice: Some(0),
        parent: Some(Pid(1)),
        cpu_time: Some(Duration::from_secs_f64(activity)),
        wait: None,
        past: Past::default(),
    }
}

fn disk(key: ProcessKey, info: Arc<ProcessInfo>, activity: u32) -> DiskRow {
    let amount = u64::from(activity) * 4096;
    DiskRow {
        key,
        info,
        io: Some(DiskIo {
            read_rate: Some(BytesPerSecond(0.0)),
            write_rate: Some(BytesPerSecond(amount as f64)),
            read: Bytes(1_000_000),
            written: Bytes(amount),
            cancelled: Some(Bytes(0)),
            read_calls: Some(1000),
            write_calls: Some(amount),
        }),
        past: Past::default(),
    }
}

fn network(key: ProcessKey, info: Arc<ProcessInfo>, activity: u32) -> NetworkRow {
    let amount = u64::from(activity) * 1500;
    NetworkRow {
        key,
        info,
        sockets: Some(SocketCounts::default()),
        received_rate: Some(BytesPerSecond(amount as f64)),
        sent_rate: Some(BytesPerSecond(0.0)),
        received: Some(Bytes(amount)),
        sent: Some(Bytes(0)),
        remotes: Some(vec!["203.0.113.9".into()]),
        ports: Some(Vec::new()),
        past: Past::default(),
    }
}
