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
            assert!(path.iter().all(|at| at.0 <= before) || path.iter().all(|at| at.0 >= after));
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
