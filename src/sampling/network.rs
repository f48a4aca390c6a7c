//! What processes do on the network.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::traffic::{Figures, Flow, Group, Ledger, canonical};
use super::whole::WholeMachine;
use crate::model::connection::HostNames;
use crate::model::network::{
    NetworkRemainder, NetworkRow, NetworkSnapshot, NetworkTotals, SocketCounts,
};
use crate::model::past::Past;
use crate::model::process::Uid;
use crate::model::remainder::Remainder;
use crate::model::snapshot::{Cost, Degradation, Missing, Reason};
use crate::model::system::SystemTotals;
use crate::model::units::BytesPerSecond;
use crate::platform::{
    Moment, Platform, PlatformError, Protocol, SocketCounters, SocketReading, TcpState,
};

/// So many remote addresses are told of a process.
const REMOTES: usize = 3;

/// Counts the sockets of every process and what goes through them.
#[derive(Debug, Default)]
pub struct NetworkSampler {
    figures: NetworkFigures,
}

/// What the machine did on the network since the last sample. The connections have the same.
#[derive(Debug, Default)]
pub(super) struct NetworkFigures {
    whole: WholeMachine,
    previous: Option<(Moment, Figures)>,
}

impl NetworkSampler {
    /// Takes one snapshot with a row for every process; `None` the first time. `ledger` is told
    /// of the sockets. Remote hosts are named as `names` says, in the background.
    ///
    /// # Errors
    /// When processes cannot be listed.
    pub fn sample(
        &mut self,
        platform: &mut dyn Platform,
        ledger: &mut Ledger,
        names: HostNames,
    ) -> Result<Option<NetworkSnapshot>, PlatformError> {
        let now = platform.now();
        let (machine, mut degradations) = self.figures.read_machine(platform);
        let reading = platform.sockets()?;
        ledger.update(&reading);
        let Some(since) = self.figures.since(now, ledger) else {
            return Ok(None);
        };
        let mut rows = rows(&reading, &since, ledger.growth());
        let totals = since.totals(&machine, &reading);
        let mut remainder = since.remainder(&totals, &reading);
        degradations.extend(reading.degradations);
        for (row, addresses) in &mut rows {
            row.remotes = addresses.as_ref().map(|addresses| {
                let name = |address: &IpAddr| host(platform, *address, names);
                addresses.iter().map(name).collect()
            });
        }
        for row in &mut remainder {
            name_user(platform, &mut row.what);
        }
        let cpu = platform.now().thread_cpu.saturating_sub(now.thread_cpu);
        Ok(Some(NetworkSnapshot {
            at: now.wall,
            since_boot: now.since_boot,
            elapsed: since.elapsed,
            totals,
            rows: rows.into_iter().map(|(row, _)| row).collect(),
            remainder,
            degradations,
            cost: Cost { cpu },
        }))
    }
}

impl NetworkFigures {
    /// The machine, to be read beside the sockets.
    pub(super) fn read_machine(
        &mut self,
        platform: &mut dyn Platform,
    ) -> (SystemTotals, Vec<Degradation>) {
        self.whole.sample(platform, &[Missing::Interfaces])
    }

    /// What was accounted for since the last call; `None` the first time.
    pub(super) fn since(&mut self, now: Moment, ledger: &Ledger) -> Option<Since> {
        let figures = ledger.figures().clone();
        let before = self.previous.replace((now, figures.clone()));
        before.map(|(before, earlier)| Since {
            elapsed: now.monotonic.saturating_sub(before.monotonic),
            earlier,
            now: figures,
        })
    }
}

/// Figures at both ends of an interval.
#[derive(Debug)]
pub(super) struct Since {
    pub(super) elapsed: Duration,
    earlier: Figures,
    now: Figures,
}

impl Since {
    fn rates(&self, part: fn(&Figures) -> Flow) -> Option<(BytesPerSecond, BytesPerSecond)> {
        rates(part(&self.now).since(part(&self.earlier)), self.elapsed)
    }

    pub(super) fn totals(
        &self,
        machine: &SystemTotals,
        reading: &SocketReading<'_>,
    ) -> NetworkTotals {
        let complete = reading.degradations.iter().all(|it| !hides_sockets(it));
        let tcp = self
            .rates(|figures| figures.total)
            .filter(|_| tells_traffic(reading));
        NetworkTotals {
            interface_received: machine.network_received,
            interface_sent: machine.network_sent,
            tcp_received: tcp.map(|(received, _)| received),
            tcp_sent: tcp.map(|(_, sent)| sent),
            sockets: complete.then_some(reading.sockets.len() as u64),
            missed_messages: reading.missed,
        }
    }

    /// What no process in the table accounts for.
    fn remainder(
        &self,
        totals: &NetworkTotals,
        reading: &SocketReading<'_>,
    ) -> Vec<NetworkRemainder> {
        let mut rows: Vec<_> = self.groups(reading);
        let whole = |what, flow: Flow, earlier: Flow| {
            let rates = rates(flow.since(earlier), self.elapsed)?;
            (flow != Flow::default()).then(|| row(what, None, Some(rates), Some(flow)))
        };
        let (now, earlier) = (&self.now, &self.earlier);
        rows.extend(whole(
            Remainder::ShortLived,
            now.short_lived,
            earlier.short_lived,
        ));
        let outside = self.rates(|figures| figures.outside);
        rows.extend(
            totals
                .interface_received
                .zip(totals.interface_sent)
                .zip(outside.filter(|_| tells_traffic(reading)))
                .map(|((received, sent), (tcp_received, tcp_sent))| {
                    let left = |whole: BytesPerSecond, tcp: BytesPerSecond| {
                        BytesPerSecond((whole.0 - tcp.0).max(0.0))
                    };
                    let rates = (left(received, tcp_received), left(sent, tcp_sent));
                    row(Remainder::NonTcp, None, Some(rates), None)
                }),
        );
        rows.extend(whole(
            Remainder::Unexplained,
            now.unexplained,
            earlier.unexplained,
        ));
        rows
    }

    /// A row for each user and service whose processes may not be looked into.
    fn groups(&self, reading: &SocketReading<'_>) -> Vec<NetworkRemainder> {
        let mut counts: HashMap<Group, SocketCounts> = HashMap::new();
        if reading.denied.contains(&true) {
            let mut held = vec![false; reading.sockets.len()];
            reading.owners.iter().for_each(|&(_, at)| held[at] = true);
            let unheld = reading.sockets.iter().zip(held).filter(|(_, held)| !held);
            for (socket, _) in unheld.filter(|(socket, _)| socket.inode.is_some()) {
                let group = Group {
                    uid: socket.uid,
                    service: socket.service.clone(),
                };
                add(counts.entry(group).or_default(), socket, false);
            }
        }
        for group in self.now.groups.keys() {
            counts.entry(group.clone()).or_default();
        }
        let mut rows: Vec<_> = counts
            .into_iter()
            .map(|(group, counts)| {
                let flow = self.now.groups.get(&group).copied().unwrap_or_default();
                let before = self.earlier.groups.get(&group).copied().unwrap_or_default();
                let what = Remainder::Unreadable {
                    uid: group.uid,
                    user: None,
                    service: group.service.map(|service| service.to_string()),
                };
                // Nothing is known of what went through sockets that are all UDP.
                let told = (counts.tcp > 0 || flow != Flow::default()) && tells_traffic(reading);
                let rates = rates(flow.since(before), self.elapsed).filter(|_| told);
                row(what, Some(counts), rates, told.then_some(flow))
            })
            .collect();
        let busy = |row: &NetworkRemainder| {
            let rates = row.received_rate.zip(row.sent_rate);
            rates.map_or(0.0, |(received, sent)| received.0 + sent.0)
        };
        let who = |row: &NetworkRemainder| match &row.what {
            Remainder::Unreadable { uid, service, .. } => (*uid, service.clone()),
            _ => (None, None),
        };
        rows.sort_by(|a, b| {
            let by_rate = busy(b).total_cmp(&busy(a));
            by_rate.then_with(|| who(a).cmp(&who(b)))
        });
        rows
    }
}

fn row(
    what: Remainder,
    sockets: Option<SocketCounts>,
    rates: Option<(BytesPerSecond, BytesPerSecond)>,
    flow: Option<Flow>,
) -> NetworkRemainder {
    NetworkRemainder {
        what,
        sockets,
        received_rate: rates.map(|(received, _)| received),
        sent_rate: rates.map(|(_, sent)| sent),
        received: flow.map(|flow| flow.received),
        sent: flow.map(|flow| flow.sent),
    }
}

fn rates(grown: Flow, elapsed: Duration) -> Option<(BytesPerSecond, BytesPerSecond)> {
    grown.received.per(elapsed).zip(grown.sent.per(elapsed))
}

fn name_user(platform: &mut dyn Platform, what: &mut Remainder) {
    if let Remainder::Unreadable {
        uid: Some(Uid(uid)),
        user,
        ..
    } = what
    {
        *user = platform.user_name(Uid(*uid)).map(|name| name.to_string());
    }
}

/// The name of the host at this address, else the address.
fn host(platform: &mut dyn Platform, address: IpAddr, names: HostNames) -> String {
    let name = names
        .asks_for(address)
        .then(|| platform.host_name(address))
        .flatten();
    name.map_or_else(|| address.to_string(), |name| name.to_string())
}

/// Whether sockets exist that were not listed at all: a count without them would be wrong.
fn hides_sockets(degradation: &Degradation) -> bool {
    matches!(degradation.what, Missing::TcpSockets | Missing::UdpSockets)
        && degradation.reason != Reason::Interrupted
}

/// Whether TCP sockets tell what went through them.
pub(super) fn tells_traffic(reading: &SocketReading<'_>) -> bool {
    let mut sockets = reading.sockets.iter();
    reading.missed.is_some() || sockets.any(|socket| socket.traffic.is_some())
}

/// A row for each process, with the addresses of its busiest peers.
fn rows(
    reading: &SocketReading<'_>,
    since: &Since,
    growth: &[Flow],
) -> Vec<(NetworkRow, Option<Vec<IpAddr>>)> {
    let known = !reading.degradations.iter().any(hides_sockets);
    let tells_traffic = tells_traffic(reading);
    let mut holders = vec![0_u32; reading.sockets.len()];
    for &(_, socket) in reading.owners {
        holders[socket] += 1;
    }
    let mut owners = reading.owners.chunk_by(|a, b| a.0 == b.0).peekable();
    reading
        .processes
        .iter()
        .enumerate()
        .map(|(index, process)| {
            let held = owners
                .next_if(|held| held[0].0 == index)
                .unwrap_or_default();
            let sockets = held
                .iter()
                .map(|&(_, socket)| (&reading.sockets[socket], holders[socket] > 1));
            let permitted = known && !reading.denied.get(index).is_some_and(|&denied| denied);
            let counts = permitted.then(|| count(sockets.clone()));
            let flow = since.now.processes.get(&process.key).copied();
            // One that has only UDP sockets is not known to have sent nothing.
            let flow = match counts {
                Some(counts) if tells_traffic && counts.tcp > 0 => Some(flow.unwrap_or_default()),
                _ => flow,
            };
            let before = since.earlier.processes.get(&process.key).copied();
            let rates =
                flow.and_then(|flow| rates(flow.since(before.unwrap_or_default()), since.elapsed));
            let row = NetworkRow {
                key: process.key,
                info: Arc::clone(&process.info),
                sockets: counts,
                received_rate: rates.map(|(received, _)| received),
                sent_rate: rates.map(|(_, sent)| sent),
                received: flow.map(|flow| flow.received),
                sent: flow.map(|flow| flow.sent),
                remotes: None,
                ports: permitted.then(|| listening_ports(sockets.map(|(socket, _)| socket))),
                past: Past::default(),
            };
            let remotes = permitted.then(|| {
                busiest(held.iter().map(|&(_, at)| {
                    let grown = growth.get(at).copied().unwrap_or_default();
                    (&reading.sockets[at], grown)
                }))
            });
            (row, remotes)
        })
        .collect()
}

/// The addresses at the other ends, those first with which most was exchanged since the last
/// sample, then in all.
fn busiest<'a>(sockets: impl Iterator<Item = (&'a SocketCounters, Flow)>) -> Vec<IpAddr> {
    let mut peers: Vec<(IpAddr, (u64, u64))> = sockets
        .filter(|(socket, _)| !socket.remote.ip().is_unspecified())
        .map(|(socket, grown)| {
            let traffic = socket.traffic.unwrap_or_default();
            let in_all = (traffic.received + traffic.sent).0;
            (canonical(socket.remote.ip()), (grown.sum().0, in_all))
        })
        .collect();
    // Sorted rather than hashed: whoever connects chooses the addresses.
    peers.sort_unstable_by_key(|(address, _)| *address);
    peers.dedup_by(|(next, more), (address, busy)| {
        let same = next == address;
        if same {
            busy.0 = busy.0.saturating_add(more.0);
            busy.1 = busy.1.saturating_add(more.1);
        }
        same
    });
    peers.sort_unstable_by(|(a, busy_a), (b, busy_b)| busy_b.cmp(busy_a).then_with(|| a.cmp(b)));
    peers.truncate(REMOTES);
    peers.into_iter().map(|(address, _)| address).collect()
}

/// Counts sockets, each with whether another process holds it as well.
fn count<'a>(sockets: impl Iterator<Item = (&'a SocketCounters, bool)>) -> SocketCounts {
    let mut counts = SocketCounts::default();
    for (socket, shared) in sockets {
        add(&mut counts, socket, shared);
    }
    counts
}

fn add(counts: &mut SocketCounts, socket: &SocketCounters, shared: bool) {
    match socket.protocol {
        Protocol::Tcp => {
            counts.tcp += 1;
            counts.established += u64::from(socket.state == TcpState::Established);
            counts.listen += u64::from(socket.state == TcpState::Listen);
        }
        Protocol::Udp => counts.udp += 1,
    }
    counts.shared += u64::from(shared);
}

/// Ports at which anybody is heard: of TCP sockets in `LISTEN` and of UDP sockets bound to a port
/// and connected to nobody. Ascending, each once.
fn listening_ports<'a>(sockets: impl Iterator<Item = &'a SocketCounters>) -> Vec<u16> {
    let mut ports: Vec<u16> = sockets
        .filter(|socket| match socket.protocol {
            Protocol::Tcp => socket.state == TcpState::Listen,
            Protocol::Udp => socket.state == TcpState::Close,
        })
        .map(|socket| socket.local.port())
        .filter(|&port| port != 0)
        .collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

#[cfg(test)]
#[path = "network_tests.rs"]
mod tests;
