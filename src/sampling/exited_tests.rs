use proptest::prelude::*;

use super::*;
use crate::model::process::{Pid, ProcessState, StartTime};
use crate::model::units::Bytes;
use crate::platform::{ProcessStat, scripted};
use crate::sampling::credits::PATIENCE;

const TICK: Duration = Duration::from_millis(10);

fn millis(time: u64) -> Duration {
    Duration::from_millis(time)
}

fn process(pid: u32, parent: u32, own: Duration, children: Duration) -> ProcessCounters {
    ProcessCounters {
        cpu_time: Some(own),
        children_cpu_time: Some(children),
        stat: Some(ProcessStat {
            state: ProcessState('S'),
            parent: (parent > 0).then_some(Pid(parent)),
            nice: None,
            threads: None,
            rss: Bytes(0),
        }),
        ..scripted::process(pid)
    }
}

/// What `update` gives, by pid in milliseconds, where every unknown process is young.
fn update(exited: &mut ExitedCpu, processes: &[ProcessCounters]) -> Vec<(u32, u128)> {
    exited
        .update(processes, |_| true)
        .into_iter()
        .map(|(key, time)| (key.pid.0, time.as_millis()))
        .collect()
}

#[test]
fn children_that_nobody_saw_are_told_by_their_parent() {
    let mut exited = ExitedCpu::default();
    let shell = |children| [process(2, 0, millis(5), millis(children))];
    exited.update(&shell(700), |_| false);
    assert_eq!(update(&mut exited, &shell(700)), []);
    assert_eq!(update(&mut exited, &shell(1000)), [(2, 300)]);
    assert_eq!(update(&mut exited, &shell(1000)), []);
}

#[test]
fn what_a_child_was_seen_to_use_is_not_told_again() {
    let mut exited = ExitedCpu::default();
    let shell = |children| process(2, 0, millis(5), millis(children));
    let child = process(3, 2, millis(800), millis(150));
    exited.update(&[shell(0), child], |_| false);
    assert_eq!(update(&mut exited, &[shell(1000)]), [(2, 50)]);
}

#[test]
fn a_child_that_nobody_waited_for_takes_nothing_from_others() {
    let mut exited = ExitedCpu::default();
    let daemon = |children| process(2, 0, millis(5), millis(children));
    exited.update(&[daemon(0), process(3, 2, millis(800), millis(0))], |_| {
        false
    });
    for _ in 0..PATIENCE {
        assert_eq!(update(&mut exited, &[daemon(0)]), []);
    }
    assert_eq!(update(&mut exited, &[daemon(900)]), [(2, 900)]);
}

#[test]
fn a_parent_told_late_pays_the_credit_then() {
    let mut exited = ExitedCpu::default();
    let shell = |children| process(2, 0, millis(5), millis(children));
    exited.update(&[shell(0), process(3, 2, millis(800), millis(0))], |_| {
        false
    });
    assert_eq!(update(&mut exited, &[shell(0)]), []);
    assert_eq!(update(&mut exited, &[shell(810)]), [(2, 10)]);
}

#[test]
fn a_parent_that_vanishes_with_its_children_is_told_by_its_own() {
    let mut exited = ExitedCpu::default();
    let make = |children| process(2, 0, millis(5), millis(children));
    let all = [
        make(0),
        process(3, 2, millis(10), millis(100)),
        process(4, 3, millis(500), millis(0)),
    ];
    exited.update(&all, |_| false);
    assert_eq!(update(&mut exited, &[make(700)]), [(2, 90)]);
}

#[test]
fn a_parent_that_waited_and_then_ended_tells_nothing_again() {
    let mut exited = ExitedCpu::default();
    let init = process(1, 0, millis(5), millis(0));
    let mut shell = process(2, 1, millis(5), millis(0));
    let child = process(3, 2, millis(800), millis(0));
    exited.update(&[init.clone(), shell.clone(), child], |_| false);
    shell.children_cpu_time = Some(millis(810));
    shell.stat = shell.stat.map(|stat| ProcessStat {
        state: ProcessState('Z'),
        ..stat
    });
    assert_eq!(update(&mut exited, &[init, shell]), [(2, 10)]);
    let init = process(1, 0, millis(5), millis(820));
    assert_eq!(update(&mut exited, &[init]), [(1, 5)]);
}

#[test]
fn ticks_that_are_missing_come_later() {
    let mut exited = ExitedCpu::default();
    let shell = |children| process(2, 0, millis(5), millis(children));
    exited.update(&[shell(0), process(3, 2, millis(109), millis(0))], |_| {
        false
    });
    assert_eq!(update(&mut exited, &[shell(90)]), []);
    assert_eq!(update(&mut exited, &[shell(190)]), [(2, 81)]);
}

#[test]
fn a_process_that_was_hidden_before_tells_nothing_of_its_past() {
    let mut exited = ExitedCpu::default();
    exited.update(&[], |_| false);
    let old = [process(2, 0, millis(5), millis(9000))];
    assert_eq!(exited.update(&old, |_| false), []);
    assert_eq!(exited.update(&old, |_| false), []);
}

/// A kernel's bookkeeping of processes.
#[derive(Clone, Debug)]
struct Task {
    pid: u32,
    parent: u32,
    own: Duration,
    children: Duration,
    ignores_children: bool,
    takes_orphans: bool,
    is_zombie: bool,
    /// How many had its pid before.
    generation: u64,
}

#[derive(Clone, Debug)]
enum Step {
    /// One of the processes starts another, which perhaps ignores `SIGCHLD`, or takes orphans.
    Fork(prop::sample::Index, bool, bool),
    /// One of them runs.
    Run(prop::sample::Index, u64),
    /// One of them ends, and its children become orphans.
    End(prop::sample::Index),
    /// One of them waits for all of its children that ended.
    Wait(prop::sample::Index),
    /// A reading is taken.
    Read,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (any::<prop::sample::Index>(), prop::bool::weighted(0.1), prop::bool::weighted(0.1))
            .prop_map(|(who, ignores, takes)| Step::Fork(who, ignores, takes)),
        4 => (any::<prop::sample::Index>(), 0..500_000_u64)
            .prop_map(|(who, micros)| Step::Run(who, micros)),
        3 => any::<prop::sample::Index>().prop_map(Step::End),
        3 => any::<prop::sample::Index>().prop_map(Step::Wait),
        2 => Just(Step::Read),
    ];
    prop::collection::vec(step, 0..120)
}

struct Kernel {
    tasks: Vec<Task>,
    generation: u64,
    /// What nobody tells of: the time of children whose parent ignores them.
    lost: Duration,
    used: Duration,
}

impl Kernel {
    fn new() -> Self {
        Self {
            tasks: vec![Task {
                pid: 1,
                parent: 0,
                own: Duration::ZERO,
                children: Duration::ZERO,
                ignores_children: false,
                takes_orphans: true,
                is_zombie: false,
                generation: 1,
            }],
            generation: 1,
            lost: Duration::ZERO,
            used: Duration::ZERO,
        }
    }

    fn fork(&mut self, at: usize, ignores_children: bool, takes_orphans: bool) {
        if self.tasks[at].is_zombie {
            return;
        }
        // The first that is free, which another may have had a moment ago.
        let pid = (2..1000).find(|pid| self.tasks.iter().all(|task| task.pid != *pid));
        self.generation += 1;
        self.tasks.push(Task {
            pid: pid.expect("one is free"),
            parent: self.tasks[at].pid,
            own: Duration::ZERO,
            children: Duration::ZERO,
            ignores_children,
            takes_orphans,
            is_zombie: false,
            generation: self.generation,
        });
    }

    fn run(&mut self, at: usize, time: Duration) {
        if !self.tasks[at].is_zombie {
            self.tasks[at].own += time;
            self.used += time;
        }
    }

    fn parent_of(&self, pid: u32) -> Option<&Task> {
        let task = self.tasks.iter().find(|task| task.pid == pid)?;
        self.tasks.iter().find(|parent| parent.pid == task.parent)
    }

    fn end(&mut self, at: usize) {
        let pid = self.tasks[at].pid;
        if pid == 1 || self.tasks[at].is_zombie {
            return;
        }
        self.tasks[at].is_zombie = true;
        let mut reaper = self.parent_of(pid);
        while let Some(task) = reaper.filter(|task| !task.takes_orphans || task.is_zombie) {
            reaper = self.parent_of(task.pid);
        }
        let reaper = reaper.map_or(1, |task| task.pid);
        for task in &mut self.tasks {
            if task.parent == pid {
                task.parent = reaper;
            }
        }
        // Who takes orphans waits for those that ended already; nobody does for ignored ones.
        self.wait(reaper);
        if self.parent_of(pid).is_some_and(|it| it.ignores_children) {
            self.reap(pid);
        }
    }

    fn wait(&mut self, parent: u32) {
        let ended = self.tasks.iter();
        let ended = ended.filter(|task| task.parent == parent && task.is_zombie);
        for pid in ended.map(|task| task.pid).collect::<Vec<_>>() {
            self.reap(pid);
        }
    }

    fn reap(&mut self, pid: u32) {
        let Some(at) = self.tasks.iter().position(|task| task.pid == pid) else {
            return;
        };
        let gone = self.tasks.remove(at);
        let left = gone.own + gone.children;
        let parent = self.tasks.iter_mut().find(|task| task.pid == gone.parent);
        match parent.filter(|parent| !parent.ignores_children) {
            Some(parent) => parent.children += left,
            None => self.lost += left,
        }
    }

    /// What can be read, the time of children in full ticks.
    fn reading(&self, tick: Duration) -> Vec<ProcessCounters> {
        let ticks = |time: Duration| {
            let rest = time.as_nanos() % tick.as_nanos();
            time.saturating_sub(Duration::from_nanos(u64::try_from(rest).expect("small")))
        };
        let mut all: Vec<_> = self
            .tasks
            .iter()
            .map(|task| {
                let mut read = process(task.pid, task.parent, task.own, ticks(task.children));
                read.key.start_time = StartTime::Ticks(task.generation);
                if let Some(stat) = read.stat.as_mut().filter(|_| task.is_zombie) {
                    stat.state = ProcessState('Z');
                }
                read
            })
            .collect();
        all.sort_by_key(|process| process.key.pid);
        all
    }
}

proptest! {
    #[test]
    fn whatever_forks_and_ends_nothing_counts_twice(steps in steps(), exact: bool) {
        // As fine as the process clocks, or as coarse as the kernel tells.
        let tick = if exact { Duration::from_nanos(1) } else { TICK };
        let mut kernel = Kernel::new();
        let mut exited = ExitedCpu::default();
        let mut seen: HashMap<ProcessKey, Duration> = HashMap::new();
        let mut told = Duration::ZERO;
        exited.update(&kernel.reading(tick), |_| true);
        // Enough readings at the end for every credit to be paid or given up.
        let steps = steps.into_iter().chain((0..=PATIENCE).map(|_| Step::Read));
        let mut parents = 1_u32;
        for step in steps {
            let count = kernel.tasks.len();
            match step {
                Step::Fork(who, ignores, takes) => {
                    parents += 1;
                    kernel.fork(who.index(count), ignores, takes);
                }
                Step::Run(who, micros) => {
                    kernel.run(who.index(count), Duration::from_micros(micros));
                }
                Step::End(who) => kernel.end(who.index(count)),
                Step::Wait(who) => kernel.wait(kernel.tasks[who.index(count)].pid),
                Step::Read => {
                    let reading = kernel.reading(tick);
                    for process in &reading {
                        let now = process.cpu_time.expect("told");
                        let before = seen.insert(process.key, now).unwrap_or_default();
                        told += now.saturating_sub(before);
                    }
                    told += exited.update(&reading, |_| true).iter().map(|(_, time)| *time).sum();
                }
            }
        }
        let telling = kernel.used.saturating_sub(kernel.lost);
        if kernel.lost.is_zero() && exact {
            // A credit may have been paid by an heir whose growth fell a little short of it.
            let owed: i128 = exited.owed.values().sum();
            prop_assert_eq!(nanoseconds(told) + owed, nanoseconds(telling));
        } else {
            // Ticks not yet full in each parent, and credits taken for those of one that ignores
            // its children.
            let slack = (TICK * 3 + millis(30)) * parents;
            prop_assert!(told <= kernel.used + slack, "{told:?} of {:?}", kernel.used);
            prop_assert!(
                !kernel.lost.is_zero() || told + slack >= telling,
                "{told:?} of {telling:?}"
            );
        }
    }
}
