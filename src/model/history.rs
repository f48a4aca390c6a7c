//! What the graphs show: samples of the machine on one axis of time, with gaps where it was not seen.

mod sample;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

pub use self::sample::{Sample, Series};
use super::system::SystemSnapshot;

/// The shortest window of time a graph shows.
pub const SHORTEST_WINDOW: Duration = Duration::from_secs(5);
/// The longest window of time a graph shows, and what is kept.
pub const LONGEST_WINDOW: Duration = Duration::from_hours(1);

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
