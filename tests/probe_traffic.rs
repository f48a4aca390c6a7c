//! What `sysmon-probe` prints of TCP connections beside what went through them and what `ss(8)` says.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

mod probe_program;
#[path = "support/role.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod role;
#[path = "support/talk.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod talk;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use probe_program::{Printing, probe};
use serde_json::Value;
use talk::{pair, pass};

/// What went through a connection, (received, sent), by both its ends.
type Traffic = BTreeMap<(SocketAddr, SocketAddr), (u64, u64)>;

/// The tests of this program share one process, whose traffic is measured: one at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn printing(subject: &str, filter: &str) -> Printing {
    let options = ["--format", "json", "--interval", "0.2", "--top", "all"];
    let mut arguments = vec!["print", subject, "--filter", filter];
    arguments.extend(options);
    Printing::start(&mut probe(&arguments))
}

/// Connections that lie still, each with another amount behind it.
fn connections() -> Vec<(TcpStream, TcpStream)> {
    let addresses: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    (1..=6)
        .zip(addresses.into_iter().cycle())
        .map(|(n, address)| {
            let (mut one, mut other) = pair(address);
            pass(&mut one, &other, n * 12_345);
            pass(&mut other, &one, n * 678);
            (one, other)
        })
        .collect()
}

/// What `ss(8)` says of those of these ports; `None` where it is not installed.
fn from_ss(ports: &[u16]) -> Option<Traffic> {
    let output = Command::new("ss").arg("-tinH").output().ok()?;
    let text = String::from_utf8(output.stdout).expect("text");
    let mut traffic = Traffic::new();
    let mut ends = None;
    for line in text.lines() {
        if line.starts_with(char::is_whitespace) {
            let counter = |key: &str| {
                let mut words = line.split_whitespace();
                let value = words.find_map(|word| word.strip_prefix(key)?.strip_prefix(':'));
                value.map_or(0, |value| value.parse().expect("a number"))
            };
            let counters = (counter("bytes_received"), counter("bytes_acked"));
            traffic.extend(ends.take().map(|ends| (ends, counters)));
        } else {
            let words: Vec<&str> = line.split_whitespace().collect();
            let end = |at: usize| words.get(at)?.parse::<SocketAddr>().ok();
            ends = end(3)
                .zip(end(4))
                .filter(|(local, _)| ports.contains(&local.port()));
        }
    }
    Some(traffic)
}

fn end(row: &Value, which: &str) -> SocketAddr {
    let address = row[format!("{which}_address")]
        .as_str()
        .expect("an address");
    let port = row[format!("{which}_port")].as_u64().expect("a port");
    SocketAddr::new(
        address.parse().expect("an address"),
        u16::try_from(port).expect("a port"),
    )
}

#[test]
fn every_connection_agrees_with_ss() {
    let _alone = alone();
    let held = connections();
    let ends = held.iter().flat_map(|(one, other)| [one, other]);
    let ports: Vec<u16> = ends
        .map(|end| end.local_addr().expect("an address").port())
        .collect();
    let own = format!("pid:{} state:established", std::process::id());
    let printed = printing("connections", &own).next().expect("a refresh");
    let rows = printed["rows"].as_array().expect("a list");
    let bytes = |row: &Value, key: &str| row[key].as_u64().expect("a number");
    let ours: Traffic = rows
        .iter()
        .filter(|row| ports.contains(&end(row, "local").port()))
        .map(|row| {
            let ends = (end(row, "local"), end(row, "remote"));
            let traffic = (bytes(row, "received_bytes"), bytes(row, "sent_bytes"));
            (ends, traffic)
        })
        .collect();
    assert_eq!(ours.len(), 2 * held.len());
    for (n, (one, _)) in (1..).zip(&held) {
        let ends = (
            one.local_addr().expect("an address"),
            one.peer_addr().expect("an address"),
        );
        let (received, sent) = ours[&ends];
        assert_eq!(received, n * 678);
        // The end that connected counts its SYN.
        assert_eq!(sent, n * 12_345 + 1);
    }
    if let Some(theirs) = from_ss(&ports) {
        assert_eq!(ours, theirs);
    }
}

#[test]
fn a_transfer_is_printed_to_a_thousandth() {
    const BYTES: u64 = 50_000_000;
    let _alone = alone();
    let (mut one, other) = pair(Ipv4Addr::LOCALHOST.into());
    let pid = format!("pid:{}", std::process::id());
    let mut printing = printing("network", &pid);
    let row = |refresh: &Value| refresh["rows"].get(0).cloned().unwrap_or_default();
    let first = row(&printing.next().expect("a refresh"));
    let of = |row: &Value, key: &str| row[key].as_u64().expect("a number");
    let before = ["received_bytes", "sent_bytes"].map(|key| of(&first, key));
    pass(&mut one, &other, BYTES);
    loop {
        let row = row(&printing.next().expect("a refresh"));
        let now = ["received_bytes", "sent_bytes"].map(|key| of(&row, key));
        let (received, sent) = (now[0] - before[0], now[1] - before[1]);
        let within = BYTES..=BYTES + BYTES / 1000;
        if received.min(sent) >= BYTES {
            assert!(
                within.contains(&received) && within.contains(&sent),
                "{row}"
            );
            return;
        }
    }
}
