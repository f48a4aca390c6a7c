//! Acting on processes: what is done is done to the one that was chosen and to no other, here and
//! through a probe, and what the kernel denies is said.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

#[path = "support/ordinary_user.rs"]
mod ordinary_user;
#[path = "support/pid_reuse.rs"]
mod pid_reuse;
#[path = "probe_program/start.rs"]
mod probe_program;
#[path = "support/role.rs"]
#[expect(dead_code, reason = "other tests use all of it")]
mod role;

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use ordinary_user::as_ordinary_user;
use pid_reuse::Idle;
use probe_program::probe;
use procfs::process::Process;
use sysmon::model::action::{Acted, Action, MOST_CHOSEN, Nice, Outcome, Refused};
use sysmon::model::process::{Pid, ProcessKey, StartTime};
use sysmon::platform::{Kind, Roots, open};
use sysmon::source::local::LocalSource;
use sysmon::source::remote::{Patience, ProbeCommand, Remote};
use sysmon::source::{Reply, Request, Source, SourceError};

/// Threads of a process beside its first.
const THREADS: usize = 16;

/// A child that does nothing; ended and reaped when dropped.
struct Sleeper(Child);

impl Sleeper {
    fn start() -> Self {
        let mut command = Command::new("sleep");
        command.arg("1000").stdin(Stdio::null());
        Self(command.spawn().expect("sleep(1)"))
    }

    fn key(&self) -> ProcessKey {
        key(self.0.id())
    }

    fn state(&self) -> char {
        stat(self.0.id()).state
    }

    /// The signal that ended it.
    fn ended_by(&mut self) -> Option<i32> {
        self.0.wait().expect("a child").signal()
    }

    fn is_alive(&mut self) -> bool {
        self.0.try_wait().expect("a child").is_none()
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let _: std::io::Result<()> = self.0.kill();
        let _: std::io::Result<_> = self.0.wait();
    }
}

fn stat(pid: u32) -> procfs::process::Stat {
    let process = Process::new(i32::try_from(pid).expect("a pid"));
    process.and_then(|it| it.stat()).expect("it lives")
}

fn key(pid: u32) -> ProcessKey {
    ProcessKey {
        pid: Pid(pid),
        start_time: StartTime::Ticks(stat(pid).starttime),
    }
}

fn here() -> Box<dyn Source> {
    let platform = open(Kind::Linux, Roots::default()).expect("Linux");
    Box::new(LocalSource::new(platform))
}

const PATIENT: Patience = Patience {
    greeting: Duration::from_mins(1),
    answer: Duration::from_mins(1),
    end: Duration::from_millis(500),
    first_pause: Duration::from_millis(500),
    longest_pause: Duration::from_secs(30),
};

fn through_a_probe() -> Box<dyn Source> {
    let program = probe(&[]).get_program().to_owned();
    Box::new(Remote::new(ProbeCommand::new([program, "serve".into()]), PATIENT).open())
}

fn everywhere() -> [Box<dyn Source>; 2] {
    [here(), through_a_probe()]
}

/// Has these processes held. Returns those that are not.
fn choose(source: &mut dyn Source, processes: &[ProcessKey]) -> Vec<Acted> {
    match source.ask(&Request::Choose(processes.to_vec())) {
        Ok(Reply::Chosen(refused)) => refused,
        other => panic!("{other:?}"),
    }
}

fn act(source: &mut dyn Source, action: Action) -> Vec<Outcome> {
    match source.ask(&Request::Act(action)) {
        Ok(Reply::Acted(acted)) => acted.into_iter().map(|acted| acted.outcome).collect(),
        other => panic!("{other:?}"),
    }
}

/// Waits for a condition, without an end: whoever runs the tests has the last word on time.
fn until(mut condition: impl FnMut() -> bool) {
    while !condition() {
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn signals_arrive_at_what_was_chosen() {
    for mut source in everywhere() {
        let source = &mut *source;
        let (mut one, mut other) = (Sleeper::start(), Sleeper::start());
        let mut bystander = Sleeper::start();
        assert_eq!(choose(source, &[one.key(), other.key()]), []);

        assert_eq!(act(source, Action::Stop), [Outcome::Done, Outcome::Done]);
        until(|| one.state() == 'T' && other.state() == 'T');
        act(source, Action::Continue);
        until(|| one.state() == 'S' && other.state() == 'S');

        assert_eq!(choose(source, &[one.key()]), []);
        assert_eq!(act(source, Action::End), [Outcome::Done]);
        assert_eq!(one.ended_by(), Some(libc::SIGTERM));
        assert_eq!(act(source, Action::End), [Outcome::Gone]);

        assert_eq!(choose(source, &[other.key()]), []);
        assert_eq!(act(source, Action::Kill), [Outcome::Done]);
        assert_eq!(other.ended_by(), Some(libc::SIGKILL));
        assert!(bystander.is_alive() && bystander.state() != 'T');
    }
}

#[test]
fn one_that_ended_and_was_not_waited_for_is_gone() {
    let mut source = here();
    let child = Sleeper::start();
    choose(&mut *source, &[child.key()]);
    act(&mut *source, Action::Kill);
    until(|| child.state() == 'Z');
    assert_eq!(act(&mut *source, Action::Kill), [Outcome::Gone]);
    let refused = choose(&mut *source, &[child.key()]);
    assert_eq!(refused[0].outcome, Outcome::Gone);
}

#[test]
fn another_process_that_has_the_pid_by_then_is_left_alone() {
    for mut source in everywhere() {
        let source = &mut *source;
        let mut first = Sleeper::start();
        let chosen = first.key();
        assert_eq!(choose(source, &[chosen]), []);
        first.0.kill().expect("a child");
        first.0.wait().expect("a child");

        // Started in another clock tick, as any that has the pid after all others were used.
        let second = loop {
            match Idle::with_pid(chosen.pid.0) {
                Ok(second) if key(chosen.pid.0) != chosen => break second,
                Ok(_) => {}
                Err(error) if error.raw_os_error() == Some(libc::EPERM) => {
                    eprintln!("not tried: only root may choose the pid of a new process");
                    return;
                }
                Err(error) => panic!("{error}"),
            }
        };
        let nice = Nice::LOWEST;
        for action in [
            Action::Stop,
            Action::End,
            Action::Kill,
            Action::SetNice(nice),
        ] {
            assert_eq!(act(source, action), [Outcome::Gone], "{action:?}");
        }
        let refused = choose(source, &[chosen]);
        assert_eq!(refused[0].outcome, Outcome::Gone);
        assert_eq!(act(source, Action::Kill), [Outcome::Gone]);
        assert!(second.is_alive());
        assert_eq!(stat(chosen.pid.0).nice, 0);
        assert_ne!(stat(chosen.pid.0).state, 'T');
    }
}

#[test]
fn what_started_at_another_time_is_another_process() {
    let mut child = Sleeper::start();
    let key = child.key();
    let StartTime::Ticks(ticks) = key.start_time else {
        panic!("Linux tells it")
    };
    let started = |start_time| ProcessKey { start_time, ..key };
    let other = started(StartTime::Ticks(ticks + 1));
    let unknown = started(StartTime::Unknown);
    for mut source in everywhere() {
        let refused = choose(&mut *source, &[other, unknown]);
        let outcomes: Vec<_> = refused.into_iter().map(|it| it.outcome).collect();
        assert_eq!(outcomes, [Outcome::Gone, Outcome::NotPermitted]);
        assert_eq!(act(&mut *source, Action::Kill), outcomes);
    }
    assert!(child.is_alive());
}

/// A process of many threads, one of which starts others all the time.
#[test]
fn role() {
    if role::played().is_none() {
        return;
    }
    for _ in 1..THREADS {
        thread::spawn(thread::park);
    }
    thread::spawn(|| {
        loop {
            for _ in 0..4 {
                thread::spawn(|| thread::sleep(Duration::from_millis(3)));
            }
            thread::sleep(Duration::from_millis(1));
        }
    });
    role::say("ready");
    role::wait_for_release();
}

#[test]
fn every_thread_gets_the_priority() {
    for (mut source, nice) in everywhere().into_iter().zip([5, 7]) {
        let mut child = role::Role::start("threads");
        assert_eq!(child.hear().as_deref(), Some("ready"));
        assert_eq!(choose(&mut *source, &[key(child.pid())]), []);
        let wanted = Nice::new(nice).expect("one");
        let outcomes = act(&mut *source, Action::SetNice(wanted));
        assert_eq!(outcomes, [Outcome::Done]);

        let process = Process::new(i32::try_from(child.pid()).expect("a pid"));
        let tasks = process.and_then(|it| it.tasks()).expect("it lives");
        // Threads end while they are listed.
        let stats = tasks.filter_map(|task| task.and_then(|task| task.stat()).ok());
        let nices: Vec<i64> = stats.map(|stat| stat.nice).collect();
        assert!(nices.len() > THREADS, "{nices:?}");
        assert!(nices.iter().all(|it| *it == nice), "{nices:?}");
    }
}

#[test]
fn what_belongs_to_another_user_is_not_permitted() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("not tried: only root can become another user");
        return;
    }
    let mut child = Sleeper::start();
    let key = child.key();
    let actions = [
        Action::Stop,
        Action::End,
        Action::Kill,
        Action::SetNice(Nice::LOWEST),
    ];
    let outcomes = as_ordinary_user(
        || (),
        || {
            let mut source = here();
            choose(&mut *source, &[key]);
            actions.map(|action| act(&mut *source, action))
        },
    );
    for outcome in outcomes {
        assert_eq!(outcome, [Outcome::NotPermitted]);
    }
    assert!(child.is_alive() && child.state() != 'T');
    assert_eq!(stat(child.0.id()).nice, 0);
}

#[test]
fn this_program_is_neither_stopped_nor_killed_nor_the_first_ended() {
    let mut source = here();
    let itself = key(std::process::id());
    choose(&mut *source, &[itself, key(1)]);
    let refused = |refused| Outcome::Refused(refused);
    for action in [Action::Stop, Action::Kill] {
        assert_eq!(
            act(&mut *source, action),
            [refused(Refused::Itself), refused(Refused::FirstProcess)]
        );
    }
}

/// Who asks is whoever has the other end of the probe's input, in whichever namespace it has its pid.
#[test]
fn a_probe_neither_stops_nor_kills_who_asks_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = r#"exec 3<&0; sleep 1000 >/dev/null 2>&1 & echo $! > "$0/asks"
        exec 3<&-; sleep 1000 >/dev/null 2>&1 & echo $! > "$0/other"; exec "$1" serve"#;
    let program = probe(&[]).get_program().to_owned();
    let words = ["sh".into(), "-c".into(), script.into()];
    let words = words
        .into_iter()
        .chain([folder.path().as_os_str().to_owned(), program]);
    let remote = Remote::new(ProbeCommand::new(words), PATIENT);
    remote.about().expect("it greets");
    let [asks, other] = ["asks", "other"].map(|name| {
        let pid = std::fs::read_to_string(folder.path().join(name)).expect("a pid");
        key(pid.trim().parse().expect("a pid"))
    });
    let itself = key(std::process::id());
    let source = &mut remote.open();
    assert_eq!(choose(source, &[asks, other]), []);
    let refused = Outcome::Refused(Refused::Itself);
    for action in [Action::Stop, Action::Kill] {
        assert_eq!(act(source, action), [refused.clone(), Outcome::Done]);
        assert_ne!(stat(asks.pid.0).state, 'T');
    }
    assert_eq!(choose(source, &[itself]), []);
    for action in [Action::Stop, Action::Kill] {
        assert_eq!(act(source, action), std::slice::from_ref(&refused));
    }
    // It can be asked to end: a person may want to.
    assert_eq!(choose(source, &[asks]), []);
    assert_eq!(act(source, Action::End), [Outcome::Done]);
}

#[test]
fn only_what_is_chosen_is_acted_on_and_only_so_much_can_be() {
    for mut source in everywhere() {
        let nothing = source.ask(&Request::Act(Action::Kill));
        assert!(matches!(nothing, Err(SourceError::NothingChosen)));
        let child = Sleeper::start();
        let most = vec![child.key(); MOST_CHOSEN];
        assert_eq!(choose(&mut *source, &most), []);
        let more = vec![child.key(); MOST_CHOSEN + 1];
        let refused = source.ask(&Request::Choose(more));
        assert!(matches!(refused, Err(SourceError::TooManyChosen)));
    }
}
