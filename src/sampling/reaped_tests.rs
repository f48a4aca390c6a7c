use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::model::process::Pid;
use crate::model::process::{ProcessInfo, ProcessState, StartTime};
use crate::platform::ProcessStat;
use crate::sampling::credits::PATIENCE;

const MIB: u64 = 1 << 20;

fn io(read: u64, written: u64) -> IoCounters {
    IoCounters {
        read: Bytes(read),
        written: Bytes(written),
        cancelled: Some(Bytes(0)),
        read_calls: Some(0),
        write_calls: Some(0),
    }
}

fn process(pid: u32, parent: u32, io: Option<IoCounters>) -> ProcessCounters {
    ProcessCounters {
        key: key(pid),
        info: Arc::new(ProcessInfo {
            name: pid.to_string(),
            ..ProcessInfo::default()
        }),
        cpu_time: None,
        children_cpu_time: None,
        stat: Some(ProcessStat {
            state: ProcessState('S'),
            parent: (parent > 0).then_some(Pid(parent)),
            nice: None,
            threads: None,
            rss: Bytes(0),
        }),
        io,
        thread_io: None,
    }
}

fn key(pid: u32) -> ProcessKey {
    ProcessKey {
        pid: Pid(pid),
        start_time: StartTime::Ticks(u64::from(pid)),
    }
}

/// What each process did by itself, in a reading of (pid, parent, counters).
fn update(own: &mut OwnIo, reading: &[(u32, u32, IoCounters)]) -> Vec<Own> {
    let processes: Vec<_> = reading
        .iter()
        .map(|&(pid, parent, io)| process(pid, parent, Some(io)))
        .collect();
    let own = own.update(&processes, |_| true);
    own.into_iter()
        .map(|own| own.expect("may be read"))
        .collect()
}

fn written(own: &Own) -> (Option<u64>, u64) {
    (
        own.growth.map(|growth| growth.written.0),
        own.total.written.0,
    )
}

#[test]
fn a_shell_is_not_shown_what_its_reaped_child_wrote() {
    let mut own = OwnIo::default();
    update(
        &mut own,
        &[(1, 0, io(0, 0)), (2, 1, io(0, 5)), (3, 2, io(0, 64 * MIB))],
    );
    let now = update(
        &mut own,
        &[(1, 0, io(0, 0)), (2, 1, io(0, 64 * MIB + 9 + 5))],
    );
    assert_eq!(written(&now[1]), (Some(9), 14));
    let now = update(&mut own, &[(1, 0, io(0, 0)), (2, 1, io(0, 64 * MIB + 24))]);
    assert_eq!(written(&now[1]), (Some(10), 24));
}

/// A reading of one process that has a single thread: (its counters, those of its thread).
fn update_only(own: &mut OwnIo, whole: IoCounters, thread: Option<IoCounters>) -> Own {
    let process = ProcessCounters {
        thread_io: thread,
        ..process(2, 0, Some(whole))
    };
    own.update(&[process], |_| true)[0].expect("may be read")
}

#[test]
fn a_shell_is_not_shown_what_children_did_that_nobody_saw() {
    let mut own = OwnIo::default();
    update_only(&mut own, io(0, 4), None);
    let now = update_only(&mut own, io(0, 96 * MIB + 4), Some(io(0, 4)));
    assert_eq!(written(&now), (Some(0), 4));
    let now = update_only(&mut own, io(0, 192 * MIB + 9), Some(io(0, 9)));
    assert_eq!(written(&now), (Some(5), 9));
    // A second thread comes: its own writes count, and nothing of what was reaped comes back.
    let now = update_only(&mut own, io(0, 192 * MIB + 29), None);
    assert_eq!(written(&now), (Some(20), 29));
    // And goes: the counters of the last thread do not hold what the other did.
    let now = update_only(&mut own, io(0, 192 * MIB + 30), Some(io(0, 10)));
    assert_eq!(written(&now), (Some(0), 29));
    let now = update_only(&mut own, io(0, 192 * MIB + 33), Some(io(0, 13)));
    assert_eq!(written(&now), (Some(3), 32));
}

#[test]
fn what_children_did_before_the_first_reading_is_not_their_parents() {
    let mut own = OwnIo::default();
    let now = update_only(&mut own, io(0, 96 * MIB), Some(io(0, 7)));
    assert_eq!(now.total, io(0, 7));
}

#[test]
fn what_a_child_did_unseen_stays_with_a_parent_of_several_threads() {
    let mut own = OwnIo::default();
    update(&mut own, &[(2, 0, io(0, 0)), (3, 2, io(0, 10))]);
    let now = update(&mut own, &[(2, 0, io(0, 25))]);
    assert_eq!(written(&now[0]), (Some(15), 15));
}

#[test]
fn grandchildren_are_in_what_their_parent_hands_on() {
    let mut own = OwnIo::default();
    update(
        &mut own,
        &[(1, 0, io(0, 0)), (2, 1, io(0, 1)), (3, 2, io(0, 100))],
    );
    let now = update(&mut own, &[(1, 0, io(0, 0)), (2, 1, io(0, 101))]);
    assert_eq!(written(&now[1]), (Some(0), 1));
    let now = update(&mut own, &[(1, 0, io(0, 101))]);
    assert_eq!(written(&now[0]), (Some(0), 0));

    // Both at once.
    let mut own = OwnIo::default();
    update(
        &mut own,
        &[(1, 0, io(0, 0)), (2, 1, io(0, 1)), (3, 2, io(0, 100))],
    );
    let now = update(&mut own, &[(1, 0, io(0, 103))]);
    assert_eq!(written(&now[0]), (Some(2), 2));
}

#[test]
fn an_orphan_is_credited_to_the_ancestor_that_took_it() {
    let mut own = OwnIo::default();
    let reading = [
        (1, 0, io(0, 0)),
        (2, 1, io(0, 0)),
        (3, 2, io(0, 1)),
        (4, 3, io(0, 100)),
    ];
    update(&mut own, &reading);
    let now = update(&mut own, &[(1, 0, io(0, 100)), (2, 1, io(0, 1))]);
    assert_eq!(written(&now[0]), (Some(0), 0));
    assert_eq!(written(&now[1]), (Some(0), 0));
}

#[test]
fn a_jump_that_comes_one_refresh_later_is_credited_then() {
    let mut own = OwnIo::default();
    update(&mut own, &[(2, 0, io(0, 0)), (3, 2, io(0, 100))]);
    let now = update(&mut own, &[(2, 0, io(0, 7))]);
    assert_eq!(written(&now[0]), (Some(7), 7));
    let now = update(&mut own, &[(2, 0, io(0, 110))]);
    assert_eq!(written(&now[0]), (Some(3), 10));
}

#[test]
fn a_parent_that_ignores_its_children_keeps_its_own_io() {
    let mut own = OwnIo::default();
    update(&mut own, &[(2, 0, io(0, 0)), (3, 2, io(50, 100))]);
    // It writes more than the child did, but the child also read.
    let mut total = 0;
    for _ in 0..PATIENCE + 2 {
        total += 1000;
        let now = update(&mut own, &[(2, 0, io(0, total))]);
        assert_eq!(written(&now[0]), (Some(1000), total));
    }
    // The credit is forgotten by now.
    let now = update(&mut own, &[(2, 0, io(50, total + 100))]);
    assert_eq!(written(&now[0]), (Some(100), total + 100));
}

#[test]
fn the_cpu_time_of_children_tells_whether_one_was_reaped() {
    let mut own = OwnIo::default();
    let parent = |written, millis| ProcessCounters {
        children_cpu_time: Some(Duration::from_millis(millis)),
        ..process(2, 0, Some(io(0, written)))
    };
    let child = ProcessCounters {
        cpu_time: Some(Duration::from_millis(500)),
        ..process(3, 2, Some(io(0, 100)))
    };
    own.update(&[parent(0, 0), child], |_| true);
    let now = own.update(&[parent(1000, 0)], |_| true);
    assert_eq!(now[0].as_ref().map(written), Some((Some(1000), 1000)));
    let now = own.update(&[parent(1100, 480)], |_| true);
    assert_eq!(now[0].as_ref().map(written), Some((Some(0), 1000)));
}

#[test]
fn a_pid_used_again_is_another_process() {
    let mut own = OwnIo::default();
    update(&mut own, &[(2, 0, io(0, 0)), (3, 2, io(0, 100))]);
    let mut another = process(3, 2, Some(io(0, 1)));
    another.key.start_time = StartTime::Ticks(99);
    let now = own.update(&[process(2, 0, Some(io(0, 100))), another], |_| true);
    let now: Vec<_> = now.iter().flatten().map(written).collect();
    assert_eq!(now, [(Some(0), 0), (Some(1), 1)]);
}

#[test]
fn counters_that_went_back_and_those_not_read_last_time_give_no_growth() {
    let mut own = OwnIo::default();
    update(&mut own, &[(2, 0, io(0, 9))]);
    assert_eq!(
        written(&update(&mut own, &[(2, 0, io(0, 5))])[0]),
        (None, 5)
    );
    assert_eq!(own.update(&[process(2, 0, None)], |_| true), [None]);
    assert_eq!(
        written(&update(&mut own, &[(2, 0, io(0, 8))])[0]),
        (None, 8)
    );
    assert_eq!(
        written(&update(&mut own, &[(2, 0, io(0, 9))])[0]),
        (Some(1), 9)
    );
}

#[test]
fn a_zombie_that_may_not_be_read_is_credited_with_what_was_seen_before() {
    let mut own = OwnIo::default();
    update(&mut own, &[(2, 0, io(0, 0)), (3, 2, io(0, 100))]);
    own.update(
        &[process(2, 0, Some(io(0, 0))), process(3, 2, None)],
        |_| true,
    );
    let now = update(&mut own, &[(2, 0, io(0, 100))]);
    assert_eq!(written(&now[0]), (Some(0), 0));
}

#[test]
fn a_ring_of_parents_ends() {
    let mut own = OwnIo::default();
    update(
        &mut own,
        &[(2, 3, io(0, 1)), (3, 2, io(0, 1)), (4, 3, io(0, 1))],
    );
    update(&mut own, &[(2, 3, io(0, 1)), (3, 2, io(0, 1))]);
    update(&mut own, &[]);
}

/// What can happen to the processes of a machine. A number picks one of those that it can
/// happen to.
#[derive(Clone, Debug)]
enum Event {
    Fork(usize),
    Work(usize, u16, u16),
    Exit(usize),
    Wait(usize),
    Refresh,
}

/// A kernel that keeps accounts as Linux does.
struct Machine {
    processes: Vec<Simulated>,
    last_pid: u32,
    done: u64,
}

struct Simulated {
    pid: u32,
    parent: u32,
    raw: IoCounters,
    alone: IoCounters,
    zombie: bool,
}

impl Machine {
    fn new() -> Self {
        let mut machine = Self {
            processes: Vec::new(),
            last_pid: 0,
            done: 0,
        };
        machine.fork(0);
        machine
    }

    fn fork(&mut self, parent: u32) {
        self.last_pid += 1;
        self.processes.push(Simulated {
            pid: self.last_pid,
            parent,
            raw: io(0, 0),
            alone: io(0, 0),
            zombie: false,
        });
    }

    /// Pids of those of `which`, without the first process when it must live on.
    fn pick(&self, number: usize, which: impl Fn(&Simulated) -> bool) -> Option<usize> {
        let picked: Vec<_> = (0..self.processes.len())
            .filter(|&index| which(&self.processes[index]))
            .collect();
        (!picked.is_empty()).then(|| picked[number % picked.len()])
    }

    fn happen(&mut self, event: &Event) {
        match *event {
            Event::Fork(number) => {
                if let Some(index) = self.pick(number, |process| !process.zombie) {
                    self.fork(self.processes[index].pid);
                }
            }
            Event::Work(number, read, wrote) => {
                if let Some(index) = self.pick(number, |process| !process.zombie) {
                    let work = IoCounters {
                        read_calls: Some(1),
                        write_calls: Some(1),
                        ..io(read.into(), wrote.into())
                    };
                    let process = &mut self.processes[index];
                    process.raw = plus(process.raw, work);
                    process.alone = plus(process.alone, work);
                    self.done += u64::from(read) + u64::from(wrote);
                }
            }
            Event::Exit(number) => {
                if let Some(index) = self.pick(number, |process| !process.zombie && process.pid > 1)
                {
                    self.processes[index].zombie = true;
                    let pid = self.processes[index].pid;
                    for process in &mut self.processes {
                        if process.parent == pid {
                            process.parent = 1;
                        }
                    }
                }
            }
            Event::Wait(number) => {
                if let Some(index) = self.pick(number, |process| process.zombie) {
                    let ended = self.processes.remove(index);
                    for process in &mut self.processes {
                        if process.pid == ended.parent {
                            process.raw = plus(process.raw, ended.raw);
                        }
                    }
                }
            }
            Event::Refresh => {}
        }
    }

    fn reading(&self) -> Vec<ProcessCounters> {
        let reading = self.processes.iter();
        reading
            .map(|simulated| {
                let mut process = process(simulated.pid, simulated.parent, Some(simulated.raw));
                if let (true, Some(stat)) = (simulated.zombie, &mut process.stat) {
                    stat.state = ProcessState('Z');
                }
                process
            })
            .collect()
    }
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => any::<usize>().prop_map(Event::Fork),
        6 => (any::<usize>(), any::<u16>(), any::<u16>())
            .prop_map(|(number, read, wrote)| Event::Work(number, read, wrote)),
        2 => any::<usize>().prop_map(Event::Exit),
        2 => any::<usize>().prop_map(Event::Wait),
        2 => Just(Event::Refresh),
    ]
}

fn bytes(io: IoCounters) -> u64 {
    io.read.0 + io.written.0
}

proptest! {
    /// Refreshed around every end of a process, each row is exactly what that process did.
    #[test]
    fn every_row_is_what_the_process_did(events in prop::collection::vec(event(), 0..60)) {
        let (mut machine, mut own) = (Machine::new(), OwnIo::default());
        own.update(&machine.reading(), |_| true);
        for event in &events {
            let ends = matches!(event, Event::Exit(_) | Event::Wait(_));
            if ends {
                own.update(&machine.reading(), |_| true);
            }
            machine.happen(event);
            if ends || matches!(event, Event::Refresh) {
                let rows = own.update(&machine.reading(), |_| true);
                for (process, row) in machine.processes.iter().zip(rows) {
                    prop_assert_eq!(row.map(|row| row.total), Some(process.alone));
                }
            }
        }
    }

    /// Refreshed after every reaping, nothing is shown twice and nothing is lost, whoever did it.
    #[test]
    fn all_rows_together_are_all_that_was_done(events in prop::collection::vec(event(), 0..60)) {
        let (mut machine, mut own) = (Machine::new(), OwnIo::default());
        own.update(&machine.reading(), |_| true);
        let mut shown = 0;
        let refresh = |machine: &Machine, own: &mut OwnIo| -> u64 {
            let rows = own.update(&machine.reading(), |_| true);
            rows.into_iter().flatten().filter_map(|row| row.growth).map(bytes).sum()
        };
        for event in &events {
            machine.happen(event);
            if matches!(event, Event::Wait(_) | Event::Refresh) {
                shown += refresh(&machine, &mut own);
            }
        }
        shown += refresh(&machine, &mut own);
        prop_assert_eq!(shown, machine.done);
    }

    /// However seldom it is refreshed, no row claims more than the kernel counted.
    #[test]
    fn no_row_exceeds_its_counters(events in prop::collection::vec(event(), 0..80)) {
        let (mut machine, mut own) = (Machine::new(), OwnIo::default());
        own.update(&machine.reading(), |_| true);
        for event in &events {
            machine.happen(event);
            if matches!(event, Event::Refresh) {
                let rows = own.update(&machine.reading(), |_| true);
                for (process, row) in machine.processes.iter().zip(rows) {
                    let row = row.expect("may be read");
                    prop_assert!(minus(process.raw, row.total).is_some());
                    prop_assert!(row.growth.is_none_or(|growth| minus(process.raw, growth).is_some()));
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn a_process_of_one_thread_is_known_to_the_byte(
        steps in prop::collection::vec((0_u64..1 << 40, 0_u64..1 << 40), 1..20),
    ) {
        let mut own = OwnIo::default();
        let (mut itself, mut children) = (0, 0);
        for (n, (by_itself, by_children)) in steps.into_iter().enumerate() {
            itself += by_itself;
            children += by_children;
            let now = update_only(&mut own, io(0, itself + children), Some(io(0, itself)));
            prop_assert_eq!(now.total.written, Bytes(itself));
            if n > 0 {
                prop_assert_eq!(now.growth.map(|growth| growth.written), Some(Bytes(by_itself)));
            }
        }
    }
}
