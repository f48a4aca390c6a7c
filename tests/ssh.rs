//! Another host over ssh: a real sshd on loopback, whose users have no probe, one of another version,
//! or much to say first.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

#[path = "probe_program/start.rs"]
mod probe_program;
#[path = "support/role.rs"]
#[expect(dead_code, reason = "other tests use all of it")]
mod role;
mod ssh_server;
#[path = "support/until.rs"]
mod until;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use probe_program::probe;
use procfs::process::Process;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use ssh_server::{Server, USERS, route};
use sysmon::model::action::{Acted, Action, Outcome, Refused};
use sysmon::model::host::{CopyTrouble, HostTrouble};
use sysmon::model::process::{Pid as ProcessId, ProcessKey, StartTime};
use sysmon::model::remote::RemoteError;
use sysmon::platform::Host;
use sysmon::source::remote::greeting::{About, PROGRAM, PROTOCOL, greeting};
use sysmon::source::remote::ssh::{FOLDER, copy};
use sysmon::source::remote::{Patience, Remote, RemoteSource};
use sysmon::source::{Reply, Request, Source, SourceError};
use until::{LIMIT, until};

const PATIENT: Patience = Patience {
    greeting: LIMIT,
    answer: LIMIT,
    end: Duration::from_secs(10),
    first_pause: Duration::ZERO,
    longest_pause: Duration::ZERO,
};

fn program() -> std::path::PathBuf {
    probe(&[]).get_program().into()
}

fn connect(server: &Server, user: &str) -> Remote {
    Remote::new(server.route(user).probe(), PATIENT)
}

/// Why a host cannot be asked.
fn error(source: &mut RemoteSource) -> RemoteError {
    match source.ask(&Request::System) {
        Err(SourceError::Remote(error)) => error,
        other => panic!("{other:?}"),
    }
}

fn trouble(source: &mut RemoteSource) -> HostTrouble {
    match error(source) {
        RemoteError::Host { why, .. } => why,
        other => panic!("{other}"),
    }
}

fn is_gone(pid: Pid) -> bool {
    test_kill_process(pid).is_err()
}

/// That a host answers.
fn reads(source: &mut RemoteSource) {
    let first = source.ask(&Request::System);
    assert!(matches!(first, Ok(Reply::Primed)), "{first:?}");
    reads_on(source);
}

/// That it goes on to.
fn reads_on(source: &mut RemoteSource) {
    let second = source.ask(&Request::System);
    assert!(matches!(second, Ok(Reply::System(_))), "{second:?}");
}

#[test]
fn two_users_read_at_once_and_nothing_is_left_behind() {
    let Some(server) = Server::start() else {
        return;
    };
    server.install(&program());
    let remotes = USERS.map(|(user, _)| connect(&server, user));
    let mut sources = remotes.each_ref().map(Remote::open);
    for source in &mut sources {
        reads(source);
    }
    for (remote, (_, number)) in remotes.iter().zip(USERS) {
        let about = remote.about().expect("it answered");
        assert_eq!(about.uid, Some(number));
        assert_eq!(about.architecture, std::env::consts::ARCH);
    }
    let pids = server.pids(2);
    assert!(pids.iter().all(|pid| !is_gone(*pid)));
    drop((sources, remotes));
    for pid in pids {
        until(|| is_gone(pid).then_some(()));
    }
}

#[test]
fn a_host_without_a_probe_gets_one() {
    let Some(server) = Server::start() else {
        return;
    };
    let remote = connect(&server, "ann");
    let mut source = remote.open();
    assert_eq!(trouble(&mut source), HostTrouble::NoProbe);
    copy(&server.route("ann"), &program()).expect("copied");
    // Nobody asks again before a person has done something.
    assert_eq!(trouble(&mut source), HostTrouble::NoProbe);
    remote.retry();
    reads(&mut source);

    let folder = server.path("ann").join(FOLDER);
    let files: Vec<_> = fs::read_dir(&folder).expect("made").collect();
    assert_eq!(files.len(), 1);
    let file = files[0].as_ref().expect("read");
    let name = file.file_name().to_string_lossy().into_owned();
    assert!(
        name.starts_with(&format!("sysmon-probe-{PROGRAM}-")),
        "{name}"
    );
    let mode = file.metadata().expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    assert!(!server.path("bob").join(".local").exists());
}

#[test]
fn what_cannot_be_copied_is_told_and_leaves_nothing() {
    let Some(server) = Server::start() else {
        return;
    };
    let route = server.route("ann");
    let other = server.path("other");
    fs::write(&other, "#!/bin/sh\necho sysmon-probe 0.0.0\n").expect("written");
    let failed = copy(&route, &other).expect_err("another version");
    let said = "sysmon-probe 0.0.0".to_owned();
    assert_eq!(failed, CopyTrouble::CannotRun { said });
    let folder = server.path("ann").join(FOLDER);
    assert_eq!(fs::read_dir(&folder).expect("made").count(), 0);

    let failed = copy(&route, Path::new("/nowhere/probe")).expect_err("no file");
    assert!(matches!(failed, CopyTrouble::Unread { .. }), "{failed}");

    fs::remove_dir_all(server.path("ann").join(".local")).expect("removed");
    fs::write(server.path("ann/.local"), "in the way").expect("written");
    let failed = copy(&route, &program()).expect_err("no folder");
    assert!(matches!(failed, CopyTrouble::NotWritten { .. }), "{failed}");

    server.authorize("stranger");
    let failed = copy(&route, &program()).expect_err("not let in");
    assert!(
        matches!(
            &failed,
            CopyTrouble::Remote(RemoteError::Host {
                why: HostTrouble::NoKey,
                ..
            })
        ),
        "{failed}"
    );
}

#[test]
fn to_a_host_of_another_architecture_nothing_is_copied() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = |name: &str, script: &str| {
        let file = folder.path().join(name);
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("set");
    };
    let bin = folder.path().display();
    place("uname", "echo pdp11");
    let goes = "while [ \"$1\" != -- ]; do shift; done";
    place(
        "ssh",
        &format!("{goes}\nHOME='{bin}' PATH=\"{bin}:$PATH\" exec sh -c \"$3\""),
    );
    let failed = copy(&route(folder.path(), "ann@server"), &program());
    let expected = CopyTrouble::OtherArchitecture {
        theirs: "pdp11".to_owned(),
        ours: std::env::consts::ARCH.to_owned(),
    };
    assert_eq!(failed, Err(expected));
    assert!(!folder.path().join(".local").exists());
}

#[test]
fn a_probe_of_another_version_is_told_with_both_and_a_copy_comes_first() {
    let Some(server) = Server::start() else {
        return;
    };
    let hello = greeting(PROTOCOL + 1, "99.0.0", &About::this(Host::default())).expect("short");
    let said = server.path("said");
    fs::write(&said, hello).expect("written");
    server.install_script(&format!(
        "#!/bin/sh\ncat {}\nexec sleep 1000\n",
        said.display()
    ));
    let remote = connect(&server, "ann");
    let mut source = remote.open();
    let error = error(&mut source);
    let RemoteError::OtherVersion { theirs, ours } = &error else {
        panic!("{error}");
    };
    assert_eq!(theirs, &("99.0.0".to_owned(), PROTOCOL + 1));
    assert_eq!(ours, &(PROGRAM.to_owned(), PROTOCOL));
    assert!(error.wants_probe());
    copy(&server.route("ann"), &program()).expect("copied");
    reads(&mut source);
}

#[test]
fn what_a_login_says_is_skipped_with_a_bound() {
    let Some(server) = Server::start() else {
        return;
    };
    server.install(&program());
    server.at_login("ann", "echo Welcome; echo news >&2; seq 1000\n");
    reads(&mut connect(&server, "ann").open());
    server.at_login("bob", "while :; do echo y; done\n");
    let error = error(&mut connect(&server, "bob").open());
    assert_eq!(error, RemoteError::NotAProbe);
}

#[test]
fn who_is_not_let_in_is_told_why_and_asks_once() {
    let Some(server) = Server::start() else {
        return;
    };
    server.install(&program());
    let remote = connect(&server, "ann");
    let mut source = remote.open();
    server.know_nobody();
    assert_eq!(trouble(&mut source), HostTrouble::UnknownKey);
    server.know("other_key");
    assert_eq!(trouble(&mut source), HostTrouble::UnknownKey);
    remote.retry();
    assert_eq!(trouble(&mut source), HostTrouble::ChangedKey);
    server.know("host_key");
    server.authorize("stranger");
    remote.retry();
    assert_eq!(trouble(&mut source), HostTrouble::NoKey);
    server.authorize("key");
    remote.retry();
    reads(&mut source);
}

#[test]
fn a_connection_that_breaks_comes_back_when_the_host_does() {
    let Some(mut server) = Server::start() else {
        return;
    };
    server.install(&program());
    let mut source = connect(&server, "ann").open();
    reads(&mut source);
    let pid = server.pids(1)[0];
    // The shell's parent is what sshd made for this connection.
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_pid())).expect("it runs");
    let parent = stat.rsplit(") ").next().expect("fields").split(' ').nth(1);
    let parent = parent
        .and_then(|it| it.parse().ok())
        .and_then(Pid::from_raw);
    server.stop();
    kill_process(parent.expect("a parent"), Signal::KILL).expect("it ran");
    let broken = until(|| source.ask(&Request::System).err());
    assert!(
        matches!(broken, SourceError::Remote(RemoteError::Ended { .. })),
        "{broken}"
    );
    until(|| is_gone(pid).then_some(()));
    let closed = trouble(&mut source);
    assert!(
        matches!(closed, HostTrouble::Unreachable { .. }),
        "{closed:?}"
    );
    server.resume();
    reads(&mut source);
}

/// The process of this pid, as a table would name it.
fn key(pid: u32) -> ProcessKey {
    let process = Process::new(i32::try_from(pid).expect("a pid"));
    let stat = process.and_then(|it| it.stat()).expect("it lives");
    ProcessKey {
        pid: ProcessId(pid),
        start_time: StartTime::Ticks(stat.starttime),
    }
}

/// A process that does nothing, of this user.
fn idle(uid: u32) -> Child {
    let mut command = Command::new("sleep");
    command.arg("1000").stdin(Stdio::null()).uid(uid).gid(uid);
    command.spawn().expect("sleep(1)")
}

#[test]
fn a_process_on_a_host_is_ended_by_its_user_and_by_nobody_else() {
    let Some(server) = Server::start() else {
        return;
    };
    server.install(&program());
    let [(ann, number), (bob, _)] = USERS;
    let mut runaway = idle(number);
    let chosen = Request::Choose(vec![key(runaway.id())]);
    let outcome = |source: &mut RemoteSource| {
        let held = source.ask(&chosen);
        assert!(
            matches!(&held, Ok(Reply::Chosen(refused)) if refused.is_empty()),
            "{held:?}"
        );
        match source.ask(&Request::Act(Action::End)) {
            Ok(Reply::Acted(acted)) => acted.into_iter().map(|it| it.outcome).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        outcome(&mut connect(&server, bob).open()),
        [Outcome::NotPermitted]
    );
    assert!(runaway.try_wait().expect("a child").is_none());
    assert_eq!(outcome(&mut connect(&server, ann).open()), [Outcome::Done]);
    let ended = runaway.wait().expect("a child");
    assert_eq!(ended.signal(), Some(Signal::TERM.as_raw()));
}

/// Asks a host behind another, in the folder of a server, and says why it cannot be asked.
fn ask_behind() {
    let folder = std::env::var_os("FOLDER").expect("a folder");
    let remote = Remote::new(route(Path::new(&folder), "bob@behind").probe(), PATIENT);
    role::say(&format!("{:?}", trouble(&mut remote.open())));
}

/// A window that a person wants to stop by the probe that runs on the same machine, behind ssh. It goes
/// on to tell what came of it.
fn stop_oneself() {
    let folder = std::env::var_os("FOLDER").expect("a folder");
    let mut source =
        Remote::new(route(Path::new(&folder), "ann@127.0.0.1").probe(), PATIENT).open();
    let own = key(std::process::id());
    source.ask(&Request::Choose(vec![own])).expect("held");
    for action in [Action::Stop, Action::Kill] {
        match source.ask(&Request::Act(action)).expect("answered") {
            Reply::Acted(acted) => role::say(&format!("{:?}", acted[0].outcome)),
            other => panic!("{other:?}"),
        }
    }
    role::wait_for_release();
}

#[test]
fn role() {
    match role::played().as_deref() {
        Some("stopped") => stop_oneself(),
        Some("asking behind") => ask_behind(),
        Some(other) => panic!("the unknown role {other}"),
        None => {}
    }
}

#[test]
fn a_host_behind_another_is_read_and_nothing_is_asked_on_the_way() {
    let Some(server) = Server::start() else {
        return;
    };
    server.install(&program());
    server.lie_behind_another("HostKeyAlias jump");
    let known = fs::read_to_string(server.path("known_hosts")).expect("there");
    let key = known.split_once(' ').expect("a host and a key").1;
    let know_jump = || {
        fs::write(server.path("known_hosts"), format!("{known}\njump {key}\n")).expect("written");
    };
    know_jump();
    let folder = server.path("");
    reads(&mut Remote::new(route(&folder, "bob@behind").probe(), PATIENT).open());

    // On a terminal, and with a display.
    server.offer_to_ask();
    let asked_behind = || {
        let program = std::env::current_exe().expect("a program");
        let words = format!("{} --exact role --nocapture", program.display());
        let mut command = Command::new("script");
        command.args(["--quiet", "--return", "--command", &words, "/dev/null"]);
        command.env(role::ROLE, "asking behind");
        command.env("FOLDER", &folder).stdin(Stdio::piped());
        let mut role = role::Role::run(&mut command);
        role.hear().map(|said| said.trim_end().to_owned())
    };
    fs::write(server.path("known_hosts"), &known).expect("written");
    assert_eq!(asked_behind().as_deref(), Some("UnknownKey"));
    know_jump();
    let locked = server.lock_key();
    server.lie_behind_another(&format!("HostKeyAlias jump\nIdentityFile {locked}"));
    assert_eq!(asked_behind().as_deref(), Some("NoKey"));
    assert!(!server.path("asked").exists());
}

#[test]
fn what_leads_to_a_host_is_neither_stopped_nor_killed() {
    let Some(server) = Server::start() else {
        return;
    };
    server.install(&program());
    let mut source = connect(&server, "ann").open();
    reads(&mut source);
    let probe = server.pids(1)[0].as_raw_pid();
    let stat = Process::new(probe).and_then(|it| it.stat());
    let sshd = stat.expect("it runs").ppid;
    let keys = [probe, sshd].map(|pid| key(pid.unsigned_abs()));
    let held = source.ask(&Request::Choose(keys.to_vec()));
    assert!(
        matches!(&held, Ok(Reply::Chosen(refused)) if refused.is_empty()),
        "{held:?}"
    );
    for action in [Action::Stop, Action::Kill] {
        let Ok(Reply::Acted(acted)) = source.ask(&Request::Act(action)) else {
            panic!("no answer to {action:?}");
        };
        let is_refused = |it: &Acted| it.outcome == Outcome::Refused(Refused::Itself);
        assert!(acted.iter().all(is_refused), "{acted:?}");
    }
    reads_on(&mut source);
}

#[test]
fn a_window_is_neither_stopped_nor_killed_by_way_of_its_own_machine() {
    let Some(server) = Server::start() else {
        return;
    };
    server.install(&program());
    let mut command = role::command("stopped");
    command.env("FOLDER", server.path("")).stdin(Stdio::piped());
    let mut window = role::Role::run(&mut command);
    for _ in 0..2 {
        assert_eq!(window.hear().as_deref(), Some("Refused(Itself)"));
    }
}

#[test]
fn what_was_chosen_before_a_connection_broke_is_held_no_more() {
    let Some(server) = Server::start() else {
        return;
    };
    server.install(&program());
    let [(ann, number), _] = USERS;
    let mut bystander = idle(number);
    let mut source = connect(&server, ann).open();
    let chosen = source.ask(&Request::Choose(vec![key(bystander.id())]));
    assert!(matches!(chosen, Ok(Reply::Chosen(_))), "{chosen:?}");
    kill_process(server.pids(1)[0], Signal::KILL).expect("it ran");
    // First that it ended, then by the probe that is started again.
    let refused = until(|| match source.ask(&Request::Act(Action::Kill)) {
        Err(SourceError::Remote(_)) => None,
        answer => Some(answer),
    });
    assert!(
        matches!(refused, Err(SourceError::NothingChosen)),
        "{refused:?}"
    );
    assert!(bystander.try_wait().expect("a child").is_none());
    bystander.kill().expect("it runs");
    bystander.wait().expect("a child");
}
