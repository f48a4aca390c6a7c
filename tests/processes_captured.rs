//! Processes of captured /proc trees: odd names, states, what is hidden, what passes.

#![cfg(target_os = "linux")]
#![expect(
    clippy::expect_used,
    reason = "a test whose stage cannot be set has failed"
)]

#[path = "support/ordinary_user.rs"]
mod ordinary_user;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use sysmon::model::process::{Pid, ProcessState, StartTime, Uid};
use sysmon::model::snapshot::{Degradation, Missing, Reason};
use sysmon::platform::linux::{LinuxPlatform, Roots};
use sysmon::platform::{Platform, ProcessCounters, Want};

const IO: Want = Want {
    io: true,
    ended: false,
};

fn captured(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/proc")
        .join(name)
}

fn platform(proc: &Path) -> LinuxPlatform {
    LinuxPlatform::new(&Roots {
        proc: proc.to_owned(),
        sys: "/nonexistent".into(),
        etc: "/nonexistent".into(),
    })
}

fn read(platform: &mut LinuxPlatform) -> (Vec<ProcessCounters>, Vec<Degradation>) {
    let reading = platform.processes(IO).expect("the tree can be listed");
    (reading.processes.to_vec(), reading.degradations)
}

fn find(processes: &[ProcessCounters], pid: u32) -> &ProcessCounters {
    let found = processes.iter().find(|process| process.key.pid == Pid(pid));
    found.expect("is listed")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("listed") {
        let entry = entry.expect("listed");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

fn state(process: &ProcessCounters) -> Option<ProcessState> {
    process.stat.map(|stat| stat.state)
}

#[test]
fn names_hold_anything_and_are_told_as_they_are() {
    let (processes, degradations) = read(&mut platform(&captured("odd-names")));
    let pids: Vec<_> = processes.iter().map(|process| process.key.pid.0).collect();
    // 106 was gone when its files were to be read.
    assert_eq!(pids, [1, 2, 101, 102, 103, 104, 105]);
    // The first two have a command line, which names them better than `comm`.
    for pid in [101, 102] {
        let odd = find(&processes, pid);
        assert_eq!(
            (odd.info.name.as_str(), &odd.info.name_bytes),
            ("odd", &None)
        );
        assert_eq!(odd.info.command_line, ["/usr/bin/odd", "--name"]);
        assert_eq!(odd.info.uid, Some(Uid(1000)));
        assert_eq!(
            odd.info.user, None,
            "the number is shown, never another's name"
        );
        assert_eq!(odd.info.service.as_deref(), Some("org.example.Odd"));
        assert_eq!(odd.stat.and_then(|stat| stat.parent), Some(Pid(1)));
        assert_eq!(
            odd.io.map(|io| (io.read_calls, io.write_calls)),
            Some((Some(0), Some(1)))
        );
    }
    let latin = find(&processes, 103);
    assert_eq!(latin.info.name, "caf\u{fffd}");
    assert_eq!(latin.info.name_bytes.as_deref(), Some(&b"caf\xe9"[..]));
    assert_eq!(find(&processes, 104).info.name, "");
    // The start is told on the wall clock of the captured machine, 3461.10 s after its boot.
    let started = find(&processes, 101).info.started.expect("is known");
    assert_eq!(started.as_millisecond(), 1_700_003_461_100);
    // The captured tree lacks what the kernel denied: there is no `io` of pid 1.
    let no_io = |degradation: &&Degradation| degradation.what != Missing::Io;
    assert_eq!(
        degradations.iter().filter(no_io).count(),
        0,
        "{degradations:?}"
    );
}

#[test]
fn a_name_without_a_command_line_is_told_byte_by_byte() {
    let tree = tempfile::tempdir().expect("a folder");
    copy(&captured("odd-names"), tree.path());
    for pid in ["101", "102"] {
        fs::write(tree.path().join(pid).join("cmdline"), b"").expect("written");
    }
    let (processes, _) = read(&mut platform(tree.path()));
    assert_eq!(find(&processes, 101).info.name, ") S 1 (");
    assert_eq!(find(&processes, 102).info.name, "new\nline");
    assert_eq!(state(find(&processes, 101)), Some(ProcessState('S')));
}

#[test]
fn zombies_and_kernel_threads_are_told_apart() {
    let (processes, _) = read(&mut platform(&captured("odd-names")));
    let zombie = find(&processes, 105);
    assert_eq!(state(zombie), Some(ProcessState('Z')));
    assert_eq!(zombie.info.command_line, [""; 0]);
    assert!(!zombie.info.kernel_thread);
    let kernel = find(&processes, 2);
    assert!(kernel.info.kernel_thread);
    assert_eq!(
        (
            kernel.info.name.as_str(),
            kernel.stat.and_then(|stat| stat.parent)
        ),
        ("kthreadd", None)
    );
}

#[test]
fn cpu_time_of_a_captured_process_is_the_one_in_stat() {
    let (processes, degradations) = read(&mut platform(&captured("odd-names")));
    let init = find(&processes, 1);
    assert_eq!(init.cpu_time.map(|time| time.as_millis()), Some(2250));
    assert_eq!(
        init.children_cpu_time.map(|time| time.as_millis()),
        Some(1_478_530)
    );
    let clocks = |missing: &Degradation| missing.what == Missing::CpuClocks;
    assert!(!degradations.iter().any(clocks), "{degradations:?}");
}

#[test]
fn hidepid_2_is_said() {
    let (processes, degradations) = read(&mut platform(&captured("hidepid-2")));
    assert_eq!(processes.len(), 1);
    let hidden = Degradation {
        what: Missing::Processes,
        reason: Reason::Hidden,
        count: None,
    };
    assert_eq!(degradations, [hidden]);
}

#[test]
fn hidepid_1_lists_processes_of_which_nothing_is_known() {
    let tree = tempfile::tempdir().expect("a folder");
    fs::set_permissions(tree.path(), Permissions::from_mode(0o755)).expect("ours");
    copy(&captured("odd-names"), tree.path());
    let hidden = tree.path().join("101");
    fs::set_permissions(&hidden, Permissions::from_mode(0o0)).expect("ours");
    let read = || read(&mut platform(tree.path()));
    let (processes, degradations) = ordinary_user::as_ordinary_user(|| {}, read);
    fs::set_permissions(&hidden, Permissions::from_mode(0o755)).expect("ours");
    let row = find(&processes, 101);
    assert_eq!((row.stat, row.io, row.cpu_time), (None, None, None));
    assert_eq!(row.key.start_time, StartTime::Unknown);
    let hidden = Degradation {
        what: Missing::Processes,
        reason: Reason::Hidden,
        count: Some(1),
    };
    assert!(degradations.contains(&hidden), "{degradations:?}");
    assert!(find(&processes, 102).stat.is_some());
}

#[test]
fn a_kernel_without_control_groups_lists_its_processes() {
    let tree = tempfile::tempdir().expect("a folder");
    copy(&captured("odd-names"), tree.path());
    for pid in ["101", "102"] {
        fs::remove_file(tree.path().join(pid).join("cgroup")).expect("removed");
    }
    let (processes, _) = read(&mut platform(tree.path()));
    let odd = find(&processes, 101);
    assert_eq!((odd.info.name.as_str(), &odd.info.service), ("odd", &None));
}

#[test]
fn a_tree_captured_without_threads_lists_parents_that_reaped() {
    let tree = tempfile::tempdir().expect("a folder");
    copy(&captured("odd-names"), tree.path());
    let path = tree.path().join("103/stat");
    let mut stat = fs::read(&path).expect("readable");
    // Field 16, `cutime`, is no longer 0: its children's I/O stands in its own.
    let place = stat.windows(12).position(|it| it == b" 0 0 20 0 1 ");
    stat[place.expect("one thread") + 1] = b'7';
    fs::write(&path, stat).expect("written");
    let (processes, _) = read(&mut platform(tree.path()));
    let parent = find(&processes, 103);
    let millis = parent.children_cpu_time.map(|time| time.as_millis());
    assert_eq!(millis, Some(70));
    assert!(parent.io.is_some());
    assert_eq!(parent.thread_io, None);
}

#[test]
fn a_zombie_has_the_name_of_the_program_it_was_last() {
    let tree = tempfile::tempdir().expect("a folder");
    copy(&captured("odd-names"), tree.path());
    let folder = tree.path().join("103");
    let mut platform = platform(tree.path());
    let name = |platform: &mut LinuxPlatform| {
        let (processes, _) = read(platform);
        find(&processes, 103).info.name.clone()
    };
    fs::write(folder.join("cmdline"), b"sh\0script\0").expect("written");
    assert_eq!(name(&mut platform), "sh");
    // It executed another program and ended before it was looked at again.
    let stat = fs::read(folder.join("stat")).expect("readable");
    let end = stat.iter().rposition(|&byte| byte == b')').expect("a name");
    let stat = [b"103 (dd) Z", &stat[end + 3..]].concat();
    fs::write(folder.join("stat"), stat).expect("written");
    fs::write(folder.join("cmdline"), b"").expect("written");
    assert_eq!(name(&mut platform), "dd");
}

#[test]
fn denied_io_is_counted_and_tried_again_when_the_user_changes() {
    let tree = tempfile::tempdir().expect("a folder");
    fs::set_permissions(tree.path(), Permissions::from_mode(0o755)).expect("ours");
    copy(&captured("hidepid-2"), tree.path());
    fs::remove_dir_all(tree.path().join("self")).expect("ours");
    let io = tree.path().join("201/io");
    fs::set_permissions(&io, Permissions::from_mode(0o0)).expect("ours");
    let mut platform = platform(tree.path());
    let mut read = || ordinary_user::as_ordinary_user(|| {}, || read(&mut platform));
    let (processes, degradations) = read();
    assert_eq!(processes[0].io, None, "not zero");
    let denied = Degradation {
        what: Missing::Io,
        reason: Reason::PermissionDenied,
        count: Some(1),
    };
    assert_eq!(degradations, std::slice::from_ref(&denied));

    fs::set_permissions(&io, Permissions::from_mode(0o644)).expect("ours");
    assert_eq!(
        read().1,
        [denied],
        "what was denied is not tried at every refresh"
    );
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(tree.path().join("201/stat"), Some(65_534), None)
            .expect("root may");
        let (processes, degradations) = read();
        assert!(processes[0].io.is_some() && degradations.is_empty());
    }
}

#[test]
fn a_pid_used_again_is_another_process() {
    let tree = tempfile::tempdir().expect("a folder");
    copy(&captured("odd-names"), tree.path());
    let mut platform = platform(tree.path());
    let before = find(&read(&mut platform).0, 101).clone();
    let stat = tree.path().join("101/stat");
    let content = fs::read_to_string(&stat).expect("UTF-8");
    let another = content
        .replace(") S 1 (", "another")
        .replace(" 346110 ", " 999999 ");
    fs::write(&stat, another).expect("written");
    fs::write(tree.path().join("101/cmdline"), b"").expect("written");
    let after = find(&read(&mut platform).0, 101).clone();
    assert_ne!(before.key, after.key);
    assert_eq!(after.info.name, "another");
    assert!(after.info.command_line.is_empty());
}

#[test]
fn processes_come_and_go_and_malformed_ones_are_said() {
    let tree = tempfile::tempdir().expect("a folder");
    copy(&captured("odd-names"), tree.path());
    let mut platform = platform(tree.path());
    assert_eq!(read(&mut platform).0.len(), 7);
    fs::remove_dir_all(tree.path().join("102")).expect("ours");
    copy(&captured("odd-names").join("101"), &tree.path().join("50"));
    fs::write(tree.path().join("103/stat"), b"103 (x").expect("written");
    let (processes, degradations) = read(&mut platform);
    let pids: Vec<_> = processes.iter().map(|process| process.key.pid.0).collect();
    assert_eq!(pids, [1, 2, 50, 101, 103, 104, 105]);
    let malformed = Degradation {
        what: Missing::Processes,
        reason: Reason::Malformed,
        count: Some(1),
    };
    assert!(degradations.contains(&malformed), "{degradations:?}");
    assert_eq!(find(&processes, 103).stat, None);
}

#[test]
fn without_proc_the_error_says_where_it_was_looked_for() {
    let error = platform(Path::new("/nonexistent/proc"))
        .processes(IO)
        .map(|_| ())
        .expect_err("fails");
    assert!(error.to_string().contains("/nonexistent/proc"), "{error}");
}
