//! This program's side: a probe that is started when it is asked, and again when it failed.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::command::{Patience, ProbeCommand};
use super::connection::Connection;
use super::greeting::About;
use super::known::Known;
use super::protocol::{Answer, Question, Session};
use crate::model::remote::RemoteError;
use crate::source::locking::lock;
use crate::source::{Reply, Request, Source, SourceError};

/// A probe that any number of sources ask.
#[derive(Clone)]
pub struct Remote(Arc<Link>);

/// One who asks a probe.
pub struct RemoteSource {
    link: Arc<Link>,
    session: Session,
    known: Known,
}

struct Link {
    command: ProbeCommand,
    patience: Patience,
    state: Mutex<State>,
    /// Who asks no more, and of whom the probe was not told yet.
    left: Mutex<Vec<Session>>,
    sessions: AtomicU32,
}

#[derive(Default)]
struct State {
    connection: Option<Arc<Connection>>,
    failed: Option<Failed>,
    /// How often in a row it failed. Answers end the row only where it ran for as long as the longest
    /// pause: one that dies after each would be started without end.
    failures: u32,
}

/// That it failed, until it answers again.
struct Failed {
    error: RemoteError,
    /// It is not started again before; `None` for never, and until a person asks for it.
    until: Option<Instant>,
}

impl Remote {
    /// A probe that is started with the first question.
    pub fn new(command: ProbeCommand, patience: Patience) -> Self {
        Self(Arc::new(Link {
            command,
            patience,
            state: Mutex::default(),
            left: Mutex::default(),
            sessions: AtomicU32::new(0),
        }))
    }

    /// One more source that asks it. All share the one probe, which ends with the last of them.
    pub fn open(&self) -> RemoteSource {
        RemoteSource {
            link: Arc::clone(&self.0),
            session: Session(self.0.sessions.fetch_add(1, Ordering::Relaxed)),
            known: Known::default(),
        }
    }

    /// Has the next question start it without a pause. Never blocks.
    pub fn retry(&self) {
        // Where it is being started just now there is no pause.
        if let Ok(mut state) = self.0.state.try_lock() {
            state.failed = None;
            state.failures = 0;
        }
    }

    /// What the probe is, starting it where that is due. May block.
    ///
    /// # Errors
    /// When there is none.
    pub fn about(&self) -> Result<About, RemoteError> {
        Ok(self.0.connection()?.about().clone())
    }

    /// Why it does not run, since it failed.
    pub fn failed(&self) -> Option<RemoteError> {
        let state = lock(&self.0.state);
        state.failed.as_ref().map(|failed| failed.error.clone())
    }

    /// Ends it for good, whoever still asks. Blocks until it has ended.
    pub fn end(&self) {
        let mut state = lock(&self.0.state);
        let connection = state.connection.take();
        state.failed = Some(Failed {
            error: RemoteError::Ended {
                said: String::new(),
            },
            until: None,
        });
        drop(state);
        drop(connection);
    }

    /// Whether both are the same probe.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Source for RemoteSource {
    fn ask(&mut self, request: &Request) -> Result<Reply, SourceError> {
        let Some(question) = Question::of(request) else {
            return Ok(request.nothing_remembered());
        };
        let mut answer = self.link.ask(self.session, &question)?;
        self.known.share(&mut answer);
        Ok(answer.into())
    }
}

impl Drop for RemoteSource {
    fn drop(&mut self) {
        lock(&self.link.left).push(self.session);
        // Where another is starting the probe just now, the next question tells it.
        if let Ok(state) = self.link.state.try_lock()
            && let Some(connection) = &state.connection
        {
            self.link.tell_who_left(connection);
        }
    }
}

impl Link {
    fn ask(&self, session: Session, question: &Question) -> Result<Answer, SourceError> {
        let connection = self.connection()?;
        let answered = connection.ask(session, question);
        self.has_answered(&connection, answered.as_ref().err());
        Ok(answered??)
    }

    /// Remembers whether it answered. One that this is not asked by any more says nothing of how it is.
    fn has_answered(&self, connection: &Arc<Connection>, error: Option<&RemoteError>) {
        let mut state = lock(&self.state);
        let is_same = |other: &Arc<Connection>| Arc::ptr_eq(other, connection);
        if !state.connection.as_ref().is_some_and(is_same) {
            return;
        }
        match error {
            None => state.failed = None,
            Some(error) if connection.broken().is_some() => {
                state.connection = None;
                state.fail(error, self.patience, connection.age(), Instant::now());
            }
            Some(_) => {}
        }
    }

    /// The probe, started where that is due.
    fn connection(&self) -> Result<Arc<Connection>, RemoteError> {
        let mut state = lock(&self.state);
        if let Some(connection) = &state.connection {
            if connection.broken().is_none() {
                let connection = Arc::clone(connection);
                drop(state);
                self.tell_who_left(&connection);
                return Ok(connection);
            }
            let (error, ran) = (connection.why_it_ended(), connection.age());
            state.connection = None;
            state.fail(&error, self.patience, ran, Instant::now());
            return Err(error);
        }
        if let Some(failed) = &state.failed
            && failed.until.is_none_or(|until| Instant::now() < until)
        {
            return Err(failed.error.clone());
        }
        match Connection::open(&self.command, self.patience) {
            Ok(connection) => {
                // It has never heard of them.
                lock(&self.left).clear();
                let connection = Arc::new(connection);
                state.connection = Some(Arc::clone(&connection));
                Ok(connection)
            }
            Err(error) => {
                state.fail(&error, self.patience, Duration::ZERO, Instant::now());
                Err(error)
            }
        }
    }

    fn tell_who_left(&self, connection: &Connection) {
        for session in lock(&self.left).drain(..) {
            connection.forget(session);
        }
    }
}

impl State {
    /// It failed `now`, after it `ran` for so long.
    fn fail(&mut self, error: &RemoteError, patience: Patience, ran: Duration, now: Instant) {
        if ran >= patience.longest_pause {
            self.failures = 0;
        }
        self.failures = self.failures.saturating_add(1);
        let pause = patience.pause(self.failures);
        self.failed = Some(Failed {
            error: error.clone(),
            until: (!error.needs_person())
                .then(|| now.checked_add(pause))
                .flatten(),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::path::Path;

    use super::super::greeting::{PROGRAM, PROTOCOL, greeting};
    use super::*;
    use crate::platform::Host;

    #[test]
    fn one_that_ran_for_long_is_started_again_soon() {
        let patience = Patience::default();
        let error = RemoteError::Malformed;
        let mut state = State::default();
        let now = Instant::now();
        let mut waits = |ran| {
            state.fail(&error, patience, ran, now);
            let until = state.failed.as_ref().and_then(|failed| failed.until);
            (until.expect("it is tried again") - now).as_millis()
        };
        let short = Duration::from_secs(1);
        assert_eq!([short; 4].map(&mut waits), [500, 1000, 2000, 4000]);
        assert_eq!(waits(patience.longest_pause), 500);
        assert_eq!(waits(short), 1000);
    }

    /// A probe that says what it is, and nothing more.
    fn greets(folder: &Path) -> Remote {
        let hello = greeting(PROTOCOL, PROGRAM, &About::this(Host::default())).expect("short");
        let file = folder.join("hello");
        std::fs::write(&file, hello).expect("written");
        let words = ["sh", "-c", "cat \"$0\"; exec cat > /dev/null"];
        let words = words.map(OsString::from).into_iter().chain([file.into()]);
        Remote::new(ProbeCommand::new(words), Patience::default())
    }

    #[test]
    fn a_late_answer_starts_no_probe_that_was_given_up() {
        let folder = tempfile::tempdir().expect("a folder");
        let remote = greets(folder.path());
        let connection = remote.0.connection().expect("it greets");
        remote.end();
        remote.0.has_answered(&connection, None);
        assert!(remote.failed().is_some());
        assert!(remote.about().is_err(), "it was started again");
    }

    #[test]
    fn an_answer_ends_a_failure() {
        let folder = tempfile::tempdir().expect("a folder");
        let remote = greets(folder.path());
        let connection = remote.0.connection().expect("it greets");
        let error = RemoteError::Malformed;
        let mut state = lock(&remote.0.state);
        state.fail(&error, Patience::default(), Duration::ZERO, Instant::now());
        drop(state);
        remote.0.has_answered(&connection, None);
        assert_eq!(remote.failed(), None);
    }
}
