//! The words for what a socket has as numbers: its interface, and the service whose control group
//! it was made in.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::{DirEntryExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketFlags, SocketType, netdevice};

use super::cgroup;
use super::sock_diag::Listed;
use crate::platform::SocketCounters;

/// Control groups lie this deep at most; a deeper tree is not one of them.
const DEPTH: usize = 32;
/// The tree is walked again for a control group that it did not hold at most this often: those of
/// services that ended leave sockets behind that nobody can name.
const PAUSE: Duration = Duration::from_secs(5);

/// Names that were found once.
#[derive(Debug)]
pub struct SocketNames {
    cgroups: PathBuf,
    services: HashMap<u64, Option<Arc<str>>>,
    walked: Option<Instant>,
    interfaces: HashMap<u32, Option<Arc<str>>>,
}

impl SocketNames {
    /// Names of control groups come from the tree below `sys`.
    pub fn new(sys: &Path) -> Self {
        Self {
            cgroups: sys.join("fs/cgroup"),
            services: HashMap::new(),
            walked: None,
            interfaces: HashMap::new(),
        }
    }

    /// Begins a reading: an interface may have another number by now.
    pub fn begin(&mut self) {
        self.interfaces.clear();
    }

    /// The socket with its names.
    pub fn name(&mut self, listed: Listed) -> SocketCounters {
        let interface = listed.interface.and_then(|index| self.interface(index));
        let service = listed.cgroup.and_then(|cgroup| self.service(cgroup));
        SocketCounters {
            interface,
            service,
            ..listed.socket
        }
    }

    fn interface(&mut self, index: u32) -> Option<Arc<str>> {
        let name = self.interfaces.entry(index);
        name.or_insert_with(|| interface_name(index)).clone()
    }

    fn service(&mut self, cgroup: u64) -> Option<Arc<str>> {
        if let Some(known) = self.services.get(&cgroup) {
            return known.clone();
        }
        if self.walked.is_none_or(|walked| walked.elapsed() >= PAUSE) {
            self.services.clear();
            // On systems with both hierarchies, sockets belong to the second one.
            let unified = self.cgroups.join("unified");
            let root = if unified.is_dir() {
                &unified
            } else {
                &self.cgroups
            };
            walk(root, &mut self.services);
            self.walked = Some(Instant::now());
        }
        self.services.get(&cgroup).cloned().flatten()
    }
}

fn interface_name(index: u32) -> Option<Arc<str>> {
    let any = rustix::net::socket_with(
        AddressFamily::INET,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC,
        None,
    );
    let name = netdevice::index_to_name(any.ok()?, index);
    name.ok().map(Arc::from)
}

/// Notes the service of every control group of the tree. Their ids are the inodes of their
/// folders.
fn walk(root: &Path, services: &mut HashMap<u64, Option<Arc<str>>>) {
    if let Ok(metadata) = fs::metadata(root) {
        services.insert(metadata.ino(), None);
    }
    let mut folders = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            if !entry.file_type().is_ok_and(|it| it.is_dir()) {
                continue;
            }
            let path = entry.path();
            let name = path.strip_prefix(root).unwrap_or(&path);
            let line = [b"0::/", name.as_os_str().as_encoded_bytes(), b"\n"].concat();
            services.insert(entry.ino(), cgroup::service(&line).map(Arc::from));
            if depth < DEPTH {
                folders.push((path, depth + 1));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::{Protocol, TcpState};

    fn named(
        names: &mut SocketNames,
        interface: Option<u32>,
        cgroup: Option<u64>,
    ) -> SocketCounters {
        let any = ([127, 0, 0, 1], 80).into();
        names.name(Listed {
            socket: SocketCounters::new(Protocol::Tcp, TcpState::Listen, any, any),
            interface,
            cgroup,
        })
    }

    #[test]
    fn a_service_is_known_by_the_inode_of_its_folder() {
        let sys = tempfile::tempdir().expect("a folder");
        let folder = sys.path().join("fs/cgroup/system.slice/sshd.service");
        fs::create_dir_all(&folder).expect("created");
        let inode = |path: &Path| fs::metadata(path).expect("there").ino();
        let mut names = SocketNames::new(sys.path());
        let service = named(&mut names, None, Some(inode(&folder))).service;
        assert_eq!(service.as_deref(), Some("sshd.service"));
        let slice = folder.parent().expect("a folder");
        assert_eq!(named(&mut names, None, Some(inode(slice))).service, None);
        assert_eq!(named(&mut names, None, Some(u64::MAX)).service, None);
        assert_eq!(named(&mut names, None, None).service, None);
    }

    #[test]
    fn an_interface_is_known_by_its_number() {
        let mut names = SocketNames::new("/nonexistent".as_ref());
        let loopback = named(&mut names, Some(1), None).interface;
        assert_eq!(loopback.as_deref(), Some("lo"));
        assert_eq!(named(&mut names, Some(u32::MAX), None).interface, None);
        assert_eq!(named(&mut names, None, None).interface, None);
    }
}
