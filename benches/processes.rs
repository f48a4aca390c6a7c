//! One refresh of 2000 processes of which 3 % have run, in CPU time of the thread that asks, beside
//! the alternatives: sysinfo and procfs.

#![expect(
    clippy::expect_used,
    reason = "a benchmark whose stage cannot be set has failed"
)]

use std::hint::black_box;
use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use criterion::Criterion;
use rustix::time::{ClockId, clock_gettime};
use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System};
use sysmon::platform::linux::LinuxPlatform;
use sysmon::platform::{Platform as _, Want};
use sysmon::source::local::LocalSource;
use sysmon::source::memory::{Limits, Memory, REST};
use sysmon::source::{Request, Source as _};

const PROCESSES: usize = 2000;
const ACTIVE: usize = 60;
const ROUNDS: u32 = 30;
/// The goal of this project, in per cent of a core.
const MOST_FOR_HISTORY: f64 = 0.5;

/// A name and what it does at a refresh.
type Contender = (&'static str, Box<dyn FnMut()>);

/// Processes that sleep until they are poked.
struct Load(Vec<Child>);

impl Load {
    fn start() -> Self {
        let cat = |_| {
            let mut cat = Command::new("cat");
            cat.stdin(Stdio::piped()).stdout(Stdio::null());
            cat.spawn().expect("cat runs")
        };
        Self((0..PROCESSES).map(cat).collect())
    }

    /// Lets 3 % of them run.
    fn poke(&mut self) {
        for child in self.0.iter_mut().step_by(PROCESSES / ACTIVE) {
            let input = child.stdin.as_mut().expect("is piped");
            input.write_all(b"x").expect("cat reads");
        }
        // Time to run: both CPUs are this thread's and theirs.
        thread::sleep(Duration::from_millis(5));
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn cpu_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).expect("not negative")
}

/// CPU time of `rounds` refreshes, the load poked before each.
fn spent(load: &mut Load, rounds: u64, refresh: &mut dyn FnMut()) -> Duration {
    (0..rounds)
        .map(|_| {
            load.poke();
            let start = cpu_time();
            refresh();
            cpu_time().saturating_sub(start)
        })
        .sum()
}

fn main() {
    let mut load = Load::start();
    let mut cpu = LinuxPlatform::default();
    let mut disk = LinuxPlatform::default();
    let mut system = System::new().expect("/proc is there");
    let kind = ProcessRefreshKind::nothing()
        .with_cpu()
        .with_memory()
        .with_disk_usage()
        .without_tasks();
    let mut refreshes: [Contender; 4] = [
        (
            "sysmon cpu",
            Box::new(move || {
                black_box(cpu.processes(Want::default()).expect("/proc is there"));
            }),
        ),
        (
            "sysmon cpu and disk",
            Box::new(move || {
                black_box(
                    disk.processes(Want {
                        io: true,
                        ..Want::default()
                    })
                    .expect("/proc is there"),
                );
            }),
        ),
        (
            "procfs stat",
            Box::new(|| {
                let processes = procfs::process::all_processes().expect("/proc is there");
                let stats = processes.filter_map(|process| process.ok()?.stat().ok());
                black_box(stats.collect::<Vec<_>>());
            }),
        ),
        (
            "sysinfo cpu, memory and disk",
            Box::new(move || {
                system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
                black_box(&system);
            }),
        ),
    ];
    let mut criterion = Criterion::default()
        .sample_size(10)
        .measurement_time(Duration::from_secs(3))
        .without_plots()
        .configure_from_args();
    for (name, refresh) in &mut refreshes {
        criterion.bench_function(&format!("{PROCESSES} processes: {name}"), |bencher| {
            bencher.iter_custom(|rounds| spent(&mut load, rounds, refresh));
        });
    }
    // Taken in turn, so that whatever else the machine does falls on all alike.
    let mut sums = [Duration::ZERO; 4];
    for _ in 0..ROUNDS {
        for ((_, refresh), sum) in refreshes.iter_mut().zip(&mut sums) {
            *sum += spent(&mut load, 1, refresh);
        }
    }
    for ((name, _), sum) in refreshes.iter().zip(sums) {
        let ratio = sum.as_secs_f64() / sums[0].as_secs_f64();
        println!(
            "{name}: {:?} a refresh, {ratio:.1} times ours",
            sum / ROUNDS
        );
    }
    background_history(&mut load);
    criterion.final_summary();
}

/// What remembering costs while nobody looks: all tables and the graphs, every five seconds.
fn background_history(load: &mut Load) {
    let limits = Limits {
        interval: Duration::ZERO,
        ..Limits::default()
    };
    let mut memory = Memory::new(
        || {
            Ok(Box::new(LocalSource::new(Box::new(
                LinuxPlatform::default(),
            ))))
        },
        limits,
    );
    let mut told = Duration::ZERO;
    let mut remember = || {
        let reply = memory.ask(&Request::Remember).expect("/proc is there");
        told = reply.cost().unwrap_or_default().cpu;
    };
    // The first rounds know of no process what it did before.
    spent(load, 3, &mut remember);
    let round = spent(load, ROUNDS.into(), &mut remember) / ROUNDS;
    let pace = Limits::default().interval.max(told * REST);
    let share = round.as_secs_f64() / pace.as_secs_f64() * 100.0;
    println!(
        "background history of {PROCESSES} processes: {round:?} a round, {share:.2} % of a core"
    );
    assert!(share < MOST_FOR_HISTORY);
}
