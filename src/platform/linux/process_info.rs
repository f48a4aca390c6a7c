//! What rarely changes about a process: its name, command line, user and service.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::clocks;
use super::process_files::{Gone, ProcessFiles, present};
use super::process_parse::{ParsedStat, Units};
use super::users::Users;
use crate::model::process::{Pid, ProcessInfo, Uid, program_name};
use crate::platform::ProcessCounters;

/// Reads what rarely changes about processes.
pub struct InfoReader {
    users: Users,
    units: Units,
    /// Whether the tree was captured: its files belong to whoever keeps it.
    captured: bool,
    /// When the captured machine was started, in seconds since 1970.
    boot_second: Option<i64>,
}

/// What is needed of `stat`, whose buffer is used again.
#[derive(Clone, Copy)]
pub struct Facts {
    start_ticks: u64,
    kernel_thread: bool,
}

impl Facts {
    /// Taken from a `stat`.
    pub fn of(stat: &ParsedStat<'_>) -> Self {
        Self {
            start_ticks: stat.start_ticks,
            kernel_thread: stat.kernel_thread,
        }
    }
}

impl InfoReader {
    /// Reads processes of the tree in `files`, whose users `etc` names.
    pub fn new(etc: &Path, files: &mut ProcessFiles, units: Units, captured: bool) -> Self {
        Self {
            users: Users::new(etc),
            units,
            captured,
            boot_second: boot_second(files),
        }
    }

    /// Reads what there is to know of the process `pid` beside what its `stat` says.
    ///
    /// # Errors
    /// When it is gone.
    pub fn read(
        &mut self,
        files: &mut ProcessFiles,
        pid: Pid,
        comm: &[u8],
        facts: Facts,
    ) -> Result<ProcessInfo, Gone> {
        let mut arguments: Vec<Vec<u8>> = Vec::new();
        let mut service = None;
        if !facts.kernel_thread {
            if let Some(content) = present(files.read(pid, "cmdline"))? {
                arguments = split_arguments(content.bytes);
            }
            // A kernel without control groups lacks only the file.
            if let Ok(content) = files.read(pid, "cgroup") {
                service = super::cgroup::service(content.bytes);
            }
        }
        let name = program_name(arguments.first().map_or(&[][..], Vec::as_slice), comm);
        let uid = self.uid(files, pid)?;
        let displayed = String::from_utf8_lossy(name);
        Ok(ProcessInfo {
            name_bytes: matches!(displayed, Cow::Owned(_)).then(|| name.to_owned()),
            name: displayed.into_owned(),
            command_line: arguments
                .iter()
                .map(|argument| String::from_utf8_lossy(argument).into_owned())
                .collect(),
            uid,
            user: self.user(uid),
            service,
            started: self.started(facts.start_ticks),
            kernel_thread: facts.kernel_thread,
        })
    }

    /// Notes in `info` the user of a process of which only the folder may be seen.
    ///
    /// # Errors
    /// When it is gone.
    pub fn read_user(
        &mut self,
        files: &mut ProcessFiles,
        pid: Pid,
        info: &mut ProcessInfo,
    ) -> Result<(), Gone> {
        info.uid = self.uid(files, pid)?;
        info.user = self.user(info.uid);
        Ok(())
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

    fn user(&mut self, uid: Option<Uid>) -> Option<String> {
        self.users.name(uid?).map(str::to_owned)
    }

    /// The effective user. The files of a captured tree belong to whoever keeps it, so there
    /// `status` is asked.
    fn uid(&self, files: &mut ProcessFiles, pid: Pid) -> Result<Option<Uid>, Gone> {
        if !self.captured {
            return present(files.uid(pid));
        }
        Ok(present(files.read(pid, "status"))?.and_then(|status| effective_uid(status.bytes)))
    }

    fn started(&self, ticks: u64) -> Option<Timestamp> {
        let after_boot = self.units.time(ticks);
        if self.captured {
            let boot = Timestamp::from_second(self.boot_second?).ok()?;
            return boot.checked_add(after_boot).ok();
        }
        let age = clocks::since_boot().saturating_sub(after_boot);
        Timestamp::now().checked_sub(age).ok()
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

    proptest! {
        #[test]
        fn no_content_panics(bytes: Vec<u8>) {
            split_arguments(&bytes);
            effective_uid(&bytes);
        }
    }
}
