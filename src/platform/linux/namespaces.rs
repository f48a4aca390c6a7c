//! Sockets of other network namespaces than this program's own: those of containers.
//!
//! `/proc/PID/net` is that of the process's namespace, and anybody may read it: states and counts
//! come from there. Whoever may enter a namespace asks the kernel's socket diagnosis in it, which
//! tells bytes too. Messages about connections that end are heard in one's own namespace only, so
//! the short ones of containers are not counted.
//!
//! A reading walks the kernel's whole table of sockets, however few are of the namespace: each
//! refresh reads as many as fit into [`BUDGET`], those first that waited longest.

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
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::clocks;
use super::netlink::{Completeness, DumpError, SockDiag};
use super::proc_net;
use super::sock_diag::Dump;
use crate::model::connection::NamespaceId;
use crate::model::process::{Pid, ProcessInfo, ProcessKey};
use crate::model::snapshot::{Degradation, Missing, Reason};
use crate::platform::{Namespace, ProcessCounters, Protocol, SocketCounters};

/// Time that reading other namespaces takes each refresh; the last one begun may exceed it.
const BUDGET: Duration = Duration::from_millis(5);
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
    sockets: Result<Vec<SocketCounters>, Reason>,
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
        let began = clocks::since_boot();
        for (id, members) in due {
            let spent = clocks::since_boot().saturating_sub(began);
            if spent < BUDGET {
                self.read_one(id, &members, live);
            }
        }
        let mut others: Vec<&Other> = self.others.values().collect();
        others.sort_by_key(|other| other.namespace.id);
        let mut refused = (None, 0);
        for other in others {
            match &other.sockets {
                Ok(found) => sockets.extend(found.iter().cloned()),
                Err(reason) => refused = (Some(*reason), refused.1 + 1),
            }
        }
        refused.0.map(|reason| Degradation {
            what: Missing::Namespaces,
            reason,
            count: Some(refused.1),
        })
    }

    /// Addresses at which containers are reached: what goes there stays on this machine.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        let sockets = self
            .others
            .values()
            .filter_map(|it| it.sockets.as_ref().ok());
        sockets
            .flatten()
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
        let mut sockets = Err(Reason::NotAvailable);
        for &at in members {
            let folder = self.folder(self.members[at].key.pid);
            if id_of(&folder) != Some(id) {
                continue;
            }
            sockets = self.sockets(&folder, live);
            if sockets.is_ok() {
                break;
            }
        }
        if let Ok(sockets) = &mut sockets {
            for socket in sockets {
                socket.namespace = Some(Arc::clone(&namespace));
            }
        }
        let read = self.refresh;
        self.others.insert(
            id,
            Other {
                namespace,
                sockets,
                read,
            },
        );
    }

    fn sockets(&mut self, folder: &Path, live: bool) -> Result<Vec<SocketCounters>, Reason> {
        if live && self.may_enter {
            match dump_in(folder) {
                Ok(sockets) => return Ok(sockets),
                Err(DumpError::Kernel(Errno::PERM)) => self.may_enter = false,
                Err(_) => {}
            }
        }
        let mut sockets = Vec::new();
        proc_net::read(folder, Protocol::Tcp, &mut sockets)?;
        proc_net::read(folder, Protocol::Udp, &mut sockets)?;
        Ok(sockets)
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

/// The sockets of the namespace of the process with this folder. A thread of its own enters the
/// namespace, asks, and ends: nothing else of this program ever is in there.
fn dump_in(folder: &Path) -> Result<Vec<SocketCounters>, DumpError> {
    let file = File::open(folder.join("ns/net"))
        .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    let dump = move || {
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))?;
        let mut diagnosis = SockDiag::open()?;
        let mut sockets = Vec::new();
        for dump in [Dump::Tcp, Dump::Udp4, Dump::Udp6] {
            let taken = diagnosis.dump(dump, &mut |listed| listed.socket, &mut sockets)?;
            if taken == Completeness::Interrupted {
                return Err(DumpError::Kernel(Errno::AGAIN));
            }
        }
        Ok(sockets)
    };
    let thread = thread::Builder::new().name("namespace".to_owned());
    match thread.spawn(dump).map(thread::JoinHandle::join) {
        Ok(Ok(result)) => result,
        // It could not be started, or panicked: the files are read instead.
        Ok(Err(_)) | Err(_) => Err(DumpError::Kernel(Errno::AGAIN)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::TcpState;
    use crate::platform::scripted::process;

    const HEADING: &str = "heading\n";

    fn write(folder: &Path, name: &str, text: &str) {
        fs::create_dir_all(folder.join("net")).expect("created");
        fs::write(folder.join("net").join(name), text).expect("written");
    }

    /// A process in a namespace of its own or in that of `mate`, with a listener at the port 80.
    fn container(proc: &Path, pid: u32, mate: Option<u32>) {
        let folder = proc.join(pid.to_string());
        let line =
            "0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 99";
        write(&folder, "tcp", &format!("{HEADING}{line}\n"));
        write(&folder, "udp", HEADING);
        match mate {
            None => write(&folder, "dev", ""),
            Some(mate) => {
                let original = proc.join(mate.to_string()).join("net/dev");
                fs::hard_link(original, folder.join("net/dev")).expect("linked");
            }
        }
    }

    fn named(pid: u32, service: Option<&str>) -> ProcessCounters {
        let mut process = process(pid);
        Arc::get_mut(&mut process.info).expect("ours").service = service.map(str::to_owned);
        process
    }

    #[test]
    fn each_namespace_is_read_once_and_named() {
        let proc = tempfile::tempdir().expect("a folder");
        write(proc.path(), "dev", "");
        container(proc.path(), 7, None);
        container(proc.path(), 8, Some(7));
        container(proc.path(), 9, None);
        fs::create_dir_all(proc.path().join("3/net")).expect("created");
        fs::hard_link(proc.path().join("net/dev"), proc.path().join("3/net/dev")).expect("linked");
        let processes = [
            named(3, None),
            named(7, None),
            named(8, Some("docker-0123456789ab")),
            named(9, None),
        ];
        let mut namespaces = Namespaces::new(proc.path().to_owned());
        for _ in 0..3 {
            let mut sockets = Vec::new();
            let refused = namespaces.read(&processes, &[1; 4], false, &mut sockets);
            assert_eq!(refused, None);
            let mut names: Vec<_> = sockets
                .iter()
                .map(|socket| {
                    let namespace = socket.namespace.as_ref().expect("another one");
                    (namespace.name.to_string(), socket.state, socket.inode)
                })
                .collect();
            names.sort();
            assert_eq!(
                names,
                [
                    ("docker-0123456789ab".to_owned(), TcpState::Listen, Some(99)),
                    ("program9".to_owned(), TcpState::Listen, Some(99)),
                ]
            );
        }
    }

    #[test]
    fn one_that_cannot_be_read_is_told_and_one_that_is_gone_forgotten() {
        let proc = tempfile::tempdir().expect("a folder");
        write(proc.path(), "dev", "");
        write(&proc.path().join("7"), "dev", "");
        let mut namespaces = Namespaces::new(proc.path().to_owned());
        let mut sockets = Vec::new();
        let refused = namespaces.read(&[process(7)], &[1], false, &mut sockets);
        assert_eq!(
            refused,
            Some(Degradation {
                what: Missing::Namespaces,
                reason: Reason::NotAvailable,
                count: Some(1),
            })
        );
        assert_eq!(namespaces.read(&[], &[], false, &mut sockets), None);
        assert!(namespaces.others.is_empty() && sockets.is_empty());
    }

    #[test]
    fn a_process_that_enters_another_namespace_is_found_out_in_turn() {
        let proc = tempfile::tempdir().expect("a folder");
        write(proc.path(), "dev", "");
        fs::create_dir_all(proc.path().join("7/net")).expect("created");
        let dev = proc.path().join("7/net/dev");
        fs::hard_link(proc.path().join("net/dev"), &dev).expect("linked");
        let mut namespaces = Namespaces::new(proc.path().to_owned());
        let processes = [process(7)];
        let mut read = |ran| {
            let mut sockets = Vec::new();
            namespaces.read(&processes, &[ran], false, &mut sockets);
            sockets.len()
        };
        assert_eq!(read(1), 0);
        fs::remove_file(&dev).expect("removed");
        container(proc.path(), 7, None);
        assert_eq!(read(1), 0, "it has not run");
        assert_eq!(read(2), 1);
    }
}
