//! A small graph for each CPU: never many lines in one plot.

mod tiles;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use adw::prelude::*;
use gtk::{cairo, gdk, graphene, pango};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use relm4::{adw, gtk};

use super::canvas::Canvas;
use super::described::Described;
use super::labels::Labels;
use super::palette::Rgb;
use super::render::{self, Grid, Line, UNITS, View};
use super::smoothing::smoothed;
use super::surface::Surface;
use super::words;
use crate::model::cores::CoreHistory;
use crate::model::history::Series;
use crate::ui::settings::Look;
use crate::ui::shared_style::SharedStyle;
use tiles::{Density, Tile, Tiles};

/// They take at most so much of a card, in pixels, and scroll within it.
const HIGHEST: i32 = 150;
/// They take at least so much, in pixels, beside other cards and in a single column, if there is so much of
/// them.
const LEAST: (i32, i32) = (52, 120);
/// Height of a line of text before it was measured, in pixels.
const TEXT_HEIGHT: i32 = 17;

/// The small graphs. A handle: clones are the same.
#[derive(Clone)]
pub struct CoreGraphs(Rc<Inner>);

struct Inner {
    history: Rc<RefCell<CoreHistory>>,
    style: SharedStyle,
    window: Cell<Duration>,
    look: Cell<Look>,
    wanted: Cell<bool>,
    narrow: Cell<bool>,
    scroller: gtk::ScrolledWindow,
    area: Canvas,
    labels: Labels,
    text_height: Cell<i32>,
    // How many there were when room was asked for.
    count: Cell<usize>,
    described: Described,
}

impl CoreGraphs {
    /// Graphs of `history`, which are hidden. `open` is called when a person asks for the processes.
    pub fn new(
        history: &Rc<RefCell<CoreHistory>>,
        style: &SharedStyle,
        window: Duration,
        open: impl Fn() + Clone + 'static,
    ) -> Self {
        let area = Canvas::default();
        area.add_css_class("caption");
        area.set_has_tooltip(true);
        area.update_property(&[gtk::accessible::Property::Label(&words::cores())]);
        let scroller = gtk::ScrolledWindow::builder()
            .hscrollbar_policy(gtk::PolicyType::Never)
            .propagate_natural_height(true)
            .max_content_height(HIGHEST)
            .child(&area)
            .visible(false)
            .build();
        scroller.set_vexpand(false);
        let inner = Rc::new(Inner {
            history: Rc::clone(history),
            style: style.clone(),
            window: Cell::new(window),
            look: Cell::default(),
            wanted: Cell::default(),
            narrow: Cell::default(),
            scroller,
            area,
            labels: Labels::default(),
            text_height: Cell::new(TEXT_HEIGHT),
            count: Cell::default(),
            described: Described::default(),
        });
        Inner::connect(&inner, open);
        Self(inner)
    }

    /// The widget to show.
    pub fn widget(&self) -> &gtk::ScrolledWindow {
        &self.0.scroller
    }

    /// Shows them, or hides them. They stay hidden where there is but one CPU, or nothing is known of each.
    pub fn set_wanted(&self, wanted: bool) {
        self.0.wanted.set(wanted);
        self.0.refresh();
    }

    /// Shows what the history holds by now.
    pub fn redraw(&self) {
        self.0.refresh();
    }

    /// Shows what the history holds by now, as far back as this.
    pub fn refresh(&self, window: Duration) {
        self.0.window.set(window);
        self.0.refresh();
    }

    /// Whether they stand in a single column, which scrolls.
    pub fn set_narrow(&self, narrow: bool) {
        self.0.narrow.set(narrow);
        self.0.refresh();
    }

    /// Has lines be drawn like this.
    pub fn set_look(&self, look: Look) {
        if self.0.look.replace(look) != look {
            self.0.area.queue_draw();
        }
    }

    /// Says in words, for a screen reader, what they show by now.
    pub fn describe(&self) {
        self.0.describe();
    }
}

impl Inner {
    fn connect(self: &Rc<Self>, open: impl Fn() + Clone + 'static) {
        let weak = Rc::downgrade(self);
        self.area.set_paint(move |snapshot, width, _| {
            if let Some(inner) = weak.upgrade() {
                inner.paint(snapshot, width);
            }
        });
        let weak = Rc::downgrade(self);
        self.area.set_height_for_width(move |width| {
            weak.upgrade()
                .map_or(LEAST.0, |inner| inner.tiles(width).height())
        });
        let weak = Rc::downgrade(self);
        self.area.connect_query_tooltip(move |_, x, y, _, tooltip| {
            let text = weak
                .upgrade()
                .and_then(|inner| inner.text_at(x.into(), y.into()));
            tooltip.set_text(text.as_deref());
            text.is_some()
        });
        let weak = Rc::downgrade(self);
        self.area.connect_has_focus_notify(move |area| {
            if let Some(inner) = weak.upgrade().filter(|_| area.has_focus()) {
                inner.describe();
            }
        });
        super::redraw_with_desktop(&self.area);

        let click = gtk::GestureClick::new();
        let (weak, opened) = (self.area.downgrade(), open.clone());
        click.connect_pressed(move |_, presses, _, _| {
            if let Some(area) = weak.upgrade() {
                area.grab_focus();
            }
            if presses == 2 {
                opened();
            }
        });
        self.area.add_controller(click);
        let keys = gtk::EventControllerKey::new();
        keys.connect_key_pressed(move |_, key, _, _| match key {
            gdk::Key::Return | gdk::Key::KP_Enter | gdk::Key::ISO_Enter => {
                open();
                gtk::glib::Propagation::Stop
            }
            _ => gtk::glib::Propagation::Proceed,
        });
        self.area.add_controller(keys);
    }

    fn refresh(&self) {
        let count = self.history.borrow().cpus().len();
        let shown = self.wanted.get() && count > 1;
        self.scroller.set_visible(shown);
        if self.count.replace(count) != count {
            self.area.queue_resize();
        }
        if !shown {
            return;
        }
        let (beside, single) = LEAST;
        let least = if self.narrow.get() { single } else { beside };
        let least = least.min(self.tiles(self.area.width()).height());
        if self.area.width() > 0 && self.scroller.min_content_height() != least {
            self.scroller.set_min_content_height(least);
        }
        self.area.queue_draw();
        if self.described.is_due(&self.area) {
            self.describe();
        }
    }

    fn describe(&self) {
        let text = words::cores_spoken(&self.style.now(), &self.history.borrow());
        self.described.describe(&self.area, &text, true);
    }

    fn tiles(&self, width: i32) -> Tiles {
        let count = self.history.borrow().cpus().len();
        Tiles::new(count, width, self.text_height.get())
    }

    /// What is said of the CPU at a place.
    fn text_at(&self, x: f64, y: f64) -> Option<String> {
        let history = self.history.borrow();
        let number = self.tiles(self.area.width()).at(x, y)?;
        let cpu = *history.cpus().get(number)?;
        Some(words::core(&self.style.now(), cpu, history.latest(cpu)))
    }

    fn paint(&self, snapshot: &gtk::Snapshot, width: i32) {
        let history = self.history.borrow();
        let cpus = history.cpus();
        let tiles = self.tiles(width);
        let density = Density::of(cpus.len());
        let colour = self.area.color();
        let contrast = adw::StyleManager::default().is_high_contrast();
        let tint = |opacity: f32| colour.with_alpha(colour.alpha() * opacity);
        let ink = if contrast { colour } else { tint(0.65) };
        let style = self.style.now();
        let put = |label: &pango::Layout, x: i32, y: i32| {
            snapshot.save();
            snapshot.translate(&graphene::Point::new(x as f32, y as f32));
            snapshot.append_layout(label, &ink);
            snapshot.restore();
        };
        let plots: Vec<Tile> = (0..cpus.len())
            .map(|number| {
                let tile = tiles.tile(number);
                Tile {
                    y: tile.y + tile.height - density.plot_height,
                    height: density.plot_height,
                    ..tile
                }
            })
            .collect();
        for plot in &plots {
            let [x, y, width, height] =
                [plot.x, plot.y, plot.width, plot.height].map(|pixels| pixels as f32);
            snapshot.append_color(&tint(0.05), &graphene::Rect::new(x, y, width, height));
        }
        let bounds = graphene::Rect::new(0.0, 0.0, width as f32, tiles.height() as f32);
        let context = snapshot.append_cairo(&bounds);
        context.set_line_join(cairo::LineJoin::Round);
        context.set_antialias(cairo::Antialias::Fast);
        let size = (units(width), units(tiles.height()));
        if let Some(backend) = Surface::new(&context, size) {
            let area = backend.into_drawing_area();
            for (plot, &cpu) in plots.iter().zip(cpus) {
                let corner = (units(plot.x).cast_signed(), units(plot.y).cast_signed());
                let within = area
                    .clone()
                    .shrink(corner, (units(plot.width), units(plot.height)));
                self.draw(&within, *plot, cpu, &history);
            }
            // A surface that cannot be drawn on is left as it is.
            let _ = area.present();
        }
        for (plot, &cpu) in plots.iter().zip(cpus) {
            if !density.labelled {
                // Where the oldest values are, or none yet.
                let number = self.label(&cpu.to_string());
                let end = plot.x + plot.width - 3 - number.pixel_size().0;
                let x = if self.look.get().inverted {
                    end
                } else {
                    plot.x + 3
                };
                put(&number, x, plot.y);
                continue;
            }
            let name = self.label(&words::core_name(cpu));
            let (_, text_height) = name.pixel_size();
            if self.text_height.replace(text_height) != text_height {
                self.ask_for_room();
            }
            put(&name, plot.x, plot.y - text_height);
            let value = self.label(&words::core_value(&style, history.latest(cpu)));
            let end = plot.x + plot.width - value.pixel_size().0;
            put(&value, end, plot.y - text_height);
        }
    }

    /// Asks for as much room as text of another size takes, once this picture is done.
    fn ask_for_room(&self) {
        let area = self.area.downgrade();
        gtk::glib::idle_add_local_once(move || {
            if let Some(area) = area.upgrade() {
                area.queue_resize();
            }
        });
    }

    fn label(&self, text: &str) -> pango::Layout {
        self.labels.shape(&self.area, text)
    }

    fn draw(
        &self,
        area: &DrawingArea<Surface<'_>, Shift>,
        plot: Tile,
        cpu: u32,
        history: &CoreHistory,
    ) {
        let looks = adw::StyleManager::default();
        let look = self.look.get();
        let width = f64::from(look.line_width.min(2));
        let window = self.window.get();
        let start = history.start_of(window);
        let view = View {
            width: f64::from(plot.width),
            height: f64::from(plot.height),
            newest: (start + window).as_secs_f64(),
            window: window.as_secs_f64(),
            maximum: 100.0,
            inset: width / 2.0,
            inverted: look.inverted,
        };
        let line = Line {
            points: smoothed(history.points(cpu, start), look.smoothing),
            colour: look.colours.of(Series::Cpu, looks.is_dark()),
            dash: &[],
            width,
            filled: look.fill && !looks.is_high_contrast(),
        };
        // A surface that cannot be drawn on is left as it is.
        let _ = render::plot(area, &view, NO_GRID, &[line]);
    }
}

/// Quarters of so small a plot would hide its line.
const NO_GRID: Grid = Grid {
    foreground: Rgb(0, 0, 0),
    horizontal: 0.0,
    vertical: 0.0,
};

fn units(pixels: i32) -> u32 {
    u32::try_from(pixels).unwrap_or(0) * UNITS
}
