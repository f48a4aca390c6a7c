//! Processes by CPU and memory.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::exited::ExitedCpu;
use super::started;
use super::whole::WholeMachine;
use crate::model::accounting::Account;
use crate::model::cpu::{CpuRemainder, CpuRow, CpuSnapshot, CpuTotals};
use crate::model::past::Past;
use crate::model::process::{Pid, ProcessKey};
use crate::model::programs::{ProgramCount, most_frequent};
use crate::model::remainder::Remainder;
use crate::model::snapshot::{Cost, Degradation, Missing};
use crate::model::system::SystemTotals;
use crate::model::units::{Bytes, Percent};
use crate::platform::{EndedPrograms, Moment, Platform, PlatformError, ProcessCounters, Want};

/// Compares the CPU time of processes with what it was at the last sample.
#[derive(Debug, Default)]
pub struct CpuSampler {
    whole: WholeMachine,
    exited: ExitedCpu,
    previous: Option<Reading>,
}

/// What is kept of a reading for the next one.
#[derive(Debug)]
struct Reading {
    at: Moment,
    /// CPU time by process, ascending by pid.
    cpu_times: Vec<(ProcessKey, Option<Duration>)>,
    /// Run-queue delay of the watched processes.
    delays: HashMap<ProcessKey, Duration>,
}

impl CpuSampler {
    /// What processes did since the last call; `None` the first time. `wait` is measured for the
    /// processes in `watch` that were watched the last time too.
    ///
    /// # Errors
    /// When processes cannot be listed. Without the machine's counters only totals are missing.
    pub fn sample(
        &mut self,
        platform: &mut dyn Platform,
        watch: &[ProcessKey],
    ) -> Result<Option<CpuSnapshot>, PlatformError> {
        let spent = platform.now().thread_cpu;
        let (machine, mut degradations) = self
            .whole
            .sample(platform, &[Missing::Cpu, Missing::Memory]);
        let delays = watch
            .iter()
            .zip(platform.run_queue_delay(watch))
            .filter_map(|(&process, delay)| Some((process, delay?)))
            .collect();
        let now = platform.now();
        let reading = platform.processes(Want {
            ended: true,
            ..Want::default()
        })?;
        degradations.extend(reading.degradations);
        let cpu_times = reading.processes.iter();
        let current = Reading {
            at: now,
            cpu_times: cpu_times
                .map(|process| (process.key, process.cpu_time))
                .collect(),
            delays,
        };
        let exited = self.exited.update(reading.processes, |process| {
            let previous = self.previous.as_ref();
            previous.is_some_and(|previous| started::after(process, previous.at, now))
        });
        let snapshot = self.previous.as_ref().map(|previous| {
            let memory = machine.memory.map(|memory| memory.total);
            let elapsed = now.monotonic.saturating_sub(previous.at.monotonic);
            let rows = rows(reading.processes, previous, &current, elapsed, memory);
            let exited = exited_rows(&exited, reading.processes, &reading.ended, elapsed);
            let totals = totals(&rows, &exited, &machine);
            CpuSnapshot {
                at: now.wall,
                since_boot: now.since_boot,
                elapsed,
                totals,
                rows,
                remainder: remainder(exited, &totals, &degradations),
                degradations,
                cost: Cost::default(),
            }
        });
        self.previous = Some(current);
        let cpu = platform.now().thread_cpu.saturating_sub(spent);
        Ok(snapshot.map(|snapshot| CpuSnapshot {
            cost: Cost { cpu },
            ..snapshot
        }))
    }
}

fn rows(
    processes: &[ProcessCounters],
    previous: &Reading,
    current: &Reading,
    elapsed: Duration,
    memory: Option<Bytes>,
) -> Vec<CpuRow> {
    let mut earlier = previous.cpu_times.iter().copied().peekable();
    processes
        .iter()
        .map(|process| {
            let key = process.key;
            // Both lists ascend by pid: one walk finds every process that was there before.
            while earlier
                .next_if(|(before, _)| before.pid < key.pid)
                .is_some()
            {}
            let before = match earlier.next_if(|&(before, _)| before == key) {
                Some((_, cpu_time)) => cpu_time,
                None => started::after(process, previous.at, current.at).then_some(Duration::ZERO),
            };
            let growth = process
                .cpu_time
                .zip(before)
                .and_then(|(now, before)| now.checked_sub(before));
            let share = |time: Option<Duration>| Percent::of_time(time?, elapsed);
            let waited = current
                .delays
                .get(&key)
                .zip(previous.delays.get(&key))
                .and_then(|(now, before)| now.checked_sub(*before));
            let stat = process.stat;
            CpuRow {
                key,
                info: process.info.clone(),
                cpu: share(growth),
                memory: stat
                    .zip(memory)
                    .and_then(|(stat, total)| Percent::of(stat.rss, total)),
                rss: stat.map(|stat| stat.rss),
                threads: stat.and_then(|stat| stat.threads),
                state: stat.map(|stat| stat.state),
                nice: stat.and_then(|stat| stat.nice),
                parent: stat.and_then(|stat| stat.parent),
                cpu_time: process.cpu_time,
                wait: share(waited),
                past: Past::default(),
            }
        })
        .collect()
}

/// One row for each parent whose children lived and died unseen, the busiest first.
fn exited_rows(
    exited: &[(ProcessKey, Duration)],
    processes: &[ProcessCounters],
    ended: &[EndedPrograms],
    elapsed: Duration,
) -> Vec<CpuRemainder> {
    let name = |pid: Pid| {
        let at = processes.binary_search_by_key(&pid, |process| process.key.pid);
        at.map_or_else(|_| String::new(), |at| processes[at].info.name.clone())
    };
    let programs = |parent: ProcessKey| {
        let under = ended.iter().filter(|ended| ended.under == parent.pid);
        most_frequent(under.map(|ended| ProgramCount {
            name: Arc::clone(&ended.name),
            count: ended.count,
        }))
    };
    let mut rows: Vec<_> = exited
        .iter()
        .filter_map(|&(parent, time)| {
            Some(CpuRemainder {
                what: Remainder::Exited {
                    parent,
                    name: name(parent.pid),
                },
                cpu: Percent::of_time(time, elapsed)?,
                programs: programs(parent),
            })
        })
        .collect();
    rows.sort_by(|a, b| b.cpu.0.total_cmp(&a.cpu.0));
    rows
}

fn totals(rows: &[CpuRow], exited: &[CpuRemainder], machine: &SystemTotals) -> CpuTotals {
    let cpus = Some(machine.cpus.len()).filter(|&cpus| cpus > 0);
    // Of one core in the rows, of the whole machine in the totals.
    let of_machine = |share: f64| cpus.map(|cpus| share / cpus as f64);
    let named = rows
        .iter()
        .filter_map(|row| row.cpu)
        .reduce(|a, b| Percent(a.0 + b.0))
        .and_then(|named| of_machine(named.0));
    let exited = of_machine(exited.iter().fold(0.0, |sum, row| sum + row.cpu.0));
    let interrupts = machine.interrupts.unwrap_or_default();
    let account = machine
        .cpu
        .zip(named.zip(exited))
        .map(|(busy, (named, exited))| Account::of(busy.0, named, exited, interrupts.0));
    let part = |part: fn(&Account) -> f64| account.as_ref().map(part).map(Percent);
    CpuTotals {
        cpus: cpus.map(|cpus| cpus as u64),
        processes: Some(rows.len() as u64),
        busy: machine.cpu,
        named: named.map(Percent),
        exited: exited.map(Percent),
        kernel: part(|account| account.kernel),
        unexplained: part(|account| account.unexplained),
        sampling_error: part(|account| account.excess),
        memory_total: machine.memory.map(|memory| memory.total),
    }
}

/// What no process in the table accounts for. Where processes are hidden, what is not explained is
/// theirs.
fn remainder(
    exited: Vec<CpuRemainder>,
    totals: &CpuTotals,
    degradations: &[Degradation],
) -> Vec<CpuRemainder> {
    let hidden = degradations.iter().any(|it| it.what == Missing::Processes);
    let rest = if hidden {
        Remainder::Unreadable {
            uid: None,
            user: None,
            service: None,
        }
    } else {
        Remainder::Unexplained
    };
    let row = |what, share: Option<Percent>| {
        let cpu = Percent(share?.0 * totals.cpus? as f64);
        Some(CpuRemainder {
            what,
            cpu,
            programs: Vec::new(),
        })
    };
    let kernel = row(Remainder::Kernel, totals.kernel);
    let rest = row(rest, totals.unexplained);
    exited.into_iter().chain(kernel).chain(rest).collect()
}

#[cfg(test)]
#[path = "cpu_tests.rs"]
mod tests;
