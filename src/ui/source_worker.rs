//! The one worker of this program: asks a [`Source`] on a thread of its own.

use relm4::{ComponentSender, Worker};

use crate::source::{Reply, Request, Source, SourceError};

/// Makes a [`Source`]. Called on the worker's thread, as opening one may block.
pub type OpenSource = Box<dyn FnOnce() -> Result<Box<dyn Source>, SourceError> + Send>;

/// What the worker answers to one request.
pub type Answer = Result<Reply, SourceError>;

/// Owns a [`Source`] and asks it whatever arrives, one request after the other.
pub struct SourceWorker {
    state: State,
}

enum State {
    Unopened(Option<OpenSource>),
    Open(Box<dyn Source>),
}

impl Worker for SourceWorker {
    type Init = OpenSource;
    type Input = Request;
    type Output = Answer;

    // Runs on the caller's thread: nothing is opened here.
    fn init(open: OpenSource, _sender: ComponentSender<Self>) -> Self {
        Self {
            state: State::Unopened(Some(open)),
        }
    }

    fn update(&mut self, request: Request, sender: ComponentSender<Self>) {
        let answer = self.state.source().and_then(|source| source.ask(&request));
        // Nobody listens any more when the window was closed in the meantime.
        let _ = sender.output(answer);
    }
}

impl State {
    fn source(&mut self) -> Result<&mut Box<dyn Source>, SourceError> {
        if let Self::Unopened(open) = self {
            let open = open.take().ok_or(SourceError::Closed)?;
            *self = Self::Open(open()?);
        }
        match self {
            Self::Open(source) => Ok(source),
            Self::Unopened(_) => Err(SourceError::Closed),
        }
    }
}
