//! What a row of the past says beside what every row says.

use serde::{Deserialize, Serialize};

/// What is known of a row in a stretch of the past, in which it did something on average `A` and in
/// all `S`. Nothing in rows of the present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Past<A, S> {
    /// Whether it ended in that time.
    pub ended: bool,
    /// Whether it started in that time.
    #[serde(skip)]
    pub started: bool,
    /// What it did on average in as long a time before.
    #[serde(skip)]
    pub before: Option<A>,
    /// What it did in all.
    #[serde(skip)]
    pub sum: Option<S>,
}

impl<A, S> Past<A, S> {
    /// Which ends of its life lie in that time; `None` where it was there before and after.
    pub fn lifetime(&self) -> Option<Lifetime> {
        match (self.started, self.ended) {
            (true, true) => Some(Lifetime::StartedAndEnded),
            (true, false) => Some(Lifetime::Started),
            (false, true) => Some(Lifetime::Ended),
            (false, false) => None,
        }
    }
}

impl Lifetime {
    /// Its name for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Ended => "ended",
            Self::StartedAndEnded => "started_and_ended",
        }
    }
}

/// Which ends of a process's life lie in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lifetime {
    /// It started in it.
    Started,
    /// It ended in it.
    Ended,
    /// It was there in it only.
    StartedAndEnded,
}
