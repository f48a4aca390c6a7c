//! Probes at the other end of a pipe: a good one answers as this machine does, and a bad one of any
//! kind is an error that says so, and costs neither memory nor a process that stays.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

#[expect(dead_code, reason = "other tests need more of it")]
#[path = "support/memory.rs"]
mod memory;
#[path = "probe_program/start.rs"]
mod probe_program;
#[path = "support/role.rs"]
#[expect(dead_code, reason = "other tests use all of it")]
mod role;
#[path = "support/until.rs"]
mod until;

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use probe_program::probe;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use sysmon::model::process::{ProcessInfo, ProcessKey, StartTime};
use sysmon::model::remote::RemoteError;
use sysmon::platform::{Host, Kind, Roots, open};
use sysmon::source::local::LocalSource;
use sysmon::source::remote::frame::{ANSWER, frame};
use sysmon::source::remote::greeting::{About, PROGRAM, PROTOCOL, greeting};
use sysmon::source::remote::protocol::{
    Answer, Answered, Failure, Message, Question, Session, encode,
};
use sysmon::source::remote::{Patience, ProbeCommand, Remote, RemoteSource};
use sysmon::source::{Reply, Request, Source, SourceError};
use tempfile::TempDir;
use until::{LIMIT, until};

const PATIENT: Patience = Patience {
    greeting: LIMIT,
    answer: LIMIT,
    end: Duration::from_secs(5),
    first_pause: Duration::ZERO,
    longest_pause: Duration::ZERO,
};

const CPU: Request = Request::Cpu { watch: Vec::new() };

/// The probe of this build, which writes its pid into `pids` each time it is started.
fn real(pids: &Path) -> ProbeCommand {
    let program = probe(&[]).get_program().to_owned();
    let script = "echo $$ >> \"$1\"; exec \"$0\" serve";
    ProbeCommand::new([
        "sh".into(),
        "-c".into(),
        script.into(),
        program,
        pids.as_os_str().to_owned(),
    ])
}

/// The pids that were written, once there are `count`.
fn pids(file: &Path, count: usize) -> Vec<Pid> {
    until(|| {
        let text = fs::read_to_string(file).ok()?;
        let pids: Vec<_> = text
            .lines()
            .map(|line| Pid::from_raw(line.parse().expect("a pid")).expect("not zero"))
            .collect();
        (pids.len() >= count && text.ends_with('\n')).then_some(pids)
    })
}

fn is_gone(pid: Pid) -> bool {
    test_kill_process(pid).is_err()
}

fn about() -> About {
    About::this(Host::default())
}

fn hello() -> Vec<u8> {
    greeting(PROTOCOL, PROGRAM, &about()).expect("short")
}

/// A probe that says this, whatever it is asked, and then does as the shell is told.
struct Bad {
    folder: TempDir,
}

impl Bad {
    fn command(said: &[u8], then: &str) -> (Self, ProbeCommand) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("said");
        fs::write(&file, said).expect("written");
        let script = format!("echo $$ >> \"$0.pids\"; cat \"$0\"; {then}");
        let command = ProbeCommand::new([
            "sh".into(),
            "-c".into(),
            script.into(),
            file.into_os_string(),
        ]);
        (Self { folder }, command)
    }

    fn pids(&self, count: usize) -> Vec<Pid> {
        pids(&self.folder.path().join("said.pids"), count)
    }
}

const STAYS: &str = "exec sleep 1000";

/// Why a probe cannot be asked.
fn error(source: &mut RemoteSource) -> RemoteError {
    match source.ask(&Request::System) {
        Err(SourceError::Remote(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// What a client says of a probe that says this, and that none is left of it.
fn said_of(said: &[u8], then: &str, patience: Patience) -> RemoteError {
    let (bad, command) = Bad::command(said, then);
    let remote = Remote::new(command, patience);
    let mut source = remote.open();
    let error = error(&mut source);
    let pid = bad.pids(1)[0];
    drop((source, remote));
    until(|| is_gone(pid).then_some(()));
    error
}

#[test]
fn a_probe_answers_as_this_machine_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let remote = Remote::new(real(&folder.path().join("pids")), PATIENT);
    let about = remote.about().expect("it greets");
    assert_eq!(about.architecture, std::env::consts::ARCH);
    assert_eq!(about.host, Host::of(Kind::Linux, &Roots::default()));
    assert_eq!(about.is_root(), rustix::process::geteuid().is_root());
    let local = LocalSource::new(open(Kind::Linux, Roots::default()).expect("Linux"));
    let mut sources: [Box<dyn Source>; 2] = [Box::new(local), Box::new(remote.open())];
    let own = std::process::id();
    let requests = [
        Request::System,
        CPU,
        Request::Disk,
        Request::Network {
            names: sysmon::model::connection::HostNames::Off,
        },
    ];
    for request in &requests {
        let [here, there] = sources.each_mut().map(|source| {
            assert_eq!(source.ask(request).expect("read"), Reply::Primed);
            source.ask(request).expect("read")
        });
        match (here, there) {
            (Reply::System(here), Reply::System(there)) => {
                let total = |it: &sysmon::model::system::SystemSnapshot| {
                    it.totals.memory.map(|it| it.total)
                };
                assert_eq!(total(&here), total(&there));
                assert_eq!(here.totals.cpus.len(), there.totals.cpus.len());
                assert_eq!(here.degradations, there.degradations);
                assert!(there.elapsed > Duration::ZERO && there.elapsed < LIMIT);
            }
            (Reply::Cpu(here), Reply::Cpu(there)) => {
                let own_row = |it: &sysmon::model::cpu::CpuSnapshot| {
                    let row = it.rows.iter().find(|row| row.key.pid.0 == own).cloned();
                    row.expect("this test runs")
                };
                let (here, there) = (own_row(&here), own_row(&there));
                assert_eq!(here.key, there.key);
                // When it started is worked out from two clocks that are read in turn.
                let known = |row: sysmon::model::cpu::CpuRow| ProcessInfo {
                    started: None,
                    ..(*row.info).clone()
                };
                assert_eq!(known(here), known(there));
            }
            (Reply::Disk(here), Reply::Disk(there)) => {
                assert!(!here.rows.is_empty() && !there.rows.is_empty());
            }
            (Reply::Network(here), Reply::Network(there)) => {
                assert!(!here.rows.is_empty() && !there.rows.is_empty());
            }
            (here, there) => panic!("{here:?} here, {there:?} there"),
        }
    }
    let key = {
        let Reply::Cpu(snapshot) = sources[0].ask(&CPU).expect("read") else {
            panic!("a table")
        };
        let row = snapshot.rows.iter().find(|row| row.key.pid.0 == own);
        row.expect("this test runs").key
    };
    let gone = ProcessKey {
        start_time: StartTime::Ticks(1),
        ..key
    };
    let details = sources.each_mut().map(|source| {
        assert_eq!(
            source.ask(&Request::Details(gone)).expect("read"),
            Reply::Details(None)
        );
        match source.ask(&Request::Details(key)).expect("read") {
            Reply::Details(Some(details)) => details.executable,
            other => panic!("{other:?}"),
        }
    });
    assert_eq!(details[0], details[1]);
    assert_eq!(
        sources[1].ask(&Request::Remember).expect("answered"),
        Reply::Remembered(None)
    );
}

#[test]
fn an_error_of_the_machine_arrives_as_it_was() {
    let program = probe(&[]).get_program().to_owned();
    let words = ["serve", "--proc-root", "/nowhere"].map(Into::into);
    let command = ProbeCommand::new([vec![program], words.to_vec()].concat());
    let roots = Roots {
        proc: "/nowhere".into(),
        ..Roots::default()
    };
    let mut here = LocalSource::new(open(Kind::Linux, roots).expect("Linux"));
    let mut there = Remote::new(command, PATIENT).open();
    let (here, there) = (here.ask(&CPU), there.ask(&CPU));
    let (here, there) = (
        here.expect_err("nothing there"),
        there.expect_err("nothing there"),
    );
    assert_eq!(here.to_string(), there.to_string());
    assert!(matches!(there, SourceError::Platform(_)), "{there:?}");
}

#[test]
fn sources_of_one_probe_have_intervals_of_their_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("pids");
    let remote = Remote::new(real(&file), PATIENT);
    let mut one = remote.open();
    assert_eq!(one.ask(&Request::System).expect("read"), Reply::Primed);
    thread::sleep(Duration::from_millis(300));
    let mut other = remote.open();
    assert_eq!(other.ask(&Request::System).expect("read"), Reply::Primed);
    let Reply::System(snapshot) = one.ask(&Request::System).expect("read") else {
        panic!("the machine")
    };
    assert!(snapshot.elapsed >= Duration::from_millis(300));
    drop(other);
    // Sessions that are over make room for others.
    for _ in 0..3 * sysmon::source::remote::server::MOST_SESSIONS {
        let mut source = remote.open();
        assert_eq!(source.ask(&Request::System).expect("read"), Reply::Primed);
    }
    assert_eq!(pids(&file, 1).len(), 1);
}

#[test]
fn a_probe_that_ends_is_started_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("pids");
    let remote = Remote::new(real(&file), PATIENT);
    let mut source = remote.open();
    for round in 1..4 {
        assert_eq!(source.ask(&CPU).expect("read"), Reply::Primed);
        assert!(matches!(source.ask(&CPU).expect("read"), Reply::Cpu(_)));
        let pid = pids(&file, round)[round - 1];
        kill_process(pid, Signal::KILL).expect("it ran");
        let error = until(|| source.ask(&CPU).err());
        assert!(
            matches!(error, SourceError::Remote(RemoteError::Ended { .. })),
            "{error}"
        );
        assert!(is_gone(pid), "it is waited for");
    }
    let last = pids(&file, 3)[2];
    drop((source, remote));
    until(|| is_gone(last).then_some(()));
}

#[test]
fn whoever_is_gone_leaves_no_probe() {
    // Its input ends: as when the window crashed.
    let mut child = probe(&["serve"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdin.take());
    let mut said = Vec::new();
    let mut stdout = child.stdout.take().expect("piped");
    stdout.read_to_end(&mut said).expect("read");
    assert!(child.wait().expect("it ends").success());
    let host = Host::of(Kind::Linux, &Roots::default());
    assert_eq!(
        said,
        greeting(PROTOCOL, PROGRAM, &About::this(host)).expect("short")
    );

    // Nobody reads its answers.
    let mut child = probe(&["serve"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().expect("piped");
    let ask = encode(&Message::Ask(Session(1), Question::System)).expect("short");
    for number in 0..10 {
        stdin
            .write_all(&frame(number, &ask, 100).expect("short"))
            .expect("it reads");
    }
    drop(stdin);
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn rubbish_ends_a_probe_with_a_sentence_and_what_is_no_question_is_refused() {
    let run = |input: &[u8]| {
        let mut child = probe(&["serve"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut stdin = child.stdin.take().expect("piped");
        let _ = stdin.write_all(input);
        drop(stdin);
        child.wait_with_output().expect("it ends")
    };
    for rubbish in [
        "what is this?\n",
        "\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}",
    ] {
        let output = run(rubbish.as_bytes());
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(
            said.starts_with("sysmon-probe: ") && said.lines().count() == 1,
            "{said}"
        );
        assert!(!said.contains("panicked"), "{said}");
    }
    let output = run(&frame(7, b"\xff\xff\xff", 100).expect("short"));
    assert!(output.status.success());
    let refused: Answered = Err(Failure::Refused(
        sysmon::model::remote::Refusal::NotUnderstood,
    ));
    let refused = frame(7, &encode(&refused).expect("short"), 100).expect("short");
    assert!(output.stdout.ends_with(&refused));
}

#[test]
fn what_is_no_probe_is_told_in_a_sentence() {
    let not_there = ProbeCommand::new(["/nowhere/probe", "serve"]);
    let told = error(&mut Remote::new(not_there, PATIENT).open());
    assert!(matches!(told, RemoteError::NotStarted { .. }), "{told}");
    assert!(told.to_string().contains("/nowhere/probe"), "{told}");

    let nothing = ProbeCommand::new(Vec::<String>::new());
    let told = error(&mut Remote::new(nothing, PATIENT).open());
    assert!(matches!(told, RemoteError::NotStarted { .. }), "{told}");

    let told = said_of(
        b"",
        "echo first; echo 'no such host' >&2; exit 255",
        PATIENT,
    );
    let said = "no such host".to_owned();
    assert_eq!(told, RemoteError::EndedAtStart { said });

    let told = said_of(b"Welcome!\n", "yes", PATIENT);
    assert_eq!(told, RemoteError::NotAProbe);

    let hasty = Patience {
        greeting: Duration::from_millis(50),
        ..PATIENT
    };
    assert_eq!(
        said_of(b"Password: ", STAYS, hasty),
        RemoteError::NoGreeting
    );

    let other = greeting(PROTOCOL + 1, "9.9.9", &about()).expect("short");
    let told = said_of(&other, STAYS, PATIENT);
    assert!(matches!(told, RemoteError::OtherVersion { .. }), "{told}");
    assert!(
        told.to_string().contains("9.9.9") && told.to_string().contains(PROGRAM),
        "{told}"
    );
}

#[test]
fn a_sandbox_that_denies_is_told_with_what_allows_it() {
    let (_bad, command) = Bad::command(
        b"",
        "echo 'Portal call failed: org.freedesktop.DBus.Error.ServiceUnknown: no' >&2; exit 1",
    );
    let command = ProbeCommand {
        flatpak: Some("org.example.App".to_owned()),
        ..command
    };
    let told = error(&mut Remote::new(command, PATIENT).open());
    assert!(
        told.to_string().contains("flatpak override --user"),
        "{told}"
    );
    let missing = ProbeCommand {
        flatpak: Some("org.example.App".to_owned()),
        ..ProbeCommand::new(["/nowhere/flatpak-spawn"])
    };
    let told = error(&mut Remote::new(missing, PATIENT).open());
    assert_eq!(told, RemoteError::NoFlatpakSpawn);
}

#[test]
fn a_probe_behind_what_a_login_says_is_found() {
    let program = probe(&[]).get_program().to_owned();
    let script = "yes 'No unauthorized access!' | head -c 60000; exec \"$0\" serve";
    let command = ProbeCommand::new(["sh".into(), "-c".into(), script.into(), program]);
    let mut source = Remote::new(command, PATIENT).open();
    assert_eq!(source.ask(&CPU).expect("read"), Reply::Primed);
}

/// What it does, what it says and then does as a shell, and how that is told.
type Case = (
    &'static str,
    Vec<u8>,
    &'static str,
    fn(&RemoteError) -> bool,
);

#[test]
fn a_probe_that_misbehaves_is_ended_and_costs_no_memory() {
    let answer: Answered = Ok(Answer::Primed);
    let answer = encode(&answer).expect("short");
    let first = frame(1, &answer, ANSWER).expect("short");
    let memory = memory::Since::now();
    let announced = [&u32::MAX.to_le_bytes()[..], &[1, 0, 0, 0]].concat();
    let just_allowed = [&ANSWER.to_le_bytes()[..], &[1, 0, 0, 0], b"a few bytes"].concat();
    let detail: Answered = Ok(Answer::Details(None));
    let cases: [Case; 7] = [
        (
            "4 GiB announced",
            announced,
            STAYS,
            |it| matches!(it, RemoteError::TooLarge { bytes, .. } if *bytes == u64::from(u32::MAX)),
        ),
        ("the end in a frame", just_allowed, "exit 0", |it| {
            matches!(it, RemoteError::Ended { .. })
        }),
        (
            "rubbish",
            frame(1, b"\xff\xfe", 9).expect("short"),
            STAYS,
            |it| *it == RemoteError::Malformed,
        ),
        (
            "more than an answer",
            frame(1, &[answer.as_slice(), b"x"].concat(), 9).expect("short"),
            STAYS,
            |it| *it == RemoteError::Malformed,
        ),
        (
            "an answer to another question",
            frame(1, &encode(&detail).expect("short"), 9).expect("short"),
            STAYS,
            |it| *it == RemoteError::Malformed,
        ),
        (
            "an answer to no question",
            frame(9, &answer, 9).expect("short"),
            STAYS,
            |it| *it == RemoteError::Unasked,
        ),
        ("the end", Vec::new(), "exit 0", |it| {
            matches!(it, RemoteError::Ended { .. })
        }),
    ];
    for (case, said, then, is_it) in cases {
        // It answers when it was asked.
        let (bad, command) = Bad::command(&hello(), "");
        let after = bad.folder.path().join("after");
        fs::write(&after, &said).expect("written");
        let mut words = command.words;
        let script = format!(
            "echo $$ >> \"$0.pids\"; cat \"$0\"; head -c 10 >/dev/null; cat \"$1\"; {then}"
        );
        words[2] = script.into();
        words.push(after.into_os_string());
        let remote = Remote::new(ProbeCommand::new(words), PATIENT);
        let mut source = remote.open();
        let told = error(&mut source);
        assert!(is_it(&told), "{case}: {told}");
        assert!(is_gone(bad.pids(1)[0]), "{case}: it is ended at once");
    }
    // Whatever it is asked, it says more.
    let flood = format!("while cat \"{}\"; do :; done", "$0.flood");
    let (bad, command) = Bad::command(&[hello(), first.clone()].concat(), &flood);
    fs::write(bad.folder.path().join("said.flood"), first.repeat(1000)).expect("written");
    let remote = Remote::new(command, PATIENT);
    let mut source = remote.open();
    let told = until(|| match source.ask(&Request::System) {
        Err(SourceError::Remote(error)) => Some(error),
        _ => None,
    });
    assert_eq!(told, RemoteError::Unasked);
    let pid = bad.pids(1)[0];
    drop((source, remote));
    until(|| is_gone(pid).then_some(()));
    let more = memory.most();
    assert!(more < 16 << 20, "{more} bytes");
}

#[test]
fn a_late_answer_is_taken_for_no_other_question() {
    let framed = |number, answered: &Answered| {
        let body = encode(answered).expect("short");
        frame(number, &body, ANSWER).expect("short")
    };
    let (primed, failed) = (Ok(Answer::Primed), Err(Failure::NoProcesses));
    // Reads a question, and shows that it did.
    let read = "dd bs=1 count=11 status=none >/dev/null; echo $$ >> \"$0.pids\"";
    let (bad, command) = Bad::command(
        &hello(),
        &format!("{read}; {read}; cat \"$0.2\"; {read}; cat \"$0.1\" \"$0.3\"; {STAYS}"),
    );
    for (number, answered) in [(1, &failed), (2, &primed), (3, &primed)] {
        let file = bad.folder.path().join(format!("said.{number}"));
        fs::write(file, framed(number, answered)).expect("written");
    }
    let patience = Patience {
        answer: Duration::from_secs(3),
        ..PATIENT
    };
    let remote = Remote::new(command, patience);
    let (mut slow, mut other) = (remote.open(), remote.open());
    thread::scope(|scope| {
        let late = scope.spawn(|| error(&mut slow));
        bad.pids(2);
        assert_eq!(other.ask(&CPU).expect("answered"), Reply::Primed);
        let late = late.join().expect("it ends");
        assert_eq!(late, RemoteError::Late { seconds: 3 });
    });
    // What was asked first is answered now as well, and otherwise.
    assert_eq!(slow.ask(&Request::System).expect("answered"), Reply::Primed);
    assert_eq!(bad.pids(4).len(), 4, "it was started once");
}

#[test]
fn a_probe_from_which_nothing_comes_is_ended_and_started_again() {
    let hasty = Patience {
        answer: Duration::from_millis(300),
        ..PATIENT
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("pids");
    let remote = Remote::new(real(&file), hasty);
    let mut source = remote.open();
    until(|| {
        source
            .ask(&CPU)
            .ok()
            .filter(|reply| *reply != Reply::Primed)
    });
    let pid = *pids(&file, 1).last().expect("one");
    kill_process(pid, Signal::STOP).expect("it runs");
    let error = source.ask(&CPU).expect_err("it is stopped");
    assert!(
        matches!(error, SourceError::Remote(RemoteError::Late { .. })),
        "{error}"
    );
    assert!(is_gone(pid));
    until(|| {
        source
            .ask(&CPU)
            .ok()
            .filter(|reply| *reply != Reply::Primed)
    });
}

#[test]
fn a_probe_that_fails_is_started_less_and_less_often() {
    let answered: Answered = Ok(Answer::Primed);
    let answer = frame(1, &encode(&answered).expect("short"), 9).expect("short");
    let at_once = (Vec::new(), "exit 1");
    let after_an_answer = (hello(), "head -c 10 >/dev/null; cat \"$0.answer\"");
    for (said, then) in [at_once, after_an_answer] {
        let (bad, command) = Bad::command(&said, then);
        fs::write(bad.folder.path().join("said.answer"), &answer).expect("written");
        let patience = Patience {
            first_pause: Duration::from_millis(20),
            longest_pause: LIMIT,
            ..PATIENT
        };
        let remote = Remote::new(command, patience);
        let mut source = remote.open();
        let began = Instant::now();
        let starts = || {
            let text = fs::read_to_string(bad.folder.path().join("said.pids"));
            text.map_or(0, |text| text.lines().count())
        };
        while starts() < 5 {
            let _ = source.ask(&Request::System);
            assert!(began.elapsed() < LIMIT);
        }
        assert!(began.elapsed() >= Duration::from_millis(20 + 40 + 80 + 160));
    }
}

#[test]
fn a_probe_that_does_not_end_by_itself_is_ended() {
    let answered: Answered = Ok(Answer::Primed);
    let answer = frame(1, &encode(&answered).expect("short"), 9).expect("short");
    let script = "trap '' HUP TERM INT; (trap '' HUP TERM INT; sleep 1000) & echo $! >> \"$0.pids\"; sleep 1000";
    let (bad, command) = Bad::command(
        &hello(),
        &format!("head -c 10 >/dev/null; cat \"$0.answer\"; {script}"),
    );
    fs::write(bad.folder.path().join("said.answer"), answer).expect("written");
    let patience = Patience {
        end: Duration::from_millis(20),
        ..PATIENT
    };
    let remote = Remote::new(command, patience);
    let mut source = remote.open();
    assert_eq!(
        source.ask(&Request::System).expect("answered"),
        Reply::Primed
    );
    let all = bad.pids(2);
    drop((source, remote));
    for pid in all {
        until(|| is_gone(pid).then_some(()));
    }
}

#[test]
fn whoever_is_killed_leaves_no_probe() {
    // A shell in the place of the window holds the only end of the pipe.
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("pids");
    let program = probe(&[]).get_program().to_owned();
    let script = "mkfifo \"$1.in\"; exec 3<> \"$1.in\"; \
                  \"$0\" serve < \"$1.in\" > \"$1.out\" 3>&- & echo $! >> \"$1\"; exec sleep 1000";
    let mut window = Command::new("sh")
        .args(["-c", script])
        .arg(&program)
        .arg(&file)
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    let served = pids(&file, 1)[0];
    let output = folder.path().join("pids.out");
    until(|| fs::metadata(&output).ok().filter(|it| it.len() > 0));
    assert!(!is_gone(served));
    window.kill().expect("it runs");
    window.wait().expect("it ended");
    until(|| has_ended(served).then_some(()));
}

/// Whether it has, also where whoever adopted it does not wait for it.
fn has_ended(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok();
    stat.is_none_or(|stat| stat.contains(") Z "))
}

/// A window that waits for a probe which neither says nor reads anything.
fn wait_for_nothing() {
    let file = std::env::var("PIDS").expect("a file");
    let script = "echo $$ >> \"$0\"; exec sleep 1000";
    let command = ProbeCommand::new(["sh", "-c", script, &file]);
    let _ = Remote::new(command, PATIENT).about();
}

#[test]
fn role() {
    match role::played().as_deref() {
        Some("waiting") => wait_for_nothing(),
        Some(other) => panic!("the unknown role {other}"),
        None => {}
    }
}

#[test]
fn whoever_is_killed_leaves_no_probe_that_does_not_see_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("pids");
    let mut command = role::command("waiting");
    let window = role::Role::run(command.env("PIDS", &file).stdin(Stdio::piped()));
    let waits = pids(&file, 1)[0];
    assert!(!is_gone(waits));
    let window = i32::try_from(window.pid()).ok().and_then(Pid::from_raw);
    kill_process(window.expect("a pid"), Signal::KILL).expect("it ran");
    until(|| has_ended(waits).then_some(()));
}
