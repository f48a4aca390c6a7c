//! Which processes hold which sockets: `/proc/PID/fd`, read as rarely as the answer allows.
//!
//! A process must run to gain or lose a descriptor, so only processes that ran are looked at:
//!
//! 1. A new process, or one that executed another program, in any case and completely: what it
//!    inherited is held by its parent too, and no unknown inode gives it away.
//! 2. Those that ran since they were last looked at, when the kernel lists a socket nobody is known
//!    to hold: first descriptors that were not known to be one of the listed sockets, highest first,
//!    then all; until all such sockets are found. What is not found twice is not searched for again,
//!    and what a user made none of whose processes may be read is not searched for at all.
//! 3. Those that ran since they were last looked at completely, in turn, [`IN_TURN`] descriptors
//!    each refresh. This finds what the others cannot: a socket that was passed to a process over a
//!    Unix socket while its first holder keeps it, or closed by one holder of several. It is seen
//!    late by as many refreshes as the descriptors of running processes take.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::descriptors::{Denied, Descriptors};
use crate::model::process::{ProcessInfo, ProcessKey, ProcessState, Uid};
use crate::platform::{ProcessCounters, SocketCounters};

/// Descriptors looked at in turn each refresh: about a millisecond.
const IN_TURN: usize = 256;
/// How often a socket's owner is searched for in vain. Once is not enough: the process may have
/// made the socket after its CPU clock was read.
const SEARCHES: u8 = 2;

/// The refresh that never comes: what has no descriptors need not be looked at before.
const NEVER: u64 = u64::MAX;

/// Index of a listed socket by its inode.
pub type SocketIndex = HashMap<u64, usize>;

/// What is known of who holds sockets.
#[derive(Debug)]
pub struct SocketOwners {
    proc: PathBuf,
    /// Whether every process can be expected to be readable, whoever made the sockets it holds.
    privileged: bool,
    /// Ascending by pid, one for each process.
    holders: Vec<Holder>,
    /// Sockets whose owner was searched for in vain, and how often.
    searched: HashMap<u64, u8>,
    owners: Vec<(usize, usize)>,
    denied: Vec<bool>,
}

/// What is known of one process.
#[derive(Debug)]
struct Holder {
    key: ProcessKey,
    info: Arc<ProcessInfo>,
    denied: bool,
    /// Inodes of its sockets of any family, by descriptor.
    sockets: BTreeMap<u32, u64>,
    /// Refresh at which every descriptor not known to be a listed socket was looked at.
    listed: Option<u64>,
    /// Refresh at which every descriptor was looked at, or at which a scan in turn that has come to
    /// its end began.
    scanned: Option<u64>,
    turn: Turn,
}

/// A complete scan that takes several refreshes.
#[derive(Clone, Copy, Debug, Default)]
struct Turn {
    /// Refresh at which it began.
    began: u64,
    /// The descriptor at which it goes on.
    next: u32,
}

impl SocketOwners {
    /// Knows nothing yet.
    pub fn new(proc: PathBuf) -> Self {
        Self {
            proc,
            privileged: rustix::process::geteuid().is_root(),
            holders: Vec::new(),
            searched: HashMap::new(),
            owners: Vec::new(),
            denied: Vec::new(),
        }
    }

    /// Brings the knowledge up to date. `last_ran` says for each process the number of the refresh
    /// in which it last was seen to have run; numbers grow. `index` is that of `sockets`.
    pub fn update(
        &mut self,
        processes: &[ProcessCounters],
        last_ran: &[u64],
        sockets: &[SocketCounters],
        index: &SocketIndex,
    ) {
        let now = last_ran.iter().copied().max().unwrap_or_default();
        self.adopt(processes);
        for holder in &mut self.holders {
            if holder.scanned.is_none() {
                holder.scan(&self.proc, now, None, None);
            }
        }
        self.join(index);
        let searched = self.search(last_ran, now, sockets, index);
        let turned = self.take_turns(last_ran, now);
        if searched || turned {
            self.join(index);
        }
    }

    /// Pairs of (process, listed socket) by index, ascending.
    pub fn owners(&self) -> &[(usize, usize)] {
        &self.owners
    }

    /// Whether the descriptors of a process may not be read, by index.
    pub fn denied(&self) -> &[bool] {
        &self.denied
    }

    /// Makes the holders those of `processes`, keeping what is known of each.
    fn adopt(&mut self, processes: &[ProcessCounters]) {
        let mut known = std::mem::take(&mut self.holders).into_iter().peekable();
        let adopted = processes.iter().map(|process| {
            while known
                .next_if(|holder| holder.key.pid < process.key.pid)
                .is_some()
            {}
            let same = known.next_if(|holder| holder.key == process.key);
            if !may_hold_descriptors(process) {
                return Holder::without_descriptors(process);
            }
            match same {
                Some(holder) if holder.runs(&process.info) => holder,
                _ => Holder::new(process),
            }
        });
        self.holders = adopted.collect();
    }

    /// Searches for the owners of listed sockets that nobody is known to hold. Whether any
    /// descriptor was looked at.
    fn search(
        &mut self,
        last_ran: &[u64],
        now: u64,
        sockets: &[SocketCounters],
        index: &SocketIndex,
    ) -> bool {
        self.searched.retain(|inode, _| index.contains_key(inode));
        let mut wanted = self.wanted(sockets);
        if wanted.is_empty() {
            return false;
        }
        for known in [Some(index), None] {
            for (holder, &ran) in self.holders.iter_mut().zip(last_ran).rev() {
                let looked = match known {
                    Some(_) => holder.listed,
                    None => holder.scanned,
                };
                if !wanted.is_empty() && ran_since(looked, ran) {
                    holder.scan(&self.proc, now, known, Some(&mut wanted));
                }
            }
        }
        for inode in wanted {
            *self.searched.entry(inode).or_default() += 1;
        }
        true
    }

    /// Inodes of the sockets whose owner is unknown and may be found.
    fn wanted(&self, sockets: &[SocketCounters]) -> HashSet<u64> {
        let mut held = vec![false; sockets.len()];
        for &(_, socket) in &self.owners {
            if let Some(held) = held.get_mut(socket) {
                *held = true;
            }
        }
        let read = self.holders.iter().filter(|holder| holder.was_read());
        let users: HashSet<Option<Uid>> = read.map(|holder| holder.info.uid).collect();
        let may_be_found = |socket: &SocketCounters| {
            self.privileged || socket.uid.is_none() || users.contains(&socket.uid)
        };
        let given_up = |inode| {
            let times = self.searched.get(&inode);
            times.is_some_and(|&times| times >= SEARCHES)
        };
        sockets
            .iter()
            .zip(held)
            .filter(|(socket, held)| !held && may_be_found(socket))
            .filter_map(|(socket, _)| socket.inode)
            .filter(|&inode| !given_up(inode))
            .collect()
    }

    /// Looks at some descriptors of those that ran, those first that waited longest. Whether there
    /// were any.
    fn take_turns(&mut self, last_ran: &[u64], now: u64) -> bool {
        let mut due: Vec<&mut Holder> = self
            .holders
            .iter_mut()
            .zip(last_ran)
            .filter(|(holder, ran)| ran_since(holder.scanned, **ran))
            .map(|(holder, _)| holder)
            .collect();
        due.sort_by_key(|holder| holder.scanned);
        let turned = !due.is_empty();
        let mut budget = IN_TURN;
        for holder in due {
            if budget == 0 {
                break;
            }
            budget = budget.saturating_sub(holder.scan_in_turn(&self.proc, now, budget));
        }
        turned
    }

    fn join(&mut self, index: &SocketIndex) {
        self.owners.clear();
        self.denied.clear();
        for (process, holder) in self.holders.iter().enumerate() {
            let start = self.owners.len();
            let held = holder.sockets.values().filter_map(|inode| index.get(inode));
            self.owners.extend(held.map(|&socket| (process, socket)));
            self.owners[start..].sort_unstable();
            self.denied.push(holder.denied);
        }
        // A socket behind two descriptors of one process is one socket that it holds.
        self.owners.dedup();
    }
}

impl Holder {
    fn new(process: &ProcessCounters) -> Self {
        Self {
            key: process.key,
            info: Arc::clone(&process.info),
            denied: false,
            sockets: BTreeMap::new(),
            listed: None,
            scanned: None,
            turn: Turn::default(),
        }
    }

    fn without_descriptors(process: &ProcessCounters) -> Self {
        Self {
            listed: Some(NEVER),
            scanned: Some(NEVER),
            ..Self::new(process)
        }
    }

    fn was_read(&self) -> bool {
        !self.denied && self.scanned != Some(NEVER)
    }

    /// Whether this is still the program that was looked at.
    fn runs(&self, info: &Arc<ProcessInfo>) -> bool {
        Arc::ptr_eq(&self.info, info) || self.info == *info
    }

    /// Looks at descriptors, highest first: at all, or with `known` only at those that are not
    /// known to be a socket in it. With `wanted`, takes out of it what it finds and ends when
    /// nothing is left.
    fn scan(
        &mut self,
        proc: &Path,
        now: u64,
        known: Option<&SocketIndex>,
        wanted: Option<&mut HashSet<u64>>,
    ) {
        if self.try_scan(proc, now, known, wanted).is_err() {
            self.deny(now);
        }
    }

    fn try_scan(
        &mut self,
        proc: &Path,
        now: u64,
        known: Option<&SocketIndex>,
        mut wanted: Option<&mut HashSet<u64>>,
    ) -> Result<(), Denied> {
        let numbers_of = |descriptors: &Descriptors| descriptors.numbers(0, usize::MAX);
        let descriptors = Descriptors::open(proc, self.key.pid)?;
        let numbers = descriptors.as_ref().map_or(Ok(Vec::new()), numbers_of)?;
        self.denied = false;
        self.sockets
            .retain(|number, _| numbers.binary_search(number).is_ok());
        let mut complete = true;
        for &number in numbers.iter().rev() {
            if wanted.as_deref().is_some_and(HashSet::is_empty) {
                return Ok(());
            }
            let listed = |inode| known.is_some_and(|known| known.contains_key(inode));
            if self.sockets.get(&number).is_some_and(listed) {
                complete = false;
                continue;
            }
            let found = self.look_at(descriptors.as_ref(), number)?;
            if let (Some(wanted), Some(inode)) = (wanted.as_deref_mut(), found) {
                wanted.remove(&inode);
            }
        }
        self.listed = Some(now);
        if complete {
            self.scanned = Some(now);
            self.turn = Turn::default();
        }
        Ok(())
    }

    /// Goes on with the scan in turn by at most `limit` descriptors; returns the cost in
    /// descriptors, at least one.
    fn scan_in_turn(&mut self, proc: &Path, now: u64, limit: usize) -> usize {
        self.try_scan_in_turn(proc, now, limit)
            .unwrap_or_else(|Denied| {
                self.deny(now);
                1
            })
    }

    fn try_scan_in_turn(&mut self, proc: &Path, now: u64, limit: usize) -> Result<usize, Denied> {
        let Turn { began, next } = match self.turn {
            Turn { next: 0, .. } => Turn {
                began: now,
                next: 0,
            },
            turn => turn,
        };
        let numbers_of = |descriptors: &Descriptors| descriptors.numbers(next, limit);
        let descriptors = Descriptors::open(proc, self.key.pid)?;
        let numbers = descriptors.as_ref().map_or(Ok(Vec::new()), numbers_of)?;
        self.denied = false;
        let end = match numbers.last() {
            Some(last) if numbers.len() >= limit => last.saturating_add(1),
            _ => u32::MAX,
        };
        self.sockets.retain(|number, _| {
            !(next..end).contains(number) || numbers.binary_search(number).is_ok()
        });
        for &number in &numbers {
            self.look_at(descriptors.as_ref(), number)?;
        }
        if end == u32::MAX {
            self.listed = self.listed.max(Some(began));
            self.scanned = Some(began);
            self.turn = Turn::default();
        } else {
            self.turn = Turn { began, next: end };
        }
        Ok(numbers.len().max(1))
    }

    /// Notes what socket, if any, is behind a descriptor.
    fn look_at(
        &mut self,
        descriptors: Option<&Descriptors>,
        number: u32,
    ) -> Result<Option<u64>, Denied> {
        let found = descriptors.map_or(Ok(None), |descriptors| descriptors.socket(number))?;
        match found {
            Some(inode) => self.sockets.insert(number, inode),
            None => self.sockets.remove(&number),
        };
        Ok(found)
    }

    fn deny(&mut self, now: u64) {
        self.denied = true;
        self.sockets.clear();
        self.listed = Some(now);
        self.scanned = Some(now);
        self.turn = Turn::default();
    }
}

/// Whether a process ran after it was looked at.
fn ran_since(looked: Option<u64>, ran: u64) -> bool {
    looked.is_none_or(|looked| ran > looked)
}

/// Kernel threads have no descriptors, and neither has what is left of a process that ended.
fn may_hold_descriptors(process: &ProcessCounters) -> bool {
    let ended = process
        .stat
        .is_some_and(|stat| matches!(stat.state, ProcessState('Z' | 'X')));
    !ended && !process.info.kernel_thread
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use proptest::prelude::*;

    use super::*;
    use crate::model::process::{Pid, StartTime};
    use crate::platform::scripted::process;
    use crate::platform::{Protocol, TcpState};

    fn listed(inode: u64, uid: Option<Uid>) -> SocketCounters {
        SocketCounters {
            protocol: Protocol::Tcp,
            state: TcpState::Listen,
            local: ([0; 4], 80).into(),
            remote: ([0; 4], 0).into(),
            inode: Some(inode),
            uid,
            cookie: None,
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
            for descriptor in 1..128 {
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
}
