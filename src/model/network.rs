//! The network table: one row a process.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::past::Past;
use super::process::{ProcessInfo, ProcessKey, ProcessRef};
use super::remainder::{Remainder, RemainderRow};
use super::snapshot::Snapshot;
use super::table::{BEFORE, Column, Format, LIFETIME, Row, SUM, Value};
use super::units::{Bytes, BytesPerSecond};

/// A snapshot of what processes do on the network.
pub type NetworkSnapshot = Snapshot<NetworkRow, NetworkTotals, NetworkRemainder>;

/// What one process does on the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkRow {
    /// The process.
    pub key: ProcessKey,
    /// Its name, user and command line.
    pub info: Arc<ProcessInfo>,
    /// The sockets it holds; `None` where the kernel does not tell: `/proc/PID/fd` of another user.
    pub sockets: Option<SocketCounts>,
    /// TCP payload received in the interval, per second.
    pub received_rate: Option<BytesPerSecond>,
    /// TCP payload sent and acknowledged in the interval, per second.
    pub sent_rate: Option<BytesPerSecond>,
    /// TCP payload received since the process was first seen.
    pub received: Option<Bytes>,
    /// TCP payload sent since the process was first seen.
    pub sent: Option<Bytes>,
    /// The busiest remote addresses or host names, up to three.
    pub remotes: Option<Vec<String>>,
    /// Ports it listens on, ascending.
    pub ports: Option<Vec<u16>>,
    /// What is known of it besides in a range of the past: received and sent together.
    pub past: Past<BytesPerSecond, Bytes>,
}

/// How many sockets a process holds, IPv4 and IPv6 together. A socket that several processes share
/// counts for each of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketCounts {
    /// TCP sockets in any state, `LISTEN` included.
    pub tcp: u64,
    /// UDP sockets.
    pub udp: u64,
    /// Of the TCP sockets, those in state `ESTABLISHED`.
    pub established: u64,
    /// Of the TCP sockets, those in state `LISTEN`.
    pub listen: u64,
    /// Of all, those that another process holds as well.
    pub shared: u64,
}

impl SocketCounts {
    /// TCP and UDP.
    pub fn total(self) -> u64 {
        self.tcp + self.udp
    }
}

/// What the whole machine does on the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NetworkTotals {
    /// Received by physical interfaces, per second.
    pub interface_received: Option<BytesPerSecond>,
    /// Sent by physical interfaces, per second.
    pub interface_sent: Option<BytesPerSecond>,
    /// TCP payload received, per second.
    pub tcp_received: Option<BytesPerSecond>,
    /// TCP payload sent, per second.
    pub tcp_sent: Option<BytesPerSecond>,
    /// TCP and UDP sockets, each once, whoever holds them.
    pub sockets: Option<u64>,
    /// Messages about closed connections that were lost.
    pub missed_messages: Option<u64>,
}

/// What is on the network and belongs to no process in the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkRemainder {
    /// What it is.
    pub what: Remainder,
    /// Its sockets, where it is about sockets.
    pub sockets: Option<SocketCounts>,
    /// Received in the interval, per second.
    pub received_rate: Option<BytesPerSecond>,
    /// Sent in the interval, per second.
    pub sent_rate: Option<BytesPerSecond>,
    /// Received since it was first seen.
    pub received: Option<Bytes>,
    /// Sent since it was first seen.
    pub sent: Option<Bytes>,
}

impl RemainderRow for NetworkRemainder {
    const COLUMNS: &'static [&'static str] = &[
        "sockets",
        "tcp",
        "udp",
        "established",
        "listen",
        "received_bytes_per_second",
        "sent_bytes_per_second",
        "total_bytes_per_second",
        "received_bytes",
        "sent_bytes",
    ];

    fn what(&self) -> &Remainder {
        &self.what
    }

    fn value(&self, column: &str) -> Value<'_> {
        let count = |field: fn(SocketCounts) -> u64| {
            let count = self.sockets.map(field);
            count.map_or(Value::Nothing, Value::from)
        };
        let rate = |rate: Option<BytesPerSecond>| rate.map_or(Value::Nothing, Value::from);
        let bytes = |bytes: Option<Bytes>| bytes.map_or(Value::Nothing, Value::from);
        match column {
            "sockets" => count(SocketCounts::total),
            "tcp" => count(|counts| counts.tcp),
            "udp" => count(|counts| counts.udp),
            "established" => count(|counts| counts.established),
            "listen" => count(|counts| counts.listen),
            "received_bytes_per_second" => rate(self.received_rate),
            "sent_bytes_per_second" => rate(self.sent_rate),
            "total_bytes_per_second" => {
                rate(self.received_rate.zip(self.sent_rate).map(|(a, b)| a + b))
            }
            "received_bytes" => bytes(self.received),
            "sent_bytes" => bytes(self.sent),
            _ => Value::Nothing,
        }
    }
}

impl NetworkRow {
    /// Whether the process holds a socket, or something went through one in the interval.
    pub fn is_on_network(&self) -> bool {
        let moved = |rate: Option<BytesPerSecond>| rate.is_some_and(|rate| rate.0 > 0.0);
        self.sockets.is_some_and(|sockets| sockets.total() > 0)
            || moved(self.received_rate)
            || moved(self.sent_rate)
    }

    /// What went through its sockets: nobody tells of those that are UDP.
    fn traffic<'a, T>(&self, amount: Option<T>) -> Value<'a>
    where
        Value<'a>: From<T>,
    {
        match (amount, self.sockets) {
            (Some(amount), _) => Value::from(amount),
            (None, None) => Value::NotPermitted,
            (None, Some(sockets)) if sockets.total() == 0 => Value::Nothing,
            (None, Some(_)) => Value::NotTold,
        }
    }

    fn count_value(&self, field: fn(&SocketCounts) -> u64) -> Value<'_> {
        self.sockets
            .as_ref()
            .map_or(Value::NotPermitted, |sockets| Value::from(field(sockets)))
    }
}

impl Row for NetworkRow {
    type Key = ProcessKey;
    type Totals = NetworkTotals;
    type Remainder = NetworkRemainder;

    const SUBJECT: &'static str = "network";
    const DEFAULT_SORT: &'static str = "total_bytes_per_second";
    const COLUMNS: &'static [Column<Self>] = &[
        Column::NAME,
        Column::PID,
        Column::USER,
        Column::new("sockets", "Total", Format::Integer, |row: &Self| {
            row.count_value(|sockets| sockets.total())
        })
        .chars(5)
        .shown(),
        Column::new("tcp", "TCP", Format::Integer, |row: &Self| {
            row.count_value(|sockets| sockets.tcp)
        })
        .chars(5)
        .shown(),
        Column::new("udp", "UDP", Format::Integer, |row: &Self| {
            row.count_value(|sockets| sockets.udp)
        })
        .chars(5)
        .shown(),
        Column::new(
            "established",
            "ESTABLISHED",
            Format::Integer,
            |row: &Self| row.count_value(|sockets| sockets.established),
        )
        .shown(),
        Column::new("listen", "LISTEN", Format::Integer, |row: &Self| {
            row.count_value(|sockets| sockets.listen)
        }),
        Column::new(
            "received_bytes_per_second",
            "Received/s",
            Format::NetworkRate,
            |row: &Self| row.traffic(row.received_rate),
        )
        .shown(),
        Column::new(
            "sent_bytes_per_second",
            "Sent/s",
            Format::NetworkRate,
            |row: &Self| row.traffic(row.sent_rate),
        )
        .shown(),
        Column::new(
            "total_bytes_per_second",
            "Total/s",
            Format::NetworkRate,
            |row: &Self| match (row.received_rate, row.sent_rate) {
                (Some(received), Some(sent)) => Value::from(received + sent),
                _ => row.traffic::<BytesPerSecond>(None),
            },
        )
        .shown(),
        Column::new("received_bytes", "Received", Format::Bytes, |row: &Self| {
            row.traffic(row.received)
        }),
        Column::new("sent_bytes", "Sent", Format::Bytes, |row: &Self| {
            row.traffic(row.sent)
        }),
        Column::new("remotes", "Remote", Format::Text, |row: &Self| {
            row.remotes
                .as_deref()
                .map_or(Value::NotPermitted, Value::Texts)
        }),
        Column::new("ports", "Ports", Format::Text, |row: &Self| {
            row.ports
                .as_deref()
                .map_or(Value::NotPermitted, Value::Ports)
        }),
        Column::new(BEFORE, "Before/s", Format::NetworkRate, |row: &Self| {
            row.past.before.map_or(Value::Nothing, Value::from)
        })
        .window_only(),
        Column::new(SUM, "In Range", Format::Bytes, |row: &Self| {
            row.past.sum.map_or(Value::Nothing, Value::from)
        })
        .window_only(),
        Column::new(LIFETIME, "Lifetime", Format::Text, |row: &Self| {
            row.past.lifetime().map_or(Value::Nothing, Value::from)
        })
        .chars(11)
        .window_only(),
        Column::STARTED,
        Column::SERVICE,
        Column::COMMAND_LINE,
    ];

    fn row_key(&self) -> ProcessKey {
        self.key
    }

    fn process(&self) -> Option<ProcessRef<'_>> {
        Some(ProcessRef {
            key: self.key,
            info: &self.info,
        })
    }
}
