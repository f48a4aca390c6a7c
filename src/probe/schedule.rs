//! When the next print is due.

use std::time::{Duration, Instant};

/// Moments one interval apart, counted from the start: a late print delays none after it, and those
/// that were missed are left out.
pub(super) struct Schedule {
    due: Instant,
    interval: Duration,
}

impl Schedule {
    pub(super) fn new(start: Instant, interval: Duration) -> Self {
        Self {
            due: start,
            interval,
        }
    }

    /// The first moment of the schedule after the one given last that is not over at `now`.
    pub(super) fn next(&mut self, now: Instant) -> Instant {
        self.due += self.interval;
        let late = now.saturating_duration_since(self.due).as_nanos();
        let interval = self.interval.as_nanos().max(1);
        let missed = u64::try_from(late.div_ceil(interval)).unwrap_or(u64::MAX);
        self.due += Duration::from_nanos_u128(interval * u128::from(missed));
        self.due
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_late_print_delays_none_after_it_and_leaves_no_backlog() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut schedule = Schedule::new(start, Duration::from_secs(1));
        assert_eq!(schedule.next(at(5)), at(1000));
        assert_eq!(schedule.next(at(1300)), at(2000));
        assert_eq!(schedule.next(at(2999)), at(3000));
        assert_eq!(schedule.next(at(6500)), at(7000));
        assert_eq!(schedule.next(at(7001)), at(8000));
    }

    proptest! {
        #[test]
        fn each_is_on_the_grid_later_than_the_last_and_not_over(
            interval in 100_u64..100_000,
            steps in prop::collection::vec(0_u64..1_000_000, 1..20),
        ) {
            let start = Instant::now();
            let mut schedule = Schedule::new(start, Duration::from_millis(interval));
            let (mut now, mut last) = (start, start);
            for step in steps {
                now += Duration::from_millis(step);
                let due = schedule.next(now);
                prop_assert!(due > last && due >= now);
                prop_assert_eq!((due - start).as_millis() % u128::from(interval), 0);
                last = due;
                now = now.max(due);
            }
        }
    }
}
