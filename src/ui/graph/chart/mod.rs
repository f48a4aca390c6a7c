//! The widget that shows one graph: its axis, crosshair, marker, and what it says to a screen reader.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places within a widget and shares of a colour fit any integer"
)]

mod input;
mod labels;
mod painting;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use adw::prelude::*;
use gtk::glib;
use relm4::{adw, gtk};

use self::labels::Labels;
use self::painting::LabelColumn;
use super::axis::{Maximum, Quantity};
use super::canvas::Canvas;
use super::render::View;
use super::words;
use crate::model::format::Style;
use crate::model::history::{History, Sample, Series};
use crate::ui::drilldown::SubjectKind;

/// How long the axis takes to grow, in milliseconds.
const GROWTH: u32 = 200;
/// The description of a graph without focus changes no more often.
const DESCRIPTION_INTERVAL: Duration = Duration::from_secs(5);

/// One graph. A handle: clones are the same graph.
#[derive(Clone)]
pub struct Chart(Rc<Inner>);

struct Inner {
    lines: &'static [Series],
    style: Rc<Style>,
    history: Rc<RefCell<History>>,
    window: Cell<Duration>,
    overlay: gtk::Overlay,
    area: Canvas,
    bubble: gtk::Label,
    pill: gtk::Label,
    maximum: Cell<Maximum>,
    // What is drawn while the axis grows towards the maximum.
    drawn_maximum: Cell<f64>,
    growth: RefCell<Option<adw::TimedAnimation>>,
    plot: Cell<Plot>,
    labels: Labels,
    label_column: Cell<Option<LabelColumn>>,
    crosshair: Cell<Option<Crosshair>>,
    marker: Cell<Option<Duration>>,
    click: RefCell<Option<glib::SourceId>>,
    described: Cell<Option<Instant>>,
    open: Box<dyn Fn()>,
}

/// Where the plot lies in the widget, in whole pixels.
#[derive(Clone, Copy, Default)]
struct Plot {
    width: i32,
    height: i32,
}

/// What the crosshair follows.
#[derive(Clone, Copy, PartialEq)]
enum Crosshair {
    /// The pointer, in pixels from the widget's left edge: samples pass below it.
    Pointer(f64),
    /// A sample, chosen with the keyboard, by its time since boot.
    Sample(Duration),
}

impl Chart {
    /// A graph of `history`. `open` is called when a person asks for its processes.
    pub fn new(
        graph: SubjectKind,
        style: Rc<Style>,
        history: Rc<RefCell<History>>,
        window: Duration,
        open: impl Fn() + 'static,
    ) -> Self {
        let lines = super::series(graph);
        let area = Canvas::default();
        area.add_css_class("caption");
        area.update_property(&[gtk::accessible::Property::Label(&words::title(graph))]);
        let bubble = floating_label("bubble");
        let pill = floating_label("pill-label");
        let overlay = gtk::Overlay::builder().child(&area).build();
        overlay.add_overlay(&pill);
        overlay.add_overlay(&bubble);

        let maximum = Maximum::new(Quantity::of(lines[0]), style.units);
        let inner = Rc::new(Inner {
            lines,
            style,
            history,
            window: Cell::new(window),
            overlay,
            area,
            bubble,
            pill,
            maximum: Cell::new(maximum),
            drawn_maximum: Cell::new(maximum.value()),
            growth: RefCell::new(None),
            plot: Cell::default(),
            labels: Labels::default(),
            label_column: Cell::new(None),
            crosshair: Cell::new(None),
            marker: Cell::new(None),
            click: RefCell::new(None),
            described: Cell::new(None),
            open: Box::new(open),
        });
        Inner::connect(&inner);
        inner.describe();
        Self(inner)
    }

    /// The widget to show.
    pub fn widget(&self) -> &gtk::Widget {
        self.0.overlay.upcast_ref()
    }

    /// Takes the keyboard focus.
    pub fn grab_focus(&self) {
        self.0.area.grab_focus();
    }

    /// Asks for at least so much height, in pixels.
    pub fn set_least_height(&self, height: i32) {
        self.0.area.set_least_height(height);
    }

    /// Shows what the history holds by now.
    pub fn refresh(&self) {
        Inner::refresh(&self.0);
    }

    /// Changes how far back the graph reaches.
    pub fn set_window(&self, window: Duration) {
        self.0.window.set(window);
        Inner::refresh(&self.0);
    }

    /// Says in words, for a screen reader, what the graph shows by now. Otherwise a graph that has
    /// the focus says nothing new by itself.
    pub fn describe(&self) {
        self.0.describe();
    }
}

/// A label above the plot that neither takes the pointer nor a place in the layout.
fn floating_label(class: &str) -> gtk::Label {
    gtk::Label::builder()
        .css_classes(["osd", "caption", "numeric", class])
        .halign(gtk::Align::Start)
        .valign(gtk::Align::Start)
        .can_target(false)
        .visible(false)
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build()
}

impl Inner {
    fn connect(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        self.area.set_paint(move |snapshot, width, height| {
            if let Some(inner) = weak.upgrade() {
                inner.paint(snapshot, width, height);
            }
        });
        let target = adw::CallbackAnimationTarget::new({
            let weak = Rc::downgrade(self);
            move |maximum| {
                if let Some(inner) = weak.upgrade() {
                    inner.drawn_maximum.set(maximum);
                    inner.area.queue_draw();
                }
            }
        });
        let animation = adw::TimedAnimation::new(&self.area, 0.0, 0.0, GROWTH, target);
        self.growth.replace(Some(animation));

        let looks = adw::StyleManager::default();
        let area = self.area.downgrade();
        let redraw = move || {
            if let Some(area) = area.upgrade() {
                area.queue_draw();
            }
        };
        let again = redraw.clone();
        looks.connect_dark_notify(move |_| redraw());
        looks.connect_high_contrast_notify(move |_| again());

        self.connect_pointer();
        self.connect_keys();
    }

    fn mark(&self, time: Option<Duration>) {
        self.marker.set(time);
        self.place_labels();
        self.area.queue_draw();
    }

    fn point(&self, crosshair: Option<Crosshair>) {
        if self.crosshair.replace(crosshair) != crosshair {
            self.place_labels();
            self.area.queue_draw();
        }
    }

    fn describe(&self) {
        let text = match self.shown_sample() {
            Some(sample) => words::sample_spoken(&self.style, self.lines, &sample),
            None => words::description(
                &self.style,
                self.lines,
                &self.history.borrow(),
                self.window.get(),
            ),
        };
        // "No values yet" does not have to stand for long.
        self.described
            .set((!self.history.borrow().is_empty()).then(Instant::now));
        self.area
            .update_property(&[gtk::accessible::Property::Description(&text)]);
    }

    fn refresh(self: &Rc<Self>) {
        self.follow_peak();
        {
            let history = self.history.borrow();
            let start = history.start_of(self.window.get());
            let gone = |time: Duration| time < start;
            if self.marker.get().is_some_and(gone) {
                self.marker.set(None);
            }
            if matches!(self.crosshair.get(), Some(Crosshair::Sample(time)) if gone(time)) {
                self.crosshair.set(None);
            }
        }
        if !self.area.is_mapped() {
            return;
        }
        self.place_labels();
        self.area.queue_draw();
        let stale = self
            .described
            .get()
            .is_none_or(|when| when.elapsed() >= DESCRIPTION_INTERVAL);
        if stale && !self.area.is_focus() {
            self.describe();
        }
    }

    fn follow_peak(&self) {
        let history = self.history.borrow();
        let Some(latest) = history.latest() else {
            return;
        };
        let start = history.start_of(self.window.get());
        let peaks = self
            .lines
            .iter()
            .filter_map(|&line| history.peak(line, start));
        let peak = peaks.map(|(value, _)| value).fold(0.0, f64::max);
        let mut maximum = self.maximum.get();
        maximum.follow(peak, latest.since_boot, self.style.units);
        let before = self.maximum.replace(maximum).value();
        let growth = self.growth.borrow();
        let Some(growth) = growth.as_ref() else {
            return;
        };
        if maximum.value() > before && self.area.is_mapped() {
            growth.set_value_from(self.drawn_maximum.get());
            growth.set_value_to(maximum.value());
            growth.play();
        } else if maximum.value() < before || !self.area.is_mapped() {
            growth.reset();
            self.drawn_maximum.set(maximum.value());
        }
    }

    fn view(&self) -> View {
        let history = self.history.borrow();
        let plot = self.plot.get();
        View {
            width: f64::from(plot.width),
            height: f64::from(plot.height),
            newest: history
                .latest()
                .map_or(0.0, |latest| latest.since_boot.as_secs_f64()),
            window: self.window.get().as_secs_f64(),
            maximum: self.drawn_maximum.get(),
            inset: painting::line_width() / 2.0,
        }
    }

    /// The sample that the crosshair stands on.
    fn shown_sample(&self) -> Option<Sample> {
        match self.crosshair.get()? {
            Crosshair::Pointer(x) => self.sample_at(x),
            Crosshair::Sample(time) => self.history.borrow().nearest(time).cloned(),
        }
    }

    /// The sample below the pointer; `None` where none was taken near that moment.
    fn sample_at(&self, x: f64) -> Option<Sample> {
        const REACH: f64 = 4.0;
        let view = self.view();
        if view.width <= 0.0 || x > view.width + REACH {
            return None;
        }
        let history = self.history.borrow();
        let time = Duration::try_from_secs_f64(view.time(x)).ok()?;
        let sample = history.nearest(time)?;
        let distance = (view.x(sample.since_boot.as_secs_f64()) - x).abs();
        let near = distance <= REACH || sample.since_boot.abs_diff(time) <= sample.elapsed;
        near.then(|| sample.clone())
    }

    fn marked_sample(&self) -> Option<Sample> {
        let marker = self.marker.get()?;
        self.history.borrow().nearest(marker).cloned()
    }

    fn place_labels(&self) {
        let view = self.view();
        let place = |label: &gtk::Label, sample: Option<Sample>, low: bool| {
            let Some(sample) = sample.filter(|_| view.width > 0.0) else {
                label.set_visible(false);
                return;
            };
            let text = if low {
                let values = words::sample(&self.style, self.lines, &sample);
                values.replace('\n', "  ")
            } else {
                words::sample(&self.style, self.lines, &sample)
            };
            if label.label() != text {
                label.set_label(&text);
            }
            label.set_visible(true);
            // What a label asks for holds the margins of its last place.
            let (_, size) = label.preferred_size();
            let width = size.width() - label.margin_start();
            let height = size.height() - label.margin_top();
            let x = view.x(sample.since_boot.as_secs_f64());
            label.set_margin_start(beside(x, f64::from(width), view.width));
            label.set_margin_top(if low {
                (view.height as i32 - height - 4).max(0)
            } else {
                4
            });
        };
        place(&self.bubble, self.shown_sample(), false);
        place(&self.pill, self.marked_sample(), true);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.forget_click();
    }
}

/// Where a label of a width starts beside `x`: at its newer side, or at the older when it would not
/// fit.
fn beside(x: f64, width: f64, space: f64) -> i32 {
    const DISTANCE: f64 = 8.0;
    let start = if x + DISTANCE + width <= space {
        x + DISTANCE
    } else {
        x - DISTANCE - width
    };
    start.clamp(0.0, (space - width).max(0.0)) as i32
}

#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn a_bubble_flips_at_the_edge_and_never_leaves_the_plot() {
        assert_eq!(beside(10.0, 80.0, 300.0), 18);
        assert_eq!(beside(290.0, 80.0, 300.0), 202);
        assert_eq!(beside(0.0, 400.0, 300.0), 0);
        assert_eq!(beside(150.0, 148.0, 300.0), 0);
    }
}
