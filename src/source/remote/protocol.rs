//! What is asked and answered through the pipe.
//!
//! These are types of their own and not [`Request`] and [`Reply`]: only what is listed here can be
//! asked, and none holds itself, so no bytes of a stranger can have a decoder call itself without end.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::model::action::{Acted, Action, MOST_CHOSEN};
use crate::model::connection::{ConnectionRequest, ConnectionSnapshot, HostNames};
use crate::model::cpu::CpuSnapshot;
use crate::model::disk::DiskSnapshot;
use crate::model::format::{cut, printable};
use crate::model::network::NetworkSnapshot;
use crate::model::process::ProcessKey;
use crate::model::remote::{Refusal, RemoteError};
use crate::model::system::SystemSnapshot;
use crate::platform::{PlatformError, ProcessDetails};
use crate::source::{Reply, Request, SourceError};

/// The longest reason that is taken from a probe, in characters.
const LONGEST_REASON: usize = 300;

/// Who asks. Each is answered by a source of its own, so that intervals of one are not cut by
/// questions of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Session(pub u32);

/// What is said to a probe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// A question, which is answered.
    Ask(Session, Question),
    /// Nobody asks in this session any more. Not answered.
    Forget(Session),
}

/// What a probe can be asked: to read, to act on processes, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Question {
    /// [`Request::System`]
    System,
    /// [`Request::Cpu`]
    Cpu {
        /// Rows on screen.
        watch: Vec<ProcessKey>,
    },
    /// [`Request::Disk`]
    Disk,
    /// [`Request::Network`]
    Network {
        /// Which remote hosts are named.
        names: HostNames,
    },
    /// [`Request::Connections`]
    Connections(ConnectionRequest),
    /// [`Request::Details`]
    Details(ProcessKey),
    /// [`Request::Choose`]
    Choose(Vec<ProcessKey>),
    /// [`Request::Act`]
    Act(Action),
}

/// What a probe answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// [`Reply::Primed`]
    Primed,
    /// [`Reply::System`]
    System(Arc<SystemSnapshot>),
    /// [`Reply::Cpu`]
    Cpu(Arc<CpuSnapshot>),
    /// [`Reply::Disk`]
    Disk(Arc<DiskSnapshot>),
    /// [`Reply::Network`]
    Network(Arc<NetworkSnapshot>),
    /// [`Reply::Connections`]
    Connections(Arc<ConnectionSnapshot>),
    /// [`Reply::Details`]
    Details(Option<ProcessDetails>),
    /// [`Reply::Chosen`]
    Chosen(Vec<Acted>),
    /// [`Reply::Acted`]
    Acted(Vec<Acted>),
}

/// Why a probe answers nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// [`PlatformError::Unreadable`]
    Unreadable {
        /// What was to be read.
        path: String,
        /// `errno(3)`; `None` where the system gave none.
        code: Option<i32>,
        /// What the system said.
        reason: String,
    },
    /// [`PlatformError::NoProcesses`]
    NoProcesses,
    /// [`PlatformError::Unsupported`]
    Unsupported(String),
    /// [`PlatformError::NotBuilt`]
    NotBuilt(String),
    /// [`SourceError::TooManyChosen`]
    TooManyChosen,
    /// [`SourceError::NothingChosen`]
    NothingChosen,
    /// It does not do as it was asked.
    Refused(Refusal),
}

/// What comes back for a question.
pub type Answered = Result<Answer, Failure>;

impl Question {
    /// What is to be asked; `None` where a probe knows nothing of it, as of the past.
    pub fn of(request: &Request) -> Option<Self> {
        Some(match request {
            Request::System => Self::System,
            Request::Cpu { watch } => Self::Cpu {
                watch: watch.clone(),
            },
            Request::Disk => Self::Disk,
            Request::Network { names } => Self::Network { names: *names },
            Request::Connections(asked) => Self::Connections(asked.clone()),
            Request::Details(process) => Self::Details(*process),
            Request::Choose(processes) => Self::Choose(processes.clone()),
            Request::Act(action) => Self::Act(*action),
            Request::Moment { .. }
            | Request::Range { .. }
            | Request::Samples { .. }
            | Request::Remember => return None,
        })
    }

    /// Whether this is an answer to it.
    pub fn is_answered_by(&self, answer: &Answer) -> bool {
        match self {
            Self::Details(_) => matches!(answer, Answer::Details(_)),
            Self::Choose(chosen) => {
                matches!(answer, Answer::Chosen(refused) if refused.len() <= chosen.len())
            }
            Self::Act(_) => matches!(answer, Answer::Acted(acted) if acted.len() <= MOST_CHOSEN),
            _ if *answer == Answer::Primed => true,
            Self::System => matches!(answer, Answer::System(_)),
            Self::Cpu { .. } => matches!(answer, Answer::Cpu(_)),
            Self::Disk => matches!(answer, Answer::Disk(_)),
            Self::Network { .. } => matches!(answer, Answer::Network(_)),
            Self::Connections(_) => matches!(answer, Answer::Connections(_)),
        }
    }
}

impl From<Question> for Request {
    fn from(question: Question) -> Self {
        match question {
            Question::System => Self::System,
            Question::Cpu { watch } => Self::Cpu { watch },
            Question::Disk => Self::Disk,
            Question::Network { names } => Self::Network { names },
            Question::Connections(asked) => Self::Connections(asked),
            Question::Details(process) => Self::Details(process),
            Question::Choose(processes) => Self::Choose(processes),
            Question::Act(action) => Self::Act(action),
        }
    }
}

impl Answer {
    /// A reply to a [`Question`]; `None` where it cannot be one.
    pub fn of(reply: Reply) -> Option<Self> {
        Some(match reply {
            Reply::Primed => Self::Primed,
            Reply::System(snapshot) => Self::System(snapshot),
            Reply::Cpu(snapshot) => Self::Cpu(snapshot),
            Reply::Disk(snapshot) => Self::Disk(snapshot),
            Reply::Network(snapshot) => Self::Network(snapshot),
            Reply::Connections(snapshot) => Self::Connections(snapshot),
            Reply::Details(details) => Self::Details(details),
            Reply::Chosen(refused) => Self::Chosen(refused),
            Reply::Acted(acted) => Self::Acted(acted),
            Reply::Moment(_) | Reply::Range(_) | Reply::Samples { .. } | Reply::Remembered(_) => {
                return None;
            }
        })
    }
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Primed => Self::Primed,
            Answer::System(snapshot) => Self::System(snapshot),
            Answer::Cpu(snapshot) => Self::Cpu(snapshot),
            Answer::Disk(snapshot) => Self::Disk(snapshot),
            Answer::Network(snapshot) => Self::Network(snapshot),
            Answer::Connections(snapshot) => Self::Connections(snapshot),
            Answer::Details(details) => Self::Details(details),
            Answer::Chosen(refused) => Self::Chosen(refused),
            Answer::Acted(acted) => Self::Acted(acted),
        }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Platform(PlatformError::Unreadable { path, error }) => Self::Unreadable {
                path: path.to_string_lossy().into_owned(),
                code: error.raw_os_error(),
                reason: error.to_string(),
            },
            SourceError::Platform(PlatformError::NoProcesses) => Self::NoProcesses,
            SourceError::Platform(PlatformError::Unsupported(what)) => Self::Unsupported(what),
            SourceError::Platform(PlatformError::NotBuilt(what)) => Self::NotBuilt(what),
            SourceError::TooManyChosen => Self::TooManyChosen,
            SourceError::NothingChosen => Self::NothingChosen,
            SourceError::Remote(RemoteError::Refused(refusal)) => Self::Refused(refusal),
            other @ (SourceError::Closed
            | SourceError::NotRecorded
            | SourceError::TableNotRecorded
            | SourceError::Replayed
            | SourceError::Ended
            | SourceError::Remote(_)) => Self::Refused(Refusal::Told(other.to_string())),
        }
    }
}

/// What a probe said is fit to be shown then.
impl From<Failure> for SourceError {
    fn from(failure: Failure) -> Self {
        Self::Platform(match failure {
            Failure::Unreadable { path, code, reason } => PlatformError::Unreadable {
                path: PathBuf::from(told(&path)),
                error: code.map_or_else(
                    || io::Error::other(told(&reason)),
                    io::Error::from_raw_os_error,
                ),
            },
            Failure::NoProcesses => PlatformError::NoProcesses,
            Failure::Unsupported(what) => PlatformError::Unsupported(told(&what)),
            Failure::NotBuilt(what) => PlatformError::NotBuilt(told(&what)),
            Failure::TooManyChosen => return Self::TooManyChosen,
            Failure::NothingChosen => return Self::NothingChosen,
            Failure::Refused(Refusal::Told(text)) => {
                return Self::Remote(RemoteError::Refused(Refusal::Told(told(&text))));
            }
            Failure::Refused(refusal) => return Self::Remote(RemoteError::Refused(refusal)),
        })
    }
}

/// Words of a probe: an answer may be megabytes long, and a window that lays them out stands still.
fn told(text: &str) -> String {
    printable(&cut(text, LONGEST_REASON)).into_owned()
}

/// What is said, as bytes; `None` where it cannot be put so.
pub fn encode(what: &impl Serialize) -> Option<Vec<u8>> {
    postcard::to_stdvec(what).ok()
}

/// What bytes say; `None` where that cannot be understood, or something follows it.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let (what, rest) = postcard::take_from_bytes(bytes).ok()?;
    rest.is_empty().then_some(what)
}

#[cfg(test)]
#[path = "protocol_tests.rs"]
mod tests;
