//! Whether a process that appears is young, or only became visible.

use std::time::Duration;

use crate::model::process::StartTime;
use crate::platform::{Moment, ProcessCounters};

/// Whether a process that was not in the reading `previous` started after it, so that all its
/// counters grew in between. One that started earlier was hidden, and how much it did since is
/// not known.
///
/// Its start on the wall clock was worked out of the time since boot just now, so the way back
/// gives that time again, whoever set the wall clock.
pub fn after(process: &ProcessCounters, previous: Moment, now: Moment) -> bool {
    let Some(started) = process.info.started else {
        return false;
    };
    // How coarse the system tells it, and that it is told a little before `now`.
    let tolerance = match process.key.start_time {
        StartTime::Ticks(_) => Duration::from_millis(20),
        StartTime::EpochSeconds(_) => Duration::from_secs(1),
        StartTime::Unknown => return false,
    };
    let age = Duration::try_from(now.wall.duration_since(started)).unwrap_or_default();
    now.since_boot.saturating_sub(age) + tolerance >= previous.since_boot
}
