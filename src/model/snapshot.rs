//! The one value that travels from the samplers to whoever shows them.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::remainder::NoRemainder;
use super::table::Row as TableRow;

/// What a sampler found out over one interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot<Row, Totals, Remainder = NoRemainder> {
    /// The end of the interval on the wall clock, for people to read; never used in arithmetic.
    pub at: Timestamp,
    /// The end of the interval since boot, suspended time included (`CLOCK_BOOTTIME`): the axis
    /// of graphs, which setting the clock does not bend.
    pub since_boot: Duration,
    /// Length of the interval, suspended time excluded (`CLOCK_MONOTONIC`): what rates are over.
    pub elapsed: Duration,
    /// Figures of the whole machine.
    pub totals: Totals,
    /// A row for each process or connection.
    pub rows: Vec<Row>,
    /// What no row accounts for.
    pub remainder: Vec<Remainder>,
    /// What could not be had, and why.
    pub degradations: Vec<Degradation>,
    /// What taking this snapshot cost.
    pub cost: Cost,
}

/// A snapshot with rows `R`.
pub type SnapshotOf<R> = Snapshot<R, <R as TableRow>::Totals, <R as TableRow>::Remainder>;

impl<Row, Totals, Remainder> Snapshot<Row, Totals, Remainder> {
    /// Whether this interval begins where one that ended at `previous` did: if not, the machine was
    /// suspended or samples are missing, and a line between the two would be invented.
    pub fn continues(&self, previous: Duration) -> bool {
        const TOLERANCE: Duration = Duration::from_millis(100);
        self.since_boot.saturating_sub(self.elapsed) <= previous + TOLERANCE
    }
}

/// What a snapshot cost this program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// CPU time of the thread that took it (`CLOCK_THREAD_CPUTIME_ID`).
    pub cpu: Duration,
}

/// Something that could not be read, in a form that a window can translate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Degradation {
    /// What is missing.
    pub what: Missing,
    /// Why it is.
    pub reason: Reason,
    /// How many processes or devices it concerns, where that can be counted.
    pub count: Option<u64>,
}

/// What a [`Degradation`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Processes that are not listed, or whose figures are hidden.
    Processes,
    /// `/proc/PID/io`.
    Io,
    /// Which process holds a socket: `/proc/PID/fd`.
    SocketOwners,
    /// TCP sockets.
    TcpSockets,
    /// UDP sockets.
    UdpSockets,
    /// Messages about closed connections: some short ones were not counted.
    ClosedConnections,
    /// Sockets of other network namespaces.
    Namespaces,
    /// The kernel's socket diagnosis, `sock_diag(7)`; sockets are read from `/proc/net` instead.
    SocketDiagnosis,
    /// CPU time of the machine, `/proc/stat`.
    Cpu,
    /// `/proc/meminfo`.
    Memory,
    /// `/proc/loadavg`.
    Load,
    /// `/proc/pressure`.
    Pressure,
    /// `/proc/diskstats` and `/sys/block`.
    Disks,
    /// `/proc/net/dev` and `/sys/class/net`.
    Interfaces,
    /// The CPU clocks of processes; every process is read at each refresh instead.
    CpuClocks,
}

/// Why something is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The system denies it to this user.
    PermissionDenied,
    /// /proc is mounted with `hidepid`.
    Hidden,
    /// This system has no such source.
    NotAvailable,
    /// What was read could not be understood.
    Malformed,
    /// It kept changing while it was read; what is shown may be incomplete.
    Interrupted,
    /// Nothing physical was found, so all devices are counted, stacked ones twice.
    AllCounted,
}
