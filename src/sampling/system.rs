//! The machine as a whole: from its counters to shares and rates.

use std::collections::HashMap;
use std::time::Duration;

use crate::model::counter::rate;
use crate::model::snapshot::Cost;
use crate::model::system::{CpuLoad, DiskRates, InterfaceRates, SystemSnapshot, SystemTotals};
use crate::model::units::{Bytes, BytesPerSecond, Percent};
use crate::platform::{
    CpuReading, CpuTimes, DiskCounters, InterfaceCounters, MachineReading, Moment, Platform,
    PlatformError,
};

/// Makes snapshots of the whole machine.
#[derive(Default)]
pub struct SystemSampler {
    previous: Option<(Moment, MachineReading)>,
}

impl SystemSampler {
    /// What happened since the last call; `None` the first time.
    ///
    /// # Errors
    /// When nothing of the machine can be read.
    pub fn sample(
        &mut self,
        platform: &mut dyn Platform,
    ) -> Result<Option<SystemSnapshot>, PlatformError> {
        let moment = platform.now();
        let reading = platform.machine()?;
        let snapshot = self.previous.as_ref().map(|(before, earlier)| {
            let elapsed = moment.monotonic.saturating_sub(before.monotonic);
            SystemSnapshot {
                at: moment.wall,
                since_boot: moment.since_boot,
                elapsed,
                totals: totals(earlier, &reading, elapsed, moment.since_boot),
                rows: Vec::new(),
                remainder: Vec::new(),
                degradations: reading.degradations.clone(),
                cost: Cost::default(),
            }
        });
        self.previous = Some((moment, reading));
        let spent = platform.now().thread_cpu.saturating_sub(moment.thread_cpu);
        Ok(snapshot.map(|snapshot| SystemSnapshot {
            cost: Cost { cpu: spent },
            ..snapshot
        }))
    }
}

pub(super) fn totals(
    earlier: &MachineReading,
    reading: &MachineReading,
    elapsed: Duration,
    uptime: Duration,
) -> SystemTotals {
    let (cpu, interrupts, cpus) = cpu(earlier.cpu.as_ref(), reading.cpu.as_ref());
    let disks = disks(&earlier.disks, &reading.disks, elapsed);
    let interfaces = interfaces(&earlier.interfaces, &reading.interfaces, elapsed);
    let counted_disks = || disks.iter().filter(|disk| disk.counted);
    let counted_interfaces = || interfaces.iter().filter(|interface| interface.counted);
    SystemTotals {
        cpu,
        interrupts,
        cpus,
        load: reading.load,
        uptime: Some(uptime),
        memory: reading.memory,
        disk_read: sum(counted_disks().map(|disk| disk.read)),
        disk_write: sum(counted_disks().map(|disk| disk.write)),
        network_received: sum(counted_interfaces().map(|interface| interface.received)),
        network_sent: sum(counted_interfaces().map(|interface| interface.sent)),
        disks,
        interfaces,
        pressure: reading.pressure,
    }
}

/// The sum of the rates that are known; `None` where none is.
pub(super) fn sum(rates: impl Iterator<Item = Option<BytesPerSecond>>) -> Option<BytesPerSecond> {
    rates.flatten().reduce(|a, b| a + b)
}

/// How busy the machine was, the part of it in interrupts, and how busy each CPU was.
fn cpu(
    earlier: Option<&CpuReading>,
    reading: Option<&CpuReading>,
) -> (Option<Percent>, Option<Percent>, Vec<CpuLoad>) {
    match (earlier, reading) {
        (
            Some(CpuReading::Counters {
                machine: before,
                cpus: cpus_before,
            }),
            Some(CpuReading::Counters { machine, cpus }),
        ) => {
            let known: HashMap<u32, &CpuTimes> = cpus_before
                .iter()
                .map(|(cpu, times)| (*cpu, times))
                .collect();
            // A CPU that is switched on or off takes its idle time to another clock, and the
            // machine's idle time jumps with it: no share of that interval is true.
            let same_cpus =
                known.len() == cpus.len() && cpus.iter().all(|(cpu, _)| known.contains_key(cpu));
            let loads = cpus.iter().map(|(cpu, times)| CpuLoad {
                cpu: *cpu,
                busy: known.get(cpu).and_then(|before| busy(before, times)),
            });
            (
                same_cpus.then(|| busy(before, machine)).flatten(),
                same_cpus.then(|| interrupts(before, machine)).flatten(),
                loads.collect(),
            )
        }
        (_, Some(CpuReading::Counters { cpus, .. })) => (
            None,
            None,
            cpus.iter()
                .map(|(cpu, _)| CpuLoad {
                    cpu: *cpu,
                    busy: None,
                })
                .collect(),
        ),
        (_, Some(CpuReading::Shares { machine, cpus })) => (
            Some(*machine),
            None,
            cpus.iter()
                .map(|(cpu, share)| CpuLoad {
                    cpu: *cpu,
                    busy: Some(*share),
                })
                .collect(),
        ),
        (_, None) => (None, None, Vec::new()),
    }
}

/// The busy share of all time that passed; `None` when none passed or a counter of busy time went
/// back.
///
/// Stolen time is part of what passed, not of what was busy: so the share is one of elapsed time,
/// as that of a process is, and the processes' shares add up to it.
fn busy(before: &CpuTimes, now: &CpuTimes) -> Option<Percent> {
    let busy = busy_time(before, now)?;
    share(busy, before, now)
}

/// The share that was spent in interrupts; `None` where [`busy`] is.
fn interrupts(before: &CpuTimes, now: &CpuTimes) -> Option<Percent> {
    busy_time(before, now)?;
    let interrupts = |times: &CpuTimes| times.irq.saturating_add(times.softirq);
    share(
        interrupts(now).saturating_sub(interrupts(before)),
        before,
        now,
    )
}

fn busy_time(before: &CpuTimes, now: &CpuTimes) -> Option<Duration> {
    let fields: [fn(&CpuTimes) -> Duration; 5] = [
        |times| times.user,
        |times| times.nice,
        |times| times.system,
        |times| times.irq,
        |times| times.softirq,
    ];
    fields
        .iter()
        .map(|field| field(now).checked_sub(field(before)))
        .try_fold(Duration::ZERO, |sum, grew| Some(sum.saturating_add(grew?)))
}

/// `part` of all time that passed.
fn share(part: Duration, before: &CpuTimes, now: &CpuTimes) -> Option<Percent> {
    // The kernel's idle, iowait and steal time step back a little now and then.
    let rest = [
        now.idle.saturating_sub(before.idle),
        now.iowait.saturating_sub(before.iowait),
        now.steal.saturating_sub(before.steal),
    ];
    let passed = rest
        .into_iter()
        .fold(busy_time(before, now)?, Duration::saturating_add);
    // A quotient of equal floats times hundred can round to just above it.
    Percent::of_time(part, passed).map(|share| Percent(share.0.min(100.0)))
}

fn disks(earlier: &[DiskCounters], now: &[DiskCounters], elapsed: Duration) -> Vec<DiskRates> {
    let known: HashMap<&str, &DiskCounters> = earlier
        .iter()
        .map(|disk| (disk.name.as_str(), disk))
        .collect();
    now.iter()
        .map(|disk| {
            let before = known.get(disk.name.as_str());
            let [read, write] = both(
                before.map(|before| (before.read, before.written)),
                (disk.read, disk.written),
                elapsed,
            );
            DiskRates {
                name: disk.name.clone(),
                counted: disk.counted,
                read,
                write,
            }
        })
        .collect()
}

/// What went through each interface of `now`.
fn interfaces(
    earlier: &[InterfaceCounters],
    now: &[InterfaceCounters],
    elapsed: Duration,
) -> Vec<InterfaceRates> {
    let known: HashMap<&str, &InterfaceCounters> = earlier
        .iter()
        .map(|interface| (interface.name.as_str(), interface))
        .collect();
    now.iter()
        .map(|interface| {
            let before = known.get(interface.name.as_str());
            let [received, sent] = both(
                before.map(|before| (before.received, before.sent)),
                (interface.received, interface.sent),
                elapsed,
            );
            InterfaceRates {
                name: interface.name.clone(),
                counted: interface.counted,
                received,
                sent,
            }
        })
        .collect()
}

/// The rates of both directions of a device. When one counter went back the device is another one,
/// and the other counter says nothing either.
fn both(
    before: Option<(Bytes, Bytes)>,
    now: (Bytes, Bytes),
    elapsed: Duration,
) -> [Option<BytesPerSecond>; 2] {
    let rates = before.and_then(|before| {
        Some([
            rate(before.0, now.0, elapsed)?,
            rate(before.1, now.1, elapsed)?,
        ])
    });
    rates.map_or([None; 2], |rates| rates.map(Some))
}

#[cfg(test)]
#[path = "system_tests.rs"]
mod tests;
