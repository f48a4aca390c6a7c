//! What processes do on the network.

use std::sync::Arc;

use super::whole::WholeMachine;
use crate::model::connection::HostNames;
use crate::model::network::{NetworkRow, NetworkSnapshot, NetworkTotals, SocketCounts};
use crate::model::snapshot::{Cost, Degradation, Missing, Reason};
use crate::platform::{
    Moment, Platform, PlatformError, Protocol, SocketCounters, SocketReading, TcpState,
};

/// Counts the sockets of every process.
#[derive(Debug, Default)]
pub struct NetworkSampler {
    whole: WholeMachine,
    previous: Option<Moment>,
}

impl NetworkSampler {
    /// Takes one snapshot with a row for every process; `None` the first time.
    ///
    /// # Errors
    /// When processes cannot be listed.
    pub fn sample(
        &mut self,
        platform: &mut dyn Platform,
        _names: HostNames,
    ) -> Result<Option<NetworkSnapshot>, PlatformError> {
        let now = platform.now();
        let (machine, mut degradations) = self.whole.sample(platform, &[Missing::Interfaces]);
        let reading = platform.sockets()?;
        let Some(before) = self.previous.replace(now) else {
            return Ok(None);
        };
        let rows = rows(&reading);
        let complete = reading.degradations.iter().all(|it| !hides_sockets(it));
        let totals = NetworkTotals {
            interface_received: machine.network_received,
            interface_sent: machine.network_sent,
            sockets: complete.then_some(reading.sockets.len() as u64),
            ..NetworkTotals::default()
        };
        degradations.extend(reading.degradations);
        let cpu = platform.now().thread_cpu.saturating_sub(now.thread_cpu);
        Ok(Some(NetworkSnapshot {
            at: now.wall,
            since_boot: now.since_boot,
            elapsed: now.monotonic.saturating_sub(before.monotonic),
            totals,
            rows,
            remainder: Vec::new(),
            degradations,
            cost: Cost { cpu },
        }))
    }
}

/// Whether sockets exist that were not listed at all: a count without them would be wrong.
fn hides_sockets(degradation: &Degradation) -> bool {
    matches!(degradation.what, Missing::TcpSockets | Missing::UdpSockets)
        && degradation.reason != Reason::Interrupted
}

fn rows(reading: &SocketReading<'_>) -> Vec<NetworkRow> {
    let known = !reading.degradations.iter().any(hides_sockets);
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
            NetworkRow {
                key: process.key,
                info: Arc::clone(&process.info),
                sockets: permitted.then(|| count(sockets.clone())),
                received_rate: None,
                sent_rate: None,
                received: None,
                sent: None,
                remotes: None,
                ports: permitted.then(|| listening_ports(sockets.map(|(socket, _)| socket))),
            }
        })
        .collect()
}

/// Counts sockets, each with whether another process holds it as well.
fn count<'a>(sockets: impl Iterator<Item = (&'a SocketCounters, bool)>) -> SocketCounts {
    let mut counts = SocketCounts::default();
    for (socket, shared) in sockets {
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
    counts
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
mod tests {
    use std::net::{IpAddr, Ipv4Addr, SocketAddr};
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::model::units::{Bytes, BytesPerSecond};
    use crate::platform::scripted::{Scripted, process};
    use crate::platform::{InterfaceCounters, MachineReading};

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

    fn second(sampler: &mut NetworkSampler, platform: &mut Scripted) -> NetworkSnapshot {
        platform.pass(Duration::from_secs(2));
        sampler
            .sample(platform, HostNames::Off)
            .expect("a reading")
            .expect("a snapshot")
    }

    fn sample(platform: &mut Scripted) -> NetworkSnapshot {
        let mut sampler = NetworkSampler::default();
        assert_eq!(
            sampler.sample(platform, HostNames::Off).expect("a reading"),
            None
        );
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
        assert!(!idle.has_sockets() && !denied.has_sockets());
        assert!(busy.received_rate.is_none() && busy.received.is_none());
    }

    #[test]
    fn an_interface_that_comes_goes_or_starts_anew_gives_no_spike() {
        let machine = |interfaces| MachineReading {
            interfaces,
            ..MachineReading::default()
        };
        let mut sampler = NetworkSampler::default();
        let mut platform = Scripted {
            machine: machine(vec![
                interface("eth0", true, 1000, 500),
                interface("eth1", true, 9000, 9000),
                interface("lo", false, 0, 0),
            ]),
            ..Scripted::default()
        };
        assert_eq!(
            sampler
                .sample(&mut platform, HostNames::Off)
                .expect("a reading"),
            None
        );
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
        let mut sampler = NetworkSampler::default();
        let mut platform = Scripted::default();
        platform.machine.interfaces = vec![interface("eth0", true, 0, 0)];
        assert_eq!(
            sampler
                .sample(&mut platform, HostNames::Off)
                .expect("a reading"),
            None
        );
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
            rows(&SocketReading {
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
            let rows = rows(&SocketReading {
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
}
