//! Sockets as netstat2 tells them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use netstat2::{
    AddressFamilyFlags, ProtocolFlags, ProtocolSocketInfo, SocketInfo, iterate_sockets_info,
};

use crate::model::process::{ProcessInfo, Uid};
use crate::model::snapshot::{Degradation, Missing, Reason};
use crate::platform::{
    ProcessCounters, Protocol, SocketCounters, SocketReading, TcpState, owners_denied,
};

/// The sockets of the last reading.
#[derive(Debug, Default)]
pub struct Sockets {
    listed: Vec<SocketCounters>,
    owners: Vec<(usize, usize)>,
    denied: Vec<bool>,
}

impl Sockets {
    /// Reads all sockets, and who of `processes`, ascending by pid, holds them. `permitted` says of
    /// which processes that can be known.
    pub fn read<'a>(
        &'a mut self,
        processes: &'a [ProcessCounters],
        permitted: impl Fn(&ProcessInfo) -> bool,
    ) -> SocketReading<'a> {
        self.listed.clear();
        self.owners.clear();
        let mut degradations = Vec::new();
        if let Err(reason) = self.list(processes) {
            degradations.extend([Missing::TcpSockets, Missing::UdpSockets].map(|what| {
                Degradation {
                    what,
                    reason,
                    count: None,
                }
            }));
        }
        self.owners.sort_unstable();
        self.owners.dedup();

        self.denied = processes.iter().map(|it| !permitted(&it.info)).collect();
        for &(process, _) in &self.owners {
            self.denied[process] = false;
        }
        degradations.extend(owners_denied(&self.denied));
        SocketReading {
            sockets: &self.listed,
            processes,
            owners: &self.owners,
            denied: &self.denied,
            closed: &[],
            missed: None,
            addresses: &[],
            degradations,
        }
    }

    fn list(&mut self, processes: &[ProcessCounters]) -> Result<(), Reason> {
        // netstat2 panics where it cannot list this folder.
        if cfg!(target_os = "linux") && std::fs::read_dir("/proc").is_err() {
            return Err(Reason::NotAvailable);
        }
        let families = AddressFamilyFlags::IPV4 | AddressFamilyFlags::IPV6;
        let protocols = ProtocolFlags::TCP | ProtocolFlags::UDP;
        let listed = iterate_sockets_info(families, protocols).map_err(|_| Reason::NotAvailable)?;
        let mut malformed = false;
        for info in listed {
            let Ok(info) = info else {
                malformed = true;
                continue;
            };
            let holders = info.associated_pids.iter().filter_map(|pid| {
                processes
                    .binary_search_by_key(pid, |process| process.key.pid.0)
                    .ok()
            });
            self.owners
                .extend(holders.map(|process| (process, self.listed.len())));
            self.listed.push(socket(&info));
        }
        if malformed {
            return Err(Reason::Malformed);
        }
        Ok(())
    }
}

fn socket(info: &SocketInfo) -> SocketCounters {
    let (inode, uid) = identity(info);
    match &info.protocol_socket_info {
        ProtocolSocketInfo::Tcp(tcp) => SocketCounters {
            inode,
            uid,
            ..SocketCounters::new(
                Protocol::Tcp,
                state(tcp.state),
                SocketAddr::new(tcp.local_addr, tcp.local_port),
                SocketAddr::new(tcp.remote_addr, tcp.remote_port),
            )
        },
        // Whether a UDP socket is connected, and to whom, is not told.
        ProtocolSocketInfo::Udp(udp) => SocketCounters {
            inode,
            uid,
            ..SocketCounters::new(
                Protocol::Udp,
                TcpState::Close,
                SocketAddr::new(udp.local_addr, udp.local_port),
                SocketAddr::new(unspecified(udp.local_addr), 0),
            )
        },
    }
}

#[cfg(target_os = "linux")]
fn identity(info: &SocketInfo) -> (Option<u64>, Option<Uid>) {
    let inode = (info.inode != 0).then(|| u64::from(info.inode));
    let known = info.inode != 0 || info.uid != 0;
    (inode, known.then_some(Uid(info.uid)))
}

#[cfg(not(target_os = "linux"))]
fn identity(_info: &SocketInfo) -> (Option<u64>, Option<Uid>) {
    (None, None)
}

fn unspecified(like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    }
}

/// A state by the number it has in the kernel of Linux. What netstat2 does not know is there a
/// connection request that has no socket yet.
fn state(state: netstat2::TcpState) -> TcpState {
    match state {
        netstat2::TcpState::Established => TcpState::Established,
        netstat2::TcpState::SynSent => TcpState::SynSent,
        netstat2::TcpState::SynReceived | netstat2::TcpState::Unknown => TcpState::SynRecv,
        netstat2::TcpState::FinWait1 => TcpState::FinWait1,
        netstat2::TcpState::FinWait2 => TcpState::FinWait2,
        netstat2::TcpState::TimeWait => TcpState::TimeWait,
        netstat2::TcpState::Closed | netstat2::TcpState::DeleteTcb => TcpState::Close,
        netstat2::TcpState::CloseWait => TcpState::CloseWait,
        netstat2::TcpState::LastAck => TcpState::LastAck,
        netstat2::TcpState::Listen => TcpState::Listen,
        netstat2::TcpState::Closing => TcpState::Closing,
    }
}
