//! Every socket, and who holds it.

use std::sync::Arc;
use std::time::Duration;

use crate::model::connection::{
    ConnectionKey, ConnectionRequest, ConnectionRow, ConnectionSnapshot, ConnectionTotals, SocketId,
};
use crate::model::query::Query;
use crate::model::snapshot::Cost;
use crate::model::table::Row;
use crate::model::units::Bytes;
use crate::platform::{
    Moment, Platform, PlatformError, Protocol, SocketCounters, SocketReading, TcpState,
};

/// Lists sockets.
#[derive(Debug, Default)]
pub struct ConnectionSampler {
    previous: Option<Moment>,
}

impl ConnectionSampler {
    /// Takes one snapshot; `None` the first time.
    ///
    /// # Errors
    /// When processes cannot be listed.
    pub fn sample(
        &mut self,
        platform: &mut dyn Platform,
        asked: &ConnectionRequest,
    ) -> Result<Option<ConnectionSnapshot>, PlatformError> {
        let now = platform.now();
        let reading = platform.sockets()?;
        let Some(before) = self.previous.replace(now) else {
            return Ok(None);
        };
        let mut rows = rows(&reading);
        let degradations = reading.degradations;
        rows.retain(|row| {
            asked
                .process
                .is_none_or(|process| row.process().is_some_and(|it| it.key == process))
        });
        let total = rows.len() as u64;
        let query = Query::parse(&asked.filter).unwrap_or_default();
        rows.retain(|row| query.matches(row));
        let matched = rows.len() as u64;
        if let Some(column) = ConnectionRow::column(&asked.sort) {
            rows.sort_by(|a, b| {
                let order = column.order(a, b, asked.direction);
                order.then_with(|| a.key.cmp(&b.key))
            });
        }
        rows.truncate(asked.limit.unwrap_or(usize::MAX));
        let cpu = platform.now().thread_cpu.saturating_sub(now.thread_cpu);
        Ok(Some(ConnectionSnapshot {
            at: now.wall,
            since_boot: now.since_boot,
            elapsed: now.monotonic.saturating_sub(before.monotonic),
            totals: ConnectionTotals {
                matched,
                total,
                ..ConnectionTotals::default()
            },
            rows,
            remainder: Vec::new(),
            degradations,
            cost: Cost { cpu },
        }))
    }
}

fn rows(reading: &SocketReading<'_>) -> Vec<ConnectionRow> {
    let mut rows: Vec<ConnectionRow> = reading.sockets.iter().map(row).collect();
    for &(process, socket) in reading.owners {
        let row = &mut rows[socket];
        row.holders += 1;
        if row.holder.is_none() {
            let process = &reading.processes[process];
            row.holder = Some((process.key, Arc::clone(&process.info)));
        }
    }
    rows
}

fn row(socket: &SocketCounters) -> ConnectionRow {
    let id = match (socket.cookie, socket.inode) {
        (Some(cookie), _) => SocketId::Cookie(cookie),
        (None, Some(inode)) => SocketId::Inode(socket.protocol, inode),
        (None, None) => SocketId::Ends(socket.protocol, socket.local, socket.remote),
    };
    let is_listening = socket.protocol == Protocol::Tcp && socket.state == TcpState::Listen;
    let nobody = socket.remote.ip().is_unspecified() && socket.remote.port() == 0;
    ConnectionRow {
        key: ConnectionKey {
            namespace: socket.namespace.as_ref().map(|namespace| namespace.id),
            id,
        },
        protocol: socket.protocol,
        state: (socket.protocol == Protocol::Tcp).then_some(socket.state),
        local: socket.local,
        remote: (!nobody).then_some(socket.remote),
        remote_host: None,
        port_name: None,
        received_rate: None,
        sent_rate: None,
        received: socket.traffic.map(|traffic| traffic.received),
        sent: socket.traffic.map(|traffic| traffic.sent),
        rtt: socket.traffic.and_then(|traffic| traffic.rtt),
        retransmits: socket.traffic.and_then(|traffic| traffic.retransmits),
        receive_queue: socket
            .queues
            .filter(|_| !is_listening)
            .map(|queues| Bytes(queues.receive)),
        send_queue: socket
            .queues
            .filter(|_| !is_listening)
            .map(|queues| Bytes(queues.send)),
        age: None::<Duration>,
        inode: socket.inode,
        namespace: socket
            .namespace
            .as_ref()
            .map(|namespace| Arc::clone(&namespace.name)),
        interface: socket.interface.clone(),
        uid: socket.uid,
        user: None,
        service: socket.service.clone(),
        holder: None,
        holders: 0,
    }
}
