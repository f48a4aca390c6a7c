//! The metric families that there are: a contract, as `docs/openmetrics.md` lists them.

use super::format::{Family, Kind};

const fn family(
    kind: Kind,
    name: &'static str,
    unit: Option<&'static str>,
    help: &'static str,
) -> Family {
    Family {
        name,
        kind,
        unit,
        help,
    }
}

const fn counter(name: &'static str, unit: &'static str, help: &'static str) -> Family {
    family(Kind::Counter, name, Some(unit), help)
}

const fn gauge(name: &'static str, unit: &'static str, help: &'static str) -> Family {
    family(Kind::Gauge, name, Some(unit), help)
}

const fn number(name: &'static str, help: &'static str) -> Family {
    family(Kind::Gauge, name, None, help)
}

pub(super) const CPU: Family = counter(
    "sysmon_cpu_seconds",
    "seconds",
    "CPU time of all CPUs since boot by what it was spent on.",
);
pub(super) const CPU_BUSY: Family = gauge(
    "sysmon_cpu_busy_ratio",
    "ratio",
    "Busy share of all CPUs, on systems that tell no times.",
);
pub(super) const CPUS: Family = number("sysmon_cpus", "CPUs in use.");
pub(super) const LOAD: Family = number("sysmon_load_average", "Load average over so many minutes.");
pub(super) const UPTIME: Family = gauge(
    "sysmon_uptime_seconds",
    "seconds",
    "Time since boot, sleep included.",
);
pub(super) const MEMORY_TOTAL: Family = gauge(
    "sysmon_memory_total_bytes",
    "bytes",
    "Memory of the machine.",
);
pub(super) const MEMORY_AVAILABLE: Family = gauge(
    "sysmon_memory_available_bytes",
    "bytes",
    "Memory that programs can have without swapping.",
);
pub(super) const SWAP_TOTAL: Family = gauge(
    "sysmon_swap_total_bytes",
    "bytes",
    "Swap space of the machine, 0 without any.",
);
pub(super) const SWAP_USED: Family = gauge("sysmon_swap_used_bytes", "bytes", "Swap space in use.");
pub(super) const DISK_READ: Family = counter(
    "sysmon_disk_read_bytes",
    "bytes",
    "Read from the block device since boot.",
);
pub(super) const DISK_WRITTEN: Family = counter(
    "sysmon_disk_written_bytes",
    "bytes",
    "Written to the block device since boot.",
);
pub(super) const NETWORK_RECEIVED: Family = counter(
    "sysmon_network_received_bytes",
    "bytes",
    "Received by the network interface since it came.",
);
pub(super) const NETWORK_SENT: Family = counter(
    "sysmon_network_sent_bytes",
    "bytes",
    "Sent by the network interface since it came.",
);
pub(super) const STALLED: Family = counter(
    "sysmon_pressure_stalled_seconds",
    "seconds",
    "Time since boot in which some or all tasks waited for the resource.",
);
pub(super) const PROGRAM_CPU: Family = gauge(
    "sysmon_program_cpu_ratio",
    "ratio",
    "CPU time per time by program, 1 is one busy core.",
);
pub(super) const PROGRAM_MEMORY: Family = gauge(
    "sysmon_program_memory_bytes",
    "bytes",
    "Resident memory by program, shared memory counted for each process.",
);
pub(super) const PROGRAM_PROCESSES: Family =
    number("sysmon_program_processes", "Processes by program.");
pub(super) const PROGRAM_READ: Family = gauge(
    "sysmon_program_disk_read_bytes_per_second",
    "bytes_per_second",
    "Read from storage by program.",
);
pub(super) const PROGRAM_WRITTEN: Family = gauge(
    "sysmon_program_disk_written_bytes_per_second",
    "bytes_per_second",
    "Written to storage by program.",
);
pub(super) const PROGRAM_RECEIVED: Family = gauge(
    "sysmon_program_network_received_bytes_per_second",
    "bytes_per_second",
    "TCP payload received by program, loopback included.",
);
pub(super) const PROGRAM_SENT: Family = gauge(
    "sysmon_program_network_sent_bytes_per_second",
    "bytes_per_second",
    "TCP payload sent by program, loopback included.",
);
pub(super) const INTERVAL: Family = gauge(
    "sysmon_program_interval_seconds",
    "seconds",
    "Measured time that the figures of programs are over.",
);
pub(super) const DEGRADED: Family = number(
    "sysmon_degraded",
    "1 for each thing that could not be read, and why.",
);
pub(super) const OWN_CPU: Family = counter(
    "sysmon_exporter_cpu_seconds",
    "seconds",
    "CPU time of this exporter itself.",
);
pub(super) const READINGS: Family = family(
    Kind::Counter,
    "sysmon_exporter_readings",
    None,
    "How often this exporter read the machine.",
);
pub(super) const BUILD: Family = family(
    Kind::Info,
    "sysmon_build",
    None,
    "Version of this exporter.",
);

/// All of them.
#[cfg(test)]
pub(super) const ALL: [&Family; 26] = [
    &CPU,
    &CPU_BUSY,
    &CPUS,
    &LOAD,
    &UPTIME,
    &MEMORY_TOTAL,
    &MEMORY_AVAILABLE,
    &SWAP_TOTAL,
    &SWAP_USED,
    &DISK_READ,
    &DISK_WRITTEN,
    &NETWORK_RECEIVED,
    &NETWORK_SENT,
    &STALLED,
    &PROGRAM_CPU,
    &PROGRAM_MEMORY,
    &PROGRAM_PROCESSES,
    &PROGRAM_READ,
    &PROGRAM_WRITTEN,
    &PROGRAM_RECEIVED,
    &PROGRAM_SENT,
    &INTERVAL,
    &DEGRADED,
    &OWN_CPU,
    &READINGS,
    &BUILD,
];
