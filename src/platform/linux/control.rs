//! Signals to processes that were chosen, and their priority.
//!
//! A process is held by a pidfd, `pidfd_open(2)`, which stays with it when its pid passes on to
//! another. Whether the pidfd is of the process that was meant is asked after it was opened: while
//! that process has not ended, its pid is nobody else's, so what `stat` says then is about it.

use std::collections::HashSet;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::process::{
    Pid as RawPid, PidfdFlags, Signal, getpriority_process, pidfd_open, pidfd_send_signal,
    setpriority_process,
};

use super::asker;
use super::proc_root::shows_own_pids;
use super::process_files::{ProcessFiles, Unread};
use super::process_list::ProcessList;
use super::process_parse::{self as parse, Units};
use crate::model::action::{Acted, Action, Nice, Outcome, Refused};
use crate::model::process::{Pid, ProcessKey, StartTime};
use crate::platform::PlatformError;

/// A process that starts threads faster than they can be listed is given up after so many lists.
const MOST_LISTS: usize = 64;

/// Holds the processes that were chosen.
pub struct Control {
    proc: PathBuf,
    files: Option<ProcessFiles>,
    threads: ProcessList,
    chosen: Vec<Chosen>,
}

struct Chosen {
    process: ProcessKey,
    /// It, or why it cannot be acted on.
    held: Result<Held, Outcome>,
}

struct Held {
    handle: OwnedFd,
    kernel_thread: bool,
}

impl Control {
    /// Nothing is chosen yet. `proc` is the folder of processes.
    pub fn new(proc: &Path) -> Self {
        Self {
            proc: proc.to_owned(),
            files: None,
            threads: ProcessList::default(),
            chosen: Vec::new(),
        }
    }

    /// Holds these instead of those that were chosen before. Returns the ones that cannot be held.
    ///
    /// # Errors
    /// When the folder of processes cannot be read.
    pub fn choose(&mut self, processes: &[ProcessKey]) -> Result<Vec<Acted>, PlatformError> {
        self.chosen.clear();
        let files = match &mut self.files {
            Some(files) => files,
            none => none.insert(ProcessFiles::open(&self.proc)?),
        };
        let own = shows_own_pids(files);
        for &process in processes {
            let held = if own {
                hold(files, process)
            } else {
                Err(Outcome::Unsupported)
            };
            self.chosen.push(Chosen { process, held });
        }
        let refused = self.chosen.iter().filter_map(|chosen| {
            Some(Acted {
                process: chosen.process,
                outcome: chosen.held.as_ref().err()?.clone(),
            })
        });
        Ok(refused.collect())
    }

    /// Acts on those that were chosen. Returns what came of each.
    pub fn act(&mut self, action: Action) -> Vec<Acted> {
        let Some(files) = &mut self.files else {
            return Vec::new();
        };
        let (threads, chosen) = (&mut self.threads, &self.chosen);
        let act = |chosen: &Chosen| Acted {
            process: chosen.process,
            outcome: match &chosen.held {
                Ok(held) => act_on(files, threads, chosen.process, held, action),
                Err(outcome) => outcome.clone(),
            },
        };
        chosen.iter().map(act).collect()
    }
}

fn hold(files: &mut ProcessFiles, process: ProcessKey) -> Result<Held, Outcome> {
    let StartTime::Ticks(ticks) = process.start_time else {
        // Where its start is denied nothing tells it from the next process with its pid.
        return Err(match process.start_time {
            StartTime::Unknown => Outcome::NotPermitted,
            _ => Outcome::Unsupported,
        });
    };
    let pid = raw(process.pid).ok_or(Outcome::Gone)?;
    let handle = match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(handle) => handle,
        // The pid is that of a thread; Linux says so by the one or the other.
        Err(Errno::INVAL | Errno::NOENT) => return Err(Outcome::Gone),
        Err(Errno::NOSYS) => return Err(Outcome::Unsupported),
        Err(error) => return Err(outcome(error)),
    };
    let content = files.read(process.pid, "stat").map_err(unread)?;
    let stat = parse::stat(content.bytes, Units::of_this_system());
    let stat = stat.filter(|stat| stat.start_ticks == ticks);
    let kernel_thread = stat.ok_or(Outcome::Gone)?.kernel_thread;
    if has_ended(&handle)? {
        return Err(Outcome::Gone);
    }
    Ok(Held {
        handle,
        kernel_thread,
    })
}

fn act_on(
    files: &ProcessFiles,
    threads: &mut ProcessList,
    process: ProcessKey,
    held: &Held,
    action: Action,
) -> Outcome {
    let is_asker = || asker::asks_this_program(files.root(), process);
    let refused = refused(process.pid, held.kernel_thread, is_asker, action);
    match has_ended(&held.handle) {
        Ok(false) => {}
        // Who asks may have its pid by now.
        Ok(true) => return Outcome::Gone,
        Err(outcome) => return outcome,
    }
    if let Some(refused) = refused {
        return Outcome::Refused(refused);
    }
    let done = match action {
        Action::End => send(&held.handle, Signal::TERM),
        Action::Kill => send(&held.handle, Signal::KILL),
        Action::Stop => send(&held.handle, Signal::STOP),
        Action::Continue => send(&held.handle, Signal::CONT),
        Action::SetNice(nice) => set_nice(files, threads, process.pid, &held.handle, nice),
    };
    done.unwrap_or_else(|outcome| outcome)
}

/// Why this is not done to this process. `is_asker` tells whether it is the program that asks for it.
fn refused(
    pid: Pid,
    kernel_thread: bool,
    is_asker: impl Fn() -> bool,
    action: Action,
) -> Option<Refused> {
    match action {
        Action::SetNice(_) => None,
        _ if kernel_thread => Some(Refused::KernelThread),
        _ if pid == Pid(1) => Some(Refused::FirstProcess),
        Action::Kill | Action::Stop => {
            let is_own = pid == Pid(std::process::id()) || is_asker();
            is_own.then_some(Refused::Itself)
        }
        Action::End | Action::Continue => None,
    }
}

fn send(handle: &OwnedFd, signal: Signal) -> Result<Outcome, Outcome> {
    // One that nobody has waited for yet takes signals and does nothing about them.
    if has_ended(handle)? {
        return Ok(Outcome::Gone);
    }
    pidfd_send_signal(handle, signal).map_err(outcome)?;
    Ok(Outcome::Done)
}

/// Gives every thread the priority: `setpriority(2)` changes only one, and knows threads by their
/// numbers alone. A new thread has the priority of the one that started it, so a list in which all
/// had it already is the last.
fn set_nice(
    files: &ProcessFiles,
    list: &mut ProcessList,
    pid: Pid,
    handle: &OwnedFd,
    nice: Nice,
) -> Result<Outcome, Outcome> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let tasks = openat(files.folder(), format!("{pid}/task"), flags, Mode::empty());
    let tasks = tasks.map_err(|error| unread(error.into()))?;
    let mut threads = Vec::new();
    let mut denied = HashSet::new();
    let mut changed = 0;
    for _ in 0..MOST_LISTS {
        // The folder is of the process that the handle is of: neither has ended.
        if has_ended(handle)? {
            return Ok(Outcome::Gone);
        }
        list.read(tasks.as_fd(), &mut threads)
            .map_err(|error| unread(error.into()))?;
        changed = 0;
        for &thread in &threads {
            let id = raw(Pid(thread));
            if denied.contains(&thread) || getpriority_process(id) == Ok(nice.value()) {
                continue;
            }
            match setpriority_process(id, nice.value()) {
                Ok(()) => changed += 1,
                // It ended.
                Err(Errno::SRCH) => {}
                Err(Errno::PERM | Errno::ACCESS) => {
                    denied.insert(thread);
                }
                Err(error) => return Err(outcome(error)),
            }
        }
        if changed == 0 {
            break;
        }
    }
    if has_ended(handle)? {
        return Ok(Outcome::Gone);
    }
    let without = threads.iter().filter(|thread| denied.contains(thread));
    Ok(verdict(threads.len(), without.count(), changed))
}

/// What came of `all` threads of which so many may not be changed, and so many were changed last.
fn verdict(all: usize, denied: usize, changed: usize) -> Outcome {
    if changed == 0 && denied == 0 {
        Outcome::Done
    } else if denied == all {
        Outcome::NotPermitted
    } else {
        Outcome::Partly {
            done: (all - denied) as u64,
            threads: all as u64,
        }
    }
}

/// Whether all threads of the process ended: a pidfd can be read then.
fn has_ended(handle: &OwnedFd) -> Result<bool, Outcome> {
    let mut asked = [PollFd::new(handle, PollFlags::IN)];
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    loop {
        match poll(&mut asked, Some(&at_once)) {
            Ok(ready) => return Ok(ready > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(outcome(error)),
        }
    }
}

fn raw(pid: Pid) -> Option<RawPid> {
    i32::try_from(pid.0)
        .ok()
        .filter(|&pid| pid > 0)
        .and_then(RawPid::from_raw)
}

fn outcome(error: Errno) -> Outcome {
    match error {
        Errno::SRCH => Outcome::Gone,
        Errno::PERM | Errno::ACCESS => Outcome::NotPermitted,
        error => Outcome::Failed(io::Error::from(error).to_string()),
    }
}

fn unread(why: Unread) -> Outcome {
    match why {
        Unread::Gone => Outcome::Gone,
        Unread::Denied => Outcome::NotPermitted,
        Unread::Failed(error) => outcome(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_do_harm_or_nothing_is_refused() {
        let own = Pid(std::process::id());
        let other = Pid(own.0 + 1);
        let of_other = |pid, kernel, action| refused(pid, kernel, || false, action);
        let of_asker = |action| refused(other, false, || true, action);
        let signals = [Action::End, Action::Kill, Action::Stop, Action::Continue];
        for signal in signals {
            assert_eq!(of_other(other, false, signal), None);
            assert_eq!(of_other(other, true, signal), Some(Refused::KernelThread));
            assert_eq!(of_other(Pid(1), false, signal), Some(Refused::FirstProcess));
        }
        assert_eq!(of_other(own, false, Action::End), None);
        assert_eq!(of_other(own, false, Action::Stop), Some(Refused::Itself));
        assert_eq!(of_other(own, false, Action::Kill), Some(Refused::Itself));
        assert_eq!(of_asker(Action::Stop), Some(Refused::Itself));
        assert_eq!(of_asker(Action::Kill), Some(Refused::Itself));
        assert_eq!(of_asker(Action::End), None);
        let nice = Action::SetNice(Nice::NORMAL);
        assert_eq!(of_other(Pid(1), true, nice), None);
    }

    #[test]
    fn threads_that_may_not_be_changed_are_counted() {
        assert_eq!(verdict(3, 0, 0), Outcome::Done);
        assert_eq!(verdict(3, 3, 0), Outcome::NotPermitted);
        let partly = |done, threads| Outcome::Partly { done, threads };
        assert_eq!(verdict(3, 1, 0), partly(2, 3));
        assert_eq!(verdict(3, 0, 1), partly(3, 3));
    }

    #[test]
    fn a_process_of_a_captured_tree_or_of_no_pid_is_nobody() {
        let tree = tempfile::tempdir().expect("a folder");
        let key = |pid| ProcessKey {
            pid: Pid(pid),
            start_time: StartTime::Ticks(1),
        };
        let mut captured = Control::new(tree.path());
        let refused = captured.choose(&[key(7)]).expect("a folder");
        assert_eq!(refused[0].outcome, Outcome::Unsupported);
        assert_eq!(captured.act(Action::Kill)[0].outcome, Outcome::Unsupported);

        let mut live = Control::new("/proc".as_ref());
        let odd = [key(0), key(u32::MAX), key(1 << 31)];
        let refused = live.choose(&odd).expect("a folder");
        assert_eq!(refused.len(), odd.len());
        assert!(refused.iter().all(|it| it.outcome == Outcome::Gone));
    }
}
