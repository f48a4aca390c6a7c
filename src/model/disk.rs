//! The disk table: one row a process.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::past::Past;
use super::process::{ProcessInfo, ProcessKey, ProcessRef};
use super::remainder::{Remainder, RemainderRow};
use super::snapshot::Snapshot;
use super::table::{BEFORE, Column, Format, LIFETIME, Row, SUM, Value};
use super::units::{Bytes, BytesPerSecond};

/// A snapshot of what processes do with storage.
pub type DiskSnapshot = Snapshot<DiskRow, DiskTotals, DiskRemainder>;

/// What one process does with storage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiskRow {
    /// The process.
    pub key: ProcessKey,
    /// Its name, user and command line.
    pub info: Arc<ProcessInfo>,
    /// Its counters; `None` where the kernel denies them: another user's process, one that is not
    /// dumpable, or a zombie.
    pub io: Option<DiskIo>,
    /// What is known of it besides in a range of the past: read and written together.
    pub past: Past<BytesPerSecond, Bytes>,
}

/// What a process read and wrote, without the share of the children it reaped as far as they were
/// seen: the kernel adds their counters to their parent's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DiskIo {
    /// Fetched from storage in the interval, per second; `None` in the first interval in which the
    /// process may be read.
    pub read_rate: Option<BytesPerSecond>,
    /// Sent to storage in the interval, per second, cancelled writes taken off.
    pub write_rate: Option<BytesPerSecond>,
    /// Fetched from storage since it started, `proc_pid_io(5)` `read_bytes`.
    pub read: Bytes,
    /// Sent to storage since it started, `write_bytes`.
    pub written: Bytes,
    /// Written and truncated before it reached storage, `cancelled_write_bytes`. Charged to whoever
    /// truncates: it can exceed the process's own writes. `None` where the system does not tell.
    pub cancelled: Option<Bytes>,
    /// Calls of `read(2)` and its kind, `syscr`; `None` where the system does not tell.
    pub read_calls: Option<u64>,
    /// Calls of `write(2)` and its kind, `syscw`; `None` where the system does not tell.
    pub write_calls: Option<u64>,
}

/// What the whole machine does with storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DiskTotals {
    /// Read from physical disks, per second.
    pub disk_read: Option<BytesPerSecond>,
    /// Written to physical disks, per second.
    pub disk_write: Option<BytesPerSecond>,
    /// The rows' reads, summed; `None` where not one is known.
    pub named_read: Option<BytesPerSecond>,
    /// The rows' writes, summed; `None` where not one is known.
    pub named_write: Option<BytesPerSecond>,
}

impl DiskRow {
    /// Whether the process did I/O in the interval or more than 0.01 MB since it started.
    pub fn did_io(&self) -> bool {
        self.io.is_some_and(|io| {
            io.read_rate.is_some_and(|rate| rate.0 > 0.0)
                || io.write_rate.is_some_and(|rate| rate.0 > 0.0)
                || io.read + io.written > Bytes(10_000)
        })
    }

    fn io_value<'a, T>(&'a self, field: fn(&DiskIo) -> Option<T>) -> Value<'a>
    where
        Value<'a>: From<T>,
    {
        self.io.as_ref().map_or(Value::NotPermitted, |io| {
            field(io).map_or(Value::NotMeasured, Value::from)
        })
    }
}

/// Disk traffic that belongs to no process in the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiskRemainder {
    /// What it is.
    pub what: Remainder,
    /// Read in the interval, per second.
    pub read_rate: BytesPerSecond,
    /// Written in the interval, per second.
    pub write_rate: BytesPerSecond,
}

impl RemainderRow for DiskRemainder {
    const COLUMNS: &'static [&'static str] = &[
        "read_bytes_per_second",
        "write_bytes_per_second",
        "total_bytes_per_second",
    ];

    fn what(&self) -> &Remainder {
        &self.what
    }

    fn value(&self, column: &str) -> Value<'_> {
        match column {
            "read_bytes_per_second" => Value::Rate(self.read_rate),
            "write_bytes_per_second" => Value::Rate(self.write_rate),
            "total_bytes_per_second" => Value::Rate(self.read_rate + self.write_rate),
            _ => Value::Nothing,
        }
    }
}

impl Row for DiskRow {
    type Key = ProcessKey;
    type Totals = DiskTotals;
    type Remainder = DiskRemainder;

    const SUBJECT: &'static str = "disk";
    const DEFAULT_SORT: &'static str = "total_bytes_per_second";
    const COLUMNS: &'static [Column<Self>] = &[
        Column::NAME,
        Column::PID,
        Column::USER,
        Column::new(
            "read_bytes_per_second",
            "Read",
            Format::MegabytesPerSecond,
            |row: &Self| row.io_value(|io| io.read_rate),
        )
        .shown(),
        Column::new(
            "write_bytes_per_second",
            "Write",
            Format::MegabytesPerSecond,
            |row: &Self| row.io_value(|io| io.write_rate),
        )
        .shown(),
        Column::new(
            "total_bytes_per_second",
            "Total",
            Format::MegabytesPerSecond,
            |row: &Self| row.io_value(|io| Some(io.read_rate? + io.write_rate?)),
        )
        .shown(),
        Column::new("total_bytes", "Total", Format::Megabytes, |row: &Self| {
            row.io_value(|io| Some(io.read + io.written))
        })
        .shown()
        .window_only(),
        Column::new(
            "read_bytes",
            "Read Total",
            Format::Megabytes,
            |row: &Self| row.io_value(|io| Some(io.read)),
        ),
        Column::new(
            "written_bytes",
            "Written Total",
            Format::Megabytes,
            |row: &Self| row.io_value(|io| Some(io.written)),
        ),
        Column::new(
            "cancelled_write_bytes",
            "Cancelled",
            Format::Megabytes,
            |row: &Self| row.io_value(|io| io.cancelled),
        ),
        Column::new("read_calls", "Read Calls", Format::Integer, |row: &Self| {
            row.io_value(|io| io.read_calls)
        }),
        Column::new(
            "write_calls",
            "Write Calls",
            Format::Integer,
            |row: &Self| row.io_value(|io| io.write_calls),
        ),
        Column::new(
            BEFORE,
            "Before",
            Format::MegabytesPerSecond,
            |row: &Self| row.past.before.map_or(Value::Nothing, Value::from),
        )
        .window_only(),
        Column::new(SUM, "In Range", Format::Bytes, |row: &Self| {
            row.past.sum.map_or(Value::Nothing, Value::from)
        })
        .window_only(),
        Column::new(LIFETIME, "Lifetime", Format::Text, |row: &Self| {
            row.past.lifetime().map_or(Value::Nothing, Value::from)
        })
        .chars(11)
        .window_only(),
        Column::STARTED,
        Column::SERVICE,
        Column::COMMAND_LINE,
    ];

    fn row_key(&self) -> ProcessKey {
        self.key
    }

    fn process(&self) -> Option<ProcessRef<'_>> {
        Some(ProcessRef {
            key: self.key,
            info: &self.info,
        })
    }
}
