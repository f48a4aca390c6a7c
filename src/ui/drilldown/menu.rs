//! The menus of a drill-down window and the actions behind them.

use gettextrs::gettext;
use relm4::gtk::gio;
use relm4::gtk::gio::prelude::*;
use relm4::gtk::glib;

use super::SubjectKind;
use super::message::{Choice, Copied, End, Message, Part};
use super::state::{INTERVALS, LIMITS, ViewState};
use super::subject::{Subject, View};
use crate::model::connection::HostNames;
use crate::model::format::Style;
use crate::model::table::Direction;
use crate::ui::acting::Wanted;
use crate::ui::action_log;
use crate::ui::actions;
use crate::ui::help::topics;
use crate::ui::table::{Layout, PROCESS, Sort, heading, offered};

/// Actions on the selected row.
const ROW_ACTIONS: [&str; 8] = [
    "copy-command-line",
    "details",
    "switch-selected",
    "only-remote",
    "only-port",
    "only-process",
    "copy-local",
    "copy-remote",
];

/// What can be done to the selected processes, and the action that asks.
const ACTING: [(Wanted, &str); 5] = [
    (Wanted::Priority, "priority"),
    (Wanted::Stop, "stop"),
    (Wanted::Continue, "continue"),
    (Wanted::End, END),
    (Wanted::Kill, "kill"),
];

/// Name of the action that ends the selected processes.
pub const END: &str = "end";

/// Name of the group that the window has its actions in.
pub const GROUP: &str = "drilldown";

/// The window's actions, each of which sends a message.
pub struct Actions {
    group: gio::SimpleActionGroup,
}

impl Actions {
    /// Actions in the state that was chosen.
    pub fn new<S: Subject>(state: &ViewState, send: impl Fn(Message) + Clone + 'static) -> Self {
        let actions = Self {
            group: gio::SimpleActionGroup::new(),
        };
        let simple = |name: &str, message: fn() -> Message| {
            let action = gio::SimpleAction::new(name, None);
            let send = send.clone();
            action.connect_activate(move |_, _| send(message()));
            actions.group.add_action(&action);
        };
        simple("pause", || Message::PauseToggled);
        simple("update", || Message::UpdateAsked);
        simple("live", || Message::TimeSelected(None));
        simple("sort-now", || Message::SortNowAsked);
        simple("find", || Message::FilterAsked);
        simple("clear-filter", || Message::FilterCleared);
        simple("copy-row", || Message::CopyAsked(Copied::Row));
        simple("save", || Message::SaveAsked);
        simple("copy-all", || Message::CopyAsked(Copied::AllRows));
        simple("copy-command-line", || {
            Message::CopyAsked(Copied::CommandLine)
        });
        simple("details", || Message::DetailsAsked);
        simple("close", || Message::CloseAsked);
        simple("switch", || Message::SwitchAsked { selected: false });
        simple("switch-selected", || Message::SwitchAsked {
            selected: true,
        });
        simple("connections", || Message::ConnectionsAsked);
        simple("only-remote", || Message::OnlyAsked(Part::Remote));
        simple("only-port", || Message::OnlyAsked(Part::Port));
        simple("only-process", || Message::OnlyAsked(Part::Process));
        simple("copy-local", || {
            Message::CopyAsked(Copied::Address(End::Local))
        });
        simple("copy-remote", || {
            Message::CopyAsked(Copied::Address(End::Remote))
        });

        for (wanted, name) in ACTING {
            let action = gio::SimpleAction::new(name, None);
            let send = send.clone();
            action.connect_activate(move |_, _| send(Message::ActAsked(wanted)));
            actions.group.add_action(&action);
        }
        actions.switch("hold-order", state.hold_order, &send, Choice::HoldOrder);
        actions.switch("compact", state.compact, &send, Choice::Compact);
        actions.switch("group", state.grouped, &send, Choice::Group);
        actions.switch("show-all", state.show_all, &send, Choice::ShowAll);
        let descending = state.layout.sort.direction == Direction::Descending;
        actions.switch("descending", descending, &send, Choice::Descending);
        for column in &state.layout.columns {
            let key = column.key;
            actions.switch(&column_action(key), column.shown, &send, move |shown| {
                Choice::Column(key, shown)
            });
        }
        actions.choice("interval", &state.interval.to_string(), &send, |text| {
            Some(Message::Chosen(Choice::Interval(text.parse().ok()?)))
        });
        actions.choice("host-names", names_target(state.names), &send, |text| {
            let names = NAMES.into_iter().find(|&it| names_target(it) == text)?;
            Some(Message::Chosen(Choice::HostNames(names)))
        });
        actions.choice("limit", &limit_target(state.limit), &send, |text| {
            Some(Message::Chosen(Choice::Limit(text.parse().ok())))
        });
        actions.choice("sort", state.layout.sort.column, &send, |text| {
            offered::<S::Row>()
                .find(|column| column.key == text)
                .map(|column| Message::Chosen(Choice::SortColumn(column.key)))
        });
        action_log::watch_if_asked(GROUP, &actions.group);
        actions
    }

    /// The actions for the window.
    pub fn group(&self) -> &gio::SimpleActionGroup {
        &self.group
    }

    /// Has the menus show this interval.
    pub fn show_interval(&self, seconds: u32) {
        self.show("interval", &seconds.to_string().to_variant());
    }

    /// Has the menus show this limit.
    pub fn show_limit(&self, limit: Option<u32>) {
        self.show("limit", &limit_target(limit).to_variant());
    }

    /// Has the menus show this sorting.
    pub fn show_sort(&self, sort: Sort) {
        self.show("sort", &sort.column.to_variant());
        let descending = sort.direction == Direction::Descending;
        self.show("descending", &descending.to_variant());
    }

    /// Has the menus show which columns there are. The one that sorts is shown as long as it does.
    pub fn show_columns(&self, layout: &Layout) {
        for column in &layout.columns {
            if let Some(action) = self.find(&column_action(column.key)) {
                action.set_state(&column.shown.to_variant());
                action.set_enabled(column.key != layout.sort.column);
            }
        }
    }

    /// Whether the actions on the selected row can be used.
    pub fn enable_row(&self, selected: bool) {
        for name in ROW_ACTIONS {
            if let Some(action) = self.find(name) {
                action.set_enabled(selected);
            }
        }
    }

    /// Whether something can be done to the selected processes.
    pub fn enable_acting(&self, can: bool) {
        for (_, name) in ACTING {
            if let Some(action) = self.find(name) {
                action.set_enabled(can);
            }
        }
    }

    /// Takes away what makes no sense while a recording is shown.
    pub fn disable_live(&self) {
        for name in [
            "pause",
            "update",
            "switch",
            "switch-selected",
            "connections",
        ] {
            self.group.remove_action(name);
        }
    }

    fn find(&self, name: &str) -> Option<gio::SimpleAction> {
        self.group.lookup_action(name).and_downcast()
    }

    fn show(&self, name: &str, state: &glib::Variant) {
        if let Some(action) = self.find(name) {
            action.set_state(state);
        }
    }

    fn switch(
        &self,
        name: &str,
        on: bool,
        send: &(impl Fn(Message) + Clone + 'static),
        choice: impl Fn(bool) -> Choice + 'static,
    ) {
        let action = gio::SimpleAction::new_stateful(name, None, &on.to_variant());
        let send = send.clone();
        action.connect_change_state(move |action, state| {
            if let Some(on) = state.and_then(glib::Variant::get::<bool>) {
                action.set_state(&on.to_variant());
                send(Message::Chosen(choice(on)));
            }
        });
        self.group.add_action(&action);
    }

    fn choice(
        &self,
        name: &str,
        chosen: &str,
        send: &(impl Fn(Message) + Clone + 'static),
        message: impl Fn(&str) -> Option<Message> + 'static,
    ) {
        let action = gio::SimpleAction::new_stateful(
            name,
            Some(glib::VariantTy::STRING),
            &chosen.to_variant(),
        );
        let send = send.clone();
        action.connect_change_state(move |action, state| {
            let text = state.and_then(glib::Variant::get::<String>);
            if let Some((text, message)) = text.and_then(|text| {
                let message = message(&text)?;
                Some((text, message))
            }) {
                action.set_state(&text.to_variant());
                send(message);
            }
        });
        self.group.add_action(&action);
    }
}

/// The menu of the window. In a narrow one it holds what has no place beside the filter and the title.
pub fn window_menu<S: Subject>(style: &Style, narrow: bool) -> gio::Menu {
    let menu = gio::Menu::new();
    if narrow {
        let beside = gio::Menu::new();
        let intervals = gio::Menu::new();
        for seconds in INTERVALS {
            append(
                &intervals,
                &interval_text(seconds),
                "interval",
                &seconds.to_string(),
            );
        }
        beside.append_submenu(Some(&gettext("Interval")), &intervals);
        let limits = gio::Menu::new();
        for limit in LIMITS {
            append(&limits, &limit_text(limit), "limit", &limit_target(limit));
        }
        beside.append_submenu(Some(&gettext("Limit")), &limits);
        if let Some(other) = S::switch_label() {
            beside.append(Some(&other), Some(&full("switch")));
        }
        menu.append_section(None, &beside);
    }
    menu.append_section(None, &table_menu::<S>(style));
    let rows = gio::Menu::new();
    if S::VIEW == View::Processes {
        rows.append(Some(&gettext("Group by Program")), Some(&full("group")));
    }
    rows.append(Some(&gettext("Hold Order")), Some(&full("hold-order")));
    rows.append(Some(&gettext("Compact")), Some(&full("compact")));
    if S::concern().is_some() {
        rows.append(
            Some(&gettext("Show All Processes")),
            Some(&full("show-all")),
        );
    }
    if S::KIND == SubjectKind::Network {
        let names = gio::Menu::new();
        for which in NAMES {
            append(
                &names,
                &names_text(which),
                "host-names",
                names_target(which),
            );
        }
        rows.append_submenu(Some(&gettext("Look Up Host Names")), &names);
    }
    rows.append(Some(&gettext("Copy All Rows")), Some(&full("copy-all")));
    rows.append(Some(&gettext("Save Data…")), Some(&full("save")));
    menu.append_section(None, &rows);
    let help = gio::Menu::new();
    for (title, topic) in [
        (gettext("Filter Syntax"), topics::about_filter()),
        (gettext("Help"), S::topic()),
    ] {
        let item = gio::MenuItem::new(Some(&title), None);
        let action = format!("app.{}", actions::HELP);
        item.set_action_and_target_value(Some(&action), Some(&topic.to_variant()));
        help.append_item(&item);
    }
    menu.append_section(None, &help);
    menu
}

/// Columns and sorting: the menu of the headings, and a part of the window's.
pub fn table_menu<S: Subject>(style: &Style) -> gio::Menu {
    let (columns, keys) = (gio::Menu::new(), gio::Menu::new());
    for column in offered::<S::Row>() {
        let title = heading(column, style);
        append(&keys, &title, "sort", column.key);
        if column.key != PROCESS {
            columns.append(Some(&title), Some(&full(&column_action(column.key))));
        }
    }
    let sorting = gio::Menu::new();
    let direction = gio::Menu::new();
    direction.append(Some(&gettext("Descending")), Some(&full("descending")));
    sorting.append_section(None, &direction);
    sorting.append_section(None, &keys);
    let menu = gio::Menu::new();
    menu.append_submenu(Some(&gettext("Columns")), &columns);
    menu.append_submenu(Some(&gettext("Sort By")), &sorting);
    menu
}

/// The menu of a row.
pub fn row_menu<S: Subject>() -> gio::Menu {
    let menu = gio::Menu::new();
    menu.append(Some(&gettext("Details")), Some(&full("details")));
    if S::VIEW == View::Connections {
        let only = gio::Menu::new();
        for (title, action) in [
            (gettext("Show Only This Remote"), "only-remote"),
            (gettext("Show Only This Port"), "only-port"),
            (gettext("Show Only This Process"), "only-process"),
        ] {
            only.append(Some(&title), Some(&full(action)));
        }
        menu.append_section(None, &only);
    } else if S::KIND == SubjectKind::Network {
        menu.append(
            Some(&gettext("Show Connections")),
            Some(&full("switch-selected")),
        );
    }
    let copy = gio::Menu::new();
    copy.append(Some(&gettext("Copy Row")), Some(&full("copy-row")));
    copy.append(Some(&gettext("Copy All Rows")), Some(&full("copy-all")));
    if S::VIEW == View::Connections {
        copy.append(
            Some(&gettext("Copy Remote Address")),
            Some(&full("copy-remote")),
        );
        copy.append(
            Some(&gettext("Copy Local Address")),
            Some(&full("copy-local")),
        );
    }
    copy.append(
        Some(&gettext("Copy Command Line")),
        Some(&full("copy-command-line")),
    );
    menu.append_section(None, &copy);
    // A connection is not what ends.
    let heading = (S::VIEW == View::Connections).then(|| gettext("Process"));
    menu.append_section(heading.as_deref(), &acting_menu());
    menu
}

/// What can be done to processes.
pub fn acting_menu() -> gio::Menu {
    let menu = gio::Menu::new();
    for (wanted, name) in ACTING {
        let title = match wanted {
            Wanted::Priority => gettext("Priority…"),
            Wanted::Stop => gettext("Stop…"),
            Wanted::Continue => gettext("Continue"),
            Wanted::End => gettext("End…"),
            Wanted::Kill => gettext("Kill…"),
        };
        let item = gio::MenuItem::new(Some(&title), Some(&full(name)));
        if name == END {
            item.set_attribute_value("accel", Some(&"Delete".to_variant()));
        }
        menu.append_item(&item);
    }
    menu
}

/// An interval in words.
pub fn interval_text(seconds: u32) -> String {
    // Translators: how often values are taken, in seconds.
    gettext("Every {} s").replace("{}", &seconds.to_string())
}

/// Which remote hosts can be named.
const NAMES: [HostNames; 3] = [HostNames::Off, HostNames::Public, HostNames::All];

fn names_text(names: HostNames) -> String {
    match names {
        HostNames::Off => gettext("Never"),
        HostNames::Public => gettext("Public Only"),
        HostNames::All => gettext("Private Too"),
    }
}

fn names_target(names: HostNames) -> &'static str {
    match names {
        HostNames::Off => "off",
        HostNames::Public => "public",
        HostNames::All => "all",
    }
}

/// A limit in words.
pub fn limit_text(limit: Option<u32>) -> String {
    match limit {
        None => gettext("All"),
        Some(rows) => gettext("Top {}").replace("{}", &rows.to_string()),
    }
}

fn append(menu: &gio::Menu, title: &str, action: &str, target: &str) {
    let item = gio::MenuItem::new(Some(title), None);
    item.set_action_and_target_value(Some(&full(action)), Some(&target.to_variant()));
    menu.append_item(&item);
}

fn full(action: &str) -> String {
    format!("{GROUP}.{action}")
}

fn column_action(key: &str) -> String {
    format!("column-{}", key.replace('_', "-"))
}

fn limit_target(limit: Option<u32>) -> String {
    limit.map_or_else(|| "all".to_owned(), |rows| rows.to_string())
}
