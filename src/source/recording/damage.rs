//! What can be wrong with a recording.

use std::io;
use std::path::PathBuf;

use crate::model::format::printable;

/// Why a file cannot be shown at all.
#[derive(Debug, thiserror::Error)]
#[error("the recording {} {why}", printable(&path.to_string_lossy()))]
pub struct RecordingError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    #[source]
    pub why: Refusal,
}

/// What is wrong with a file that cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The system does not let it be read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is a pipe or a device: a recording is read from any place in it.
    #[error("is no file that could be looked through: write it to one first")]
    NoFile,
    /// It has no bytes.
    #[error("is empty: nothing was written to it")]
    Empty,
    /// It begins as no recording does.
    #[error("is none: it was not written by SysMon, or its beginning is damaged")]
    Foreign,
    /// A later program wrote it.
    #[error(
        "has format {version}, and this SysMon knows formats up to {}: open it with a newer SysMon",
        super::format::VERSION
    )]
    Newer {
        /// Its version.
        version: u16,
    },
}

/// Something in a recording that cannot be shown. The rest of it can.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// It has no index at its end.
    #[error("it has no end: recording was broken off, or is still going on")]
    Unfinished,
    /// The last of its chunks is not all there.
    #[error("it ends in the middle of a snapshot, at byte {at}")]
    CutShort {
        /// Where that chunk begins.
        at: u64,
    },
    /// Bytes are no longer what was written.
    #[error("{bytes} bytes from byte {at} on are damaged")]
    Changed {
        /// Where they begin.
        at: u64,
        /// How many they are.
        bytes: u64,
    },
    /// What was written is nothing that this program understands.
    #[error("what is written at byte {at} cannot be understood: {reason}")]
    Malformed {
        /// Where the chunk begins.
        at: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The system does not let a part be read.
    #[error("byte {at} and those behind it cannot be read: {reason}")]
    Unreadable {
        /// Where the chunk begins.
        at: u64,
        /// What the system says.
        reason: String,
    },
    /// What they continue is damaged.
    #[error("{snapshots} snapshots cannot be shown, because they continue one that is damaged")]
    Orphaned {
        /// How many.
        snapshots: u64,
    },
}

/// All that was found, in one sentence; `None` where it is whole.
pub fn sentence(damages: &[Damage]) -> Option<String> {
    let (first, more) = damages.split_first()?;
    let more = match more.len() {
        0 => String::new(),
        1 => format!("; and {}", more[0]),
        n => format!("; and {n} more places are damaged"),
    };
    Some(format!("{first}{more}"))
}
