//! The open descriptors of a process, `/proc/PID/fd` of `proc_pid_fd(5)`.

use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, RawDir, SeekFrom};
use rustix::io::Errno;
use rustix::path::DecInt;

use crate::model::process::Pid;

/// This user may not look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denied;

/// The folder `/proc/PID/fd` of one process, open.
#[derive(Debug)]
pub struct Descriptors {
    folder: OwnedFd,
}

impl Descriptors {
    /// Opens the folder; `None` when the process is gone.
    ///
    /// # Errors
    /// When it may not be read: a process of another user, or one that is not dumpable.
    pub fn open(proc: &Path, pid: Pid) -> Result<Option<Self>, Denied> {
        let path = proc.join(format!("{pid}/fd"));
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::openat(CWD, path, flags, Mode::empty());
        Ok(unless_gone(folder)?.map(|folder| Self { folder }))
    }

    /// The numbers of open descriptors from `from` on, ascending, at most `limit` of them.
    ///
    /// The kernel lists them in this order and takes a position of two more than a number to begin
    /// there (`proc_readfd_common`), so that a part costs no more than that part.
    ///
    /// # Errors
    /// When they may not be read.
    pub fn numbers(&self, from: u32, limit: usize) -> Result<Vec<u32>, Denied> {
        let start = if from == 0 { 0 } else { u64::from(from) + 2 };
        if unless_gone(rustix::fs::seek(&self.folder, SeekFrom::Start(start)))?.is_none() {
            return Ok(Vec::new());
        }
        let mut numbers = Vec::new();
        let mut buffer = [MaybeUninit::uninit(); 8 * 1024];
        let mut entries = RawDir::new(&self.folder, &mut buffer);
        while numbers.len() < limit {
            let Some(entry) = entries.next() else { break };
            let Some(entry) = unless_gone(entry)? else {
                break;
            };
            let name = entry.file_name().to_bytes();
            numbers.extend(
                std::str::from_utf8(name)
                    .ok()
                    .and_then(|name| name.parse::<u32>().ok()),
            );
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// The inode of the socket behind a descriptor; `None` when it is something else or closed.
    ///
    /// # Errors
    /// When it may not be read, though the folder may: a process that has more privileges.
    pub fn socket(&self, number: u32) -> Result<Option<u64>, Denied> {
        self.inode(number, b"socket:[")
    }

    /// The inode of the pipe behind a descriptor; `None` when it is something else or closed.
    ///
    /// # Errors
    /// When it may not be read, though the folder may: a process that has more privileges.
    pub fn pipe(&self, number: u32) -> Result<Option<u64>, Denied> {
        self.inode(number, b"pipe:[")
    }

    fn inode(&self, number: u32, kind: &[u8]) -> Result<Option<u64>, Denied> {
        let mut target = [0; 32];
        let name = DecInt::new(number);
        let length = rustix::fs::readlinkat_raw(&self.folder, name, target.as_mut_slice());
        Ok(unless_gone(length)?.and_then(|length| inode(&target[..length], kind)))
    }
}

/// The inode in `socket:[12345]`, of which `kind` is what stands before it.
fn inode(target: &[u8], kind: &[u8]) -> Option<u64> {
    let digits = target.strip_prefix(kind)?.strip_suffix(b"]")?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn unless_gone<T>(result: Result<T, Errno>) -> Result<Option<T>, Denied> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Errno::NOENT | Errno::SRCH) => Ok(None),
        Err(_) => Err(Denied),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::net::TcpListener;
    use std::os::fd::AsRawFd;

    use proptest::prelude::*;

    use super::*;

    fn own() -> Descriptors {
        Descriptors::open(Path::new("/proc"), Pid(std::process::id()))
            .expect("permitted")
            .expect("alive")
    }

    #[test]
    fn descriptors_are_listed_from_anywhere() {
        let files: Vec<File> = (0..600)
            .map(|_| File::open("/dev/null").expect("a file"))
            .collect();
        let middle = u32::try_from(files[300].as_raw_fd()).expect("a descriptor");
        let rest = own().numbers(middle, usize::MAX).expect("permitted");
        assert_eq!(rest.first(), Some(&middle));
        assert!(rest.is_sorted() && rest.len() >= 300);
        let part = own().numbers(middle, 7).expect("permitted");
        assert_eq!(part, rest[..7]);
    }

    #[test]
    fn a_socket_is_told_from_a_file() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let file = File::open("/dev/null").expect("a file");
        let socket = |fd: i32| own().socket(u32::try_from(fd).expect("a descriptor"));
        assert!(socket(listener.as_raw_fd()).is_ok_and(|inode| inode.is_some()));
        assert_eq!(socket(file.as_raw_fd()), Ok(None));
        assert_eq!(socket(i32::MAX), Ok(None));
    }

    #[test]
    fn a_process_that_is_gone_has_none() {
        assert!(matches!(
            Descriptors::open(Path::new("/proc"), Pid(u32::MAX)),
            Ok(None)
        ));
    }

    proptest! {
        #[test]
        fn any_link_is_a_socket_or_not(target: Vec<u8>, inode: u64) {
            for kind in ["socket:[", "pipe:["] {
                let _: Option<u64> = super::inode(&target, kind.as_bytes());
                let link = format!("{kind}{inode}]");
                prop_assert_eq!(super::inode(link.as_bytes(), kind.as_bytes()), Some(inode));
                prop_assert_eq!(super::inode(link.as_bytes(), b"anon_inode:["), None);
            }
        }
    }
}
