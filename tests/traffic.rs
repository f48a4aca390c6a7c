//! What goes through TCP connections against what was sent, and to whom it is credited.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

#[path = "support/descriptors.rs"]
mod descriptors;
#[path = "support/role.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod role;
#[path = "support/talk.rs"]
mod talk;
#[path = "support/watch.rs"]
mod watch;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::io::{FdFlags, fcntl_setfd};
use sysmon::model::network::NetworkSnapshot;
use sysmon::model::process::Uid;
use sysmon::model::remainder::Remainder;
use sysmon::platform::ClosedSocket;
use sysmon::platform::linux::destroyed::Destroyed;

use role::Role;
use talk::{Talker, pair, pass, send};
use watch::{Watch, amounts, number, row};

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// A user whom nobody knows.
const ANOTHER: u32 = 54_321;
/// SYN and FIN are a byte each in the kernel's counters.
const FLAGS: u64 = 2;

/// What happens in the processes that tests start.
#[test]
fn role() {
    match role::played().as_deref() {
        Some("talking") => talk::talk(),
        Some("waiting") => role::wait_for_release(),
        Some("sharing") => share_a_connection(),
        Some("taking over") => take_over(),
        Some("namespace") => transfer_in_namespace(),
        Some("nobody") => look_as_nobody(),
        Some(other) => panic!("the unknown role {other}"),
        None => {}
    }
}

/// What a row of the remainder (received, sent), summed over all that `which` names.
fn remainder(snapshot: &NetworkSnapshot, which: impl Fn(&Remainder) -> bool) -> (u64, u64) {
    let rows = snapshot.remainder.iter().filter(|row| which(&row.what));
    rows.fold((0, 0), |sum, row| {
        (sum.0 + number(row.received), sum.1 + number(row.sent))
    })
}

/// Sends `bytes` from one new process to another and checks both ends.
fn transfer(listen: IpAddr, connect: IpAddr, bytes: u64) {
    let mut server = Talker::start();
    let mut client = Talker::start();
    let port = server.listen(listen);
    let mut watch = Watch::begin();
    let (to, from) = (server.pid(), client.pid());
    client.order(&format!("open {}", SocketAddr::new(connect, port)));
    client.done();
    watch.until("the connection", |snapshot| {
        let sockets = row(snapshot, from)?.sockets?;
        (sockets.established == 1).then_some(())
    });
    client.order(&format!("finish {bytes}"));
    let (received, sent) = watch.until("all has arrived", |snapshot| {
        let (received, sent) = (amounts(snapshot, to).0, amounts(snapshot, from).1);
        (received.min(sent) >= bytes).then_some((received, sent))
    });
    client.done();
    // The ends of the connection are told of afterwards.
    watch.sample();
    let most = bytes + bytes / 1000;
    assert!((bytes..=most).contains(&received), "received {received}");
    assert!((bytes..=most).contains(&sent), "sent {sent}");
    let (by_rates, _) = watch.summed_rates(to);
    let (_, sent_by_rates) = watch.summed_rates(from);
    for figure in [by_rates, sent_by_rates] {
        let off = (figure - bytes as f64).abs() / bytes as f64;
        assert!(off < 0.001, "{figure} from rates, of {bytes}");
    }
}

#[test]
fn two_hundred_megabytes_are_counted_at_both_ends() {
    transfer(LOCAL, LOCAL, 200_000_000);
}

#[test]
fn so_are_those_over_ipv6() {
    transfer(
        Ipv6Addr::LOCALHOST.into(),
        Ipv6Addr::LOCALHOST.into(),
        20_000_000,
    );
}

#[test]
fn so_are_those_over_ipv4_to_a_socket_of_ipv6() {
    transfer(Ipv6Addr::UNSPECIFIED.into(), LOCAL, 20_000_000);
}

#[test]
fn short_connections_between_two_samples_are_counted() {
    const COUNT: u64 = 1000;
    const EACH: u64 = 1000;
    let mut server = Talker::start();
    let mut client = Talker::start();
    let port = server.listen(LOCAL);
    let mut watch = Watch::begin();
    client.order(&format!("send {LOCAL}:{port} {COUNT} {EACH}"));
    client.done();
    server.ended(COUNT);
    let short_lived = |what: &Remainder| *what == Remainder::ShortLived;
    let whole = COUNT * EACH;
    let (received, sent) = watch.until("all connections were told of", |snapshot| {
        let (received, _) = amounts(snapshot, server.pid());
        let (_, sent) = remainder(snapshot, short_lived);
        let (_, of_client) = amounts(snapshot, client.pid());
        (received >= whole && sent + of_client >= whole).then_some((received, sent + of_client))
    });
    let within = whole..=whole + whole / 100;
    assert!(within.contains(&received), "the server received {received}");
    // Others on this machine may have had short connections too.
    assert!(sent >= whole, "the clients sent {sent}");
    assert_eq!(watch.sample().totals.missed_messages, Some(0));
}

#[test]
fn none_of_eight_thousand_that_end_at_once_is_lost() {
    const CONNECTIONS: usize = 8000;
    const AT_ONCE: usize = 400;
    let listener = TcpListener::bind((LOCAL, 0)).expect("a listener");
    let to = listener.local_addr().expect("an address");
    let destroyed = Destroyed::listen().expect("netlink");
    for _ in 0..CONNECTIONS / AT_ONCE {
        let pairs: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                let one = TcpStream::connect(to).expect("connected");
                (one, listener.accept().expect("accepted"))
            })
            .collect();
        drop(pairs);
    }
    let mut heard = Vec::new();
    let start = Instant::now();
    while heard.len() < 2 * CONNECTIONS {
        assert!(start.elapsed() < Duration::from_mins(1), "{}", heard.len());
        std::thread::sleep(Duration::from_millis(20));
        let more = destroyed.take();
        assert_eq!(more.missed, 0);
        let ours = |it: &ClosedSocket| it.local == to || it.remote == to;
        heard.extend(more.closed.into_iter().filter(ours));
    }
    assert_eq!(heard.len(), 2 * CONNECTIONS);
}

#[test]
fn a_short_connection_that_was_seen_goes_to_its_client() {
    const BYTES: u64 = 50_000;
    let mut server = Talker::start();
    let mut client = Talker::start();
    let port = server.listen(LOCAL);
    client.order(&format!("open {LOCAL}:{port}"));
    client.done();
    let mut watch = Watch::begin();
    client.order(&format!("finish {BYTES}"));
    client.done();
    server.ended(1);
    let ends = watch.until("both ends", |snapshot| {
        let ends = (
            amounts(snapshot, server.pid()).0,
            amounts(snapshot, client.pid()).1,
        );
        (ends.0.min(ends.1) >= BYTES).then_some(ends)
    });
    let within = BYTES..=BYTES + FLAGS;
    assert!(
        within.contains(&ends.0) && within.contains(&ends.1),
        "{ends:?}"
    );
}

#[test]
fn a_connection_shared_by_a_fork_counts_once() {
    const BYTES: u64 = 300_000;
    let mut sharing = Role::run(role::command("sharing").stdin(Stdio::piped()));
    let address: SocketAddr = sharing.hear().expect("an address").parse().expect("one");
    let child: u32 = sharing.hear().expect("a pid").parse().expect("a pid");
    let mut sender = TcpStream::connect(address).expect("connected");
    assert_eq!(sharing.hear().as_deref(), Some("accepted"));
    let mut watch = Watch::begin();
    send(&mut sender, BYTES);
    let received = watch.until("all has arrived", |snapshot| {
        let of_both = amounts(snapshot, sharing.pid()).0 + amounts(snapshot, child).0;
        (of_both >= BYTES).then_some(of_both)
    });
    assert_eq!(received, BYTES);
    let snapshot = watch.sample();
    for pid in [sharing.pid(), child] {
        let sockets = row(&snapshot, pid).and_then(|row| row.sockets);
        assert_eq!(sockets.map(|sockets| sockets.shared), Some(2), "{pid}");
    }
}

/// A process and its child hold a listener and the connection that comes in. Nobody reads it: its
/// buffer takes what is sent.
fn share_a_connection() {
    let listener = TcpListener::bind((LOCAL, 0)).expect("a listener");
    talk::make_room(&listener);
    role::say(&listener.local_addr().expect("an address").to_string());
    fcntl_setfd(&listener, FdFlags::empty()).expect("kept across exec");
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    let child = Role::run(role::command("taking over").stdin(OwnedFd::from(theirs)));
    role::say(&child.pid().to_string());
    let (connection, _) = listener.accept().expect("accepted");
    descriptors::send(&ours, &connection);
    let mut child = child;
    assert_eq!(child.hear().as_deref(), Some("taken"));
    role::say("accepted");
    role::wait_for_release();
}

/// Receives a connection, and waits with it.
fn take_over() {
    let received = descriptors::receive(&std::io::stdin());
    assert_eq!(received.len(), 1);
    role::say("taken");
    role::wait_for_release();
}

#[test]
fn a_connection_that_is_handed_on_is_credited_to_who_has_it_then() {
    const FIRST: u64 = 100_000;
    const THEN: u64 = 70_000;
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    let mut heir = Role::run(role::command("taking over").stdin(OwnedFd::from(theirs)));
    let (mut sender, connection) = pair(LOCAL);
    let own = std::process::id();
    let mut watch = Watch::begin();
    let before = amounts(&watch.sample(), own);
    pass(&mut sender, &connection, FIRST);
    watch.until("the first part", |snapshot| {
        (amounts(snapshot, own).0 - before.0 >= FIRST).then_some(())
    });
    descriptors::send(&ours, &connection);
    assert_eq!(heir.hear().as_deref(), Some("taken"));
    drop(connection);
    watch.until("it has the connection", |snapshot| {
        let sockets = row(snapshot, heir.pid())?.sockets?;
        // Its number here may be another descriptor's by now: that is found out in turn.
        (sockets.tcp == 1 && sockets.shared == 0).then_some(())
    });
    send(&mut sender, THEN);
    let received = watch.until("the second part", |snapshot| {
        let received = amounts(snapshot, heir.pid()).0;
        (received >= THEN).then_some(received)
    });
    assert_eq!(received, THEN);
}

#[test]
fn in_a_network_namespace_of_its_own_it_is_counted_too() {
    let Some(mut apart) = role::apart("--net") else {
        eprintln!("skipped: no network namespace can be made here");
        return;
    };
    role::play(&mut apart, "namespace");
    assert!(apart.status().expect("started").success());
}

fn transfer_in_namespace() {
    let up = Command::new("ip")
        .args(["link", "set", "lo", "up"])
        .status();
    assert!(up.expect("ip(8)").success());
    transfer(LOCAL, LOCAL, 20_000_000);
    // The harness writes to a pipe that nobody reads any more.
    std::process::exit(0);
}

#[test]
fn an_ordinary_user_sees_what_goes_through_others_sockets() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = Talker::start();
    let port = server.listen(LOCAL);
    let mut command = role::command_as_nobody("nobody", folder.path());
    command.stdin(Stdio::piped());
    let mut looker = Role::run(&mut command);
    assert_eq!(looker.hear().as_deref(), Some("looking"));
    let mut client = Talker::start();
    client.order(&format!("send {LOCAL}:{port} 3 7000000"));
    client.done();
    // Root runs the server, and somebody else holds a connection to it.
    let other_folder = tempfile::tempdir().expect("a folder");
    let mut other = Talker::run(&mut role::command_as(
        ANOTHER,
        "talking",
        other_folder.path(),
    ));
    other.order(&format!("open {LOCAL}:{port}"));
    other.done();
    assert_eq!(looker.hear().as_deref(), Some("the third is there"));
    other.order("finish 3000000");
    other.done();
    assert_eq!(looker.hear().as_deref(), Some("seen"));
}

/// Where root runs the tests, talkers are another user's: their traffic is grouped by user, and
/// what this process does itself is its own.
fn look_as_nobody() {
    const OTHERS: u64 = 21_000_000;
    const OWN: u64 = 1_000_000;
    let parent = rustix::process::getppid().expect("a parent");
    let is_other = std::fs::read_dir(format!("/proc/{parent}/fd")).is_err();
    let own = std::process::id();
    let (mut one, other) = pair(LOCAL);
    let mut watch = Watch::begin();
    role::say("looking");
    pass(&mut one, &other, OWN);
    watch.until("its own traffic", |snapshot| {
        (amounts(snapshot, own) == (OWN, OWN)).then_some(())
    });
    if is_other {
        let of_root = |what: &Remainder| {
            matches!(
                what,
                Remainder::Unreadable {
                    uid: Some(Uid(0)),
                    ..
                } | Remainder::ShortLived
            )
        };
        watch.until("the traffic of another user", |snapshot| {
            let (received, sent) = remainder(snapshot, of_root);
            (received >= OTHERS && sent >= OTHERS).then_some(())
        });
        let of_another = |what: &Remainder| match what {
            Remainder::Unreadable { uid, user, .. } => *uid == Some(Uid(ANOTHER)) && user.is_none(),
            _ => false,
        };
        // Twice: one that ended after it was seen once was short-lived.
        for _ in 0..2 {
            watch.until("a third user's connection", |snapshot| {
                let mut rows = snapshot.remainder.iter();
                let row = rows.find(|row| of_another(&row.what))?;
                row.sockets
                    .filter(|sockets| sockets.established == 1)
                    .map(drop)
            });
        }
        role::say("the third is there");
        watch.until("the traffic of a third user", |snapshot| {
            (remainder(snapshot, of_another).1 >= 3_000_000).then_some(())
        });
        // UDP sockets of others tell nothing, and are not said to be idle.
        for row in &watch.sample().remainder {
            if row.sockets.is_some_and(|sockets| sockets.tcp == 0) && row.received.is_none() {
                assert_eq!(row.received_rate, None);
            }
        }
    }
    if !is_other {
        role::say("the third is there");
    }
    role::say("seen");
    role::wait_for_release();
}
