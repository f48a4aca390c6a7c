//! How a graph is painted: plot, lines, cursors and the labels of its axes.

use adw::prelude::*;
use gtk::{cairo, graphene, gsk, pango};
use plotters::drawing::IntoDrawingArea;
use relm4::{adw, gtk};

use super::{Inner, Plot, Purpose, Selection};
use crate::ui::graph::axis::Quantity;
use crate::ui::graph::palette::{self, Rgb};
use crate::ui::graph::render::{self, Grid, Line, UNITS};
use crate::ui::graph::smoothing::smoothed;
use crate::ui::graph::surface::Surface;
use crate::ui::graph::words;
use crate::ui::settings::Look;

/// Between plot and labels, in pixels.
const LABEL_GAP: i32 = 6;
/// Radius of the plot's corners, in pixels.
const RADIUS: f32 = 6.0;
/// Opacity of the quarters of the value axis and of the time axis.
const GRID: (f64, f64) = (0.10, 0.06);
/// The same in high contrast.
const GRID_CONTRAST: (f64, f64) = (0.30, 0.20);

/// Measures of the labels beside a plot, in pixels.
#[derive(Clone, Copy)]
pub(super) struct LabelColumn {
    /// That of the Pango context they were measured with.
    serial: u32,
    width: i32,
    height: i32,
}

impl Inner {
    pub(super) fn paint(&self, snapshot: &gtk::Snapshot, width: i32, height: i32) {
        let colour = self.area.color();
        let looks = adw::StyleManager::default();
        let (dark, contrast) = (looks.is_dark(), looks.is_high_contrast());
        let tint = |opacity: f32| colour.with_alpha(colour.alpha() * opacity);
        let ink = if contrast { colour } else { tint(0.65) };

        let quantity = Quantity::of(self.lines[0]);
        let style = self.style.now();
        let [top, middle] = words::value_axis(&style, quantity, self.maximum.get().value());
        let top = self.label(&top);
        let column = self.label_column();
        let label_height = column.height;
        let beside = match self.purpose {
            Purpose::Card => column.width.max(top.pixel_size().0) + LABEL_GAP,
            Purpose::Strip => 0,
        };
        let inverted = self.look.get().inverted;
        let plot = Plot {
            left: if inverted { beside } else { 0 },
            width: (width - beside).max(0),
            height: (height - label_height - LABEL_GAP / 2).max(0),
        };
        self.plot.set(plot);
        if plot.width == 0 || plot.height == 0 {
            return;
        }
        snapshot.save();
        snapshot.translate(&graphene::Point::new(plot.left as f32, 0.0));
        let bounds = graphene::Rect::new(0.0, 0.0, plot.width as f32, plot.height as f32);
        snapshot.push_rounded_clip(&gsk::RoundedRect::from_rect(bounds, RADIUS));
        snapshot.append_color(&tint(0.03), &bounds);
        let context = snapshot.append_cairo(&bounds);
        // plotters leaves the joins alone, and a peak's would stand out.
        context.set_line_join(cairo::LineJoin::Round);
        // Half the price of the default, and no eye tells lines of two pixels apart.
        context.set_antialias(cairo::Antialias::Fast);
        self.draw_plot(&context, plot, dark, contrast, colour.into());
        if let Some(range) = self.selection.get().filter(|it| it.is_range()) {
            let view = self.view();
            let [from, to] = [range.start(), range.end()]
                .map(|time| view.x(time.as_secs_f64()).clamp(0.0, view.width));
            let width = (to - from).abs() as f32;
            let area = graphene::Rect::new(from.min(to) as f32, 0.0, width, bounds.height());
            snapshot.append_color(&tint(0.15), &area);
        }
        snapshot.pop();
        snapshot.restore();

        let put = |label: &pango::Layout, x: i32, y: i32| {
            snapshot.save();
            snapshot.translate(&graphene::Point::new(x as f32, y as f32));
            snapshot.append_layout(label, &ink);
            snapshot.restore();
        };
        if self.purpose == Purpose::Card {
            let put = |label: &pango::Layout, y| {
                let x = if inverted {
                    plot.left - LABEL_GAP - label.pixel_size().0
                } else {
                    plot.width + LABEL_GAP
                };
                put(label, x, y);
            };
            let low = plot.height - label_height;
            put(&top, 0);
            if plot.height > 3 * label_height {
                put(&self.label(&middle), low / 2);
            }
            put(&self.label(&style.decimal(0.0, 0)), low);
        }

        let y = plot.height + LABEL_GAP / 2;
        let times = words::time_axis(&style, self.window.get(), &self.newest.borrow());
        let times = times.map(|text| self.label(&text));
        let sizes = times.each_ref().map(|label| label.pixel_size().0);
        let mut places = [0; 5];
        for (n, (place, size)) in (0..).zip(places.iter_mut().zip(sizes)) {
            let quarters = if inverted { 4 - n } else { n };
            let centred = plot.width * quarters / 4 - size / 2;
            *place = centred.min(plot.width - size).max(0);
        }
        let apart = |n: usize| {
            let (left, right) = if inverted { (n + 1, n) } else { (n, n + 1) };
            places[right] - places[left] - sizes[left]
        };
        let crowded = (0..4).any(|n| apart(n) < 2 * LABEL_GAP);
        for (n, (label, place)) in times.iter().zip(places).enumerate() {
            if !crowded || n % 2 == 0 {
                put(label, plot.left + place, y);
            }
        }
    }

    /// Room for the labels at the side. The same for every graph, or the axes of time of those
    /// above one another would not line up.
    fn label_column(&self) -> LabelColumn {
        // Counts changes of the font, its size and the language.
        let serial = self.area.pango_context().serial();
        if let Some(known) = self
            .label_column
            .get()
            .filter(|known| known.serial == serial)
        {
            return known;
        }
        let style = self.style.now();
        let highest = [0, 1, 2, 3].map(|power| 500.0 * style.units.base().powi(power));
        let rates = [Quantity::Rate, Quantity::NetworkRate]
            .into_iter()
            .flat_map(|it| highest.map(|end| (it, end / it.unit(&style).per_byte())));
        let sizes = rates
            .chain([(Quantity::Percent, 100.0)])
            .map(|(quantity, highest)| {
                let [top, _] = words::value_axis(&style, quantity, highest);
                self.label(&top).pixel_size()
            });
        let (width, height) = sizes.fold((0, 0), |most, size| {
            (most.0.max(size.0), most.1.max(size.1))
        });
        let column = LabelColumn {
            serial,
            width,
            height,
        };
        self.label_column.set(Some(column));
        column
    }

    fn label(&self, text: &str) -> pango::Layout {
        self.labels.shape(&self.area, text)
    }

    fn draw_plot(
        &self,
        context: &cairo::Context,
        plot: Plot,
        dark: bool,
        contrast: bool,
        foreground: Rgb,
    ) {
        let units = |pixels: i32| u32::try_from(pixels).unwrap_or(0) * UNITS;
        let Some(backend) = Surface::new(context, (units(plot.width), units(plot.height))) else {
            return;
        };
        let area = backend.into_drawing_area();
        let view = self.view();
        let look = self.look.get();
        let lines: Vec<Line> = {
            let history = self.history.borrow();
            let start = history.start_of(self.window.get());
            let lines = self.lines.iter().enumerate().map(|(n, &series)| {
                let paint = palette::paint(series);
                Line {
                    points: smoothed(history.points(series, start), look.smoothing),
                    colour: look.colours.of(series, dark),
                    dash: paint.dash,
                    width: line_width(look),
                    filled: n == 0 && look.fill && !contrast,
                }
            });
            lines.collect()
        };
        let grid = if contrast { GRID_CONTRAST } else { GRID };
        let grid = Grid {
            foreground,
            horizontal: if look.grid { grid.0 } else { 0.0 },
            vertical: if look.grid { grid.1 } else { 0.0 },
        };
        // See `connect`: a surface that cannot be drawn on is left as it is.
        let _ = render::plot(&area, &view, grid, &lines);
        let ends = self.selection.get().map(|selection| match selection {
            Selection::Moment(time) => vec![time],
            Selection::Range { anchor, head } => vec![anchor, head],
        });
        let selected = ends.into_iter().flatten();
        let cursors = selected
            .filter_map(|time| self.sample_of(time))
            .chain(self.shown_sample());
        for sample in cursors {
            let dots: Vec<(f64, Rgb)> = self
                .lines
                .iter()
                .filter_map(|&series| {
                    let colour = look.colours.of(series, dark);
                    Some((view.y(sample.value(series)?), colour))
                })
                .collect();
            let x = view.x(sample.since_boot.as_secs_f64());
            let _ = render::cursor(&area, &view, x, foreground, &dots);
        }
        let _ = area.present();
    }
}

/// Width of lines in pixels: one more in high contrast.
pub(super) fn line_width(look: Look) -> f64 {
    let more = u32::from(adw::StyleManager::default().is_high_contrast());
    f64::from(look.line_width + more)
}
