//! Stands in for a probe in `build-aux/dev pictures`: answers what a recording ends with, again and again, and with
//! connections that nobody has.
//!
//! `SYSMON_PROBE_COMMAND="probe-for-pictures tests/fixtures/pictures/busy.smrec" sysmon`

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sysmon::model::connection::{
    ConnectionKey, ConnectionRow, ConnectionSnapshot, ConnectionTotals, HostNames, Protocol,
    SocketId, TcpState,
};
use sysmon::model::network::{NetworkRow, NetworkSnapshot};
use sysmon::model::process::Uid;
use sysmon::model::snapshot::Cost;
use sysmon::model::units::{Bytes, BytesPerSecond};
use sysmon::platform::Host;
use sysmon::source::recording::Recording;
use sysmon::source::remote::greeting::About;
use sysmon::source::remote::server;
use sysmon::source::{Reply, Request, Source, SourceError};

/// A connection: who has it, its state (none for UDP), its own port, the other end and its name, what the port is for, its
/// part of what who has it receives and sends, milliseconds of a round trip.
type Made = (
    &'static str,
    Option<TcpState>,
    u16,
    Option<(&'static str, &'static str)>,
    &'static str,
    f64,
    f64,
    u64,
);

const ESTABLISHED: Option<TcpState> = Some(TcpState::Established);
const MADE: &[Made] = &[
    (
        "firefox",
        ESTABLISHED,
        48_112,
        Some(("203.0.113.80:443", "video.example.org")),
        "https",
        0.94,
        0.71,
        18,
    ),
    (
        "firefox",
        ESTABLISHED,
        48_130,
        Some((
            "[2001:db8:7:1::51]:443",
            "a-very-long-name.of-a-host.in.some.cloud.example.net",
        )),
        "https",
        0.06,
        0.29,
        43,
    ),
    (
        "firefox",
        Some(TcpState::TimeWait),
        48_064,
        Some(("198.51.100.7:443", "")),
        "https",
        0.0,
        0.0,
        0,
    ),
    (
        "ssh",
        ESTABLISHED,
        51_900,
        Some(("198.51.100.20:22", "build.example.com")),
        "ssh",
        1.0,
        1.0,
        96,
    ),
    (
        "firefox",
        None,
        40_020,
        Some(("203.0.113.80:443", "video.example.org")),
        "https",
        0.0,
        0.0,
        0,
    ),
    ("bash", Some(TcpState::Listen), 8000, None, "", 0.0, 0.0, 0),
];

/// What the recording ends with.
struct Stand {
    recording: Recording,
    network: Option<Arc<NetworkSnapshot>>,
}

impl Stand {
    fn connections(&self) -> ConnectionSnapshot {
        let rows: Vec<_> = (1..).zip(MADE).map(|(n, made)| self.row(n, made)).collect();
        let count = u64::try_from(rows.len()).unwrap_or_default();
        ConnectionSnapshot {
            at: Timestamp::from_second(1_773_480_413).unwrap_or_default(),
            since_boot: Duration::from_secs(93_784),
            elapsed: Duration::from_secs(3),
            totals: ConnectionTotals {
                matched: count,
                total: count,
                ..ConnectionTotals::default()
            },
            rows,
            remainder: Vec::new(),
            degradations: Vec::new(),
            cost: Cost {
                cpu: Duration::from_millis(2),
            },
        }
    }

    fn row(
        &self,
        n: u64,
        &(holder, state, port, remote, service, received, sent, rtt): &Made,
    ) -> ConnectionRow {
        let tcp = state.is_some();
        let open = state == ESTABLISHED;
        let rows = self.network.as_deref().map_or(&[][..], |it| &it.rows[..]);
        let holder = rows.iter().find(|row| row.info.name == holder);
        let flow = |rate: fn(&NetworkRow) -> Option<BytesPerSecond>, share: f64| {
            let rate = holder.and_then(rate).filter(|_| open)?;
            Some(BytesPerSecond((rate.0 * share).round()))
        };
        let ends = remote.filter(|_| state != Some(TcpState::Listen));
        ConnectionRow {
            key: ConnectionKey {
                namespace: None,
                id: SocketId::Cookie(n),
            },
            protocol: if tcp { Protocol::Tcp } else { Protocol::Udp },
            state,
            local: SocketAddr::from(([192, 0, 2, 17], port)),
            remote: ends.and_then(|(address, _)| address.parse().ok()),
            remote_host: ends
                .map(|(_, name)| name)
                .filter(|name| !name.is_empty())
                .map(Into::into),
            port_name: (!service.is_empty()).then(|| service.into()),
            received_rate: flow(|row| row.received_rate, received),
            sent_rate: flow(|row| row.sent_rate, sent),
            received: open.then_some(Bytes(n * 8_640_000)),
            sent: open.then_some(Bytes(n * 96_000)),
            rtt: open.then(|| Duration::from_millis(rtt)),
            retransmits: open.then_some(n / 2),
            receive_queue: Some(Bytes(0)),
            send_queue: Some(Bytes(0)),
            age: open.then(|| Duration::from_secs(41 * n)),
            inode: Some(70_000 + n),
            namespace: None,
            interface: None,
            uid: Some(Uid(1000)),
            user: Some("ann".into()),
            service: None,
            holder: holder.map(|row| (row.key, Arc::clone(&row.info))),
            holders: u64::from(holder.is_some()),
            unreadable: false,
        }
    }
}

impl Source for Stand {
    fn ask(&mut self, request: &Request) -> Result<Reply, SourceError> {
        match request {
            // Nothing is done to them: it is asked before.
            Request::Choose(_) => Ok(Reply::Chosen(Vec::new())),
            Request::Connections(_) => Ok(Reply::Connections(Arc::new(self.connections()))),
            _ => self.recording.ask(request),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).map(PathBuf::from);
    let path = path.ok_or("say which recording")?;
    let about = About::this(Host {
        name: Some("workshop".to_owned()),
        ..Host::default()
    });
    let open = move || {
        let mut recording = Recording::open(&path).map_err(|_| SourceError::NotRecorded)?;
        let network = match recording.ask(&Request::Network {
            names: HostNames::Off,
        }) {
            Ok(Reply::Network(snapshot)) => Some(snapshot),
            _ => None,
        };
        Ok(Box::new(Stand { recording, network }) as Box<dyn Source>)
    };
    server::serve(io::stdin().lock(), io::stdout(), &about, Arc::new(open))?;
    Ok(())
}
