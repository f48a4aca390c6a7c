//! Every process, read as seldom as can be: a process whose CPU clock has not moved has run no
//! instruction, so nothing that `/proc/PID` says of it has changed.

use std::io;
use std::mem;

use super::Roots;
use super::proc_root::CpuClocks;
use super::process_list::ProcessList;
use super::process_reader::{Access, Found, Memory, ProcessReader};
use super::visibility::others_are_hidden;
use crate::model::process::Pid;
use crate::model::snapshot::{Degradation, Missing, Reason};
use crate::platform::{PlatformError, ProcessCounters, Want};

/// Of the unmoved processes this part is read again at each refresh, in turn: memory can be
/// reclaimed without the process running.
const TURNS: u64 = 30;
/// How often parents and children are read again until they agree. Under a storm of forks the
/// last ones stay for the next refresh.
const ROUNDS: usize = 3;

/// Every process, kept from refresh to refresh.
///
/// All slices are parallel: the same index is the same process.
pub struct ProcessTable {
    roots: Roots,
    reader: Option<ProcessReader>,
    list: ProcessList,
    pids: Vec<u32>,
    rows: Rows,
    /// The rows of one refresh ago while those of this one are put in order; kept for its room.
    spare: Rows,
    refresh: u64,
    /// Pids whose process ended: its children have another parent now.
    ended: Vec<Pid>,
    others_hidden: bool,
    want: Want,
}

#[derive(Default)]
struct Rows {
    counters: Vec<ProcessCounters>,
    memory: Vec<Memory>,
    last_ran: Vec<u64>,
}

impl Rows {
    fn push(&mut self, counters: ProcessCounters, memory: Memory, last_ran: u64) {
        self.counters.push(counters);
        self.memory.push(memory);
        self.last_ran.push(last_ran);
    }

    fn find(&self, pid: Pid) -> Option<usize> {
        self.counters
            .binary_search_by_key(&pid, |counters| counters.key.pid)
            .ok()
    }
}

impl ProcessTable {
    /// Processes of the tree at `roots.proc`. Nothing is read yet.
    pub fn new(roots: &Roots) -> Self {
        Self {
            roots: roots.clone(),
            reader: None,
            list: ProcessList::default(),
            pids: Vec::new(),
            rows: Rows::default(),
            spare: Rows::default(),
            refresh: 0,
            ended: Vec::new(),
            others_hidden: false,
            want: Want::default(),
        }
    }

    /// Reads what has changed.
    ///
    /// After it, whatever a process that vanished had in its counters is contained in those of the
    /// parent that waited for it.
    ///
    /// # Errors
    /// When processes cannot be listed.
    pub fn refresh(&mut self, want: Want) -> Result<(), PlatformError> {
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => ProcessReader::open(&self.roots)?,
        };
        let listed = self.list.read(reader.folder(), &mut self.pids);
        listed.map_err(|error| PlatformError::Unreadable {
            path: self.roots.proc.clone(),
            error: error.into(),
        })?;
        // Whoever reads a mounted /proc stands in it: without any process it is something else.
        if self.pids.is_empty() {
            return Err(PlatformError::Unreadable {
                path: self.roots.proc.clone(),
                error: io::Error::other("no process is listed"),
            });
        }
        self.refresh += 1;
        self.want = want;
        if self.refresh % TURNS == 1 {
            self.others_hidden = others_are_hidden(reader.files());
        }
        let users_changed = reader.info().refresh_users();
        self.align(&reader);
        let gone = self.read_all(&mut reader);
        let gone = self.settle(&mut reader, gone);
        self.remove(gone);
        if users_changed {
            for counters in &mut self.rows.counters {
                reader.info().rename_user(counters);
            }
        }
        self.reader = Some(reader);
        Ok(())
    }

    /// Every process, ascending by pid.
    pub fn processes(&self) -> &[ProcessCounters] {
        &self.rows.counters
    }

    /// Number of the refresh in which each process was last seen to have run: its CPU clock moved,
    /// or it was new. Where clocks cannot be asked every process may always have run.
    pub fn last_ran(&self) -> &[u64] {
        &self.rows.last_ran
    }

    /// Number of the last refresh, from 1.
    pub fn refresh_number(&self) -> u64 {
        self.refresh
    }

    /// The reader of single processes; `None` before the first refresh.
    pub(super) fn reader(&mut self) -> Option<&mut ProcessReader> {
        self.reader.as_mut()
    }

    /// What could not be read at the last refresh.
    pub fn degradations(&self) -> Vec<Degradation> {
        let count = |what, reason, file: fn(&Memory) -> Access, access| {
            let concerned = self
                .rows
                .memory
                .iter()
                .filter(|&memory| file(memory) == access);
            let count = concerned.count();
            (count > 0).then_some(Degradation {
                what,
                reason,
                count: u64::try_from(count).ok(),
            })
        };
        let stat = |reason, access| {
            count(
                Missing::Processes,
                reason,
                |memory| memory.stat_access,
                access,
            )
        };
        let io = |reason, access| {
            count(Missing::Io, reason, |memory| memory.io_access, access).filter(|_| self.want.io)
        };
        let uncounted = |what, reason| Degradation {
            what,
            reason,
            count: None,
        };
        let no_clocks = self
            .reader
            .as_ref()
            .is_some_and(|reader| reader.cpu_clocks() == CpuClocks::Unavailable);
        [
            stat(Reason::Hidden, Access::Denied),
            self.others_hidden
                .then(|| uncounted(Missing::Processes, Reason::Hidden)),
            stat(Reason::Malformed, Access::Malformed),
            io(Reason::PermissionDenied, Access::Denied),
            io(Reason::NotAvailable, Access::Missing),
            io(Reason::Malformed, Access::Malformed),
            no_clocks.then(|| uncounted(Missing::CpuClocks, Reason::NotAvailable)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Makes the rows those of the listed pids, in one walk over both ascending lists.
    fn align(&mut self, reader: &ProcessReader) {
        let rows = self.rows.counters.iter().map(|row| row.key.pid.0);
        if rows.eq(self.pids.iter().copied()) {
            return;
        }
        mem::swap(&mut self.rows, &mut self.spare);
        let memory = self.spare.memory.drain(..);
        let last_ran = self.spare.last_ran.drain(..);
        let mut known = self
            .spare
            .counters
            .drain(..)
            .zip(memory)
            .zip(last_ran)
            .peekable();
        for &pid in &self.pids {
            while let Some(((gone, _), _)) = known.next_if(|((row, _), _)| row.key.pid.0 < pid) {
                self.ended.push(gone.key.pid);
            }
            match known.next_if(|((row, _), _)| row.key.pid.0 == pid) {
                Some(((counters, memory), last_ran)) => self.rows.push(counters, memory, last_ran),
                None => self
                    .rows
                    .push(reader.unread(Pid(pid)), Memory::default(), 0),
            }
        }
        self.ended.extend(known.map(|((gone, _), _)| gone.key.pid));
    }

    /// Reads each process as far as it is due; gives the rows of those that are gone.
    fn read_all(&mut self, reader: &mut ProcessReader) -> Vec<usize> {
        let mut gone = Vec::new();
        for row in 0..self.rows.counters.len() {
            let turn = u64::from(self.rows.counters[row].key.pid.0) % TURNS;
            self.read(reader, row, turn == self.refresh % TURNS, &mut gone);
        }
        // The kernel gave the children of the ended to another parent without running them.
        let ended = mem::take(&mut self.ended);
        if !ended.is_empty() {
            for row in 0..self.rows.counters.len() {
                let stat = self.rows.counters[row].stat;
                if stat
                    .and_then(|stat| stat.parent)
                    .is_some_and(|parent| ended.contains(&parent))
                {
                    self.read(reader, row, true, &mut gone);
                }
            }
        }
        gone.sort_unstable();
        gone.dedup();
        gone
    }

    fn read(&mut self, reader: &mut ProcessReader, row: usize, due: bool, gone: &mut Vec<usize>) {
        let counters = &mut self.rows.counters[row];
        let found = reader.read(counters, &mut self.rows.memory[row], self.want, due);
        if found != Found::Unmoved {
            self.rows.last_ran[row] = self.refresh;
        }
        if matches!(found, Found::Gone | Found::Another | Found::Ended) {
            self.ended.push(counters.key.pid);
        }
        if found == Found::Gone {
            gone.push(row);
        }
    }

    /// Reads parents again whose children vanished while the table was read: a process must either
    /// be in the table or have its counters in those of its parent, never both nor neither.
    fn settle(&mut self, reader: &mut ProcessReader, mut gone: Vec<usize>) -> Vec<usize> {
        let mut fresh = gone.clone();
        // Parents have been read before their children but where pids wrapped around.
        let inverted: Vec<_> = (0..self.rows.counters.len())
            .filter(|&row| {
                let counters = &self.rows.counters[row];
                let parent = counters.stat.and_then(|stat| stat.parent);
                parent.is_some_and(|parent| parent > counters.key.pid)
            })
            .collect();
        self.check(reader, inverted, &mut gone, &mut fresh);
        for _ in 0..ROUNDS {
            let mut parents: Vec<_> = mem::take(&mut fresh)
                .into_iter()
                .filter_map(|row| self.rows.counters[row].stat?.parent)
                .filter_map(|parent| self.rows.find(parent))
                .collect();
            parents.sort_unstable();
            parents.dedup();
            parents.retain(|row| !gone.contains(row));
            if parents.is_empty() {
                break;
            }
            for &row in &parents {
                self.read(reader, row, true, &mut fresh);
            }
            gone.extend(&fresh);
            let is_parent = |pid: Pid| {
                let row = self.rows.find(pid);
                row.is_some_and(|row| parents.contains(&row))
            };
            let children: Vec<_> = (0..self.rows.counters.len())
                .filter(|&row| {
                    let stat = self.rows.counters[row].stat;
                    stat.and_then(|stat| stat.parent).is_some_and(is_parent)
                })
                .collect();
            self.check(reader, children, &mut gone, &mut fresh);
        }
        gone
    }

    fn check(
        &mut self,
        reader: &ProcessReader,
        rows: Vec<usize>,
        gone: &mut Vec<usize>,
        fresh: &mut Vec<usize>,
    ) {
        for row in rows {
            let pid = self.rows.counters[row].key.pid;
            if !gone.contains(&row) && !reader.exists(pid) {
                self.ended.push(pid);
                gone.push(row);
                fresh.push(row);
            }
        }
    }

    fn remove(&mut self, mut gone: Vec<usize>) {
        gone.sort_unstable();
        gone.dedup();
        for row in gone.into_iter().rev() {
            self.rows.counters.remove(row);
            self.rows.memory.remove(row);
            self.rows.last_ran.remove(row);
        }
    }
}
