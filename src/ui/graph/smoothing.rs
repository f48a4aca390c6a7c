//! Lines that are drawn smoother than they were measured. What is measured stays as it is: values,
//! copies and tables show it.

use std::collections::VecDeque;

use crate::model::history::Point;

/// Each point with the average of itself and those before it, so many together at most. No average
/// reaches over a gap.
pub fn smoothed(points: impl Iterator<Item = Point>, over: u32) -> Vec<Point> {
    let over = usize::try_from(over).unwrap_or(usize::MAX).max(1);
    let mut last: VecDeque<f64> = VecDeque::with_capacity(over.min(64));
    let average = |point: Point| {
        if !point.joined {
            last.clear();
        }
        if last.len() >= over {
            last.pop_front();
        }
        last.push_back(point.value);
        Point {
            value: last.iter().sum::<f64>() / last.len() as f64,
            ..point
        }
    };
    points.map(average).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn points(values: &[(f64, bool)]) -> Vec<Point> {
        let point = |(n, &(value, joined)): (u64, &(f64, bool))| Point {
            time: Duration::from_secs(n),
            value,
            joined,
        };
        (0..).zip(values).map(point).collect()
    }

    #[test]
    fn a_peak_becomes_lower_and_wider_and_a_gap_stays_one() {
        let drawn = points(&[
            (0.0, false),
            (90.0, true),
            (0.0, true),
            (0.0, true),
            (60.0, false),
            (0.0, true),
        ]);
        let values: Vec<f64> = smoothed(drawn.iter().copied(), 3)
            .iter()
            .map(|it| it.value)
            .collect();
        assert_eq!(values, [0.0, 45.0, 30.0, 30.0, 60.0, 30.0]);
        assert_eq!(smoothed(drawn.iter().copied(), 1), drawn);
    }

    proptest! {
        #[test]
        fn no_point_leaves_the_range_of_what_was_measured(
            values in prop::collection::vec((0.0..100.0_f64, any::<bool>()), 0..50), over in 0_u32..30,
        ) {
            let drawn = smoothed(points(&values).into_iter(), over);
            prop_assert_eq!(drawn.len(), values.len());
            for point in drawn {
                prop_assert!((0.0..=100.0).contains(&point.value));
            }
        }
    }
}
