use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::model::units::{Bytes, BytesPerSecond};
use crate::platform::scripted::{Scripted, process};
use crate::platform::{ClosedSocket, InterfaceCounters, MachineReading};

/// A sampler with a ledger of its own.
#[derive(Default)]
struct Sampling {
    sampler: NetworkSampler,
    ledger: Ledger,
}

impl Sampling {
    fn sample(
        &mut self,
        platform: &mut Scripted,
    ) -> Result<Option<NetworkSnapshot>, PlatformError> {
        self.sampler
            .sample(platform, &mut self.ledger, HostNames::Off)
    }
}

fn rows_of(reading: &SocketReading<'_>) -> Vec<NetworkRow> {
    let since = Since {
        elapsed: Duration::from_secs(1),
        earlier: Figures::default(),
        now: Figures::default(),
    };
    let rows = rows(reading, &since, &[]).into_iter();
    rows.map(|(row, _)| row).collect()
}

fn socket(protocol: Protocol, state: TcpState, port: u16) -> SocketCounters {
    SocketCounters {
        inode: Some(u64::from(port)),
        ..SocketCounters::new(
            protocol,
            state,
            SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port),
            SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
        )
    }
}

fn interface(name: &str, counted: bool, received: u64, sent: u64) -> InterfaceCounters {
    InterfaceCounters {
        name: name.to_owned(),
        counted,
        received: Bytes(received),
        sent: Bytes(sent),
    }
}

fn second(sampler: &mut Sampling, platform: &mut Scripted) -> NetworkSnapshot {
    platform.pass(Duration::from_secs(2));
    sampler
        .sample(platform)
        .expect("a reading")
        .expect("a snapshot")
}

fn sample(platform: &mut Scripted) -> NetworkSnapshot {
    let mut sampler = Sampling::default();
    assert_eq!(sampler.sample(platform).expect("a reading"), None);
    second(&mut sampler, platform)
}

#[test]
fn sockets_are_counted_for_each_holder_and_once_in_the_total() {
    let mut platform = Scripted {
        processes: vec![process(1), process(2), process(3), process(4)],
        sockets: vec![
            socket(Protocol::Tcp, TcpState::Listen, 443),
            socket(Protocol::Tcp, TcpState::Established, 443),
            socket(Protocol::Tcp, TcpState::CloseWait, 5000),
            socket(Protocol::Udp, TcpState::Close, 53),
            socket(Protocol::Udp, TcpState::Established, 54),
            socket(Protocol::Tcp, TcpState::Listen, 80),
            socket(Protocol::Tcp, TcpState::TimeWait, 443),
        ],
        owners: vec![(0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (2, 0)],
        denied: vec![false, true, false, false],
        missed: None,
        ..Scripted::default()
    };
    let snapshot = sample(&mut platform);
    assert_eq!(snapshot.totals.sockets, Some(7));
    assert_eq!(snapshot.elapsed, Duration::from_secs(2));
    let [busy, denied, sharing, idle] = snapshot.rows.as_slice() else {
        panic!("{:?}", snapshot.rows)
    };
    assert_eq!(
        busy.sockets,
        Some(SocketCounts {
            tcp: 4,
            udp: 2,
            established: 1,
            listen: 2,
            shared: 1
        })
    );
    assert_eq!(busy.ports, Some(vec![53, 80, 443]));
    assert_eq!((denied.sockets, denied.ports.as_ref()), (None, None));
    assert_eq!(
        sharing.sockets.map(|it| (it.total(), it.shared)),
        Some((1, 1))
    );
    assert_eq!(idle.sockets, Some(SocketCounts::default()));
    assert!(!idle.is_on_network() && !denied.is_on_network());
    assert!(busy.received_rate.is_none() && busy.received.is_none());
}

#[test]
fn an_interface_that_comes_goes_or_starts_anew_gives_no_spike() {
    let machine = |interfaces| MachineReading {
        interfaces,
        ..MachineReading::default()
    };
    let mut sampler = Sampling::default();
    let mut platform = Scripted {
        machine: machine(vec![
            interface("eth0", true, 1000, 500),
            interface("eth1", true, 9000, 9000),
            interface("lo", false, 0, 0),
        ]),
        ..Scripted::default()
    };
    assert_eq!(sampler.sample(&mut platform).expect("a reading"), None);
    platform.machine = machine(vec![
        interface("eth0", true, 3000, 700),
        interface("eth1", true, 10, 10),
        interface("lo", false, 1 << 40, 1 << 40),
        interface("wlan0", true, 1 << 40, 1 << 40),
    ]);
    let totals = second(&mut sampler, &mut platform).totals;
    assert_eq!(totals.interface_received, Some(BytesPerSecond(1000.0)));
    assert_eq!(totals.interface_sent, Some(BytesPerSecond(100.0)));
    platform.machine = machine(Vec::new());
    let totals = second(&mut sampler, &mut platform).totals;
    assert_eq!(totals.interface_received, None);
}

#[test]
fn sleep_does_not_thin_the_rates() {
    let mut sampler = Sampling::default();
    let mut platform = Scripted::default();
    platform.machine.interfaces = vec![interface("eth0", true, 0, 0)];
    assert_eq!(sampler.sample(&mut platform).expect("a reading"), None);
    platform.suspend(Duration::from_hours(1));
    platform.machine.interfaces = vec![interface("eth0", true, 200, 0)];
    let snapshot = second(&mut sampler, &mut platform);
    assert_eq!(snapshot.elapsed, Duration::from_secs(2));
    assert_eq!(
        snapshot.totals.interface_received,
        Some(BytesPerSecond(100.0))
    );
}

#[test]
fn sockets_that_were_not_listed_are_not_none() {
    let missing = |reason| {
        [Degradation {
            what: Missing::TcpSockets,
            reason,
            count: None,
        }]
    };
    let rows_with = |reason| {
        rows_of(&SocketReading {
            sockets: &[],
            processes: &[process(1)],
            owners: &[],
            denied: &[false],
            closed: &[],
            missed: None,
            addresses: &[],
            degradations: missing(reason).to_vec(),
        })
    };
    assert_eq!(rows_with(Reason::NotAvailable)[0].sockets, None);
    let interrupted = rows_with(Reason::Interrupted)[0].sockets;
    assert_eq!(interrupted, Some(SocketCounts::default()));
}

/// A TCP connection to another machine that carried so much.
fn connection(cookie: u64, received: u64, sent: u64) -> SocketCounters {
    SocketCounters {
        cookie: Some(cookie),
        uid: Some(Uid(1000)),
        traffic: Some(crate::platform::Traffic {
            received: Bytes(received),
            sent: Bytes(sent),
            ..crate::platform::Traffic::default()
        }),
        remote: ([203, 0, 113, 9], 443).into(),
        ..socket(Protocol::Tcp, TcpState::Established, 5000)
    }
}

#[test]
fn what_no_process_accounts_for_has_rows_of_its_own() {
    let mut sampling = Sampling::default();
    let mut platform = Scripted {
        processes: vec![process(1), process(2)],
        denied: vec![false, true],
        sockets: vec![connection(1, 0, 0), connection(2, 0, 0)],
        owners: vec![(0, 0)],
        ..Scripted::default()
    };
    platform.machine.interfaces = vec![interface("eth0", true, 0, 0)];
    assert_eq!(sampling.sample(&mut platform).expect("a reading"), None);
    platform.sockets = vec![connection(1, 2000, 0), connection(2, 600, 40)];
    platform.closed = vec![ClosedSocket {
        cookie: 9,
        local: ([10, 0, 0, 1], 40_000).into(),
        remote: ([203, 0, 113, 9], 443).into(),
        traffic: crate::platform::Traffic {
            received: Bytes(200),
            ..crate::platform::Traffic::default()
        },
    }];
    platform.machine.interfaces = vec![interface("eth0", true, 3000, 10)];
    let snapshot = second(&mut sampling, &mut platform);
    assert_eq!(snapshot.rows[0].received_rate, Some(BytesPerSecond(1000.0)));
    assert_eq!(
        snapshot.rows[0].remotes,
        Some(vec!["203.0.113.9".to_owned()])
    );
    assert_eq!(snapshot.rows[1].received_rate, None);
    let rows: Vec<_> = snapshot
        .remainder
        .iter()
        .map(|row| {
            let rates = row.received_rate.zip(row.sent_rate);
            let rates = rates.map(|(received, sent)| (received.0, sent.0));
            (
                row.what.kind(),
                row.what.whose(),
                rates,
                row.sockets.map(|it| it.tcp),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            (
                "unreadable",
                Some("1000".to_owned()),
                Some((300.0, 20.0)),
                Some(1)
            ),
            ("short_lived", None, Some((100.0, 0.0)), None),
            // Less was sent through the interface than TCP acknowledged: never below nothing.
            ("non_tcp", None, Some((100.0, 0.0)), None),
        ]
    );
    let totals = snapshot.totals;
    assert_eq!(totals.tcp_received, Some(BytesPerSecond(1400.0)));
    assert_eq!(totals.missed_messages, Some(0));
}

#[test]
fn a_process_that_has_only_udp_is_not_known_to_have_sent_nothing() {
    let mut platform = Scripted {
        processes: vec![process(1)],
        denied: vec![false],
        sockets: vec![socket(Protocol::Udp, TcpState::Close, 53)],
        owners: vec![(0, 0)],
        ..Scripted::default()
    };
    let row = &sample(&mut platform).rows[0];
    assert_eq!((row.received_rate, row.sent), (None, None));
    assert_eq!(row.sockets.map(|it| it.udp), Some(1));
}

#[test]
fn without_messages_of_closed_connections_totals_are_not_made_up() {
    let mut platform = Scripted {
        missed: None,
        ..Scripted::default()
    };
    let snapshot = sample(&mut platform);
    assert_eq!(snapshot.totals.tcp_received, None);
    assert_eq!(snapshot.totals.missed_messages, None);
    assert_eq!(snapshot.remainder, []);
}

proptest! {
    #[test]
    fn each_holding_is_counted_once(
        owners in prop::collection::btree_set((0_usize..4, 0_usize..6), 0..24),
        kinds in prop::array::uniform6((any::<bool>(), 0_usize..3)),
    ) {
        let states = [TcpState::Listen, TcpState::Established, TcpState::Close];
        let sockets: Vec<SocketCounters> = (1..)
            .zip(kinds)
            .map(|(port, (tcp, state))| {
                let protocol = if tcp { Protocol::Tcp } else { Protocol::Udp };
                socket(protocol, states[state], port)
            })
            .collect();
        let processes = [process(1), process(2), process(3), process(4)];
        let owners: Vec<(usize, usize)> = owners.into_iter().collect();
        let rows = rows_of(&SocketReading {
            sockets: &sockets,
            processes: &processes,
            owners: &owners,
            denied: &[false; 4],
        closed: &[],
        missed: None,
        addresses: &[],
            degradations: Vec::new(),
        });
        prop_assert_eq!(rows.len(), 4);
        let counts: Vec<SocketCounts> = rows.iter().filter_map(|row| row.sockets).collect();
        let total: u64 = counts.iter().map(|it| it.total()).sum();
        prop_assert_eq!(total, owners.len() as u64);
        for (row, counts) in rows.iter().zip(&counts) {
            prop_assert!(counts.established + counts.listen <= counts.tcp);
            prop_assert!(counts.shared <= counts.total());
            let ports = row.ports.as_deref().unwrap_or_default();
            prop_assert!(ports.is_sorted_by(|a, b| a < b));
        }
        let held_once = (0..sockets.len())
            .filter(|socket| owners.iter().filter(|(_, held)| held == socket).count() == 1);
        let shared: u64 = counts.iter().map(|it| it.shared).sum();
        prop_assert_eq!(total - shared, held_once.count() as u64);
    }
}
