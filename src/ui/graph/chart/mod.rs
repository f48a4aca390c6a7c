//! The widget that shows one graph: its axis, crosshair, what is selected in it, and what it says to
//! a screen reader.

#![expect(
    clippy::cast_possible_truncation,
    reason = "places within a widget fit any integer"
)]

mod input;
mod painting;
mod selection;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use adw::prelude::*;
use gettextrs::gettext;
use gtk::glib;
use relm4::{adw, gtk};

use self::painting::LabelColumn;
pub use self::selection::Selection;
use super::axis::{Maximum, Quantity};
use super::canvas::Canvas;
use super::described::Described;
use super::labels::Labels;
use super::render::View;
use super::words;
use crate::model::history::{History, Sample, Series};
use crate::ui::drilldown::SubjectKind;
use crate::ui::settings::Look;
use crate::ui::shared_style::SharedStyle;

/// How long the axis takes to grow, in milliseconds.
const GROWTH: u32 = 200;

/// What a graph is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The last minutes as they go by, on a card. A click marks a moment once no second one
    /// follows, which opens the processes.
    Card,
    /// All that is remembered, above a table that shows what is selected in it. A click and the
    /// arrow keys select at once; values stand in a bubble, not beside the plot.
    Strip,
}

/// One graph. A handle: clones are the same graph.
#[derive(Clone)]
pub struct Chart(Rc<Inner>);

struct Inner {
    purpose: Purpose,
    lines: &'static [Series],
    style: SharedStyle,
    history: Rc<RefCell<History>>,
    window: Cell<Duration>,
    look: Cell<Look>,
    // What the newest end of the axis of time is called.
    newest: RefCell<String>,
    overlay: gtk::Overlay,
    area: Canvas,
    bubble: gtk::Label,
    pill: gtk::Button,
    maximum: Cell<Maximum>,
    // What is drawn while the axis grows towards the maximum.
    drawn_maximum: Cell<f64>,
    growth: RefCell<Option<adw::TimedAnimation>>,
    plot: Cell<Plot>,
    labels: Labels,
    label_column: Cell<Option<LabelColumn>>,
    crosshair: Cell<Option<Crosshair>>,
    // Where the keyboard's crosshair stood, and when all that is in the window went away for a frame.
    kept: Cell<Option<(Duration, Instant)>>,
    selection: Cell<Option<Selection>>,
    // Where a drag began.
    drag: Cell<Option<Duration>>,
    click: RefCell<Option<glib::SourceId>>,
    described: Described,
    open: Box<dyn Fn()>,
    selected: Box<dyn Fn(Option<Selection>)>,
}

/// Where the plot lies in the widget, in whole pixels.
#[derive(Clone, Copy, Default, PartialEq)]
struct Plot {
    left: i32,
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
    /// A graph of `history`. `open` is called when a person asks for its processes, `selected` when
    /// a moment or a range was selected, or is no longer.
    pub fn new(
        purpose: Purpose,
        graph: SubjectKind,
        style: SharedStyle,
        history: Rc<RefCell<History>>,
        window: Duration,
        open: impl Fn() + 'static,
        selected: impl Fn(Option<Selection>) + 'static,
    ) -> Self {
        let lines = super::series(graph);
        let area = Canvas::default();
        area.add_css_class("caption");
        area.update_property(&[gtk::accessible::Property::Label(&words::title(graph))]);
        let bubble = gtk::Label::builder()
            .css_classes(["osd", "caption", "numeric", "bubble"])
            .halign(gtk::Align::Start)
            .valign(gtk::Align::Start)
            .can_target(false)
            .visible(false)
            .accessible_role(gtk::AccessibleRole::Presentation)
            .build();
        // The keyboard has Enter on the graph itself.
        let pill = gtk::Button::builder()
            .css_classes(["osd", "caption", "numeric", "pill-label"])
            .halign(gtk::Align::Start)
            .valign(gtk::Align::Start)
            .focusable(false)
            .visible(false)
            .build();
        // Time goes from left to right in every language, and they stand beside a moment.
        bubble.set_direction(gtk::TextDirection::Ltr);
        pill.set_direction(gtk::TextDirection::Ltr);
        let overlay = gtk::Overlay::builder().child(&area).build();
        overlay.add_overlay(&pill);
        overlay.add_overlay(&bubble);

        let maximum = Maximum::new(Quantity::of(lines[0]), &style.now());
        let inner = Rc::new(Inner {
            purpose,
            lines,
            style,
            history,
            window: Cell::new(window),
            look: Cell::default(),
            newest: RefCell::new(words::newest(false)),
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
            kept: Cell::new(None),
            selection: Cell::new(None),
            drag: Cell::new(None),
            click: RefCell::new(None),
            described: Described::default(),
            open: Box::new(open),
            selected: Box::new(selected),
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

    /// Has the newest end of the axis of time be that of a recording.
    pub fn set_replayed(&self) {
        self.0.newest.replace(words::newest(true));
        self.0.area.queue_draw();
    }

    /// Shows values anew: they are written in another way.
    pub fn restyle(&self) {
        let quantity = Quantity::of(self.0.lines[0]);
        let maximum = Maximum::new(quantity, &self.0.style.now());
        self.0.maximum.set(maximum);
        self.0.drawn_maximum.set(maximum.value());
        self.0.label_column.set(None);
        Inner::refresh(&self.0);
        self.0.describe();
    }

    /// Has lines be drawn like this.
    pub fn set_look(&self, look: Look) {
        if self.0.look.replace(look) != look {
            self.0.area.queue_draw();
        }
    }

    /// Changes how far back the graph reaches.
    pub fn set_window(&self, window: Duration) {
        self.0.window.set(window);
        Inner::refresh(&self.0);
    }

    /// The moment or range that is selected.
    pub fn selection(&self) -> Option<Selection> {
        self.0.selection.get()
    }

    /// Selects this, without telling of it.
    pub fn select(&self, selection: Option<Selection>) {
        self.0.show_selection(selection);
    }

    /// What is selected in words: a time of day, or two and what lies between them.
    pub fn selection_text(&self, selection: Selection) -> String {
        self.0.selection_text(selection)
    }

    /// Takes the keyboard's crosshair away. Whether it was there.
    pub fn forget_crosshair(&self) -> bool {
        let shown = matches!(self.0.crosshair.get(), Some(Crosshair::Sample(_)));
        if shown {
            self.0.point(None);
        }
        shown
    }

    /// Has a screen reader call it so.
    pub fn set_name(&self, name: &str) {
        let area = &self.0.area;
        area.update_property(&[gtk::accessible::Property::Label(name)]);
    }

    /// Says in words, for a screen reader, what the graph shows by now. Otherwise a graph that has
    /// the focus says nothing new by itself.
    pub fn describe(&self) {
        self.0.describe();
    }
}

impl Inner {
    fn connect(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        self.area.set_paint(move |snapshot, width, height| {
            let Some(inner) = weak.upgrade() else { return };
            let before = inner.plot.get();
            inner.paint(snapshot, width, height);
            if inner.plot.get() != before {
                // The labels above it follow; not before this picture is done.
                glib::idle_add_local_once(move || inner.place_labels());
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

        super::redraw_with_desktop(&self.area);

        let weak = Rc::downgrade(self);
        self.pill.connect_clicked(move |_| {
            if let Some(inner) = weak.upgrade() {
                (inner.open)();
            }
        });
        self.connect_pointer();
        self.connect_drag();
        self.connect_keys();
    }

    /// Selects as a person does: it is told, and said to a screen reader.
    fn select(&self, selection: Option<Selection>) {
        if self.selection.get() != selection {
            self.show_selection(selection);
            self.describe();
            (self.selected)(selection);
        }
    }

    fn show_selection(&self, selection: Option<Selection>) {
        self.selection.set(selection);
        self.place_labels();
        self.area.queue_draw();
    }

    fn point(&self, crosshair: Option<Crosshair>) {
        if self.crosshair.replace(crosshair) != crosshair {
            self.place_labels();
            self.area.queue_draw();
        }
    }

    /// Whether a moment is not older than what is shown.
    fn is_shown(&self, time: Duration) -> bool {
        let history = self.history.borrow();
        !history.is_empty() && time >= history.start_of(self.window.get())
    }

    fn describe(&self) {
        let range = self.selection.get().filter(|it| it.is_range());
        let text = match (range, self.shown_sample()) {
            (Some(range), _) => self.selection_text(range),
            (None, Some(sample)) => words::sample_spoken(&self.style.now(), self.lines, &sample),
            (None, None) => words::description(
                &self.style.now(),
                self.lines,
                &self.history.borrow(),
                self.window.get(),
            ),
        };
        // "No values yet" does not have to stand for long.
        let lasts = !self.history.borrow().is_empty();
        self.described.describe(&self.area, &text, lasts);
    }

    fn refresh(self: &Rc<Self>) {
        self.follow_peak();
        {
            let history = self.history.borrow();
            let start = history.start_of(self.window.get());
            let gone = |time: Duration| time < start;
            if history.is_empty() {
                self.crosshair.set(None);
            }
            if self.selection.get().is_some_and(|it| gone(it.start())) {
                self.selection.set(None);
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
        if self.described.is_due(&self.area) {
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
        maximum.follow(peak, latest.since_boot, &self.style.now());
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
            inset: painting::line_width(self.look.get()) / 2.0,
            inverted: self.look.get().inverted,
        }
    }

    /// Pixels from the left edge of the plot.
    fn in_plot(&self, x: f64) -> f64 {
        x - f64::from(self.plot.get().left)
    }

    /// The sample that the crosshair stands on.
    fn shown_sample(&self) -> Option<Sample> {
        match self.crosshair.get()? {
            Crosshair::Pointer(x) => self.sample_at(x),
            Crosshair::Sample(time) => self.history.borrow().nearest(time).cloned(),
        }
    }

    /// The sample below the pointer, in pixels from the widget's left edge; `None` where none was taken near that moment.
    fn sample_at(&self, x: f64) -> Option<Sample> {
        const REACH: f64 = 4.0;
        let view = self.view();
        let x = self.in_plot(x);
        if view.width <= 0.0 || x > view.width + REACH || x < -REACH {
            return None;
        }
        let history = self.history.borrow();
        let time = Duration::try_from_secs_f64(view.time(x)).ok()?;
        let sample = history.nearest(time)?;
        let distance = (view.x(sample.since_boot.as_secs_f64()) - x).abs();
        let near = distance <= REACH || sample.since_boot.abs_diff(time) <= sample.elapsed;
        near.then(|| sample.clone())
    }

    fn sample_of(&self, time: Duration) -> Option<Sample> {
        self.history.borrow().nearest(time).cloned()
    }

    fn place_labels(&self) {
        let view = self.view();
        let left = self.plot.get().left;
        let bubble = self.shown_sample().map(|sample| {
            let text = words::sample(&self.style.now(), self.lines, &sample);
            (text, view.x(sample.since_boot.as_secs_f64()))
        });
        if let Some((text, _)) = &bubble
            && self.bubble.label() != *text
        {
            self.bubble.set_label(text);
        }
        let place = bubble.map(|(_, x)| x).filter(|_| view.width > 0.0);
        put(self.bubble.upcast_ref(), place, (left, view), false);
        let pill = self
            .selection
            .get()
            .filter(|_| self.purpose == Purpose::Card)
            .map(|selection| {
                let text = self.pill_text(selection);
                (text, view.x(selection.end().as_secs_f64()))
            });
        if let Some((text, _)) = &pill
            && self.pill.label().as_deref() != Some(text)
        {
            self.pill.set_label(text);
        }
        let place = pill.map(|(_, x)| x).filter(|_| view.width > 0.0);
        put(self.pill.upcast_ref(), place, (left, view), true);
    }

    fn pill_text(&self, selection: Selection) -> String {
        match selection {
            // Translators: what a button opens: "Processes at 14:02:10".
            Selection::Moment(_) => gettext("Processes at {time}"),
            // Translators: what a button opens: "Processes of 14:02:10 to 14:02:40, 30 s".
            Selection::Range { .. } => gettext("Processes of {time}"),
        }
        .replace("{time}", &self.selection_text(selection))
    }

    fn selection_text(&self, selection: Selection) -> String {
        let moment = |time| {
            let at = self.sample_of(time).map(|sample| sample.at);
            at.map_or_else(String::new, |at| self.style.now().time_of_day(at))
        };
        let (start, end) = (selection.start(), selection.end());
        match selection {
            Selection::Moment(time) => moment(time),
            Selection::Range { .. } => words::range(
                &self.style.now(),
                &[moment(start), moment(end)],
                end.saturating_sub(start),
            ),
        }
    }
}

/// Puts a label above the plot, which starts so far from the left: beside `x`, or nowhere.
fn put(label: &gtk::Widget, x: Option<f64>, (left, view): (i32, View), low: bool) {
    label.set_visible(x.is_some());
    let Some(x) = x else { return };
    // What a label asks for holds the margins of its last place.
    let (_, size) = label.preferred_size();
    let width = size.width() - label.margin_start();
    let height = size.height() - label.margin_top();
    label.set_margin_start(left + beside(x, f64::from(width), view.width));
    label.set_margin_top(if low {
        (view.height as i32 - height - 4).max(0)
    } else {
        4
    });
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
