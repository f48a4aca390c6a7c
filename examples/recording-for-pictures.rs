//! Writes the recordings that `build-aux/dev pictures` shows: a made-up machine, the same one each time.
//!
//! `cargo run --no-default-features --example recording-for-pictures -- tests/fixtures/pictures`

use std::error::Error;
use std::f64::consts::TAU;
use std::iter::Sum;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sysmon::model::accounting::Account;
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
/// Of it, what the kernel has for itself.
const KERNEL_MEMORY: f64 = 2.1e9;
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
        "firefox", "ann", 38.4, 1840.0, 0.0, 210.0, 2900.0, 1000.0, 26,
    ),
    ("Isolated Web Co", "ann", 21.7, 912.0, 0.0, 0.0, 0.0, 0.0, 0),
    ("gnome-shell", "ann", 12.3, 438.0, 0.0, 12.0, 0.0, 0.0, 0),
    ("rustc", "ann", 462.0, 2201.0, 840.0, 5200.0, 0.0, 0.0, 0),
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
    ("nautilus", "ann", 3.4, 118.0, 640.0, 590.0, 0.0, 0.0, 0),
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
        "postgres", "postgres", 5.2, 630.0, 180.0, 240.0, 3.0, 9.0, 8,
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

/// What somebody does in a second: the share of a core, and kB read, written, received and sent.
#[derive(Clone, Copy, Default)]
struct Doing {
    cpu: f64,
    read: f64,
    written: f64,
    received: f64,
    sent: f64,
}

impl Doing {
    fn cpu(cpu: f64) -> Self {
        Self {
            cpu,
            ..Self::default()
        }
    }

    fn times(self, factor: f64) -> Self {
        Self {
            cpu: self.cpu * factor,
            read: self.read * factor,
            written: self.written * factor,
            received: self.received * factor,
            sent: self.sent * factor,
        }
    }
}

impl Sum for Doing {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |a, b| Self {
            cpu: a.cpu + b.cpu,
            read: a.read + b.read,
            written: a.written + b.written,
            received: a.received + b.received,
            sent: a.sent + b.sent,
        })
    }
}

/// All that is done on the machine: graphs and tables are both made of it, so that they agree.
struct Activity {
    /// In the order of [`PROGRAMS`].
    programs: Vec<Doing>,
    /// By compilers that end before anybody sees them.
    exited: Doing,
    /// In interrupts.
    kernel: Doing,
    /// By nobody: pages that are written back late, and what is not TCP.
    nobody: Doing,
}

impl Activity {
    /// In the second that ends so many seconds before the end.
    fn of_second(ago: u64) -> Self {
        let compiling = compiling(ago);
        let page = if ago % 47 < 9 { 1.0 } else { 0.12 };
        let programs = PROGRAMS.iter().zip(0..).map(|(program, n)| {
            let &(name, _, cpu, _, read, written, received, sent, _) = program;
            let compiles = matches!(name, "rustc" | "cargo");
            let turn = |seed: f64| {
                let noise = noise(seed + f64::from(n), ago);
                if compiles {
                    compiling * (0.85 + 0.3 * noise)
                } else {
                    0.3 + 1.4 * noise
                }
            };
            // Storage is used in bursts.
            let burst = turn(60.0).powi(2);
            let page = if compiles { 1.0 } else { page * turn(90.0) };
            Doing {
                cpu: cpu * turn(30.0),
                read: read * burst,
                written: written * burst,
                received: received * page * turn(30.0),
                sent: sent * page * turn(30.0),
            }
        });
        let programs: Vec<_> = programs.collect();
        let tcp: Doing = programs.iter().copied().sum();
        Self {
            programs,
            exited: Doing::cpu(61.3 * compiling),
            kernel: Doing::cpu(2.4 + 1.2 * noise(1.0, ago)),
            nobody: Doing {
                cpu: 1.2 + 2.0 * noise(2.0, ago),
                read: 0.0,
                written: 120.0 * noise(7.0, ago),
                received: 0.04 * tcp.received + 30.0 * noise(9.0, ago),
                sent: 0.04 * tcp.sent + 6.0 * noise(10.0, ago),
            },
        }
    }

    /// A second of the interval of a table that ends so many seconds before the end, on average.
    fn of_interval(ago: u64) -> Self {
        let seconds: Vec<_> = (ago..ago + PACE).map(Self::of_second).collect();
        let average = |part: &dyn Fn(&Self) -> Doing| {
            let sum: Doing = seconds.iter().map(part).sum();
            sum.times(1.0 / PACE as f64)
        };
        Self {
            programs: (0..PROGRAMS.len())
                .map(|n| average(&|it| it.programs[n]))
                .collect(),
            exited: average(&|it| it.exited),
            kernel: average(&|it| it.kernel),
            nobody: average(&|it| it.nobody),
        }
    }

    fn whole(&self) -> Doing {
        let others = [self.exited, self.kernel, self.nobody];
        self.programs.iter().copied().chain(others).sum()
    }
}

/// Of the whole machine, what is this share of a core.
fn of_machine(share: f64) -> Percent {
    Percent(share / f64::from(CPUS))
}

/// Bytes that a program of so many megabytes has in memory.
fn resident(&(name, _, _, size, ..): &Program, ago: u64) -> f64 {
    let part = match name {
        "rustc" => 0.04 + 0.96 * compiling(ago),
        "firefox" => 0.9 + 0.2 * noise(3.0, ago),
        _ => 1.0,
    };
    size * part * 1e6
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
    let activity = Activity::of_second(ago);
    let whole = activity.whole();
    let used = KERNEL_MEMORY + PROGRAMS.iter().map(|it| resident(it, ago)).sum::<f64>();
    // How busy each CPU is beside the others.
    let parts: Vec<_> = (0..CPUS)
        .map(|cpu| 0.8 + 0.5 * noise(20.0 + f64::from(cpu), ago))
        .collect();
    let all: f64 = parts.iter().sum();
    let cpus = (0..CPUS).zip(&parts).map(|(cpu, part)| CpuLoad {
        cpu,
        busy: Some(percent((whole.cpu * part / all).min(100.0))),
    });
    let totals = SystemTotals {
        cpu: Some(of_machine(whole.cpu)),
        interrupts: Some(of_machine(activity.kernel.cpu)),
        cpus: cpus.collect(),
        load: Some([2.41, 1.87, 1.12]),
        uptime: Some(Duration::from_secs(UP - ago)),
        memory: Some(Memory {
            total: bytes(MEMORY),
            available: bytes(MEMORY - used),
            swap_total: bytes(4e9),
            swap_used: bytes(4e9 * (0.11 + 0.05 * compiling)),
        }),
        disk_read: Some(rate(whole.read)),
        disk_write: Some(rate(whole.written)),
        network_received: Some(rate(whole.received)),
        network_sent: Some(rate(whole.sent)),
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

fn uid(user: &str) -> Uid {
    Uid(match user {
        "ann" => 1000,
        "root" => 0,
        "postgres" => 114,
        "avahi" => 112,
        _ => 110,
    })
}

fn info(&(name, user, ..): &Program) -> Arc<ProcessInfo> {
    let kernel_thread = name.starts_with('k') && !name.contains('-');
    Arc::new(ProcessInfo {
        name: name.to_owned(),
        command_line: if kernel_thread {
            Vec::new()
        } else {
            vec![format!("/usr/bin/{name}"), "--example".to_owned()]
        },
        uid: Some(uid(user)),
        user: Some(user.to_owned()),
        service: (user != "ann" && !kernel_thread).then(|| format!("{name}.service")),
        started: Timestamp::from_second(END - 80_000).ok(),
        kernel_thread,
        ..ProcessInfo::default()
    })
}

/// The programs that run, each with what it does in an interval.
fn running(
    activity: &Activity,
) -> impl Iterator<Item = (ProcessKey, Arc<ProcessInfo>, &'static Program, Doing)> {
    let programs = (0..).zip(PROGRAMS).zip(&activity.programs);
    programs.map(|((n, program), &doing)| (key(n), info(program), program, doing))
}

/// Whether ann may look into a program of this user.
fn is_readable(user: &str) -> bool {
    user == "ann"
}

fn cpu(ago: u64) -> CpuSnapshot {
    let mut snapshot = frame(ago, PACE, CpuTotals::default());
    let activity = Activity::of_interval(ago);
    for (key, info, program, doing) in running(&activity) {
        let resident = resident(program, ago);
        snapshot.rows.push(CpuRow {
            key,
            cpu: Some(percent(doing.cpu)),
            memory: Some(percent(resident / MEMORY * 100.0)),
            rss: Some(bytes(resident)),
            threads: Some(1 + u64::from(key.pid.0) % 23),
            state: Some(ProcessState(if doing.cpu > 20.0 { 'R' } else { 'S' })),
            nice: Some(0),
            parent: Some(Pid(1)),
            cpu_time: Some(Duration::from_secs(90 + u64::from(key.pid.0))),
            wait: None,
            info,
            past: Past::default(),
        });
    }
    let rows = snapshot.rows.iter().filter_map(|row| row.cpu);
    let named: f64 = rows.map(|it| it.0).sum();
    let exited = percent(activity.exited.cpu).0;
    let account = Account::of(activity.whole().cpu, named, exited, activity.kernel.cpu);
    let mut remains = |what, cpu, programs| {
        snapshot.remainder.push(CpuRemainder {
            what,
            cpu: Percent(cpu),
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
    remains(Remainder::Kernel, account.kernel, Vec::new());
    remains(Remainder::Unexplained, account.unexplained, Vec::new());
    snapshot.totals = CpuTotals {
        cpus: Some(CPUS.into()),
        processes: Some(PROGRAMS.len() as u64),
        busy: Some(of_machine(account.whole())),
        named: Some(of_machine(account.named)),
        exited: Some(of_machine(account.exited)),
        kernel: Some(of_machine(account.kernel)),
        unexplained: Some(of_machine(account.unexplained)),
        sampling_error: Some(of_machine(account.excess)),
        memory_total: Some(bytes(MEMORY)),
    };
    snapshot
}

fn disk(ago: u64, idle: bool) -> DiskSnapshot {
    let mut snapshot = frame(ago, PACE, DiskTotals::default());
    let activity = Activity::of_interval(ago);
    let (mut hidden, mut read, mut written) = (0, 0.0, 0.0);
    for (key, info, &(_, user, _, _, in_all_read, in_all_written, ..), doing) in running(&activity)
    {
        let doing = if idle { Doing::default() } else { doing };
        let readable = is_readable(user);
        if readable {
            read += doing.read;
            written += doing.written;
        } else {
            hidden += 1;
        }
        let io = DiskIo {
            read_rate: Some(rate(doing.read)),
            write_rate: Some(rate(doing.written)),
            read: bytes(if idle { 0.0 } else { in_all_read * 4.1e5 }),
            written: bytes(if idle { 0.0 } else { in_all_written * 2.7e5 }),
            ..DiskIo::default()
        };
        snapshot.rows.push(DiskRow {
            key,
            info,
            io: readable.then_some(io),
            past: Past::default(),
        });
    }
    snapshot.degradations.push(Degradation {
        what: Missing::Io,
        reason: Reason::PermissionDenied,
        count: Some(hidden),
    });
    if !idle {
        let whole = activity.whole();
        snapshot.totals = DiskTotals {
            disk_read: Some(rate(whole.read)),
            disk_write: Some(rate(whole.written)),
            named_read: Some(rate(read)),
            named_write: Some(rate(written)),
        };
        snapshot.remainder.push(DiskRemainder {
            what: Remainder::WriteBack,
            read_rate: rate(whole.read - read),
            write_rate: rate(whole.written - written),
        });
    }
    snapshot
}

fn sockets(&(.., sockets): &Program) -> SocketCounts {
    let udp = sockets / 4;
    SocketCounts {
        tcp: sockets - udp,
        udp,
        established: (sockets - udp).div_ceil(2),
        listen: 0,
        shared: 0,
    }
}

fn network(ago: u64, permitted: bool) -> NetworkSnapshot {
    let mut snapshot = frame(ago, PACE, NetworkTotals::default());
    let activity = Activity::of_interval(ago);
    let mut tcp = Vec::new();
    for (key, info, program, doing) in running(&activity) {
        let &(_, user, _, _, _, _, received, sent, count) = program;
        let readable = permitted && (is_readable(user) || count == 0);
        let told = count > 0;
        tcp.push(doing);
        if permitted && !readable {
            snapshot.remainder.push(NetworkRemainder {
                what: Remainder::Unreadable {
                    uid: info.uid,
                    user: info.user.clone(),
                    service: info.service.clone(),
                },
                sockets: Some(sockets(program)),
                received_rate: Some(rate(doing.received)),
                sent_rate: Some(rate(doing.sent)),
                received: Some(bytes(received * 3e6)),
                sent: Some(bytes(sent * 3e6)),
            });
        }
        snapshot.rows.push(NetworkRow {
            key,
            info,
            sockets: readable.then(|| sockets(program)),
            received_rate: Some(rate(doing.received)).filter(|_| readable && told),
            sent_rate: Some(rate(doing.sent)).filter(|_| readable && told),
            received: Some(bytes(received * 3e6)).filter(|_| readable && told),
            sent: Some(bytes(sent * 3e6)).filter(|_| readable && told),
            remotes: readable.then(Vec::new),
            ports: readable.then(Vec::new),
            past: Past::default(),
        });
    }
    let hidden = PROGRAMS
        .iter()
        .filter(|it| !is_readable(it.1) && it.8 > 0)
        .count();
    snapshot.degradations.push(Degradation {
        what: Missing::SocketOwners,
        reason: Reason::PermissionDenied,
        count: Some(hidden as u64),
    });
    if permitted {
        let busy = |row: &NetworkRemainder| row.received_rate.map_or(0.0, |it| it.0);
        snapshot
            .remainder
            .sort_by(|a, b| busy(b).total_cmp(&busy(a)));
        let (whole, tcp) = (activity.whole(), tcp.into_iter().sum::<Doing>());
        snapshot.remainder.push(NetworkRemainder {
            what: Remainder::NonTcp,
            sockets: None,
            received_rate: Some(rate(whole.received - tcp.received)),
            sent_rate: Some(rate(whole.sent - tcp.sent)),
            received: None,
            sent: None,
        });
        snapshot.totals = NetworkTotals {
            interface_received: Some(rate(whole.received)),
            interface_sent: Some(rate(whole.sent)),
            tcp_received: Some(rate(tcp.received)),
            tcp_sent: Some(rate(tcp.sent)),
            sockets: Some(PROGRAMS.iter().map(|it| it.8).sum()),
            missed_messages: None,
        };
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
