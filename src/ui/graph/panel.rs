//! One card of the main window: heading, largest contributor, values and graph.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use adw::prelude::*;
use gettextrs::gettext;
use gtk::pango;
use relm4::{adw, gtk};

use super::axis::Quantity;
use super::chart::{Chart, Purpose};
use super::contributor::Contributor;
use super::cores::CoreGraphs;
use super::{palette, words};
use crate::model::cores::CoreHistory;
use crate::model::history::{History, Series};
use crate::model::system::{Pressure, SystemSnapshot};
use crate::model::units::Percent;
use crate::ui::drilldown::SubjectKind;
use crate::ui::settings::Look;
use crate::ui::shared_style::SharedStyle;

/// Below this share of time, waiting is not worth a word.
const LEAST_PRESSURE: Percent = Percent(1.0);

/// Least height of a graph beside others and in a single column, in pixels.
const LEAST_HEIGHT: (i32, i32) = (72, 120);
/// Pixels between what two lines say.
const APART: i32 = 18;

/// One card.
pub struct Panel {
    graph: SubjectKind,
    style: SharedStyle,
    history: Rc<RefCell<History>>,
    root: gtk::Box,
    // All above the graph, which shows values of its own below the pointer.
    head: gtk::Box,
    // What each line says.
    legend: gtk::Box,
    chart: Chart,
    // Of the CPU alone.
    cores: Option<CoreGraphs>,
    caption: gtk::Label,
    hint: gtk::Label,
    contributor: gtk::Button,
    contributor_name: gtk::Label,
    contributor_shown: RefCell<Option<Contributor>>,
    readings: Vec<Reading>,
    look: Rc<Cell<Look>>,
    pressure: gtk::ProgressBar,
}

/// One line's sample, name and value.
struct Reading {
    series: Series,
    swatch: gtk::DrawingArea,
    name: gtk::Label,
    value: gtk::Label,
}

/// How much room cards have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Room {
    /// They stand beside each other and fill the window.
    #[default]
    Beside,
    /// They stand in a single column, which scrolls.
    Single,
    /// As single ones, and what they say stands below each other too: the window is small and text is large. The
    /// peak is left to the graph's own values.
    Tight,
}

impl Panel {
    /// A card with nothing in it yet. `open` is called when a person asks for its processes.
    pub fn new(
        graph: SubjectKind,
        style: &SharedStyle,
        (history, cores): (&Rc<RefCell<History>>, &Rc<RefCell<CoreHistory>>),
        window: Duration,
        open: impl Fn() + Clone + 'static,
    ) -> Self {
        let chart = Chart::new(
            Purpose::Card,
            graph,
            style.clone(),
            Rc::clone(history),
            window,
            open.clone(),
            |_| {},
        );

        let cores = matches!(graph, SubjectKind::Cpu)
            .then(|| CoreGraphs::new(cores, style, window, open.clone()));

        let heading = gtk::Label::builder()
            .label(words::title(graph))
            .css_classes(["heading"])
            .accessible_role(gtk::AccessibleRole::Heading)
            .build();
        let caption = caption();
        let contributor_name = gtk::Label::builder()
            .label(gettext("Processes"))
            .css_classes(["caption", "numeric"])
            .ellipsize(pango::EllipsizeMode::Middle)
            .max_width_chars(28)
            .build();
        let inside = gtk::Box::builder().spacing(4).build();
        inside.append(&contributor_name);
        inside.append(&gtk::Image::from_icon_name("pan-end-symbolic"));
        let contributor = gtk::Button::builder()
            .child(&inside)
            .css_classes(["flat", "contributor"])
            .valign(gtk::Align::Center)
            .build();
        contributor.connect_clicked(move |_| open());
        let top = gtk::Box::builder().spacing(9).build();
        top.append(&heading);
        top.append(&caption);
        top.append(&contributor);

        let look = Rc::new(Cell::new(Look::default()));
        let readings: Vec<_> = super::series(graph)
            .iter()
            .map(|&series| Reading::new(series, &look))
            .collect();
        let legend = gtk::Box::builder()
            .spacing(APART)
            .homogeneous(readings.len() > 1)
            .build();
        for reading in &readings {
            legend.append(&reading.widget());
        }

        let pressure = gtk::ProgressBar::builder()
            .css_classes(["pressure"])
            .visible(false)
            .build();
        // Its place is kept, or the graph would jump whenever it comes and goes.
        let strip = gtk::Box::builder().height_request(4).build();
        pressure.set_hexpand(true);
        strip.append(&pressure);

        let hint = hint();
        legend.append(&hint);

        let head = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(6)
            .build();
        head.append(&top);
        head.append(&legend);
        let root = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(6)
            .css_classes(["card", "graph-card"])
            .accessible_role(gtk::AccessibleRole::Group)
            .build();
        root.update_property(&[gtk::accessible::Property::Label(&words::title(graph))]);
        root.append(&head);
        root.append(chart.widget());
        if let Some(cores) = &cores {
            root.append(cores.widget());
        }
        root.append(&strip);

        let panel = Self {
            graph,
            style: style.clone(),
            history: Rc::clone(history),
            root,
            head,
            legend,
            chart,
            cores,
            caption,
            hint,
            contributor,
            contributor_name,
            contributor_shown: RefCell::default(),
            readings,
            look,
            pressure,
        };
        panel.set_contributor(None);
        panel
    }

    /// The card's subject.
    pub fn graph(&self) -> SubjectKind {
        self.graph
    }

    /// The widget to show.
    pub fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// The graph in it.
    pub fn chart(&self) -> &Chart {
        &self.chart
    }

    /// Shows that nothing is known yet.
    pub fn clear(&self) {
        for reading in &self.readings {
            set_text(&reading.value, "…");
        }
        set_text(&self.caption, "");
        self.pressure.set_visible(false);
        self.set_contributor(None);
        self.chart.select(None);
        // Its axis starts anew too.
        self.chart.restyle();
        if let Some(cores) = &self.cores {
            cores.redraw();
        }
    }

    /// Has lines be drawn like this, and their samples beside the names.
    pub fn set_look(&self, look: Look) {
        self.chart.set_look(look);
        if let Some(cores) = &self.cores {
            cores.set_look(look);
        }
        if self.look.replace(look).colours != look.colours {
            for reading in &self.readings {
                reading.swatch.queue_draw();
            }
        }
    }

    /// Shows or hides the line that says how to use a graph.
    pub fn show_hint(&self, shown: bool) {
        self.hint.set_visible(shown);
    }

    /// Shows a snapshot that the history has taken already.
    pub fn update(&self, snapshot: &SystemSnapshot, window: Duration) {
        let history = self.history.borrow();
        let Some(latest) = history.latest() else {
            return;
        };
        let style = self.style.now();
        for reading in &self.readings {
            let text = latest.value(reading.series).map_or_else(
                || words::missing(reading.series, &snapshot.totals),
                |amount| words::value(&style, reading.series, amount),
            );
            set_text(&reading.value, &text);
            let memory = snapshot.totals.memory;
            if let Some(amount) =
                memory.and_then(|memory| words::amount(&style, reading.series, memory))
            {
                let name = words::name(reading.series);
                set_text(&reading.name, &format!("{name} · {amount}"));
            }
        }
        let share = snapshot.totals.pressure.and_then(|all| self.share(all));
        self.show_caption(&history, window, share);
        if self.graph == SubjectKind::Cpu {
            let text = words::load_and_uptime(&style, &snapshot.totals);
            if self.head.tooltip_text().as_deref() != text.as_deref() {
                self.head.set_tooltip_text(text.as_deref());
            }
        }
        drop(history);
        self.chart.refresh();
        if let Some(cores) = &self.cores {
            cores.refresh(window);
        }
    }

    /// Takes as much room as there is.
    pub fn set_room(&self, room: Room) {
        let (beside, single) = LEAST_HEIGHT;
        let narrow = room != Room::Beside;
        self.chart
            .set_least_height(if narrow { single } else { beside });
        if let Some(cores) = &self.cores {
            cores.set_narrow(narrow);
        }
        let tight = room == Room::Tight;
        let (orientation, spacing) = if tight {
            (gtk::Orientation::Vertical, 6)
        } else {
            (gtk::Orientation::Horizontal, APART)
        };
        self.legend.set_orientation(orientation);
        self.legend.set_spacing(spacing);
        // Who contributes most is worth more than the peak, of which only a letter or two would be left.
        self.caption.set_visible(!tight);
        self.contributor.set_hexpand(tight);
        self.contributor.set_halign(if tight {
            gtk::Align::End
        } else {
            gtk::Align::Fill
        });
    }

    /// Shows a graph for each CPU, or none, where it is about them.
    pub fn show_cores(&self, shown: bool) {
        if let Some(cores) = &self.cores {
            cores.set_wanted(shown);
        }
    }

    /// Says in words, for a screen reader, what the graphs show by now.
    pub fn describe(&self) {
        self.chart.describe();
        if let Some(cores) = &self.cores {
            cores.describe();
        }
    }

    /// Names who contributes most, or nobody.
    pub fn set_contributor(&self, contributor: Option<Contributor>) {
        self.contributor_shown.replace(contributor);
        self.show_contributor();
    }

    /// Shows values anew: they are written in another way.
    pub fn restyle(&self) {
        self.chart.restyle();
        self.show_contributor();
    }

    fn show_contributor(&self) {
        let shown = self.contributor_shown.borrow();
        let words = shown.as_ref().map(|it| it.words(&self.style.now()));
        let words = words.as_deref();
        let text = words.map_or_else(|| gettext("Processes"), str::to_owned);
        if self.contributor_name.label() == text && words.is_some() {
            return;
        }
        self.contributor_name.set_label(&text);
        // A screen reader would speak every change of what has the focus.
        if !self.contributor.is_focus() {
            let title = words::title(self.graph);
            // Translators: what a button opens: "CPU processes: firefox 38 %".
            let label = gettext("{graph} processes").replace("{graph}", &title);
            let label = words.map_or(label.clone(), |words| labelled(&label, words));
            self.contributor
                .update_property(&[gtk::accessible::Property::Label(&label)]);
        }
    }

    fn share(&self, pressure: Pressure) -> Option<Percent> {
        let share = match self.graph {
            SubjectKind::Cpu => pressure.cpu,
            SubjectKind::Memory => pressure.memory,
            SubjectKind::Disk => pressure.io,
            SubjectKind::Network => None,
        };
        share.filter(|share| *share > LEAST_PRESSURE)
    }

    fn show_caption(&self, history: &History, window: Duration, pressure: Option<Percent>) {
        let start = history.start_of(window);
        let peak = super::series(self.graph)
            .iter()
            .filter_map(|&series| Some((series, history.peak(series, start)?.0)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(series, peak)| words::peak(&self.style.now(), series, peak));
        let waiting = pressure.map(|share| words::pressure(&self.style.now(), share));
        let parts: Vec<_> = [peak, waiting].into_iter().flatten().collect();
        set_text(&self.caption, &parts.join(" · "));

        self.pressure.set_visible(pressure.is_some());
        if let Some(share) = pressure {
            self.pressure
                .set_fraction((share.0 / 100.0).clamp(0.0, 1.0));
            let text = words::pressure_explained(self.graph, &self.style.now(), share);
            self.pressure.set_tooltip_text(Some(&text));
        }
    }
}

impl Reading {
    fn new(series: Series, look: &Rc<Cell<Look>>) -> Self {
        let name = gtk::Label::builder()
            .label(words::name(series))
            .css_classes(["caption", "dim-label", "numeric"])
            .ellipsize(pango::EllipsizeMode::End)
            .xalign(0.0)
            .build();
        let value = gtk::Label::builder()
            .label("…")
            .css_classes(["title-4", "numeric"])
            .xalign(0.0)
            .width_chars(match Quantity::of(series) {
                Quantity::Percent => 7,
                Quantity::Rate | Quantity::NetworkRate => 10,
            })
            .build();
        Self {
            series,
            swatch: swatch(series, look),
            name,
            value,
        }
    }

    fn widget(&self) -> gtk::Box {
        let top = gtk::Box::builder().spacing(6).build();
        top.append(&self.swatch);
        top.append(&self.name);
        let column = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .build();
        column.append(&top);
        column.append(&self.value);
        column
    }
}

/// What is said of the graph as a whole.
fn caption() -> gtk::Label {
    gtk::Label::builder()
        .css_classes(["caption", "dim-label", "numeric"])
        .ellipsize(pango::EllipsizeMode::End)
        .xalign(0.0)
        .hexpand(true)
        .build()
}

/// The line that says how to use a graph.
fn hint() -> gtk::Label {
    gtk::Label::builder()
        .label(gettext("Click a moment, or double-click for processes"))
        .css_classes(["caption", "dim-label"])
        .wrap(true)
        .xalign(1.0)
        .justify(gtk::Justification::Right)
        .hexpand(true)
        .halign(gtk::Align::End)
        .valign(gtk::Align::End)
        .visible(false)
        .build()
}

/// A short piece of the line.
fn swatch(series: Series, look: &Rc<Cell<Look>>) -> gtk::DrawingArea {
    let swatch = gtk::DrawingArea::builder()
        .content_width(22)
        .content_height(3)
        .valign(gtk::Align::Center)
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build();
    let look = Rc::clone(look);
    swatch.set_draw_func(move |_, context, width, height| {
        let paint = palette::paint(series);
        let dark = adw::StyleManager::default().is_dark();
        context.set_source_color(&look.get().colours.of(series, dark).into());
        context.set_line_width(f64::from(height));
        context.set_dash(paint.dash, 0.0);
        let middle = f64::from(height) / 2.0;
        context.move_to(0.0, middle);
        context.line_to(f64::from(width), middle);
        // A surface that cannot be drawn on is left as it is.
        let _ = context.stroke();
    });
    super::redraw_with_desktop(&swatch);
    swatch
}

/// Sets a text only where it changed: setting it lays the window out again.
fn set_text(label: &gtk::Label, text: &str) {
    if label.label() != text {
        label.set_label(text);
    }
}

/// What something is called, and what it says.
fn labelled(label: &str, words: &str) -> String {
    // Translators: what something is called, then what it says, as in "CPU: 12 %, highest 80 %".
    gettext("{label}: {words}")
        .replace("{label}", label)
        .replace("{words}", words)
}
