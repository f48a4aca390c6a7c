//! Processes by storage.

use std::time::Duration;

use super::reaped::{Own, OwnIo};
use super::started;
use super::system;
use super::whole::WholeMachine;
use crate::model::disk::{DiskIo, DiskRow, DiskSnapshot, DiskTotals};
use crate::model::snapshot::{Cost, Missing};
use crate::model::system::SystemTotals;
use crate::model::units::BytesPerSecond;
use crate::platform::{Moment, Platform, PlatformError, Want};

/// Compares the I/O counters of processes with what they were at the last sample.
#[derive(Debug, Default)]
pub struct DiskSampler {
    whole: WholeMachine,
    own: OwnIo,
    previous: Option<Moment>,
}

impl DiskSampler {
    /// What processes read and wrote since the last call; `None` the first time.
    ///
    /// # Errors
    /// When processes cannot be listed. Without the machine's counters only totals are missing.
    pub fn sample(
        &mut self,
        platform: &mut dyn Platform,
    ) -> Result<Option<DiskSnapshot>, PlatformError> {
        let spent = platform.now().thread_cpu;
        let (machine, mut degradations) = self.whole.sample(platform, &[Missing::Disks]);
        let now = platform.now();
        let reading = platform.processes(Want { io: true })?;
        degradations.extend(reading.degradations);
        let previous = self.previous.replace(now);
        let own = self.own.update(reading.processes, |process| {
            previous.is_some_and(|previous| started::after(process, previous, now))
        });
        let snapshot = previous.map(|previous| {
            let elapsed = now.monotonic.saturating_sub(previous.monotonic);
            let rows: Vec<_> = reading
                .processes
                .iter()
                .zip(own)
                .map(|(process, own)| DiskRow {
                    key: process.key,
                    info: process.info.clone(),
                    io: own.map(|own| shown(own, elapsed)),
                })
                .collect();
            DiskSnapshot {
                at: now.wall,
                since_boot: now.since_boot,
                elapsed,
                totals: totals(&rows, &machine),
                rows,
                remainder: Vec::new(),
                degradations,
                cost: Cost::default(),
            }
        });
        let cpu = platform.now().thread_cpu.saturating_sub(spent);
        Ok(snapshot.map(|snapshot| DiskSnapshot {
            cost: Cost { cpu },
            ..snapshot
        }))
    }
}

fn shown(own: Own, elapsed: Duration) -> DiskIo {
    let total = own.total;
    DiskIo {
        read_rate: own.growth.and_then(|growth| growth.read.per(elapsed)),
        // Truncating a file that another wrote cancels more than one's own writes.
        write_rate: own.growth.and_then(|growth| {
            let cancelled = growth.cancelled.unwrap_or_default();
            growth.written.saturating_sub(cancelled).per(elapsed)
        }),
        read: total.read,
        written: total.written,
        cancelled: total.cancelled,
        read_calls: total.read_calls,
        write_calls: total.write_calls,
    }
}

fn totals(rows: &[DiskRow], machine: &SystemTotals) -> DiskTotals {
    let sum = |rate: fn(&DiskIo) -> Option<BytesPerSecond>| {
        system::sum(rows.iter().map(|row| rate(row.io.as_ref()?)))
    };
    DiskTotals {
        disk_read: machine.disk_read,
        disk_write: machine.disk_write,
        named_read: sum(|io| io.read_rate),
        named_write: sum(|io| io.write_rate),
    }
}

#[cfg(test)]
#[path = "disk_tests.rs"]
mod tests;
