//! One probe that runs: questions go to it, and each answer to who asked.

use std::collections::{HashMap, HashSet};
use std::io::{BufReader, Read, Write};
use std::process::{ChildStdin, ChildStdout};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::command::{Patience, ProbeCommand, Through};
use super::frame::{self, FrameError};
use super::greeting::{self, About, GreetingError, PROGRAM, PROTOCOL};
use super::pkexec;
use super::protocol::{Answered, Message, Question, Session, decode, encode};
use super::running::{Running, WORDS_TAKE, last_line};
use super::ssh;
use crate::model::remote::{Refusal, RemoteError};
use crate::source::locking::lock;

/// Questions that wait to be written. Each session asks one at a time.
const QUEUE: usize = 256;
/// So many answers that nobody waits for any more may be owed. A probe that owes more is stuck.
const GIVEN_UP: usize = 64;

/// A probe that said what it is. It ends when this is dropped.
pub(super) struct Connection {
    /// `None` when there will be no more: its input is closed.
    questions: Option<SyncSender<Vec<u8>>>,
    waiting: Arc<Mutex<Waiting>>,
    running: Mutex<Running>,
    patience: Patience,
    about: About,
    since: Instant,
}

/// Who waits for which answer.
#[derive(Default)]
struct Waiting {
    last: u32,
    asked: HashMap<u32, Sender<Vec<u8>>>,
    /// Questions whose answers came too late, and may still come.
    given_up: HashSet<u32>,
    /// Frames that came.
    arrived: u64,
    /// Why nothing more comes.
    broken: Option<RemoteError>,
}

impl Waiting {
    /// Nothing more comes: nobody waits any more.
    fn end(&mut self, error: RemoteError) {
        self.broken.get_or_insert(error);
        self.asked.clear();
    }
}

impl Connection {
    /// Starts a probe and has it say what it is.
    pub(super) fn open(command: &ProbeCommand, patience: Patience) -> Result<Self, RemoteError> {
        let (mut running, stdin, stdout) = Running::start(command)?;
        let waiting = Arc::new(Mutex::new(Waiting::default()));
        let (questions, to_write) = sync_channel(QUEUE);
        let greeted = start_threads(&waiting, stdin, stdout, to_write)?;
        let greeting = match greeted.recv_timeout(patience.greeting) {
            Ok(Ok(about)) => {
                return Ok(Self {
                    questions: Some(questions),
                    waiting,
                    running: Mutex::new(running),
                    patience,
                    about,
                    since: Instant::now(),
                });
            }
            Ok(Err(error)) => error,
            Err(_) => {
                running.kill();
                return Err(RemoteError::NoGreeting);
            }
        };
        if matches!(greeting, GreetingError::Ended) {
            // What it complains about may still be on its way, and pkexec says by its end what it means.
            running.end_within(WORDS_TAKE);
        }
        running.kill();
        Err(match greeting {
            GreetingError::Ended | GreetingError::Io(_) => {
                let complaints = running.complaints();
                let by_pkexec = command.through == Through::Pkexec;
                let code = running.code().filter(|_| by_pkexec);
                match code.and_then(|code| pkexec::refusal(code, &complaints)) {
                    Some(refusal) => refusal.into(),
                    None => ended_at_start(command, &complaints),
                }
            }
            GreetingError::NotFound | GreetingError::Malformed => RemoteError::NotAProbe,
            GreetingError::OtherVersion { program, protocol } => RemoteError::OtherVersion {
                theirs: (program, protocol),
                ours: (PROGRAM.to_owned(), PROTOCOL),
            },
        })
    }

    /// What the probe is.
    pub(super) fn about(&self) -> &About {
        &self.about
    }

    /// How long ago it said what it is.
    pub(super) fn age(&self) -> Duration {
        self.since.elapsed()
    }

    /// Asks and waits for the answer. Others may ask meanwhile.
    pub(super) fn ask(
        &self,
        session: Session,
        question: &Question,
    ) -> Result<Answered, RemoteError> {
        let (sender, answer) = channel();
        let (number, arrived) = {
            let mut waiting = lock(&self.waiting);
            if let Some(error) = &waiting.broken {
                return Err(error.clone());
            }
            waiting.last = waiting.last.wrapping_add(1);
            let number = waiting.last;
            waiting.asked.insert(number, sender);
            (number, waiting.arrived)
        };
        if let Err(error) = self.send(number, &Message::Ask(session, question.clone())) {
            lock(&self.waiting).asked.remove(&number);
            return Err(error);
        }
        let body = match answer.recv_timeout(self.patience.answer) {
            Ok(body) => body,
            Err(RecvTimeoutError::Disconnected) => return Err(self.why_it_ended()),
            Err(RecvTimeoutError::Timeout) => match self.give_up(number, arrived) {
                // It came at the last moment.
                None => answer.try_recv().map_err(|_| self.why_it_ended())?,
                Some(error) => return Err(error),
            },
        };
        match decode::<Answered>(&body) {
            Some(Err(failure)) => Ok(Err(failure)),
            Some(Ok(answer)) if question.is_answered_by(&answer) => Ok(Ok(answer)),
            _ => Err(self.give_it_up(RemoteError::Malformed)),
        }
    }

    /// Nobody asks in this session any more.
    pub(super) fn forget(&self, session: Session) {
        // A probe that is stuck forgets all when it is ended.
        let _ = self.send(0, &Message::Forget(session));
    }

    /// Why nothing more comes; `None` while it works.
    pub(super) fn broken(&self) -> Option<RemoteError> {
        lock(&self.waiting).broken.clone()
    }

    fn send(&self, number: u32, message: &Message) -> Result<(), RemoteError> {
        let framed = encode(message).and_then(|body| frame::frame(number, &body, frame::QUESTION));
        let Some(framed) = framed else {
            return Err(RemoteError::Refused(Refusal::NotUnderstood));
        };
        let Some(questions) = &self.questions else {
            return Err(self.why_it_ended());
        };
        // Full or closed: it reads nothing any more.
        let late = RemoteError::Late {
            seconds: self.patience.answer.as_secs(),
        };
        questions
            .try_send(framed)
            .map_err(|_| self.broken().unwrap_or_else(|| self.give_it_up(late)))
    }

    /// Waits for this answer no more; `None` where it has just come. A probe from which nothing came
    /// at all meanwhile is stuck.
    fn give_up(&self, number: u32, arrived: u64) -> Option<RemoteError> {
        let late = RemoteError::Late {
            seconds: self.patience.answer.as_secs(),
        };
        let mut waiting = lock(&self.waiting);
        waiting.asked.remove(&number)?;
        waiting.given_up.insert(number);
        let stuck = waiting.arrived == arrived || waiting.given_up.len() > GIVEN_UP;
        drop(waiting);
        Some(if stuck { self.give_it_up(late) } else { late })
    }

    /// Ends the probe for what it did.
    fn give_it_up(&self, error: RemoteError) -> RemoteError {
        lock(&self.waiting).end(error.clone());
        lock(&self.running).kill();
        error
    }

    /// Why nothing more comes, with the last words of the probe.
    pub(super) fn why_it_ended(&self) -> RemoteError {
        let mut running = lock(&self.running);
        running.kill();
        let mut waiting = lock(&self.waiting);
        let nothing = RemoteError::Ended {
            said: String::new(),
        };
        let error = waiting.broken.get_or_insert(nothing);
        if let RemoteError::Ended { said } = error
            && said.is_empty()
        {
            *said = running.last_words();
        }
        error.clone()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Closes its input once what waits is written: a probe ends then.
        self.questions = None;
        let patience = self.patience.end;
        let running = self
            .running
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if lock(&self.waiting).broken.is_some() {
            running.kill();
        } else {
            running.end_within(patience);
        }
    }
}

/// Starts the threads that write to the probe and read from it; they end with it.
fn start_threads(
    waiting: &Arc<Mutex<Waiting>>,
    stdin: ChildStdin,
    stdout: ChildStdout,
    to_write: Receiver<Vec<u8>>,
) -> Result<Receiver<Result<About, GreetingError>>, RemoteError> {
    let failed = |error: std::io::Error| RemoteError::NotStarted {
        program: "thread".to_owned(),
        reason: error.to_string(),
    };
    let (greets, greeted) = sync_channel(1);
    let waiting = Arc::clone(waiting);
    thread::Builder::new()
        .name("probe answers".to_owned())
        .spawn(move || {
            let mut input = BufReader::new(stdout);
            let greeting = greeting::read(&mut input);
            let is_probe = greeting.is_ok();
            if greets.send(greeting).is_ok() && is_probe {
                let error = hand_out(&mut input, &waiting);
                lock(&waiting).end(error);
            }
        })
        .map_err(failed)?;
    thread::Builder::new()
        .name("probe questions".to_owned())
        .spawn(move || write_all(stdin, &to_write))
        .map_err(failed)?;
    Ok(greeted)
}

fn write_all(mut stdin: impl Write, to_write: &Receiver<Vec<u8>>) {
    for question in to_write {
        if frame::write(&mut stdin, &question).is_err() {
            return;
        }
    }
}

/// Hands each answer to who asked, until there are no more: says why.
fn hand_out(input: &mut impl Read, waiting: &Mutex<Waiting>) -> RemoteError {
    loop {
        let frame = match frame::read(input, frame::ANSWER) {
            Ok(Some(frame)) => frame,
            Ok(None) | Err(FrameError::Io(_) | FrameError::CutShort) => {
                return RemoteError::Ended {
                    said: String::new(),
                };
            }
            Err(FrameError::TooLarge { announced, bound }) => {
                return RemoteError::TooLarge {
                    bytes: announced.into(),
                    bound: bound.into(),
                };
            }
        };
        let mut waiting = lock(waiting);
        waiting.arrived += 1;
        match waiting.asked.remove(&frame.number) {
            // It may have been given up just now.
            Some(who) => drop(who.send(frame.body)),
            None if waiting.given_up.remove(&frame.number) => {}
            None => return RemoteError::Unasked,
        }
    }
}

/// Why nothing was said. What a sandbox denies is said by the session bus, and what is wrong on the way
/// to a host by ssh.
pub(super) fn ended_at_start(command: &ProbeCommand, complaints: &str) -> RemoteError {
    let denied = ["ServiceUnknown", "AccessDenied", "NotAllowed"];
    match &command.flatpak {
        Some(application) if denied.iter().any(|name| complaints.contains(name)) => {
            return RemoteError::Forbidden {
                application: application.clone(),
            };
        }
        _ => {}
    }
    if let Through::Ssh(host) = &command.through
        && let Some(why) = ssh::why(complaints)
    {
        return ssh::trouble(host, why);
    }
    RemoteError::EndedAtStart {
        said: last_line(complaints),
    }
}
