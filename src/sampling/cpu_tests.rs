use std::sync::Arc;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::model::process::{Pid, ProcessInfo, ProcessState, StartTime};
use crate::model::programs;
use crate::model::remainder::RemainderRow;
use crate::model::snapshot::{Degradation, Reason};
use crate::model::system::Memory;
use crate::platform::scripted::Scripted;
use crate::platform::{CpuReading, CpuTimes, MachineReading, ProcessStat};

const SECOND: Duration = Duration::from_secs(1);

/// A process that started `age` ago.
fn process(platform: &Scripted, pid: u32, age: Duration, cpu_millis: u64) -> ProcessCounters {
    let start = platform.now.since_boot.saturating_sub(age);
    let ticks = u64::try_from(start.as_millis() / 10).expect("small");
    ProcessCounters {
        key: ProcessKey {
            pid: Pid(pid),
            start_time: StartTime::Ticks(ticks),
        },
        info: Arc::new(ProcessInfo {
            name: pid.to_string(),
            started: Some(platform.now.wall - age),
            ..ProcessInfo::default()
        }),
        cpu_time: Some(Duration::from_millis(cpu_millis)),
        children_cpu_time: None,
        stat: Some(ProcessStat {
            state: ProcessState('S'),
            parent: None,
            nice: Some(0),
            threads: Some(1),
            rss: Bytes(25),
        }),
        io: None,
        thread_io: None,
    }
}

/// Two CPUs that together were busy for `busy` and idle for `idle` seconds.
fn machine(busy: u64, idle: u64) -> MachineReading {
    let machine = CpuTimes {
        user: Duration::from_secs(busy),
        idle: Duration::from_secs(idle),
        ..CpuTimes::default()
    };
    MachineReading {
        cpu: Some(CpuReading::Counters {
            machine,
            cpus: vec![(0, machine), (1, machine)],
        }),
        memory: Some(Memory {
            total: Bytes(100),
            ..Memory::default()
        }),
        ..MachineReading::default()
    }
}

/// A machine up for an hour, whose first sample is taken with `processes`.
fn sampled(processes: impl FnOnce(&Scripted) -> Vec<ProcessCounters>) -> (Scripted, CpuSampler) {
    let mut platform = Scripted::default();
    platform.now.wall = Timestamp::from_second(1_700_000_000).expect("in range");
    platform.pass(Duration::from_hours(1));
    platform.machine = machine(10, 10);
    platform.processes = processes(&platform);
    let mut sampler = CpuSampler::default();
    assert_eq!(sampler.sample(&mut platform, &[]).expect("reads"), None);
    (platform, sampler)
}

fn sample(sampler: &mut CpuSampler, platform: &mut Scripted) -> CpuSnapshot {
    sampler
        .sample(platform, &[])
        .expect("reads")
        .expect("is the second one")
}

fn spend(process: &mut ProcessCounters, millis: u64) {
    process.cpu_time = process
        .cpu_time
        .map(|time| time + Duration::from_millis(millis));
}

fn cpu(snapshot: &CpuSnapshot, row: usize) -> Option<f64> {
    snapshot.rows[row]
        .cpu
        .map(|cpu| (cpu.0 * 1000.0).round() / 1000.0)
}

#[test]
fn shares_are_of_the_measured_time_and_of_one_core() {
    let (mut platform, mut sampler) = sampled(|platform| vec![process(platform, 7, SECOND, 500)]);
    platform.pass(SECOND * 2);
    spend(&mut platform.processes[0], 3000);
    platform.machine = machine(13, 11);
    let snapshot = sample(&mut sampler, &mut platform);
    assert_eq!(cpu(&snapshot, 0), Some(150.0));
    assert_eq!(snapshot.elapsed, SECOND * 2);
    assert_eq!(snapshot.rows[0].memory, Some(Percent(25.0)));
    let totals = snapshot.totals;
    assert_eq!((totals.cpus, totals.processes), (Some(2), Some(1)));
    assert_eq!(
        (totals.busy, totals.named),
        (Some(Percent(75.0)), Some(Percent(75.0)))
    );
    assert_eq!(totals.memory_total, Some(Bytes(100)));
    let nothing = Some(Percent(0.0));
    assert_eq!((totals.exited, totals.kernel), (nothing, nothing));
    assert_eq!(
        (totals.unexplained, totals.sampling_error),
        (nothing, nothing)
    );
}

#[test]
fn the_rows_and_what_is_left_add_up_to_the_graph() {
    let (mut platform, mut sampler) = sampled(|platform| {
        let mut shell = process(platform, 7, SECOND * 60, 500);
        shell.children_cpu_time = Some(Duration::from_secs(40));
        vec![shell]
    });
    platform.pass(SECOND * 2);
    spend(&mut platform.processes[0], 400);
    platform.processes[0].children_cpu_time = Some(Duration::from_millis(41_600));
    platform.machine = machine(13, 11);
    if let Some(CpuReading::Counters { machine, .. }) = &mut platform.machine.cpu {
        machine.user -= Duration::from_millis(200);
        machine.softirq = Duration::from_millis(200);
    }
    let snapshot = sample(&mut sampler, &mut platform);
    let totals = snapshot.totals;
    let rounded = |share: Option<Percent>| share.map(|share| (share.0 * 1000.0).round() / 1000.0);
    assert_eq!(rounded(totals.busy), Some(75.0));
    assert_eq!(rounded(totals.named), Some(10.0));
    assert_eq!(rounded(totals.exited), Some(40.0));
    assert_eq!(rounded(totals.kernel), Some(5.0));
    assert_eq!(rounded(totals.unexplained), Some(20.0));
    let rows: Vec<_> = snapshot
        .remainder
        .iter()
        .map(|row| (row.what.kind(), row.what.whose(), row.cpu.0.round()))
        .collect();
    assert_eq!(
        rows,
        [
            ("exited", Some("7".to_owned()), 80.0),
            ("kernel", None, 10.0),
            ("unexplained", None, 40.0),
        ]
    );
}

#[test]
fn who_ended_is_named_under_who_waited_and_no_cpu_time_comes_of_a_name() {
    let (mut platform, mut sampler) = sampled(|platform| {
        let mut make = process(platform, 7, SECOND * 60, 500);
        make.children_cpu_time = Some(Duration::ZERO);
        vec![make, process(platform, 8, SECOND * 60, 500)]
    });
    platform.pass(SECOND);
    platform.processes[0].children_cpu_time = Some(Duration::from_millis(500));
    let ended = |under, name: &str, count| EndedPrograms {
        under: Pid(under),
        name: name.into(),
        count,
    };
    platform.ended = vec![
        ended(7, "sh", 2),
        ended(7, "as", 390),
        ended(7, "ld", 1),
        ended(8, "true", 1000),
        ended(7, "cc1", 412),
        ended(9, "gone", 5),
    ];
    let snapshot = sample(&mut sampler, &mut platform);
    let exited: Vec<_> = snapshot
        .remainder
        .iter()
        .filter_map(|row| {
            let texts = programs::texts(row.programs()?);
            Some((row.what.whose(), row.cpu.0.round(), texts))
        })
        .collect();
    let seven = Some("7".to_owned());
    let named = ["cc1 412", "as 390", "sh 2"].map(str::to_owned).to_vec();
    assert_eq!(exited, [(seven, 50.0, named)]);
}

#[test]
fn a_young_process_counts_from_nothing_and_a_hidden_one_is_not_known() {
    let (mut platform, mut sampler) = sampled(|_| Vec::new());
    platform.pass(SECOND);
    platform.processes = vec![
        process(&platform, 7, SECOND / 2, 250),
        process(&platform, 8, SECOND * 60, 30_000),
    ];
    let snapshot = sample(&mut sampler, &mut platform);
    assert_eq!((cpu(&snapshot, 0), cpu(&snapshot, 1)), (Some(25.0), None));
    assert_eq!(snapshot.totals.named, Some(Percent(12.5)));
}

#[test]
fn a_pid_used_again_inherits_nothing() {
    let (mut platform, mut sampler) =
        sampled(|platform| vec![process(platform, 7, SECOND * 9, 100)]);
    platform.pass(SECOND);
    platform.processes = vec![process(&platform, 7, SECOND / 4, 200)];
    let snapshot = sample(&mut sampler, &mut platform);
    assert_eq!(cpu(&snapshot, 0), Some(20.0));
}

#[test]
fn a_counter_that_went_back_is_no_share() {
    let (mut platform, mut sampler) =
        sampled(|platform| vec![process(platform, 7, SECOND * 9, 100)]);
    platform.pass(SECOND);
    platform.processes[0].cpu_time = Some(Duration::ZERO);
    assert_eq!(cpu(&sample(&mut sampler, &mut platform), 0), None);
    platform.pass(SECOND);
    spend(&mut platform.processes[0], 100);
    assert_eq!(cpu(&sample(&mut sampler, &mut platform), 0), Some(10.0));
}

#[test]
fn suspend_and_a_set_clock_bend_nothing() {
    let (mut platform, mut sampler) =
        sampled(|platform| vec![process(platform, 7, SECOND * 9, 100)]);
    let before = platform.now.since_boot;
    platform.suspend(Duration::from_hours(8));
    platform.pass(SECOND);
    spend(&mut platform.processes[0], 500);
    let snapshot = sample(&mut sampler, &mut platform);
    assert_eq!(cpu(&snapshot, 0), Some(50.0));
    assert!(!snapshot.continues(before), "there is a gap");

    platform.now.wall -= Duration::from_hours(1000);
    platform.pass(SECOND);
    spend(&mut platform.processes[0], 500);
    let young = process(&platform, 8, SECOND / 2, 100);
    let hidden = process(&platform, 9, SECOND * 30, 100);
    platform.processes.extend([young, hidden]);
    let snapshot = sample(&mut sampler, &mut platform);
    assert_eq!(cpu(&snapshot, 0), Some(50.0));
    assert_eq!((cpu(&snapshot, 1), cpu(&snapshot, 2)), (Some(10.0), None));
}

#[test]
fn what_is_denied_stays_unknown() {
    let (mut platform, mut sampler) =
        sampled(|platform| vec![process(platform, 7, SECOND * 9, 100)]);
    platform.pass(SECOND);
    platform.processes[0].stat = None;
    platform.processes[0].cpu_time = None;
    let row = sample(&mut sampler, &mut platform).rows.remove(0);
    assert_eq!((row.cpu, row.rss, row.memory), (None, None, None));
    assert_eq!((row.threads, row.state, row.nice), (None, None, None));
    platform.pass(SECOND);
    let totals = sample(&mut sampler, &mut platform).totals;
    assert_eq!(totals.named, None, "a sum of nothing known is not 0");
    assert_eq!(totals.processes, Some(1));
}

#[test]
fn without_the_machine_only_totals_are_missing() {
    let (mut platform, mut sampler) =
        sampled(|platform| vec![process(platform, 7, SECOND * 9, 100)]);
    platform.pass(SECOND);
    platform.machine = MachineReading::default();
    let missing = |what| Degradation {
        what,
        reason: Reason::NotAvailable,
        count: None,
    };
    platform.machine.degradations = vec![missing(Missing::Cpu), missing(Missing::Load)];
    spend(&mut platform.processes[0], 100);
    let snapshot = sample(&mut sampler, &mut platform);
    assert_eq!(cpu(&snapshot, 0), Some(10.0));
    let totals = snapshot.totals;
    assert_eq!(
        (totals.busy, totals.named, totals.memory_total),
        (None, None, None)
    );
    assert_eq!(snapshot.degradations, [missing(Missing::Cpu)]);
}

#[test]
fn waiting_is_measured_for_who_is_watched_twice() {
    let (mut platform, mut sampler) =
        sampled(|platform| vec![process(platform, 7, SECOND * 9, 100)]);
    let watch = [platform.processes[0].key];
    for (delay, wait) in [(100, None), (300, Some(20.0)), (200, None)] {
        platform.pass(SECOND);
        platform.delay = Some(Duration::from_millis(delay));
        let snapshot = sampler
            .sample(&mut platform, &watch)
            .expect("reads")
            .expect("second");
        assert_eq!(snapshot.rows[0].wait.map(|wait| wait.0.round()), wait);
    }
    platform.pass(SECOND);
    assert_eq!(sample(&mut sampler, &mut platform).rows[0].wait, None);
}

proptest! {
    #[test]
    fn no_share_is_negative_and_rows_are_the_processes(
        readings in prop::collection::vec(
            prop::collection::btree_map(1_u32..20, (0_u64..5000, 0_u32..10), 0..12), 2..6),
    ) {
        let (mut platform, mut sampler) = sampled(|_| Vec::new());
        for reading in readings {
            platform.pass(SECOND);
            platform.processes = reading
                .iter()
                .map(|(&pid, &(cpu, age))| process(&platform, pid, SECOND * age, cpu))
                .collect();
            let snapshot = sample(&mut sampler, &mut platform);
            let pids: Vec<_> = snapshot.rows.iter().map(|row| row.key.pid.0).collect();
            prop_assert!(pids.iter().eq(reading.keys()));
            prop_assert!(snapshot.rows.iter().all(|row| row.cpu.is_none_or(|cpu| cpu.0 >= 0.0)));
        }
    }
}
