//! Processes by storage.

use std::time::Duration;

use super::reaped::{Own, OwnIo};
use super::started;
use super::system;
use super::whole::WholeMachine;
use crate::model::accounting::Account;
use crate::model::disk::{DiskIo, DiskRemainder, DiskRow, DiskSnapshot, DiskTotals};
use crate::model::past::Past;
use crate::model::remainder::Remainder;
use crate::model::snapshot::{Cost, Missing};
use crate::model::system::SystemTotals;
use crate::model::units::{Bytes, BytesPerSecond};
use crate::platform::{IoCounters, Moment, Platform, PlatformError, ProcessCounters, Want};

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
        let reading = platform.processes(Want {
            io: true,
            ..Want::default()
        })?;
        degradations.extend(reading.degradations);
        let previous = self.previous.replace(now);
        let own = self.own.update(reading.processes, |process| {
            previous.is_some_and(|previous| started::after(process, previous, now))
        });
        let snapshot = previous.map(|previous| {
            let elapsed = now.monotonic.saturating_sub(previous.monotonic);
            let exited = exited_rows(reading.processes, &own, elapsed);
            let rows: Vec<_> = reading
                .processes
                .iter()
                .zip(own)
                .map(|(process, own)| DiskRow {
                    key: process.key,
                    info: process.info.clone(),
                    io: own.map(|own| shown(own, elapsed)),
                    past: Past::default(),
                })
                .collect();
            let totals = totals(&rows, &machine);
            DiskSnapshot {
                at: now.wall,
                since_boot: now.since_boot,
                elapsed,
                totals,
                rows,
                remainder: remainder(exited, &totals),
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

/// What reached or will reach the disk. Truncating a file that another wrote cancels more than
/// one's own writes.
fn written(io: IoCounters) -> Bytes {
    io.written.saturating_sub(io.cancelled.unwrap_or_default())
}

/// One row for each parent whose children read and wrote unseen, the busiest first.
fn exited_rows(
    processes: &[ProcessCounters],
    own: &[Option<Own>],
    elapsed: Duration,
) -> Vec<DiskRemainder> {
    let mut rows: Vec<_> = processes
        .iter()
        .zip(own)
        .filter_map(|(process, own)| {
            let exited = own.as_ref()?.exited;
            let (read, written) = (exited.read, written(exited));
            if read + written == Bytes(0) {
                return None;
            }
            Some(DiskRemainder {
                what: Remainder::Exited {
                    parent: process.key,
                    name: process.info.name.clone(),
                },
                read_rate: read.per(elapsed)?,
                write_rate: written.per(elapsed)?,
            })
        })
        .collect();
    let sum = |row: &DiskRemainder| row.read_rate.0 + row.write_rate.0;
    rows.sort_by(|a, b| sum(b).total_cmp(&sum(a)));
    rows
}

/// What no process in the table accounts for: of what the disks did, the part that nobody asked
/// for in the interval.
fn remainder(exited: Vec<DiskRemainder>, totals: &DiskTotals) -> Vec<DiskRemainder> {
    let left = |whole: Option<BytesPerSecond>,
                named: Option<BytesPerSecond>,
                exited: fn(&DiskRemainder) -> BytesPerSecond,
                rows: &[DiskRemainder]| {
        let exited: BytesPerSecond = rows.iter().map(exited).sum();
        let account = Account::of(whole?.0, named.unwrap_or_default().0, exited.0, 0.0);
        Some(BytesPerSecond(account.unexplained))
    };
    let read = left(
        totals.disk_read,
        totals.named_read,
        |row| row.read_rate,
        &exited,
    );
    let write = left(
        totals.disk_write,
        totals.named_write,
        |row| row.write_rate,
        &exited,
    );
    let rest = read
        .zip(write)
        .map(|(read_rate, write_rate)| DiskRemainder {
            what: Remainder::WriteBack,
            read_rate,
            write_rate,
        });
    exited.into_iter().chain(rest).collect()
}

fn shown(own: Own, elapsed: Duration) -> DiskIo {
    let total = own.total;
    DiskIo {
        read_rate: own.growth.and_then(|growth| growth.read.per(elapsed)),
        write_rate: own.growth.and_then(|growth| written(growth).per(elapsed)),
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
