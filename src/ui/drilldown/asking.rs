//! What a drill-down window asks its source, and when.

use gettextrs::gettext;
use jiff::Timestamp;
use relm4::ComponentSender;

use super::message::{Output, Part};
use super::parts::only;
use super::past;
use super::state::ViewState;
use super::subject::{Subject, View, Wanted};
use super::window::DrillDown;
use crate::model::connection::HostNames;
use crate::model::process::ProcessKey;
use crate::source::Request;
use crate::ui::graph::chart::Selection;
use crate::ui::table::{Sort, Table};

/// What was chosen that a question can say.
pub(super) struct Asked {
    pub(super) filter: String,
    pub(super) limit: Option<u32>,
    pub(super) names: HostNames,
    pub(super) then: Option<Selection>,
}

impl Asked {
    /// What a new window asks for.
    pub(super) fn first(state: &ViewState) -> Self {
        Self {
            filter: String::new(),
            limit: state.limit,
            names: state.names,
            then: None,
        }
    }
}

impl<S: Subject> DrillDown<S> {
    /// Asks anew where the rows are chosen by who is asked: other ones may pass now.
    pub(super) fn ask_for_rows(&self) {
        let asked = Asked {
            filter: self.query.to_string(),
            limit: self.state.limit,
            names: self.state.names,
            then: self.then,
        };
        self.asked.replace(asked);
        if self.snapshot.as_ref().and_then(S::counted).is_some() && self.paused.is_none() {
            self.pull.ask_now();
        }
    }

    /// Asks for the other view of the network.
    pub(super) fn switch(&self, selected: bool, sender: &ComponentSender<Self>) {
        let view = match S::VIEW {
            View::Processes => View::Connections,
            View::Connections => View::Processes,
        };
        let row = self.table.selected().filter(|_| selected);
        let filter = row
            .and_then(|row| only(&row, Part::Process))
            .unwrap_or_default();
        // The window may be gone together with the program.
        let _ = sender.output(Output::Switched(view, filter));
    }

    pub(super) fn toggle_pause(&mut self) {
        self.paused = match self.paused {
            None => Some(Timestamp::now()),
            Some(_) => None,
        };
        self.table.announce(&if self.paused.is_some() {
            gettext("Paused")
        } else {
            gettext("Resumed")
        });
        if S::FILTERED_AT_SOURCE {
            self.apply_filter();
        }
        self.run();
    }

    /// Asks for snapshots only while somebody can see them.
    pub(super) fn run(&self) {
        let looking = self.in_sight && self.paused.is_none() && self.replayed.is_none();
        self.strip.set_running(looking);
        let running = looking && self.then.is_none();
        if running {
            self.pull.resume();
        } else {
            self.pull.pause();
        }
        if let Some(watch) = self.watch() {
            watch.set_running(running);
        }
    }
}

/// The next question.
pub(super) fn request<S: Subject>(
    table: Option<&Table<S::Row>>,
    in_details: Option<ProcessKey>,
    asked: &Asked,
    sort: Sort,
) -> Request {
    if let (Some(table), Some(then)) = (S::TABLE, asked.then) {
        return past::request(table, then);
    }
    let mut watch = table
        .filter(|table| S::watched_column().is_some_and(|key| table.shows(key)))
        .map(Table::on_screen)
        .unwrap_or_default();
    watch.extend(in_details);
    S::request(Wanted {
        watch,
        filter: asked.filter.clone(),
        sort: table.map_or(sort, Table::sort),
        limit: asked.limit,
        names: asked.names,
    })
}
