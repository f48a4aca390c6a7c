//! The course of a line: where its corners lie, and what of it is drawn.

use super::{View, units};
use crate::model::history::Point;

/// A corner of a line in the plot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Corner {
    /// Pixels from the oldest side.
    x: f64,
    /// Pixels from the upper edge.
    y: f64,
    /// Pixels on the axis of time since boot: it does not move as the graph does.
    anchor: f64,
}

impl Corner {
    pub(super) fn units(self, view: &View) -> (i32, i32) {
        units(view.mirrored(self.x), self.y)
    }

    fn between(self, other: Self, share: f64) -> Self {
        let mix = |a: f64, b: f64| (b - a).mul_add(share, a);
        Self {
            x: mix(self.x, other.x),
            y: mix(self.y, other.y),
            anchor: mix(self.anchor, other.anchor),
        }
    }
}

/// The unbroken stretches of a line, cut at the oldest side.
pub(super) fn runs(view: &View, points: &[Point]) -> Vec<Vec<Corner>> {
    let mut runs = Vec::new();
    for run in points.chunk_by(|_, next| next.joined) {
        let corners = run.iter().map(|point| {
            let time = point.time.as_secs_f64();
            Corner {
                x: view.beyond_oldest(time),
                y: view.y(point.value),
                anchor: time * view.pixels_per_second(),
            }
        });
        let run = cut(thin(corners));
        if !run.is_empty() {
            runs.push(run);
        }
    }
    runs
}

/// Leaves at most two corners, the lowest and the highest, of those within two pixels, so that
/// there is no more than one stroke to a pixel column. Columns are those of the axis of time: a
/// peak does not flicker while the graph moves.
fn thin(corners: impl Iterator<Item = Corner>) -> Vec<Corner> {
    let column = |corner: &Corner| (corner.anchor / 2.0).floor();
    let mut thinned: Vec<Corner> = Vec::new();
    let mut column_start = 0;
    for corner in corners {
        if thinned.get(column_start).map(column) != Some(column(&corner)) {
            column_start = thinned.len();
        }
        thinned.push(corner);
        if let [first, second, third] = thinned[column_start..] {
            let mut kept = [first, second, third];
            kept.sort_by(|a, b| a.y.total_cmp(&b.y));
            let [low, _, high] = kept;
            let (first, second) = if low.anchor <= high.anchor {
                (low, high)
            } else {
                (high, low)
            };
            thinned.truncate(column_start);
            thinned.extend([first, second]);
        }
    }
    thinned
}

/// Cuts off what lies before the oldest side.
fn cut(mut run: Vec<Corner>) -> Vec<Corner> {
    let inside = run.partition_point(|corner| corner.x < 0.0);
    if inside == 0 {
        return run;
    }
    if inside == run.len() {
        return Vec::new();
    }
    let (before, after) = (run[inside - 1], run[inside]);
    run[inside - 1] = before.between(after, before.x / (before.x - after.x));
    run.drain(..inside - 1);
    run
}

/// The outline of what lies below a run.
pub(super) fn below(view: &View, run: &[Corner]) -> Vec<(i32, i32)> {
    let ends = [run.last(), run.first()];
    let ground = ends.into_iter().flatten();
    run.iter()
        .map(|corner| corner.units(view))
        .chain(ground.map(|end| units(view.mirrored(end.x), view.height)))
        .collect()
}

/// Cuts a run into its dashes.
///
/// The phase at every corner is that of the corner's place in time, so dashes stay where they are
/// when a sample comes and when the oldest goes. Between two corners the pattern is stretched a
/// little, as whole repeats of it must fit what a slope is longer than its time.
pub(super) fn dashes(view: &View, run: &[Corner], pattern: &[f64]) -> Vec<Vec<(i32, i32)>> {
    let period: f64 = pattern.iter().sum();
    let mut dashes = Vec::new();
    let mut current: Vec<(i32, i32)> = Vec::new();
    for pair in run.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let time = to.anchor - from.anchor;
        let length = (to.x - from.x).hypot(to.y - from.y);
        let advance = ((length - time) / period).round().mul_add(period, time);
        if advance <= 0.0 {
            continue;
        }
        let mut done = 0.0;
        while done < advance {
            let (drawn, left) = phase(from.anchor + done, pattern, period);
            let next = (done + left.max(1e-6)).min(advance);
            if drawn {
                if current.is_empty() {
                    current.push(from.between(to, done / advance).units(view));
                }
                current.push(from.between(to, next / advance).units(view));
            }
            if !drawn || next < advance {
                flush(&mut current, &mut dashes);
            }
            done = next;
        }
    }
    flush(&mut current, &mut dashes);
    dashes
}

fn flush(current: &mut Vec<(i32, i32)>, dashes: &mut Vec<Vec<(i32, i32)>>) {
    if current.len() > 1 {
        dashes.push(std::mem::take(current));
    } else {
        current.clear();
    }
}

/// Whether the pattern draws at `position`, and for how long it goes on so.
fn phase(position: f64, pattern: &[f64], period: f64) -> (bool, f64) {
    let mut rest = position.rem_euclid(period);
    for (n, &length) in pattern.iter().enumerate() {
        if rest < length {
            return (n % 2 == 0, length - rest);
        }
        rest -= length;
    }
    (true, 0.0)
}
