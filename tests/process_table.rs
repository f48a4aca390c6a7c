//! What the table of processes reads again, and when: over processes that do as they are told.

#![cfg(target_os = "linux")]
#![expect(
    clippy::expect_used,
    reason = "a test whose stage cannot be set has failed"
)]

#[path = "support/load.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod load;
#[path = "support/storage.rs"]
mod storage;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::thread;

use load::{Load, until};
use storage::{storage, written};
use sysmon::model::process::Pid;
use sysmon::platform::linux::process_table::ProcessTable;
use sysmon::platform::linux::{LinuxPlatform, Roots};
use sysmon::platform::{ProcessCounters, Want};
use sysmon::sampling::disk::DiskSampler;

/// Of the unmoved processes one in so many is read again at each refresh.
const TURNS: usize = 30;

fn refresh(table: &mut ProcessTable) {
    table.refresh(Want::default()).expect("/proc is there");
}

/// A process and the number of the refresh in which it was last seen to have run.
fn find(table: &ProcessTable, pid: u32) -> (&ProcessCounters, u64) {
    let mut rows = table.processes().iter().zip(table.last_ran());
    let (row, &ran) = rows
        .find(|(row, _)| row.key.pid == Pid(pid))
        .expect("is listed");
    (row, ran)
}

/// `cat`, once it waits for input: it runs when it is told something, and never else.
fn waiting() -> Load {
    let mut cat = Load::start("cat", &[]);
    cat.tell("there?");
    assert_eq!(cat.hear(), "there?");
    until(|| cat.proc_file("stat").contains(") S "));
    cat
}

#[test]
fn when_a_process_last_ran_is_known_by_the_number_of_the_refresh() {
    let mut cat = waiting();
    let mut table = ProcessTable::new(&Roots::default());
    for number in 1..=3 {
        refresh(&mut table);
        assert_eq!(table.refresh_number(), number);
        assert_eq!(find(&table, cat.pid()).1, 1, "it was new in the first");
        assert_eq!(find(&table, std::process::id()).1, number, "this one runs");
    }
    cat.tell("run");
    assert_eq!(cat.hear(), "run");
    until(|| cat.proc_file("stat").contains(") S "));
    refresh(&mut table);
    assert_eq!(find(&table, cat.pid()).1, 4);
    refresh(&mut table);
    assert_eq!(find(&table, cat.pid()).1, 4);
}

#[test]
fn what_changes_without_its_running_is_seen_in_turn() {
    let cat = waiting();
    let mut table = ProcessTable::new(&Roots::default());
    let nice = |table: &ProcessTable| find(table, cat.pid()).0.stat.and_then(|stat| stat.nice);
    refresh(&mut table);
    let before = nice(&table).expect("may be read");
    // Another nice value is the kernel's work alone.
    let renice = Command::new("renice")
        .args(["-n", &(before + 3).to_string(), "-p"])
        .arg(cat.pid().to_string())
        .output();
    assert!(renice.expect("renice runs").status.success());
    let mut seen = 0;
    for _ in 0..TURNS {
        refresh(&mut table);
        seen += usize::from(nice(&table) == Some(before + 3));
    }
    assert_eq!(find(&table, cat.pid()).1, 1, "it has not run");
    assert!(seen > 0, "not read again in {TURNS} refreshes");
}

/// Each process that ends in the midst of a reading must be in the table or in the counters of who
/// waited for it: never in both, never in neither. The one who waits is this program: it has several
/// threads, so what it did itself is only known by what its children were seen to do.
#[test]
fn under_a_storm_of_forks_no_byte_is_counted_twice() {
    const WRITERS: u32 = 800;
    /// By each of them, in bytes.
    const WRITTEN: u64 = 65_536;
    let Some(folder) = storage() else {
        eprintln!("not tried: there is no file system here that counts writes");
        return;
    };
    let dd = ["/bin/dd", "/usr/bin/dd"];
    let dd = dd.into_iter().find(|path| Path::new(path).exists());
    // Another name tells these writers from all others, even when nothing but `comm` is left.
    let writer = folder.path().join("sysmon-storm");
    symlink(dd.expect("there is dd"), &writer).expect("linked");
    let own = std::process::id();
    // A child has it too until it executes its program.
    let own_program = std::env::current_exe().expect("a program");
    let own_name = own_program.file_name().and_then(|name| name.to_str());
    let own_name = own_name.expect("UTF-8");
    // Children below their parent are read before it, which is where they could be counted twice.
    // Only root chooses pids; others try the usual order.
    if let Some(below) = own.checked_sub(4 * WRITERS).filter(|&pid| pid > 300) {
        let _ = fs::write("/proc/sys/kernel/ns_last_pid", below.to_string());
    }

    let mut platform = LinuxPlatform::default();
    let mut sampler = DiskSampler::default();
    let mut sample = || {
        let snapshot = sampler.sample(&mut platform).expect("reads")?;
        let seconds = snapshot.elapsed.as_secs_f64();
        let storm = snapshot
            .rows
            .iter()
            .filter(|row| [own_name, "sysmon-storm"].contains(&row.info.name.as_str()));
        let rates = storm.filter_map(|row| row.io?.write_rate);
        Some(rates.map(|rate| rate.0 * seconds).sum::<f64>())
    };
    let before = written(own);
    sample();
    let mut counted = 0.0;
    thread::scope(|scope| {
        let storm = scope.spawn(|| {
            for number in 0..WRITERS {
                let file = folder.path().join(number.to_string());
                let mut dd = Command::new(&writer);
                dd.args(["if=/dev/zero", "bs=64k", "count=1", "status=none"]);
                dd.arg(format!("of={}", file.display()));
                assert!(dd.status().expect("dd runs").success());
            }
        });
        while !storm.is_finished() {
            counted += sample().expect("not the first");
        }
    });
    // What the last of them did is found in the parent's counters now, or a little later.
    counted += (0..5).filter_map(|_| sample()).sum::<f64>();
    let generated = written(own) - before;
    assert!(generated >= u64::from(WRITERS) * WRITTEN);
    let generated = generated as f64;
    let exceeding = counted - generated;
    assert!(
        exceeding < WRITTEN as f64 / 2.0 && exceeding > -0.02 * generated,
        "counted {counted}, generated {generated}"
    );
}
