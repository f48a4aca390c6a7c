//! Reading one process, and of it only what can have changed.

use std::borrow::Cow;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustix::fs::{PROC_SUPER_MAGIC, fstatfs};

use super::cpu_clock::process_cpu_time;
use super::process_files::{ProcessFiles, Unread};
use super::process_parse::{self as parse, ParsedStat, Units};
use super::users::Users;
use super::{Roots, clocks};
use crate::model::process::{Pid, ProcessInfo, ProcessKey, StartTime, Uid, program_name};
use crate::platform::{IoCounters, PlatformError, ProcessCounters, Want};

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

/// What is remembered of a process beside its counters.
#[derive(Debug, Default)]
pub struct Memory {
    /// Its CPU clock when `stat` was last read.
    clock: Option<Duration>,
    /// What `io` said when it was last read.
    io: Option<IoCounters>,
    /// Its CPU clock when `io` was last read.
    io_clock: Option<Duration>,
    /// How reading `io` went.
    pub io_access: Access,
    /// How reading `stat` went.
    pub stat_access: Access,
    /// What `stat` said last of who runs what.
    image: Option<Image>,
}

/// How reading a file of a process went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// It was read, or was not tried.
    #[default]
    Allowed,
    /// The kernel denies it to this user.
    Denied,
    /// There is no such file.
    Missing,
    /// Its content cannot be understood.
    Malformed,
}

/// What changes when a process executes another program or becomes another user.
#[derive(Debug, PartialEq, Eq)]
struct Image {
    comm: Vec<u8>,
    stack: u64,
    owner: Uid,
}

/// What a reading found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It has not run since it was last read.
    Unmoved,
    /// It has run, or is new, or may have run.
    Ran,
    /// The pid belongs to another process now.
    Another,
    /// It ended: nobody waits for it yet.
    Ended,
    /// It is not there any more.
    Gone,
}

/// Reads processes one at a time.
pub struct ProcessReader {
    files: ProcessFiles,
    users: Users,
    units: Units,
    cpu_clocks: CpuClocks,
    /// When the captured machine was started, in seconds since 1970.
    boot_second: Option<i64>,
    nobody: Arc<ProcessInfo>,
}

impl ProcessReader {
    /// Opens the folder of processes.
    ///
    /// # Errors
    /// When there is none or it may not be read.
    pub fn open(roots: &Roots) -> Result<Self, PlatformError> {
        let mut files = ProcessFiles::open(&roots.proc)?;
        let cpu_clocks = cpu_clocks(&mut files);
        Ok(Self {
            boot_second: boot_second(&mut files),
            files,
            users: Users::new(&roots.etc),
            units: Units::of_this_system(),
            cpu_clocks,
            nobody: Arc::new(ProcessInfo {
                name: String::new(),
                name_bytes: None,
                command_line: Vec::new(),
                uid: None,
                user: None,
                service: None,
                started: None,
                kernel_thread: false,
            }),
        })
    }

    /// Where CPU time is read.
    pub fn cpu_clocks(&self) -> CpuClocks {
        self.cpu_clocks
    }

    /// The folder of processes.
    pub fn folder(&self) -> BorrowedFd<'_> {
        self.files.folder()
    }

    /// The files in it.
    pub fn files(&mut self) -> &mut ProcessFiles {
        &mut self.files
    }

    /// Units of `stat`.
    pub fn units(&self) -> Units {
        self.units
    }

    /// The counters of a process of which nothing is known yet.
    pub fn unread(&self, pid: Pid) -> ProcessCounters {
        ProcessCounters {
            key: ProcessKey {
                pid,
                start_time: StartTime::Unknown,
            },
            info: Arc::clone(&self.nobody),
            cpu_time: None,
            children_cpu_time: None,
            stat: None,
            io: None,
        }
    }

    /// Whether there is still a process with this pid.
    pub fn exists(&self, pid: Pid) -> bool {
        match self.cpu_clocks {
            CpuClocks::Own => process_cpu_time(pid).is_some(),
            CpuClocks::Unavailable | CpuClocks::Captured => self.files.uid(pid).is_ok(),
        }
    }

    /// Brings the counters of a process up to date. `due` reads `stat` of an unmoved one too.
    pub fn read(
        &mut self,
        counters: &mut ProcessCounters,
        memory: &mut Memory,
        want: Want,
        due: bool,
    ) -> Found {
        let pid = counters.key.pid;
        let clock = match self.cpu_clocks {
            CpuClocks::Own => match process_cpu_time(pid) {
                None => return Found::Gone,
                running => running,
            },
            CpuClocks::Unavailable | CpuClocks::Captured => None,
        };
        let mut another = false;
        if clock < memory.clock {
            another = true;
            self.forget(counters, memory);
        }
        let moved = clock.is_none() || clock != memory.clock;
        let state = |counters: &ProcessCounters| counters.stat.map(|stat| stat.state.0);
        let before = state(counters);
        if moved || due {
            match self.read_stat(counters, memory) {
                Err(Gone) => return Found::Gone,
                Ok(replaced) => another |= replaced,
            }
            memory.clock = clock;
            if clock.is_some() {
                counters.cpu_time = clock;
            }
        }
        if want.io && self.read_io(counters, memory, clock).is_err() {
            return Found::Gone;
        }
        counters.io = memory.io.filter(|_| want.io);
        match (another, moved) {
            (true, _) => Found::Another,
            _ if state(counters) == Some('Z') && before != Some('Z') => Found::Ended,
            (_, true) => Found::Ran,
            (_, false) => Found::Unmoved,
        }
    }

    /// Takes in names of users that came to be known. Tells whether any may have changed.
    pub fn refresh_users(&mut self) -> bool {
        self.users.refresh()
    }

    /// Gives the process's user the name that is known by now.
    pub fn rename_user(&mut self, counters: &mut ProcessCounters) {
        let user = counters.info.uid.and_then(|uid| self.users.name(uid));
        if user != counters.info.user.as_deref() {
            let user = user.map(str::to_owned);
            Arc::make_mut(&mut counters.info).user = user;
        }
    }

    fn forget(&self, counters: &mut ProcessCounters, memory: &mut Memory) {
        *counters = self.unread(counters.key.pid);
        *memory = Memory::default();
    }

    /// Tells whether the pid belongs to another process than before.
    fn read_stat(
        &mut self,
        counters: &mut ProcessCounters,
        memory: &mut Memory,
    ) -> Result<bool, Gone> {
        let pid = counters.key.pid;
        let content = match self.files.read(pid, "stat") {
            Ok(content) => content,
            Err(Unread::Gone) => return Err(Gone),
            Err(Unread::Denied | Unread::Failed(_)) => {
                memory.stat_access = Access::Denied;
                self.hide(counters)?;
                return Ok(false);
            }
        };
        let Some(parsed) = parse::stat(content.bytes, self.units) else {
            memory.stat_access = Access::Malformed;
            self.hide(counters)?;
            return Ok(false);
        };
        let start_time = StartTime::Ticks(parsed.start_ticks);
        let replaced = memory.image.is_some() && counters.key.start_time != start_time;
        if replaced {
            *memory = Memory::default();
        }
        let ended = matches!(parsed.shown.state.0, 'Z' | 'X');
        memory.stat_access = Access::Allowed;
        // A zombie has no program any more, but people look for the one it was.
        let changed = memory.image.as_ref().is_none_or(|image| {
            !ended
                && (image.comm != parsed.comm
                    || image.stack != parsed.stack
                    || image.owner != content.owner)
        });
        counters.key.start_time = start_time;
        counters.stat = Some(parsed.shown);
        counters.children_cpu_time = parsed.children_cpu_time;
        if self.cpu_clocks != CpuClocks::Own {
            counters.cpu_time = Some(parsed.cpu_time);
        }
        if changed {
            let owner = content.owner;
            if memory
                .image
                .as_ref()
                .is_none_or(|image| image.owner != owner)
            {
                memory.io_access = Access::Allowed;
                memory.io_clock = None;
            }
            let image = Image {
                comm: parsed.comm.to_owned(),
                stack: parsed.stack,
                owner,
            };
            let facts = Facts::of(&parsed);
            counters.info = Arc::new(self.read_info(pid, &image.comm, facts)?);
            memory.image = Some(image);
        }
        Ok(replaced)
    }

    /// A process of which only the folder may be seen.
    fn hide(&mut self, counters: &mut ProcessCounters) -> Result<(), Gone> {
        counters.stat = None;
        counters.children_cpu_time = None;
        if counters.info.uid.is_none() {
            let uid = self.uid(counters.key.pid)?;
            let info = Arc::make_mut(&mut counters.info);
            info.uid = uid;
            info.user = uid.and_then(|uid| self.users.name(uid)).map(str::to_owned);
        }
        Ok(())
    }

    fn read_io(
        &mut self,
        counters: &ProcessCounters,
        memory: &mut Memory,
        clock: Option<Duration>,
    ) -> Result<(), Gone> {
        let read_already = clock.is_some() && clock == memory.io_clock;
        if counters.stat.is_none() || memory.io_access == Access::Denied || read_already {
            return Ok(());
        }
        memory.io = match self.files.read(counters.key.pid, "io") {
            Ok(content) => {
                let io = parse::io(content.bytes);
                memory.io_access = if io.is_some() {
                    Access::Allowed
                } else {
                    Access::Malformed
                };
                io
            }
            Err(Unread::Gone) => {
                // A kernel without CONFIG_TASK_IO_ACCOUNTING lacks only the file.
                if !self.exists(counters.key.pid) {
                    return Err(Gone);
                }
                memory.io_access = Access::Missing;
                None
            }
            Err(Unread::Denied) => {
                memory.io_access = Access::Denied;
                None
            }
            Err(Unread::Failed(_)) => None,
        };
        memory.io_clock = clock;
        Ok(())
    }

    fn read_info(&mut self, pid: Pid, comm: &[u8], facts: Facts) -> Result<ProcessInfo, Gone> {
        let mut arguments: Vec<Vec<u8>> = Vec::new();
        let mut service = None;
        if !facts.kernel_thread {
            if let Some(content) = present(self.files.read(pid, "cmdline"))? {
                arguments = split_arguments(content.bytes);
            }
            // A kernel without control groups lacks only the file.
            if let Ok(content) = self.files.read(pid, "cgroup") {
                service = super::cgroup::service(content.bytes);
            }
        }
        let name = program_name(arguments.first().map_or(&[][..], Vec::as_slice), comm);
        let uid = self.uid(pid)?;
        let displayed = String::from_utf8_lossy(name);
        Ok(ProcessInfo {
            name_bytes: matches!(displayed, Cow::Owned(_)).then(|| name.to_owned()),
            name: displayed.into_owned(),
            command_line: arguments
                .iter()
                .map(|argument| String::from_utf8_lossy(argument).into_owned())
                .collect(),
            uid,
            user: uid.and_then(|uid| self.users.name(uid)).map(str::to_owned),
            service,
            started: self.started(facts.start_ticks),
            kernel_thread: facts.kernel_thread,
        })
    }

    /// The effective user. The files of a captured tree belong to whoever keeps it, so there
    /// `status` is asked.
    fn uid(&mut self, pid: Pid) -> Result<Option<Uid>, Gone> {
        if self.cpu_clocks != CpuClocks::Captured {
            return present(self.files.uid(pid));
        }
        Ok(present(self.files.read(pid, "status"))?.and_then(|status| effective_uid(status.bytes)))
    }

    fn started(&self, ticks: u64) -> Option<Timestamp> {
        let after_boot = self.units.time(ticks);
        if self.cpu_clocks == CpuClocks::Captured {
            let boot = Timestamp::from_second(self.boot_second?).ok()?;
            return boot.checked_add(after_boot).ok();
        }
        let age = clocks::since_boot().saturating_sub(after_boot);
        Timestamp::now().checked_sub(age).ok()
    }
}

/// It ended in the midst of being read: no error, it happens at every refresh.
struct Gone;

/// What `read_info` needs of `stat`, whose buffer it uses again.
#[derive(Clone, Copy)]
struct Facts {
    start_ticks: u64,
    kernel_thread: bool,
}

impl Facts {
    fn of(stat: &ParsedStat<'_>) -> Self {
        Self {
            start_ticks: stat.start_ticks,
            kernel_thread: stat.kernel_thread,
        }
    }
}

/// What may not be read is absent.
fn present<T>(read: Result<T, Unread>) -> Result<Option<T>, Gone> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(Unread::Gone) => Err(Gone),
        Err(Unread::Denied | Unread::Failed(_)) => Ok(None),
    }
}

/// Splits `proc_pid_cmdline(5)`. Programs that write their title over it leave zeros at its end.
fn split_arguments(bytes: &[u8]) -> Vec<Vec<u8>> {
    let end = bytes
        .iter()
        .rposition(|&byte| byte != 0)
        .map_or(0, |last| last + 1);
    if end == 0 {
        return Vec::new();
    }
    bytes[..end]
        .split(|&byte| byte == 0)
        .map(<[u8]>::to_vec)
        .collect()
}

/// The second number of the line `Uid:` of `proc_pid_status(5)`.
fn effective_uid(status: &[u8]) -> Option<Uid> {
    let line = status
        .split(|&byte| byte == b'\n')
        .find_map(|line| line.strip_prefix(b"Uid:"))?;
    let line = std::str::from_utf8(line).ok()?;
    line.split_ascii_whitespace().nth(1)?.parse().ok().map(Uid)
}

/// Field `btime` of `proc_stat(5)`.
fn boot_second(files: &mut ProcessFiles) -> Option<i64> {
    let content = files.read_path(format_args!("stat")).ok()?;
    let mut lines = content.bytes.split(|&byte| byte == b'\n');
    let value = lines.find_map(|line| line.strip_prefix(b"btime "))?;
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}

/// A clock is asked for by pid, so the pids must be those of this program's own namespace:
/// `NSpid` of `proc_pid_status(5)` lists ours in every namespace from that of the mount down to
/// ours.
fn cpu_clocks(files: &mut ProcessFiles) -> CpuClocks {
    let live = fstatfs(files.folder()).is_ok_and(|system| system.f_type == PROC_SUPER_MAGIC);
    if !live {
        return CpuClocks::Captured;
    }
    let own = Pid(std::process::id());
    let same_namespace = files
        .read_path(format_args!("self/status"))
        .is_ok_and(|status| only_pid(status.bytes) == Some(own));
    if same_namespace && process_cpu_time(own).is_some() {
        CpuClocks::Own
    } else {
        CpuClocks::Unavailable
    }
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
    fn arguments_end_at_zeros_and_may_be_empty() {
        let split = |bytes: &[u8]| split_arguments(bytes);
        assert_eq!(split(b"a\0\0b c\0"), [&b"a"[..], b"", b"b c"]);
        assert_eq!(split(b"title\0\0\0"), [b"title"]);
        assert!(split(b"").is_empty() && split(b"\0\0").is_empty());
    }

    #[test]
    fn clocks_are_asked_only_for_pids_of_this_namespace() {
        assert_eq!(only_pid(b"Pid:\t7\nNSpid:\t7\n"), Some(Pid(7)));
        assert_eq!(only_pid(b"Pid:\t7\nNSpid:\t7\t1\n"), None);
        assert_eq!(only_pid(b"Pid:\t7\n"), Some(Pid(7)));
        assert_eq!(only_pid(b""), None);
        let mut live = ProcessFiles::open("/proc".as_ref()).expect("opens");
        assert_eq!(cpu_clocks(&mut live), CpuClocks::Own);
        let tree = tempfile::tempdir().expect("a folder");
        let mut captured = ProcessFiles::open(tree.path()).expect("opens");
        assert_eq!(cpu_clocks(&mut captured), CpuClocks::Captured);
    }

    proptest! {
        #[test]
        fn no_content_panics(bytes: Vec<u8>) {
            split_arguments(&bytes);
            effective_uid(&bytes);
            only_pid(&bytes);
        }
    }
}
