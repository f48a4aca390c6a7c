//! Sockets of the running kernel against sockets that were made, against `ss(8)` and `/proc/net`.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

#[path = "support/descriptors.rs"]
mod descriptors;
#[path = "support/role.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod role;
#[path = "support/socket_states.rs"]
mod socket_states;
#[path = "support/tcp_options.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod tcp_options;

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Signal, kill_process};
use socket_states::{Counts, SocketStates};
use sysmon::model::connection::HostNames;
use sysmon::model::network::SocketCounts;
use sysmon::model::process::{Pid, Uid};
use sysmon::model::snapshot::{Degradation, Missing, Reason};
use sysmon::platform::linux::sockets::SocketTable;
use sysmon::platform::linux::{LinuxPlatform, Roots};
use sysmon::platform::{
    Platform, ProcessCounters, Protocol, SocketCounters, SocketReading, TcpState,
};
use sysmon::sampling::network::NetworkSampler;
use sysmon::sampling::traffic::Ledger;

use role::Role;

const PORT: &str = "SYSMON_TEST_PORT";

/// What happens in the processes that tests start.
#[test]
fn role() {
    match role::played().as_deref() {
        Some("every state") => make_every_state(),
        Some("namespace") => count_in_namespace(),
        Some("sharing") => share_a_listener(),
        Some("waiting") => role::wait_for_release(),
        Some("receiving") => receive_descriptors(),
        Some("nobody") => look_as_nobody(),
        Some(other) => panic!("the unknown role {other}"),
        None => {}
    }
}

#[test]
fn sockets_in_every_state_are_counted_exactly() {
    let Some(mut apart) = role::apart("--net") else {
        eprintln!("skipped: no network namespace can be made here");
        return;
    };
    role::play(&mut apart, "namespace");
    assert!(apart.status().expect("started").success());
}

fn make_every_state() {
    let made = SocketStates::make();
    role::say(&socket_states::to_line(&made.listed));
    role::say(&socket_states::to_line(&made.held));
    role::wait_for_release();
}

fn count_in_namespace() {
    let up = Command::new("ip")
        .args(["link", "set", "lo", "up"])
        .status();
    assert!(up.expect("ip(8)").success());
    let mut maker = Role::start("every state");
    let listed = socket_states::from_line(&maker.hear().expect("counts"));
    let held = socket_states::from_line(&maker.hear().expect("counts"));
    let tcp_states = listed.keys().filter(|(it, _)| *it == Protocol::Tcp);
    assert_eq!(
        tcp_states.count(),
        10,
        "all but CLOSE, which is never listed"
    );

    let mut platform = LinuxPlatform::default();
    wait_until(&mut platform, |reading| {
        assert!(lists_all(reading));
        counts(own(reading)) == listed && counts(held_by(reading, maker.pid())) == held
    });
    let mut without_netlink = SocketTable::without_netlink(&Roots::default());
    let reading = platform.sockets().expect("a reading");
    let last_ran = vec![1; reading.processes.len()];
    let from_files = without_netlink.read(reading.processes, &last_ran);
    assert!(lists_all(&from_files));
    assert_eq!(counts(own(&from_files)), listed);
    assert_eq!(counts(held_by(&from_files, maker.pid())), held);
    same_sockets(&reading, &from_files);

    if let Some(counted_by_ss) = ss() {
        assert_eq!(counted_by_ss, listed);
    }
    #[cfg(feature = "portable")]
    {
        let portable = sysmon::platform::portable::PortablePlatform::new();
        let mut portable = portable.expect("a platform");
        let reading = portable.sockets().expect("a reading");
        assert!(lists_all(&reading));
        assert_eq!(
            without_udp_states(counts(own(&reading))),
            without_udp_states(listed)
        );
        let of_maker = counts(held_by(&reading, maker.pid()));
        assert_eq!(without_udp_states(of_maker), without_udp_states(held));
    }
}

/// netstat2 does not tell whether a UDP socket is connected.
#[cfg(feature = "portable")]
fn without_udp_states(counts: Counts) -> Counts {
    let mut merged = Counts::new();
    for ((protocol, state), count) in counts {
        let state = match protocol {
            Protocol::Tcp => state,
            Protocol::Udp => TcpState::Close,
        };
        *merged.entry((protocol, state)).or_default() += count;
    }
    merged
}

/// Every socket with all that both ways of reading tell.
fn same_sockets(one: &SocketReading<'_>, other: &SocketReading<'_>) {
    let sorted = |reading: &SocketReading<'_>| {
        let mut sockets: Vec<_> = own(reading)
            .map(|it| (it.protocol, it.local, it.remote, it.state, it.inode, it.uid))
            .collect();
        sockets.sort_unstable();
        sockets
    };
    assert_eq!(sorted(one), sorted(other));
}

/// What `ss(8)` counts; `None` where it is not installed.
fn ss() -> Option<Counts> {
    let mut counts = Counts::new();
    for (protocol, option) in [(Protocol::Tcp, "-Htan"), (Protocol::Udp, "-Huan")] {
        let output = Command::new("ss").arg(option).output().ok()?;
        for line in String::from_utf8(output.stdout).expect("text").lines() {
            let state = match line.split_whitespace().next().expect("a state") {
                "ESTAB" => TcpState::Established,
                "SYN-SENT" => TcpState::SynSent,
                "SYN-RECV" => TcpState::SynRecv,
                "FIN-WAIT-1" => TcpState::FinWait1,
                "FIN-WAIT-2" => TcpState::FinWait2,
                "TIME-WAIT" => TcpState::TimeWait,
                "UNCONN" => TcpState::Close,
                "CLOSE-WAIT" => TcpState::CloseWait,
                "LAST-ACK" => TcpState::LastAck,
                "LISTEN" => TcpState::Listen,
                "CLOSING" => TcpState::Closing,
                other => panic!("the unknown state {other}"),
            };
            *counts.entry((protocol, state)).or_default() += 1;
        }
    }
    Some(counts)
}

#[test]
fn a_socket_shared_by_fork_belongs_to_both() {
    let mut parent = Role::start("sharing");
    let port = parent.hear().expect("a port").parse().expect("a port");
    let child: u32 = parent.hear().expect("a pid").parse().expect("a pid");
    let mut both = vec![parent.pid(), child];
    both.sort_unstable();
    let mut platform = LinuxPlatform::default();
    wait_until(&mut platform, |reading| holders(reading, port) == both);
    let mut sampler = NetworkSampler::default();
    let mut ledger = Ledger::default();
    let first = sampler
        .sample(&mut platform, &mut ledger, HostNames::Off)
        .expect("a reading");
    assert_eq!(first, None);
    let snapshot = sampler
        .sample(&mut platform, &mut ledger, HostNames::Off)
        .expect("a reading");
    for row in snapshot.expect("a snapshot").rows {
        if both.contains(&row.key.pid.0) {
            let one_shared = SocketCounts {
                tcp: 1,
                listen: 1,
                shared: 1,
                ..SocketCounts::default()
            };
            assert_eq!(row.sockets, Some(one_shared));
            assert_eq!(row.ports, Some(vec![port]));
        }
    }
    let pid = i32::try_from(parent.pid())
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    kill_process(pid.expect("a pid"), Signal::KILL).expect("killed");
    wait_until(&mut platform, |reading| holders(reading, port) == [child]);
}

fn share_a_listener() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    fcntl_setfd(&listener, FdFlags::empty()).expect("kept across exec");
    let child = Role::run(role::command("waiting").stdin(Stdio::inherit()));
    role::say(&local_port(&listener).to_string());
    role::say(&child.pid().to_string());
    role::wait_for_release();
}

#[test]
fn a_socket_passed_over_a_unix_socket_belongs_to_whoever_has_it() {
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    let receiver = Role::run(role::command("receiving").stdin(OwnedFd::from(theirs)));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = local_port(&listener);
    let own = std::process::id();
    let mut platform = LinuxPlatform::default();
    wait_until(&mut platform, |reading| holders(reading, port) == [own]);

    descriptors::send(&ours, &listener);
    let mut both = vec![own, receiver.pid()];
    both.sort_unstable();
    wait_until(&mut platform, |reading| holders(reading, port) == both);
    drop(listener);
    wait_until(&mut platform, |reading| {
        holders(reading, port) == [receiver.pid()]
    });
}

fn receive_descriptors() {
    let received = descriptors::receive(&std::io::stdin());
    assert_eq!(received.len(), 1);
    role::wait_for_release();
}

#[test]
fn other_users_sockets_are_listed_and_their_owners_unknown() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = local_port(&listener);
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = role::command_as_nobody("nobody", folder.path());
    command.stdin(Stdio::piped()).env(PORT, port.to_string());
    assert_eq!(Role::run(&mut command).hear().as_deref(), Some("seen"));
}

/// Where root runs the tests, the first process and this test's own are another user's.
fn look_as_nobody() {
    let port = std::env::var(PORT)
        .expect("a port")
        .parse()
        .expect("a port");
    let own = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let mut platform = LinuxPlatform::default();
    wait_until(&mut platform, |reading| {
        holders(reading, local_port(&own)) == [std::process::id()]
    });
    let reading = platform.sockets().expect("a reading");
    let denied = |pid| {
        let place = |it: &ProcessCounters| it.key.pid == Pid(pid);
        reading
            .processes
            .iter()
            .position(place)
            .map(|it| reading.denied[it])
    };
    assert_eq!(denied(std::process::id()), Some(false));
    let user = rustix::process::geteuid().as_raw();
    let foreign = reading.sockets.iter().find(|it| it.local.port() == port);
    if foreign.expect("listed").uid != Some(Uid(user)) {
        assert_eq!(denied(1), Some(true));
        let parent = rustix::process::getppid().expect("a parent");
        assert_eq!(
            denied(parent.as_raw_nonzero().get().unsigned_abs()),
            Some(true)
        );
        assert_eq!(holders(&reading, port), [] as [u32; 0]);
    }
    let count = reading.denied.iter().filter(|&&denied| denied).count() as u64;
    let hidden = Degradation {
        what: Missing::SocketOwners,
        reason: Reason::PermissionDenied,
        count: Some(count),
    };
    assert_eq!(reading.degradations.contains(&hidden), count > 0);
    role::say("seen");
}

/// Even root may not look at the descriptors of everybody: a first process can outrank it.
fn lists_all(reading: &SocketReading<'_>) -> bool {
    let missing = reading.degradations.iter().map(|it| it.what);
    missing.into_iter().all(|it| it == Missing::SocketOwners)
}

fn local_port(listener: &TcpListener) -> u16 {
    listener.local_addr().expect("an address").port()
}

/// Pids of those who hold sockets of this port, ascending.
fn holders(reading: &SocketReading<'_>, port: u16) -> Vec<u32> {
    let at_port = |&&(_, socket): &&(usize, usize)| reading.sockets[socket].local.port() == port;
    let pid = |&(process, _): &(usize, usize)| reading.processes[process].key.pid.0;
    reading.owners.iter().filter(at_port).map(pid).collect()
}

/// The sockets of this network namespace.
fn own<'a>(reading: &'a SocketReading<'_>) -> impl Iterator<Item = &'a SocketCounters> {
    reading.sockets.iter().filter(|it| it.namespace.is_none())
}

/// Sockets by protocol and state.
fn counts<'a>(sockets: impl Iterator<Item = &'a SocketCounters>) -> Counts {
    let mut counts = Counts::new();
    for socket in sockets {
        *counts.entry((socket.protocol, socket.state)).or_default() += 1;
    }
    counts
}

/// The sockets that one process holds.
fn held_by<'a>(
    reading: &'a SocketReading<'_>,
    pid: u32,
) -> impl Iterator<Item = &'a SocketCounters> {
    let owners = reading.owners.iter();
    owners
        .filter(move |(process, _)| reading.processes[*process].key.pid == Pid(pid))
        .map(|&(_, socket)| &reading.sockets[socket])
}

/// Refreshes until it holds; a minute is far more than any machine needs.
fn wait_until(platform: &mut dyn Platform, mut condition: impl FnMut(&SocketReading<'_>) -> bool) {
    let start = Instant::now();
    loop {
        let reading = platform.sockets().expect("a reading");
        if condition(&reading) {
            return;
        }
        let waited = start.elapsed() > Duration::from_mins(1);
        assert!(!waited, "{:#?}", counts(own(&reading)));
        std::thread::sleep(Duration::from_millis(10));
    }
}
