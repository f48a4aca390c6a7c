//! Writing so that the kernel counts it.

use std::fs;
use std::path::PathBuf;

/// A folder on a real file system: on tmpfs writes count as none.
pub fn storage() -> Option<tempfile::TempDir> {
    let real = |folder: &PathBuf| {
        rustix::fs::statfs(folder).is_ok_and(|system| {
            // TMPFS_MAGIC of the kernel's linux/magic.h.
            system.f_type != 0x0102_1994
        })
    };
    [env!("CARGO_TARGET_TMPDIR"), "/var/tmp"]
        .into_iter()
        .map(PathBuf::from)
        .find(real)
        .map(|folder| tempfile::tempdir_in(folder).expect("a folder"))
}

/// What `/proc/PID/io` says that a process of ours wrote, in bytes.
pub fn written(pid: u32) -> u64 {
    let io = fs::read_to_string(format!("/proc/{pid}/io")).expect("is ours");
    let line = io
        .lines()
        .find_map(|line| line.strip_prefix("write_bytes: "));
    line.and_then(|bytes| bytes.parse().ok()).expect("a number")
}
