//! Draws grid and lines with plotters on any of its backends: cairo in the window, SVG in tests.
//!
//! plotters counts in whole drawing units. There are [`UNITS`] of them in a pixel, so that a line
//! can pass between pixels; the backend is given that many times the plot's size.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is drawn lies within a plot, whose size fits any integer"
)]

mod course;
#[cfg(test)]
mod tests;

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{Circle, PathElement, Polygon};
use plotters::prelude::DrawingBackend;
use plotters::style::{Color, RGBAColor, ShapeStyle};

use self::course::{below, dashes, runs};
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
