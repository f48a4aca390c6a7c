//! Where and how a recording was made.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::platform::Host;

/// Where and how a recording was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The machine.
    pub host: Host,
    /// Its time zone, as in `Europe/Berlin`; `None` where that has no name.
    pub time_zone: Option<String>,
    /// The version of the program that wrote it.
    pub program: String,
    /// When writing it began.
    pub began: Timestamp,
    /// Whether the arguments of programs are in it.
    pub command_lines: bool,
}

impl About {
    /// A recording of this machine that begins now.
    pub fn now(options: &RecordOptions) -> Self {
        Self {
            host: options.host.clone(),
            time_zone: TimeZone::system().iana_name().map(str::to_owned),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            began: Timestamp::now(),
            command_lines: options.command_lines,
        }
    }
}

/// How to record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordOptions {
    /// The machine that is recorded.
    pub host: Host,
    /// Whether the arguments of programs are recorded: they can hold what others must not know.
    pub command_lines: bool,
}
