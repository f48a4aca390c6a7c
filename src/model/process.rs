//! Who a process is: its identity, its name and what rarely changes about it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A process id, `proc_pid_stat(5)` field 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pid(pub u32);

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A user id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Uid(pub u32);

/// When a process started, as finely as the system tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StartTime {
    /// Clock ticks since boot, `proc_pid_stat(5)` field 22.
    Ticks(u64),
    /// Seconds since 1970, on systems that tell no better.
    EpochSeconds(u64),
    /// It cannot be read (`hidepid=1` of `proc(5)`), and with it nothing that stands in the same
    /// file: the name neither.
    Unknown,
}

/// `USER_HZ`, in which Linux tells times to programs on every machine that it is built for here. A
/// recording may be of another machine than this one.
const TICKS_PER_SECOND: u64 = 100;

impl StartTime {
    /// Time since boot; `None` where it is not counted from there.
    pub fn since_boot(self) -> Option<Duration> {
        match self {
            Self::Ticks(ticks) => {
                let nanos = ticks % TICKS_PER_SECOND * (1_000_000_000 / TICKS_PER_SECOND);
                let seconds = Duration::from_secs(ticks / TICKS_PER_SECOND);
                Some(seconds.saturating_add(Duration::from_nanos(nanos)))
            }
            Self::EpochSeconds(_) | Self::Unknown => None,
        }
    }
}

/// What tells one process from every other: a pid alone is used again after its process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProcessKey {
    /// The process id.
    pub pid: Pid,
    /// When the process with this id started.
    pub start_time: StartTime,
}

/// What stays the same for most of a process's life. Shared: a row holds a reference. By default
/// nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessInfo {
    /// The program's name, see [`program_name`]; replacement characters stand for what is not UTF-8.
    /// Empty where the process gave itself none, and where its start is [`StartTime::Unknown`].
    pub name: String,
    /// The name's bytes, only where they are not UTF-8.
    pub name_bytes: Option<Vec<u8>>,
    /// Arguments, `proc_pid_cmdline(5)`; empty for kernel threads and zombies.
    pub command_line: Vec<String>,
    /// Effective user id; `None` where the system does not tell.
    pub uid: Option<Uid>,
    /// The user's name; `None` where the id has none.
    pub user: Option<String>,
    /// The service or application that the process belongs to, from its cgroup: `sshd.service`.
    pub service: Option<String>,
    /// When it started, on the wall clock.
    pub started: Option<Timestamp>,
    /// Whether it is a thread of the kernel, flag `PF_KTHREAD` of `proc_pid_stat(5)` field 9.
    pub kernel_thread: bool,
}

/// State of a process, `proc_pid_stat(5)` field 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProcessState(pub char);

/// The process that a row is about, borrowed from the row.
#[derive(Clone, Copy, Debug)]
pub struct ProcessRef<'a> {
    /// Who it is.
    pub key: ProcessKey,
    /// What rarely changes about it.
    pub info: &'a Arc<ProcessInfo>,
}

/// The name a person knows a program by, as bytes: the file name of the command line's program,
/// else `comm`.
///
/// `comm` is cut at 15 bytes and threads rename it; `argv[0]` may have been rewritten into a
/// sentence ("sshd: ann \[priv\]") or hold all arguments in one ("/opt/chrome --type=gpu"), so its
/// first word is taken unless `comm` shows that the file name itself has a space.
pub fn program_name<'a>(argv0: &'a [u8], comm: &'a [u8]) -> &'a [u8] {
    let argv0 = argv0.strip_prefix(b"-").unwrap_or(argv0);
    let whole = file_name(argv0);
    if !comm.is_empty() && whole.starts_with(comm) && !whole[comm.len()..].contains(&b' ') {
        return whole;
    }
    let word = argv0.split(|&byte| byte == b' ').next().unwrap_or_default();
    let name = file_name(word);
    let name = name.strip_suffix(b":").unwrap_or(name);
    if name.is_empty() { comm } else { name }
}

fn file_name(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(argv0: &str, comm: &str) -> String {
        String::from_utf8(program_name(argv0.as_bytes(), comm.as_bytes()).to_vec()).expect("UTF-8")
    }

    #[test]
    fn the_program_is_named_as_people_know_it() {
        assert_eq!(name("/usr/bin/python3", "python3"), "python3");
        assert_eq!(
            name("/usr/lib/gnome-terminal-server", "gnome-terminal-"),
            "gnome-terminal-server"
        );
        assert_eq!(name("-bash", "bash"), "bash");
        assert_eq!(name("sshd: ann [priv]", "sshd"), "sshd");
        assert_eq!(name("nginx: worker process", "nginx"), "nginx");
        assert_eq!(
            name("/opt/chrome/chrome --type=gpu --x=/a/b", "chrome"),
            "chrome"
        );
        assert_eq!(name("/opt/My Editor/my editor", "my editor"), "my editor");
        assert_eq!(name("/usr/bin/firefox", "MainThread"), "firefox");
        assert_eq!(name("", "kworker/0:1"), "kworker/0:1");
        assert_eq!(name("/", "odd"), "odd");
        assert_eq!(name("", ""), "");
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_name(argv0: Vec<u8>, comm: Vec<u8>) {
            let name = program_name(&argv0, &comm);
            prop_assert!(!name.is_empty() || comm.is_empty());
        }
    }
}
