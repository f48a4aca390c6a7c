//! The one drill-down window, for any subject.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use gettextrs::gettext;
use jiff::Timestamp;
use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk;
use relm4::gtk::glib;
use relm4::{Component, ComponentParts, ComponentSender};

use super::Origin;
use super::SubjectKind;
use super::asking::{Asked, request};
use super::completion::Completions;
use super::connect::connect_window;
use super::details::Details;
use super::empty::Shown;
use super::keys;
use super::menu::{self, Actions, GROUP};
use super::message::{Message, Output};
use super::parts::only;
use super::past::Compared;
use super::state::ViewState;
use super::strip::Strip;
use super::subject::{RangeOf, SnapshotOf, Subject, View};
use super::widgets::{Content, Widgets};
use crate::model::accounting::Explained;
use crate::model::format::Style;
use crate::model::process::ProcessKey;
use crate::model::query::Query;
use crate::model::table::Row;
use crate::source::Remembered;
use crate::ui::acting::Acting;
use crate::ui::details::DetailsWatch;
use crate::ui::graph::chart::Selection;
use crate::ui::pull::Pull;
use crate::ui::settings::Look;
use crate::ui::shared_style::SharedStyle;
use crate::ui::source_worker::OpenSource;
use crate::ui::table::{LINGER, Table};

/// First rows stand after two samples this far apart.
pub(super) const PRIMING: Duration = Duration::from_millis(250);
/// A spinner before this would only flash.
const PATIENCE: Duration = Duration::from_millis(500);

/// What a window is opened with.
pub struct Init {
    /// Makes sources to ask.
    pub open: Rc<dyn Fn() -> OpenSource>,
    /// Where it comes from.
    pub origin: Origin,
    /// What was chosen about it before.
    pub state: ViewState,
    /// How the lines of its graph are drawn.
    pub look: Look,
    /// How values are written.
    pub style: SharedStyle,
}

/// A window of one subject.
#[expect(
    clippy::struct_excessive_bools,
    reason = "they change independently of one another"
)]
pub struct DrillDown<S: Subject> {
    pub(super) state: ViewState,
    pub(super) style: SharedStyle,
    pub(super) table: Table<S::Row>,
    pub(super) pull: Pull,
    pub(super) actions: Actions,
    pub(super) open: Rc<dyn Fn() -> OpenSource>,
    // Which recording is shown: it does not change, and nothing is asked twice.
    pub(super) replayed: Option<Rc<str>>,
    pub(super) host: Option<Rc<str>>,
    pub(super) details: Option<Details<<S::Row as Row>::Key>>,
    // What is being done to processes, which are held meanwhile.
    pub(super) acting: Option<Acting>,
    // The process whose details are shown, for which everything is measured.
    pub(super) in_details: Rc<Cell<Option<ProcessKey>>>,
    // What the next question says beside the rows on screen.
    pub(super) asked: Rc<RefCell<Asked>>,
    pub(super) snapshot: Option<SnapshotOf<S::Row>>,
    // What share of the machine's own figure is explained, over the last ten seconds.
    pub(super) accounting: Explained,
    pub(super) explained: Option<f64>,
    pub(super) failure: Option<String>,
    pub(super) filter: String,
    // What the filter asked when it could last be understood.
    pub(super) query: Query,
    // Why it cannot be understood now.
    pub(super) problem: Option<String>,
    pub(super) strip: Strip,
    pub(super) remembered: Option<Remembered>,
    // The part of the past that is shown; `None` shows the present.
    pub(super) then: Option<Selection>,
    // What happened in it, where it is a range.
    pub(super) sentence: Option<String>,
    // The range that it is about, and as long a time before it.
    pub(super) range: Option<RangeOf<S::Row>>,
    // What a range that is shown has changed of the table; `None` where none is.
    pub(super) compared: Option<Compared>,
    // Whether it is not remembered any more.
    pub(super) forgotten: bool,
    // The last snapshot of the present, while the past is shown.
    pub(super) live: Option<SnapshotOf<S::Row>>,
    pub(super) paused: Option<Timestamp>,
    pub(super) in_sight: bool,
    pub(super) patient: bool,
    pub(super) narrow: bool,
    // Whether the next snapshot is sorted whatever holds the order.
    pub(super) sort_next: bool,
    // Whether it was said that the order is held.
    pub(super) hold_announced: bool,
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
        let Init {
            open,
            origin: Origin { replayed, host },
            state,
            look,
            style,
        } = init;
        let send = {
            let sender = sender.input_sender().clone();
            // Nobody listens any more when the window was closed in the meantime.
            move |message: Message| drop(sender.send(message))
        };
        let table = {
            let send = send.clone();
            Table::new(style.clone(), &state.layout, LINGER, move |event| {
                send(Message::Table(event));
            })
        };
        let actions = Actions::new::<S>(&state, send.clone());
        let strip = strip::<S>(&*open, &style, send.clone());
        let widgets = {
            let content = Content {
                title: S::title(),
                // Connections are not recorded.
                switch: S::switch_label().filter(|_| replayed.is_none()),
                replayed: replayed.is_some(),
                table: table.widget().upcast_ref(),
                strip: strip.widget().upcast_ref(),
                completions: Completions::new::<S::Row>,
            };
            Widgets::new(&root, &content, &state, &send)
        };

        prepare_window::<S>(&root, &state, host.as_deref());
        root.insert_action_group(GROUP, Some(actions.group()));
        prepare_widgets::<S>(&widgets, &style.now());
        prepare_table::<S>(&table, &state, &style.now());
        actions.enable_row(false);
        actions.enable_acting(false);
        actions.show_columns(&table.layout());
        keys::type_to_filter(table.view(), &widgets.filter);
        connect_window(&root, &widgets, S::topic(), &send);
        focus_rows_after_details(&widgets.navigation, &table, sender.input_sender().clone());
        // Not in the rows: the focus follows its process, and nobody has chosen one yet.
        widgets.filter.grab_focus();
        keys::add_table_shortcuts(table.view());
        widgets.show(&Shown::Waiting, true);

        let in_details = Rc::new(Cell::new(None));
        let asked = Rc::new(RefCell::new(Asked::first(&state)));
        let next = {
            let table = table.downgrade();
            let in_details = Rc::clone(&in_details);
            let asked = Rc::clone(&asked);
            let sort = state.layout.sort;
            move || {
                let table = table.upgrade();
                request::<S>(table.as_ref(), in_details.get(), &asked.borrow(), sort)
            }
        };
        let interval = Duration::from_secs(state.interval.into());
        let answered = send.clone();
        let pull = Pull::start(open(), interval, PRIMING, next, move |answer| {
            answered(Message::Answered(answer));
        });
        glib::timeout_add_local_once(PATIENCE, move || send(Message::WaitedLong));

        let model = Self {
            state,
            style,
            table,
            pull,
            actions,
            open,
            replayed,
            host,
            details: None,
            acting: None,
            in_details,
            asked,
            snapshot: None,
            accounting: Explained::default(),
            explained: None,
            failure: None,
            filter: String::new(),
            query: Query::default(),
            problem: None,
            strip,
            remembered: None,
            then: None,
            sentence: None,
            range: None,
            compared: None,
            forgotten: false,
            live: None,
            paused: None,
            in_sight: true,
            patient: true,
            narrow: false,
            sort_next: false,
            hold_announced: false,
        };
        model.begin(look);
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
                self.failure = None;
                self.answered(reply);
            }
            Message::Answered(Err(error)) => self.failed(&error),
            Message::Table(event) => self.table_told(event, widgets, &sender),
            Message::FilterChanged(text) => {
                if self.filter != text {
                    self.filter = text;
                    self.filter_changed();
                }
            }
            Message::FilterAsked => {
                widgets.navigation.pop_to_page(&widgets.main);
                widgets.filter.grab_focus();
            }
            Message::FilterLeft => self.table.grab_focus(),
            Message::FilterCleared => {
                widgets.filter.set_text("");
                sender.input(Message::FilterChanged(String::new()));
                self.table.grab_focus();
            }
            Message::Chosen(choice) => self.chosen(choice, widgets),
            Message::TimeSelected(selection) => self.select_time(selection),
            Message::Remembered(samples, remembered) => {
                self.strip.show(samples);
                self.remembered = remembered;
            }
            Message::PauseToggled => self.toggle_pause(),
            Message::UpdateAsked => {
                self.sort_next = true;
                self.pull.ask_now();
                if let Some(watch) = self.watch() {
                    watch.ask_now();
                }
            }
            Message::SortNowAsked => self.table.sort_now(),
            Message::FilterSet(text) => {
                widgets.navigation.pop_to_page(&widgets.main);
                widgets.filter.set_text(&text);
                sender.input(Message::FilterChanged(text));
            }
            Message::OnlyAsked(part) => {
                if let Some(filter) = self.table.selected().and_then(|row| only(&row, part)) {
                    sender.input(Message::FilterSet(filter));
                }
            }
            Message::SaveAsked => self.save(root, widgets, sender.input_sender()),
            Message::CopyAsked(what) => {
                if let Some(text) = self.copied(what) {
                    root.clipboard().set_text(&text);
                }
            }
            Message::SwitchAsked { selected } => self.switch(selected, &sender),
            Message::ConnectionsAsked => {
                if let Some(key) = self.details.as_ref().and_then(|it| it.page.key()) {
                    let filter = format!("pid:{}", key.pid);
                    // The window may be gone together with the program.
                    let _ = sender.output(Output::Switched(View::Connections, filter));
                }
            }
            Message::DetailsAsked => self.open_selected(widgets, &sender),
            Message::DetailsLeft => {
                self.details = None;
                self.in_details.set(None);
                self.enable_acting();
            }
            Message::ActAsked(wanted) => self.act(wanted, root, &sender),
            Message::ActingEnded(told) => self.acting_ended(told, widgets, sender.input_sender()),
            Message::EffectDue => self.look_at_effect(),
            Message::FocusLost(before) => self.take_focus_back(before, widgets),
            Message::DetailsAnswered(key, answer) => self.details_answered(key, answer),
            Message::SightChanged(in_sight) => {
                self.in_sight = in_sight;
                self.run();
            }
            Message::LookChosen(look) => self.strip.set_look(look),
            Message::HistoryCleared => self.forget(),
            Message::StyleChanged => self.restyle(widgets),
            Message::NarrowChanged(narrow) => self.set_narrow(narrow, widgets),
            Message::LowChanged(low) => {
                widgets.footer.set_visible(!low);
                self.strip.set_low(low);
            }
            Message::WaitedLong => self.patient = false,
            Message::Escaped => self.step_back(widgets, &sender),
            Message::CloseAsked => {
                self.compare(false);
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
    fn begin(&self, look: Look) {
        self.strip.set_look(look);
        self.apply_filter();
        if self.replayed.is_some() {
            self.actions.disable_live();
            self.strip.set_replayed();
            self.run();
        }
    }

    fn set_narrow(&mut self, narrow: bool, widgets: &Widgets) {
        self.narrow = narrow;
        self.table.set_narrow(narrow);
        widgets
            .interval
            .set_visible(!narrow && self.replayed.is_none());
        widgets.limit.set_visible(!narrow);
        if let Some(switch) = &widgets.switch {
            switch.set_visible(!narrow);
        }
        let menu = menu::window_menu::<S>(&self.style.now(), narrow);
        widgets.menu.set_menu_model(Some(&menu));
    }

    /// What Esc does, one step each time.
    fn step_back(&self, widgets: &Widgets, sender: &ComponentSender<Self>) {
        if widgets.completions.close() || self.strip.forget_crosshair() {
            return;
        }
        let on_details = widgets
            .navigation
            .visible_page()
            .is_some_and(|page| page != widgets.main);
        if on_details {
            widgets.navigation.pop();
        } else if !widgets.filter.text().is_empty() {
            sender.input(Message::FilterCleared);
        } else if self.then.is_some() {
            sender.input(Message::TimeSelected(None));
        } else {
            sender.input(Message::CloseAsked);
        }
    }

    pub(super) fn watch(&self) -> Option<&DetailsWatch> {
        self.details.as_ref()?.watch.as_ref()
    }
}

/// Gives a window its title and its size.
fn prepare_window<S: Subject>(window: &adw::Window, state: &ViewState, host: Option<&str>) {
    let title = match host {
        Some(host) => format!("{} — {host}", S::title()),
        None => S::title(),
    };
    window.set_title(Some(&title));
    window.set_default_size(state.size.0, state.size.1);
}

/// Has the rows take the focus as soon as the details begin to go, and keys act on them. At the end of their
/// way out the focus may be in a menu or in the filter already.
fn focus_rows_after_details<R: Row>(
    navigation: &adw::NavigationView,
    table: &Table<R>,
    left: relm4::Sender<Message>,
) {
    let table = table.downgrade();
    navigation.connect_popped(move |_, _| {
        // The window may be gone.
        let _ = left.send(Message::DetailsLeft);
        if let Some(table) = table.upgrade() {
            table.grab_focus();
        }
    });
}

/// Gives a window its menu, and its filter examples.
fn prepare_widgets<S: Subject>(widgets: &Widgets, style: &Style) {
    if S::KIND == SubjectKind::Network {
        let examples = gettext("Filter by name, PID, port:443, rx>1M…");
        widgets.filter.set_placeholder_text(Some(&examples));
    }
    let menu = menu::window_menu::<S>(style, false);
    widgets.menu.set_menu_model(Some(&menu));
}

/// Gives a table its menus, and has it be as it was chosen.
fn prepare_table<S: Subject>(table: &Table<S::Row>, state: &ViewState, style: &Style) {
    table.set_row_menu(&menu::row_menu::<S>());
    table.set_header_menu(&menu::table_menu::<S>(style));
    table.set_compact(state.compact);
    table.set_grouped(state.grouped);
    table.hold().set_for_good(state.hold_order);
    table.set_limit(state.limit);
}

/// The graph of what is remembered of a subject.
fn strip<S: Subject>(
    open: &dyn Fn() -> OpenSource,
    style: &SharedStyle,
    send: impl Fn(Message) + Clone + 'static,
) -> Strip {
    let select = send.clone();
    Strip::new(
        S::TABLE.map(|_| open()),
        S::KIND,
        style,
        move |selection| select(Message::TimeSelected(selection)),
        move |samples, remembered| send(Message::Remembered(samples, remembered)),
    )
}
