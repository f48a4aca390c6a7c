//! Reading one process, and of it only what can have changed.

use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::Duration;

use super::Roots;
use super::cpu_clock::process_cpu_time;
use super::proc_root::CpuClocks;
use super::process_files::{Gone, ProcessFiles, Unread};
use super::process_info::{Facts, InfoReader};
use super::process_parse::{self as parse, Units};
use crate::model::process::{Pid, ProcessInfo, ProcessKey, StartTime, Uid};
use crate::platform::{IoCounters, PlatformError, ProcessCounters, Want};

/// What is remembered of a process beside its counters.
#[derive(Debug, Default)]
pub struct Memory {
    /// Its CPU clock when `stat` was last read.
    clock: Option<Duration>,
    /// What `io` said when it was last read.
    io: Option<IoCounters>,
    /// What `io` of its only thread said then.
    thread_io: Option<IoCounters>,
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
    info: InfoReader,
    units: Units,
    cpu_clocks: CpuClocks,
    nobody: Arc<ProcessInfo>,
}

impl ProcessReader {
    /// Opens the folder of processes.
    ///
    /// # Errors
    /// When there is none or it may not be read.
    pub fn open(roots: &Roots) -> Result<Self, PlatformError> {
        let mut files = ProcessFiles::open(&roots.proc)?;
        let cpu_clocks = CpuClocks::of(&mut files);
        let units = Units::of_this_system();
        let captured = cpu_clocks == CpuClocks::Captured;
        Ok(Self {
            info: InfoReader::new(&roots.etc, &mut files, units, captured),
            files,
            units,
            cpu_clocks,
            nobody: Arc::default(),
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

    /// What rarely changes about processes.
    pub fn info(&mut self) -> &mut InfoReader {
        &mut self.info
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
            thread_io: None,
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
        counters.thread_io = memory.thread_io.filter(|_| want.io);
        match (another, moved) {
            (true, _) => Found::Another,
            _ if state(counters) == Some('Z') && before != Some('Z') => Found::Ended,
            (_, true) => Found::Ran,
            (_, false) => Found::Unmoved,
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
        // A zombie has no program any more, but people look for the one it was. Only its name is
        // left, and tells when it was yet another one than was seen last.
        let changed = memory.image.as_ref().is_none_or(|image| {
            image.comm != parsed.comm
                || (!ended && (image.stack != parsed.stack || image.owner != content.owner))
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
            counters.info = Arc::new(self.info.read(&mut self.files, pid, &image.comm, facts)?);
            memory.image = Some(image);
        }
        Ok(replaced)
    }

    /// A process of which only the folder may be seen.
    fn hide(&mut self, counters: &mut ProcessCounters) -> Result<(), Gone> {
        counters.stat = None;
        counters.children_cpu_time = None;
        if counters.info.uid.is_none() {
            let info = Arc::make_mut(&mut counters.info);
            self.info
                .read_user(&mut self.files, counters.key.pid, info)?;
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
        // Read after the whole, of which it is a part.
        memory.thread_io = match memory.io {
            Some(_) if reaped_with_one_thread(counters) => self.read_thread_io(counters.key.pid),
            _ => None,
        };
        memory.io_clock = clock;
        Ok(())
    }

    /// A captured tree may lack the folders of threads: then nothing is known of them.
    fn read_thread_io(&mut self, pid: Pid) -> Option<IoCounters> {
        let file = self.files.read_path(format_args!("{pid}/task/{pid}/io"));
        parse::io(file.ok()?.bytes)
    }
}

/// Whether its `io` holds what others did, and that of its thread all that it did itself.
fn reaped_with_one_thread(counters: &ProcessCounters) -> bool {
    let threads = counters.stat.and_then(|stat| stat.threads);
    threads == Some(1)
        && counters
            .children_cpu_time
            .is_some_and(|time| !time.is_zero())
}
