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

use rustc_hash::FxHashMap;

use super::descriptors::{Denied, Descriptors};
use super::rights;
use crate::model::process::{ProcessInfo, ProcessKey, ProcessState, Uid};
use crate::platform::{ProcessCounters, SocketCounters};

/// Descriptors looked at in turn each refresh: about a third of a millisecond.
const IN_TURN: usize = 128;
/// How often a socket's owner is searched for in vain. Once is not enough: the process may have
/// made the socket after its CPU clock was read.
const SEARCHES: u8 = 2;

/// The refresh that never comes: what has no descriptors need not be looked at before.
const NEVER: u64 = u64::MAX;

/// Index of a listed socket by its inode.
pub type SocketIndex = FxHashMap<u64, usize>;

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
            privileged: rights::reads_everything(),
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
#[path = "socket_owners_tests.rs"]
mod tests;
