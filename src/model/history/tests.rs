use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::model::snapshot::{Cost, Snapshot};
use crate::model::system::{Memory, SystemTotals};
use crate::model::units::{Bytes, Percent};

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
