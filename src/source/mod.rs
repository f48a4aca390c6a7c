//! Where snapshots come from: this machine, and later another one or a file.

pub mod local;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::connection::{ConnectionRequest, ConnectionSnapshot, HostNames};
use crate::model::cpu::CpuSnapshot;
use crate::model::disk::DiskSnapshot;
use crate::model::network::NetworkSnapshot;
use crate::model::process::ProcessKey;
use crate::model::snapshot::Cost;
use crate::model::system::SystemSnapshot;
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
            Self::Primed | Self::Details(_) => None,
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
}
