//! Writes the recordings that `build-aux/dev pictures` shows: a made-up machine, the same one each time.
//!
//! `cargo run --no-default-features --example recording-for-pictures -- tests/fixtures/pictures`

use std::error::Error;
use std::f64::consts::TAU;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sysmon::model::cpu::{CpuRemainder, CpuRow, CpuSnapshot, CpuTotals};
use sysmon::model::disk::{DiskIo, DiskRemainder, DiskRow, DiskSnapshot, DiskTotals};
use sysmon::model::network::{
    NetworkRemainder, NetworkRow, NetworkSnapshot, NetworkTotals, SocketCounts,
};
use sysmon::model::past::Past;
use sysmon::model::process::{Pid, ProcessInfo, ProcessKey, ProcessState, StartTime, Uid};
use sysmon::model::programs::ProgramCount;
use sysmon::model::remainder::Remainder;
use sysmon::model::snapshot::{Cost, Degradation, Missing, Reason, Snapshot};
use sysmon::model::system::{CpuLoad, Memory, Pressure, SystemSnapshot, SystemTotals};
use sysmon::model::units::{Bytes, BytesPerSecond, Percent};
use sysmon::platform::Host;
use sysmon::source::Reply;
use sysmon::source::recording::{RecordOptions, Writer};

/// 2026-03-14 09:26:53 UTC, the end of the recording.
const END: i64 = 1_773_480_413;
/// Seconds since boot at the end.
const UP: u64 = 93_784;
/// How many seconds are recorded.
const LENGTH: u64 = 297;
/// Seconds from one snapshot of the tables to the next.
const PACE: u64 = 3;
const CPUS: u32 = 8;
const MEMORY: f64 = 16e9;
/// Seconds before the end in which the machine slept.
const ASLEEP: std::ops::Range<u64> = 190..215;

/// A program and what it does: its name, user, share of a core, megabytes of memory, kB read, kB
/// written, kB received, kB sent a second, and its sockets.
type Program = (
    &'static str,
    &'static str,
    f64,
    f64,
    f64,
    f64,
    f64,
    f64,
    u64,
);

const PROGRAMS: &[Program] = &[
    (
        "firefox", "ann", 38.4, 1240.0, 0.0, 210.0, 4300.0, 180.0, 26,
    ),
    ("Isolated Web Co", "ann", 21.7, 612.0, 0.0, 0.0, 0.0, 0.0, 0),
    ("gnome-shell", "ann", 12.3, 438.0, 0.0, 12.0, 0.0, 0.0, 0),
    ("rustc", "ann", 96.2, 901.0, 840.0, 5200.0, 0.0, 0.0, 0),
    ("cargo", "ann", 3.1, 84.0, 12.0, 31.0, 0.0, 0.0, 1),
    (
        "gnome-text-editor",
        "ann",
        1.4,
        152.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0,
    ),
    ("nautilus", "ann", 0.4, 118.0, 0.0, 0.0, 0.0, 0.0, 0),
    (
        "a-program-whose-name-is-so-long-that-no-table-has-room-for-all-of-it",
        "ann",
        0.3,
        41.0,
        0.0,
        0.0,
        2.0,
        1.0,
        2,
    ),
    ("مشغل الموسيقى", "ann", 2.6, 97.0, 64.0, 0.0, 40.0, 2.0, 3),
    ("pipewire", "ann", 1.9, 22.0, 0.0, 0.0, 0.0, 0.0, 0),
    ("bash", "ann", 0.0, 6.0, 0.0, 0.0, 0.0, 0.0, 0),
    ("ssh", "ann", 0.2, 9.0, 0.0, 0.0, 11.0, 34.0, 1),
    ("systemd", "root", 0.1, 14.0, 0.0, 0.0, 0.0, 0.0, 0),
    (
        "systemd-journald",
        "root",
        0.6,
        38.0,
        0.0,
        96.0,
        0.0,
        0.0,
        0,
    ),
    (
        "systemd-resolved",
        "systemd-resolve",
        0.1,
        13.0,
        0.0,
        0.0,
        0.4,
        0.3,
        6,
    ),
    ("NetworkManager", "root", 0.0, 19.0, 0.0, 0.0, 0.0, 0.0, 1),
    ("sshd", "root", 0.0, 8.0, 0.0, 0.0, 0.0, 0.0, 2),
    (
        "postgres", "postgres", 5.2, 230.0, 1800.0, 640.0, 3.0, 9.0, 8,
    ),
    ("cupsd", "root", 0.0, 12.0, 0.0, 0.0, 0.0, 0.0, 2),
    ("avahi-daemon", "avahi", 0.0, 4.0, 0.0, 0.0, 0.1, 0.1, 4),
    ("kworker/u16:3", "root", 0.8, 0.0, 0.0, 0.0, 0.0, 0.0, 0),
    ("kswapd0", "root", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0),
];

/// Seconds before the end, of the snapshots that are so far apart.
fn moments(pace: u64) -> impl Iterator<Item = u64> {
    let all = (0..=LENGTH)
        .rev()
        .step_by(usize::try_from(pace).unwrap_or(1));
    all.filter(|ago| !ASLEEP.contains(ago))
}

/// Between 0 and 1, without a pattern that can be seen.
fn noise(seed: f64, ago: u64) -> f64 {
    let time = LENGTH.saturating_sub(ago) as f64;
    let wave = |seconds: f64, phase: f64| (TAU * (time / seconds + phase * seed)).sin();
    (wave(23.0, 0.37) + 0.7 * wave(7.1, 0.61) + 0.5 * wave(2.9, 0.83)) / 4.4 + 0.5
}

/// How much is compiled, between 0 and 1.
fn compiling(ago: u64) -> f64 {
    match ago {
        14..=34 | 90..=120 | 240..=262 => 1.0,
        12..=36 | 88..=122 | 238..=264 => 0.5,
        _ => 0.0,
    }
}

fn frame<R, T, M>(ago: u64, pace: u64, totals: T) -> Snapshot<R, T, M> {
    Snapshot {
        at: Timestamp::from_second(END - ago.cast_signed()).unwrap_or_default(),
        since_boot: Duration::from_secs(UP - ago),
        elapsed: Duration::from_secs(pace),
        totals,
        rows: Vec::new(),
        remainder: Vec::new(),
        degradations: Vec::new(),
        cost: Cost {
            cpu: Duration::from_millis(12),
        },
    }
}

fn bytes(count: f64) -> Bytes {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sizes made up here are positive"
    )]
    let count = count as u64;
    Bytes(count)
}

fn rate(kilobytes: f64) -> BytesPerSecond {
    BytesPerSecond((kilobytes * 1000.0).round())
}

fn percent(share: f64) -> Percent {
    Percent((share * 10.0).round() / 10.0)
}

fn system(ago: u64) -> SystemSnapshot {
    let compiling = compiling(ago);
    let busy = 9.0 + 9.0 * noise(1.0, ago) + compiling * (62.0 + 12.0 * noise(2.0, ago));
    let page = if ago % 47 < 9 { 1.0 } else { 0.12 };
    let used = MEMORY * (0.46 + 0.06 * compiling + 0.02 * noise(3.0, ago));
    let cpus = (0..CPUS).map(|cpu| CpuLoad {
        cpu,
        busy: Some(percent(
            (busy * (0.5 + noise(20.0 + f64::from(cpu), ago))).min(100.0),
        )),
    });
    let totals = SystemTotals {
        cpu: Some(percent(busy)),
        interrupts: Some(percent(0.8)),
        cpus: cpus.collect(),
        load: Some([2.41, 1.87, 1.12]),
        uptime: Some(Duration::from_secs(UP - ago)),
        memory: Some(Memory {
            total: bytes(MEMORY),
            available: bytes(MEMORY - used),
            swap_total: bytes(4e9),
            swap_used: bytes(4e9 * (0.11 + 0.05 * compiling)),
        }),
        disk_read: Some(rate(
            900.0 * noise(5.0, ago) + 2600.0 * compiling * noise(6.0, ago),
        )),
        disk_write: Some(rate(
            400.0 * noise(7.0, ago) + 8200.0 * compiling * noise(8.0, ago),
        )),
        network_received: Some(rate(5200.0 * page * noise(9.0, ago))),
        network_sent: Some(rate(160.0 + 1900.0 * page * noise(10.0, ago))),
        disks: Vec::new(),
        interfaces: Vec::new(),
        pressure: Some(Pressure {
            cpu: Some(percent(14.0 * compiling)),
            memory: Some(percent(0.0)),
            io: Some(percent(4.0 * compiling)),
        }),
    };
    frame(ago, 1, totals)
}

fn key(n: u32) -> ProcessKey {
    ProcessKey {
        pid: Pid(if n == 12 { 1 } else { 1410 + 283 * n }),
        start_time: StartTime::Ticks(4200 + 7000 * u64::from(n)),
    }
}

fn info(&(name, user, ..): &Program) -> Arc<ProcessInfo> {
    let kernel_thread = name.starts_with('k') && !name.contains('-');
    let uid = match user {
        "ann" => 1000,
        "root" => 0,
        _ => 110,
    };
    Arc::new(ProcessInfo {
        name: name.to_owned(),
        command_line: if kernel_thread {
            Vec::new()
        } else {
            vec![format!("/usr/bin/{name}"), "--example".to_owned()]
        },
        uid: Some(Uid(uid)),
        user: Some(user.to_owned()),
        service: (user != "ann" && !kernel_thread).then(|| format!("{name}.service")),
        started: Timestamp::from_second(END - 80_000).ok(),
        kernel_thread,
        ..ProcessInfo::default()
    })
}

/// The programs that run, with how busy each is just then.
fn running(
    ago: u64,
) -> impl Iterator<Item = (ProcessKey, Arc<ProcessInfo>, &'static Program, f64)> {
    (0..).zip(PROGRAMS).map(move |(n, program)| {
        let share = match program.0 {
            "rustc" | "cargo" => compiling(ago),
            _ => 0.6 + 0.8 * noise(30.0 + f64::from(n), ago),
        };
        (key(n), info(program), program, share)
    })
}

fn cpu(ago: u64) -> CpuSnapshot {
    let mut snapshot = frame(ago, PACE, CpuTotals::default());
    for (key, info, &(_, _, busy, size, ..), share) in running(ago) {
        snapshot.rows.push(CpuRow {
            key,
            cpu: Some(percent(busy * share)),
            memory: Some(percent(size * 1e8 / MEMORY)),
            rss: Some(bytes(size * 1e6)),
            threads: Some(1 + u64::from(key.pid.0) % 23),
            state: Some(ProcessState(if busy * share > 20.0 { 'R' } else { 'S' })),
            nice: Some(0),
            parent: Some(Pid(1)),
            cpu_time: Some(Duration::from_secs(90 + u64::from(key.pid.0))),
            wait: None,
            info,
            past: Past::default(),
        });
    }
    let named: f64 = snapshot
        .rows
        .iter()
        .filter_map(|row| row.cpu)
        .map(|it| it.0)
        .sum();
    let exited = 41.3 * compiling(ago);
    let mut remains = |what, cpu, programs| {
        snapshot.remainder.push(CpuRemainder {
            what,
            cpu: percent(cpu),
            programs,
        });
    };
    if exited > 0.0 {
        let under = Remainder::Exited {
            parent: key(4),
            name: "cargo".to_owned(),
        };
        let programs = vec![ProgramCount {
            name: "cc1".into(),
            count: 17,
        }];
        remains(under, exited, programs);
    }
    remains(Remainder::Kernel, 3.4, Vec::new());
    remains(Remainder::Unexplained, 1.2, Vec::new());
    snapshot.totals = CpuTotals {
        cpus: Some(CPUS.into()),
        processes: Some(PROGRAMS.len() as u64),
        busy: Some(percent(named + exited + 4.6)),
        named: Some(percent(named)),
        exited: Some(percent(exited)),
        kernel: Some(percent(3.4)),
        unexplained: Some(percent(1.2)),
        sampling_error: Some(percent(0.4)),
        memory_total: Some(bytes(MEMORY)),
    };
    snapshot
}

fn disk(ago: u64, idle: bool) -> DiskSnapshot {
    let mut snapshot = frame(ago, PACE, DiskTotals::default());
    for (key, info, &(_, user, _, _, read, written, ..), share) in running(ago) {
        let io = DiskIo {
            read_rate: Some(rate(if idle { 0.0 } else { read * share })),
            write_rate: Some(rate(if idle { 0.0 } else { written * share })),
            read: bytes(if idle { 0.0 } else { read * 4.1e5 }),
            written: bytes(if idle { 0.0 } else { written * 2.7e5 }),
            ..DiskIo::default()
        };
        snapshot.rows.push(DiskRow {
            key,
            info,
            io: (user != "root").then_some(io),
            past: Past::default(),
        });
    }
    snapshot.degradations.push(Degradation {
        what: Missing::Io,
        reason: Reason::PermissionDenied,
        count: Some(7),
    });
    if !idle {
        snapshot.remainder.push(DiskRemainder {
            what: Remainder::WriteBack,
            read_rate: BytesPerSecond(0.0),
            write_rate: BytesPerSecond(84_000.0),
        });
    }
    snapshot
}

fn network(ago: u64, permitted: bool) -> NetworkSnapshot {
    let mut snapshot = frame(ago, PACE, NetworkTotals::default());
    let page = if ago % 47 < 9 { 1.0 } else { 0.12 };
    for (key, info, &(_, user, _, _, _, _, received, sent, sockets), share) in running(ago) {
        let readable = permitted && (user == "ann" || sockets == 0);
        let udp = sockets / 4;
        snapshot.rows.push(NetworkRow {
            key,
            info,
            sockets: readable.then_some(SocketCounts {
                tcp: sockets - udp,
                udp,
                established: (sockets - udp) / 2,
                listen: 0,
                shared: 0,
            }),
            received_rate: Some(rate(received * share * page)).filter(|_| readable && sockets > 0),
            sent_rate: Some(rate(sent * share * page)).filter(|_| readable && sockets > 0),
            received: Some(bytes(received * 3e6)).filter(|_| readable && sockets > 0),
            sent: Some(bytes(sent * 3e6)).filter(|_| readable && sockets > 0),
            remotes: readable.then(Vec::new),
            ports: readable.then(Vec::new),
            past: Past::default(),
        });
    }
    snapshot.degradations.push(Degradation {
        what: Missing::SocketOwners,
        reason: Reason::PermissionDenied,
        count: Some(6),
    });
    if permitted {
        snapshot.remainder.push(NetworkRemainder {
            what: Remainder::NonTcp,
            sockets: None,
            received_rate: Some(rate(38.0)),
            sent_rate: Some(rate(4.0)),
            received: None,
            sent: None,
        });
        snapshot.totals.interface_received = Some(rate(5200.0 * page * noise(9.0, ago)));
        snapshot.totals.interface_sent = Some(rate(160.0 + 1900.0 * page * noise(10.0, ago)));
    }
    snapshot
}

fn options() -> RecordOptions {
    RecordOptions {
        host: Host {
            name: Some("workshop".to_owned()),
            ..Host::default()
        },
        command_lines: true,
    }
}

/// A machine at work.
fn busy(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut writer = Writer::create(path, true, &options())?;
    for ago in moments(1) {
        writer.push(&Reply::System(Arc::new(system(ago))))?;
    }
    for ago in moments(PACE) {
        writer.push(&Reply::Cpu(Arc::new(cpu(ago))))?;
        writer.push(&Reply::Disk(Arc::new(disk(ago, false))))?;
        writer.push(&Reply::Network(Arc::new(network(ago, true))))?;
    }
    writer.finish()?;
    Ok(())
}

/// One that says little: nobody uses the disk, the network is not permitted, and CPU was not recorded.
fn silent(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut writer = Writer::create(path, true, &options())?;
    for ago in moments(1).filter(|&ago| ago < 30) {
        let mut snapshot = system(ago);
        snapshot.totals.disk_read = Some(rate(0.0));
        snapshot.totals.disk_write = Some(rate(0.0));
        snapshot.totals.network_received = None;
        snapshot.totals.network_sent = None;
        snapshot.totals.memory = None;
        writer.push(&Reply::System(Arc::new(snapshot)))?;
    }
    for ago in moments(PACE).filter(|&ago| ago < 30) {
        writer.push(&Reply::Disk(Arc::new(disk(ago, true))))?;
        writer.push(&Reply::Network(Arc::new(network(ago, false))))?;
    }
    writer.finish()?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or("say in which folder")?;
    busy(&folder.join("busy.smrec"))?;
    silent(&folder.join("silent.smrec"))
}
