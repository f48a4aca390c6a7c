//! A network refresh at 10,000 TCP sockets over 200 processes that wait, beside the alternatives.
//! All figures are CPU time of the reading thread.
#![expect(clippy::expect_used, reason = "a benchmark ends where it cannot go on")]

#[path = "../tests/support/role.rs"]
#[expect(dead_code, reason = "tests need more of it")]
mod role;

use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use criterion::Criterion;
use netstat2::{AddressFamilyFlags, ProtocolFlags};
use role::Role;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sysmon::platform::linux::sockets::SocketTable;
use sysmon::platform::linux::{LinuxPlatform, Roots};
use sysmon::platform::{Platform, Protocol};

const PROCESSES: usize = 200;
const SOCKETS_EACH: usize = 50;
/// The goal of this project.
const TIMES_CHEAPER: f64 = 4.0;

fn main() {
    if role::played().is_some() {
        hold_sockets();
    }
    raise_descriptor_limit();
    let mut holders: Vec<Role> = (0..PROCESSES).map(|_| Role::start("holding")).collect();
    for holder in &mut holders {
        assert_eq!(holder.hear().as_deref(), Some("ready"));
    }
    let mut platform = LinuxPlatform::default();
    settle(&mut platform, &holders);
    compare(&mut platform);

    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    let mut group = criterion.benchmark_group("10,000 TCP sockets over 200 processes");
    group.bench_function("sysmon, with owners", |bencher| {
        bencher.iter_custom(|times| cpu_time(times, || count(&mut platform)));
    });
    let mut files = SocketTable::without_netlink(&Roots::default());
    group.bench_function("files of proc, without owners", |bencher| {
        bencher.iter_custom(|times| cpu_time(times, || files.read(&[], &[]).sockets.len()));
    });
    group.bench_function("netstat2, without pids", |bencher| {
        bencher.iter_custom(|times| cpu_time(times, netstat2_without_pids));
    });
    group.bench_function("netstat2, with pids", |bencher| {
        bencher.iter_custom(|times| cpu_time(times, netstat2_with_pids));
    });
    group.finish();
    criterion.final_summary();
}

/// What each process does: half the sockets connect to the other half, beside a listener and one
/// that waits in its queue.
fn hold_sockets() -> ! {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("an address");
    let mut held = Vec::new();
    while held.len() + 2 < SOCKETS_EACH {
        held.push(TcpStream::connect(address).expect("connected"));
        held.push(listener.accept().expect("accepted").0);
    }
    let another = TcpListener::bind("[::1]:0").expect("a listener");
    assert_eq!(held.len() + 2, SOCKETS_EACH);
    role::say("ready");
    let _kept = (held, listener, another);
    role::wait_for_release()
}

/// Two pipes lead to each process.
fn raise_descriptor_limit() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).expect("raised");
}

/// Refreshes until every socket's owner is known.
fn settle(platform: &mut LinuxPlatform, holders: &[Role]) {
    for _ in 0..100 {
        let reading = platform.sockets().expect("a reading");
        let all_held = holders.iter().all(|holder| {
            let owners = reading.owners.iter();
            let pids = owners.map(|&(process, _)| reading.processes[process].key.pid.0);
            pids.filter(|&pid| pid == holder.pid()).count() == SOCKETS_EACH
        });
        let tcp = reading
            .sockets
            .iter()
            .filter(|it| it.protocol == Protocol::Tcp);
        if all_held && tcp.count() >= PROCESSES * SOCKETS_EACH {
            return;
        }
    }
    panic!("the owners of the sockets were not found");
}

/// Takes both in turn, so that what else the machine does hits both.
fn compare(platform: &mut LinuxPlatform) {
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    for _ in 0..15 {
        ours.push(cpu_time(1, || count(platform)));
        theirs.push(cpu_time(1, netstat2_with_pids));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let times = theirs.as_secs_f64() / ours.as_secs_f64();
    println!("sysmon {ours:?}, netstat2 with pids {theirs:?}: {times:.1} times cheaper");
    assert!(times >= TIMES_CHEAPER, "less than {TIMES_CHEAPER} times");
}

fn median(mut values: Vec<Duration>) -> Duration {
    values.sort_unstable();
    values[values.len() / 2]
}

fn count(platform: &mut LinuxPlatform) -> usize {
    platform.sockets().expect("a reading").owners.len()
}

fn netstat2_with_pids() -> usize {
    let sockets = netstat2::iterate_sockets_info(families(), protocols());
    sockets.expect("sockets").count()
}

fn netstat2_without_pids() -> usize {
    let sockets = netstat2::iterate_sockets_info_without_pids(families(), protocols());
    sockets.expect("sockets").count()
}

fn families() -> AddressFamilyFlags {
    AddressFamilyFlags::IPV4 | AddressFamilyFlags::IPV6
}

fn protocols() -> ProtocolFlags {
    ProtocolFlags::TCP | ProtocolFlags::UDP
}

fn cpu_time<T>(times: u64, mut work: impl FnMut() -> T) -> Duration {
    let now = || {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::try_from(time).expect("a time since the thread began")
    };
    let start = now();
    for _ in 0..times {
        std::hint::black_box(work());
    }
    now().saturating_sub(start)
}
