//! Who inherits: what a process leaves behind goes to the nearest of its ancestors that waits for
//! it.

use std::collections::HashMap;

use crate::model::process::{Pid, ProcessKey, ProcessState};
use crate::platform::ProcessCounters;

/// The parents of processes, also of those that are gone while somebody descends from them: an
/// orphan is inherited by an ancestor of the parent that it lost.
#[derive(Debug, Default)]
pub struct Family {
    parents: HashMap<ProcessKey, Option<ProcessKey>>,
    present: HashMap<Pid, Present>,
}

#[derive(Clone, Copy, Debug)]
struct Present {
    key: ProcessKey,
    /// Whether it may still wait for others: what is left of one that ended does not.
    waits: bool,
}

/// A process that is no longer there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vanished {
    /// Which one.
    pub key: ProcessKey,
    /// Who may have waited for it, the nearest ancestor first. Empty where none is known.
    pub heirs: Vec<ProcessKey>,
}

impl Family {
    /// Takes in a new reading; gives the processes that vanished since the last one.
    ///
    /// Those whose parent is still there come first: who waited for them is sure, so what they left
    /// is not to be taken for what an orphan of unknown heir left.
    pub fn update(&mut self, processes: &[ProcessCounters]) -> Vec<Vanished> {
        let before = std::mem::replace(
            &mut self.present,
            processes
                .iter()
                .map(|process| (process.key.pid, Present::new(process)))
                .collect(),
        );
        let mut vanished: Vec<_> = before
            .into_values()
            .map(|process| process.key)
            .filter(|key| !self.is_present(*key))
            .map(|key| Vanished {
                key,
                heirs: self.heirs(key),
            })
            .collect();
        vanished.sort_unstable_by_key(|gone| {
            let parent = self.parents.get(&gone.key).copied().flatten();
            (
                !parent.is_some_and(|parent| self.is_present(parent)),
                gone.key,
            )
        });
        for process in processes {
            let parent = process.stat.and_then(|stat| stat.parent);
            let parent = parent.and_then(|parent| self.present.get(&parent));
            let parent = parent.map(|parent| parent.key);
            let known = self.parents.entry(process.key).or_default();
            *known = parent.or(*known);
        }
        self.forget();
        vanished
    }

    fn is_present(&self, key: ProcessKey) -> bool {
        let present = self.present.get(&key.pid);
        present.is_some_and(|present| present.key == key)
    }

    fn waits(&self, key: ProcessKey) -> bool {
        let present = self.present.get(&key.pid);
        present.is_some_and(|present| present.key == key && present.waits)
    }

    /// A parent that runs is the only one who can have waited. One that ended may have done so
    /// before; else an orphan went to whichever farther ancestor takes orphans.
    fn heirs(&self, key: ProcessKey) -> Vec<ProcessKey> {
        let parent = self.parents.get(&key).copied().flatten();
        if let Some(parent) = parent.filter(|parent| self.waits(*parent)) {
            return vec![parent];
        }
        self.ancestors(key)
            .filter(|ancestor| self.is_present(*ancestor))
            .collect()
    }

    fn ancestors(&self, key: ProcessKey) -> impl Iterator<Item = ProcessKey> {
        let parent = |key: ProcessKey| self.parents.get(&key).copied().flatten();
        // What was read is untrusted: parents could form a ring.
        std::iter::successors(parent(key), move |ancestor| parent(*ancestor))
            .take(self.parents.len())
    }

    /// Drops those that are gone and from whom nobody descends, once they are many.
    fn forget(&mut self) {
        if self.parents.len() < 2 * self.present.len() {
            return;
        }
        let mut kept: HashMap<ProcessKey, Option<ProcessKey>> =
            HashMap::with_capacity(self.present.len());
        for process in self.present.values() {
            let mut next = Some(process.key);
            while let Some(key) = next.filter(|key| !kept.contains_key(key)) {
                let parent = self.parents.get(&key).copied().flatten();
                kept.insert(key, parent);
                next = parent;
            }
        }
        self.parents = kept;
    }
}

impl Present {
    fn new(process: &ProcessCounters) -> Self {
        let state = process.stat.map(|stat| stat.state);
        Self {
            key: process.key,
            waits: !matches!(state, Some(ProcessState('Z' | 'X'))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::units::Bytes;
    use crate::platform::ProcessStat;
    use crate::platform::scripted::process;

    fn child(pid: u32, parent: u32) -> ProcessCounters {
        ProcessCounters {
            stat: Some(ProcessStat {
                state: ProcessState('S'),
                parent: (parent != 0).then_some(Pid(parent)),
                nice: None,
                threads: None,
                rss: Bytes(0),
            }),
            ..process(pid)
        }
    }

    fn heirs(vanished: &[Vanished]) -> Vec<(u32, Vec<u32>)> {
        let pid = |key: &ProcessKey| key.pid.0;
        vanished
            .iter()
            .map(|gone| (pid(&gone.key), gone.heirs.iter().map(pid).collect()))
            .collect()
    }

    #[test]
    fn the_nearest_ancestor_that_is_there_inherits() {
        let mut family = Family::default();
        let all = [child(1, 0), child(2, 1), child(3, 2), child(4, 3)];
        assert_eq!(family.update(&all), []);
        assert_eq!(
            heirs(&family.update(&[child(1, 0), child(2, 1)])),
            [(3, vec![2]), (4, vec![2, 1])]
        );
    }

    #[test]
    fn an_orphan_has_the_ancestors_of_the_parent_it_lost() {
        let mut family = Family::default();
        family.update(&[child(1, 0), child(2, 1), child(3, 2), child(4, 3)]);
        assert_eq!(
            heirs(&family.update(&[child(1, 0), child(2, 1), child(4, 3)])),
            [(3, vec![2])]
        );
        assert_eq!(
            heirs(&family.update(&[child(1, 0), child(2, 1)])),
            [(4, vec![2, 1])]
        );
    }

    #[test]
    fn another_process_with_the_same_pid_is_no_heir() {
        let mut family = Family::default();
        family.update(&[child(1, 0), child(2, 1), child(3, 2)]);
        let mut reused = child(2, 1);
        reused.key.start_time = crate::model::process::StartTime::Ticks(9);
        assert_eq!(
            heirs(&family.update(&[child(1, 0), reused])),
            [(2, vec![1]), (3, vec![1])]
        );
    }

    #[test]
    fn one_that_ended_may_have_waited_before_and_if_not_another_did() {
        let mut family = Family::default();
        family.update(&[child(1, 0), child(2, 1), child(3, 2)]);
        let mut zombie = child(2, 1);
        zombie.stat = zombie.stat.map(|stat| ProcessStat {
            state: ProcessState('Z'),
            ..stat
        });
        assert_eq!(
            heirs(&family.update(&[child(1, 0), zombie])),
            [(3, vec![2, 1])]
        );
    }

    #[test]
    fn a_ring_of_parents_ends() {
        let mut family = Family::default();
        family.update(&[child(1, 2), child(2, 1), child(3, 2)]);
        assert_eq!(heirs(&family.update(&[])).len(), 3);
    }

    #[test]
    fn those_long_gone_are_forgotten() {
        let mut family = Family::default();
        for pid in 2..1000 {
            family.update(&[child(1, 0), child(pid, 1)]);
        }
        assert!(family.parents.len() <= 4, "{}", family.parents.len());
    }
}
