//! The CPU table: one row a process, with its memory.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::past::Past;
use super::process::{Pid, ProcessInfo, ProcessKey, ProcessRef, ProcessState};
use super::programs::ProgramCount;
use super::remainder::{Remainder, RemainderRow};
use super::snapshot::Snapshot;
use super::table::{BEFORE, Column, Format, LIFETIME, Row, SUM, Value};
use super::units::{Bytes, Percent};

/// A snapshot of what processes do with the CPU and the memory.
pub type CpuSnapshot = Snapshot<CpuRow, CpuTotals, CpuRemainder>;

/// What one process does with the CPU and the memory. Fields are `None` where the kernel denies
/// them (`hidepid=1`) or the system does not tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CpuRow {
    /// The process.
    pub key: ProcessKey,
    /// Its name, user and command line.
    pub info: Arc<ProcessInfo>,
    /// CPU time used in the interval per elapsed time, of one core: two busy threads are 200 %.
    pub cpu: Option<Percent>,
    /// Resident memory as a share of the machine's.
    pub memory: Option<Percent>,
    /// Resident memory, `proc_pid_stat(5)` field 24.
    pub rss: Option<Bytes>,
    /// Number of threads, field 20.
    pub threads: Option<u64>,
    /// Its state, field 3.
    pub state: Option<ProcessState>,
    /// Nice value from -20 to 19, field 19.
    pub nice: Option<i64>,
    /// Its parent, field 4; `None` for those that have none.
    pub parent: Option<Pid>,
    /// CPU time used since it started, its process CPU clock.
    pub cpu_time: Option<Duration>,
    /// Time its threads waited in a run queue in the interval per elapsed time, summed over
    /// threads, `task/*/schedstat`. Measured only for the rows that are watched.
    pub wait: Option<Percent>,
    /// What is known of it besides in a range of the past: its share of a core, and CPU time.
    pub past: Past<Percent, Duration>,
}

/// What the whole machine does with its CPUs. Shares are of the whole machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CpuTotals {
    /// Number of CPUs in use.
    pub cpus: Option<u64>,
    /// Number of processes.
    pub processes: Option<u64>,
    /// user + nice + system + irq + softirq of `proc_stat(5)`.
    pub busy: Option<Percent>,
    /// The sum over the rows; `None` where not one is known.
    pub named: Option<Percent>,
    /// Processes that ended since the last snapshot.
    pub exited: Option<Percent>,
    /// Kernel and interrupts outside of any process.
    pub kernel: Option<Percent>,
    /// What is left of `busy`.
    pub unexplained: Option<Percent>,
    /// By how much the parts exceed the whole, which is sampled by the timer tick.
    pub sampling_error: Option<Percent>,
    /// The machine's memory, `MemTotal` of `proc_meminfo(5)`.
    pub memory_total: Option<Bytes>,
}

/// CPU time that belongs to no process in the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CpuRemainder {
    /// What it is.
    pub what: Remainder,
    /// CPU time used in the interval per elapsed time, of one core.
    pub cpu: Percent,
    /// For processes that ended: which programs they were, the most frequent first, as far as the
    /// system told of them. Not all of them need to have used CPU time.
    pub programs: Vec<ProgramCount>,
}

impl RemainderRow for CpuRemainder {
    const COLUMNS: &'static [&'static str] = &["cpu_percent"];

    fn what(&self) -> &Remainder {
        &self.what
    }

    fn value(&self, column: &str) -> Value<'_> {
        match column {
            "cpu_percent" => Value::Percent(self.cpu),
            _ => Value::Nothing,
        }
    }

    fn programs(&self) -> Option<&[ProgramCount]> {
        let exited = matches!(self.what, Remainder::Exited { .. });
        exited.then_some(&self.programs)
    }
}

impl Row for CpuRow {
    type Key = ProcessKey;
    type Totals = CpuTotals;
    type Remainder = CpuRemainder;

    const SUBJECT: &'static str = "cpu";
    const DEFAULT_SORT: &'static str = "cpu_percent";
    const COLUMNS: &'static [Column<Self>] = &[
        Column::NAME,
        Column::PID,
        Column::USER.shown(),
        Column::new("cpu_percent", "CPU", Format::CpuPercent, |row: &Self| {
            Value::from(row.cpu)
        })
        .shown(),
        Column::new("memory_percent", "Memory", Format::Percent, |row: &Self| {
            Value::from(row.memory)
        })
        .shown(),
        Column::new("rss_bytes", "Memory Size", Format::Bytes, |row: &Self| {
            Value::from(row.rss)
        }),
        Column::new("threads", "Threads", Format::Integer, |row: &Self| {
            Value::from(row.threads)
        }),
        Column::new("state", "State", Format::State, |row: &Self| {
            Value::from(row.state)
        }),
        Column::new("nice", "Nice", Format::Integer, |row: &Self| {
            Value::from(row.nice)
        })
        .never_summed(),
        Column::new("parent_pid", "Parent", Format::Integer, |row: &Self| {
            row.parent.map_or(Value::Nothing, Value::from)
        })
        .never_summed(),
        Column::new("cpu_seconds", "CPU Time", Format::Duration, |row: &Self| {
            Value::from(row.cpu_time)
        }),
        Column::new("wait_percent", "Wait", Format::Percent, |row: &Self| {
            row.wait.map_or(Value::NotMeasured, Value::from)
        }),
        Column::new(BEFORE, "Before", Format::CpuPercent, |row: &Self| {
            row.past.before.map_or(Value::Nothing, Value::from)
        })
        .window_only(),
        Column::new(SUM, "In Range", Format::Duration, |row: &Self| {
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
