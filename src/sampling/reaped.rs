//! Whose I/O it was: takes the share of reaped children out of a process's counters.
//!
//! When a parent waits for a child that ended, the kernel adds the child's I/O counters to the
//! parent's: a shell jumps by what its `dd` wrote. For a parent of a single thread the kernel keeps
//! that thread's own counters beside the sum, so its children's share is known to the byte. For
//! others, what the child had already been seen to do is credited against the jump; what it did
//! after it was last seen stays with the parent, as the only one to tell of it.

use std::collections::HashMap;
use std::ops::Add as _;
use std::time::Duration;

use super::credits::{Credits, ROUNDING};
use super::family::{Family, Vanished};
use crate::model::process::ProcessKey;
use crate::model::units::Bytes;
use crate::platform::{IoCounters, ProcessCounters};

/// What each process did by itself, kept from refresh to refresh.
#[derive(Debug, Default)]
pub struct OwnIo {
    family: Family,
    known: HashMap<ProcessKey, Known>,
    credits: Credits<Used>,
}

/// What one process did by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Own {
    /// Since the last refresh; `None` when it could not be read then or its counters went back.
    pub growth: Option<IoCounters>,
    /// Since it started.
    pub total: IoCounters,
    /// What children that it reaped since the last refresh had done and nobody had seen; nothing
    /// where that cannot be told from what it did itself.
    pub exited: IoCounters,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    /// What the kernel told last, the reaped children's share in it.
    raw: Option<IoCounters>,
    /// Their share.
    reaped: IoCounters,
    /// What threads that ended had done, as far as the counters of the last one showed.
    ended_threads: IoCounters,
    /// Whether `raw` is of the last refresh.
    fresh: bool,
    cpu_time: Duration,
    children_cpu_time: Option<Duration>,
}

/// Counters of a process that vanished, to be found in those of who reaped it.
#[derive(Debug)]
struct Used {
    io: IoCounters,
    cpu_time: Duration,
}

/// By how much a process's counters grew and no credit has taken yet.
struct Growth {
    io: IoCounters,
    children_cpu_time: Option<Duration>,
}

impl OwnIo {
    /// Takes in a new reading; gives what each process did by itself, in the same order, `None`
    /// for those that may not be read. `started` says whether a process that was not there the
    /// last time started since.
    pub fn update(
        &mut self,
        processes: &[ProcessCounters],
        started: impl Fn(&ProcessCounters) -> bool,
    ) -> Vec<Option<Own>> {
        let vanished = self.family.update(processes);
        let mut growths = HashMap::new();
        for process in processes {
            if let Some(growth) = self.growth(process, &started) {
                growths.insert(process.key, growth);
            }
        }
        self.add_credits(vanished);
        let taken = self.redeem(&mut growths);

        let mut known = HashMap::with_capacity(processes.len());
        let own = processes.iter().map(|process| {
            let mut now = self.known.remove(&process.key).unwrap_or(Known::NOTHING);
            let taken = taken.get(&process.key).copied().unwrap_or(NO_IO);
            now.reaped = plus(now.reaped, taken);
            let reaped = now.reaped;
            let mut growth = growths.get(&process.key).map(|growth| growth.io);
            let own = process.io.map(|raw| {
                if let Some(thread) = process.thread_io {
                    growth = now.of_only_thread(raw, thread, growth);
                }
                // Counters that went back are those of another life: nothing was reaped in it.
                if growth.is_none() && minus(raw, now.reaped).is_none() {
                    now.reaped = IoCounters::default();
                }
                // No more than the counters grew: at the first sight of a single thread all that
                // was ever reaped shows at once.
                let unseen = growths
                    .get(&process.key)
                    .map_or(NO_IO, |growth| lesser(less(now.reaped, reaped), growth.io));
                Own {
                    growth,
                    total: minus(raw, now.reaped).unwrap_or(raw),
                    exited: unseen,
                }
            });
            known.insert(
                process.key,
                Known {
                    raw: process.io.or(now.raw),
                    fresh: process.io.is_some(),
                    cpu_time: process.cpu_time.unwrap_or_default(),
                    children_cpu_time: process.children_cpu_time,
                    ..now
                },
            );
            own
        });
        let own = own.collect();
        self.known = known;
        own
    }

    fn growth(
        &self,
        process: &ProcessCounters,
        started: &impl Fn(&ProcessCounters) -> bool,
    ) -> Option<Growth> {
        let raw = process.io?;
        let Some(known) = self.known.get(&process.key) else {
            return started(process).then_some(Growth {
                io: raw,
                children_cpu_time: process.children_cpu_time,
            });
        };
        let children_cpu_time = process
            .children_cpu_time
            .zip(known.children_cpu_time)
            .map(|(now, before)| now.saturating_sub(before));
        Some(Growth {
            io: minus(raw, known.raw.filter(|_| known.fresh)?)?,
            children_cpu_time,
        })
    }

    /// Turns the processes that vanished into credits.
    fn add_credits(&mut self, vanished: Vec<Vanished>) {
        for Vanished { key, heirs } in vanished {
            let known = self.known.get(&key);
            let Some((known, io)) = known.and_then(|known| Some((known, known.raw?))) else {
                continue;
            };
            let children = known.children_cpu_time.unwrap_or_default();
            let cpu_time = known.cpu_time.saturating_add(children);
            if !is_nothing(io) {
                self.credits.add(Used { io, cpu_time }, heirs);
            }
        }
    }

    /// Takes the credits out of the growths that contain them; gives what was taken.
    ///
    /// Reaping adds all counters of the child at once, its calls too, so a credit is taken whole or
    /// not at all: a growth in which one counter falls short does not contain the child.
    fn redeem(
        &mut self,
        growths: &mut HashMap<ProcessKey, Growth>,
    ) -> HashMap<ProcessKey, IoCounters> {
        let mut taken: HashMap<ProcessKey, IoCounters> = HashMap::new();
        self.credits.redeem(|heir, used| {
            let growth = growths.get_mut(&heir);
            let pays = growth.is_some_and(|growth| growth.pay(used));
            if pays {
                let sum = taken.entry(heir).or_default();
                *sum = plus(*sum, used.io);
            }
            pays
        });
        taken
    }
}

const NO_IO: IoCounters = IoCounters {
    read: Bytes(0),
    written: Bytes(0),
    cancelled: None,
    read_calls: None,
    write_calls: None,
};

impl Known {
    const NOTHING: Self = Self {
        raw: None,
        reaped: NO_IO,
        ended_threads: NO_IO,
        fresh: false,
        cpu_time: Duration::ZERO,
        children_cpu_time: None,
    };

    /// Takes what the only thread did itself for what the process did; all else in `raw` its
    /// reaped children did. Gives the growth that follows, where there was one to tell.
    fn of_only_thread(
        &mut self,
        raw: IoCounters,
        thread: IoCounters,
        growth: Option<IoCounters>,
    ) -> Option<IoCounters> {
        let before = self.raw.map(|raw| less(raw, self.reaped));
        let mut own = plus(thread, self.ended_threads);
        if let Some(before) = before
            && minus(own, before).is_none()
        {
            // Other threads have ended since: what they did is in no thread's counters any more.
            self.ended_threads = plus(self.ended_threads, less(before, own));
            own = plus(thread, self.ended_threads);
        }
        self.reaped = less(raw, own);
        growth.map(|_| less(own, before.unwrap_or(NO_IO)))
    }
}

impl Growth {
    /// Takes a credit out; `false`, and nothing taken, where it cannot be in.
    fn pay(&mut self, used: &Used) -> bool {
        let Some(io) = minus(self.io, used.io) else {
            return false;
        };
        if let Some(time) = &mut self.children_cpu_time {
            if *time + ROUNDING < used.cpu_time {
                return false;
            }
            *time = time.saturating_sub(used.cpu_time);
        }
        self.io = io;
        true
    }
}

fn is_nothing(io: IoCounters) -> bool {
    let calls = [io.read_calls, io.write_calls];
    io.read + io.written + io.cancelled.unwrap_or_default() == Bytes(0)
        && calls.iter().flatten().all(|&calls| calls == 0)
}

/// `a - b`; `None` where any counter of `b` is larger. A counter that `a` does not tell is not told
/// of the difference either.
fn minus(a: IoCounters, b: IoCounters) -> Option<IoCounters> {
    fn contains<T: PartialOrd>(a: Option<T>, b: Option<T>) -> bool {
        a.zip(b).is_none_or(|(a, b)| a >= b)
    }
    let whole = a.read >= b.read
        && a.written >= b.written
        && contains(a.cancelled, b.cancelled)
        && contains(a.read_calls, b.read_calls)
        && contains(a.write_calls, b.write_calls);
    whole.then(|| less(a, b))
}

/// `a - b`, each counter on its own, none below zero.
fn less(a: IoCounters, b: IoCounters) -> IoCounters {
    let amount =
        |a: Option<Bytes>, b: Option<Bytes>| Some(a?.saturating_sub(b.unwrap_or_default()));
    let calls = |a: Option<u64>, b: Option<u64>| Some(a?.saturating_sub(b.unwrap_or_default()));
    IoCounters {
        read: a.read.saturating_sub(b.read),
        written: a.written.saturating_sub(b.written),
        cancelled: amount(a.cancelled, b.cancelled),
        read_calls: calls(a.read_calls, b.read_calls),
        write_calls: calls(a.write_calls, b.write_calls),
    }
}

/// The lesser of both, each counter on its own.
fn lesser(a: IoCounters, b: IoCounters) -> IoCounters {
    less(a, less(a, b))
}

/// `a + b`. A counter that neither tells is not told of the sum.
fn plus(a: IoCounters, b: IoCounters) -> IoCounters {
    fn told<T>(a: Option<T>, b: Option<T>, sum: fn(T, T) -> T) -> Option<T> {
        match (a, b) {
            (Some(a), Some(b)) => Some(sum(a, b)),
            (a, b) => a.or(b),
        }
    }
    IoCounters {
        read: a.read + b.read,
        written: a.written + b.written,
        cancelled: told(a.cancelled, b.cancelled, Bytes::add),
        read_calls: told(a.read_calls, b.read_calls, u64::saturating_add),
        write_calls: told(a.write_calls, b.write_calls, u64::saturating_add),
    }
}

#[cfg(test)]
#[path = "reaped_tests.rs"]
mod tests;
