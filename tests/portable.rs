//! The portable platform against that of Linux: what both can know must be the same.
#![cfg(all(target_os = "linux", feature = "portable"))]
#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

#[path = "support/role.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod role;

use std::collections::BTreeSet;
use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use role::Role;
use sysmon::model::process::{Pid, StartTime};
use sysmon::model::snapshot::{Missing, Reason};
use sysmon::platform::{Kind, Platform, ProcessCounters, Roots, Want, open};

const IO: Want = Want {
    io: true,
    ended: false,
};

/// What happens in the processes that tests start.
#[test]
fn role() {
    match role::played().as_deref() {
        Some("waiting") => role::wait_for_release(),
        Some("working") => work(),
        Some("nobody") => look_as_nobody(),
        Some(other) => panic!("the unknown role {other}"),
        None => {}
    }
}

fn both() -> [Box<dyn Platform>; 2] {
    [Kind::Linux, Kind::Portable].map(|kind| open(kind, Roots::default()).expect("a platform"))
}

fn processes(platform: &mut dyn Platform) -> Vec<ProcessCounters> {
    let reading = platform.processes(IO).expect("a reading");
    assert!(reading.processes.is_sorted_by(|a, b| a.key.pid < b.key.pid));
    reading.processes.to_vec()
}

fn pids(processes: &[ProcessCounters]) -> BTreeSet<Pid> {
    processes.iter().map(|it| it.key.pid).collect()
}

fn find(processes: &[ProcessCounters], pid: u32) -> ProcessCounters {
    let found = processes.iter().find(|it| it.key.pid == Pid(pid));
    found.expect("listed").clone()
}

#[test]
fn the_same_processes_are_listed_and_no_threads() {
    let waiting: Vec<Role> = (0..8).map(|_| Role::start("waiting")).collect();
    let [mut linux, mut portable] = both();
    let before = pids(&processes(&mut *linux));
    let by_portable = pids(&processes(&mut *portable));
    let after = pids(&processes(&mut *linux));
    let stable: BTreeSet<Pid> = before.intersection(&after).copied().collect();
    assert!(waiting.iter().all(|it| stable.contains(&Pid(it.pid()))));
    assert!(stable.is_subset(&by_portable), "{stable:?} {by_portable:?}");
    let own = std::process::id();
    let threads = std::fs::read_dir("/proc/self/task").expect("threads");
    for thread in threads {
        let name = thread.expect("a thread").file_name();
        let tid = name.to_str().and_then(|it| it.parse().ok()).expect("an id");
        assert!(tid == own || !by_portable.contains(&Pid(tid)));
    }
}

/// Uses the CPU and writes, and then nothing more.
fn work() {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(&vec![1; 1 << 20]).expect("written");
    file.sync_all().expect("synchronised");
    let used = || rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    while used().tv_sec == 0 && used().tv_nsec < 300_000_000 {
        std::hint::spin_loop();
    }
    role::say("done");
    role::wait_for_release();
}

#[test]
fn a_process_has_the_same_identity_and_did_the_same() {
    let mut worker = Role::start("working");
    assert_eq!(worker.hear().as_deref(), Some("done"));
    let [mut linux, mut portable] = both();
    let [one, other] = settled(|| {
        let linux = find(&processes(&mut *linux), worker.pid());
        let portable = find(&processes(&mut *portable), worker.pid());
        let state = |it: &ProcessCounters| it.stat.map(|it| it.state);
        (state(&linux) == state(&portable)).then_some([linux, portable])
    });
    let StartTime::EpochSeconds(second) = other.key.start_time else {
        panic!("{:?}", other.key)
    };
    let started = one.info.started.expect("a start time").as_second();
    assert!(started.abs_diff(second.try_into().expect("a second")) <= 1);
    assert_eq!(one.info.name, other.info.name);
    assert_eq!(one.info.command_line, other.info.command_line);
    assert_eq!(
        (one.info.uid, &one.info.user),
        (other.info.uid, &other.info.user)
    );
    assert_eq!(one.info.kernel_thread, other.info.kernel_thread);
    assert_eq!(one.stat.map(|it| it.parent), other.stat.map(|it| it.parent));
    // `stat` and `statm` differ by what the kernel has not yet summed over the CPUs.
    let rss = |it: &ProcessCounters| it.stat.expect("readable").rss.0;
    assert!(rss(&one).abs_diff(rss(&other)) < 1 << 20);
    let written = |it: &ProcessCounters| it.io.map(|io| (io.read, io.written));
    assert_eq!(written(&one), written(&other));
    // What sysinfo does not tell is unknown, not 0.
    let untold = other
        .io
        .map(|io| (io.cancelled, io.read_calls, io.write_calls));
    assert_eq!(untold, Some((None, None, None)));
    let used = |it: &ProcessCounters| it.cpu_time.expect("a CPU time");
    assert!(used(&one) >= Duration::from_millis(300));
    // One is exact, the other counts ticks of a hundredth of a second for user and system each.
    assert!(used(&one).abs_diff(used(&other)) <= Duration::from_millis(25));
}

#[test]
fn the_machine_is_the_same() {
    let [linux, portable] = both().map(|mut it| it.machine().expect("a reading"));
    let (one, other) = (
        linux.memory.expect("memory"),
        portable.memory.expect("memory"),
    );
    assert_eq!((one.total, one.swap_total), (other.total, other.swap_total));
    let names = |interfaces: &[_]| {
        let names = interfaces
            .iter()
            .map(|it: &sysmon::platform::InterfaceCounters| &it.name);
        names.cloned().collect::<BTreeSet<String>>()
    };
    assert_eq!(names(&linux.interfaces), names(&portable.interfaces));
    let loopback = portable.interfaces.iter().find(|it| it.name == "lo");
    assert!(loopback.is_none_or(|it| !it.counted));
    assert!(linux.load.is_some() && portable.load.is_some());
    assert_eq!(portable.pressure, None);
    let pressure = portable
        .degradations
        .iter()
        .find(|it| it.what == Missing::Pressure);
    assert_eq!(pressure.map(|it| it.reason), Some(Reason::NotAvailable));
}

#[test]
fn what_may_not_be_read_is_unknown_and_not_zero() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = role::command_as_nobody("nobody", folder.path());
    let mut nobody = Role::run(command.stdin(Stdio::piped()));
    assert_eq!(nobody.hear().as_deref(), Some("seen"));
}

fn look_as_nobody() {
    let [_, mut portable] = both();
    let listed = processes(&mut *portable);
    let own = find(&listed, std::process::id());
    let first = find(&listed, 1);
    assert!(own.io.is_some());
    let reading = portable.sockets().expect("a reading");
    let denied = |pid| {
        let place = reading
            .processes
            .iter()
            .position(|it| it.key.pid == Pid(pid));
        place.map(|it| reading.denied[it])
    };
    assert_eq!(denied(std::process::id()), Some(false));
    if own.info.uid != first.info.uid {
        assert_eq!(first.io, None);
        assert_eq!(denied(1), Some(true));
        let missing = reading
            .degradations
            .iter()
            .find(|it| it.what == Missing::SocketOwners);
        assert!(missing.is_some_and(|it| it.count > Some(0)));
    }
    role::say("seen");
}

/// Tries until two readings, which cannot be taken at one moment, agree.
fn settled<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        assert!(start.elapsed() < Duration::from_mins(1));
        std::thread::sleep(Duration::from_millis(10));
    }
}
