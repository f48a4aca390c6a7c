//! Reading as administrator: the probe that root starts keeps few of root's rights and still reads
//! everything, and the machine is read by it until it fails or is left. `pkexec` is a stand-in here.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

#[path = "probe_program/start.rs"]
mod probe_program;
#[expect(dead_code, reason = "other tests need more of it")]
#[path = "support/role.rs"]
mod role;
#[path = "support/until.rs"]
mod until;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use probe_program::probe;
use procfs::process::Process;
use role::Role;
use rustix::process::{Pid, Signal, kill_process};
use sysmon::model::action::{Action, MOST_CHOSEN, Nice, Outcome, Refused};
use sysmon::model::administrator::NoAdministrator;
use sysmon::model::connection::{ConnectionRequest, ConnectionRow, HostNames};
use sysmon::model::process::{Pid as ProcessId, ProcessKey, StartTime};
use sysmon::model::remote::{Refusal, RemoteError};
use sysmon::model::table::{Direction, Row};
use sysmon::source::administrator;
use sysmon::source::machine::Machine;
use sysmon::source::remote::ProbeCommand;
use sysmon::source::remote::frame::{self, ANSWER, Frame, HEAD, QUESTION};
use sysmon::source::remote::greeting;
use sysmon::source::remote::protocol::{
    Answer, Answered, Failure, Message, Question, Session, decode, encode,
};
use sysmon::source::{Reply, Request, Source};
use until::{LIMIT, until};

/// Who started the probe, as pkexec says it.
const CALLER: &str = "54321";

const NETWORK: Request = Request::Network {
    names: HostNames::Off,
};

fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        eprintln!("not root: there are no rights to give up");
    }
    root
}

fn program() -> PathBuf {
    probe(&[]).get_program().into()
}

/// A pkexec that does this, of which `$@` is the probe and its argument, and `$0.pids` a file.
fn standin(folder: &Path, does: &str) -> ProbeCommand {
    let script = folder.join("pkexec");
    let options = "[ \"$1\" = --disable-internal-agent ] || exit 99; shift";
    let text = format!("#!/bin/sh\n{options}\necho $$ >> \"$0.pids\"\n{does}\n");
    fs::write(&script, text).expect("written");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("set");
    let mut command = administrator::command(&[], program(), None);
    command.words[0] = script.into();
    command
}

fn starts(folder: &Path) -> Vec<Pid> {
    let text = fs::read_to_string(folder.join("pkexec.pids")).unwrap_or_default();
    text.lines()
        .map(|line| Pid::from_raw(line.parse().expect("a pid")).expect("not zero"))
        .collect()
}

const ELEVATES: &str = "PKEXEC_UID=54321 SECRET=x exec \"$@\"";

/// The probe as pkexec starts it.
fn confined() -> Child {
    probe(&["administrator"])
        .env("PKEXEC_UID", CALLER)
        .env("SECRET", "x")
        .current_dir("/tmp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started")
}

/// Waits until it has greeted: all is given up then.
fn greeted(child: &mut Child) {
    let mut magic = [0; 8];
    let output = child.stdout.as_mut().expect("a pipe");
    output.read_exact(&mut magic).expect("it greets");
    assert_eq!(&magic, b"\0SysMon\x1b");
}

fn status(pid: u32, key: &str) -> String {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let mut lines = status.lines();
    let value = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    let words: Vec<&str> = value.expect("a line").split_ascii_whitespace().collect();
    words.join(" ")
}

/// `CAP_DAC_READ_SEARCH`, `CAP_KILL`, `CAP_NET_ADMIN`, `CAP_SYS_PTRACE`, `CAP_SYS_NICE`.
const USED: u64 = 1 << 2 | 1 << 5 | 1 << 12 | 1 << 19 | 1 << 23;
/// `CAP_SYS_ADMIN`.
const ADMIN: u64 = 1 << 21;

/// That it has no more of root's rights than it reads with.
fn is_confined(pid: u32) {
    let had = u64::from_str_radix(&status(std::process::id(), "CapEff"), 16).expect("hex");
    let sets = ["CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb"]
        .map(|key| u64::from_str_radix(&status(pid, key), 16).expect("hex"));
    assert_eq!(sets, [had & USED, had & (USED | ADMIN), 0, 0, 0]);
    assert_eq!(status(pid, "NoNewPrivs"), "1");
    assert_eq!(status(pid, "Umask"), "0077");
    assert_eq!(status(pid, "Uid"), [CALLER; 4].join(" "));
    assert_eq!(status(pid, "Gid"), ["65534"; 4].join(" "));
    assert_eq!(status(pid, "Groups"), "");
}

#[test]
fn the_probe_gives_up_all_that_reading_does_not_take() {
    if !is_root() {
        return;
    }
    let mut child = confined();
    greeted(&mut child);
    let pid = child.id();
    is_confined(pid);
    let own = |name: &str| PathBuf::from(format!("/proc/{pid}/{name}"));
    assert_eq!(fs::read_link(own("cwd")).expect("root may"), Path::new("/"));
    let environment = fs::read(own("environ")).expect("root may");
    let mut variables: Vec<_> = environment
        .split(|&byte| byte == 0)
        .filter(|variable| !variable.is_empty())
        .map(String::from_utf8_lossy)
        .collect();
    variables.sort();
    assert_eq!(
        variables,
        [
            "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
            &format!("PKEXEC_UID={CALLER}")
        ]
    );
    // A program that may be looked into belongs to its user; this one to root.
    assert_eq!(fs::metadata(own("environ")).expect("there").uid(), 0);

    drop(child.stdin.take());
    assert!(child.wait().expect("waited for").success());
}

#[test]
fn what_is_no_frame_ends_the_confined_probe_with_a_sentence() {
    if !is_root() {
        return;
    }
    let longer = [&(QUESTION + 1).to_le_bytes()[..], &[7; 100]].concat();
    for said in [b"rm -rf /\n", &[0xff; 100][..], &longer, &[9, 0, 0, 0, 1]] {
        let mut child = confined();
        let mut output = child.stdout.take().expect("a pipe");
        greeting::read(&mut output).expect("it greets");
        is_confined(child.id());
        let mut input = child.stdin.take().expect("a pipe");
        input.write_all(said).expect("it reads");
        if said.len() < HEAD {
            drop(input);
        }
        let mut answered = Vec::new();
        output.read_to_end(&mut answered).expect("read");
        assert!(answered.is_empty(), "{said:?}: {answered:?}");
        let ended = child.wait_with_output().expect("it ends");
        assert_eq!(ended.status.code(), Some(1), "{said:?}");
        let told = String::from_utf8_lossy(&ended.stderr);
        assert!(
            told.starts_with("sysmon-probe: what is asked cannot be read: "),
            "{told}"
        );
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

/// The confined probe, which is told whatever comes to mind.
struct Told {
    child: Child,
    answers: Receiver<Frame>,
    frames: u32,
}

impl Told {
    fn start() -> Self {
        let mut child = confined();
        let mut output = child.stdout.take().expect("a pipe");
        greeting::read(&mut output).expect("it greets");
        let (tell, answers) = channel();
        thread::spawn(move || {
            while let Ok(Some(answer)) = frame::read(&mut output, ANSWER) {
                // Nobody may listen any more.
                let _ = tell.send(answer);
            }
        });
        Self {
            child,
            answers,
            frames: 0,
        }
    }

    /// What it answers to a frame of this.
    fn answer(&mut self, body: &[u8]) -> Answered {
        self.frames += 1;
        let input = self.child.stdin.as_mut().expect("a pipe");
        let framed = frame::frame(self.frames, body, u32::MAX).expect("short");
        input.write_all(&framed).expect("it reads");
        let answer = self.answers.recv_timeout(LIMIT).expect("it answers");
        assert_eq!(answer.number, self.frames);
        decode(&answer.body).expect("an answer")
    }

    fn ask(&mut self, question: Question) -> Answered {
        self.answer(&asked(question))
    }

    /// Chooses a process, and says what comes of acting on it.
    fn act_on(&mut self, key: ProcessKey, action: Action) -> Outcome {
        let chosen = self.ask(Question::Choose(vec![key]));
        assert!(matches!(chosen, Ok(Answer::Chosen(_))), "{chosen:?}");
        match self.ask(Question::Act(action)) {
            Ok(Answer::Acted(acted)) => acted[0].outcome.clone(),
            other => panic!("{other:?}"),
        }
    }
}

/// A question as it travels.
fn asked(question: Question) -> Vec<u8> {
    encode(&Message::Ask(Session(1), question)).expect("short")
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

#[test]
fn the_confined_probe_does_nothing_of_what_it_does_not_know_or_may_not() {
    if !is_root() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = role::command_as_nobody("working", folder.path());
    let mut other = Role::run(command.stdin(Stdio::piped()));
    assert_eq!(other.hear().as_deref(), Some("written"));
    let other = key(other.pid());
    let mut probe = Told::start();
    let held = probe.ask(Question::Choose(vec![other]));
    assert_eq!(held, Ok(Answer::Chosen(Vec::new())));

    let changed = |question: &[u8], last: u8| {
        let (_, rest) = question.split_last().expect("not empty");
        [rest, &[last]].concat()
    };
    let kill = asked(Question::Act(Action::Kill));
    let unknown: [&[u8]; 8] = [
        b"",
        b"kill",
        &[0xff; 1000],
        // Of no message, question, action and priority.
        &[127],
        &changed(&asked(Question::System), 127),
        &changed(&kill, 127),
        &changed(&asked(Question::Act(Action::SetNice(Nice::LOWEST))), 100),
        // More than a question.
        &[&kill[..], b";"].concat(),
    ];
    for body in unknown {
        let refused = Err(Failure::Refused(Refusal::NotUnderstood));
        assert_eq!(probe.answer(body), refused, "{body:?}");
    }
    let many = vec![other; MOST_CHOSEN + 1];
    assert_eq!(
        probe.ask(Question::Choose(many)),
        Err(Failure::TooManyChosen)
    );
    let in_another_session = encode(&Message::Ask(Session(2), Question::Act(Action::Kill)));
    assert_eq!(
        probe.answer(&in_another_session.expect("short")),
        Err(Failure::NothingChosen)
    );
    assert_eq!(key(other.pid.0), other, "it is there as before");

    let own = key(probe.child.id());
    for action in [Action::Kill, Action::Stop] {
        let refused = |why| Outcome::Refused(why);
        assert_eq!(probe.act_on(own, action), refused(Refused::Itself));
        assert_eq!(probe.act_on(key(1), action), refused(Refused::FirstProcess));
        let before = ProcessKey {
            start_time: StartTime::Ticks(1),
            ..other
        };
        assert_eq!(probe.act_on(before, action), Outcome::Gone);
    }
    let stat = Process::new(i32::try_from(other.pid.0).expect("a pid")).and_then(|it| it.stat());
    let stat = stat.expect("it lives");
    assert!(
        stat.nice == 0 && !matches!(stat.state, 'T' | 'Z'),
        "{stat:?}"
    );

    is_confined(own.pid.0);
    assert_eq!(probe.ask(Question::System), Ok(Answer::Primed));
}

#[test]
fn who_is_not_root_has_nothing_to_give_up_and_is_told_so() {
    if !is_root() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("probe");
    let copied = Command::new("cp").arg(program()).arg(&copy).status();
    assert!(copied.expect("cp(1)").success());
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("set");
    let output = Command::new(&copy)
        .arg("administrator")
        .uid(65_534)
        .stdin(Stdio::null())
        .output()
        .expect("started");
    assert!(!output.status.success() && output.stdout.is_empty());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("has to be started as root"), "{said}");
}

/// A process of another user that writes to a disk and holds a socket.
fn work_for_another() {
    let _listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let mut file = tempfile::tempfile_in("/var/tmp").expect("a file");
    file.write_all(&vec![7; 1 << 20]).expect("written");
    file.sync_all().expect("on the disk");
    role::say("written");
    role::wait_for_release();
}

/// A window that is killed: its probe reads.
fn be_a_window() {
    let folder = PathBuf::from(std::env::var("FOLDER").expect("a folder"));
    let remote = administrator::once(standin(&folder, ELEVATES));
    let mut source = remote.open();
    source.ask(&Request::Disk).expect("answered");
    role::say("read");
    role::wait_for_release();
}

/// A window that a person wants to stop by its own probe. It goes on to tell what came of it.
fn stop_oneself() {
    let folder = PathBuf::from(std::env::var("FOLDER").expect("a folder"));
    let mut source = administrator::once(standin(&folder, ELEVATES)).open();
    let own = key(std::process::id());
    source.ask(&Request::Choose(vec![own])).expect("held");
    match source.ask(&Request::Act(Action::Stop)).expect("answered") {
        Reply::Acted(acted) => role::say(&format!("{:?}", acted[0].outcome)),
        other => panic!("{other:?}"),
    }
    role::wait_for_release();
}

#[test]
fn role() {
    match role::played().as_deref() {
        Some("working") => work_for_another(),
        Some("container") => talk_in_a_container(),
        Some("window") => be_a_window(),
        Some("stopped") => stop_oneself(),
        Some(other) => panic!("the unknown role {other}"),
        None => {}
    }
}

/// What a process wrote, where the source may see that.
fn io_of(source: &mut dyn Source, pid: u32) -> Option<u64> {
    match source.ask(&Request::Disk).expect("read") {
        Reply::Disk(snapshot) => {
            let row = snapshot.rows.iter().find(|row| row.key.pid.0 == pid)?;
            Some(row.io?.written.0)
        }
        _ => None,
    }
}

/// How many sockets it holds, where the source may see that.
fn sockets_of(source: &mut dyn Source, pid: u32) -> Option<u64> {
    match source.ask(&NETWORK).expect("read") {
        Reply::Network(snapshot) => {
            let row = snapshot.rows.iter().find(|row| row.key.pid.0 == pid)?;
            Some(row.sockets?.tcp)
        }
        _ => None,
    }
}

/// How many connections it holds, where the source may see that.
fn connections_of(source: &mut dyn Source, pid: u32) -> Option<usize> {
    let all = Request::Connections(ConnectionRequest {
        filter: String::new(),
        sort: ConnectionRow::DEFAULT_SORT.to_owned(),
        direction: Direction::Descending,
        limit: None,
        process: None,
        names: HostNames::Off,
    });
    match source.ask(&all).expect("read") {
        Reply::Connections(snapshot) => {
            let holders = snapshot.rows.iter().filter_map(|row| row.holder.as_ref());
            let held = holders.filter(|(key, _)| key.pid.0 == pid).count();
            (held > 0).then_some(held)
        }
        _ => None,
    }
}

#[test]
fn the_confined_probe_reads_the_io_and_the_sockets_of_every_user() {
    if !is_root() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let place = tempfile::tempdir().expect("a folder");
    let mut command = role::command_as_nobody("working", place.path());
    let mut worker = Role::run(command.stdin(Stdio::piped()));
    assert_eq!(worker.hear().as_deref(), Some("written"));
    let remote = administrator::once(standin(folder.path(), ELEVATES));
    assert_eq!(remote.about().expect("it greets").uid, Some(54_321));
    let mut source = remote.open();
    let io = fs::read_to_string(format!("/proc/{}/io", worker.pid())).expect("root may");
    let line = io
        .lines()
        .find_map(|line| line.strip_prefix("write_bytes: "));
    let written: u64 = line.expect("a line").parse().expect("a number");
    assert_eq!(until(|| io_of(&mut source, worker.pid())), written);
    assert_eq!(until(|| sockets_of(&mut source, worker.pid())), 1);
    assert_eq!(until(|| connections_of(&mut source, worker.pid())), 1);
}

#[test]
fn the_confined_probe_does_not_stop_its_window() {
    if !is_root() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = role::command("stopped");
    command.env("FOLDER", folder.path());
    let mut window = Role::run(command.stdin(Stdio::piped()));
    assert_eq!(window.hear().as_deref(), Some("Refused(Itself)"));
}

/// Sends to itself in a network namespace of its own, without end.
fn talk_in_a_container() {
    let up = Command::new("ip")
        .args(["link", "set", "lo", "up"])
        .status();
    assert!(up.expect("ip(8)").success());
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("an address");
    let mut sends = TcpStream::connect(address).expect("connected");
    let (mut receives, _) = listener.accept().expect("accepted");
    thread::spawn(move || {
        loop {
            sends.write_all(&[7; 4096]).expect("sent");
            receives.read_exact(&mut [0; 4096]).expect("received");
            thread::sleep(Duration::from_millis(10));
        }
    });
    role::say("talking");
    role::wait_for_release();
}

/// What connections carry is told inside of their namespace only: the right to enter it is taken up by
/// the thread that needs it.
#[test]
fn the_confined_probe_reads_what_containers_receive() {
    if !is_root() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = role::apart("--net").expect("root may");
    role::play(&mut command, "container");
    let mut container = Role::run(command.stdin(Stdio::piped()));
    assert_eq!(container.hear().as_deref(), Some("talking"));
    let remote = administrator::once(standin(folder.path(), ELEVATES));
    let mut source = remote.open();
    until(|| match source.ask(&NETWORK).expect("read") {
        Reply::Network(snapshot) => {
            let mut rows = snapshot.rows.iter();
            let row = rows.find(|row| row.key.pid.0 == container.pid())?;
            (row.received?.0 > 0).then_some(())
        }
        _ => None,
    });
}

#[test]
fn the_probe_ends_with_its_window_however_that_ends() {
    if !is_root() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = role::command("window");
    let window = Role::run(command.env("FOLDER", folder.path()).stdin(Stdio::piped()));
    let mut window = window;
    assert_eq!(window.hear().as_deref(), Some("read"));
    let [pid] = starts(folder.path())[..] else {
        panic!("it is started once")
    };
    assert!(!is_gone(pid));
    let window_pid = i32::try_from(window.pid()).ok().and_then(Pid::from_raw);
    kill_process(window_pid.expect("a pid"), Signal::KILL).expect("killed");
    until(|| is_gone(pid).then_some(()));
}

fn is_gone(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
    // Nobody may have waited for it yet.
    stat.is_err() || stat.is_ok_and(|stat| stat.contains(") Z "))
}

/// The machine as this program reads it itself.
fn machine() -> Machine {
    Machine::of(None)
}

fn system_arrives(source: &mut dyn Source) {
    until(|| match source.ask(&Request::System).expect("read") {
        Reply::System(_) => Some(()),
        Reply::Primed => None,
        other => panic!("{other:?}"),
    });
}

#[test]
fn who_does_not_give_the_password_goes_on_as_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let machine = machine();
    let mut source = machine.open().expect("opened");
    system_arrives(&mut *source);
    for (does, why) in [
        ("exit 126", NoAdministrator::Dismissed),
        (
            "echo 'Error executing command as another user: Not authorized' >&2; echo >&2\n\
             echo 'This incident has been reported.' >&2; exit 127",
            NoAdministrator::NotAllowed {
                said: "Not authorized".to_owned(),
            },
        ),
        (
            "echo 'Error executing command as another user: No authentication agent found.' >&2\n\
             exit 127",
            NoAdministrator::NoAgent,
        ),
    ] {
        let remote = administrator::once(standin(folder.path(), does));
        let refused = machine.read_with(remote).expect_err(does);
        assert_eq!(refused, RemoteError::Administrator(why), "{does}");
        assert!(!machine.is_administrator());
        let answer = source.ask(&Request::System).expect("read");
        assert!(matches!(answer, Reply::System(_)), "no rate is lost");
    }
    let mut missing = standin(folder.path(), "");
    missing.words[0] = folder.path().join("none").into();
    let refused = machine.read_with(administrator::once(missing));
    let why = RemoteError::Administrator(NoAdministrator::NoPkexec);
    assert_eq!(refused.expect_err("there is none"), why);
}

#[test]
fn while_the_password_is_asked_for_everything_goes_on() {
    if !is_root() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (machine, path) = (machine(), folder.path().join("given"));
    let mut source = machine.open().expect("opened");
    system_arrives(&mut *source);
    let waits = format!(
        "until [ -e '{}' ]; do sleep 0.02; done; {ELEVATES}",
        path.display()
    );
    let remote = administrator::once(standin(folder.path(), &waits));
    let asking = thread::spawn({
        let machine = machine.clone();
        move || machine.read_with(remote)
    });
    until(|| (!starts(folder.path()).is_empty()).then_some(()));
    for _ in 0..3 {
        let answer = source.ask(&Request::System).expect("read");
        assert!(matches!(answer, Reply::System(_)));
        assert!(!machine.is_administrator());
    }
    fs::write(&path, "").expect("written");
    asking.join().expect("joined").expect("it greets");
    assert!(machine.is_administrator());
    // Who reads is another, and no answer is missing.
    let answer = source.ask(&Request::System).expect("read");
    assert!(matches!(answer, Reply::System(_)), "{answer:?}");
    let answer = source.ask(&Request::System).expect("read");
    assert!(matches!(answer, Reply::System(_)), "{answer:?}");
    let [pid] = starts(folder.path())[..] else {
        panic!("it is started once")
    };
    machine.leave();
    until(|| is_gone(pid).then_some(()));
    assert!(!machine.is_administrator());
    system_arrives(&mut *source);
}

#[test]
fn when_the_probe_fails_it_goes_on_as_before_and_nobody_is_asked_again() {
    if !is_root() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let machine = machine();
    let (tell, lost) = channel();
    machine.connect_lost(move |error| tell.send(error).expect("somebody listens"));
    let mut sources = [0; 2].map(|_| machine.open().expect("opened"));
    let remote = administrator::once(standin(folder.path(), ELEVATES));
    machine.read_with(remote).expect("it greets");
    for source in &mut sources {
        system_arrives(&mut **source);
    }
    let [pid] = starts(folder.path())[..] else {
        panic!("it is started once")
    };
    kill_process(pid, Signal::KILL).expect("killed");
    for source in &mut sources {
        system_arrives(&mut **source);
    }
    let why = NoAdministrator::Ended {
        said: String::new(),
    };
    assert_eq!(lost.recv_timeout(LIMIT), Ok(why.into()));
    assert!(!machine.is_administrator());
    assert!(lost.try_recv().is_err(), "it is told once");
    assert_eq!(starts(folder.path()).len(), 1);
}
