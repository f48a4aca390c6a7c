//! The CPU time of processes that lived and died between two readings, told by those who waited
//! for them.
//!
//! When a parent waits for a child that ended, the kernel adds the child's CPU time to the parent's
//! `cutime` and `cstime`. What of it the child had been seen to use was shown in rows of its own;
//! the rest is what nobody saw.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::Duration;

use super::credits::{Credits, ROUNDING};
use super::family::{Family, Vanished};
use crate::model::process::ProcessKey;
use crate::platform::ProcessCounters;

/// What is remembered of processes from reading to reading.
#[derive(Debug, Default)]
pub struct ExitedCpu {
    family: Family,
    known: HashMap<ProcessKey, Times>,
    /// Of those who vanished, and of the children they had waited for, nanoseconds.
    credits: Credits<i128>,
    /// By how much each heir's growth fell short of the credits paid with it, nanoseconds, zero or
    /// below: the ticks that are missing come later.
    owed: HashMap<ProcessKey, i128>,
}

#[derive(Clone, Copy, Debug)]
struct Times {
    own: Duration,
    children: Option<Duration>,
}

impl ExitedCpu {
    /// Takes in a new reading; gives, for each process that waited for others, the CPU time that
    /// these used unseen. `started` says whether a process that was not there the last time
    /// started since.
    pub fn update(
        &mut self,
        processes: &[ProcessCounters],
        started: impl Fn(&ProcessCounters) -> bool,
    ) -> Vec<(ProcessKey, Duration)> {
        let vanished = self.family.update(processes);
        let mut growths = HashMap::new();
        for process in processes {
            let growth = self.growth(process, &started);
            if let Some(growth) = growth.filter(|growth| !growth.is_zero()) {
                let owed = self.owed.remove(&process.key).unwrap_or_default();
                growths.insert(process.key, owed + nanoseconds(growth));
            }
        }
        self.add_credits(vanished);
        self.redeem(&mut growths);

        let times = |process: &ProcessCounters| Times {
            own: process.cpu_time.unwrap_or_default(),
            children: process.children_cpu_time,
        };
        self.known = processes
            .iter()
            .map(|process| (process.key, times(process)))
            .collect();
        self.owed.retain(|key, _| self.known.contains_key(key));
        let mut exited = Vec::new();
        for (key, rest) in growths {
            match u64::try_from(rest) {
                Ok(0) => {}
                Ok(rest) => exited.push((key, Duration::from_nanos(rest))),
                Err(_) => {
                    self.owed.insert(key, rest);
                }
            }
        }
        exited.sort_unstable();
        exited
    }

    /// By how much the time of its children grew; `None` where that is not known.
    fn growth(
        &self,
        process: &ProcessCounters,
        started: &impl Fn(&ProcessCounters) -> bool,
    ) -> Option<Duration> {
        let now = process.children_cpu_time?;
        match self.known.get(&process.key) {
            Some(known) => now.checked_sub(known.children?),
            None => started(process).then_some(now),
        }
    }

    fn add_credits(&mut self, vanished: Vec<Vanished>) {
        for Vanished { key, heirs } in vanished {
            let Some(known) = self.known.get(&key) else {
                continue;
            };
            let time = known.own.saturating_add(known.children.unwrap_or_default());
            // What its own growth fell short of is left to its heirs to pay.
            let owed = self.owed.remove(&key).unwrap_or_default();
            let time = nanoseconds(time) - owed;
            if time > 0 {
                self.credits.add(time, heirs);
            }
        }
    }

    /// Takes the credits out of the growths that contain them. First those of a sure heir, and the
    /// largest first: one that is not in a growth could be taken out of it all the same, and then
    /// the one that is could not.
    fn redeem(&mut self, growths: &mut HashMap<ProcessKey, i128>) {
        self.credits
            .sort_by_key(|&time, sure| (!sure, Reverse(time)));
        self.credits.redeem(|heir, &time| {
            let growth = growths.get_mut(&heir);
            let growth = growth.filter(|growth| **growth + nanoseconds(ROUNDING) >= time);
            growth.map(|growth| *growth -= time).is_some()
        });
    }
}

fn nanoseconds(time: Duration) -> i128 {
    time.as_nanos().cast_signed()
}

#[cfg(test)]
#[path = "exited_tests.rs"]
mod tests;
