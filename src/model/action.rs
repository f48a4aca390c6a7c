//! What can be done to processes, and what came of it.

use serde::{Deserialize, Serialize};

use super::process::ProcessKey;

/// So many processes can be chosen at once. Each costs whoever holds it a descriptor.
pub const MOST_CHOSEN: usize = 512;

/// What is done to the processes that were chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Asks it to end, `SIGTERM`.
    End,
    /// Ends it at once, `SIGKILL`.
    Kill,
    /// Has it do nothing until it is continued, `SIGSTOP`.
    Stop,
    /// Has it go on, `SIGCONT`.
    Continue,
    /// Gives all of its threads this priority.
    SetNice(Nice),
}

/// A priority, `setpriority(2)`: from -20, which gets the most, to 19.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i8", into = "i8")]
pub struct Nice(i8);

impl Nice {
    /// The highest priority.
    pub const HIGHEST: Self = Self(-20);
    /// What processes have unless somebody gave them another one.
    pub const NORMAL: Self = Self(0);
    /// The lowest priority.
    pub const LOWEST: Self = Self(19);

    /// A priority; `None` where there is no such.
    pub fn new(nice: i64) -> Option<Self> {
        let nice = Self(i8::try_from(nice).ok()?);
        (Self::HIGHEST..=Self::LOWEST)
            .contains(&nice)
            .then_some(nice)
    }

    /// The number.
    pub fn value(self) -> i32 {
        self.0.into()
    }
}

/// The number is of no priority.
#[derive(Debug, thiserror::Error)]
#[error("a priority is from -20 to 19")]
pub struct NoSuchNice;

impl TryFrom<i8> for Nice {
    type Error = NoSuchNice;

    fn try_from(nice: i8) -> Result<Self, NoSuchNice> {
        Self::new(nice.into()).ok_or(NoSuchNice)
    }
}

impl From<Nice> for i8 {
    fn from(nice: Nice) -> Self {
        nice.0
    }
}

/// One of the processes that were chosen, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acted {
    /// Which one.
    pub process: ProcessKey,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of acting on a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It was done. A signal was sent: what the process makes of it shows later.
    Done,
    /// Only so many of its threads have the priority.
    Partly {
        /// Those that have it.
        done: u64,
        /// All of them.
        threads: u64,
    },
    /// The process ended. Its pid may be that of another, to which nothing was done.
    Gone,
    /// The kernel denies it to this user.
    NotPermitted,
    /// It would do harm or nothing at all.
    Refused(Refused),
    /// This system knows no way to do it to the right process for sure.
    Unsupported,
    /// Something else, in the words of the system.
    Failed(String),
}

/// Why something is not done to a process although it could be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refused {
    /// It is a thread of the kernel, which knows no signals.
    KernelThread,
    /// It is the first process: the system goes down with it.
    FirstProcess,
    /// It is the program that is to do it, or what it is asked by. Stopped, it could not go on; killed,
    /// it could not tell.
    Itself,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn only_numbers_of_priorities_are_taken(nice: i8) {
            let taken = Nice::new(nice.into());
            prop_assert_eq!(taken.is_some(), (-20..=19).contains(&nice));
            let bytes = postcard::to_stdvec(&nice).expect("a number");
            prop_assert_eq!(postcard::from_bytes::<Nice>(&bytes).ok(), taken);
            if let Some(taken) = taken {
                prop_assert_eq!(postcard::to_stdvec(&taken).expect("a number"), bytes);
            }
        }
    }
}
