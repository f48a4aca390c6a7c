//! Draws grid and lines with plotters on any of its backends: cairo in the window, SVG in tests.
//!
//! plotters counts in whole drawing units. There are [`UNITS`] of them in a pixel, so that a line
//! can pass between pixels; the backend is given that many times the plot's size.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is drawn lies within a plot, whose size fits any integer"
)]

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{Circle, PathElement, Polygon};
use plotters::prelude::DrawingBackend;
use plotters::style::{Color, RGBAColor, ShapeStyle};

use super::palette::{FILL_OPACITY, Rgb};
use crate::model::history::Point;

/// Drawing units in a pixel.
pub const UNITS: u32 = 4;

/// Where times and values lie in the plot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// Width in pixels.
    pub width: f64,
    /// Height in pixels.
    pub height: f64,
    /// The moment at the newest side, in seconds since boot.
    pub newest: f64,
    /// How far back the plot reaches, in seconds.
    pub window: f64,
    /// The value at the upper edge; 0 is at the lower.
    pub maximum: f64,
    /// What lies between an outermost value and the edge, in pixels: half a line is not cut off.
    pub inset: f64,
    /// Whether the newest side is the left one.
    pub inverted: bool,
}

impl View {
    /// Pixels from the left edge.
    pub fn x(&self, time: f64) -> f64 {
        self.mirrored(self.beyond_oldest(time))
    }

    /// Pixels from the oldest side.
    fn beyond_oldest(&self, time: f64) -> f64 {
        self.width - (self.newest - time) * self.pixels_per_second()
    }

    /// Pixels from the left edge, of what lies so far from the oldest side; and the other way round.
    fn mirrored(&self, x: f64) -> f64 {
        if self.inverted { self.width - x } else { x }
    }

    /// Pixels from the upper edge. Values beyond the maximum stay at the edge.
    pub fn y(&self, value: f64) -> f64 {
        let share = (value / self.maximum).clamp(0.0, 1.0);
        self.height - self.inset - share * (self.height - 2.0 * self.inset)
    }

    /// The moment `x` pixels from the left edge, in seconds since boot.
    pub fn time(&self, x: f64) -> f64 {
        self.newest - (self.width - self.mirrored(x)) / self.pixels_per_second()
    }

    fn pixels_per_second(&self) -> f64 {
        self.width / self.window
    }
}

/// One line and how it is painted.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its corners, oldest first.
    pub points: Vec<Point>,
    /// Its colour.
    pub colour: Rgb,
    /// Lengths of dashes and gaps in turn, in pixels; empty for a solid line.
    pub dash: &'static [f64],
    /// Its width in pixels.
    pub width: f64,
    /// Whether what lies below it is filled.
    pub filled: bool,
}

/// The colours of the grid.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    /// The colour of text.
    pub foreground: Rgb,
    /// Opacity of the quarters of the value axis.
    pub horizontal: f64,
    /// Opacity of the quarters of the time axis.
    pub vertical: f64,
}

/// What a backend answers when it cannot draw.
pub type DrawError<DB> = DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>;

/// Draws the grid, then fills, then lines, the first line lowest.
///
/// # Errors
/// Those of the backend.
pub fn plot<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    view: &View,
    grid: Grid,
    lines: &[Line],
) -> Result<(), DrawError<DB>> {
    let quarters = [0.25, 0.5, 0.75].into_iter();
    for quarter in quarters.filter(|_| grid.horizontal > 0.0 || grid.vertical > 0.0) {
        let y = view.y(view.maximum * quarter).floor() + 0.5;
        let style = stroke(grid.foreground, grid.horizontal, 1.0);
        segment(area, (0.0, y), (view.width, y), style)?;
        let x = (view.width * quarter).floor() + 0.5;
        let style = stroke(grid.foreground, grid.vertical, 1.0);
        segment(area, (x, 0.0), (x, view.height), style)?;
    }
    let runs: Vec<_> = lines.iter().map(|line| runs(view, &line.points)).collect();
    for (line, runs) in lines.iter().zip(&runs).filter(|(line, _)| line.filled) {
        let style = rgba(line.colour, FILL_OPACITY);
        for run in runs {
            area.draw(&Polygon::new(below(view, run), style))?;
        }
    }
    for (line, runs) in lines.iter().zip(&runs) {
        let style = stroke(line.colour, 1.0, line.width);
        for run in runs {
            if let &[alone] = run.as_slice() {
                let radius = (line.width / 2.0 * f64::from(UNITS)).round() as i32;
                area.draw(&Circle::new(alone.units(view), radius, style.filled()))?;
            } else if line.dash.is_empty() {
                let path: Vec<_> = run.iter().map(|corner| corner.units(view)).collect();
                area.draw(&PathElement::new(path, style))?;
            } else {
                for dash in dashes(view, run, line.dash) {
                    area.draw(&PathElement::new(dash, style))?;
                }
            }
        }
    }
    Ok(())
}

/// Draws a vertical line at `x` pixels and a dot at each of the heights, in pixels and colours.
///
/// # Errors
/// Those of the backend.
pub fn cursor<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    view: &View,
    x: f64,
    foreground: Rgb,
    dots: &[(f64, Rgb)],
) -> Result<(), DrawError<DB>> {
    let x = x.clamp(0.0, view.width);
    let line = (x.floor() + 0.5).min(view.width - 0.5);
    segment(
        area,
        (line, 0.0),
        (line, view.height),
        stroke(foreground, 0.6, 1.0),
    )?;
    for &(y, colour) in dots {
        let style = rgba(colour, 1.0).filled();
        area.draw(&Circle::new(units(x, y), 2 * UNITS, style))?;
    }
    Ok(())
}

/// A corner of a line in the plot.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Corner {
    /// Pixels from the oldest side.
    x: f64,
    /// Pixels from the upper edge.
    y: f64,
    /// Pixels on the axis of time since boot: it does not move as the graph does.
    anchor: f64,
}

impl Corner {
    fn units(self, view: &View) -> (i32, i32) {
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
fn runs(view: &View, points: &[Point]) -> Vec<Vec<Corner>> {
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

fn below(view: &View, run: &[Corner]) -> Vec<(i32, i32)> {
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
fn dashes(view: &View, run: &[Corner], pattern: &[f64]) -> Vec<Vec<(i32, i32)>> {
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

fn units(x: f64, y: f64) -> (i32, i32) {
    let scale = f64::from(UNITS);
    ((x * scale).round() as i32, (y * scale).round() as i32)
}

fn rgba(Rgb(red, green, blue): Rgb, opacity: f64) -> RGBAColor {
    RGBAColor(red, green, blue, opacity)
}

fn stroke(colour: Rgb, opacity: f64, width: f64) -> ShapeStyle {
    let width = (width * f64::from(UNITS)).round() as u32;
    rgba(colour, opacity).stroke_width(width)
}

fn segment<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    from: (f64, f64),
    to: (f64, f64),
    style: ShapeStyle,
) -> Result<(), DrawError<DB>> {
    let path = vec![units(from.0, from.1), units(to.0, to.1)];
    area.draw(&PathElement::new(path, style))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use plotters::drawing::IntoDrawingArea;
    use plotters_backend::{BackendColor, BackendCoord, BackendStyle, DrawingErrorKind};
    use proptest::prelude::*;

    use super::*;

    /// Notes what is drawn, in drawing units.
    #[derive(Debug, Default)]
    struct Recorder {
        strokes: Vec<(Rgb, Vec<BackendCoord>)>,
        fills: Vec<(Rgb, Vec<BackendCoord>)>,
        dots: Vec<BackendCoord>,
    }

    impl DrawingBackend for &mut Recorder {
        type ErrorType = std::io::Error;

        fn get_size(&self) -> (u32, u32) {
            (400 * UNITS, 100 * UNITS)
        }

        fn ensure_prepared(&mut self) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
            Ok(())
        }

        fn present(&mut self) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
            Ok(())
        }

        fn draw_pixel(
            &mut self,
            _point: BackendCoord,
            _color: BackendColor,
        ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
            Ok(())
        }

        fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
            &mut self,
            path: I,
            style: &S,
        ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
            self.strokes.push((ink(style), path.into_iter().collect()));
            Ok(())
        }

        fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
            &mut self,
            path: I,
            style: &S,
        ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
            self.fills.push((ink(style), path.into_iter().collect()));
            Ok(())
        }

        fn draw_circle<S: BackendStyle>(
            &mut self,
            center: BackendCoord,
            _radius: u32,
            _style: &S,
            _fill: bool,
        ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
            self.dots.push(center);
            Ok(())
        }
    }

    fn ink(style: &impl BackendStyle) -> Rgb {
        let (red, green, blue) = style.color().rgb;
        Rgb(red, green, blue)
    }

    const BLACK: Rgb = Rgb(0, 0, 0);
    const BLUE: Rgb = Rgb(0, 0, 255);

    fn view(newest: f64) -> View {
        View {
            width: 400.0,
            height: 100.0,
            newest,
            window: 60.0,
            maximum: 100.0,
            inset: 1.0,
            inverted: false,
        }
    }

    fn point(time: f64, value: f64, joined: bool) -> Point {
        Point {
            time: Duration::from_secs_f64(time),
            value,
            joined,
        }
    }

    fn line(points: Vec<Point>, dash: &'static [f64]) -> Line {
        Line {
            points,
            colour: BLUE,
            dash,
            width: 2.0,
            filled: dash.is_empty(),
        }
    }

    fn record(view: &View, lines: &[Line]) -> Recorder {
        let mut recorder = Recorder::default();
        let area = (&mut recorder).into_drawing_area();
        let grid = Grid {
            foreground: BLACK,
            horizontal: 0.1,
            vertical: 0.06,
        };
        plot(&area, view, grid, lines).expect("a recorder takes everything");
        drop(area);
        recorder
    }

    /// The strokes of the lines, without the grid.
    fn traces(recorder: &Recorder) -> Vec<&Vec<BackendCoord>> {
        let traces = recorder.strokes.iter().filter(|(ink, _)| *ink == BLUE);
        traces.map(|(_, path)| path).collect()
    }

    fn steady(from: u32, to: u32) -> Vec<Point> {
        (from..=to)
            .map(|n| point(f64::from(n) * 0.5, f64::from(n % 7) * 10.0, n > from))
            .collect()
    }

    #[test]
    fn an_empty_history_draws_the_grid() {
        let recorder = record(&view(0.0), &[line(Vec::new(), &[])]);
        assert_eq!(recorder.strokes.len(), 6);
        assert!(recorder.strokes.iter().all(|(ink, _)| *ink == BLACK));
        assert!(recorder.fills.is_empty() && recorder.dots.is_empty());
    }

    #[test]
    fn a_gap_is_not_joined() {
        let points = vec![
            point(1010.0, 10.0, false),
            point(1010.5, 20.0, true),
            point(1030.0, 90.0, false),
            point(1030.5, 80.0, true),
        ];
        for dash in [&[][..], &[2.0, 3.0]] {
            let recorder = record(&view(1060.0), &[line(points.clone(), dash)]);
            let (before, after) = (
                units(view(1060.0).x(1010.5), 0.0).0,
                units(view(1060.0).x(1030.0), 0.0).0,
            );
            for path in traces(&recorder) {
                let crosses =
                    path.iter().any(|at| at.0 <= before) && path.iter().any(|at| at.0 >= after);
                assert!(!crosses, "{path:?}");
            }
            for (_, path) in &recorder.fills {
                assert!(
                    path.iter().all(|at| at.0 <= before) || path.iter().all(|at| at.0 >= after)
                );
            }
        }
    }

    #[test]
    fn an_idle_line_lies_on_the_lower_edge_and_is_whole() {
        let points = (0..120).map(|n| point(f64::from(n), 0.0, n > 0)).collect();
        let recorder = record(&view(119.0), &[line(points, &[])]);
        let ground = ((view(0.0).height - 1.0) * f64::from(UNITS)) as i32;
        for path in traces(&recorder) {
            assert!(path.iter().all(|at| at.1 == ground));
            assert_eq!(path.first().map(|at| at.0), Some(0));
            assert_eq!(path.last().map(|at| at.0), Some(400 * UNITS.cast_signed()));
        }
    }

    #[test]
    fn a_lone_sample_is_a_dot() {
        let recorder = record(&view(10.0), &[line(vec![point(10.0, 50.0, false)], &[])]);
        assert_eq!(recorder.dots, [units(400.0, 50.0)]);
    }

    /// Dash ends as moments: what lies on the axis of time must not depend on what is newest.
    #[test]
    fn dashes_stay_where_they_are_when_a_sample_comes_and_the_oldest_goes() {
        let moments = |newest: u32| {
            let view = view(f64::from(newest) * 0.5);
            let points = steady(newest - 121, newest);
            let recorder = record(&view, &[line(points, &[8.0, 3.0, 2.0, 3.0])]);
            traces(&recorder)
                .into_iter()
                .map(|path| {
                    path.iter()
                        .map(|at| view.time(f64::from(at.0) / f64::from(UNITS)))
                })
                .map(|times| {
                    (
                        times.clone().fold(f64::MAX, f64::min),
                        times.fold(0.0, f64::max),
                    )
                })
                // Dashes that both frames show whole.
                .filter(|(start, end)| *start > 2952.0 && *end < 3005.0)
                .collect::<Vec<_>>()
        };
        let (before, after) = (moments(6020), moments(6023));
        assert!(before.len() > 20);
        assert_eq!(before.len(), after.len());
        let unit = 60.0 / 400.0 / f64::from(UNITS);
        for (before, after) in before.iter().zip(&after) {
            assert!(
                (before.0 - after.0).abs() <= 1.01 * unit,
                "{before:?} {after:?}"
            );
            assert!(
                (before.1 - after.1).abs() <= 1.01 * unit,
                "{before:?} {after:?}"
            );
        }
    }

    #[test]
    fn an_inverted_axis_is_the_mirror_image() {
        for dash in [&[][..], &[6.0, 4.0]] {
            let lines = [line(steady(1900, 2020), dash)];
            let straight = view(1010.0);
            let inverted = View {
                inverted: true,
                ..straight
            };
            let [straight, inverted] = [straight, inverted].map(|view| record(&view, &lines));
            let width = 400 * UNITS.cast_signed();
            let pairs = traces(&straight).into_iter().zip(traces(&inverted));
            for (a, b) in pairs {
                assert_eq!(a.len(), b.len());
                let apart = |(a, b): (&BackendCoord, &BackendCoord)| (width - a.0 - b.0).abs();
                assert!(a.iter().zip(b).map(apart).max() <= Some(1));
                assert!(a.iter().zip(b).all(|(a, b)| a.1 == b.1));
            }
            assert_eq!(straight.fills.len(), inverted.fills.len());
        }
    }

    #[test]
    fn a_peak_between_many_samples_is_seen() {
        let mut points: Vec<_> = (0..36_000)
            .map(|n| point(f64::from(n) * 0.1, 1.0, n > 0))
            .collect();
        points[17_005].value = 100.0;
        let mut view = view(3599.9);
        view.window = 3600.0;
        let recorder = record(&view, &[line(points, &[])]);
        let traces = traces(&recorder);
        assert!(traces[0].iter().any(|at| at.1 == UNITS.cast_signed()));
        assert!(traces[0].len() <= 402, "{}", traces[0].len());
    }

    proptest! {
        #[test]
        fn a_place_and_its_moment_find_each_other(x in 0.0..400.0_f64, inverted: bool) {
            let view = View { inverted, ..view(1000.0) };
            prop_assert!((view.x(view.time(x)) - x).abs() < 1e-6);
        }

        #[test]
        fn nothing_is_drawn_outside_the_plot(
            values in prop::collection::vec((0.01..20.0_f64, -10.0..300.0_f64, any::<bool>()), 0..80),
            dashed: bool,
            inverted: bool,
        ) {
            let mut time = 1000.0;
            let points: Vec<_> = values
                .into_iter()
                .map(|(step, value, joined)| {
                    time += step;
                    point(time, value, joined)
                })
                .collect();
            let dash: &[f64] = if dashed { &[6.0, 4.0] } else { &[] };
            let view = View { inverted, ..view(time) };
            let recorder = record(&view, &[line(points, dash)]);
            let paths = recorder.strokes.iter().chain(&recorder.fills).flat_map(|(_, path)| path);
            for &(x, y) in paths.chain(&recorder.dots) {
                prop_assert!((0..=400 * UNITS.cast_signed()).contains(&x), "{}", x);
                prop_assert!((0..=100 * UNITS.cast_signed()).contains(&y), "{}", y);
            }
        }
    }
}
