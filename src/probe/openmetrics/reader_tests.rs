#![expect(clippy::float_cmp, reason = "these figures have no rounding in them")]

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::families;
use super::super::strict::{Metrics, parse};
use super::*;
use crate::model::process::ProcessState;
use crate::model::snapshot::{Missing, Reason};
use crate::model::system::Memory;
use crate::model::units::{Bytes, Percent};
use crate::platform::scripted::{Scripted, process};
use crate::platform::{
    CpuReading, CpuTimes, DiskCounters, InterfaceCounters, IoCounters, MachineReading, ProcessStat,
    StallTimes, Stalls,
};

fn machine(cpu: CpuReading) -> MachineReading {
    let stalled = Some(StallTimes {
        some: Duration::from_millis(1500),
        full: Some(Duration::ZERO),
    });
    MachineReading {
        cpu: Some(cpu),
        memory: Some(Memory {
            total: Bytes(1 << 30),
            ..Memory::default()
        }),
        load: Some([0.5, 1.0, 2.0]),
        disks: vec![DiskCounters {
            name: "sda".to_owned(),
            counted: true,
            read: Bytes(4096),
            written: Bytes(1 << 53),
        }],
        interfaces: vec![InterfaceCounters {
            name: "eth0".to_owned(),
            counted: false,
            received: Bytes(1),
            sent: Bytes(2),
        }],
        pressure: None,
        stalls: Stalls {
            cpu: stalled,
            memory: None,
            io: stalled,
        },
        degradations: vec![
            Degradation {
                what: Missing::Memory,
                reason: Reason::PermissionDenied,
                count: Some(3),
            };
            2
        ],
    }
}

fn page(cpu: CpuReading) -> Metrics {
    let mut busy = process(7);
    busy.cpu_time = Some(Duration::from_secs(1));
    busy.stat = Some(ProcessStat {
        state: ProcessState('R'),
        parent: None,
        nice: None,
        threads: None,
        rss: Bytes(8192),
    });
    busy.io = Some(IoCounters::default());
    let scripted = Scripted {
        machine: machine(cpu),
        processes: vec![busy],
        ..Scripted::default()
    };
    let source = LocalSource::new(Box::new(scripted));
    let mut reader = Reader::new(source, Dialect::OpenMetrics, 3, Duration::ZERO).expect("read");
    parse(&reader.page().expect("read again")).expect("strict")
}

#[test]
fn every_family_that_is_listed_is_told_and_no_other() {
    let times = CpuTimes {
        user: Duration::from_millis(12_340),
        ..CpuTimes::default()
    };
    let counters = page(CpuReading::Counters {
        machine: times,
        cpus: vec![(0, times)],
    });
    let shares = page(CpuReading::Shares {
        machine: Percent(25.0),
        cpus: vec![(0, Percent(25.0))],
    });
    let told: BTreeSet<String> = counters
        .samples
        .keys()
        .chain(shares.samples.keys())
        .cloned()
        .collect();
    let there: BTreeSet<String> = families::ALL.iter().map(|it| it.sample_name()).collect();
    assert!(told.is_subset(&there), "{told:?}");
    // No time passes on the scripted machine, so there are no rates on it.
    let is_rate = |name: &&String| {
        name.ends_with("_per_second") || **name == families::PROGRAM_CPU.sample_name()
    };
    let missing: Vec<&String> = there.difference(&told).filter(|it| !is_rate(it)).collect();
    assert!(missing.is_empty(), "{missing:?}");

    let sum = |name, labels: &[(&str, &str)]| counters.sum(name, labels);
    assert_eq!(sum("sysmon_cpu_seconds_total", &[("mode", "user")]), 12.34);
    assert_eq!(sum("sysmon_load_average", &[("minutes", "15")]), 2.0);
    assert_eq!(
        sum("sysmon_disk_written_bytes_total", &[("counted", "true")]),
        2_f64.powi(53)
    );
    let stalled = [("resource", "io"), ("tasks", "some")];
    assert_eq!(sum("sysmon_pressure_stalled_seconds_total", &stalled), 1.5);
    assert_eq!(
        sum("sysmon_program_memory_bytes", &[("program", "program7")]),
        8192.0
    );
    assert_eq!(sum("sysmon_exporter_readings_total", &[]), 2.0);
    let degraded = [("what", "memory"), ("reason", "permission_denied")];
    assert_eq!(sum("sysmon_degraded", &degraded), 1.0);
    assert_eq!(shares.sum("sysmon_cpu_busy_ratio", &[]), 0.25);
}

#[test]
fn a_page_is_offered_again_while_it_is_good() {
    let readings = |good_for| {
        let source = LocalSource::new(Box::new(Scripted {
            machine: MachineReading {
                load: Some([0.0; 3]),
                ..MachineReading::default()
            },
            ..Scripted::default()
        }));
        let mut reader = Reader::new(source, Dialect::OpenMetrics, 3, good_for).expect("read");
        reader.page().expect("a page");
        reader.page().expect("a page");
        reader.readings
    };
    assert_eq!(readings(Duration::from_hours(1)), 1);
    assert_eq!(readings(Duration::ZERO), 3);
}
