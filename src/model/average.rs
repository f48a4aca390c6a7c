//! Snapshots that follow one another as one: rates are averages over the whole time, what is counted
//! or measured at a moment is that of the last one.

use std::cmp::Ordering;
use std::time::Duration;

use super::cpu::{CpuRemainder, CpuRow, CpuTotals};
use super::disk::{DiskIo, DiskRemainder, DiskRow, DiskTotals};
use super::network::{NetworkRemainder, NetworkRow, NetworkTotals};
use super::programs::most_frequent;
use super::remainder::RemainderRow;
use super::snapshot::{Cost, Snapshot, SnapshotOf};
use super::table::Row;
use super::units::{BytesPerSecond, Percent};

/// The lengths of two times of which the first ends where the second begins.
#[derive(Clone, Copy, Debug)]
pub struct Lengths {
    /// Of the first.
    pub before: Duration,
    /// Of the second.
    pub after: Duration,
}

impl Lengths {
    /// The first's share of both.
    fn share_of_before(self) -> f64 {
        let whole = self.before.saturating_add(self.after).as_secs_f64();
        if whole > 0.0 {
            self.before.as_secs_f64() / whole
        } else {
            0.5
        }
    }

    /// The average over both. A time of which it is not known adds nothing, so that all that is
    /// known is counted once, whatever is put together first.
    fn mix<T: Rate>(self, before: Option<T>, after: Option<T>) -> Option<T> {
        let share = self.share_of_before();
        let part = |rate: Option<T>, share| rate.map_or(0.0, |rate| rate.number() * share);
        (before.is_some() || after.is_some())
            .then(|| T::of(part(before, share) + part(after, 1.0 - share)))
    }
}

/// What is averaged over time.
trait Rate: Copy {
    fn number(self) -> f64;
    fn of(number: f64) -> Self;
}

macro_rules! rate {
    ($($type:ty),*) => {$(
        impl Rate for $type {
            fn number(self) -> f64 {
                self.0
            }

            fn of(number: f64) -> Self {
                Self(number)
            }
        }
    )*};
}
rate!(Percent, BytesPerSecond);

fn scaled<T: Rate>(rate: Option<T>, share: f64) -> Option<T> {
    rate.map(|rate| T::of(rate.number() * share))
}

/// Something that stands for a length of time.
pub trait Average {
    /// Makes this, which stands for the second time, stand for both.
    fn join(&mut self, before: &Self, lengths: Lengths);

    /// Makes this stand for a time of which the one that it stands for is this share: in the rest
    /// of it there was none.
    fn dilute(&mut self, share: f64);

    /// Notes that it ended.
    fn end(&mut self) {}

    /// Whether that is noted.
    fn has_ended(&self) -> bool {
        false
    }
}

impl Average for CpuRow {
    fn join(&mut self, before: &Self, lengths: Lengths) {
        self.cpu = lengths.mix(before.cpu, self.cpu);
        self.wait = lengths.mix(before.wait, self.wait);
    }

    fn dilute(&mut self, share: f64) {
        self.cpu = scaled(self.cpu, share);
        self.wait = scaled(self.wait, share);
    }

    fn end(&mut self) {
        self.past.ended = true;
    }

    fn has_ended(&self) -> bool {
        self.past.ended
    }
}

impl Average for DiskRow {
    fn join(&mut self, before: &Self, lengths: Lengths) {
        self.io = match (before.io, self.io) {
            (Some(before), Some(io)) => Some(DiskIo {
                read_rate: lengths.mix(before.read_rate, io.read_rate),
                write_rate: lengths.mix(before.write_rate, io.write_rate),
                ..io
            }),
            (Some(before), None) => {
                let share = lengths.share_of_before();
                Some(before.diluted(share))
            }
            (None, io) => io.map(|io| io.diluted(1.0 - lengths.share_of_before())),
        };
    }

    fn dilute(&mut self, share: f64) {
        self.io = self.io.map(|io| io.diluted(share));
    }

    fn end(&mut self) {
        self.past.ended = true;
    }

    fn has_ended(&self) -> bool {
        self.past.ended
    }
}

impl DiskIo {
    fn diluted(self, share: f64) -> Self {
        Self {
            read_rate: scaled(self.read_rate, share),
            write_rate: scaled(self.write_rate, share),
            ..self
        }
    }
}

impl Average for NetworkRow {
    fn join(&mut self, before: &Self, lengths: Lengths) {
        self.received_rate = lengths.mix(before.received_rate, self.received_rate);
        self.sent_rate = lengths.mix(before.sent_rate, self.sent_rate);
    }

    fn dilute(&mut self, share: f64) {
        self.received_rate = scaled(self.received_rate, share);
        self.sent_rate = scaled(self.sent_rate, share);
    }

    fn end(&mut self) {
        self.past.ended = true;
    }

    fn has_ended(&self) -> bool {
        self.past.ended
    }
}

impl Average for CpuTotals {
    fn join(&mut self, before: &Self, lengths: Lengths) {
        self.busy = lengths.mix(before.busy, self.busy);
        self.named = lengths.mix(before.named, self.named);
        self.exited = lengths.mix(before.exited, self.exited);
        self.kernel = lengths.mix(before.kernel, self.kernel);
        self.unexplained = lengths.mix(before.unexplained, self.unexplained);
        self.sampling_error = lengths.mix(before.sampling_error, self.sampling_error);
    }

    fn dilute(&mut self, _share: f64) {}
}

impl Average for DiskTotals {
    fn join(&mut self, before: &Self, lengths: Lengths) {
        self.disk_read = lengths.mix(before.disk_read, self.disk_read);
        self.disk_write = lengths.mix(before.disk_write, self.disk_write);
        self.named_read = lengths.mix(before.named_read, self.named_read);
        self.named_write = lengths.mix(before.named_write, self.named_write);
    }

    fn dilute(&mut self, _share: f64) {}
}

impl Average for NetworkTotals {
    fn join(&mut self, before: &Self, lengths: Lengths) {
        self.interface_received = lengths.mix(before.interface_received, self.interface_received);
        self.interface_sent = lengths.mix(before.interface_sent, self.interface_sent);
        self.tcp_received = lengths.mix(before.tcp_received, self.tcp_received);
        self.tcp_sent = lengths.mix(before.tcp_sent, self.tcp_sent);
        self.missed_messages = match (before.missed_messages, self.missed_messages) {
            (Some(before), Some(missed)) => Some(before.saturating_add(missed)),
            (before, missed) => missed.or(before),
        };
    }

    fn dilute(&mut self, _share: f64) {}
}

impl Average for CpuRemainder {
    fn join(&mut self, before: &Self, lengths: Lengths) {
        self.cpu = lengths
            .mix(Some(before.cpu), Some(self.cpu))
            .unwrap_or(self.cpu);
        let programs = std::mem::take(&mut self.programs);
        self.programs = most_frequent(programs.into_iter().chain(before.programs.iter().cloned()));
    }

    fn dilute(&mut self, share: f64) {
        self.cpu.0 *= share;
    }
}

impl Average for DiskRemainder {
    fn join(&mut self, before: &Self, lengths: Lengths) {
        let mix = |before, after| lengths.mix(Some(before), Some(after)).unwrap_or(after);
        self.read_rate = mix(before.read_rate, self.read_rate);
        self.write_rate = mix(before.write_rate, self.write_rate);
    }

    fn dilute(&mut self, share: f64) {
        self.read_rate.0 *= share;
        self.write_rate.0 *= share;
    }
}

impl Average for NetworkRemainder {
    fn join(&mut self, before: &Self, lengths: Lengths) {
        self.received_rate = lengths.mix(before.received_rate, self.received_rate);
        self.sent_rate = lengths.mix(before.sent_rate, self.sent_rate);
    }

    fn dilute(&mut self, share: f64) {
        self.received_rate = scaled(self.received_rate, share);
        self.sent_rate = scaled(self.sent_rate, share);
    }
}

/// One snapshot for two, the second of which follows the first. Rows that are in one of them only
/// did nothing in the other. Rows come ascending by key.
pub fn joined<R>(before: &SnapshotOf<R>, after: &SnapshotOf<R>) -> SnapshotOf<R>
where
    R: Row + Average,
    R::Totals: Average,
    R::Remainder: Average,
{
    let lengths = Lengths {
        before: before.elapsed,
        after: after.elapsed,
    };
    let mut totals = after.totals.clone();
    totals.join(&before.totals, lengths);
    let key = |row: &R| row.row_key();
    Snapshot {
        at: after.at,
        since_boot: after.since_boot,
        elapsed: before.elapsed.saturating_add(after.elapsed),
        totals,
        rows: joined_rows(&before.rows, &after.rows, lengths, |a, b| {
            key(a).cmp(&key(b))
        }),
        remainder: joined_remainder(&before.remainder, &after.remainder, lengths),
        degradations: {
            let mut degradations = after.degradations.clone();
            for degradation in &before.degradations {
                let known = |it: &&super::snapshot::Degradation| {
                    (it.what, it.reason) == (degradation.what, degradation.reason)
                };
                if !degradations.iter().any(|it| known(&it)) {
                    degradations.push(degradation.clone());
                }
            }
            degradations
        },
        cost: Cost {
            cpu: before.cost.cpu.saturating_add(after.cost.cpu),
        },
    }
}

fn joined_rows<T: Average + Clone>(
    before: &[T],
    after: &[T],
    lengths: Lengths,
    order: impl Fn(&T, &T) -> Ordering,
) -> Vec<T> {
    let sorted = |rows: &[T]| {
        let mut places: Vec<usize> = (0..rows.len()).collect();
        places.sort_by(|&a, &b| order(&rows[a], &rows[b]));
        places
    };
    let (first, second) = (sorted(before), sorted(after));
    let share = lengths.share_of_before();
    let mut rows = Vec::with_capacity(after.len());
    let (mut first, mut second) = (first.iter().peekable(), second.iter().peekable());
    loop {
        let (row, came, went) = match (first.peek(), second.peek()) {
            (None, None) => return rows,
            (Some(&&a), None) => (before[a].clone(), true, false),
            (None, Some(&&b)) => (after[b].clone(), false, true),
            (Some(&&a), Some(&&b)) => match order(&before[a], &after[b]) {
                Ordering::Less => (before[a].clone(), true, false),
                Ordering::Greater => (after[b].clone(), false, true),
                Ordering::Equal => {
                    let mut row = after[b].clone();
                    row.join(&before[a], lengths);
                    (row, true, true)
                }
            },
        };
        let mut row = row;
        match (came, went) {
            (true, false) => {
                row.dilute(share);
                row.end();
            }
            (false, true) => row.dilute(1.0 - share),
            _ => {}
        }
        if came {
            first.next();
        }
        if went {
            second.next();
        }
        rows.push(row);
    }
}

/// There are few of them, and they have no order.
fn joined_remainder<T: RemainderRow + Average>(
    before: &[T],
    after: &[T],
    lengths: Lengths,
) -> Vec<T> {
    let share = lengths.share_of_before();
    let mut rows = Vec::with_capacity(before.len().max(after.len()));
    for row in after {
        let mut joined = row.clone();
        match before.iter().find(|other| other.what() == row.what()) {
            Some(other) => joined.join(other, lengths),
            None => joined.dilute(1.0 - share),
        }
        rows.push(joined);
    }
    for row in before {
        if !after.iter().any(|other| other.what() == row.what()) {
            let mut alone = row.clone();
            alone.dilute(share);
            rows.push(alone);
        }
    }
    rows
}

#[cfg(test)]
#[path = "average_tests.rs"]
mod tests;
