//! The machine as a whole: what the graphs of the main window show.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::snapshot::Snapshot;
use super::units::{Bytes, BytesPerSecond, Percent};

/// A snapshot of the whole machine. It has no rows.
pub type SystemSnapshot = Snapshot<NoRow, SystemTotals>;

/// The row of a snapshot that has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoRow {}

/// Figures of the whole machine; `None` where the source is missing or there is no earlier reading
/// to compare with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SystemTotals {
    /// Busy time of all CPUs, of the whole machine: user + nice + system + irq + softirq.
    pub cpu: Option<Percent>,
    /// The part of it that was spent in interrupts: irq + softirq.
    pub interrupts: Option<Percent>,
    /// Busy time of each CPU in use, of that CPU.
    pub cpus: Vec<CpuLoad>,
    /// Load average over the last minute, five and fifteen minutes, `proc_loadavg(5)`.
    pub load: Option<[f64; 3]>,
    /// Time since boot, suspended time included.
    pub uptime: Option<Duration>,
    /// Memory; `None` where /proc/meminfo cannot be read.
    pub memory: Option<Memory>,
    /// Read from the counted disks, per second; `None` when none could be compared.
    pub disk_read: Option<BytesPerSecond>,
    /// Written to the counted disks, per second.
    pub disk_write: Option<BytesPerSecond>,
    /// Received by the counted interfaces, per second.
    pub network_received: Option<BytesPerSecond>,
    /// Sent by the counted interfaces, per second.
    pub network_sent: Option<BytesPerSecond>,
    /// Every block device.
    pub disks: Vec<DiskRates>,
    /// Every network interface.
    pub interfaces: Vec<InterfaceRates>,
    /// Pressure stall information; `None` where the kernel has none.
    pub pressure: Option<Pressure>,
}

/// How busy one CPU was.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CpuLoad {
    /// The CPU's number; numbers can have gaps where a CPU is switched off.
    pub cpu: u32,
    /// Its busy share; `None` in the first interval after it came.
    pub busy: Option<Percent>,
}

/// Memory and swap, `proc_meminfo(5)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// `MemTotal`.
    pub total: Bytes,
    /// `MemAvailable`: what programs can have without swapping.
    pub available: Bytes,
    /// `SwapTotal`; zero on a machine without swap.
    pub swap_total: Bytes,
    /// `SwapTotal - SwapFree`.
    pub swap_used: Bytes,
}

impl Memory {
    /// What is not available.
    pub fn used(self) -> Bytes {
        self.total.saturating_sub(self.available)
    }

    /// The used share of the memory.
    pub fn used_percent(self) -> Option<Percent> {
        Percent::of(self.used(), self.total)
    }

    /// The used share of the swap; `None` without swap.
    pub fn swap_percent(self) -> Option<Percent> {
        Percent::of(self.swap_used, self.swap_total)
    }
}

/// What went through one block device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiskRates {
    /// The device's name, `sda`.
    pub name: String,
    /// Whether it counts in the total: a physical disk that no other lies upon.
    pub counted: bool,
    /// Read, per second; `None` in the first interval after it came.
    pub read: Option<BytesPerSecond>,
    /// Written, per second.
    pub write: Option<BytesPerSecond>,
}

/// What went through one network interface.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InterfaceRates {
    /// The interface's name, `eth0`.
    pub name: String,
    /// Whether it counts in the total: a physical one.
    pub counted: bool,
    /// Received, per second; `None` in the first interval after it came.
    pub received: Option<BytesPerSecond>,
    /// Sent, per second.
    pub sent: Option<BytesPerSecond>,
}

/// Pressure stall information, `/proc/pressure`: the share of the last ten seconds in which at
/// least one task waited for the resource (`some avg10`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pressure {
    /// Waiting for a CPU.
    pub cpu: Option<Percent>,
    /// Waiting for memory.
    pub memory: Option<Percent>,
    /// Waiting for storage.
    pub io: Option<Percent>,
}
