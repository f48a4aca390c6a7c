//! Sockets of a network namespace that the test makes, seen from outside.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

#[path = "support/role.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod role;
#[path = "support/talk.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod talk;

use std::net::{IpAddr, Ipv4Addr, TcpListener, UdpSocket};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sysmon::model::connection::HostNames;
use sysmon::model::units::Bytes;
use sysmon::platform::linux::LinuxPlatform;
use sysmon::platform::{Platform, Protocol, SocketReading, TcpState};
use sysmon::sampling::network::NetworkSampler;
use sysmon::sampling::traffic::Ledger;

use role::Role;

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const BYTES: u64 = 10_000;
const PORT: &str = "SYSMON_TEST_PORT";

/// What happens in the processes that tests start.
#[test]
fn role() {
    match role::played().as_deref() {
        Some("inside") => talk_inside(),
        Some("nobody") => look_as_nobody(),
        Some(other) => panic!("the unknown role {other}"),
        None => {}
    }
}

/// A process in a namespace of its own, and the port that it listens at there; `None` where none
/// can be made.
fn inside() -> Option<(Role, u16)> {
    let mut apart = role::apart("--net")?;
    role::play(&mut apart, "inside");
    let mut inside = Role::run(apart.stdin(Stdio::piped()));
    let port = inside.hear().expect("a port").parse().expect("a port");
    Some((inside, port))
}

/// Holds a listener, a UDP socket, and both ends of a connection through which something went.
fn talk_inside() {
    let up = Command::new("ip")
        .args(["link", "set", "lo", "up"])
        .status();
    assert!(up.expect("ip(8)").success());
    let listener = TcpListener::bind((LOCAL, 0)).expect("a listener");
    let port = listener.local_addr().expect("an address").port();
    let datagrams = UdpSocket::bind((LOCAL, port)).expect("a socket");
    let (mut one, other) = talk::pair(LOCAL);
    talk::pass(&mut one, &other, BYTES);
    role::say(&port.to_string());
    let _kept = (listener, datagrams, one, other);
    role::wait_for_release()
}

/// Of the sockets in the namespace where somebody listens at `port`: protocols and states, whether
/// bytes are told, and the pid of who holds the listener.
struct Seen {
    states: Vec<(Protocol, TcpState)>,
    received: Vec<Bytes>,
    holder: Option<u32>,
}

fn seen(reading: &SocketReading<'_>, port: u16) -> Option<Seen> {
    let listens = |it: &sysmon::platform::SocketCounters| {
        it.namespace.is_some() && it.state == TcpState::Listen && it.local.port() == port
    };
    let at = reading.sockets.iter().position(listens)?;
    let namespace = reading.sockets[at].namespace.as_ref()?.id;
    let of_it = |it: &&sysmon::platform::SocketCounters| {
        it.namespace.as_ref().map(|it| it.id) == Some(namespace)
    };
    let sockets = || reading.sockets.iter().filter(of_it);
    let mut states: Vec<_> = sockets().map(|it| (it.protocol, it.state)).collect();
    states.sort_unstable();
    let holder = reading.owners.iter().find(|(_, socket)| *socket == at);
    Some(Seen {
        states,
        received: sockets()
            .filter_map(|it| it.traffic)
            .map(|traffic| traffic.received)
            .collect(),
        holder: holder.map(|(process, _)| reading.processes[*process].key.pid.0),
    })
}

fn expected() -> Vec<(Protocol, TcpState)> {
    vec![
        (Protocol::Tcp, TcpState::Established),
        (Protocol::Tcp, TcpState::Established),
        (Protocol::Tcp, TcpState::Listen),
        (Protocol::Udp, TcpState::Close),
    ]
}

/// Refreshes until the namespace is seen as it is.
fn until_seen(platform: &mut dyn Platform, port: u16) -> Seen {
    let start = Instant::now();
    loop {
        let found = seen(&platform.sockets().expect("a reading"), port);
        let states = found.as_ref().map(|seen| seen.states.clone());
        match found {
            Some(found) if found.states == expected() => return found,
            _ => assert!(start.elapsed() < Duration::from_mins(1), "{states:?}"),
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_containers_sockets_are_listed_with_their_process() {
    let Some((inside, port)) = inside() else {
        eprintln!("skipped: no network namespace can be made here");
        return;
    };
    let mut platform = LinuxPlatform::default();
    let found = until_seen(&mut platform, port);
    assert_eq!(found.holder, Some(inside.pid()));
    if rustix::process::geteuid().is_root() {
        // Whoever may enter the namespace is told bytes too.
        assert_eq!(found.received.iter().map(|it| it.0).max(), Some(BYTES));
    }
    let (mut sampler, mut ledger) = (NetworkSampler::default(), Ledger::default());
    let mut sample = || {
        let snapshot = sampler.sample(&mut platform, &mut ledger, HostNames::Off);
        snapshot.expect("a reading")
    };
    assert_eq!(sample(), None);
    let snapshot = sample().expect("a snapshot");
    let mut rows = snapshot.rows.iter();
    let row = rows.find(|row| row.key.pid.0 == inside.pid());
    let sockets = row.and_then(|row| row.sockets).expect("its sockets");
    let counts = (
        sockets.tcp,
        sockets.udp,
        sockets.established,
        sockets.listen,
    );
    assert_eq!(counts, (3, 1, 2, 1));
}

#[test]
fn an_ordinary_user_sees_states_and_counts_of_containers() {
    let Some((_inside, port)) = inside() else {
        eprintln!("skipped: no network namespace can be made here");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = role::command_as_nobody("nobody", folder.path());
    command.stdin(Stdio::piped()).env(PORT, port.to_string());
    assert_eq!(Role::run(&mut command).hear().as_deref(), Some("seen"));
}

fn look_as_nobody() {
    let port = std::env::var(PORT).expect("a port").parse();
    let found = until_seen(&mut LinuxPlatform::default(), port.expect("a port"));
    if found.holder.is_none() {
        assert_eq!(found.received, []);
    }
    role::say("seen");
    role::wait_for_release()
}
