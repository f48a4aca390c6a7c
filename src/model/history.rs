//! What the graphs show: samples of the machine on one axis of time, with gaps where it was not seen.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::system::{Memory, SystemSnapshot, SystemTotals};
use super::units::{BytesPerSecond, Percent};

/// The shortest window of time a graph shows.
pub const SHORTEST_WINDOW: Duration = Duration::from_secs(5);
/// The longest window of time a graph shows, and what is kept.
pub const LONGEST_WINDOW: Duration = Duration::from_hours(1);

/// One line of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Series {
    /// Busy time of the machine, in per cent.
    Cpu,
    /// Used memory, in per cent.
    Ram,
    /// Used swap, in per cent.
    Swap,
    /// Read from physical disks, in bytes per second.
    Read,
    /// Written to physical disks, in bytes per second.
    Write,
    /// Received by physical interfaces, in bytes per second.
    Received,
    /// Sent by physical interfaces, in bytes per second.
    Sent,
}

impl Series {
    /// All of them, in the order they are kept.
    pub const ALL: [Self; 7] = [
        Self::Cpu,
        Self::Ram,
        Self::Swap,
        Self::Read,
        Self::Write,
        Self::Received,
        Self::Sent,
    ];

    fn of(self, snapshot: &SystemSnapshot) -> Option<f64> {
        let totals = &snapshot.totals;
        match self {
            Self::Cpu => totals.cpu.map(|share| share.0),
            Self::Ram => totals
                .memory
                .and_then(Memory::used_percent)
                .map(|share| share.0),
            Self::Swap => totals
                .memory
                .and_then(Memory::swap_percent)
                .map(|share| share.0),
            Self::Read => totals.disk_read.map(|rate| rate.0),
            Self::Write => totals.disk_write.map(|rate| rate.0),
            Self::Received => totals.network_received.map(|rate| rate.0),
            Self::Sent => totals.network_sent.map(|rate| rate.0),
        }
        // Nothing can be drawn of what a file may claim.
        .filter(|value| value.is_finite())
    }
}

/// The machine over one interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The end of the interval on the wall clock: for people to read.
    pub at: Timestamp,
    /// The end of the interval since boot, suspended time included: its place on the axis.
    pub since_boot: Duration,
    /// The length of the interval, suspended time excluded.
    pub elapsed: Duration,
    /// Whether it begins where the sample before it ended; if not, no line joins the two.
    pub joined: bool,
    values: [Option<f64>; Series::ALL.len()],
}

impl Sample {
    /// The value of one line, in the unit [`Series`] names; `None` where it was not to be had.
    pub fn value(&self, series: Series) -> Option<f64> {
        self.values[series as usize]
    }

    /// What it tells of the machine: as much as graphs need.
    pub fn totals(&self) -> SystemTotals {
        let rate = |series| self.value(series).map(BytesPerSecond);
        SystemTotals {
            cpu: self.value(Series::Cpu).map(Percent),
            disk_read: rate(Series::Read),
            disk_write: rate(Series::Write),
            network_received: rate(Series::Received),
            network_sent: rate(Series::Sent),
            ..SystemTotals::default()
        }
    }

    /// The sample without values that cannot be drawn.
    #[must_use]
    pub fn drawable(mut self) -> Self {
        self.values = self.values.map(|value| value.filter(|it| it.is_finite()));
        self
    }

    /// Takes in the sample that follows: the time of both, and of each line the higher value, or a
    /// spike would be lost.
    fn absorb(&mut self, next: &Self) {
        self.at = next.at;
        self.since_boot = next.since_boot;
        self.elapsed += next.elapsed;
        for (value, next) in self.values.iter_mut().zip(next.values) {
            *value = match (*value, next) {
                (Some(a), Some(b)) => Some(a.max(b)),
                (a, b) => a.or(b),
            };
        }
    }
}

/// One corner of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Since boot.
    pub time: Duration,
    /// In the unit [`Series`] names.
    pub value: f64,
    /// Whether a line leads here from the point before it.
    pub joined: bool,
}

/// The corners of a line through samples: of each its time since boot, whether it goes on from the one
/// before, and its value. One without a value is a gap.
pub(super) fn corners(
    samples: impl Iterator<Item = (Duration, bool, Option<f64>)>,
) -> impl Iterator<Item = Point> {
    let mut unbroken = false;
    samples.filter_map(move |(time, goes_on, value)| {
        let joined = unbroken && goes_on;
        unbroken = value.is_some();
        value.map(|value| Point {
            time,
            value,
            joined,
        })
    })
}

/// Samples of the machine, as far back as a length of time reaches, at whatever interval they came.
#[derive(Clone, Debug)]
pub struct History {
    keep: Duration,
    samples: VecDeque<Sample>,
}

impl Default for History {
    fn default() -> Self {
        Self::new(LONGEST_WINDOW)
    }
}

impl History {
    /// Keeps what is not older than `keep` before the latest sample, and the one before that.
    pub fn new(keep: Duration) -> Self {
        Self {
            keep,
            samples: VecDeque::new(),
        }
    }

    /// Adds a sample. One that is not later than the latest is not taken, and `false` returned.
    pub fn push(&mut self, snapshot: &SystemSnapshot) -> bool {
        let previous = self.latest().map(|sample| sample.since_boot);
        if previous.is_some_and(|previous| snapshot.since_boot <= previous) {
            return false;
        }
        self.samples.push_back(Sample {
            at: snapshot.at,
            since_boot: snapshot.since_boot,
            elapsed: snapshot.elapsed,
            joined: previous.is_some_and(|previous| snapshot.continues(previous)),
            values: Series::ALL.map(|series| series.of(snapshot)),
        });
        self.forget();
        true
    }

    /// Adds a sample, or puts it together with the latest where that is a shorter time than this
    /// away, so that at most one is kept for each such time.
    ///
    /// Several may look at the same time. A sample most of whose time is known already is not taken,
    /// and `false` returned; another stands for the rest of its time.
    pub fn push_apart(&mut self, snapshot: &SystemSnapshot, apart: Duration) -> bool {
        let last = self.latest().map(|last| last.since_boot);
        let unknown = last.map_or(Duration::MAX, |last| {
            snapshot.since_boot.saturating_sub(last)
        });
        if unknown < snapshot.elapsed / 2 || !self.push(snapshot) {
            return false;
        }
        let Some(mut new) = self.samples.pop_back() else {
            return true;
        };
        new.elapsed = new.elapsed.min(unknown);
        // Timers are late by a little.
        let close = |last: &Sample| last.elapsed + new.elapsed <= apart + apart / 4;
        match self
            .samples
            .back_mut()
            .filter(|last| new.joined && close(last))
        {
            Some(last) => last.absorb(&new),
            None => self.samples.push_back(new),
        }
        true
    }

    /// Drops what is too old. The one before the oldest stays: a line leads from it to the edge.
    fn forget(&mut self) {
        let oldest = self.start_of(self.keep);
        while self
            .samples
            .get(1)
            .is_some_and(|second| second.since_boot <= oldest)
        {
            self.samples.pop_front();
        }
    }

    /// Adds samples in which this history was not looking, or puts them in the place of those it
    /// has of that time.
    pub fn fill(&mut self, samples: impl IntoIterator<Item = Sample>) {
        let mut samples = samples.into_iter().peekable();
        let Some(first) = samples.peek() else { return };
        let at = self.first_since(first.since_boot);
        let later = self.samples.split_off(at);
        self.samples.extend(samples);
        let last = self.latest().map(|sample| sample.since_boot);
        let missing = later
            .into_iter()
            .filter(|sample| last.is_none_or(|last| sample.since_boot > last));
        self.samples.extend(missing);
        self.forget();
    }

    /// At most `most` samples that stand for those from `start` (since boot) on: neighbours are put
    /// together, with the highest value of each line.
    pub fn condensed(&self, start: Duration, most: usize) -> Vec<Sample> {
        let count = self.samples.len() - self.first_since(start);
        let size = count.div_ceil(most.max(1)).max(1);
        let mut condensed: Vec<Sample> = Vec::with_capacity(count.div_ceil(size));
        let mut room = 0;
        for sample in self.since(start) {
            let is_full = condensed.len() >= most;
            match condensed.last_mut() {
                // No gap is bridged, as long as there is room.
                Some(last) if room > 0 && sample.joined => {
                    last.absorb(sample);
                    room -= 1;
                }
                _ if !is_full => {
                    condensed.push(sample.clone());
                    room = size - 1;
                }
                Some(last) => last.absorb(sample),
                None => {}
            }
        }
        condensed
    }

    /// The newest sample.
    pub fn latest(&self) -> Option<&Sample> {
        self.samples.back()
    }

    /// How many samples are kept.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// The samples from `start` (since boot) on, oldest first.
    pub fn since(&self, start: Duration) -> impl DoubleEndedIterator<Item = &Sample> {
        self.samples.range(self.first_since(start)..)
    }

    /// The moment `window` before the latest sample.
    pub fn start_of(&self, window: Duration) -> Duration {
        self.latest()
            .map_or(Duration::ZERO, |latest| latest.since_boot)
            .saturating_sub(window)
    }

    /// The corners of a line from `start` on, and the one before, from which the line leads in.
    pub fn points(&self, series: Series, start: Duration) -> impl Iterator<Item = Point> {
        let first = self.first_since(start).saturating_sub(1);
        let samples = self.samples.range(first..);
        corners(samples.map(move |it| (it.since_boot, it.joined, it.value(series))))
    }

    /// The highest value from `start` on and when it was; the latest of equal ones.
    pub fn peak(&self, series: Series, start: Duration) -> Option<(f64, Duration)> {
        self.since(start)
            .filter_map(|sample| Some((sample.value(series)?, sample.since_boot)))
            .max_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// The mean from `start` on, each sample weighted with the length of its interval.
    pub fn average(&self, series: Series, start: Duration) -> Option<f64> {
        let (sum, time) = self
            .since(start)
            .filter_map(|sample| Some((sample.value(series)?, sample.elapsed.as_secs_f64())))
            .fold((0.0, 0.0), |(sum, time), (value, elapsed)| {
                (value.mul_add(elapsed, sum), time + elapsed)
            });
        (time > 0.0).then(|| sum / time)
    }

    /// The sample whose moment is closest to `time` (since boot).
    pub fn nearest(&self, time: Duration) -> Option<&Sample> {
        let after = self.first_since(time);
        let candidates = after.saturating_sub(1)..(after + 1).min(self.samples.len());
        self.samples
            .range(candidates)
            .min_by_key(|sample| sample.since_boot.abs_diff(time))
    }

    /// The sample `steps` after the one at `time`, or before it where `steps` is negative; the
    /// outermost one where there are not so many.
    pub fn neighbour(&self, time: Duration, steps: isize) -> Option<&Sample> {
        let nearest = self.nearest(time)?.since_boot;
        let to = self.first_since(nearest).saturating_add_signed(steps);
        self.samples.get(to.min(self.samples.len() - 1))
    }

    fn first_since(&self, start: Duration) -> usize {
        self.samples
            .partition_point(|sample| sample.since_boot < start)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::snapshot::{Cost, Snapshot};
    use crate::model::units::Bytes;

    fn snapshot(since_boot: u64, elapsed: u64, cpu: Option<f64>) -> SystemSnapshot {
        Snapshot {
            at: Timestamp::UNIX_EPOCH,
            since_boot: Duration::from_millis(since_boot),
            elapsed: Duration::from_millis(elapsed),
            totals: SystemTotals {
                cpu: cpu.map(Percent),
                ..SystemTotals::default()
            },
            rows: Vec::new(),
            remainder: Vec::new(),
            degradations: Vec::new(),
            cost: Cost::default(),
        }
    }

    fn history(samples: &[(u64, u64, Option<f64>)]) -> History {
        let mut history = History::new(Duration::from_mins(1));
        for &(at, elapsed, cpu) in samples {
            history.push(&snapshot(at, elapsed, cpu));
        }
        history
    }

    #[test]
    fn a_suspended_machine_and_a_missing_source_are_gaps() {
        let history = history(&[
            (1000, 500, Some(1.0)),
            (1500, 500, Some(2.0)),
            // Eight hours asleep: the interval itself is short.
            (28_801_500, 500, Some(3.0)),
            (28_802_000, 500, None),
            (28_802_500, 500, Some(4.0)),
            (28_803_000, 500, Some(5.0)),
        ]);
        let joined: Vec<bool> = history
            .points(Series::Cpu, Duration::ZERO)
            .map(|point| point.joined)
            .collect();
        // The sample before the sleep is kept, as the line would lead in from it.
        assert_eq!(joined, [false, false, false, true]);
    }

    #[test]
    fn the_window_is_filled_whatever_the_interval() {
        for interval in [100, 500, 5000] {
            let mut history = History::new(Duration::from_mins(1));
            for n in 1..=2000 {
                history.push(&snapshot(n * interval, interval, Some(1.0)));
            }
            let start = history.start_of(Duration::from_mins(1));
            let first = history.points(Series::Cpu, start).next().expect("filled");
            assert!(first.time <= start, "at {interval} ms");
            assert_eq!(history.len() as u64, 60_000 / interval + 1);
        }
    }

    #[test]
    fn the_average_weighs_intervals_and_the_peak_says_when() {
        let history = history(&[
            (1000, 1000, Some(10.0)),
            (4000, 3000, Some(30.0)),
            (5000, 1000, None),
        ]);
        assert_eq!(history.average(Series::Cpu, Duration::ZERO), Some(25.0));
        assert_eq!(
            history.peak(Series::Cpu, Duration::ZERO),
            Some((30.0, Duration::from_secs(4)))
        );
        assert_eq!(history.average(Series::Read, Duration::ZERO), None);
        assert_eq!(history.peak(Series::Read, Duration::ZERO), None);
    }

    #[test]
    fn memory_without_swap_has_no_swap_line() {
        let mut history = History::default();
        let mut snapshot = snapshot(1000, 500, None);
        snapshot.totals.memory = Some(Memory {
            total: Bytes(100),
            available: Bytes(40),
            ..Memory::default()
        });
        history.push(&snapshot);
        let sample = history.latest().expect("pushed");
        assert_eq!(sample.value(Series::Ram), Some(60.0));
        assert_eq!(sample.value(Series::Swap), None);
    }

    #[test]
    fn steps_lead_from_sample_to_sample_and_stop_at_the_ends() {
        let history = history(&[(1000, 500, None), (1500, 500, None), (2000, 500, None)]);
        let at = |time, steps| {
            history
                .neighbour(Duration::from_millis(time), steps)
                .map(|sample| sample.since_boot.as_millis())
        };
        assert_eq!(at(1500, 1), Some(2000));
        assert_eq!(at(1500, -1), Some(1000));
        assert_eq!(at(1500, -9), Some(1000));
        assert_eq!(at(1500, 9), Some(2000));
        assert_eq!(at(0, 0), Some(1000));
        assert_eq!(History::default().neighbour(Duration::ZERO, 1), None);
    }

    #[test]
    fn a_gap_in_looking_is_filled_once() {
        let mut seen = history(&[(1000, 500, Some(1.0)), (5000, 500, Some(9.0))]);
        let remembered = history(&[
            (1000, 500, Some(1.0)),
            (2000, 1000, Some(2.0)),
            (3000, 1000, Some(3.0)),
        ]);
        seen.fill(remembered.condensed(Duration::from_millis(1001), 100));
        let times = |history: &History| -> Vec<_> {
            let samples = history.since(Duration::ZERO);
            samples
                .map(|sample| sample.since_boot.as_millis())
                .collect()
        };
        assert_eq!(times(&seen), [1000, 2000, 3000, 5000]);
        seen.fill(remembered.condensed(Duration::ZERO, 100));
        assert_eq!(times(&seen), [1000, 2000, 3000, 5000]);
        seen.fill([]);
        assert_eq!(seen.len(), 4);
    }

    #[test]
    fn samples_that_come_close_are_put_together() {
        let mut history = History::default();
        for n in 1..=20 {
            let cpu = if n == 7 { 90.0 } else { 1.0 };
            assert!(history.push_apart(&snapshot(n * 500, 500, Some(cpu)), Duration::from_secs(1)));
        }
        assert_eq!(history.len(), 10);
        let peak = history.peak(Series::Cpu, Duration::ZERO);
        assert_eq!(peak, Some((90.0, Duration::from_secs(4))));
        assert!(!history.push_apart(&snapshot(9000, 500, None), Duration::from_secs(1)));
        assert!(history.push_apart(&snapshot(60_000, 500, None), Duration::from_secs(1)));
        assert_eq!(history.len(), 11);
    }

    #[test]
    fn time_that_several_look_at_counts_once() {
        let mut history = History::default();
        let second = Duration::from_secs(1);
        // One looks every second, and another every five: of a spike of two seconds it sees less.
        let mut all: Vec<_> = (1..=60)
            .map(|n| {
                let cpu = if n == 31 || n == 32 { 90.0 } else { 5.0 };
                snapshot(n * 1000, 1000, Some(cpu))
            })
            .chain((1..=12).map(|n| snapshot(n * 5000 + 300, 5000, Some(39.0))))
            // The first looks no more.
            .chain([
                snapshot(65_300, 5000, Some(5.0)),
                snapshot(70_300, 5000, Some(5.0)),
            ])
            .collect();
        all.sort_by_key(|it| it.since_boot);
        for snapshot in &all {
            history.push_apart(snapshot, second);
        }
        let elapsed: Duration = history.since(Duration::ZERO).map(|it| it.elapsed).sum();
        let latest = history.latest().expect("pushed").since_boot;
        // What only the second saw of its last look together with the first is not known apart.
        let unknown = Duration::from_millis(300);
        assert_eq!(elapsed + unknown, latest);
        let spike = history
            .since(Duration::ZERO)
            .filter(|it| it.value(Series::Cpu) > Some(5.0))
            .map(|it| it.since_boot.as_secs());
        assert_eq!(spike.collect::<Vec<_>>(), [31, 32]);
        let breaks = history
            .since(Duration::ZERO)
            .filter(|it| !it.joined)
            .map(|it| it.since_boot.as_secs());
        assert_eq!(breaks.collect::<Vec<_>>(), [1, 65]);
    }

    proptest! {
        #[test]
        fn what_is_condensed_keeps_peaks_time_and_the_bound(
            values in prop::collection::vec(prop::option::of(0.0..100.0_f64), 1..200),
            gaps in prop::collection::vec(prop::bool::weighted(0.05), 200),
            most in 1_usize..50,
        ) {
            let mut history = History::new(Duration::from_hours(24));
            let mut at = 0;
            for (value, gap) in values.iter().zip(gaps) {
                at += if gap { 60_000 } else { 500 };
                history.push(&snapshot(at, 500, *value));
            }
            let condensed = history.condensed(Duration::ZERO, most);
            prop_assert!(condensed.len() <= most);
            let elapsed: Duration = condensed.iter().map(|sample| sample.elapsed).sum();
            prop_assert_eq!(elapsed, Duration::from_millis(500) * u32::try_from(values.len()).expect("few"));
            let peak = condensed.iter().filter_map(|sample| sample.value(Series::Cpu)).max_by(f64::total_cmp);
            prop_assert_eq!(peak, history.peak(Series::Cpu, Duration::ZERO).map(|(peak, _)| peak));
            prop_assert_eq!(condensed.last().map(|it| it.since_boot), history.latest().map(|it| it.since_boot));
        }

        #[test]
        fn what_is_kept_is_ascending_and_bounded(steps in prop::collection::vec(0_u64..20_000, 0..200)) {
            let mut history = History::new(Duration::from_mins(1));
            let mut at = 0;
            for step in steps {
                at += step;
                prop_assert_eq!(history.push(&snapshot(at, step, Some(1.0))), step > 0 || history.len() == 1 && at == 0);
            }
            let times: Vec<_> = history.since(Duration::ZERO).map(|sample| sample.since_boot).collect();
            prop_assert!(times.is_sorted_by(|a, b| a < b));
            let start = history.start_of(Duration::from_mins(1));
            prop_assert!(times.iter().filter(|time| **time < start).count() <= 1);
        }

        #[test]
        fn the_nearest_sample_is_nearest(times in prop::collection::btree_set(1_u64..50_000, 1..50), wanted in 0_u64..60_000) {
            let mut history = History::new(Duration::from_mins(1));
            for &time in &times {
                history.push(&snapshot(time, 1, None));
            }
            let nearest = history.nearest(Duration::from_millis(wanted)).expect("not empty");
            let best = times.iter().map(|time| time.abs_diff(wanted)).min().expect("not empty");
            prop_assert_eq!(nearest.since_boot.abs_diff(Duration::from_millis(wanted)).as_millis(), u128::from(best));
        }

        #[test]
        fn the_average_lies_between_the_extremes(values in prop::collection::vec(0.0..100.0_f64, 1..50)) {
            let mut history = History::new(Duration::from_mins(1));
            for (n, &value) in (1..).zip(&values) {
                history.push(&snapshot(n * 500, 500, Some(value)));
            }
            let average = history.average(Series::Cpu, Duration::ZERO).expect("not empty");
            let (peak, _) = history.peak(Series::Cpu, Duration::ZERO).expect("not empty");
            let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
            prop_assert!(lowest <= average + 1e-9 && average <= peak + 1e-9);
        }
    }
}
