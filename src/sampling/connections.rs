//! Every socket, who holds it and what goes through it.

use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashMap;

use super::network::NetworkFigures;
use super::traffic::Ledger;
use crate::model::connection::{
    ConnectionKey, ConnectionRequest, ConnectionRow, ConnectionSnapshot, ConnectionTotals,
    HostNames, SocketId,
};
use crate::model::process::ProcessKey;
use crate::model::query::Query;
use crate::model::snapshot::Cost;
use crate::model::table::Row;
use crate::model::units::Bytes;
use crate::platform::{
    Moment, Platform, PlatformError, Protocol, SocketCounters, SocketReading, TcpState, Traffic,
};

/// Compares what went through sockets with what it was at the last sample.
#[derive(Debug, Default)]
pub struct ConnectionSampler {
    figures: NetworkFigures,
    known: FxHashMap<ConnectionKey, Known>,
}

/// What is kept of a socket for the next sample.
#[derive(Clone, Copy, Debug)]
struct Known {
    traffic: Option<Traffic>,
    /// When it was first seen, since boot; `None` for those that were there before the first look.
    since: Option<Duration>,
}

impl ConnectionSampler {
    /// Takes one snapshot of the sockets that are asked for; `None` the first time. `ledger` is
    /// told of all of them.
    ///
    /// # Errors
    /// When processes cannot be listed.
    pub fn sample(
        &mut self,
        platform: &mut dyn Platform,
        ledger: &mut Ledger,
        asked: &ConnectionRequest,
    ) -> Result<Option<ConnectionSnapshot>, PlatformError> {
        let now = platform.now();
        let (machine, mut degradations) = self.figures.read_machine(platform);
        let reading = platform.sockets()?;
        ledger.update(&reading);
        let since = self.figures.since(now, ledger);
        let elapsed = since.as_ref().map(|since| since.elapsed);
        let mut rows = self.rows(&reading, now, elapsed);
        let Some(since) = since else {
            return Ok(None);
        };
        let network = since.totals(&machine, &reading);
        if let Some(process) = asked.process {
            let held = held(&reading, process);
            let mut at = held.iter().copied();
            rows.retain(|_| at.next().unwrap_or_default());
        }
        degradations.extend(reading.degradations);
        for row in &mut rows {
            name(platform, row, asked.names);
        }
        let total = rows.len() as u64;
        // Whoever asks has checked the filter; one that is not understood hides nothing.
        let query = Query::parse(&asked.filter).unwrap_or_default();
        rows.retain(|row| query.matches(row));
        let matched = rows.len() as u64;
        cut(&mut rows, asked);
        let cpu = platform.now().thread_cpu.saturating_sub(now.thread_cpu);
        Ok(Some(ConnectionSnapshot {
            at: now.wall,
            since_boot: now.since_boot,
            elapsed: since.elapsed,
            totals: ConnectionTotals {
                network,
                matched,
                total,
            },
            rows,
            remainder: Vec::new(),
            degradations,
            cost: Cost { cpu },
        }))
    }

    /// A row for each socket. Each is remembered for the next time.
    fn rows(
        &mut self,
        reading: &SocketReading<'_>,
        now: Moment,
        elapsed: Option<Duration>,
    ) -> Vec<ConnectionRow> {
        let mut known = FxHashMap::default();
        known.reserve(reading.sockets.len());
        let mut rows: Vec<_> = reading
            .sockets
            .iter()
            .map(|socket| {
                let key = key(socket);
                let before = self.known.get(&key).copied();
                let since = match before {
                    Some(before) => before.since,
                    None => elapsed.map(|_| now.since_boot),
                };
                let traffic = socket.traffic;
                known.insert(key, Known { traffic, since });
                let mut row = row(socket, key);
                row.age = since.map(|since| now.since_boot.saturating_sub(since));
                if let (Some(traffic), Some(elapsed)) = (traffic, elapsed) {
                    // What is new began with nothing.
                    let before = before.and_then(|it| it.traffic).unwrap_or_default();
                    let rate = |now: Bytes, before| now.saturating_sub(before).per(elapsed);
                    row.received_rate = rate(traffic.received, before.received);
                    row.sent_rate = rate(traffic.sent, before.sent);
                }
                row
            })
            .collect();
        self.known = known;
        for &(process, socket) in reading.owners {
            let row = &mut rows[socket];
            row.holders += 1;
            if row.holder.is_none() {
                let process = &reading.processes[process];
                row.holder = Some((process.key, Arc::clone(&process.info)));
                if row.service.is_none() {
                    row.service = process.info.service.as_deref().map(Arc::from);
                }
            }
        }
        if reading.denied.contains(&true) {
            for row in &mut rows {
                row.unreadable = row.holder.is_none() && row.inode.is_some();
            }
        }
        rows
    }
}

/// Whether each socket is held by this process.
fn held(reading: &SocketReading<'_>, process: ProcessKey) -> Vec<bool> {
    let mut held = vec![false; reading.sockets.len()];
    for &(holder, socket) in reading.owners {
        held[socket] |= reading.processes[holder].key == process;
    }
    held
}

/// Sorts, and keeps the first ones.
fn cut(rows: &mut Vec<ConnectionRow>, asked: &ConnectionRequest) {
    let column = ConnectionRow::column(&asked.sort);
    let order = |a: &ConnectionRow, b: &ConnectionRow| {
        let by_column = column.map(|column| column.order(a, b, asked.direction));
        by_column
            .unwrap_or(std::cmp::Ordering::Equal)
            .then_with(|| a.key.cmp(&b.key))
    };
    if let Some(limit) = asked.limit.filter(|&limit| limit < rows.len()) {
        rows.select_nth_unstable_by(limit, order);
        rows.truncate(limit);
    }
    rows.sort_unstable_by(order);
}

fn name(platform: &mut dyn Platform, row: &mut ConnectionRow, names: HostNames) {
    row.user = row.uid.and_then(|uid| platform.user_name(uid));
    if let Some(remote) = row.remote
        && names.asks_for(remote.ip())
    {
        row.remote_host = platform.host_name(remote.ip());
    }
    let end = match (row.state, row.remote) {
        (Some(TcpState::Listen), _) | (_, None) => row.local,
        (_, Some(remote)) => remote,
    };
    row.port_name = platform.port_name(row.protocol, end.port());
}

fn key(socket: &SocketCounters) -> ConnectionKey {
    let id = match (socket.cookie, socket.inode) {
        (Some(cookie), _) => SocketId::Cookie(cookie),
        (None, Some(inode)) => SocketId::Inode(socket.protocol, inode),
        (None, None) => SocketId::Ends(socket.protocol, socket.local, socket.remote),
    };
    ConnectionKey {
        namespace: socket.namespace.as_ref().map(|namespace| namespace.id),
        id,
    }
}

/// What the counters alone tell.
fn row(socket: &SocketCounters, key: ConnectionKey) -> ConnectionRow {
    let is_listening = socket.protocol == Protocol::Tcp && socket.state == TcpState::Listen;
    let nobody = socket.remote.ip().is_unspecified() && socket.remote.port() == 0;
    // Those of one that listens count connections.
    let queues = socket.queues.filter(|_| !is_listening);
    let traffic = socket.traffic;
    let namespace = socket.namespace.as_ref();
    ConnectionRow {
        key,
        protocol: socket.protocol,
        state: (socket.protocol == Protocol::Tcp).then_some(socket.state),
        local: socket.local,
        remote: (!nobody).then_some(socket.remote),
        remote_host: None,
        port_name: None,
        received_rate: None,
        sent_rate: None,
        received: traffic.map(|traffic| traffic.received),
        sent: traffic.map(|traffic| traffic.sent),
        rtt: traffic.and_then(|traffic| traffic.rtt),
        retransmits: traffic.and_then(|traffic| traffic.retransmits),
        receive_queue: queues.map(|queues| Bytes(queues.receive)),
        send_queue: queues.map(|queues| Bytes(queues.send)),
        age: None,
        inode: socket.inode,
        namespace: namespace.map(|namespace| Arc::clone(&namespace.name)),
        interface: socket.interface.clone(),
        uid: socket.uid,
        user: None,
        service: socket.service.clone(),
        holder: None,
        holders: 0,
        unreadable: false,
    }
}

#[cfg(test)]
#[path = "connections_tests.rs"]
mod tests;
