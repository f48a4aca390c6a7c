//! What the rows of a table explain of the whole, and what is left of it.

use std::collections::VecDeque;
use std::time::Duration;

/// A whole, measured on its own, and the parts that are known of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Account {
    /// Processes in the table.
    pub named: f64,
    /// Processes that ended unseen.
    pub exited: f64,
    /// Kernel and interrupts outside of any process.
    pub kernel: f64,
    /// What is left of the whole.
    pub unexplained: f64,
    /// By how much the parts exceed the whole, which is not measured as finely as they are.
    pub excess: f64,
}

impl Account {
    /// Divides `whole`. The kernel's own part is at most `interrupts`, and at most what is left: on
    /// some kernels the clocks of processes hold the interrupts that hit them.
    pub fn of(whole: f64, named: f64, exited: f64, interrupts: f64) -> Self {
        let left = whole - named - exited;
        let kernel = interrupts.min(left.max(0.0));
        Self {
            named,
            exited,
            kernel,
            unexplained: (left - kernel).max(0.0),
            excess: (-left).max(0.0),
        }
    }

    /// A whole of which this much is not explained; the rest is.
    pub fn with_rest(whole: f64, rest: f64) -> Self {
        let rest = rest.clamp(0.0, whole.max(0.0));
        Self {
            named: whole - rest,
            unexplained: rest,
            ..Self::default()
        }
    }

    /// The whole again.
    pub fn whole(&self) -> f64 {
        self.named + self.exited + self.kernel + self.unexplained - self.excess
    }
}

/// What share of the whole was explained over the last seconds: that of one interval swings, for
/// the whole is sampled by the timer tick and the parts are exact.
#[derive(Clone, Debug, Default)]
pub struct Explained {
    intervals: VecDeque<Interval>,
}

#[derive(Clone, Copy, Debug)]
struct Interval {
    length: Duration,
    explained: f64,
    whole: f64,
}

impl Explained {
    /// Over this long.
    const WINDOW: Duration = Duration::from_secs(10);

    /// Takes in one interval. Returns the explained share of the last ten seconds, from 0 to 1;
    /// `None` while there was nothing to explain.
    pub fn add(&mut self, length: Duration, account: &Account) -> Option<f64> {
        let seconds = length.as_secs_f64();
        self.intervals.push_back(Interval {
            length,
            explained: (account.named + account.exited + account.kernel) * seconds,
            whole: account.whole() * seconds,
        });
        while self.length().saturating_sub(self.first()) >= Self::WINDOW {
            self.intervals.pop_front();
        }
        let sum = |part: fn(&Interval) -> f64| self.intervals.iter().map(part).sum::<f64>();
        let whole = sum(|interval| interval.whole);
        (whole > 0.0).then(|| (sum(|interval| interval.explained) / whole).clamp(0.0, 1.0))
    }

    fn length(&self) -> Duration {
        self.intervals.iter().map(|interval| interval.length).sum()
    }

    fn first(&self) -> Duration {
        self.intervals
            .front()
            .map_or(Duration::ZERO, |interval| interval.length)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn interrupts_that_processes_hold_already_are_not_the_kernels() {
        let account = Account::of(100.0, 80.0, 10.0, 20.0);
        assert!(close(account.kernel, 10.0) && close(account.unexplained, 0.0));
        let account = Account::of(100.0, 60.0, 10.0, 20.0);
        assert!(close(account.kernel, 20.0) && close(account.unexplained, 10.0));
    }

    #[test]
    fn an_excess_is_kept_and_nothing_is_negative() {
        let account = Account::of(100.0, 90.0, 13.0, 5.0);
        assert!(close(account.excess, 3.0));
        assert!(close(account.kernel, 0.0) && close(account.unexplained, 0.0));
    }

    #[test]
    fn the_share_is_that_of_the_last_ten_seconds() {
        let mut explained = Explained::default();
        let second = Duration::from_secs(1);
        assert_eq!(explained.add(second, &Account::default()), None);
        for _ in 0..20 {
            explained.add(second, &Account::of(100.0, 0.0, 0.0, 0.0));
        }
        let mut share = None;
        for _ in 0..5 {
            share = explained.add(second, &Account::of(100.0, 80.0, 20.0, 0.0));
        }
        assert!(share.is_some_and(|share| close(share, 0.5)), "{share:?}");
        for _ in 0..5 {
            share = explained.add(second, &Account::of(100.0, 80.0, 20.0, 0.0));
        }
        assert!(share.is_some_and(|share| close(share, 1.0)), "{share:?}");
    }

    proptest! {
        #[test]
        fn the_parts_are_the_whole(
            busy in 0.0..400.0_f64, named in 0.0..400.0_f64,
            exited in 0.0..400.0_f64, interrupts in 0.0..400.0_f64,
        ) {
            let account = Account::of(busy, named, exited, interrupts);
            prop_assert!(close(account.whole(), busy));
            for part in [account.kernel, account.unexplained, account.excess] {
                prop_assert!(part >= 0.0);
            }
            prop_assert!(account.kernel <= interrupts);
            prop_assert!(account.excess == 0.0 || account.unexplained == 0.0);
        }
    }
}
