//! What processes that vanished had been seen to use, until it is found in the counters of who waited
//! for them.

use std::time::Duration;

use crate::model::process::ProcessKey;

/// For so many readings a credit waits for its heir's counters to grow. A parent that ignores
/// `SIGCHLD` never gets its children's counters, and what others did is not to be taken for theirs.
pub const PATIENCE: u8 = 3;

/// Where children's CPU time is told in clock ticks, user and system time each rounded down, a growth
/// can seem shorter than it was by this much.
pub const ROUNDING: Duration = Duration::from_millis(30);

/// What of a kind those who vanished had been seen to use.
#[derive(Debug)]
pub struct Credits<T>(Vec<Credit<T>>);

/// What one process had been seen to use.
#[derive(Debug)]
struct Credit<T> {
    used: T,
    /// Who may have waited for it, its nearest ancestor first: an orphan's parent is a farther one.
    heirs: Vec<ProcessKey>,
    age: u8,
}

impl<T> Default for Credits<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Credits<T> {
    /// Adds what a process had used, unless nobody is left who may have waited for it.
    pub fn add(&mut self, used: T, heirs: Vec<ProcessKey>) {
        if !heirs.is_empty() {
            self.0.push(Credit {
                used,
                heirs,
                age: 0,
            });
        }
    }

    /// Orders those that are redeemed from now on, by what was used and whether there is one heir only.
    pub fn sort_by_key<K: Ord>(&mut self, key: impl Fn(&T, bool) -> K) {
        self.0
            .sort_by_key(|credit| key(&credit.used, credit.heirs.len() == 1));
    }

    /// Asks of each, heir after heir, whether the heir pays it; one that nobody pays waits, and is
    /// given up in the end.
    pub fn redeem(&mut self, mut pays: impl FnMut(ProcessKey, &T) -> bool) {
        self.0.retain_mut(|credit| {
            if credit.heirs.iter().any(|&heir| pays(heir, &credit.used)) {
                return false;
            }
            credit.age += 1;
            credit.age < PATIENCE
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::process::{Pid, StartTime};

    fn key(pid: u32) -> ProcessKey {
        ProcessKey {
            pid: Pid(pid),
            start_time: StartTime::Ticks(0),
        }
    }

    #[test]
    fn the_nearest_who_can_pays_and_what_nobody_pays_is_given_up() {
        let mut credits = Credits::default();
        credits.add(5, vec![key(1), key(2)]);
        credits.add(7, vec![key(3)]);
        credits.add(9, Vec::new());
        let mut asked = Vec::new();
        credits.redeem(|heir, &used| {
            asked.push((heir.pid.0, used));
            heir == key(2)
        });
        assert_eq!(asked, [(1, 5), (2, 5), (3, 7)]);
        for waits in [true, true, false] {
            let mut asked = false;
            credits.redeem(|_, _| {
                asked = true;
                false
            });
            assert_eq!(asked, waits);
        }
    }

    #[test]
    fn the_order_is_that_of_what_was_used_and_of_how_sure_the_heir_is() {
        let mut credits = Credits::default();
        credits.add(1, vec![key(1), key(2)]);
        credits.add(2, vec![key(1)]);
        credits.add(3, vec![key(1)]);
        credits.sort_by_key(|&used, sure| (!sure, std::cmp::Reverse(used)));
        let mut order = Vec::new();
        credits.redeem(|_, &used| {
            order.push(used);
            true
        });
        assert_eq!(order, [3, 2, 1]);
    }
}
