//! Where snapshots come from: this machine, a probe elsewhere, what is remembered, or a file.

#[cfg(target_os = "linux")]
pub mod administrator;
pub mod local;
mod locking;
pub mod machine;
pub mod memory;
mod past;
pub mod recording;
pub mod remote;
pub mod sandbox;
mod switching;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::action::{Acted, Action, MOST_CHOSEN};
use crate::model::connection::{ConnectionRequest, ConnectionSnapshot, HostNames};
use crate::model::cpu::CpuSnapshot;
use crate::model::disk::DiskSnapshot;
use crate::model::history::Sample;
use crate::model::network::NetworkSnapshot;
use crate::model::process::ProcessKey;
use crate::model::remote::RemoteError;
use crate::model::snapshot::Cost;
use crate::model::system::SystemSnapshot;
use crate::model::units::{Bytes, Percent};
use crate::platform::{PlatformError, ProcessDetails};

/// Somewhere to get snapshots from. It answers when asked and never by itself.
pub trait Source: Send {
    /// Takes one snapshot. May block for as long as reading takes: never called by the UI thread.
    ///
    /// # Errors
    /// When nothing at all can be shown.
    fn ask(&mut self, request: &Request) -> Result<Reply, SourceError>;
}

/// What is asked of a [`Source`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// The whole machine.
    System,
    /// Processes by CPU and memory.
    Cpu {
        /// Rows on screen, for which run-queue delay is worth its price.
        watch: Vec<ProcessKey>,
    },
    /// Processes by storage.
    Disk,
    /// Processes by sockets and throughput.
    Network {
        /// Which remote hosts are named.
        names: HostNames,
    },
    /// Sockets.
    Connections(ConnectionRequest),
    /// What is read only for one process.
    Details(ProcessKey),
    /// These processes are to be held, and those chosen before are let go: what is done to them then
    /// is done to no other that has the pid by that time. At most [`MOST_CHOSEN`].
    Choose(Vec<ProcessKey>),
    /// What is done to the processes that are held.
    Act(Action),
    /// A table as it was.
    Moment {
        /// Which one.
        table: Table,
        /// When, since boot.
        at: Duration,
    },
    /// What happened in a stretch of time, and in the same length of time before it.
    Range {
        /// Of which table.
        table: Table,
        /// Its beginning, since boot.
        from: Duration,
        /// Its end, since boot.
        to: Duration,
    },
    /// The graphs as they were.
    Samples {
        /// From when on, since boot.
        since: Duration,
        /// At most so many; neighbours are put together.
        most: usize,
    },
    /// What nobody looks at now is to be read as well, to be remembered.
    Remember,
}

impl Request {
    /// What a source answers that knows the present only: it remembers nothing.
    pub(crate) fn nothing_remembered(&self) -> Reply {
        match self {
            Self::Moment { .. } => Reply::Moment(None),
            Self::Range { .. } => Reply::Range(None),
            Self::Samples { .. } => Reply::Samples {
                samples: Vec::new(),
                remembered: None,
            },
            Self::Remember => Reply::Remembered(None),
            Self::System
            | Self::Cpu { .. }
            | Self::Disk
            | Self::Network { .. }
            | Self::Connections(_)
            | Self::Details(_)
            | Self::Choose(_)
            | Self::Act(_) => Reply::Primed,
        }
    }
}

/// A table of processes that is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Table {
    /// By CPU and memory.
    Cpu,
    /// By storage.
    Disk,
    /// By sockets and throughput.
    Network,
}

impl Table {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Cpu, Self::Disk, Self::Network];
}

/// What a [`Source`] answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// The first counters were taken; there is nothing to compare them with yet. Ask again.
    Primed,
    /// The whole machine.
    System(Arc<SystemSnapshot>),
    /// Processes by CPU and memory.
    Cpu(Arc<CpuSnapshot>),
    /// Processes by storage.
    Disk(Arc<DiskSnapshot>),
    /// Processes by sockets and throughput.
    Network(Arc<NetworkSnapshot>),
    /// Sockets.
    Connections(Arc<ConnectionSnapshot>),
    /// One process; `None` when it is gone.
    Details(Option<ProcessDetails>),
    /// The processes that were chosen are held but for these, and why.
    Chosen(Vec<Acted>),
    /// What came of acting on each process that was chosen, in their order.
    Acted(Vec<Acted>),
    /// A table as it was; `None` where that is not remembered.
    Moment(Option<Box<Reply>>),
    /// What happened in a stretch of time; `None` where that is not remembered.
    Range(Option<Box<Range>>),
    /// The graphs as they were.
    Samples {
        /// Oldest first.
        samples: Vec<Sample>,
        /// What is remembered beside them; `None` where nothing is.
        remembered: Option<Remembered>,
    },
    /// What is remembered; `None` where nothing is.
    Remembered(Option<Remembered>),
}

/// What happened in a stretch of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// A table in it: rates are averages over it.
    pub table: Reply,
    /// The same length of time before it, as far as that is remembered.
    pub before: Option<Reply>,
}

/// What a source remembers, and what that costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    /// How far back it reaches.
    pub span: Duration,
    /// Memory it takes.
    pub bytes: Bytes,
    /// Memory it may take.
    pub bound: Bytes,
    /// CPU time that the last reading for its sake took.
    pub cost: Duration,
    /// CPU time that is taken for its sake, of one core, on average since it began.
    pub share: Percent,
}

impl Reply {
    /// What taking the snapshot cost; `None` where it is none.
    pub fn cost(&self) -> Option<Cost> {
        match self {
            Self::System(snapshot) => Some(snapshot.cost),
            Self::Cpu(snapshot) => Some(snapshot.cost),
            Self::Disk(snapshot) => Some(snapshot.cost),
            Self::Network(snapshot) => Some(snapshot.cost),
            Self::Connections(snapshot) => Some(snapshot.cost),
            Self::Remembered(Some(remembered)) => Some(Cost {
                cpu: remembered.cost,
            }),
            Self::Primed
            | Self::Details(_)
            | Self::Chosen(_)
            | Self::Acted(_)
            | Self::Moment(_)
            | Self::Range(_)
            | Self::Samples { .. }
            | Self::Remembered(None) => None,
        }
    }
}

/// Why a [`Source`] can show nothing.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The machine cannot be read.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// An earlier attempt to open the source failed, and said why.
    #[error("the source could not be opened")]
    Closed,
    /// A recording was asked for what is in none.
    #[error("connections are not recorded")]
    NotRecorded,
    /// A recording was asked for a table that it has not.
    #[error("this recording has no processes for this table")]
    TableNotRecorded,
    /// More processes were chosen than are held.
    #[error("at most {MOST_CHOSEN} processes can be acted on at once")]
    TooManyChosen,
    /// Nothing is held that could be acted on, as after a probe was started again.
    #[error("the processes are not held any more; choose them again")]
    NothingChosen,
    /// Processes of a recording were to be acted on.
    #[error("nothing can be done to the processes of a recording")]
    Replayed,
    /// A recording was played to its end.
    #[error("the recording ended")]
    Ended,
    /// A probe elsewhere cannot be asked.
    #[error(transparent)]
    Remote(#[from] RemoteError),
}
