//! Rows of processes that do not exist.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sysmon::model::cpu::CpuRow;
use sysmon::model::past::Past;
use sysmon::model::process::{Pid, ProcessInfo, ProcessKey, ProcessState, StartTime, Uid};
use sysmon::model::units::{Bytes, Percent};

/// A process of this pid, name and CPU share.
pub fn row(pid: u32, name: &str, cpu: f64) -> CpuRow {
    CpuRow {
        key: ProcessKey {
            pid: Pid(pid),
            start_time: StartTime::Ticks(u64::from(pid)),
        },
        info: Arc::new(ProcessInfo {
            name: name.to_owned(),
            name_bytes: None,
            command_line: vec![format!("/usr/bin/{name}"), "--serve".into()],
            uid: Some(Uid(1000)),
            user: Some("ann".into()),
            service: None,
            started: Some(Timestamp::UNIX_EPOCH),
            kernel_thread: false,
        }),
        cpu: Some(Percent(cpu)),
        memory: Some(Percent(f64::from(pid % 100) / 10.0)),
        rss: Some(Bytes(u64::from(pid) * 100_000)),
        threads: Some(1),
        state: Some(ProcessState('S')),
        nice: Some(0),
        parent: Some(Pid(1)),
        cpu_time: Some(Duration::from_secs(1)),
        wait: None,
        past: Past::default(),
    }
}

/// A share below 100 % that looks like chance and is always the same for `pid` and `seed`.
pub fn share(pid: u32, seed: u32) -> f64 {
    let mixed = pid
        .wrapping_mul(2_654_435_761)
        .wrapping_add(seed.wrapping_mul(40_503))
        >> 8;
    f64::from(mixed % 1000) / 10.0
}
