//! Sockets of other network namespaces than this program's own: those of containers.
//!
//! `/proc/PID/net` is that of the process's namespace, and anybody may read it: states and counts
//! come from there. Whoever may enter a namespace asks the kernel's socket diagnosis in it, which
//! tells bytes too. Messages about connections that end are heard in one's own namespace only, so
//! the short ones of containers are not counted.
//!
//! A reading walks the kernel's whole table of sockets, however few are of the namespace: a
//! namespace is read as soon as it is known, and each refresh reads as many again as fit into
//! [`COUNTS_BUDGET`] or [`BYTES_BUDGET`], those first that waited longest.

use std::collections::HashMap;
use std::fs::{self, File};
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustix::io::Errno;
use rustix::thread::{CapabilitySet, LinkNameSpaceType, move_into_link_name_space};

use super::clocks;
use super::netlink::{Completeness, DumpError, SockDiag};
use super::proc_net;
use super::rights;
use super::sock_diag::Dump;
use crate::model::connection::NamespaceId;
use crate::model::process::{Pid, ProcessInfo, ProcessKey};
use crate::model::snapshot::{Degradation, Missing, Reason};
use crate::platform::{Namespace, ProcessCounters, Protocol, SocketCounters};

/// CPU time that reading other namespaces again takes each refresh where only states and counts
/// are told, which may be some refreshes old; the last one begun may exceed it.
const COUNTS_BUDGET: Duration = Duration::from_millis(5);
/// The same where bytes are told. A rate is over the time since the last refresh: of a namespace
/// that was not read in it, it is 0, and too high in the next one that reads it. So all should fit.
const BYTES_BUDGET: Duration = Duration::from_millis(50);
/// So many processes that ran are looked at in turn each refresh: a process can enter a namespace
/// without executing another program.
const IN_TURN: usize = 16;

/// What is known of other namespaces.
#[derive(Debug)]
pub struct Namespaces {
    proc: PathBuf,
    own: Option<NamespaceId>,
    /// Whether this program may enter other namespaces, as far as it tried.
    may_enter: bool,
    /// One for each process, ascending by pid.
    members: Vec<Member>,
    turn: usize,
    others: HashMap<NamespaceId, Other>,
    refresh: u64,
    /// CPU time of the threads that entered other namespaces.
    threads_cpu: Duration,
    /// The number of the refresh of the process list.
    ran: u64,
}

/// In which namespace a process is.
#[derive(Debug)]
struct Member {
    key: ProcessKey,
    info: Arc<ProcessInfo>,
    /// `None` where that cannot be told, as of a process that has ended.
    namespace: Option<NamespaceId>,
    /// The refresh of the process list in which it was looked at.
    looked: u64,
}

/// Another namespace.
#[derive(Debug)]
struct Other {
    namespace: Arc<Namespace>,
    sockets: Vec<SocketCounters>,
    /// Why sockets are missing among them, where any are.
    missing: Option<Reason>,
    /// The refresh in which it was read.
    read: u64,
}

impl Namespaces {
    /// Nothing is known yet.
    pub fn new(proc: PathBuf) -> Self {
        Self {
            own: id_of(&proc),
            proc,
            may_enter: true,
            members: Vec::new(),
            turn: 0,
            others: HashMap::new(),
            refresh: 0,
            threads_cpu: Duration::ZERO,
            ran: 0,
        }
    }

    /// Brings the knowledge up to date, and appends the sockets of other namespaces. `last_ran`
    /// says of each process in which refresh of the list it was last seen to have run; `live`
    /// whether the kernel that runs is the one to be read.
    pub fn read(
        &mut self,
        processes: &[ProcessCounters],
        last_ran: &[u64],
        live: bool,
        sockets: &mut Vec<SocketCounters>,
    ) -> Option<Degradation> {
        self.refresh += 1;
        self.ran = last_ran.iter().copied().max().unwrap_or_default();
        self.adopt(processes, last_ran);
        let places = self.places();
        self.others.retain(|id, _| places.contains_key(id));
        let mut due: Vec<(NamespaceId, Vec<usize>)> = places.into_iter().collect();
        // Never read ones first, then by what they were last read in.
        due.sort_by_key(|(id, _)| (self.others.get(id).map(|other| other.read), *id));
        let began = self.cpu();
        for (id, members) in due {
            // Counting begins with the first reading of a namespace: were it put off, what went
            // through its sockets long ago would count for the refresh in which it is made up for.
            let is_new = !self.others.contains_key(&id);
            let budget = if live && self.may_enter {
                BYTES_BUDGET
            } else {
                COUNTS_BUDGET
            };
            if is_new || self.cpu().saturating_sub(began) < budget {
                self.read_one(id, &members, live);
            }
        }
        let mut others: Vec<&Other> = self.others.values().collect();
        others.sort_by_key(|other| other.namespace.id);
        let mut refused = (None, 0);
        for other in others {
            sockets.extend(other.sockets.iter().cloned());
            if other.missing.is_some() {
                refused = (other.missing, refused.1 + 1);
            }
        }
        refused.0.map(|reason| Degradation {
            what: Missing::Namespaces,
            reason,
            count: Some(refused.1),
        })
    }

    /// CPU time of the threads that entered other namespaces, since the beginning.
    pub fn threads_cpu(&self) -> Duration {
        self.threads_cpu
    }

    /// Addresses at which containers are reached: what goes there stays on this machine.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        let sockets = self.others.values().flat_map(|it| &it.sockets);
        sockets
            .map(|socket| socket.local.ip().to_canonical())
            .filter(|address| !address.is_loopback() && !address.is_unspecified())
    }

    /// Makes the members those of `processes`. Looked at are those that are new, that executed
    /// another program, and in turn some that ran.
    fn adopt(&mut self, processes: &[ProcessCounters], last_ran: &[u64]) {
        let mut known = std::mem::take(&mut self.members).into_iter().peekable();
        let mut members = Vec::with_capacity(processes.len());
        for process in processes {
            while known
                .next_if(|member| member.key.pid < process.key.pid)
                .is_some()
            {}
            let same = known
                .next_if(|member| member.key == process.key)
                .filter(|member| Arc::ptr_eq(&member.info, &process.info));
            members.push(same.unwrap_or_else(|| self.look(process)));
        }
        self.members = members;
        let count = self.members.len();
        for step in 0..count.min(IN_TURN) {
            let at = (self.turn + step) % count;
            let ran = last_ran.get(at).copied().unwrap_or_default();
            if self.members[at].looked < ran {
                self.members[at] = self.look(&processes[at]);
            }
        }
        self.turn = (self.turn + IN_TURN) % count.max(1);
    }

    fn look(&self, process: &ProcessCounters) -> Member {
        // A thread of the kernel is in the first namespace, and has no file to say so.
        let path = (!process.info.kernel_thread).then(|| self.folder(process.key.pid));
        Member {
            key: process.key,
            info: Arc::clone(&process.info),
            namespace: path.and_then(|path| id_of(&path)),
            looked: self.ran,
        }
    }

    fn folder(&self, pid: Pid) -> PathBuf {
        self.proc.join(pid.to_string())
    }

    /// The members of each namespace but this program's own.
    fn places(&self) -> HashMap<NamespaceId, Vec<usize>> {
        let mut places: HashMap<NamespaceId, Vec<usize>> = HashMap::new();
        if self.own.is_some() {
            for (at, member) in self.members.iter().enumerate() {
                match member.namespace {
                    Some(id) if self.own != Some(id) => places.entry(id).or_default().push(at),
                    _ => {}
                }
            }
        }
        places
    }

    /// Reads one namespace through the first of its members that is still in it.
    fn read_one(&mut self, id: NamespaceId, members: &[usize], live: bool) {
        let name = self.name(members);
        let known = self.others.get(&id).map(|other| &other.namespace);
        let namespace = match known {
            Some(namespace) if *namespace.name == *name => Arc::clone(namespace),
            _ => Arc::new(Namespace {
                id,
                name: name.into(),
            }),
        };
        let (mut sockets, mut missing) = (Vec::new(), Some(Reason::NotAvailable));
        for &at in members {
            let folder = self.folder(self.members[at].key.pid);
            if id_of(&folder) != Some(id) {
                continue;
            }
            (sockets, missing) = self.sockets(&folder, live);
            if missing.is_none() {
                break;
            }
        }
        for socket in &mut sockets {
            socket.namespace = Some(Arc::clone(&namespace));
        }
        let read = self.refresh;
        self.others.insert(
            id,
            Other {
                namespace,
                sockets,
                missing,
                read,
            },
        );
    }

    /// The sockets of the namespace of the process with this folder, and why some are missing.
    fn sockets(&mut self, folder: &Path, live: bool) -> (Vec<SocketCounters>, Option<Reason>) {
        let mut sockets = Vec::new();
        if live && self.may_enter {
            match self.dump(folder, &mut sockets) {
                Ok(Completeness::Complete) => return (sockets, None),
                // The files would lack the cookies, and so make other sockets of the same ones.
                Ok(Completeness::Interrupted) => return (sockets, Some(Reason::Interrupted)),
                Err(DumpError::Kernel(Errno::PERM)) => self.may_enter = false,
                Err(_) => {}
            }
        }
        let tcp = proc_net::read(folder, Protocol::Tcp, &mut sockets);
        let udp = proc_net::read(folder, Protocol::Udp, &mut sockets);
        (sockets, tcp.and(udp).err())
    }

    fn dump(
        &mut self,
        folder: &Path,
        sockets: &mut Vec<SocketCounters>,
    ) -> Result<Completeness, DumpError> {
        let (found, cpu) = dump_in(folder)?;
        self.threads_cpu += cpu;
        let (found, completeness) = found?;
        sockets.extend(found);
        Ok(completeness)
    }

    /// CPU time of this thread and of those that entered other namespaces for it.
    fn cpu(&self) -> Duration {
        clocks::thread_cpu() + self.threads_cpu
    }

    /// The container or service that most likely made the namespace: that of its first process
    /// which belongs to one, else the first process's name.
    fn name(&self, members: &[usize]) -> String {
        let infos = || members.iter().map(|&at| &self.members[at].info);
        let service = infos().find_map(|info| info.service.clone());
        let first = || infos().next().map(|info| info.name.clone());
        service.or_else(first).unwrap_or_default()
    }
}

/// The namespace of a folder that has `net/`: its files have numbers of their own in each.
fn id_of(folder: &Path) -> Option<NamespaceId> {
    let device = fs::metadata(folder.join("net/dev")).ok()?;
    Some(NamespaceId(device.ino()))
}

/// What a dump in a namespace found.
type Found = Result<(Vec<SocketCounters>, Completeness), DumpError>;

/// The sockets of the namespace of the process with this folder, and the CPU time that took. A
/// thread of its own enters the namespace, asks, and ends: nothing else of this program ever is in
/// there.
fn dump_in(folder: &Path) -> Result<(Found, Duration), DumpError> {
    let file = File::open(folder.join("ns/net"))
        .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    let dump = move || (enter_and_dump(&file), clocks::thread_cpu());
    let thread = thread::Builder::new().name("namespace".to_owned());
    match thread.spawn(dump).map(thread::JoinHandle::join) {
        Ok(Ok(found)) => Ok(found),
        // It could not be started, or panicked: the files are read instead.
        Ok(Err(_)) | Err(_) => Err(DumpError::Kernel(Errno::AGAIN)),
    }
}

/// Puts the calling thread into a namespace for good.
fn enter_and_dump(namespace: &File) -> Found {
    rights::raise(CapabilitySet::SYS_ADMIN);
    move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?;
    let mut diagnosis = SockDiag::open()?;
    let mut sockets = Vec::new();
    let mut worst = Completeness::Complete;
    for dump in [Dump::Tcp, Dump::Udp4, Dump::Udp6] {
        match diagnosis.dump(dump, &mut |listed| listed.socket, &mut sockets)? {
            Completeness::Complete => {}
            Completeness::Interrupted => worst = Completeness::Interrupted,
        }
    }
    Ok((sockets, worst))
}

#[cfg(test)]
#[path = "namespaces_tests.rs"]
mod tests;
