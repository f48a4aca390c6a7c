use super::*;
use crate::model::process::Pid;
use crate::model::table::Direction;
use crate::platform::scripted::{Scripted, process};

const SECOND: Duration = Duration::from_secs(1);

fn socket(cookie: u64, received: u64) -> SocketCounters {
    let port = u16::try_from(cookie).expect("small");
    SocketCounters {
        cookie: Some(cookie),
        traffic: Some(Traffic {
            received: Bytes(received),
            ..Traffic::default()
        }),
        ..SocketCounters::new(
            Protocol::Tcp,
            TcpState::Established,
            ([10, 0, 0, 1], port).into(),
            ([10, 0, 0, 2], 443).into(),
        )
    }
}

fn asked() -> ConnectionRequest {
    ConnectionRequest {
        filter: String::new(),
        sort: "received_bytes_per_second".to_owned(),
        direction: Direction::Descending,
        limit: None,
        process: None,
        names: HostNames::All,
    }
}

/// The second of two samples a second apart, between which `change` happens.
fn sample(
    platform: &mut Scripted,
    asked: &ConnectionRequest,
    change: impl FnOnce(&mut Scripted),
) -> ConnectionSnapshot {
    let (mut sampler, mut ledger) = (ConnectionSampler::default(), Ledger::default());
    let first = sampler.sample(platform, &mut ledger, asked).expect("reads");
    assert_eq!(first, None);
    platform.pass(SECOND);
    change(platform);
    let second = sampler.sample(platform, &mut ledger, asked).expect("reads");
    second.expect("a snapshot")
}

fn ports(snapshot: &ConnectionSnapshot) -> Vec<u16> {
    snapshot.rows.iter().map(|row| row.local.port()).collect()
}

#[test]
fn rates_are_of_the_interval_and_age_is_of_those_that_came() {
    let mut platform = Scripted {
        sockets: vec![socket(1, 100), socket(2, 5)],
        ..Scripted::default()
    };
    let snapshot = sample(&mut platform, &asked(), |platform| {
        platform.sockets = vec![socket(1, 400), socket(2, 5), socket(3, 70)];
    });
    assert_eq!(ports(&snapshot), [1, 3, 2]);
    let rates: Vec<_> = snapshot
        .rows
        .iter()
        .map(|row| row.received_rate.map(|rate| rate.0))
        .collect();
    assert_eq!(rates, [Some(300.0), Some(70.0), Some(0.0)]);
    let ages: Vec<_> = snapshot.rows.iter().map(|row| row.age).collect();
    assert_eq!(ages, [None, Some(Duration::ZERO), None]);
    let network = snapshot.totals.network;
    assert_eq!(network.tcp_received.map(|rate| rate.0), Some(370.0));
}

#[test]
fn the_first_are_kept_and_all_are_counted() {
    let mut platform = Scripted {
        sockets: (1..=50).map(|cookie| socket(cookie, 0)).collect(),
        ..Scripted::default()
    };
    let asked = ConnectionRequest {
        limit: Some(3),
        ..asked()
    };
    let snapshot = sample(&mut platform, &asked, |platform| {
        platform.sockets = (1..=50).map(|cookie| socket(cookie, cookie * 7)).collect();
    });
    assert_eq!(ports(&snapshot), [50, 49, 48]);
    assert_eq!((snapshot.totals.matched, snapshot.totals.total), (50, 50));
}

#[test]
fn a_shared_socket_is_listed_for_each_of_its_holders() {
    let mut platform = Scripted {
        processes: vec![process(7), process(8)],
        sockets: vec![socket(1, 0), socket(2, 0)],
        owners: vec![(0, 0), (1, 0), (1, 1)],
        denied: vec![false; 2],
        ..Scripted::default()
    };
    let of = |platform: &mut Scripted, pid: usize| {
        let asked = ConnectionRequest {
            process: Some(platform.processes[pid].key),
            ..asked()
        };
        sample(platform, &asked, |_| ())
    };
    assert_eq!(ports(&of(&mut platform, 0)), [1]);
    let second = of(&mut platform, 1);
    assert_eq!(ports(&second), [1, 2]);
    let holder = second.rows[0].process().map(|it| it.key.pid);
    assert_eq!((holder, second.rows[0].holders), (Some(Pid(7)), 2));
}

#[test]
fn nobody_at_the_other_end_is_no_address() {
    let listening = SocketCounters {
        state: TcpState::Listen,
        remote: ([0; 4], 0).into(),
        traffic: None,
        ..socket(1, 0)
    };
    let mut platform = Scripted {
        sockets: vec![listening],
        ..Scripted::default()
    };
    let snapshot = sample(&mut platform, &asked(), |_| ());
    let row = &snapshot.rows[0];
    assert_eq!(
        (row.remote, row.received, row.received_rate),
        (None, None, None)
    );
    assert_eq!(row.receive_queue, None);
}
