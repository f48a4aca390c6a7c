use proptest::prelude::*;

use super::*;
use crate::model::snapshot::{Degradation, Missing, Reason};
use crate::model::system::{Memory, Pressure};
use crate::platform::scripted::Scripted;

const SECOND: Duration = Duration::from_secs(1);

fn times(user: u64, idle: u64) -> CpuTimes {
    CpuTimes {
        user: Duration::from_millis(user),
        idle: Duration::from_millis(idle),
        ..CpuTimes::default()
    }
}

/// A machine whose total is the sum of these CPUs, `(number, user ms, idle ms)`.
fn cpus(cpus: &[(u32, u64, u64)]) -> MachineReading {
    let cpu = CpuReading::Counters {
        machine: times(
            cpus.iter().map(|cpu| cpu.1).sum(),
            cpus.iter().map(|cpu| cpu.2).sum(),
        ),
        cpus: cpus
            .iter()
            .map(|&(cpu, user, idle)| (cpu, times(user, idle)))
            .collect(),
    };
    MachineReading {
        cpu: Some(cpu),
        ..MachineReading::default()
    }
}

fn disk(name: &str, counted: bool, read: u64, written: u64) -> DiskCounters {
    DiskCounters {
        name: name.to_owned(),
        counted,
        read: Bytes(read),
        written: Bytes(written),
    }
}

fn interface(name: &str, counted: bool, received: u64, sent: u64) -> InterfaceCounters {
    InterfaceCounters {
        name: name.to_owned(),
        counted,
        received: Bytes(received),
        sent: Bytes(sent),
    }
}

/// The snapshot of the second between two readings.
fn between(earlier: MachineReading, now: MachineReading) -> SystemSnapshot {
    let mut platform = Scripted {
        machine: earlier,
        ..Scripted::default()
    };
    let mut sampler = SystemSampler::default();
    assert!(sampler.sample(&mut platform).expect("scripted").is_none());
    platform.machine = now;
    platform.pass(SECOND);
    sampler
        .sample(&mut platform)
        .expect("scripted")
        .expect("the second reading has one to compare with")
}

fn cpu_between(earlier: CpuTimes, now: CpuTimes) -> Option<Percent> {
    let reading = |machine| MachineReading {
        cpu: Some(CpuReading::Counters {
            machine,
            cpus: Vec::new(),
        }),
        ..MachineReading::default()
    };
    between(reading(earlier), reading(now)).totals.cpu
}

#[test]
fn busy_is_what_ran_of_all_that_passed() {
    let ms = Duration::from_millis;
    let now = CpuTimes {
        user: ms(100),
        nice: ms(50),
        system: ms(40),
        irq: ms(5),
        softirq: ms(5),
        idle: ms(500),
        iowait: ms(100),
        steal: ms(200),
    };
    assert_eq!(cpu_between(CpuTimes::default(), now), Some(Percent(20.0)));
}

#[test]
fn idle_time_that_steps_back_is_borne_and_busy_time_that_does_is_a_gap() {
    assert_eq!(
        cpu_between(times(100, 505), times(600, 500)),
        Some(Percent(100.0))
    );
    assert_eq!(cpu_between(times(100, 500), times(90, 1500)), None);
    assert_eq!(cpu_between(times(100, 500), times(100, 500)), None);
}

#[test]
fn a_cpu_that_comes_or_goes_is_a_gap_and_never_a_spike() {
    let two = cpus(&[(0, 1000, 90_000), (1, 500, 90_000)]);
    let one = cpus(&[(0, 1100, 90_900)]);
    let again = cpus(&[(0, 1200, 91_800), (1, 70_000, 90_000)]);

    let gone = between(two, one.clone()).totals;
    assert_eq!(gone.cpu, None);
    assert_eq!(
        gone.cpus,
        [CpuLoad {
            cpu: 0,
            busy: Some(Percent(10.0))
        }]
    );

    let come = between(one, again).totals;
    assert_eq!(come.cpu, None);
    assert_eq!(come.cpus[0].busy, Some(Percent(10.0)));
    assert_eq!(
        come.cpus[1],
        CpuLoad { cpu: 1, busy: None },
        "it has no earlier reading"
    );
}

#[test]
fn another_cpu_of_the_same_count_is_a_gap_too() {
    let totals = between(
        cpus(&[(0, 0, 0), (1, 0, 0)]),
        cpus(&[(0, 100, 900), (2, 1000, 0)]),
    )
    .totals;
    assert_eq!(totals.cpu, None);
    assert_eq!(totals.cpus[1].busy, None);
}

#[test]
fn only_counted_devices_are_in_the_totals() {
    let totals = between(
        MachineReading {
            disks: vec![disk("sda", true, 0, 0), disk("dm-0", false, 0, 0)],
            interfaces: vec![interface("eth0", true, 0, 0), interface("lo", false, 0, 0)],
            ..MachineReading::default()
        },
        MachineReading {
            disks: vec![disk("sda", true, 10, 20), disk("dm-0", false, 10, 20)],
            interfaces: vec![
                interface("eth0", true, 30, 40),
                interface("lo", false, 1000, 1000),
            ],
            ..MachineReading::default()
        },
    )
    .totals;
    assert_eq!(totals.disk_read, Some(BytesPerSecond(10.0)));
    assert_eq!(totals.disk_write, Some(BytesPerSecond(20.0)));
    assert_eq!(totals.network_received, Some(BytesPerSecond(30.0)));
    assert_eq!(totals.network_sent, Some(BytesPerSecond(40.0)));
    assert_eq!(totals.disks[1].read, Some(BytesPerSecond(10.0)));
}

#[test]
fn a_disk_that_comes_goes_or_starts_anew_is_a_gap_and_never_a_spike() {
    let with = |disks| MachineReading {
        disks,
        ..MachineReading::default()
    };
    let both = || vec![disk("sda", true, 100, 100), disk("sdb", true, 5000, 5000)];

    let come = between(with(vec![disk("sda", true, 99, 98)]), with(both())).totals;
    assert_eq!(come.disk_read, Some(BytesPerSecond(1.0)));
    assert_eq!(come.disks[1].read, None);

    let gone = between(with(both()), with(vec![disk("sda", true, 101, 102)])).totals;
    assert_eq!(gone.disk_read, Some(BytesPerSecond(1.0)));
    assert_eq!(gone.disk_write, Some(BytesPerSecond(2.0)));

    let anew = between(with(both()), with(vec![disk("sda", true, 7, 500)])).totals;
    assert_eq!(anew.disk_read, None);
    assert_eq!(anew.disks[0].write, None, "the same device went back");

    let none = between(with(both()), with(Vec::new())).totals;
    assert_eq!(none.disk_read, None);
}

#[test]
fn an_interface_that_comes_goes_or_starts_anew_is_a_gap_and_never_a_spike() {
    let with = |interfaces| MachineReading {
        interfaces,
        ..MachineReading::default()
    };
    let both = || {
        vec![
            interface("eth0", true, 100, 100),
            interface("usb0", true, 5000, 5000),
        ]
    };

    let come = between(with(vec![interface("eth0", true, 99, 98)]), with(both())).totals;
    assert_eq!(come.network_received, Some(BytesPerSecond(1.0)));
    assert_eq!(come.interfaces[1].received, None);

    let gone = between(with(both()), with(vec![interface("eth0", true, 101, 102)])).totals;
    assert_eq!(gone.network_received, Some(BytesPerSecond(1.0)));
    assert_eq!(gone.network_sent, Some(BytesPerSecond(2.0)));

    let anew = between(with(both()), with(vec![interface("eth0", true, 200, 0)])).totals;
    assert_eq!(anew.network_received, None);
    assert_eq!(anew.network_sent, None);
}

#[test]
fn a_suspended_machine_is_a_gap_and_never_a_spike() {
    let with = |read| MachineReading {
        disks: vec![disk("sda", true, read, 0)],
        ..cpus(&[(0, read, read * 3)])
    };
    let mut platform = Scripted {
        machine: with(0),
        ..Scripted::default()
    };
    let mut sampler = SystemSampler::default();
    sampler.sample(&mut platform).expect("scripted");
    platform.pass(SECOND);
    platform.machine = with(100);
    let awake = sampler
        .sample(&mut platform)
        .expect("scripted")
        .expect("second");

    platform.suspend(SECOND * 3600);
    platform.pass(SECOND);
    platform.machine = with(200);
    let woken = sampler
        .sample(&mut platform)
        .expect("scripted")
        .expect("third");

    assert!(!woken.continues(awake.since_boot));
    assert_eq!(woken.elapsed, SECOND);
    assert_eq!(woken.totals.disk_read, Some(BytesPerSecond(100.0)));
    assert_eq!(woken.totals.cpu, Some(Percent(25.0)));
}

#[test]
fn setting_the_clock_bends_nothing() {
    let mut platform = Scripted {
        machine: MachineReading {
            disks: vec![disk("sda", true, 0, 0)],
            ..MachineReading::default()
        },
        ..Scripted::default()
    };
    let mut sampler = SystemSampler::default();
    sampler.sample(&mut platform).expect("scripted");
    let mut previous = platform.now.since_boot;
    for hours in [-5_i64, 7] {
        platform.pass(SECOND);
        platform.now.wall += jiff::SignedDuration::from_hours(hours);
        platform.machine.disks[0].read += Bytes(10);
        let snapshot = sampler
            .sample(&mut platform)
            .expect("scripted")
            .expect("compared");
        assert_eq!(snapshot.elapsed, SECOND);
        assert_eq!(snapshot.totals.disk_read, Some(BytesPerSecond(10.0)));
        assert!(snapshot.continues(previous));
        previous = snapshot.since_boot;
    }
}

#[test]
fn what_is_no_rate_and_what_is_missing_are_passed_on() {
    let missing = Degradation {
        what: Missing::Pressure,
        reason: Reason::NotAvailable,
        count: None,
    };
    let memory = Memory {
        total: Bytes(10),
        ..Memory::default()
    };
    let snapshot = between(
        MachineReading::default(),
        MachineReading {
            memory: Some(memory),
            load: Some([1.0, 2.0, 3.0]),
            pressure: Some(Pressure::default()),
            degradations: vec![missing.clone()],
            ..MachineReading::default()
        },
    );
    assert_eq!(snapshot.totals.memory, Some(memory));
    assert_eq!(snapshot.totals.load, Some([1.0, 2.0, 3.0]));
    assert_eq!(snapshot.totals.pressure, Some(Pressure::default()));
    assert_eq!(snapshot.totals.uptime, Some(SECOND));
    assert_eq!(snapshot.totals.cpu, None);
    assert_eq!(snapshot.totals.disk_read, None);
    assert_eq!(snapshot.degradations, [missing]);
}

proptest! {
    #[test]
    fn a_share_is_one(before: [u64; 8], now: [u64; 8]) {
        let times = |fields: [u64; 8]| {
            let [user, nice, system, idle, iowait, irq, softirq, steal] =
                fields.map(Duration::from_nanos);
            CpuTimes { user, nice, system, idle, iowait, irq, softirq, steal }
        };
        if let Some(share) = busy(&times(before), &times(now)) {
            prop_assert!((0.0..=100.0).contains(&share.0));
        }
    }
}
