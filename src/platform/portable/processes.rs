//! Processes as sysinfo tells them.

use std::ffi::OsStr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sysinfo::{Process, ProcessStatus, System, ThreadKind, Users};

use crate::model::process::{
    Pid, ProcessInfo, ProcessKey, ProcessState, StartTime, Uid, program_name,
};
use crate::model::units::Bytes;
use crate::platform::{IoCounters, ProcessCounters, ProcessStat, Want};

/// All processes, ascending by pid. What is unchanged in `known` is shared with it.
pub fn read(
    system: &System,
    users: &Users,
    want: Want,
    known: Vec<ProcessCounters>,
) -> Vec<ProcessCounters> {
    let mut listed: Vec<&Process> = system
        .processes()
        .values()
        .filter(|process| process.thread_kind() != Some(ThreadKind::Userland))
        .collect();
    listed.sort_unstable_by_key(|process| process.pid());
    let permitted = permitted(system);
    let mut known = known.into_iter().peekable();
    listed
        .into_iter()
        .map(|process| {
            let key = key(process);
            while known.next_if(|it| it.key.pid < key.pid).is_some() {}
            let info = info(process, users);
            let info = match known.next_if(|it| it.key == key) {
                Some(before) if *before.info == info => before.info,
                _ => Arc::new(info),
            };
            let io = want.io.then(|| io(process, &info, &permitted)).flatten();
            ProcessCounters {
                key,
                info,
                cpu_time: Some(Duration::from_millis(process.accumulated_cpu_time())),
                children_cpu_time: None,
                stat: Some(ProcessStat {
                    state: state(process.status()),
                    parent: process.parent().map(|pid| Pid(pid.as_u32())),
                    nice: None,
                    threads: None,
                    rss: Bytes(process.memory()),
                }),
                io,
                thread_io: None,
            }
        })
        .collect()
}

/// The identity of a process.
pub fn key(process: &Process) -> ProcessKey {
    ProcessKey {
        pid: Pid(process.pid().as_u32()),
        start_time: StartTime::EpochSeconds(process.start_time()),
    }
}

/// Whose private figures may be read: sysinfo gives 0 and netstat2 nothing for those of others, so
/// who is asking has to decide what that means.
pub fn permitted(system: &System) -> impl Fn(&ProcessInfo) -> bool + use<> {
    let own = sysinfo::get_current_pid()
        .ok()
        .and_then(|pid| system.process(pid))
        .and_then(uid);
    move |info| match own {
        Some(Uid(0)) | None => true,
        own => info.kernel_thread || info.uid == own,
    }
}

fn info(process: &Process, users: &Users) -> ProcessInfo {
    let command_line = process.cmd();
    let argv0 = command_line
        .first()
        .map_or(OsStr::new(""), |it| it.as_os_str());
    let name = program_name(argv0.as_encoded_bytes(), process.name().as_encoded_bytes());
    let user = process.effective_user_id().or_else(|| process.user_id());
    let started = i64::try_from(process.start_time()).ok();
    ProcessInfo {
        name: String::from_utf8_lossy(name).into_owned(),
        name_bytes: std::str::from_utf8(name).is_err().then(|| name.to_vec()),
        command_line: command_line
            .iter()
            .map(|it| it.to_string_lossy().into_owned())
            .collect(),
        uid: uid(process),
        user: user
            .and_then(|id| users.get_user_by_id(id))
            .map(|user| user.name().to_owned()),
        service: None,
        started: started.and_then(|second| Timestamp::from_second(second).ok()),
        kernel_thread: process.thread_kind() == Some(ThreadKind::Kernel),
    }
}

#[cfg(unix)]
fn uid(process: &Process) -> Option<Uid> {
    process
        .effective_user_id()
        .or_else(|| process.user_id())
        .map(|id| Uid(**id))
}

#[cfg(not(unix))]
fn uid(_process: &Process) -> Option<Uid> {
    None
}

/// Bytes since the process started; sysinfo knows neither cancelled writes nor calls.
fn io(
    process: &Process,
    info: &ProcessInfo,
    permitted: impl Fn(&ProcessInfo) -> bool,
) -> Option<IoCounters> {
    let usage = process.disk_usage();
    let read = Bytes(usage.total_read_bytes);
    let written = Bytes(usage.total_written_bytes);
    (permitted(info) || read + written > Bytes(0)).then(|| IoCounters {
        read,
        written,
        ..IoCounters::default()
    })
}

/// The letters of `proc_pid_stat(5)`; `?` where there is none.
fn state(status: ProcessStatus) -> ProcessState {
    ProcessState(match status {
        ProcessStatus::Run => 'R',
        ProcessStatus::Sleep => 'S',
        ProcessStatus::Idle => 'I',
        ProcessStatus::UninterruptibleDiskSleep => 'D',
        ProcessStatus::Zombie => 'Z',
        ProcessStatus::Stop | ProcessStatus::Suspended => 'T',
        ProcessStatus::Tracing => 't',
        ProcessStatus::Dead => 'X',
        ProcessStatus::Wakekill => 'K',
        ProcessStatus::Waking => 'W',
        ProcessStatus::Parked => 'P',
        _ => '?',
    })
}
