//! The one drill-down window, for any subject.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use gettextrs::{gettext, ngettext};
use jiff::Timestamp;
use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk;
use relm4::gtk::glib;
use relm4::{Component, ComponentParts, ComponentSender};

use super::empty::{Shown, shown};
use super::keys::{self, Escape};
use super::menu::{self, Actions, GROUP};
use super::message::{Message, Output};
use super::state::ViewState;
use super::subject::{SnapshotOf, Subject};
use super::widgets::Widgets;
use super::{degradation, notes};
use crate::model::format::{Style, UnitStyle};
use crate::model::process::{ProcessKey, ProcessRow};
use crate::model::table::{Direction, Row, filter_words, matches_words};
use crate::source::{Reply, Request};
use crate::ui::details::{DetailsPage, DetailsWatch};
use crate::ui::language;
use crate::ui::pull::Pull;
use crate::ui::source_worker::{Answer, OpenSource};
use crate::ui::table::{LINGER, Sort, Table, TableEvent};

/// First rows stand after two samples this far apart.
const PRIMING: Duration = Duration::from_millis(250);
/// A spinner before this would only flash.
const PATIENCE: Duration = Duration::from_millis(500);

/// What a window is opened with.
pub struct Init {
    /// Makes sources to ask.
    pub open: Rc<dyn Fn() -> OpenSource>,
    /// What was chosen about it before.
    pub state: ViewState,
}

/// A window of one subject.
#[expect(
    clippy::struct_excessive_bools,
    reason = "they change independently of one another"
)]
pub struct DrillDown<S: Subject> {
    state: ViewState,
    style: Style,
    table: Table<S::Row>,
    pull: Pull,
    actions: Actions,
    open: Rc<dyn Fn() -> OpenSource>,
    details: Option<Details>,
    // The process whose details are shown, for which everything is measured.
    in_details: Rc<Cell<Option<ProcessKey>>>,
    snapshot: Option<SnapshotOf<S::Row>>,
    failure: Option<String>,
    filter: String,
    paused: Option<Timestamp>,
    in_sight: bool,
    patient: bool,
    // Whether the next snapshot is sorted whatever holds the order.
    sort_next: bool,
    // Whether it was said that the order is held.
    hold_announced: bool,
}

/// The page that is shown above the table.
struct Details {
    page: DetailsPage,
    watch: DetailsWatch,
}

impl<S: Subject> Component for DrillDown<S> {
    type CommandOutput = ();
    type Init = Init;
    type Input = Message;
    type Output = Output;
    type Root = adw::Window;
    type Widgets = Widgets;

    fn init_root() -> adw::Window {
        adw::Window::builder()
            .accessible_role(gtk::AccessibleRole::Dialog)
            .width_request(360)
            .height_request(240)
            .build()
    }

    fn init(init: Init, root: adw::Window, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let Init { open, state } = init;
        let send = {
            let sender = sender.input_sender().clone();
            // Nobody listens any more when the window was closed in the meantime.
            move |message: Message| drop(sender.send(message))
        };
        let style = language::style(UnitStyle::default());
        let table = {
            let send = send.clone();
            Table::new(style.clone(), &state.layout, LINGER, move |event| {
                send(Message::Table(event));
            })
        };
        let actions = Actions::new::<S>(&state, send.clone());
        let widgets = Widgets::new(&root, &S::title(), table.widget(), &state, &send);

        root.set_title(Some(&S::title()));
        root.set_default_size(state.size.0, state.size.1);
        root.insert_action_group(GROUP, Some(actions.group()));
        widgets
            .menu
            .set_menu_model(Some(&menu::window_menu::<S>(&style, false)));
        table.set_row_menu(&menu::row_menu());
        table.set_header_menu(&menu::table_menu::<S>(&style));
        table.set_compact(state.compact);
        table.hold().set_for_good(state.hold_order);
        table.set_limit(state.limit);
        actions.enable_row(false);
        widgets.filter.set_key_capture_widget(Some(table.view()));
        connect_window(&root, &widgets, &send);
        widgets.show(&Shown::Waiting, true);

        let in_details = Rc::new(Cell::new(None));
        let pull = {
            let table = table.downgrade();
            let in_details = Rc::clone(&in_details);
            let send = send.clone();
            Pull::start(
                open(),
                Duration::from_secs(state.interval.into()),
                PRIMING,
                move || request::<S>(table.upgrade().as_ref(), in_details.get()),
                move |answer| send(Message::Answered(answer)),
            )
        };
        glib::timeout_add_local_once(PATIENCE, move || send(Message::WaitedLong));

        let model = Self {
            state,
            style,
            table,
            pull,
            actions,
            open,
            details: None,
            in_details,
            snapshot: None,
            failure: None,
            filter: String::new(),
            paused: None,
            in_sight: true,
            patient: true,
            sort_next: false,
            hold_announced: false,
        };
        model.apply_filter();
        ComponentParts { model, widgets }
    }

    fn update_with_view(
        &mut self,
        widgets: &mut Widgets,
        message: Message,
        sender: ComponentSender<Self>,
        root: &adw::Window,
    ) {
        match message {
            Message::Answered(Ok(reply)) => {
                if let Some(snapshot) = S::snapshot(reply) {
                    self.arrived(snapshot);
                }
            }
            Message::Answered(Err(error)) => self.failure = Some(error.to_string()),
            Message::Table(event) => self.table_told(event, &sender),
            Message::FilterChanged(text) => {
                if self.filter != text {
                    self.filter = text;
                    self.apply_filter();
                    self.table.announce(&self.matches_text());
                }
            }
            Message::FilterAsked => {
                widgets.navigation.pop_to_page(&widgets.main);
                widgets.filter.grab_focus();
            }
            Message::FilterCleared => {
                widgets.filter.set_text("");
                sender.input(Message::FilterChanged(String::new()));
                self.table.grab_focus();
            }
            Message::IntervalChosen(seconds) => {
                self.state.interval = seconds;
                let interval = Duration::from_secs(seconds.into());
                self.pull.set_interval(interval);
                if let Some(details) = &self.details {
                    details.watch.set_interval(interval);
                }
                self.actions.show_interval(seconds);
                widgets.show_interval(seconds);
            }
            Message::LimitChosen(limit) => {
                self.state.limit = limit;
                self.table.set_limit(limit);
                self.actions.show_limit(limit);
                widgets.show_limit(limit);
            }
            Message::PauseToggled => self.toggle_pause(),
            Message::UpdateAsked => {
                self.sort_next = true;
                self.pull.ask_now();
                if let Some(details) = &self.details {
                    details.watch.ask_now();
                }
            }
            Message::SortNowAsked => self.table.sort_now(),
            Message::HoldOrderChosen(held) => {
                self.state.hold_order = held;
                self.table.hold().set_for_good(held);
            }
            Message::CompactChosen(compact) => {
                self.state.compact = compact;
                self.table.set_compact(compact);
            }
            Message::ShowAllChosen(all) => {
                self.state.show_all = all;
                self.apply_filter();
            }
            Message::ColumnChosen(key, shown) => self.table.choose(key, shown),
            Message::SortColumnChosen(column) => self.table.sort_by(Sort {
                column,
                direction: crate::ui::table::first_direction::<S::Row>(column),
            }),
            Message::DescendingChosen(descending) => self.table.sort_by(Sort {
                direction: if descending {
                    Direction::Descending
                } else {
                    Direction::Ascending
                },
                ..self.table.sort()
            }),
            Message::CopyRowAsked => copy(root, self.table.selected_text()),
            Message::CopyCommandLineAsked => copy(root, self.command_line()),
            Message::DetailsAsked => self.open_details(widgets, &sender),
            Message::DetailsLeft => {
                self.details = None;
                self.in_details.set(None);
                self.table.grab_focus();
            }
            Message::DetailsAnswered(key, answer) => self.details_answered(key, answer),
            Message::SightChanged(in_sight) => {
                self.in_sight = in_sight;
                self.run();
            }
            Message::NarrowChanged(narrow) => {
                self.table.set_narrow(narrow);
                widgets.interval.set_visible(!narrow);
                widgets.limit.set_visible(!narrow);
                widgets
                    .menu
                    .set_menu_model(Some(&menu::window_menu::<S>(&self.style, narrow)));
            }
            Message::LowChanged(low) => widgets.footer.set_visible(!low),
            Message::WaitedLong => self.patient = false,
            Message::Escaped => step_back(widgets, &sender),
            Message::CloseAsked => {
                self.state.layout = self.table.layout();
                self.state.size = root.default_size();
                // The window may be gone together with the program.
                let _ = sender.output(Output::Closed(self.state.clone()));
                root.destroy();
                return;
            }
        }
        self.show(widgets);
    }
}

impl<S: Subject> DrillDown<S> {
    fn arrived(&mut self, snapshot: SnapshotOf<S::Row>) {
        self.failure = None;
        self.table.refresh(&snapshot.rows);
        if let Some(Details { page, .. }) = &self.details {
            match self.table.row(page.key()) {
                Some(row) => page.show_row(&row),
                None => page.show_ended(),
            }
        }
        self.snapshot = Some(snapshot);
        if std::mem::take(&mut self.sort_next) {
            self.table.sort_now();
        }
    }

    fn table_told(&mut self, event: TableEvent, sender: &ComponentSender<Self>) {
        match event {
            TableEvent::Activated(_) => sender.input(Message::DetailsAsked),
            TableEvent::MoreActivated => sender.input(Message::LimitChosen(None)),
            TableEvent::Selected => self.actions.enable_row(self.table.selected().is_some()),
            TableEvent::Sorted => {
                self.actions.show_sort(self.table.sort());
                self.table.announce(&self.sorted_text());
            }
            TableEvent::HoldEnded if self.paused.is_none() => self.table.sort_unless_held(),
            TableEvent::HoldEnded => {}
        }
    }

    fn apply_filter(&self) {
        let words = filter_words(&self.filter);
        let concern = S::concern().filter(|_| !self.state.show_all);
        self.table.set_filter(move |row| {
            concern
                .as_ref()
                .is_none_or(|concern| (concern.includes)(row))
                && matches_words(row, &words)
        });
    }

    fn toggle_pause(&mut self) {
        self.paused = match self.paused {
            None => Some(Timestamp::now()),
            Some(_) => None,
        };
        self.table.announce(&if self.paused.is_some() {
            gettext("Paused")
        } else {
            gettext("Resumed")
        });
        self.run();
    }

    /// Asks for snapshots only while somebody can see them.
    fn run(&self) {
        let running = self.in_sight && self.paused.is_none();
        if running {
            self.pull.resume();
        } else {
            self.pull.pause();
        }
        if let Some(details) = &self.details {
            details.watch.set_running(running);
        }
    }

    fn open_details(&mut self, widgets: &Widgets, sender: &ComponentSender<Self>) {
        let Some(row) = self.table.selected() else {
            return;
        };
        let key = row.key();
        let page = DetailsPage::new(&row, &S::heading(), self.style.clone());
        let answers = sender.input_sender().clone();
        let watch = DetailsWatch::start(
            (self.open)(),
            key,
            S::cpu_row(&row).is_none(),
            Duration::from_secs(self.state.interval.into()),
            PRIMING,
            // Nobody listens any more when the window was closed in the meantime.
            move |answer| drop(answers.send(Message::DetailsAnswered(key, answer))),
        );
        if self.paused.is_some() {
            // One answer is on its way; the view stays as it is otherwise.
            watch.set_running(false);
        }
        let left = sender.input_sender().clone();
        page.page()
            .connect_hidden(move |_| drop(left.send(Message::DetailsLeft)));
        widgets.navigation.push(page.page());
        self.in_details.set(Some(key));
        self.details = Some(Details { page, watch });
    }

    fn details_answered(&mut self, key: ProcessKey, answer: Answer) {
        let Some(Details { page, watch }) = &self.details else {
            return;
        };
        if page.key() != key {
            return;
        }
        watch.answered(&answer);
        match answer {
            Ok(Reply::Details(Some(details))) => page.show_details(&details),
            Ok(Reply::Details(None)) => page.show_ended(),
            Ok(Reply::Cpu(snapshot)) => {
                let row = snapshot.rows.iter().find(|row| row.key == key);
                if let Some(row) = row {
                    page.show_resources(row);
                }
            }
            Ok(_) => {}
            Err(error) => self.failure = Some(error.to_string()),
        }
    }

    fn show(&mut self, widgets: &Widgets) {
        let counts = self.table.counts();
        let what = shown::<S>(
            self.snapshot.as_ref(),
            self.failure.as_deref(),
            counts.matched,
            !self.filter.trim().is_empty(),
            self.state.show_all,
        );
        widgets.show(&what, self.patient);
        widgets.show_paused(self.paused.is_some());
        widgets.title.set_subtitle(&self.subtitle());
        let lost = self.failure.as_deref().filter(|_| self.snapshot.is_some());
        if let Some(lost) = lost {
            widgets.banner.set_title(&glib::markup_escape_text(lost));
        }
        widgets.banner.set_revealed(lost.is_some());
        self.show_badge(widgets);
        if let Some(snapshot) = &self.snapshot {
            let note = notes::short(
                snapshot.cost,
                self.state.interval,
                &snapshot.degradations,
                &self.style,
            );
            widgets.notes.set_label(&note);
            widgets.notes.set_visible(true);
            widgets.notes_text.set_label(&notes::full(
                snapshot.cost,
                snapshot.degradations.iter().map(degradation::sentence),
                &self.style,
            ));
        }
    }

    fn show_badge(&mut self, widgets: &Widgets) {
        let moving = if self.table.hold().is_held() {
            self.table.would_move()
        } else {
            0
        };
        if moving > 0 {
            let count = u32::try_from(moving).unwrap_or(u32::MAX);
            let text = ngettext(
                "Order held · {} would move: Sort Now",
                "Order held · {} would move: Sort Now",
                count,
            );
            widgets
                .badge
                .set_label(&text.replace("{}", &count.to_string()));
        }
        widgets.badge.set_visible(moving > 0);
        let held = moving > 0;
        if held && !self.hold_announced {
            self.table.announce(&gettext("Order held"));
        }
        self.hold_announced = held;
    }

    fn subtitle(&self) -> String {
        let rate = match self.paused {
            // Translators: a time of day.
            Some(at) => gettext("Paused at {}").replace("{}", &self.time_of_day(at)),
            None => menu::interval_text(self.state.interval),
        };
        if self.snapshot.is_none() {
            return rate;
        }
        format!("{rate} · {}", self.matches_text())
    }

    fn matches_text(&self) -> String {
        let counts = self.table.counts();
        // Translators: so many of so many processes are shown.
        gettext("{shown} of {total}")
            .replace("{shown}", &counts.shown.to_string())
            .replace("{total}", &counts.total.to_string())
    }

    fn sorted_text(&self) -> String {
        let sort = self.table.sort();
        let title =
            S::Row::column(sort.column).map_or_else(String::new, |column| gettext(column.title));
        let text = match sort.direction {
            // Translators: spoken when the table was sorted, as in "sorted by CPU, descending".
            Direction::Ascending => gettext("sorted by {}, ascending"),
            Direction::Descending => gettext("sorted by {}, descending"),
        };
        text.replace("{}", &title)
    }

    fn time_of_day(&self, at: Timestamp) -> String {
        at.to_zoned(self.style.zone.clone())
            .strftime("%H:%M:%S")
            .to_string()
    }

    fn command_line(&self) -> Option<String> {
        let row = self.table.selected()?;
        Some(row.info().command_line.join(" "))
    }
}

fn step_back<S: Subject>(widgets: &Widgets, sender: &ComponentSender<DrillDown<S>>) {
    let on_details = widgets
        .navigation
        .visible_page()
        .is_some_and(|page| page != widgets.main);
    if on_details {
        widgets.navigation.pop();
    } else if !widgets.filter.text().is_empty() {
        sender.input(Message::FilterCleared);
    } else {
        sender.input(Message::CloseAsked);
    }
}

fn request<S: Subject>(table: Option<&Table<S::Row>>, in_details: Option<ProcessKey>) -> Request {
    let mut watch = table
        .filter(|table| S::watched_column().is_some_and(|key| table.shows(key)))
        .map(Table::on_screen)
        .unwrap_or_default();
    watch.extend(in_details);
    S::request(watch)
}

fn copy(window: &adw::Window, text: Option<String>) {
    if let Some(text) = text {
        window.clipboard().set_text(&text);
    }
}

fn connect_window(
    root: &adw::Window,
    widgets: &Widgets,
    send: &(impl Fn(Message) + Clone + 'static),
) {
    let tell = send.clone();
    root.connect_close_request(move |_| {
        tell(Message::CloseAsked);
        glib::Propagation::Stop
    });
    let tell = send.clone();
    root.connect_map(move |root| tell(Message::SightChanged(!root.is_suspended())));
    let tell = send.clone();
    root.connect_unmap(move |_| tell(Message::SightChanged(false)));
    let tell = send.clone();
    root.connect_suspended_notify(move |root| tell(Message::SightChanged(!root.is_suspended())));

    keys::add_shortcuts(root);
    let escape = Escape::default();
    let tell = send.clone();
    escape.watch(root, move || tell(Message::Escaped));
    if let Some(popover) = widgets.notes.popover() {
        escape.watch_popover(&popover);
    }
    add_breakpoints(root, send);
}

/// One breakpoint holds at a time, so the one for windows both narrow and low comes last.
fn add_breakpoints(root: &adw::Window, send: &(impl Fn(Message) + Clone + 'static)) {
    const NARROW: &str = "max-width: 600sp";
    const LOW: &str = "max-height: 420px";
    for (condition, narrow, low) in [
        (NARROW.to_owned(), true, false),
        (LOW.to_owned(), false, true),
        (format!("{NARROW} and {LOW}"), true, true),
    ] {
        let Ok(condition) = adw::BreakpointCondition::parse(&condition) else {
            continue;
        };
        let breakpoint = adw::Breakpoint::new(condition);
        let tell = send.clone();
        breakpoint.connect_apply(move |_| {
            tell(Message::NarrowChanged(narrow));
            tell(Message::LowChanged(low));
        });
        let tell = send.clone();
        breakpoint.connect_unapply(move |_| {
            tell(Message::NarrowChanged(false));
            tell(Message::LowChanged(false));
        });
        root.add_breakpoint(breakpoint);
    }
}
