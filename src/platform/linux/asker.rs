//! Who asks a probe: the program at the other end of its standard input. Were it stopped, nobody
//! could ask for it to be continued.
//!
//! A pipe is the same at both of its ends, also from one namespace of processes to another, and of a
//! pair of sockets the kernel knows who made it. `sshd(8)` lets nobody see what it has open, but it is
//! what started the probe. The program that asks by way of ssh may be on the same machine, and tells
//! which it is in [`VARIABLE`].

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::path::Path;
use std::sync::OnceLock;

use rustix::fs::{FileType, fstat};
use rustix::process::getppid;

use super::descriptors::{Denied, Descriptors};
use super::process_parse::{self as parse, Units};
use crate::model::process::{Pid, ProcessKey, StartTime};

/// The variable in which a probe is told who asks, as [`own_name`] has it.
pub const VARIABLE: &str = "SYSMON_ASKED_BY";

static ASKER: OnceLock<Asker> = OnceLock::new();
static NAMED: OnceLock<Named> = OnceLock::new();

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

/// Who asks, as its own kernel names it. That of another machine has no process that has this pid and
/// started in the same hundredth of a second after its boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Named {
    /// In the innermost namespace that it is in.
    pid: Pid,
    start: StartTime,
}

/// This program, for [`VARIABLE`]: its pid and its start in clock ticks since boot, `PID:START`. `None`
/// where it cannot tell.
pub fn own_name() -> Option<String> {
    let content = std::fs::read("/proc/self/stat").ok()?;
    let start = parse::stat(&content, Units::of_this_system())?.start_ticks;
    Some(format!("{}:{start}", std::process::id()))
}

/// Whether this process is the program that asks this one.
pub fn asks_this_program(proc: &Path, process: ProcessKey) -> bool {
    let is_behind = || ASKER.get().is_some_and(|it| it.is(proc, process.pid));
    NAMED.get().is_some_and(|it| it.is(proc, process)) || is_behind()
}

impl Named {
    fn parse(name: &str) -> Option<Self> {
        let (pid, start) = name.split_once(':')?;
        Some(Self {
            pid: Pid(pid.parse().ok()?),
            start: StartTime::Ticks(start.parse().ok()?),
        })
    }

    fn is(self, proc: &Path, process: ProcessKey) -> bool {
        process.start_time == self.start && innermost_pid(proc, process.pid) == Some(self.pid)
    }
}

/// The pid that a process has for itself, `NSpid` of `proc_pid_status(5)`; kernels that know no
/// namespaces of pids say none, and it is the same.
fn innermost_pid(proc: &Path, pid: Pid) -> Option<Pid> {
    let status = std::fs::read(proc.join(pid.to_string()).join("status")).ok()?;
    let status = String::from_utf8_lossy(&status);
    let mut lines = status.lines();
    match lines.find_map(|line| line.strip_prefix("NSpid:")) {
        Some(pids) => pids.split_ascii_whitespace().last()?.parse().ok().map(Pid),
        None => Some(pid),
    }
}

impl Asker {
    /// Says that this program does what it is asked on `input`, from now on.
    pub fn is_heard_on(input: impl AsFd) {
        let name = std::env::var(VARIABLE).unwrap_or_default();
        if let Some(named) = Named::parse(&name) {
            let _ = NAMED.set(named);
        }
        if let Some(asker) = Self::behind(input.as_fd()) {
            // Told twice, the first stays right: standard input is one.
            let _ = ASKER.set(asker);
        }
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

    fn is(self, proc: &Path, pid: Pid) -> bool {
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
    use std::io::{BufRead, BufReader};
    use std::os::unix::net::UnixStream;
    use std::process::{Command, Stdio};

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
        let init = Command::new("sleep").arg("1000").spawn();
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
    fn who_asks_is_known_by_its_name() {
        let name = own_name().expect("it is read");
        let named = Named::parse(&name).expect("a name");
        let own = ProcessKey {
            pid: Pid(std::process::id()),
            start_time: named.start,
        };
        assert!(named.is(Path::new("/proc"), own));
        let before = ProcessKey {
            start_time: StartTime::Ticks(1),
            ..own
        };
        let parent = ProcessKey {
            pid: Pid(std::os::unix::process::parent_id()),
            ..own
        };
        for other in [before, parent] {
            assert!(!named.is(Path::new("/proc"), other));
        }
        for no_name in ["", ":", "1", "1:", ":1", "-1:1", "1:1:1", "1:x"] {
            assert_eq!(Named::parse(no_name), None, "{no_name}");
        }
    }

    #[test]
    fn who_asks_may_have_another_pid_for_itself() {
        let proc = tempfile::tempdir().expect("a folder");
        let place = |pid: &str, status: &str| {
            let folder = proc.path().join(pid);
            std::fs::create_dir(&folder).expect("made");
            std::fs::write(folder.join("status"), status).expect("written");
        };
        place("4000", "Name:\tbwrap\nNSpid:\t4000\t2\n");
        let named = Named::parse("2:77").expect("a name");
        let key = |pid| ProcessKey {
            pid: Pid(pid),
            start_time: StartTime::Ticks(77),
        };
        assert!(named.is(proc.path(), key(4000)));
        assert!(!named.is(proc.path(), key(2)), "it is not there");
        // As a kernel without such namespaces has it.
        place("2", "Name:\tsysmon\nPid:\t2\n");
        assert!(named.is(proc.path(), key(2)));
        place("3", "Name:\tsysmon\nPid:\t3\n");
        assert!(!named.is(proc.path(), key(3)));
    }

    #[test]
    fn who_asks_may_be_in_a_namespace_of_pids() {
        let mut apart = Command::new("unshare");
        if !rustix::process::geteuid().is_root() {
            apart.args(["--user", "--map-root-user"]);
        }
        apart.args(["--pid", "--fork", "sh", "-c", "echo $$; exec cat"]);
        apart.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut apart = apart.spawn().expect("unshare(1)");
        let mut said = String::new();
        let output = apart.stdout.take().expect("a pipe");
        BufReader::new(output).read_line(&mut said).expect("read");
        if said.is_empty() {
            eprintln!("namespaces are not allowed");
        } else {
            let children = format!("/proc/{0}/task/{0}/children", apart.id());
            let children = std::fs::read_to_string(children).expect("it runs");
            let pid = Pid(children.trim().parse().expect("one child"));
            let innermost = innermost_pid(Path::new("/proc"), pid);
            assert_eq!(innermost.expect("it runs").to_string(), said.trim());
            assert_ne!(innermost, Some(pid));
        }
        // Its input ends.
        apart.wait().expect("ended");
    }

    #[test]
    fn a_file_asks_nothing() {
        let file = File::open("/dev/null").expect("there");
        assert_eq!(Asker::behind(file.as_fd()), None);
        let internet = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        assert_eq!(Asker::behind(internet.as_fd()), None);
    }
}
