//! What stands at the root of processes: the running kernel's /proc, seen from which pid namespace,
//! or a captured tree.

use std::path::Path;

use rustix::fs::{PROC_SUPER_MAGIC, statfs};

use super::cpu_clock::process_cpu_time;
use super::process_files::ProcessFiles;
use crate::model::process::Pid;

/// Where the CPU time of a process is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CpuClocks {
    /// On its CPU clock: the pids are those of this program's own pid namespace.
    Own,
    /// In `stat`, since its clock cannot be asked for: another pid namespace, or a sandbox.
    Unavailable,
    /// In `stat`: the tree was captured, nothing in it runs.
    Captured,
}

/// Whether `root` is a proc file system: whatever it is called, the running kernel speaks there.
pub fn is_live(root: &Path) -> bool {
    statfs(root).is_ok_and(|system| system.f_type == PROC_SUPER_MAGIC)
}

impl CpuClocks {
    /// Where CPU time is read of the processes in `files`.
    ///
    /// A clock is asked for by pid, so the pids must be those of this program's own namespace.
    pub fn of(files: &mut ProcessFiles) -> Self {
        if !is_live(files.root()) {
            return Self::Captured;
        }
        let own = Pid(std::process::id());
        if shows_own_pids(files) && process_cpu_time(own).is_some() {
            Self::Own
        } else {
            Self::Unavailable
        }
    }
}

/// Whether the pids in `files` are those of this program's own namespace: `NSpid` of
/// `proc_pid_status(5)` lists ours in every namespace from that of the mount down to ours.
pub fn shows_own_pids(files: &mut ProcessFiles) -> bool {
    is_live(files.root())
        && files
            .read_path(format_args!("self/status"))
            .is_ok_and(|status| only_pid(status.bytes) == Some(Pid(std::process::id())))
}

/// The pid of the line `NSpid:`, where it is the only one; `Pid:` before Linux 4.1.
fn only_pid(status: &[u8]) -> Option<Pid> {
    let status = String::from_utf8_lossy(status);
    let line = |key| status.lines().find_map(|line| line.strip_prefix(key));
    let mut pids = line("NSpid:")
        .or_else(|| line("Pid:"))?
        .split_ascii_whitespace();
    let pid = pids.next()?.parse().ok().map(Pid);
    pid.filter(|_| pids.next().is_none())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_live_is_told_by_the_file_system_and_not_by_its_name() {
        assert!(is_live(Path::new("/proc")) && is_live(Path::new("/proc/self/..")));
        let tree = tempfile::tempdir().expect("a folder");
        assert!(!is_live(tree.path()) && !is_live(Path::new("/nonexistent")));
    }

    #[test]
    fn clocks_are_asked_only_for_pids_of_this_namespace() {
        assert_eq!(only_pid(b"Pid:\t7\nNSpid:\t7\n"), Some(Pid(7)));
        assert_eq!(only_pid(b"Pid:\t7\nNSpid:\t7\t1\n"), None);
        assert_eq!(only_pid(b"Pid:\t7\n"), Some(Pid(7)));
        assert_eq!(only_pid(b""), None);
        let mut live = ProcessFiles::open("/proc".as_ref()).expect("opens");
        assert_eq!(CpuClocks::of(&mut live), CpuClocks::Own);
        let tree = tempfile::tempdir().expect("a folder");
        let mut captured = ProcessFiles::open(tree.path()).expect("opens");
        assert_eq!(CpuClocks::of(&mut captured), CpuClocks::Captured);
    }

    proptest! {
        #[test]
        fn no_content_panics(bytes: Vec<u8>) {
            only_pid(&bytes);
        }
    }
}
