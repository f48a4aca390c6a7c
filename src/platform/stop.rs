//! Being asked to stop, where no module of the system's own knows how.

use std::io;
use std::time::Duration;

/// Signals that ask a program to stop. On this system they end it: what it has written stays.
#[derive(Debug)]
pub struct StopSignals(());

impl StopSignals {
    /// Nothing is awaited.
    ///
    /// # Errors
    /// None here.
    pub fn new() -> io::Result<Self> {
        Ok(Self(()))
    }

    /// Waits for `time`.
    pub fn came_within(&self, time: Duration) -> bool {
        std::thread::sleep(time);
        false
    }
}

/// Whether every process can be expected to be readable: that cannot be told.
pub fn reads_everything() -> bool {
    false
}
