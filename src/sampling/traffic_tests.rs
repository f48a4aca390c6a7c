use std::net::Ipv4Addr;

use proptest::prelude::*;

use super::*;
use crate::platform::scripted::{Scripted, process};
use crate::platform::{Platform, Protocol, Traffic};

const SERVER: u32 = 5;
const CLIENT: u32 = 6;

fn traffic(received: u64, sent: u64) -> Traffic {
    Traffic {
        received: Bytes(received),
        sent: Bytes(sent),
        ..Traffic::default()
    }
}

/// A connection from port 443 of this machine to another one.
fn socket(cookie: u64, received: u64, sent: u64) -> SocketCounters {
    SocketCounters {
        cookie: Some(cookie),
        inode: Some(cookie),
        uid: Some(Uid(1000)),
        traffic: Some(traffic(received, sent)),
        ..SocketCounters::new(
            Protocol::Tcp,
            TcpState::Established,
            ([10, 0, 0, 1], 443).into(),
            ([203, 0, 113, 9], 50_000).into(),
        )
    }
}

fn listening(cookie: u64, port: u16) -> SocketCounters {
    SocketCounters {
        cookie: Some(cookie),
        inode: Some(cookie),
        ..SocketCounters::new(
            Protocol::Tcp,
            TcpState::Listen,
            (Ipv4Addr::UNSPECIFIED, port).into(),
            (Ipv4Addr::UNSPECIFIED, 0).into(),
        )
    }
}

fn closed(cookie: u64, port: u16, received: u64, sent: u64) -> ClosedSocket {
    ClosedSocket {
        cookie,
        local: ([10, 0, 0, 1], port).into(),
        remote: ([203, 0, 113, 9], 50_000).into(),
        traffic: traffic(received, sent),
    }
}

/// A server and a client, of which neither holds anything.
fn machine() -> Scripted {
    Scripted {
        processes: vec![process(SERVER), process(CLIENT)],
        denied: vec![false; 2],
        ..Scripted::default()
    }
}

fn update(ledger: &mut Ledger, platform: &mut Scripted) {
    ledger.update(&platform.sockets().expect("scripted"));
    platform.closed.clear();
}

fn of(ledger: &Ledger, pid: u32) -> (u64, u64) {
    let flow = ledger.figures().processes.get(&process(pid).key);
    both(flow.copied().unwrap_or_default())
}

fn both(flow: Flow) -> (u64, u64) {
    (flow.received.0, flow.sent.0)
}

#[test]
fn counting_begins_with_the_first_reading() {
    let (mut ledger, mut platform) = (Ledger::default(), machine());
    platform.sockets = vec![socket(1, 1000, 10)];
    platform.owners = vec![(0, 0)];
    platform.closed = vec![closed(9, 443, 5000, 5000)];
    update(&mut ledger, &mut platform);
    assert_eq!(both(ledger.figures().total), (0, 0));
    platform.sockets = vec![socket(1, 1500, 10), socket(2, 7, 8)];
    platform.owners = vec![(0, 0), (0, 1)];
    update(&mut ledger, &mut platform);
    assert_eq!(of(&ledger, SERVER), (507, 8));
    assert_eq!(
        ledger.growth().iter().map(|it| it.sum().0).sum::<u64>(),
        515
    );
}

#[test]
fn a_socket_that_was_seen_gives_the_rest_when_it_is_closed() {
    let (mut ledger, mut platform) = (Ledger::default(), machine());
    update(&mut ledger, &mut platform);
    platform.sockets = vec![socket(1, 100, 0)];
    platform.owners = vec![(0, 0)];
    update(&mut ledger, &mut platform);
    // It ended after the dump had listed it.
    platform.sockets = vec![socket(1, 150, 0)];
    platform.closed = vec![closed(1, 9999, 180, 5)];
    update(&mut ledger, &mut platform);
    assert_eq!(of(&ledger, SERVER), (180, 5));
    platform.sockets.clear();
    platform.owners.clear();
    update(&mut ledger, &mut platform);
    assert_eq!(of(&ledger, SERVER), (180, 5));
}

#[test]
fn last_counters_may_come_a_reading_late() {
    let (mut ledger, mut platform) = (Ledger::default(), machine());
    update(&mut ledger, &mut platform);
    platform.sockets = vec![socket(1, 100, 0)];
    platform.owners = vec![(0, 0)];
    update(&mut ledger, &mut platform);
    platform.sockets.clear();
    platform.owners.clear();
    update(&mut ledger, &mut platform);
    platform.closed = vec![closed(1, 9999, 180, 5)];
    update(&mut ledger, &mut platform);
    assert_eq!(of(&ledger, SERVER), (180, 5));
}

#[test]
fn one_that_was_never_seen_belongs_to_who_listens_at_its_port() {
    let (mut ledger, mut platform) = (Ledger::default(), machine());
    platform.sockets = vec![listening(1, 443)];
    platform.owners = vec![(0, 0)];
    update(&mut ledger, &mut platform);
    let mut mapped = closed(3, 443, 10, 1);
    mapped.local = "[::ffff:10.0.0.1]:443".parse().expect("an address");
    platform.closed = vec![closed(2, 443, 1000, 0), mapped, closed(4, 50_000, 0, 1000)];
    update(&mut ledger, &mut platform);
    assert_eq!(of(&ledger, SERVER), (1010, 1));
    assert_eq!(both(ledger.figures().short_lived), (0, 1000));
    assert_eq!(both(ledger.figures().total), (1010, 1001));
}

#[test]
fn a_shared_socket_counts_for_who_held_it_first_and_follows_who_is_left() {
    let (mut ledger, mut platform) = (Ledger::default(), machine());
    platform.sockets = vec![socket(1, 0, 0)];
    platform.owners = vec![(1, 0)];
    update(&mut ledger, &mut platform);
    // A lower pid holds it too: nothing changes.
    platform.sockets = vec![socket(1, 10, 0)];
    platform.owners = vec![(0, 0), (1, 0)];
    update(&mut ledger, &mut platform);
    assert_eq!(
        (of(&ledger, SERVER), of(&ledger, CLIENT)),
        ((0, 0), (10, 0))
    );
    platform.sockets = vec![socket(1, 15, 0)];
    platform.owners = vec![(0, 0)];
    update(&mut ledger, &mut platform);
    assert_eq!(
        (of(&ledger, SERVER), of(&ledger, CLIENT)),
        ((5, 0), (10, 0))
    );
}

#[test]
fn an_orphan_stays_with_who_held_it_last() {
    let (mut ledger, mut platform) = (Ledger::default(), machine());
    platform.sockets = vec![socket(1, 0, 0)];
    platform.owners = vec![(0, 0)];
    update(&mut ledger, &mut platform);
    platform.sockets = vec![SocketCounters {
        inode: None,
        uid: None,
        ..socket(1, 0, 30)
    }];
    platform.owners.clear();
    update(&mut ledger, &mut platform);
    assert_eq!(of(&ledger, SERVER), (0, 30));
    platform.processes.remove(0);
    platform.denied.pop();
    platform.closed = vec![closed(1, 443, 0, 50)];
    platform.sockets.clear();
    update(&mut ledger, &mut platform);
    assert_eq!(both(ledger.figures().short_lived), (0, 20));
    assert!(
        !ledger
            .figures()
            .processes
            .contains_key(&process(SERVER).key)
    );
}

#[test]
fn sockets_of_processes_that_may_not_be_read_go_by_user_and_service() {
    let (mut ledger, mut platform) = (Ledger::default(), machine());
    platform.denied = vec![true, false];
    update(&mut ledger, &mut platform);
    platform.sockets = vec![SocketCounters {
        service: Some("sshd.service".into()),
        ..socket(1, 5, 6)
    }];
    update(&mut ledger, &mut platform);
    let group = Group {
        uid: Some(Uid(1000)),
        service: Some("sshd.service".into()),
    };
    let flow = ledger.figures().groups.get(&group).copied();
    assert_eq!(flow.map(both), Some((5, 6)));
}

#[test]
fn what_went_through_before_its_process_was_found_goes_to_the_process() {
    for denied in [false, true] {
        let (mut ledger, mut platform) = (Ledger::default(), machine());
        platform.denied = vec![denied, false];
        update(&mut ledger, &mut platform);
        platform.sockets = vec![socket(1, 100, 10)];
        update(&mut ledger, &mut platform);
        assert_eq!(of(&ledger, CLIENT), (0, 0));
        platform.sockets = vec![socket(1, 150, 30)];
        platform.owners = vec![(1, 0)];
        update(&mut ledger, &mut platform);
        assert_eq!(of(&ledger, CLIENT), (150, 30));
        let figures = ledger.figures();
        assert_eq!(both(figures.unexplained), (0, 0));
        assert!(figures.groups.values().all(|&flow| both(flow) == (0, 0)));
        assert_eq!(both(figures.total), (150, 30));
    }
}

#[test]
fn one_that_ended_before_its_process_was_found_was_short_lived() {
    let (mut ledger, mut platform) = (Ledger::default(), machine());
    platform.denied = vec![true, false];
    platform.sockets = vec![socket(7, 0, 0)];
    update(&mut ledger, &mut platform);
    platform.sockets = vec![socket(7, 5, 0), socket(1, 100, 10)];
    update(&mut ledger, &mut platform);
    platform.sockets = vec![];
    platform.closed = vec![closed(1, 9999, 150, 10), closed(7, 9999, 6, 0)];
    update(&mut ledger, &mut platform);
    let figures = ledger.figures();
    assert_eq!(both(figures.short_lived), (150, 10));
    // That one was there all the time: its user's processes are who may not be read.
    let group = figures.groups.values().map(|&flow| both(flow));
    assert_eq!(group.collect::<Vec<_>>(), [(6, 0)]);
    assert_eq!(both(figures.total), (156, 10));
}

#[test]
fn what_stays_on_this_machine_is_not_outside() {
    let (mut ledger, mut platform) = (Ledger::default(), machine());
    platform.addresses = vec!["192.168.1.5".parse().expect("an address")];
    update(&mut ledger, &mut platform);
    let to = |cookie, remote: &str| SocketCounters {
        remote: remote.parse().expect("an address"),
        ..socket(cookie, 0, 1)
    };
    platform.sockets = vec![
        to(1, "127.0.0.1:80"),
        to(2, "[::1]:80"),
        to(3, "[::ffff:127.0.0.1]:80"),
        to(4, "192.168.1.5:80"),
        to(5, "192.168.1.6:80"),
    ];
    update(&mut ledger, &mut platform);
    assert_eq!(both(ledger.figures().outside), (0, 1));
    assert_eq!(both(ledger.figures().total), (0, 5));
}

#[test]
fn a_dump_that_lacks_a_socket_does_not_count_it_anew() {
    let (mut ledger, mut platform) = (Ledger::default(), machine());
    platform.sockets = vec![socket(1, 1 << 40, 0)];
    platform.owners = vec![(0, 0)];
    update(&mut ledger, &mut platform);
    let (sockets, owners) = (platform.sockets.split_off(0), platform.owners.split_off(0));
    update(&mut ledger, &mut platform);
    (platform.sockets, platform.owners) = (sockets, owners);
    update(&mut ledger, &mut platform);
    assert_eq!(both(ledger.figures().total), (0, 0));
}

#[test]
fn the_same_cookie_in_another_namespace_is_another_socket() {
    let (mut ledger, mut platform) = (Ledger::default(), machine());
    update(&mut ledger, &mut platform);
    let elsewhere = crate::platform::Namespace {
        id: NamespaceId(7),
        name: "box".into(),
    };
    platform.sockets = vec![
        socket(1, 5, 0),
        SocketCounters {
            namespace: Some(Arc::new(elsewhere)),
            ..socket(1, 3, 0)
        },
    ];
    platform.owners = vec![(0, 0), (1, 1)];
    update(&mut ledger, &mut platform);
    assert_eq!((of(&ledger, SERVER), of(&ledger, CLIENT)), ((5, 0), (3, 0)));
}

#[test]
fn sockets_long_gone_are_forgotten() {
    for (missed, patience) in [(None, PATIENCE), (Some(0), PATIENCE_WHERE_TOLD)] {
        let (mut ledger, mut platform) = (Ledger::default(), machine());
        platform.missed = missed;
        for cookie in 0..2 * PATIENCE_WHERE_TOLD {
            platform.sockets = vec![socket(cookie, 1, 1)];
            update(&mut ledger, &mut platform);
        }
        assert_eq!(ledger.open.len() as u64, patience);
    }
}

#[test]
fn last_counters_that_come_many_readings_late_count_once() {
    let (mut ledger, mut platform) = (Ledger::default(), machine());
    platform.missed = Some(0);
    update(&mut ledger, &mut platform);
    platform.sockets = vec![listening(1, 443), socket(2, 100, 0)];
    platform.owners = vec![(0, 0), (0, 1)];
    update(&mut ledger, &mut platform);
    platform.sockets.truncate(1);
    platform.owners.truncate(1);
    for _ in 0..10 * PATIENCE {
        update(&mut ledger, &mut platform);
    }
    platform.closed = vec![closed(2, 443, 100, 0)];
    update(&mut ledger, &mut platform);
    assert_eq!(of(&ledger, SERVER), (100, 0));
}

#[test]
fn one_that_waits_to_be_accepted_belongs_to_who_listens() {
    let (mut ledger, mut platform) = (Ledger::default(), machine());
    platform.denied = vec![false, true];
    platform.sockets = vec![listening(1, 443)];
    platform.owners = vec![(0, 0)];
    update(&mut ledger, &mut platform);
    platform.sockets.push(SocketCounters {
        inode: None,
        ..socket(2, 100, 0)
    });
    update(&mut ledger, &mut platform);
    assert_eq!(of(&ledger, SERVER), (100, 0));
    assert!(ledger.figures().groups.is_empty());
}

/// What can happen to sockets. A number picks one of those there are.
#[derive(Clone, Debug)]
enum Event {
    Open(bool),
    Carry(usize, u16, u16),
    Close(usize),
    HandOn(usize, bool),
    Read,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => any::<bool>().prop_map(Event::Open),
        5 => (any::<usize>(), any::<u16>(), any::<u16>())
            .prop_map(|(which, received, sent)| Event::Carry(which, received, sent)),
        2 => any::<usize>().prop_map(Event::Close),
        1 => (any::<usize>(), any::<bool>()).prop_map(|(which, held)| Event::HandOn(which, held)),
        2 => Just(Event::Read),
    ]
}

proptest! {
    #[test]
    fn every_byte_is_in_one_place(events in prop::collection::vec(event(), 0..80), denied: bool) {
        let (mut ledger, mut platform) = (Ledger::default(), machine());
        platform.denied = vec![denied, false];
        update(&mut ledger, &mut platform);
        let (mut carried, mut cookie) = (0, 0);
        let mut held: Vec<Option<usize>> = Vec::new();
        let pick = |number: usize, sockets: &[SocketCounters]| {
            (!sockets.is_empty()).then(|| number % sockets.len())
        };
        for event in events.into_iter().chain([Event::Read]) {
            match event {
                Event::Open(is_held) => {
                    cookie += 1;
                    platform.sockets.push(socket(cookie, 0, 0));
                    held.push(is_held.then_some(1));
                }
                Event::Carry(number, received, sent) => {
                    if let Some(at) = pick(number, &platform.sockets)
                        && let Some(traffic) = &mut platform.sockets[at].traffic
                    {
                        traffic.received += Bytes(received.into());
                        traffic.sent += Bytes(sent.into());
                        carried += u64::from(received) + u64::from(sent);
                    }
                }
                Event::Close(number) => {
                    if let Some(at) = pick(number, &platform.sockets) {
                        let gone = platform.sockets.remove(at);
                        held.remove(at);
                        let Traffic { received, sent, .. } = gone.traffic.expect("counters");
                        let cookie = gone.cookie.expect("a cookie");
                        platform.closed.push(closed(cookie, 443, received.0, sent.0));
                    }
                }
                Event::HandOn(number, is_held) => {
                    if let Some(at) = pick(number, &platform.sockets) {
                        held[at] = is_held.then_some(0);
                    }
                }
                Event::Read => {
                    let mut owners: Vec<_> = held
                        .iter()
                        .enumerate()
                        .filter_map(|(socket, process)| Some(((*process)?, socket)))
                        .collect();
                    owners.sort_unstable();
                    platform.owners = owners;
                    update(&mut ledger, &mut platform);
                }
            }
        }
        let figures = ledger.figures();
        let parts = figures
            .processes
            .values()
            .chain(figures.groups.values())
            .chain([&figures.short_lived, &figures.unexplained]);
        let sum: u64 = parts.map(|flow| flow.sum().0).sum();
        prop_assert_eq!((sum, figures.total.sum().0), (carried, carried));
        prop_assert_eq!(figures.outside, figures.total);
    }
}
