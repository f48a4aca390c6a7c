//! Who asks a probe: the program at the other end of its standard input. Were it stopped, nobody
//! could ask for it to be continued.
//!
//! A pipe is the same at both of its ends, also from one namespace of processes to another, and of a
//! pair of sockets the kernel knows who made it. `sshd(8)` lets nobody see what it has open, but it is
//! what started the probe.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::path::Path;
use std::sync::OnceLock;

use rustix::fs::{FileType, fstat};
use rustix::process::getppid;

use super::descriptors::{Denied, Descriptors};
use crate::model::process::Pid;

static ASKER: OnceLock<Asker> = OnceLock::new();

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asker(Link);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// Whoever else has the pipe of this inode.
    Pipe(u64),
    /// Whoever made this socket and its peer.
    Socket(Pid),
}

impl Asker {
    /// Says that this program does what it is asked on `input`, from now on.
    pub fn is_heard_on(input: impl AsFd) {
        if let Some(asker) = Self::behind(input.as_fd()) {
            // Told twice, the first stays right: standard input is one.
            let _ = ASKER.set(asker);
        }
    }

    /// Whoever asks this program; `None` where nobody does, or nothing tells who.
    pub fn of_this_program() -> Option<Self> {
        ASKER.get().copied()
    }

    fn behind(input: BorrowedFd<'_>) -> Option<Self> {
        let stat = fstat(input).ok()?;
        let link = match FileType::from_raw_mode(stat.st_mode) {
            FileType::Fifo => Link::Pipe(stat.st_ino),
            FileType::Socket => Link::Socket(peer(input).ok()??),
            _ => return None,
        };
        Some(Self(link))
    }

    /// Whether it is this process.
    pub fn is(self, proc: &Path, pid: Pid) -> bool {
        match self.0 {
            Link::Socket(maker) => maker == pid,
            Link::Pipe(inode) => has_pipe(proc, pid, inode).unwrap_or_else(|Denied| is_parent(pid)),
        }
    }
}

fn is_parent(pid: Pid) -> bool {
    let parent = getppid().map(|parent| parent.as_raw_pid().unsigned_abs());
    parent == Some(pid.0)
}

fn has_pipe(proc: &Path, pid: Pid, inode: u64) -> Result<bool, Denied> {
    let Some(descriptors) = Descriptors::open(proc, pid)? else {
        return Ok(false);
    };
    for number in descriptors.numbers(0, usize::MAX)? {
        if descriptors.pipe(number)? == Some(inode) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The process that made a pair of sockets, `SO_PEERCRED` of `unix(7)`; `None` where it has no pid
/// here.
fn peer(socket: BorrowedFd<'_>) -> io::Result<Option<Pid>> {
    let mut peer = libc::ucred {
        pid: 0,
        uid: 0,
        gid: 0,
    };
    let mut length = libc::socklen_t::try_from(size_of_val(&peer)).map_err(io::Error::other)?;
    // SAFETY: the kernel writes no more than `length` bytes, which is the size of what it points to,
    // and any bytes are a valid `ucred`.
    let status = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut peer).cast(),
            &raw mut length,
        )
    };
    if status != 0 {
        return Err(io::Error::last_os_error());
    }
    let pid = u32::try_from(peer.pid).ok().filter(|&pid| pid > 0);
    Ok(pid.map(Pid))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::net::UnixStream;

    use super::*;

    fn is_own(asker: Asker) -> bool {
        asker.is(Path::new("/proc"), Pid(std::process::id()))
    }

    #[test]
    fn the_other_end_of_a_pipe_is_whoever_has_it() {
        let (input, output) = io::pipe().expect("a pipe");
        let asker = Asker::behind(input.as_fd()).expect("a pipe");
        drop(input);
        assert!(is_own(asker));
        let init = std::process::Command::new("sleep").arg("1000").spawn();
        let mut other = init.expect("sleep(1)");
        assert!(!asker.is(Path::new("/proc"), Pid(other.id())));
        drop(output);
        assert!(!is_own(asker));
        other.kill().expect("killed");
        other.wait().expect("ended");
        assert!(!asker.is(Path::new("/proc"), Pid(other.id())));
    }

    #[test]
    fn the_other_end_of_a_pair_of_sockets_is_whoever_made_it() {
        let (input, _output) = UnixStream::pair().expect("a pair");
        let asker = Asker::behind(input.as_fd()).expect("a pair");
        assert!(is_own(asker));
        assert!(!asker.is(Path::new("/proc"), Pid(1)));
    }

    #[test]
    fn a_file_asks_nothing() {
        let file = File::open("/dev/null").expect("there");
        assert_eq!(Asker::behind(file.as_fd()), None);
        let internet = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        assert_eq!(Asker::behind(internet.as_fd()), None);
    }
}
