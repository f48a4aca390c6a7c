//! The table of connections: one row a socket.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::address;
use super::network::NetworkTotals;
use super::process::{ProcessInfo, ProcessKey, ProcessRef, Uid};
use super::remainder::NoRemainder;
use super::snapshot::Snapshot;
use super::table::{Column, Direction, Format, Noun, Row, Value};
use super::units::{Bytes, BytesPerSecond};

/// A snapshot of connections. It may hold only the first of them, see [`ConnectionTotals`].
pub type ConnectionSnapshot = Snapshot<ConnectionRow, ConnectionTotals>;

/// A transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Protocol {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        }
    }
}

/// State of a TCP socket, the numbers of the kernel's `tcp_states.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TcpState {
    /// 1
    Established,
    /// 2
    SynSent,
    /// 3
    SynRecv,
    /// 4
    FinWait1,
    /// 5
    FinWait2,
    /// 6
    TimeWait,
    /// 7
    Close,
    /// 8
    CloseWait,
    /// 9
    LastAck,
    /// 10
    Listen,
    /// 11
    Closing,
}

impl TcpState {
    /// Its name in RFC 9293, as tools print it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Established => "ESTABLISHED",
            Self::SynSent => "SYN_SENT",
            Self::SynRecv => "SYN_RECV",
            Self::FinWait1 => "FIN_WAIT1",
            Self::FinWait2 => "FIN_WAIT2",
            Self::TimeWait => "TIME_WAIT",
            Self::Close => "CLOSE",
            Self::CloseWait => "CLOSE_WAIT",
            Self::LastAck => "LAST_ACK",
            Self::Listen => "LISTEN",
            Self::Closing => "CLOSING",
        }
    }
}

/// A network namespace, by the inode of `/proc/PID/net/dev` of those in it: unlike that of
/// `/proc/PID/ns/net`, every user may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NamespaceId(pub u64);

/// What tells one socket from every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ConnectionKey {
    /// The network namespace it is in; `None` for this program's own.
    pub namespace: Option<NamespaceId>,
    /// Its name within.
    pub id: SocketId,
}

/// A socket within its namespace, as well as the source can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SocketId {
    /// The kernel's own name for it, which it never uses twice.
    Cookie(u64),
    /// The inode behind its descriptor.
    Inode(Protocol, u64),
    /// Both its ends: a socket that no process holds any more has neither of the above in
    /// `/proc/net`.
    Ends(
        Protocol,
        #[serde(with = "address")] SocketAddr,
        #[serde(with = "address")] SocketAddr,
    ),
}

/// One socket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConnectionRow {
    /// Which one.
    pub key: ConnectionKey,
    /// TCP or UDP.
    pub protocol: Protocol,
    /// Its state; `None` for UDP, which has none.
    pub state: Option<TcpState>,
    /// Its own end.
    #[serde(with = "address")]
    pub local: SocketAddr,
    /// The other end; `None` where there is none.
    #[serde(with = "address::option")]
    pub remote: Option<SocketAddr>,
    /// Name of the host at the other end; `None` where it is not known, or not yet.
    pub remote_host: Option<Arc<str>>,
    /// What the port is for, from `/etc/services`: of the other end, or of its own end where it
    /// listens.
    pub port_name: Option<Arc<str>>,
    /// TCP payload received in the interval, per second.
    pub received_rate: Option<BytesPerSecond>,
    /// TCP payload sent and acknowledged in the interval, per second.
    pub sent_rate: Option<BytesPerSecond>,
    /// TCP payload received since it was opened.
    pub received: Option<Bytes>,
    /// TCP payload sent and acknowledged since it was opened.
    pub sent: Option<Bytes>,
    /// Smoothed round-trip time, `tcpi_rtt`.
    pub rtt: Option<Duration>,
    /// Segments sent again since it was opened, `tcpi_total_retrans`.
    pub retransmits: Option<u64>,
    /// Received and not yet read; for one that listens, connections not yet accepted.
    pub receive_queue: Option<Bytes>,
    /// Sent and not yet acknowledged.
    pub send_queue: Option<Bytes>,
    /// Time since it was first seen; `None` where it was there before the first look.
    pub age: Option<Duration>,
    /// The inode behind its descriptor.
    pub inode: Option<u64>,
    /// Name of its network namespace: a container or service; `None` for this program's own.
    pub namespace: Option<Arc<str>>,
    /// The interface it is bound to.
    pub interface: Option<Arc<str>>,
    /// Who made it.
    pub uid: Option<Uid>,
    /// Their name.
    pub user: Option<Arc<str>>,
    /// The service or application it belongs to.
    pub service: Option<Arc<str>>,
    /// The process that holds it, the first of several; `None` where that is denied, or where
    /// there is none.
    pub holder: Option<(ProcessKey, Arc<ProcessInfo>)>,
    /// How many processes hold it.
    pub holders: u64,
    /// Whether whoever holds it may be a process that this user may not look into.
    pub unreadable: bool,
}

/// What goes with the table of connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ConnectionTotals {
    /// Figures of the machine.
    pub network: NetworkTotals,
    /// Connections that pass the filter, of which the rows may be only the first.
    pub matched: u64,
    /// All connections that are listed for what was asked.
    pub total: u64,
}

/// Which connections are wanted. There can be a great many of them: they are filtered, sorted and
/// cut where they are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionRequest {
    /// Those that pass this filter, [`super::query::Query`]. What cannot be understood
    /// lets all pass.
    pub filter: String,
    /// Key of the column that they are sorted by.
    pub sort: String,
    /// Which way.
    pub direction: Direction,
    /// At most so many.
    pub limit: Option<usize>,
    /// Only those that this process holds.
    pub process: Option<ProcessKey>,
    /// Which remote hosts are named.
    pub names: HostNames,
}

/// Which addresses are looked up, in the background, to name hosts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum HostNames {
    /// None: nobody is asked anything.
    Off,
    /// Public ones.
    #[default]
    Public,
    /// Those of private networks too.
    All,
}

impl HostNames {
    /// Whether the host at this address is to be looked up. Addresses that stand for no single
    /// host, or for this one, never are.
    pub fn asks_for(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let is_nobody = address.is_loopback() || address.is_unspecified() || address.is_multicast();
        match self {
            Self::Off => false,
            Self::Public => !is_nobody && !is_private(address),
            Self::All => !is_nobody,
        }
    }
}

/// Whether an address has a meaning only within somebody's own network.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            // Shared by the customers of a provider, RFC 6598.
            let is_shared = matches!(address.octets(), [100, 64..=127, ..]);
            let is_reserved = matches!(address.octets(), [0 | 240..=255, ..]);
            address.is_private()
                || address.is_link_local()
                || address.is_documentation()
                || is_shared
                || is_reserved
        }
        IpAddr::V6(address) => {
            let is_documentation = matches!(address.segments(), [0x2001, 0xdb8, ..]);
            address.is_unique_local() || address.is_unicast_link_local() || is_documentation
        }
    }
}

fn told<'a, T>(value: Option<T>) -> Value<'a>
where
    Value<'a>: From<T>,
{
    value.map_or(Value::NotTold, Value::from)
}

impl ConnectionRow {
    /// What goes through it. Nothing does while it listens or when it is over; nobody tells what
    /// goes through UDP.
    fn traffic<'a, T>(&self, amount: Option<T>) -> Value<'a>
    where
        Value<'a>: From<T>,
    {
        match (amount, self.state) {
            (Some(amount), _) => Value::from(amount),
            (None, Some(TcpState::Listen | TcpState::TimeWait)) => Value::Nothing,
            (None, _) => Value::NotTold,
        }
    }

    /// What waits in it. Of one that listens that is connections, of which there is no column.
    fn queue<'a>(&self, amount: Option<Bytes>) -> Value<'a> {
        match (amount, self.state) {
            (None, Some(TcpState::Listen)) => Value::Nothing,
            (amount, _) => told(amount),
        }
    }
}

fn text(text: Option<&Arc<str>>) -> Value<'_> {
    text.map_or(Value::Nothing, |text| Value::Text(text))
}

impl Row for ConnectionRow {
    type Key = ConnectionKey;
    type Totals = ConnectionTotals;
    type Remainder = NoRemainder;

    const SUBJECT: &'static str = "connections";
    const DEFAULT_SORT: &'static str = "total_bytes_per_second";
    const NOUN: Noun = Noun::Connection;
    const BELOW_NAME: &'static [&'static str] =
        &["protocol", "local_port", "remote", "remote_port"];
    const COLUMNS: &'static [Column<Self>] = &[
        // Of a socket that nobody holds any more there is no process.
        Column::new("name", "Process", Format::Text, |row: &Self| {
            match (&row.holder, row.unreadable) {
                (Some(_), _) => (Column::<Self>::NAME.value)(row),
                (None, true) => Value::NotPermitted,
                (None, false) => Value::Nothing,
            }
        })
        .chars(10)
        .shown(),
        Column::PID.hidden(),
        Column::new("user", "User", Format::Text, |row: &Self| {
            match (&row.user, row.uid) {
                (Some(user), _) => Value::Text(user),
                (None, Some(uid)) => Value::Integer(uid.0.into()),
                (None, None) => Value::Nothing,
            }
        }),
        Column::new("protocol", "Protocol", Format::Text, |row: &Self| {
            Value::Text(row.protocol.name())
        })
        .chars(4),
        Column::new(
            "local_address",
            "Local Address",
            Format::Text,
            |row: &Self| Value::Address(row.local),
        ),
        Column::new("local_port", "Local Port", Format::Port, |row: &Self| {
            Value::Integer(row.local.port().into())
        })
        .shown(),
        Column::new(
            "remote_address",
            "Remote Address",
            Format::Text,
            |row: &Self| row.remote.map_or(Value::Nothing, Value::Address),
        ),
        // The name where it is known, else the address.
        Column::new("remote", "Remote", Format::Text, |row: &Self| {
            match (&row.remote_host, row.remote) {
                (Some(host), _) => Value::Text(host),
                (None, remote) => remote.map_or(Value::Nothing, Value::Address),
            }
        })
        .chars(11)
        .shown()
        .window_only(),
        Column::new("remote_port", "Remote Port", Format::Port, |row: &Self| {
            row.remote.map_or(Value::Nothing, |remote| {
                Value::Integer(remote.port().into())
            })
        })
        .shown(),
        Column::new("remote_host", "Remote Host", Format::Text, |row: &Self| {
            text(row.remote_host.as_ref())
        }),
        Column::new("port_name", "Port Use", Format::Text, |row: &Self| {
            text(row.port_name.as_ref())
        })
        .window_only(),
        Column::new("state", "State", Format::Text, |row: &Self| {
            row.state
                .map_or(Value::Nothing, |state| Value::Text(state.name()))
        })
        .chars(11)
        .shown(),
        Column::new("received_bytes", "Received", Format::Bytes, |row: &Self| {
            row.traffic(row.received)
        }),
        Column::new("sent_bytes", "Sent", Format::Bytes, |row: &Self| {
            row.traffic(row.sent)
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
        .shown()
        .window_only(),
        Column::new(
            "rtt_seconds",
            "Round Trip",
            Format::Milliseconds,
            |row: &Self| row.traffic(row.rtt),
        ),
        Column::new(
            "retransmits",
            "Retransmits",
            Format::Integer,
            |row: &Self| row.traffic(row.retransmits),
        ),
        Column::new(
            "receive_queue_bytes",
            "Receive Queue",
            Format::Bytes,
            |row: &Self| row.queue(row.receive_queue),
        ),
        Column::new(
            "send_queue_bytes",
            "Send Queue",
            Format::Bytes,
            |row: &Self| row.queue(row.send_queue),
        ),
        Column::new("age_seconds", "Age", Format::Duration, |row: &Self| {
            row.age.map_or(Value::NotMeasured, Value::from)
        }),
        Column::new("inode", "Inode", Format::Port, |row: &Self| {
            row.inode.map_or(Value::Nothing, Value::from)
        }),
        Column::new("cookie", "Cookie", Format::Port, |row: &Self| {
            match row.key.id {
                SocketId::Cookie(cookie) => Value::from(cookie),
                _ => Value::NotTold,
            }
        })
        .probe_only(),
        Column::new("namespace", "Namespace", Format::Text, |row: &Self| {
            text(row.namespace.as_ref())
        }),
        Column::new("interface", "Interface", Format::Text, |row: &Self| {
            text(row.interface.as_ref())
        }),
        Column::new("service", "Service", Format::Text, |row: &Self| {
            text(row.service.as_ref())
        }),
    ];

    fn row_key(&self) -> ConnectionKey {
        self.key
    }

    fn process(&self) -> Option<ProcessRef<'_>> {
        self.holder
            .as_ref()
            .map(|(key, info)| ProcessRef { key: *key, info })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nobody_is_asked_about_private_addresses_unless_wanted() {
        let asked =
            |names: HostNames, address: &str| names.asks_for(address.parse().expect("an address"));
        for public in [
            "8.8.8.8",
            "2606:4700::1111",
            "::ffff:9.9.9.9",
            "100.128.0.1",
        ] {
            assert!(asked(HostNames::Public, public), "{public}");
            assert!(!asked(HostNames::Off, public), "{public}");
        }
        for private in [
            "10.1.2.3",
            "172.16.0.1",
            "192.168.0.1",
            "100.64.0.1",
            "169.254.1.1",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "192.0.2.1",
            "2001:db8::1",
            "240.0.0.1",
        ] {
            assert!(!asked(HostNames::Public, private), "{private}");
            assert!(asked(HostNames::All, private), "{private}");
        }
        for nobody in [
            "127.0.0.1",
            "::1",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "ff02::1",
            "::ffff:127.0.0.1",
        ] {
            assert!(!asked(HostNames::All, nobody), "{nobody}");
        }
    }

    proptest! {
        #[test]
        fn what_is_asked_of_public_ones_is_asked_of_all(address: [u8; 16], four: bool) {
            let address = if four {
                IpAddr::from([address[0], address[1], address[2], address[3]])
            } else {
                IpAddr::from(address)
            };
            prop_assert!(!HostNames::Off.asks_for(address));
            prop_assert!(!HostNames::Public.asks_for(address) || HostNames::All.asks_for(address));
        }
    }
}
