//! What happened on the machine and belongs to no process that can be named.

use serde::{Deserialize, Serialize};

use super::degradation::{Phrase, plain};
use super::process::{ProcessKey, Uid};
use super::programs::ProgramCount;
use super::table::Value;

/// A row below the processes that stands for what none of them accounts for.
pub trait RemainderRow: Clone + Send + Sync + 'static {
    /// What it stands for.
    fn what(&self) -> &Remainder;

    /// Keys of the columns in which it can have a value, in their order.
    const COLUMNS: &'static [&'static str];

    /// Its value in the column of this key; [`Value::Nothing`] where it has none there.
    fn value(&self, column: &str) -> Value<'_>;

    /// Which programs it stands for, the most frequent first; `None` where that is not asked.
    fn programs(&self) -> Option<&[ProgramCount]> {
        None
    }
}

/// What a [`RemainderRow`] stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remainder {
    /// Connections that were opened and closed between two readings, of processes unknown.
    ShortLived,
    /// Traffic of physical interfaces that is no TCP payload.
    NonTcp,
    /// Processes that lived and died between two readings.
    Exited {
        /// Who waited for them.
        parent: ProcessKey,
        /// Their name.
        name: String,
    },
    /// The kernel and its interrupts, outside of any process.
    Kernel,
    /// What disks did and no process is known to have asked for in the interval.
    WriteBack,
    /// What belongs to processes that this user may not look into.
    Unreadable {
        /// The user they run as, by number.
        uid: Option<Uid>,
        /// By name; `None` where the number has none.
        user: Option<String>,
        /// The service they belong to: `sshd.service`.
        service: Option<String>,
    },
    /// The rest.
    Unexplained,
}

impl Remainder {
    /// The `kind` of its row in JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ShortLived => "short_lived",
            Self::NonTcp => "non_tcp",
            Self::Exited { .. } => "exited",
            Self::Kernel => "kernel",
            Self::WriteBack => "unattributed",
            Self::Unreadable { .. } => "unreadable",
            Self::Unexplained => "unexplained",
        }
    }

    /// What it is called.
    pub fn title(&self) -> Phrase {
        match self {
            Self::ShortLived => plain("Short-lived connections"),
            Self::NonTcp => plain("UDP, QUIC and headers (estimate)"),
            Self::Exited { .. } => plain("Exited processes"),
            Self::Kernel => plain("Kernel and interrupts"),
            Self::WriteBack => plain("Write-back and other users"),
            Self::Unreadable { .. } => plain("Not readable"),
            Self::Unexplained => plain("Unexplained"),
        }
    }

    /// What it is called and whose it is, in English.
    pub fn english(&self) -> String {
        let title = self.title().english();
        match (self, self.whose()) {
            (_, None) => title,
            (Self::Exited { .. }, Some(name)) => format!("{title} (under {name})"),
            (_, Some(name)) => format!("{title} ({name})"),
        }
    }

    /// Whose it is, in words from outside: a parent, a service, else a user; `None` where nobody
    /// is known.
    pub fn whose(&self) -> Option<String> {
        match self {
            Self::Unreadable { uid, user, service } => service
                .clone()
                .or_else(|| user.clone())
                .or_else(|| uid.map(|uid| uid.0.to_string())),
            Self::Exited { name, .. } => Some(name.clone()).filter(|name| !name.is_empty()),
            _ => None,
        }
    }
}

/// The remainder of subjects that have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoRemainder {}

impl RemainderRow for NoRemainder {
    const COLUMNS: &'static [&'static str] = &[];

    fn what(&self) -> &Remainder {
        match *self {}
    }

    fn value(&self, _column: &str) -> Value<'_> {
        match *self {}
    }
}
