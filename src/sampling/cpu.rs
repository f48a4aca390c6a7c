//! Processes by CPU and memory.

use std::collections::HashMap;
use std::time::Duration;

use super::started;
use super::whole::WholeMachine;
use crate::model::cpu::{CpuRow, CpuSnapshot, CpuTotals};
use crate::model::process::ProcessKey;
use crate::model::snapshot::{Cost, Missing};
use crate::model::system::SystemTotals;
use crate::model::units::{Bytes, Percent};
use crate::platform::{Moment, Platform, PlatformError, ProcessCounters, Want};

/// Compares the CPU time of processes with what it was at the last sample.
#[derive(Debug, Default)]
pub struct CpuSampler {
    whole: WholeMachine,
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
        let reading = platform.processes(Want::default())?;
        degradations.extend(reading.degradations);
        let cpu_times = reading.processes.iter();
        let current = Reading {
            at: now,
            cpu_times: cpu_times
                .map(|process| (process.key, process.cpu_time))
                .collect(),
            delays,
        };
        let snapshot = self.previous.as_ref().map(|previous| {
            let memory = machine.memory.map(|memory| memory.total);
            let elapsed = now.monotonic.saturating_sub(previous.at.monotonic);
            let rows = rows(reading.processes, previous, &current, elapsed, memory);
            CpuSnapshot {
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
            }
        })
        .collect()
}

fn totals(rows: &[CpuRow], machine: &SystemTotals) -> CpuTotals {
    let cpus = Some(machine.cpus.len()).filter(|&cpus| cpus > 0);
    let named = rows
        .iter()
        .filter_map(|row| row.cpu)
        .reduce(|a, b| Percent(a.0 + b.0));
    CpuTotals {
        cpus: cpus.map(|cpus| cpus as u64),
        processes: Some(rows.len() as u64),
        busy: machine.cpu,
        named: named
            .zip(cpus)
            .map(|(named, cpus)| Percent(named.0 / cpus as f64)),
        memory_total: machine.memory.map(|memory| memory.total),
        ..CpuTotals::default()
    }
}

#[cfg(test)]
#[path = "cpu_tests.rs"]
mod tests;
