//! Every socket, and which process holds it.

use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use rustix::io::Errno;

use super::Roots;
use super::addresses::OwnAddresses;
use super::destroyed::{Destroyed, Heard};
use super::namespaces::Namespaces;
use super::netlink::{Completeness, DumpError, SockDiag};
use super::proc_net;
use super::proc_root::is_live;
use super::sock_diag::Dump;
use super::socket_names::SocketNames;
use super::socket_owners::{SocketIndex, SocketOwners};
use crate::model::snapshot::{Degradation, Missing, Reason};
use crate::platform::{
    ClosedSocket, ProcessCounters, Protocol, SocketCounters, SocketReading, owners_denied,
};

/// Reads sockets from `sock_diag(7)`, else from `/proc/net`, and finds their owners.
#[derive(Debug)]
pub struct SocketTable {
    proc: PathBuf,
    /// Whether the kernel that runs is the one to be read.
    live: bool,
    diagnosis: Option<SockDiag>,
    names: SocketNames,
    namespaces: Namespaces,
    addresses: OwnAddresses,
    /// Of this namespace and of containers.
    all_addresses: Vec<IpAddr>,
    destroyed: Option<Destroyed>,
    closed: Vec<ClosedSocket>,
    /// Since the sockets were listed: what is missing of them, and from when nobody listened.
    degradations: Vec<Degradation>,
    began: Option<Result<u64, Reason>>,
    sockets: Vec<SocketCounters>,
    index: SocketIndex,
    owners: SocketOwners,
}

impl SocketTable {
    /// Reads the running kernel where the root is one of its proc file systems, else `net/` below
    /// it.
    pub fn new(roots: &Roots) -> Self {
        Self {
            live: is_live(&roots.proc),
            ..Self::without_netlink(roots)
        }
    }

    /// Reads `/proc/net` only, as on a kernel without `sock_diag(7)`.
    pub fn without_netlink(roots: &Roots) -> Self {
        Self {
            proc: roots.proc.clone(),
            live: false,
            diagnosis: None,
            names: SocketNames::new(&roots.sys),
            namespaces: Namespaces::new(roots.proc.clone()),
            addresses: OwnAddresses::default(),
            all_addresses: Vec::new(),
            destroyed: None,
            closed: Vec::new(),
            degradations: Vec::new(),
            began: None,
            sockets: Vec::new(),
            index: SocketIndex::default(),
            owners: SocketOwners::new(roots.proc.clone()),
        }
    }

    /// Reads all sockets and finds who of `processes` holds them: [`Self::list`] and
    /// [`Self::find_owners`].
    pub fn read<'a>(
        &'a mut self,
        processes: &'a [ProcessCounters],
        last_ran: &[u64],
    ) -> SocketReading<'a> {
        self.list();
        self.find_owners(processes, last_ran)
    }

    /// Reads all sockets.
    pub fn list(&mut self) {
        let mut degradations = Vec::new();
        // Before the sockets that are open: none is to end unheard in between.
        self.began = self.live.then(|| self.listen());
        self.sockets.clear();
        self.names.begin();
        self.read_protocol(Protocol::Tcp, &[Dump::Tcp], &mut degradations);
        self.read_protocol(Protocol::Udp, &[Dump::Udp4, Dump::Udp6], &mut degradations);
        self.degradations = degradations;
    }

    /// Finds who of `processes`, ascending by pid, holds the sockets that were listed last.
    ///
    /// `last_ran` says for each process the number of the refresh of the process list in which it
    /// was last seen to have run. That list must have been read after the sockets: whoever made one
    /// of them has run by then.
    pub fn find_owners<'a>(
        &'a mut self,
        processes: &'a [ProcessCounters],
        last_ran: &[u64],
    ) -> SocketReading<'a> {
        let mut degradations = std::mem::take(&mut self.degradations);
        degradations.extend(self.namespaces.read(
            processes,
            last_ran,
            self.live,
            &mut self.sockets,
        ));
        index(&mut self.sockets, &mut self.index);
        self.owners
            .update(processes, last_ran, &self.sockets, &self.index);

        let began = self.began.take();
        let missed = began.and_then(|began| self.hear(began, &mut degradations));
        self.all_addresses.clear();
        if self.live {
            self.all_addresses.extend_from_slice(self.addresses.read());
        }
        self.all_addresses.extend(self.namespaces.addresses());
        self.all_addresses.sort_unstable();
        self.all_addresses.dedup();
        let denied = self.owners.denied();
        degradations.extend(owners_denied(denied));
        SocketReading {
            sockets: &self.sockets,
            processes,
            owners: self.owners.owners(),
            denied,
            closed: &self.closed,
            missed,
            addresses: &self.all_addresses,
            degradations,
        }
    }

    /// CPU time spent on reading sockets by other threads than the calling one, since the beginning.
    pub fn threads_cpu(&self) -> Duration {
        self.namespaces.threads_cpu()
    }

    /// Starts to listen for sockets that end, unless that is done already. `Ok` holds what is
    /// missing from the time when nobody listened.
    fn listen(&mut self) -> Result<u64, Reason> {
        let mut missed = 0;
        if let Some(stopped) = self.destroyed.take_if(|it| !it.is_listening()) {
            missed = stopped.take().missed.max(1);
        }
        if self.destroyed.is_none() {
            let listening = Destroyed::listen();
            self.destroyed = Some(listening.map_err(|errno| reason(errno.into()))?);
        }
        Ok(missed)
    }

    /// Takes what was heard of sockets that ended; gives how often something was missed.
    fn hear(
        &mut self,
        began: Result<u64, Reason>,
        degradations: &mut Vec<Degradation>,
    ) -> Option<u64> {
        let listener = self.destroyed.as_ref().filter(|_| began.is_ok());
        let Heard { closed, missed } = listener.map(Destroyed::take).unwrap_or_default();
        self.closed = closed;
        let missed = began.map(|before| before + missed);
        let (reason, count) = match missed {
            Ok(0) => return Some(0),
            Ok(missed) => (Reason::Interrupted, Some(missed)),
            Err(reason) => (reason, None),
        };
        degradations.push(Degradation {
            what: Missing::ClosedConnections,
            reason,
            count,
        });
        missed.ok()
    }

    fn read_protocol(
        &mut self,
        protocol: Protocol,
        dumps: &[Dump],
        degradations: &mut Vec<Degradation>,
    ) {
        let what = match protocol {
            Protocol::Tcp => Missing::TcpSockets,
            Protocol::Udp => Missing::UdpSockets,
        };
        let degradation = |what, reason| Degradation {
            what,
            reason,
            count: None,
        };
        if self.live {
            match self.dump(dumps) {
                Ok(Completeness::Complete) => return,
                Ok(Completeness::Interrupted) => {
                    degradations.push(degradation(what, Reason::Interrupted));
                    return;
                }
                Err(error) => {
                    let missing = degradation(Missing::SocketDiagnosis, reason(error));
                    if !degradations.contains(&missing) {
                        degradations.push(missing);
                    }
                }
            }
        }
        if let Err(reason) = proc_net::read(&self.proc, protocol, &mut self.sockets) {
            degradations.push(degradation(what, reason));
        }
    }

    /// Makes these dumps, or none of them.
    fn dump(&mut self, dumps: &[Dump]) -> Result<Completeness, DumpError> {
        let start = self.sockets.len();
        let mut diagnosis = match self.diagnosis.take() {
            Some(open) => open,
            None => SockDiag::open()?,
        };
        let mut worst = Completeness::Complete;
        for &dump in dumps {
            let mut name = |listed| self.names.name(listed);
            match diagnosis.dump(dump, &mut name, &mut self.sockets) {
                Ok(Completeness::Complete) => {}
                Ok(interrupted) => worst = interrupted,
                Err(error) => {
                    self.sockets.truncate(start);
                    return Err(error);
                }
            }
        }
        self.diagnosis = Some(diagnosis);
        Ok(worst)
    }
}

/// Makes the index of `sockets` by inode. A dump is no snapshot: a socket that changed its place
/// meanwhile stands there twice, and is kept once.
fn index(sockets: &mut Vec<SocketCounters>, index: &mut SocketIndex) {
    index.clear();
    let mut kept = 0;
    sockets.retain(|socket| {
        let first = match socket.inode {
            Some(inode) => match index.entry(inode) {
                Entry::Vacant(vacant) => {
                    vacant.insert(kept);
                    true
                }
                Entry::Occupied(_) => false,
            },
            None => true,
        };
        kept += usize::from(first);
        first
    });
}

fn reason(error: DumpError) -> Reason {
    match error {
        DumpError::Kernel(Errno::PERM | Errno::ACCESS) => Reason::PermissionDenied,
        DumpError::Kernel(_) => Reason::NotAvailable,
        DumpError::Malformed(_) => Reason::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::super::netlink::tests::scripted;
    use super::*;
    use crate::platform::scripted::process;

    #[test]
    fn without_netlink_sockets_come_from_proc_net_and_netlink_is_tried_again() {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let address = socket.local_addr().expect("an address");
        let listed = |reading: SocketReading<'_>| {
            // A TCP socket of another test may have the same port.
            let is_it = |it: &&SocketCounters| it.local == address && it.protocol == Protocol::Udp;
            let found = reading.sockets.iter().filter(is_it);
            (found.count(), reading.degradations)
        };
        let mut table = SocketTable::new(&Roots::default());
        table.diagnosis = Some(scripted(vec![|_| Vec::new()]));
        let refused = Degradation {
            what: Missing::SocketDiagnosis,
            reason: Reason::Malformed,
            count: None,
        };
        assert_eq!(listed(table.read(&[], &[])), (1, vec![refused]));
        assert_eq!(listed(table.read(&[], &[])), (1, Vec::new()));
    }

    #[test]
    fn the_running_kernel_is_asked_wherever_its_proc_is_mounted() {
        let roots = Roots {
            proc: "/proc/self/..".into(),
            ..Roots::default()
        };
        let mut table = SocketTable::new(&roots);
        table.diagnosis = Some(scripted(vec![|_| Vec::new()]));
        let reading = table.read(&[], &[]);
        let asked = |missing: &Degradation| missing.what == Missing::SocketDiagnosis;
        assert!(reading.degradations.iter().any(asked));
    }

    #[test]
    fn a_captured_tree_has_its_own_sockets_and_owners() {
        let proc = tempfile::tempdir().expect("a folder");
        let at = |path: &str| proc.path().join(path);
        std::fs::create_dir_all(at("net")).expect("created");
        std::fs::create_dir_all(at("7/fd")).expect("created");
        std::os::unix::fs::symlink("socket:[99]", at("7/fd/3")).expect("linked");
        let line =
            "0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 99";
        std::fs::write(at("net/tcp"), format!("heading\n{line}\n")).expect("written");
        std::fs::write(at("net/udp"), "heading\n").expect("written");
        let roots = Roots {
            proc: proc.path().to_owned(),
            ..Roots::default()
        };
        let mut table = SocketTable::new(&roots);
        let processes = [process(7)];
        let reading = table.read(&processes, &[1]);
        assert_eq!(reading.degradations, []);
        assert_eq!(reading.sockets.len(), 1);
        assert_eq!(reading.owners, [(0, 0)]);
    }

    #[test]
    fn neither_netlink_nor_proc_net_leaves_the_processes() {
        let proc = tempfile::tempdir().expect("a folder");
        let roots = Roots {
            proc: proc.path().to_owned(),
            ..Roots::default()
        };
        let mut table = SocketTable::new(&roots);
        let reading = table.read(&[], &[]);
        let missing: Vec<Missing> = reading.degradations.iter().map(|it| it.what).collect();
        assert_eq!(missing, [Missing::TcpSockets, Missing::UdpSockets]);
    }

    #[test]
    fn a_socket_that_stands_twice_in_a_dump_is_kept_once() {
        let socket = |inode, port| SocketCounters {
            inode,
            ..SocketCounters::new(
                Protocol::Tcp,
                crate::platform::TcpState::Listen,
                ([127, 0, 0, 1], port).into(),
                ([0, 0, 0, 0], 0).into(),
            )
        };
        let (one, two) = (socket(Some(5), 1), socket(Some(6), 2));
        let forgotten = socket(None, 3);
        let mut sockets = vec![one.clone(), forgotten.clone(), one.clone()];
        sockets.extend([forgotten.clone(), two.clone()]);
        let mut by_inode = SocketIndex::default();
        index(&mut sockets, &mut by_inode);
        assert_eq!(sockets, [one, forgotten.clone(), forgotten, two]);
        assert_eq!(by_inode, SocketIndex::from_iter([(5, 0), (6, 3)]));
    }
}
