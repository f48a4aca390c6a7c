//! A network refresh at 10,000 TCP sockets over 200 processes that wait, beside the alternatives and
//! beside the least that any program can do: ask the kernel for the same and look at nothing. All
//! figures are CPU time: of the reading thread, of `ss(8)` as a whole.
#![expect(clippy::expect_used, reason = "a benchmark ends where it cannot go on")]

#[path = "../tests/support/role.rs"]
#[expect(dead_code, reason = "tests need more of it")]
mod role;

use std::mem::MaybeUninit;
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use criterion::Criterion;
use netstat2::{AddressFamilyFlags, ProtocolFlags};
use role::Role;
use rustix::net::netlink::{self, SocketAddrNetlink};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, connect, recv, send, socket_with,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sysmon::model::connection::HostNames;
use sysmon::platform::linux::destroyed::Destroyed;
use sysmon::platform::linux::sock_diag::Dump;
use sysmon::platform::linux::sockets::SocketTable;
use sysmon::platform::linux::{LinuxPlatform, Roots};
use sysmon::platform::{Platform, Protocol};
use sysmon::sampling::network::NetworkSampler;
use sysmon::sampling::traffic::Ledger;

const PROCESSES: usize = 200;
const SOCKETS_EACH: usize = 50;
/// The goals of this project: at least so many times cheaper than netstat2 and than `ss -tinp`, and
/// at most so many times as dear as the bare dump.
const TIMES_CHEAPER_THAN_NETSTAT2: f64 = 4.0;
const TIMES_CHEAPER_THAN_SS: f64 = 8.0;
const TIMES_THE_BARE_DUMP: f64 = 1.5;

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
    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    let mut group = criterion.benchmark_group("10,000 TCP sockets over 200 processes");
    let mut network = Network::default();
    group.bench_function("sysmon, throughput of each process", |bencher| {
        bencher.iter_custom(|times| cpu_time(times, || network.refresh(&mut platform)));
    });
    group.bench_function("sysmon, with owners", |bencher| {
        bencher.iter_custom(|times| cpu_time(times, || count(&mut platform)));
    });
    let mut bare = BareDump::new();
    group.bench_function("bare dump", |bencher| {
        bencher.iter_custom(|times| cpu_time(times, || bare.dump()));
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
    compare(&mut platform);
    listen();
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

/// Takes all in turn, so that what else the machine does hits each of them.
fn compare(platform: &mut LinuxPlatform) {
    let mut network = Network::default();
    let mut bare = BareDump::new();
    let mut taken: [Vec<Duration>; 5] = Default::default();
    for _ in 0..15 {
        taken[0].push(cpu_time(1, || network.refresh(platform)));
        taken[1].push(cpu_time(1, || bare.dump()));
        taken[2].extend(ss());
        taken[3].push(cpu_time(1, || count(platform)));
        taken[4].push(cpu_time(1, netstat2_with_pids));
    }
    let [throughput, bare, ss, owners, netstat2] = taken.map(median);
    let check = |what: &str, ours: Option<Duration>, other: Option<Duration>, least: f64| {
        let Some((ours, other)) = ours.zip(other) else {
            println!("{what}: not to be had here");
            return;
        };
        let times = other.as_secs_f64() / ours.as_secs_f64();
        println!("{what}: sysmon {ours:?}, the other {other:?}, {times:.2} times ours");
        assert!(times >= least, "{what}");
    };
    let least = 1.0 / TIMES_THE_BARE_DUMP;
    check("throughput beside a bare dump", throughput, bare, least);
    check(
        "throughput beside ss -tinp",
        throughput,
        ss,
        TIMES_CHEAPER_THAN_SS,
    );
    check(
        "owners beside netstat2 with pids",
        owners,
        netstat2,
        TIMES_CHEAPER_THAN_NETSTAT2,
    );
}

/// What a window asks for at each refresh.
#[derive(Default)]
struct Network {
    sampler: NetworkSampler,
    ledger: Ledger,
}

impl Network {
    fn refresh(&mut self, platform: &mut LinuxPlatform) -> usize {
        let snapshot = self
            .sampler
            .sample(platform, &mut self.ledger, HostNames::Off);
        let snapshot = snapshot.expect("a reading");
        snapshot.map_or(0, |snapshot| snapshot.rows.len())
    }
}

/// `TCPDIAG_GETSOCK` with `INET_DIAG_INFO`, and no look at what it tells.
struct BareDump {
    socket: OwnedFd,
    buffer: Vec<u8>,
}

impl BareDump {
    fn new() -> Self {
        let kind = (AddressFamily::NETLINK, SocketType::RAW);
        let socket = socket_with(
            kind.0,
            kind.1,
            SocketFlags::CLOEXEC,
            Some(netlink::SOCK_DIAG),
        )
        .expect("a socket");
        connect(&socket, &SocketAddrNetlink::new(0, 0)).expect("connected");
        Self {
            socket,
            buffer: vec![0; 32 * 1024],
        }
    }

    fn dump(&mut self) -> usize {
        const DONE: u16 = 3;
        let request = Dump::Tcp.request(1);
        send(&self.socket, &request, SendFlags::empty()).expect("sent");
        let mut sum = 0;
        loop {
            let received = recv(&self.socket, self.buffer.as_mut_slice(), RecvFlags::empty());
            let (length, _) = received.expect("an answer");
            sum += length;
            if u16::from_ne_bytes([self.buffer[4], self.buffer[5]]) == DONE {
                return sum;
            }
        }
    }
}

/// CPU time of `ss -tinp`; `None` where it is not installed.
fn ss() -> Option<Duration> {
    let before = time_of_children();
    let ran = Command::new("ss")
        .args(["-tinp"])
        .stdout(Stdio::null())
        .status();
    ran.ok()?;
    Some(time_of_children().saturating_sub(before))
}

/// CPU time of the processes that this one has waited for.
fn time_of_children() -> Duration {
    let mut usage = MaybeUninit::uninit();
    // SAFETY: the pointer is to a `struct rusage`, which the call fills when it succeeds.
    let usage = unsafe {
        assert_eq!(
            libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr()),
            0
        );
        usage.assume_init()
    };
    let time = |time: libc::timeval| {
        let seconds = u64::try_from(time.tv_sec).expect("a time");
        let micros = u64::try_from(time.tv_usec).expect("a time");
        Duration::from_secs(seconds) + Duration::from_micros(micros)
    };
    time(usage.ru_utime) + time(usage.ru_stime)
}

/// CPU time of the thread of this process that listens to the kernel, `task/*/schedstat`.
fn time_of_listener() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").expect("threads");
    let of_thread = |folder: &Path| {
        let name = std::fs::read_to_string(folder.join("comm")).ok()?;
        let times = std::fs::read_to_string(folder.join("schedstat")).ok()?;
        let time = times.split(' ').next()?.parse().ok()?;
        (name.trim_end() == "closed-sockets").then(|| Duration::from_nanos(time))
    };
    let times = tasks.flatten().filter_map(|task| of_thread(&task.path()));
    times.sum()
}

/// What listening costs at a thousand connections a second that end. Both ends of each are here,
/// unlike those of a server: the kernel tells of two thousand sockets.
fn listen() {
    const CONNECTIONS: u32 = 1000;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("an address");
    let destroyed = Destroyed::listen().expect("netlink");
    let began = std::time::Instant::now();
    for n in 0..CONNECTIONS {
        drop(TcpStream::connect(address).expect("connected"));
        drop(listener.accept().expect("accepted"));
        let due = Duration::from_millis(u64::from(n));
        std::thread::sleep(due.saturating_sub(began.elapsed()));
    }
    let time = time_of_listener();
    let heard = destroyed.take();
    let second = began.elapsed();
    let share = time.as_secs_f64() / second.as_secs_f64() * 100.0;
    println!(
        "listening to {} connections that ended in {second:?}, {} lost: {share:.2} % of a core",
        heard.closed.len() / 2,
        heard.missed
    );
    assert!(share / 2.0 < 1.0, "of a core for a thousand sockets");
}

fn median(mut values: Vec<Duration>) -> Option<Duration> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
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
