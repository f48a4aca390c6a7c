use std::fs;
use std::os::unix::fs::symlink;

use proptest::prelude::*;

use super::*;
use crate::model::process::{Pid, StartTime};
use crate::platform::scripted::process;
use crate::platform::{Protocol, TcpState};

fn listed(inode: u64, uid: Option<Uid>) -> SocketCounters {
    SocketCounters {
        inode: Some(inode),
        uid,
        ..SocketCounters::new(
            Protocol::Tcp,
            TcpState::Listen,
            ([0; 4], 80).into(),
            ([0; 4], 0).into(),
        )
    }
}

/// A tree of `/proc/PID/fd`, and the process list that goes with it.
struct Machine {
    proc: tempfile::TempDir,
    owners: SocketOwners,
    processes: Vec<ProcessCounters>,
    last_ran: Vec<u64>,
    refresh: u64,
}

impl Machine {
    fn new() -> Self {
        let proc = tempfile::tempdir().expect("a folder");
        Self {
            owners: SocketOwners::new(proc.path().to_owned()),
            proc,
            processes: Vec::new(),
            last_ran: Vec::new(),
            refresh: 0,
        }
    }

    fn start(&mut self, pid: u32, start: u64) {
        fs::create_dir_all(self.folder(pid)).expect("created");
        let place = self.processes.partition_point(|it| it.key.pid < Pid(pid));
        let mut process = process(pid);
        process.key.start_time = StartTime::Ticks(start);
        self.processes.insert(place, process);
        self.last_ran.insert(place, self.refresh + 1);
    }

    fn end(&mut self, pid: u32) {
        fs::remove_dir_all(self.folder(pid)).expect("removed");
        let place = self.place(pid);
        self.processes.remove(place);
        self.last_ran.remove(place);
    }

    fn deny(&self, pid: u32) {
        fs::remove_dir(self.folder(pid)).expect("removed");
        fs::write(self.folder(pid), "").expect("written");
    }

    fn become_user(&mut self, pid: u32, user: u32) {
        let place = self.place(pid);
        let mut info = ProcessInfo::clone(&self.processes[place].info);
        info.uid = Some(Uid(user));
        self.processes[place].info = Arc::new(info);
    }

    fn folder(&self, pid: u32) -> PathBuf {
        self.proc.path().join(format!("{pid}/fd"))
    }

    fn place(&self, pid: u32) -> usize {
        let is_it = |process: &ProcessCounters| process.key.pid == Pid(pid);
        self.processes.iter().position(is_it).expect("a process")
    }

    fn open(&self, pid: u32, descriptor: u32, inode: u64) {
        let link = self.folder(pid).join(descriptor.to_string());
        symlink(format!("socket:[{inode}]"), link).expect("linked");
    }

    fn close(&self, pid: u32, descriptor: u32) {
        let link = self.folder(pid).join(descriptor.to_string());
        fs::remove_file(link).expect("removed");
    }

    fn run(&mut self, pid: u32) {
        let place = self.place(pid);
        self.last_ran[place] = self.refresh + 1;
    }

    /// The holders of these sockets, as the kernel lists them.
    fn refresh<const N: usize>(&mut self, inodes: [u64; N]) -> [Vec<u32>; N] {
        self.refresh_with(&inodes.map(|inode| listed(inode, None)))
    }

    fn refresh_with<const N: usize>(&mut self, sockets: &[SocketCounters; N]) -> [Vec<u32>; N] {
        self.refresh += 1;
        let inodes = sockets.iter().filter_map(|socket| socket.inode);
        let index: SocketIndex = inodes.zip(0..).collect();
        self.owners
            .update(&self.processes, &self.last_ran, sockets, &index);
        assert!(self.owners.owners().is_sorted());
        let mut holders = [const { Vec::new() }; N];
        for &(process, socket) in self.owners.owners() {
            holders[socket].push(self.processes[process].key.pid.0);
        }
        holders
    }
}

#[test]
fn a_new_socket_is_found_at_whoever_ran() {
    let mut machine = Machine::new();
    machine.start(10, 1);
    machine.start(20, 1);
    assert_eq!(machine.refresh([1]), [Vec::<u32>::new()]);
    machine.open(10, 3, 1);
    machine.open(20, 3, 2);
    machine.run(20);
    assert_eq!(machine.refresh([1, 2]), [Vec::<u32>::new(), vec![20]]);
}

#[test]
fn a_socket_made_after_the_clock_was_read_is_found_next_time() {
    let mut machine = Machine::new();
    machine.start(10, 1);
    assert_eq!(machine.refresh([]), [] as [Vec<u32>; 0]);
    machine.open(10, 3, 1);
    assert_eq!(machine.refresh([1]), [Vec::<u32>::new()]);
    machine.run(10);
    assert_eq!(machine.refresh([1]), [vec![10]]);
}

#[test]
fn the_child_of_a_fork_holds_what_its_parent_holds() {
    let mut machine = Machine::new();
    machine.start(10, 1);
    machine.open(10, 3, 1);
    assert_eq!(machine.refresh([1]), [vec![10]]);
    machine.start(11, 2);
    machine.open(11, 3, 1);
    machine.open(11, 4, 1);
    assert_eq!(machine.refresh([1]), [vec![10, 11]]);
}

#[test]
fn a_passed_socket_and_a_closed_copy_are_found_in_turn() {
    let mut machine = Machine::new();
    machine.start(10, 1);
    machine.start(20, 1);
    machine.open(10, 3, 1);
    assert_eq!(machine.refresh([1]), [vec![10]]);
    machine.open(20, 7, 1);
    assert_eq!(machine.refresh([1]), [vec![10]]);
    machine.run(20);
    assert_eq!(machine.refresh([1]), [vec![10, 20]]);
    machine.close(10, 3);
    machine.run(10);
    assert_eq!(machine.refresh([1]), [vec![20]]);
}

#[test]
fn a_turn_is_bounded_and_the_longest_waiting_comes_first() {
    let mut machine = Machine::new();
    for pid in 1..=4 {
        machine.start(pid, 1);
        // Two of them fill a turn.
        for descriptor in 1..u32::try_from(IN_TURN / 2).expect("few") {
            machine.open(pid, descriptor, u64::from(pid * 1000 + descriptor));
        }
    }
    assert_eq!(machine.refresh([1]), [Vec::<u32>::new()]);
    for pid in 1..=4 {
        machine.open(pid, 500, 1);
        machine.run(pid);
    }
    machine.owners.searched.insert(1, SEARCHES);
    let mut found = 0;
    for _ in 0..8 {
        let [holders] = machine.refresh([1]);
        assert!(holders.len() <= found + 2);
        found = holders.len();
    }
    assert_eq!(found, 4);
}

#[test]
fn a_socket_outlives_one_holder_and_not_the_last() {
    let mut machine = Machine::new();
    machine.start(10, 1);
    machine.start(20, 1);
    machine.open(10, 3, 1);
    machine.open(20, 3, 1);
    assert_eq!(machine.refresh([1]), [vec![10, 20]]);
    machine.end(10);
    assert_eq!(machine.refresh([1]), [vec![20]]);
    machine.end(20);
    assert_eq!(machine.refresh([1]), [Vec::<u32>::new()]);
}

#[test]
fn a_reused_pid_inherits_nothing() {
    let mut machine = Machine::new();
    machine.start(10, 1);
    machine.open(10, 3, 1);
    assert_eq!(machine.refresh([1]), [vec![10]]);
    machine.end(10);
    machine.start(10, 2);
    assert_eq!(machine.refresh([1]), [Vec::<u32>::new()]);
}

#[test]
fn another_program_in_the_same_process_is_looked_at_anew() {
    let mut machine = Machine::new();
    machine.start(10, 1);
    machine.start(20, 1);
    for descriptor in 0..300 {
        machine.open(10, descriptor, 100 + u64::from(descriptor));
    }
    machine.open(20, 3, 100);
    assert_eq!(machine.refresh([100]), [vec![10, 20]]);
    machine.close(10, 0);
    let mut info = ProcessInfo::clone(&machine.processes[0].info);
    info.name = "other".to_owned();
    machine.processes[0].info = Arc::new(info);
    assert_eq!(machine.refresh([100]), [vec![20]]);
}

#[test]
fn a_freed_descriptor_that_became_a_socket_is_looked_at_first() {
    let mut machine = Machine::new();
    machine.start(10, 1);
    machine.open(10, 3, 1);
    machine.open(10, 4, 2);
    assert_eq!(machine.refresh([1, 2]), [vec![10], vec![10]]);
    machine.close(10, 3);
    machine.open(10, 3, 5);
    machine.run(10);
    assert_eq!(machine.refresh([2, 5]), [vec![10], vec![10]]);
}

#[test]
fn what_nobody_readable_holds_is_not_searched_for_at_each_refresh() {
    let mut machine = Machine::new();
    machine.start(10, 1);
    for _ in 0..5 {
        machine.run(10);
        assert_eq!(machine.refresh([99]), [Vec::<u32>::new()]);
    }
    assert_eq!(machine.owners.searched.get(&99), Some(&SEARCHES));
    assert_eq!(machine.refresh([]), [] as [Vec<u32>; 0]);
    assert_eq!(machine.owners.searched.len(), 0);
}

#[test]
fn the_sockets_of_users_who_cannot_be_read_are_not_searched_for() {
    let mut machine = Machine::new();
    for (pid, user) in [(1, 0), (10, 1000)] {
        machine.start(pid, 1);
        machine.become_user(pid, user);
    }
    machine.deny(1);
    for (privileged, searched) in [(false, None), (true, Some(1))] {
        machine.owners.privileged = privileged;
        machine.run(10);
        let [roots, users] =
            machine.refresh_with(&[listed(5, Some(Uid(0))), listed(6, Some(Uid(1000)))]);
        assert_eq!((roots, users), (vec![], vec![]));
        assert_eq!(machine.owners.searched.get(&5).copied(), searched);
        assert!(machine.owners.searched.contains_key(&6));
    }
    machine.open(10, 3, 5);
    machine.run(10);
    assert_eq!(machine.refresh([5]), [vec![10]]);
}

#[test]
fn what_cannot_be_read_is_denied_and_what_has_none_is_not() {
    let mut machine = Machine::new();
    machine.start(10, 1);
    machine.start(20, 1);
    machine.start(30, 1);
    machine.deny(10);
    machine.deny(20);
    let mut info = ProcessInfo::clone(&machine.processes[1].info);
    info.kernel_thread = true;
    machine.processes[1].info = Arc::new(info);
    fs::remove_dir(machine.folder(30)).expect("removed");
    assert_eq!(machine.refresh([1]), [Vec::<u32>::new()]);
    assert_eq!(machine.owners.denied(), [true, false, false]);
}

/// What can happen to the descriptors of a process.
#[derive(Clone, Debug)]
enum Event {
    Open(u32, u32, u64),
    Close(u32, u32),
    Fork(u32, u32),
    End(u32),
    Rest,
}

fn event() -> impl Strategy<Value = Event> {
    let pid = 1_u32..6;
    prop_oneof![
        4 => (pid.clone(), 0_u32..5, 1_u64..8).prop_map(|(a, b, c)| Event::Open(a, b, c)),
        2 => (pid.clone(), 0_u32..5).prop_map(|(a, b)| Event::Close(a, b)),
        1 => (pid.clone(), pid.clone()).prop_map(|(a, b)| Event::Fork(a, b)),
        1 => pid.prop_map(Event::End),
        1 => Just(Event::Rest),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn whatever_happens_the_holders_are_those_that_hold(
        events in prop::collection::vec((event(), any::<bool>()), 1..24),
    ) {
        let mut machine = Machine::new();
        let mut truth: BTreeMap<u32, BTreeMap<u32, u64>> = BTreeMap::new();
        let mut starts = 0;
        for (event, refresh) in events {
            match event {
                Event::Open(pid, descriptor, inode) => {
                    if let Some(held) = truth.get_mut(&pid) {
                        if held.insert(descriptor, inode).is_some() {
                            machine.close(pid, descriptor);
                        }
                        machine.open(pid, descriptor, inode);
                        machine.run(pid);
                    }
                }
                Event::Close(pid, descriptor) => {
                    let held = truth.get_mut(&pid);
                    if held.and_then(|held| held.remove(&descriptor)).is_some() {
                        machine.close(pid, descriptor);
                        machine.run(pid);
                    }
                }
                Event::Fork(parent, child) => {
                    if !truth.contains_key(&child) {
                        starts += 1;
                        machine.start(child, starts);
                        let inherited = truth.get(&parent).cloned().unwrap_or_default();
                        for (&descriptor, &inode) in &inherited {
                            machine.open(child, descriptor, inode);
                        }
                        truth.insert(child, inherited);
                    }
                }
                Event::End(pid) => {
                    if truth.remove(&pid).is_some() {
                        machine.end(pid);
                    }
                }
                Event::Rest => {}
            }
            if refresh {
                let holders = machine.refresh([1, 2, 3, 4, 5, 6, 7]);
                for (inode, holders) in (1..).zip(holders) {
                    let holds = |held: &BTreeMap<u32, u64>| held.values().any(|&it| it == inode);
                    let expected: Vec<u32> = truth
                        .iter()
                        .filter(|(_, held)| holds(held))
                        .map(|(&pid, _)| pid)
                        .collect();
                    prop_assert_eq!(holders, expected);
                }
            }
        }
    }
}
