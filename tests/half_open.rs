//! Connections of which one end is missing: not there yet, gone without a word, or done. What went
//! through them counts once, and for whoever has the other end.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

#[path = "support/role.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod role;
#[path = "support/talk.rs"]
mod talk;
#[path = "support/tcp_options.rs"]
mod tcp_options;
#[path = "support/watch.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod watch;

use std::io::{BufRead, Read};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sysmon::model::network::NetworkSnapshot;
use sysmon::platform::linux::Roots;
use sysmon::platform::linux::sockets::SocketTable;
use sysmon::platform::{Protocol, TcpState};

use role::Role;
use talk::{Talker, pair, pass, send};
use watch::{Watch, amounts, row};

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const BYTES: u64 = 40_000;
/// SYN and FIN are a byte each in the kernel's counters.
const FLAGS: u64 = 2;

/// What happens in the processes that tests start.
#[test]
fn role() {
    match role::played().as_deref() {
        Some("talking") => talk::talk(),
        Some("late") => accept_when_told(),
        Some("namespace") => lose_an_end(),
        Some(other) => panic!("the unknown role {other}"),
        None => {}
    }
}

/// States of the TCP sockets at this address that talk to another.
fn states_at(local: SocketAddr) -> Vec<TcpState> {
    let mut table = SocketTable::without_netlink(&Roots::default());
    let reading = table.read(&[], &[]);
    let sockets = reading.sockets.iter().filter(|it| {
        (it.protocol, it.local) == (Protocol::Tcp, local) && it.state != TcpState::Listen
    });
    sockets.map(|it| it.state).collect()
}

fn until_state(local: SocketAddr, state: TcpState) {
    let start = Instant::now();
    while states_at(local) != [state] {
        let states = states_at(local);
        assert!(start.elapsed() < Duration::from_mins(1), "{states:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Samples many times: an amount that was counted stays as it is.
fn stays(watch: &mut Watch, amount: impl Fn(&NetworkSnapshot) -> u64) {
    for _ in 0..30 {
        let again = amount(&watch.sample());
        assert!((BYTES..=BYTES + FLAGS).contains(&again), "{again}");
    }
}

#[test]
fn a_connection_that_nobody_has_accepted_yet_is_the_listeners() {
    let mut server = Role::run(role::command("late").stdin(Stdio::piped()));
    let address: SocketAddr = server.hear().expect("an address").parse().expect("one");
    let mut client = Talker::start();
    let mut watch = Watch::begin();
    client.order(&format!("open {address}"));
    client.done();
    // The server's end is no more than a request: nothing went through it.
    until_state(address, TcpState::SynRecv);
    for _ in 0..3 {
        assert_eq!(amounts(&watch.sample(), server.pid()), (0, 0));
    }
    client.order(&format!("finish {BYTES}"));
    until_state(address, TcpState::CloseWait);
    let pid = server.pid();
    let received = |snapshot: &NetworkSnapshot| amounts(snapshot, pid).0;
    watch.until("what waits in the queue", |snapshot| {
        (received(snapshot) >= BYTES).then_some(())
    });
    stays(&mut watch, received);
    server.tell("accept");
    assert_eq!(server.hear().as_deref(), Some("read"));
    client.done();
    stays(&mut watch, received);
    let sent = amounts(&watch.sample(), client.pid()).1;
    assert!((BYTES..=BYTES + FLAGS).contains(&sent), "{sent}");
}

/// Has connections wait until a line comes, and then reads the first to its end.
fn accept_when_told() {
    let listener = TcpListener::bind((LOCAL, 0)).expect("a listener");
    talk::make_room(&listener);
    // A handshake is complete only when data follows it.
    tcp_options::defer_accept(&listener);
    role::say(&listener.local_addr().expect("an address").to_string());
    let mut told = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut told)
        .expect("a line");
    let (mut connection, _) = listener.accept().expect("accepted");
    let read = std::io::copy(&mut connection, &mut std::io::sink());
    assert_eq!(read.expect("read"), BYTES);
    drop(connection);
    role::say("read");
    role::wait_for_release();
}

#[test]
fn a_half_closed_connection_and_what_it_leaves_count_once() {
    let mut server = Talker::start();
    let port = server.listen(LOCAL);
    let mut watch = Watch::begin();
    let mut client = TcpStream::connect((LOCAL, port)).expect("connected");
    let local = client.local_addr().expect("an address");
    watch.sample();
    send(&mut client, BYTES);
    client.shutdown(Shutdown::Write).expect("half closed");
    server.ended(1);
    // The other end was closed too: this one waits out its time.
    client.read_to_end(&mut Vec::new()).expect("the end");
    drop(client);
    until_state(local, TcpState::TimeWait);
    let received = |snapshot: &NetworkSnapshot| amounts(snapshot, server.pid()).0;
    watch.until("all has arrived", |snapshot| {
        (received(snapshot) >= BYTES).then_some(())
    });
    stays(&mut watch, received);
}

#[test]
fn an_end_that_is_gone_without_a_word_takes_nothing_back() {
    let Some(mut apart) = role::apart("--net") else {
        eprintln!("skipped: no network namespace can be made here");
        return;
    };
    role::play(&mut apart, "namespace");
    assert!(apart.status().expect("started").success());
}

/// Whoever made a network namespace may end a socket in it without telling its peer.
fn lose_an_end() {
    let up = Command::new("ip")
        .args(["link", "set", "lo", "up"])
        .status();
    assert!(up.expect("ip(8)").success());
    let own = std::process::id();
    let (mut gone, mut left) = pair(LOCAL);
    let local = left.local_addr().expect("an address");
    let mut watch = Watch::begin();
    pass(&mut gone, &left, BYTES);
    let counted = |snapshot: &NetworkSnapshot| amounts(snapshot, own) == (BYTES, BYTES);
    watch.until("both ends", |snapshot| counted(snapshot).then_some(()));
    tcp_options::end_unheard(gone);
    watch.until("one end", |snapshot| {
        let sockets = row(snapshot, own)?.sockets?;
        (sockets.established == 1 && counted(snapshot)).then_some(())
    });
    assert_eq!(states_at(local), [TcpState::Established]);
    // Its peer knows nothing of the connection, and says so.
    send(&mut left, 1);
    watch.until("the end of it", |snapshot| {
        let sockets = row(snapshot, own)?.sockets?;
        (sockets.established == 0).then_some(())
    });
    drop(left);
    for _ in 0..5 {
        let snapshot = watch.sample();
        assert!(counted(&snapshot), "{:?}", amounts(&snapshot, own));
    }
    // The harness writes to a pipe that nobody reads any more.
    std::process::exit(0);
}
