//! What is read only for the one process a person looks at, or for the rows on screen.

use std::ffi::OsString;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;
use std::time::Duration;

use rustix::fs::{Mode, OFlags, openat, readlinkat};

use super::process_files::ProcessFiles;
use super::process_list::ProcessList;
use super::process_parse::{self as parse, Units};
use crate::model::process::{Pid, ProcessKey, StartTime};
use crate::model::units::Bytes;
use crate::platform::ProcessDetails;

/// Everything that [`ProcessDetails`] holds; `None` when the process is gone.
pub fn details(
    files: &mut ProcessFiles,
    units: Units,
    process: ProcessKey,
) -> Option<ProcessDetails> {
    is_there(files, units, process).then_some(())?;
    let pid = process.pid;
    let mut number = |name, key| {
        let content = files.read(pid, name).ok()?;
        field(content.bytes, key)
    };
    let kibibytes = |number: u64| Bytes(number.saturating_mul(1024));
    let details = ProcessDetails {
        pss: number("smaps_rollup", "Pss:").map(kibibytes),
        swap: number("status", "VmSwap:").map(kibibytes),
        voluntary_switches: number("status", "voluntary_ctxt_switches:"),
        involuntary_switches: number("status", "nonvoluntary_ctxt_switches:"),
        executable: executable(files.folder(), pid),
        descriptors: descriptors(files.folder(), pid),
    };
    // What was read belongs to it only when the pid did not pass on to another meanwhile.
    is_there(files, units, process).then_some(details)
}

/// Time that all threads of a process waited in a run queue: the second number of each
/// `task/*/schedstat` (`sched-stats` of the kernel's documentation). That of threads that ended is
/// lost, so the sum can shrink.
pub fn run_queue_delay(
    files: &mut ProcessFiles,
    list: &mut ProcessList,
    units: Units,
    process: ProcessKey,
) -> Option<Duration> {
    is_there(files, units, process).then_some(())?;
    let tasks = folder(files.folder(), &format!("{}/task", process.pid))?;
    let mut threads = Vec::new();
    list.read(tasks.as_fd(), &mut threads).ok()?;
    let mut sum = None;
    for thread in threads {
        let path = format_args!("{}/task/{thread}/schedstat", process.pid);
        if let Ok(content) = files.read_path(path) {
            let waited = Duration::from_nanos(second_number(content.bytes)?);
            sum = Some(waited.saturating_add(sum.unwrap_or_default()));
        }
    }
    sum
}

fn is_there(files: &mut ProcessFiles, units: Units, process: ProcessKey) -> bool {
    match files.read(process.pid, "stat") {
        Ok(content) => parse::stat(content.bytes, units)
            .is_some_and(|stat| StartTime::Ticks(stat.start_ticks) == process.start_time),
        // Where even its start is hidden (hidepid=1) there is nothing to tell it by.
        Err(_) => process.start_time == StartTime::Unknown && files.uid(process.pid).is_ok(),
    }
}

fn executable(proc: BorrowedFd<'_>, pid: Pid) -> Option<PathBuf> {
    let path = readlinkat(proc, format!("{pid}/exe"), Vec::new()).ok()?;
    Some(OsString::from_vec(path.into_bytes()).into())
}

fn descriptors(proc: BorrowedFd<'_>, pid: Pid) -> Option<u64> {
    let folder = folder(proc, &format!("{pid}/fd"))?;
    let entries = rustix::fs::Dir::new(folder).ok()?;
    let named = |entry: rustix::io::Result<rustix::fs::DirEntry>| {
        let entry = entry.ok()?;
        Some(u64::from(
            entry.file_name().to_bytes().first()?.is_ascii_digit(),
        ))
    };
    entries.map(named).sum()
}

fn folder(proc: BorrowedFd<'_>, path: &str) -> Option<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    openat(proc, path, flags, Mode::empty()).ok()
}

/// The number in the line that starts with `key`.
fn field(content: &[u8], key: &str) -> Option<u64> {
    let mut lines = content.split(|&byte| byte == b'\n');
    let value = lines.find_map(|line| line.strip_prefix(key.as_bytes()))?;
    let value = std::str::from_utf8(value).ok()?;
    value.split_ascii_whitespace().next()?.parse().ok()
}

fn second_number(content: &[u8]) -> Option<u64> {
    let content = std::str::from_utf8(content).ok()?;
    content.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn own() -> (ProcessFiles, ProcessKey) {
        let mut files = ProcessFiles::open("/proc".as_ref()).expect("opens");
        let pid = Pid(std::process::id());
        let content = files.read(pid, "stat").expect("is there");
        let stat = parse::stat(content.bytes, Units::of_this_system()).expect("well formed");
        let start_time = StartTime::Ticks(stat.start_ticks);
        (files, ProcessKey { pid, start_time })
    }

    #[test]
    fn ones_own_details_are_complete() {
        let (mut files, key) = own();
        let details = details(&mut files, Units::of_this_system(), key).expect("is there");
        assert_eq!(details.executable, std::env::current_exe().ok());
        assert!(details.pss.is_some_and(|pss| pss.0 > 0), "{details:?}");
        assert!(details.swap.is_some() && details.voluntary_switches.is_some());
        assert!(details.involuntary_switches.is_some());
        assert!(
            details.descriptors.is_some_and(|count| count >= 3),
            "{details:?}"
        );
    }

    #[test]
    fn a_pid_that_passed_on_to_another_process_has_none() {
        let (mut files, key) = own();
        let earlier = ProcessKey {
            start_time: StartTime::Ticks(0),
            ..key
        };
        let units = Units::of_this_system();
        assert_eq!(details(&mut files, units, earlier), None);
        let mut list = ProcessList::default();
        assert_eq!(run_queue_delay(&mut files, &mut list, units, earlier), None);
        assert!(run_queue_delay(&mut files, &mut list, units, key).is_some());
    }

    proptest! {
        #[test]
        fn no_content_panics(bytes: Vec<u8>) {
            field(&bytes, "Pss:");
            second_number(&bytes);
        }
    }
}
