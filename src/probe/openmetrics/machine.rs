//! Figures of the machine: counters as the kernel has them, for rates are made where they are kept.

use super::families as f;
use super::format::{Page, Sample, label};
use crate::model::units::Bytes;
use crate::platform::{CpuReading, CpuTimes, MachineReading, Moment, StallTimes};

/// So many devices of a kind are told of at most, those that count first: a machine with a thousand
/// containers has a thousand interfaces that say nothing.
const MOST_DEVICES: usize = 256;

/// Adds all of them.
pub(super) fn add(page: &mut Page, moment: &Moment, reading: &MachineReading) {
    cpu(page, reading.cpu.as_ref());
    let load = reading.load.into_iter().flat_map(|load| {
        let of = |(minutes, load)| Sample::of([("minutes", minutes)], load);
        ["1", "5", "15"].into_iter().zip(load).map(of)
    });
    page.add(&f::LOAD, load);
    page.add(&f::UPTIME, [Sample::only(moment.since_boot.as_secs_f64())]);
    if let Some(memory) = reading.memory {
        for (family, amount) in [
            (f::MEMORY_TOTAL, memory.total),
            (f::MEMORY_AVAILABLE, memory.available),
            (f::SWAP_TOTAL, memory.swap_total),
            (f::SWAP_USED, memory.swap_used),
        ] {
            page.add(&family, [Sample::only(float(amount))]);
        }
    }
    let disks = || reading.disks.iter();
    let device = |(name, counted, amount)| device("device", name, counted, amount);
    page.add(
        &f::DISK_READ,
        most(disks().map(|it| (&*it.name, it.counted, it.read))).map(device),
    );
    page.add(
        &f::DISK_WRITTEN,
        most(disks().map(|it| (&*it.name, it.counted, it.written))).map(device),
    );
    interfaces(page, reading);
    stalls(page, reading);
}

fn cpu(page: &mut Page, reading: Option<&CpuReading>) {
    match reading {
        None => {}
        Some(CpuReading::Counters { machine, cpus }) => {
            page.add(&f::CPU, modes(machine));
            page.add(&f::CPUS, [Sample::only(cpus.len() as f64)]);
        }
        Some(CpuReading::Shares { machine, cpus }) => {
            page.add(&f::CPU_BUSY, [Sample::only(machine.0 / 100.0)]);
            page.add(&f::CPUS, [Sample::only(cpus.len() as f64)]);
        }
    }
}

fn modes(times: &CpuTimes) -> impl Iterator<Item = Sample> {
    [
        ("user", times.user),
        ("nice", times.nice),
        ("system", times.system),
        ("idle", times.idle),
        ("iowait", times.iowait),
        ("irq", times.irq),
        ("softirq", times.softirq),
        ("steal", times.steal),
    ]
    .into_iter()
    .map(|(mode, time)| Sample::of([("mode", mode)], time.as_secs_f64()))
}

fn interfaces(page: &mut Page, reading: &MachineReading) {
    let interfaces = || reading.interfaces.iter();
    let interface = |(name, counted, amount)| device("interface", name, counted, amount);
    page.add(
        &f::NETWORK_RECEIVED,
        most(interfaces().map(|it| (&*it.name, it.counted, it.received))).map(interface),
    );
    page.add(
        &f::NETWORK_SENT,
        most(interfaces().map(|it| (&*it.name, it.counted, it.sent))).map(interface),
    );
}

/// The first devices, those that count in front.
fn most<'a>(
    devices: impl Iterator<Item = (&'a str, bool, Bytes)>,
) -> impl Iterator<Item = (&'a str, bool, Bytes)> {
    let mut devices: Vec<_> = devices.collect();
    devices.sort_by_key(|(_, counted, _)| !counted);
    devices.truncate(MOST_DEVICES);
    devices.into_iter()
}

fn device(kind: &'static str, name: &str, counted: bool, amount: Bytes) -> Sample {
    let counted = if counted { "true" } else { "false" };
    Sample::of([(kind, &label(name)), ("counted", counted)], float(amount))
}

fn stalls(page: &mut Page, reading: &MachineReading) {
    let stalls = reading.stalls;
    let of = |(resource, times): (_, Option<StallTimes>)| {
        let some = times.map(|times| ("some", times.some));
        let full = times.and_then(|times| Some(("full", times.full?)));
        [some, full]
            .into_iter()
            .flatten()
            .map(move |(tasks, time)| {
                Sample::of(
                    [("resource", resource), ("tasks", tasks)],
                    time.as_secs_f64(),
                )
            })
    };
    let resources = [
        ("cpu", stalls.cpu),
        ("memory", stalls.memory),
        ("io", stalls.io),
    ];
    page.add(&f::STALLED, resources.into_iter().flat_map(of));
}

/// Prometheus keeps floats: above 2⁵³ the last digits go.
pub(super) fn float(amount: Bytes) -> f64 {
    amount.0 as f64
}
