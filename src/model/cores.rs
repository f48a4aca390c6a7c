//! How busy each CPU was, on the axis of time of the graphs. Kept apart from what else the graphs show: a
//! machine may have hundreds of CPUs.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::history::{LONGEST_WINDOW, Point, corners};
use super::system::SystemSnapshot;
use super::units::Percent;

/// What all samples take at most, in bytes: at the default interval an hour of 500 CPUs.
pub const MOST_BYTES: usize = 4 << 20;
/// No more CPUs are kept.
pub const MOST_CPUS: usize = 1024;
/// Steps of a kept share in one per cent.
const STEPS: f64 = 2.0;
/// Stands for a share that is not known.
const UNKNOWN: u8 = u8::MAX;

/// The CPUs over one interval.
#[derive(Clone, Debug, PartialEq)]
struct Sample {
    since_boot: Duration,
    joined: bool,
    cpus: Arc<[u32]>,
    /// In steps, in the order of the CPUs.
    busy: Box<[u8]>,
}

impl Sample {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.busy.len()
    }

    fn busy(&self, cpu: u32) -> Option<f64> {
        // Numbers ascend.
        let at = self.cpus.binary_search(&cpu).ok()?;
        let steps = self.busy.get(at).copied();
        steps
            .filter(|&steps| steps != UNKNOWN)
            .map(|steps| f64::from(steps) / STEPS)
    }
}

/// How busy each CPU was in the last hour, or as long as [`MOST_BYTES`] hold.
#[derive(Clone, Debug, Default)]
pub struct CoreHistory {
    samples: VecDeque<Sample>,
    bytes: usize,
}

impl CoreHistory {
    /// Adds a sample. One that is not later than the latest is not taken.
    pub fn push(&mut self, snapshot: &SystemSnapshot) {
        let previous = self.samples.back();
        if previous.is_some_and(|previous| snapshot.since_boot <= previous.since_boot) {
            return;
        }
        let mut loads: Vec<(u32, u8)> = snapshot
            .totals
            .cpus
            .iter()
            .take(MOST_CPUS)
            .map(|load| (load.cpu, load.busy.map_or(UNKNOWN, steps)))
            .collect();
        loads.sort_unstable_by_key(|&(cpu, _)| cpu);
        loads.dedup_by_key(|&mut (cpu, _)| cpu);
        let same = previous.filter(|previous| {
            let numbers = loads.iter().map(|(cpu, _)| cpu);
            previous.cpus.iter().eq(numbers)
        });
        let cpus = same.map_or_else(
            || loads.iter().map(|&(cpu, _)| cpu).collect(),
            |previous| Arc::clone(&previous.cpus),
        );
        let sample = Sample {
            since_boot: snapshot.since_boot,
            joined: previous.is_some_and(|previous| snapshot.continues(previous.since_boot)),
            cpus,
            busy: loads.iter().map(|&(_, busy)| busy).collect(),
        };
        self.bytes += sample.bytes();
        self.samples.push_back(sample);
        self.forget();
    }

    /// Adds a sample of one of several who look at the same time. One most of whose time is known
    /// already is not taken.
    pub fn push_apart(&mut self, snapshot: &SystemSnapshot) {
        let known = self.latest_time();
        if snapshot.since_boot.saturating_sub(known) >= snapshot.elapsed / 2 {
            self.push(snapshot);
        }
    }

    /// Takes what another history saw from `since` (since boot) on, for what this one has of that time.
    pub fn fill(&mut self, since: Duration, seen: &Self) {
        let first = seen.samples.partition_point(|it| it.since_boot < since);
        let Some(end) = seen.samples.back().filter(|end| end.since_boot >= since) else {
            return;
        };
        let at = self.samples.partition_point(|it| it.since_boot < since);
        let mut later = self.samples.split_off(at);
        later.retain(|it| it.since_boot > end.since_boot);
        self.samples.extend(seen.samples.range(first..).cloned());
        self.samples.append(&mut later);
        self.bytes = self.samples.iter().map(Sample::bytes).sum();
        self.forget();
    }

    fn forget(&mut self) {
        let oldest = self.latest_time().saturating_sub(LONGEST_WINDOW);
        let is_old = |it: &Sample| it.since_boot <= oldest;
        while self.samples.len() > 1
            && (self.bytes > MOST_BYTES || self.samples.get(1).is_some_and(is_old))
        {
            let gone = self.samples.pop_front();
            self.bytes -= gone.map_or(0, |gone| gone.bytes());
        }
    }

    fn latest_time(&self) -> Duration {
        self.samples
            .back()
            .map_or(Duration::ZERO, |latest| latest.since_boot)
    }

    /// The numbers of the CPUs that are in use now, ascending.
    pub fn cpus(&self) -> &[u32] {
        self.samples.back().map_or(&[], |latest| &latest.cpus)
    }

    /// How busy a CPU is now, to half a per cent.
    pub fn latest(&self, cpu: u32) -> Option<Percent> {
        self.samples.back()?.busy(cpu).map(Percent)
    }

    /// The moment `window` before the latest sample, since boot.
    pub fn start_of(&self, window: Duration) -> Duration {
        self.latest_time().saturating_sub(window)
    }

    /// The corners of a CPU's line from `start` (since boot) on, in per cent, and the one before, from
    /// which the line leads in.
    pub fn points(&self, cpu: u32, start: Duration) -> impl Iterator<Item = Point> {
        let first = self.samples.partition_point(|it| it.since_boot < start);
        let samples = self.samples.range(first.saturating_sub(1)..);
        corners(samples.map(move |it| (it.since_boot, it.joined, it.busy(cpu))))
    }

    /// What the samples take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share is brought between 0 and 100 per cent"
)]
fn steps(share: Percent) -> u8 {
    if share.0.is_finite() {
        (share.0.clamp(0.0, 100.0) * STEPS).round() as u8
    } else {
        UNKNOWN
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::model::snapshot::{Cost, Snapshot};
    use crate::model::system::{CpuLoad, SystemTotals};

    fn snapshot(seconds: f64, elapsed: f64, loads: &[(u32, Option<f64>)]) -> SystemSnapshot {
        let cpus = loads.iter().map(|&(cpu, busy)| CpuLoad {
            cpu,
            busy: busy.map(Percent),
        });
        Snapshot {
            at: Timestamp::UNIX_EPOCH,
            since_boot: Duration::from_secs_f64(seconds),
            elapsed: Duration::from_secs_f64(elapsed),
            totals: SystemTotals {
                cpus: cpus.collect(),
                ..SystemTotals::default()
            },
            rows: Vec::new(),
            remainder: Vec::new(),
            degradations: Vec::new(),
            cost: Cost {
                cpu: Duration::ZERO,
            },
        }
    }

    #[test]
    fn each_cpu_has_a_line_with_gaps_where_it_was_not_seen() {
        let mut history = CoreHistory::default();
        history.push(&snapshot(10.0, 1.0, &[(2, Some(50.2)), (0, Some(10.0))]));
        history.push(&snapshot(11.0, 1.0, &[(0, Some(20.0)), (2, None)]));
        history.push(&snapshot(12.0, 1.0, &[(0, Some(30.0)), (2, Some(70.0))]));
        // Nobody looked for a while.
        history.push(&snapshot(60.0, 1.0, &[(0, Some(40.0)), (2, Some(80.0))]));
        assert_eq!(history.cpus(), [0, 2]);
        assert_eq!(history.latest(0), Some(Percent(40.0)));
        assert_eq!(history.latest(1), None);
        let line = |cpu| -> Vec<(f64, bool)> {
            let points = history.points(cpu, Duration::ZERO);
            points.map(|point| (point.value, point.joined)).collect()
        };
        assert_eq!(
            line(0),
            [(10.0, false), (20.0, true), (30.0, true), (40.0, false)]
        );
        assert_eq!(line(2), [(50.0, false), (70.0, false), (80.0, false)]);
        assert_eq!(line(1), []);
        let late = history.points(0, history.start_of(Duration::from_secs(5)));
        assert_eq!(late.count(), 2, "and the one that the line leads in from");
    }

    #[test]
    fn what_was_not_looked_at_is_filled_with_what_another_saw() {
        let at = |seconds: f64| snapshot(seconds, 1.0, &[(0, Some(seconds))]);
        let line = |history: &CoreHistory| -> Vec<(f64, bool)> {
            let points = history.points(0, Duration::ZERO);
            points.map(|point| (point.value, point.joined)).collect()
        };
        let (mut own, mut other) = (CoreHistory::default(), CoreHistory::default());
        for n in 1..=5 {
            other.push(&at(n.into()));
        }
        for seconds in [1.0, 2.0, 6.0] {
            own.push(&at(seconds));
        }
        let gap = [(1.0, false), (2.0, true), (6.0, false)];
        assert_eq!(line(&own), gap);
        // Nothing was seen of that time.
        own.fill(Duration::from_secs(6), &other);
        assert_eq!(line(&own), gap);
        for _ in 0..2 {
            own.fill(Duration::from_millis(2001), &other);
            let values: Vec<f64> = line(&own).iter().map(|&(value, _)| value).collect();
            assert_eq!(values, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
            assert!(line(&own)[2..5].iter().all(|&(_, joined)| joined));
        }
        let bytes = own.bytes();
        own.fill(Duration::ZERO, &CoreHistory::default());
        assert_eq!(own.bytes(), bytes);
    }

    #[test]
    fn of_several_who_look_the_one_who_adds_little_is_not_taken() {
        let mut history = CoreHistory::default();
        for (seconds, elapsed) in [(1.0, 1.0), (2.0, 1.0), (2.1, 5.0), (3.0, 1.0), (9.0, 5.0)] {
            history.push_apart(&snapshot(seconds, elapsed, &[(0, Some(seconds * 10.0))]));
        }
        let points = history.points(0, Duration::ZERO);
        let values: Vec<f64> = points.map(|point| point.value).collect();
        assert_eq!(values, [10.0, 20.0, 30.0, 90.0]);
    }

    #[test]
    fn hundreds_of_cpus_at_the_shortest_interval_stay_within_the_bound() {
        let mut history = CoreHistory::default();
        let loads: Vec<_> = (0..2000).map(|cpu| (cpu, Some(7.0))).collect();
        for n in 0..6000 {
            history.push(&snapshot(f64::from(n) * 0.1 + 1.0, 0.1, &loads));
        }
        assert!(history.bytes() <= MOST_BYTES, "{}", history.bytes());
        assert_eq!(history.cpus().len(), MOST_CPUS);
        assert!(history.points(3, Duration::ZERO).count() > 1000);
    }

    proptest! {
        #[test]
        fn any_share_is_kept_to_half_a_per_cent(busy in -10.0..1000.0_f64, bad: bool) {
            let mut history = CoreHistory::default();
            let given = if bad { f64::NAN } else { busy };
            history.push(&snapshot(1.0, 1.0, &[(0, Some(given))]));
            let kept = history.latest(0);
            prop_assert_eq!(kept.is_none(), bad);
            if let Some(kept) = kept {
                prop_assert!((kept.0 - busy.clamp(0.0, 100.0)).abs() <= 0.25);
            }
        }
    }
}
