//! One point in time of the graphs: what each line is there.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::system::{Memory, SystemSnapshot, SystemTotals};
use crate::model::units::{BytesPerSecond, Percent};

/// One line of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Series {
    /// Busy time of the machine, in per cent.
    Cpu,
    /// Used memory, in per cent.
    Ram,
    /// Used swap, in per cent.
    Swap,
    /// Read from physical disks, in bytes per second.
    Read,
    /// Written to physical disks, in bytes per second.
    Write,
    /// Received by physical interfaces, in bytes per second.
    Received,
    /// Sent by physical interfaces, in bytes per second.
    Sent,
}

impl Series {
    /// All of them, in the order they are kept.
    pub const ALL: [Self; 7] = [
        Self::Cpu,
        Self::Ram,
        Self::Swap,
        Self::Read,
        Self::Write,
        Self::Received,
        Self::Sent,
    ];

    /// Its value in a snapshot.
    pub(super) fn of(self, snapshot: &SystemSnapshot) -> Option<f64> {
        let totals = &snapshot.totals;
        match self {
            Self::Cpu => totals.cpu.map(|share| share.0),
            Self::Ram => totals
                .memory
                .and_then(Memory::used_percent)
                .map(|share| share.0),
            Self::Swap => totals
                .memory
                .and_then(Memory::swap_percent)
                .map(|share| share.0),
            Self::Read => totals.disk_read.map(|rate| rate.0),
            Self::Write => totals.disk_write.map(|rate| rate.0),
            Self::Received => totals.network_received.map(|rate| rate.0),
            Self::Sent => totals.network_sent.map(|rate| rate.0),
        }
        // Nothing can be drawn of what a file may claim.
        .filter(|value| value.is_finite())
    }
}

/// The machine over one interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The end of the interval on the wall clock: for people to read.
    pub at: Timestamp,
    /// The end of the interval since boot, suspended time included: its place on the axis.
    pub since_boot: Duration,
    /// The length of the interval, suspended time excluded.
    pub elapsed: Duration,
    /// Whether it begins where the sample before it ended; if not, no line joins the two.
    pub joined: bool,
    pub(super) values: [Option<f64>; Series::ALL.len()],
}

impl Sample {
    /// The value of one line, in the unit [`Series`] names; `None` where it was not to be had.
    pub fn value(&self, series: Series) -> Option<f64> {
        self.values[series as usize]
    }

    /// What it tells of the machine: as much as graphs need.
    pub fn totals(&self) -> SystemTotals {
        let rate = |series| self.value(series).map(BytesPerSecond);
        SystemTotals {
            cpu: self.value(Series::Cpu).map(Percent),
            disk_read: rate(Series::Read),
            disk_write: rate(Series::Write),
            network_received: rate(Series::Received),
            network_sent: rate(Series::Sent),
            ..SystemTotals::default()
        }
    }

    /// The sample without values that cannot be drawn.
    #[must_use]
    pub fn drawable(mut self) -> Self {
        self.values = self.values.map(|value| value.filter(|it| it.is_finite()));
        self
    }

    /// Takes in the sample that follows: the time of both, and of each line the higher value, or a
    /// spike would be lost.
    pub(super) fn absorb(&mut self, next: &Self) {
        self.at = next.at;
        self.since_boot = next.since_boot;
        self.elapsed += next.elapsed;
        for (value, next) in self.values.iter_mut().zip(next.values) {
            *value = match (*value, next) {
                (Some(a), Some(b)) => Some(a.max(b)),
                (a, b) => a.or(b),
            };
        }
    }
}
