//! The probe's side: greets, then answers questions until there are no more.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use super::frame::{self, FrameError};
use super::greeting::{self, About};
use super::protocol::{Answer, Answered, Failure, Message, Question, Session, decode, encode};
use crate::model::remote::Refusal;
use crate::source::locking::lock;
use crate::source::{Source, SourceError};

/// So many can ask, each with a source of its own.
pub const MOST_SESSIONS: usize = 64;

/// Makes the source that answers a session.
pub type Open = dyn Fn() -> Result<Box<dyn Source>, SourceError> + Send + Sync;

/// Greets, then answers until the input ends or nobody reads the answers. Does not wait for answers
/// that are not finished then.
///
/// # Errors
/// When what arrives is not in frames, or cannot be read.
pub fn serve(
    mut input: impl Read,
    mut output: impl Write + Send + 'static,
    about: &About,
    open: Arc<Open>,
) -> Result<(), FrameError> {
    if greeting::write(&mut output, about).is_err() {
        return Ok(());
    }
    let answers = Arc::new(Answers {
        output: Mutex::new(Box::new(output)),
        unread: AtomicBool::new(false),
    });
    let mut sessions = Sessions {
        open,
        answers: Arc::clone(&answers),
        asked: HashMap::new(),
    };
    while let Some(frame) = frame::read(&mut input, frame::QUESTION)? {
        match decode(&frame.body) {
            Some(Message::Ask(session, question)) => sessions.ask(session, frame.number, question),
            Some(Message::Forget(session)) => drop(sessions.asked.remove(&session)),
            None => answers.refuse(frame.number, Refusal::NotUnderstood),
        }
        if answers.unread.load(Ordering::Relaxed) {
            break;
        }
    }
    Ok(())
}

/// The way back, which all sessions share.
struct Answers {
    output: Mutex<Box<dyn Write + Send>>,
    /// Whether nobody reads them any more.
    unread: AtomicBool,
}

impl Answers {
    fn send(&self, number: u32, answered: &Answered) {
        let framed = |answered: &Answered| {
            encode(answered).and_then(|body| frame::frame(number, &body, frame::ANSWER))
        };
        let too_large = Err(Failure::Refused(Refusal::TooLarge));
        let Some(bytes) = framed(answered).or_else(|| framed(&too_large)) else {
            return;
        };
        let mut output = lock(&self.output);
        if frame::write(&mut *output, &bytes).is_err() {
            self.unread.store(true, Ordering::Relaxed);
        }
    }

    fn refuse(&self, number: u32, refusal: Refusal) {
        self.send(number, &Err(Failure::Refused(refusal)));
    }
}

/// A thread for each session: who reads long does not keep another waiting.
struct Sessions {
    open: Arc<Open>,
    answers: Arc<Answers>,
    asked: HashMap<Session, SyncSender<(u32, Question)>>,
}

impl Sessions {
    fn ask(&mut self, session: Session, number: u32, question: Question) {
        if !self.asked.contains_key(&session) {
            if self.asked.len() >= MOST_SESSIONS {
                return self.answers.refuse(number, Refusal::TooMany);
            }
            // One is answered, one waits: a client asks again only where it gave an answer up.
            let (sender, asked) = sync_channel(1);
            let (open, answers) = (Arc::clone(&self.open), Arc::clone(&self.answers));
            let thread = thread::Builder::new()
                .name("session".to_owned())
                .spawn(move || answer(&asked, &*open, &answers));
            if let Err(error) = thread {
                let refusal = Refusal::Told(error.to_string());
                return self.answers.refuse(number, refusal);
            }
            self.asked.insert(session, sender);
        }
        let Some(sender) = self.asked.get(&session) else {
            return;
        };
        match sender.try_send((number, question)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => self.answers.refuse(number, Refusal::Busy),
            Err(TrySendError::Disconnected(_)) => {
                // Its thread is gone: the next question starts another.
                self.asked.remove(&session);
                self.answers.refuse(number, Refusal::Busy);
            }
        }
    }
}

fn answer(asked: &Receiver<(u32, Question)>, open: &Open, answers: &Answers) {
    let mut source = None;
    for (number, question) in asked {
        let answered = answer_one(&mut source, open, question);
        answers.send(number, &answered);
    }
}

fn answer_one(source: &mut Option<Box<dyn Source>>, open: &Open, question: Question) -> Answered {
    let source = match source {
        Some(source) => source,
        None => source.insert(open()?),
    };
    let reply = source.ask(&question.into())?;
    Answer::of(reply).ok_or(Failure::Refused(Refusal::NotUnderstood))
}
