//! Processes of this machine, under loads of known size.

#![cfg(target_os = "linux")]
#![expect(
    clippy::expect_used,
    reason = "a test whose stage cannot be set has failed"
)]

#[path = "support/load.rs"]
mod load;
#[path = "support/ordinary_user.rs"]
mod ordinary_user;
#[path = "support/storage.rs"]
mod storage;

use std::collections::HashSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use load::{Load, until};
use storage::{storage, written};
use sysmon::model::cpu::{CpuRow, CpuSnapshot};
use sysmon::model::disk::{DiskIo, DiskSnapshot};
use sysmon::model::process::{Pid, Uid};
use sysmon::model::snapshot::{Missing, Reason};
use sysmon::platform::linux::{LinuxPlatform, Roots};
use sysmon::platform::{Platform, ProcessCounters, Want};
use sysmon::sampling::cpu::CpuSampler;
use sysmon::sampling::disk::DiskSampler;

const MIB: u64 = 1 << 20;

fn list(platform: &mut LinuxPlatform) -> Vec<ProcessCounters> {
    let reading = platform
        .processes(Want {
            io: true,
            ..Want::default()
        })
        .expect("/proc is there");
    reading.processes.to_vec()
}

fn find(processes: &[ProcessCounters], pid: u32) -> Option<&ProcessCounters> {
    processes.iter().find(|process| process.key.pid == Pid(pid))
}

fn cpu_row(snapshot: &CpuSnapshot, pid: u32) -> &CpuRow {
    let row = snapshot.rows.iter().find(|row| row.key.pid == Pid(pid));
    row.expect("is listed")
}

#[track_caller]
fn assert_close(measured: f64, generated: f64, what: &str) {
    let error = (measured - generated).abs() / generated;
    assert!(
        error < 0.02,
        "{what}: measured {measured}, generated {generated}"
    );
}

/// The seconds that the shell's `times` tells of itself: "0m1.234s 0m0.010s".
fn told_by_times(line: &str) -> f64 {
    let seconds = |text: &str| {
        let (minutes, seconds) = text.trim_end_matches('s').split_once('m')?;
        Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
    };
    line.split(' ').filter_map(seconds).sum()
}

#[test]
fn a_spinner_is_shown_what_it_spent_by_its_own_account() {
    let mut platform = LinuxPlatform::default();
    let mut sampler = CpuSampler::default();
    assert_eq!(sampler.sample(&mut platform, &[]).expect("reads"), None);
    let script = "trap 'times; exit' TERM; while :; do :; done";
    let mut spinners: Vec<_> = (0..2).map(|_| Load::shell(script, &[])).collect();
    // `times` counts in hundredths of a second: three seconds make that small.
    let spent = |spinner: &Load| {
        let schedstat = spinner.proc_file("schedstat");
        let nanos = schedstat
            .split(' ')
            .next()
            .and_then(|nanos| nanos.parse::<u64>().ok());
        Duration::from_nanos(nanos.expect("a number"))
    };
    until(|| {
        spinners
            .iter()
            .all(|spinner| spent(spinner) > Duration::from_secs(3))
    });
    for spinner in &spinners {
        spinner.signal("STOP");
        until(|| spinner.proc_file("stat").contains(") T "));
    }
    let watch: Vec<_> = list(&mut LinuxPlatform::default())
        .iter()
        .filter(|process| {
            spinners
                .iter()
                .any(|spinner| Pid(spinner.pid()) == process.key.pid)
        })
        .map(|process| process.key)
        .collect();
    let snapshot = sampler
        .sample(&mut platform, &watch)
        .expect("reads")
        .expect("second");
    for spinner in &mut spinners {
        let row = cpu_row(&snapshot, spinner.pid());
        assert_eq!(row.state.map(|state| state.0), Some('T'));
        let share = row.cpu.expect("started within").0 / 100.0 * snapshot.elapsed.as_secs_f64();
        spinner.signal("TERM");
        spinner.signal("CONT");
        let generated = told_by_times(&spinner.hear());
        assert_close(share, generated, "CPU % times elapsed");
        assert_close(
            row.cpu_time.expect("is known").as_secs_f64(),
            generated,
            "CPU time",
        );
    }
    let totals = snapshot.totals;
    assert!(totals.named.is_some() && totals.busy.is_some() && totals.memory_total.is_some());
    assert_eq!(totals.processes, Some(snapshot.rows.len() as u64));
}

#[test]
fn waiting_for_a_cpu_is_measured_over_all_threads() {
    let mut platform = LinuxPlatform::default();
    let cpus = std::thread::available_parallelism()
        .expect("is known")
        .get();
    let spinners: Vec<_> = (0..=cpus * 2)
        .map(|_| Load::shell("while :; do :; done", &[]))
        .collect();
    let keys: Vec<_> = list(&mut platform)
        .iter()
        .filter(|process| {
            spinners
                .iter()
                .any(|spinner| Pid(spinner.pid()) == process.key.pid)
        })
        .map(|process| process.key)
        .collect();
    assert_eq!(keys.len(), spinners.len());
    let mut sampler = CpuSampler::default();
    sampler.sample(&mut platform, &keys).expect("reads");
    // More spinners than CPUs: they cannot but wait for each other.
    until(|| {
        let snapshot = sampler
            .sample(&mut platform, &keys)
            .expect("reads")
            .expect("second");
        let waits = snapshot.rows.iter().filter(|row| keys.contains(&row.key));
        waits
            .map(|row| row.wait.map_or(0.0, |wait| wait.0))
            .sum::<f64>()
            > 50.0
    });
}

#[test]
fn as_many_sleepers_as_there_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let name = format!("zz{}", std::process::id());
    let program = load::sleeper(folder.path(), &name);
    let sleepers: Vec<_> = (0..40)
        .map(|_| Load::start(&program, &["1000000"]))
        .collect();
    let mut platform = LinuxPlatform::default();
    let named = |processes: Vec<ProcessCounters>| -> HashSet<u32> {
        let named = processes.iter().filter(|process| process.info.name == name);
        named.map(|process| process.key.pid.0).collect()
    };
    let started: HashSet<_> = sleepers.iter().map(Load::pid).collect();
    assert_eq!(named(list(&mut platform)), started);
    let ps = Command::new("ps")
        .args(["-e", "-o", "pid=,comm="])
        .output()
        .expect("ps runs");
    let ps = String::from_utf8_lossy(&ps.stdout).into_owned();
    let by_ps: HashSet<u32> = ps
        .lines()
        .filter_map(|line| line.trim().split_once(' '))
        .filter(|(_, comm)| *comm == name)
        .filter_map(|(pid, _)| pid.parse().ok())
        .collect();
    assert_eq!(named(list(&mut platform)), by_ps);
    drop(sleepers);
    assert!(
        named(list(&mut platform)).is_empty(),
        "they are gone at once"
    );
}

#[test]
fn the_figures_are_those_of_ps() {
    let mut load = Load::shell("read line", &[]);
    let ps = |column: &str| {
        let output = Command::new("ps")
            .args(["-o", &format!("{column}="), "-p", &load.pid().to_string()])
            .output()
            .expect("ps runs");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    until(|| ps("state") == "S");
    let processes = list(&mut LinuxPlatform::default());
    let process = find(&processes, load.pid()).expect("is listed");
    let stat = process.stat.expect("may be read");
    assert_eq!(stat.parent.map(|pid| pid.to_string()), Some(ps("ppid")));
    assert_eq!(stat.nice.map(|nice| nice.to_string()), Some(ps("nice")));
    assert_eq!(
        stat.threads.map(|threads| threads.to_string()),
        Some(ps("nlwp"))
    );
    // The kernel batches this count by CPU, and `stat` tells it without gathering the batches.
    let rss: u64 = ps("rss").parse().expect("a number");
    assert!(
        rss.abs_diff(stat.rss.0 / 1024) <= 1024,
        "{} {rss}",
        stat.rss.0
    );
    assert_eq!(
        process.info.uid.map(|uid| uid.0.to_string()),
        Some(ps("euid"))
    );
    assert_eq!(process.info.user.clone(), Some(ps("euser:64")));
    assert_eq!(process.info.command_line.join(" "), ps("args"));
    let age = process
        .info
        .started
        .expect("is known")
        .duration_until(jiff::Timestamp::now());
    let elapsed: i64 = ps("etimes").parse().expect("a number");
    assert!((age.as_secs() - elapsed).abs() <= 1, "{age:?} {elapsed}");
    load.tell("");
}

fn child_of(pid: u32) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
    children.split(' ').next()?.parse().ok()
}

#[test]
fn a_shell_is_not_shown_what_writers_wrote_that_nobody_saw() {
    let Some(folder) = storage() else {
        eprintln!("not tried: there is no file system here that counts writes");
        return;
    };
    let file = folder.path().join("file").display().to_string();
    let script =
        "read line; dd if=/dev/zero of=\"$1\" bs=1M count=64 oflag=dsync; echo reaped; read line";
    let mut shell = Load::shell(script, &[&file]);
    let mut platform = LinuxPlatform::default();
    let mut sampler = DiskSampler::default();
    let mut sample = || sampler.sample(&mut platform).expect("reads");
    assert_eq!(sample(), None);
    shell.tell("go");
    assert_eq!(shell.hear(), "reaped");
    assert!(
        written(shell.pid()) >= 64 * MIB,
        "the kernel added the writer's counters"
    );
    let snapshot = sample().expect("the second");
    let row = snapshot
        .rows
        .iter()
        .find(|row| row.key.pid == Pid(shell.pid()));
    let io = row.expect("is listed").io.expect("is ours");
    let in_interval = io.write_rate.expect("was there").0 * snapshot.elapsed.as_secs_f64();
    assert!(
        io.written.0 < MIB && in_interval < MIB as f64,
        "{io:?}, {in_interval} bytes"
    );
}

#[test]
fn a_shell_is_not_shown_what_its_writer_wrote() {
    let Some(folder) = storage() else {
        eprintln!("not tried: there is no file system here that counts writes");
        return;
    };
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (pipe, file) = (path("pipe"), path("file"));
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .expect("mkfifo runs")
            .success()
    );
    let mut platform = LinuxPlatform::default();
    let mut sampler = DiskSampler::default();
    let mut sample = || sampler.sample(&mut platform).expect("reads");
    assert_eq!(sample(), None);
    let io = |snapshot: &Option<DiskSnapshot>, pid: u32| -> (DiskIo, f64) {
        let snapshot = snapshot.as_ref().expect("not the first");
        let row = snapshot.rows.iter().find(|row| row.key.pid == Pid(pid));
        let io = row.expect("is listed").io.expect("is ours");
        let rate = io.write_rate.expect("was there").0;
        (io, rate * snapshot.elapsed.as_secs_f64())
    };

    let script = "dd if=\"$1\" of=\"$2\" bs=1M iflag=fullblock oflag=dsync; echo reaped; read line";
    let mut shell = Load::shell(script, &[&pipe, &file]);
    let parent = shell.pid();
    until(|| child_of(parent).is_some());
    let writer = child_of(parent).expect("it was there");
    let mut input = fs::File::options()
        .write(true)
        .open(&pipe)
        .expect("dd reads");
    sample();
    let block = vec![b'x'; usize::try_from(MIB).expect("small")];
    for _ in 0..64 {
        input.write_all(&block).expect("dd reads");
    }
    until(|| written(writer) >= 64 * MIB);

    let snapshot = sample();
    let (total, in_interval) = io(&snapshot, writer);
    assert_close(in_interval, 64.0 * MIB as f64, "write rate times elapsed");
    assert_close(total.written.0 as f64, 64.0 * MIB as f64, "written");
    let own = io(&snapshot, parent);
    assert!(own.0.written.0 < MIB && own.1 < MIB as f64, "{own:?}");

    drop(input);
    assert_eq!(shell.hear(), "reaped");
    assert!(
        written(parent) >= 64 * MIB,
        "the kernel added the writer's counters"
    );
    for _ in 0..3 {
        let own = io(&sample(), parent);
        assert!(own.0.written.0 < MIB && own.1 < MIB as f64, "{own:?}");
    }
}

#[test]
fn io_of_other_users_is_not_zero_but_denied() {
    let mut platform = LinuxPlatform::default();
    let (processes, degradations) = ordinary_user::as_ordinary_user(
        || {},
        || {
            let reading = platform
                .processes(Want {
                    io: true,
                    ..Want::default()
                })
                .expect("/proc is there");
            (reading.processes.to_vec(), reading.degradations)
        },
    );
    let init = find(&processes, 1).expect("is listed");
    assert_eq!(init.io, None);
    assert!(
        init.stat.is_some() && init.cpu_time.is_some(),
        "these anybody may read"
    );
    let denied = degradations
        .iter()
        .find(|missing| (missing.what, missing.reason) == (Missing::Io, Reason::PermissionDenied))
        .expect("it is said");
    let none = processes
        .iter()
        .filter(|process| process.io.is_none())
        .count();
    assert_eq!(denied.count, u64::try_from(none).ok());
}

#[test]
fn a_process_renamed_by_exec_gets_its_new_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = load::sleeper(folder.path(), "renamed-by-exec");
    let program = program.to_str().expect("UTF-8");
    let mut shell = Load::shell("read line; exec \"$1\" 1000000", &[program]);
    let mut platform = LinuxPlatform::default();
    let before = find(&list(&mut platform), shell.pid())
        .expect("is listed")
        .clone();
    assert_eq!(before.info.name, "sh");
    shell.tell("go");
    until(|| shell.proc_file("comm") == "renamed-by-exec\n");
    let after = find(&list(&mut platform), shell.pid())
        .expect("is listed")
        .clone();
    assert_eq!(before.key, after.key);
    assert_eq!(after.info.name, "renamed-by-exec");
    assert_eq!(after.info.command_line, [program, "1000000"]);
}

/// Whether it sleeps until something comes, the state S of `proc_pid_stat(5)`.
fn waits(process: &Load) -> bool {
    process.proc_file("stat").contains(") S ")
}

#[test]
fn the_same_program_executed_again_shows_its_new_arguments() {
    let mut shell = Load::shell("read line; exec sh -c 'read line' sh changed", &[]);
    let mut platform = LinuxPlatform::default();
    // While it executes a program, the kernel tells for a moment of the arguments already and not yet of the stack.
    until(|| waits(&shell));
    list(&mut platform);
    shell.tell("go");
    until(|| shell.proc_file("cmdline").ends_with("changed\0") && waits(&shell));
    let processes = list(&mut platform);
    let process = find(&processes, shell.pid()).expect("is listed");
    assert_eq!(
        process.info.command_line.last().map(String::as_str),
        Some("changed")
    );
}

#[test]
fn a_zombie_keeps_its_name_and_its_children_get_another_parent_at_once() {
    // The shell turns into a program that never waits for its child, which stays a zombie.
    let script = "exec 3<&0; sh -c 'sleep 1000000 & echo orphan $!; read line <&3' & \
        echo zombie $!; exec sleep 1000000";
    let mut shell = Load::shell(script, &[]);
    let mut pids = [shell.hear(), shell.hear()].map(|line| {
        let (name, pid) = line.split_once(' ').expect("two words");
        (name.to_owned(), pid.parse::<u32>().expect("a pid"))
    });
    pids.sort();
    let [(_, orphan), (_, zombie)] = pids;
    until(|| shell.proc_file("comm") == "sleep\n");
    let parent = |processes: &[ProcessCounters]| {
        let stat = find(processes, orphan).expect("is listed").stat;
        stat.expect("may be read").parent
    };
    let mut platform = LinuxPlatform::default();
    assert_eq!(parent(&list(&mut platform)), Some(Pid(zombie)));
    shell.tell("");
    let stat = format!("/proc/{zombie}/stat");
    until(|| {
        fs::read_to_string(&stat)
            .expect("nobody reaps it")
            .contains(") Z ")
    });
    let processes = list(&mut platform);
    let row = find(&processes, zombie).expect("is listed");
    assert_eq!(row.stat.map(|stat| stat.state.0), Some('Z'));
    assert_eq!(row.info.command_line[..2], ["sh", "-c"]);
    assert_ne!(parent(&processes), Some(Pid(zombie)));
    let killed = Command::new("kill").arg(orphan.to_string()).status();
    assert!(killed.expect("kill runs").success());
}

#[test]
fn a_pid_used_again_is_another_process() {
    let last_pid = Path::new("/proc/sys/kernel/ns_last_pid");
    if fs::File::options().write(true).open(last_pid).is_err() {
        eprintln!("not tried: only root chooses the next pid");
        return;
    }
    let mut platform = LinuxPlatform::default();
    let first = Load::shell(
        "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo; read line",
        &[],
    );
    let pid = first.pid();
    let mut first = first;
    first.hear();
    let before = find(&list(&mut platform), pid).expect("is listed").clone();
    drop(first);
    let mut again = None;
    until(|| {
        fs::write(last_pid, (pid - 1).to_string()).expect("root may");
        let next = Load::shell("read line", &[]);
        let same = next.pid() == pid;
        again = Some(next);
        same
    });
    let after = find(&list(&mut platform), pid).expect("is listed").clone();
    assert_ne!(before.key, after.key);
    assert!(after.cpu_time < before.cpu_time, "nothing is inherited");
    assert_eq!(
        after.info.command_line.last().map(String::as_str),
        Some("sh")
    );
    assert_ne!(before.info.command_line, after.info.command_line);
    drop(again);
}

/// Mounts /proc with an option in a mount namespace of this thread alone.
fn mount_proc(folder: &Path, option: &std::ffi::CStr) {
    use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_change};
    use rustix::thread::{UnshareFlags, unshare_unsafe};

    // SAFETY: descriptors stay shared; only mounts and the working folder become this thread's own.
    unsafe { unshare_unsafe(UnshareFlags::NEWNS) }.expect("root may");
    mount_change(
        "/",
        MountPropagationFlags::PRIVATE | MountPropagationFlags::REC,
    )
    .expect("root may");
    mount("proc", folder, "proc", MountFlags::empty(), option).expect("root may");
}

#[test]
fn hidepid_hides_and_it_is_said() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("not tried: only root mounts /proc");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let roots = Roots {
        proc: folder.path().to_owned(),
        ..Roots::default()
    };
    let read = || {
        let mut platform = LinuxPlatform::new(&roots);
        let reading = platform
            .processes(Want {
                io: true,
                ..Want::default()
            })
            .expect("/proc is there");
        (reading.processes.to_vec(), reading.degradations)
    };
    let read_with = |option: &'static std::ffi::CStr| {
        ordinary_user::as_ordinary_user(|| mount_proc(folder.path(), option), read)
    };
    let hidden = |missing: &&sysmon::model::snapshot::Degradation| {
        (missing.what, missing.reason) == (Missing::Processes, Reason::Hidden)
    };

    let (processes, degradations) = read_with(c"hidepid=1");
    let init = find(&processes, 1).expect("is listed");
    assert_eq!((init.stat, init.io), (None, None));
    assert_eq!(init.info.uid, Some(Uid(0)));
    let count = processes
        .iter()
        .filter(|process| process.stat.is_none())
        .count();
    let said = degradations.iter().find(hidden).expect("it is said");
    assert_eq!(said.count, u64::try_from(count).ok());

    let (processes, degradations) = read_with(c"hidepid=2");
    assert!(find(&processes, 1).is_none());
    assert_eq!(
        degradations.iter().find(hidden).expect("it is said").count,
        None
    );
}
