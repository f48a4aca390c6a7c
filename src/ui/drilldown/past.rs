//! A table as it was: what is selected in the strip takes the place of the present.

use gettextrs::gettext;

use super::subject::Subject;
use super::widgets::Widgets;
use super::window::DrillDown;
use crate::source::{Reply, Request, Table};
use crate::ui::graph::chart::Selection;

impl<S: Subject> DrillDown<S> {
    /// Shows the moment or range that was selected, or the present.
    pub(super) fn select_time(&mut self, selection: Option<Selection>) {
        if S::TABLE.is_none() || self.then == selection {
            return;
        }
        self.then = selection;
        self.forgotten = false;
        self.ask_for_rows();
        self.strip.select(selection);
        self.run();
        if selection.is_some() {
            self.pull.ask_now();
            return;
        }
        self.table.announce(&gettext("Back to live"));
        if let Some(live) = self.live.take() {
            self.sort_next = true;
            self.arrived(live);
        }
    }

    /// Takes in an answer, if it is about the time that is shown now.
    pub(super) fn answered(&mut self, reply: Reply) {
        let table = match (self.then, reply) {
            (None, reply) => reply,
            (Some(Selection::Moment(_)), Reply::Moment(Some(table))) => *table,
            (Some(Selection::Range { .. }), Reply::Range(Some(range))) => range.table,
            (Some(_), Reply::Moment(None) | Reply::Range(None)) => {
                self.forgotten = true;
                return;
            }
            // The last answer about the present was under way.
            (Some(_), reply) => {
                self.live = S::snapshot(reply).or_else(|| self.live.take());
                return;
            }
        };
        let Some(snapshot) = S::snapshot(table) else {
            return;
        };
        if self.then.is_some() {
            self.live = self.live.take().or_else(|| self.snapshot.take());
            self.sort_next = true;
        }
        self.arrived(snapshot);
    }

    /// Says which time is shown.
    pub(super) fn show_time(&self, widgets: &Widgets) {
        let Some(then) = self.then else {
            widgets.past.set_revealed(false);
            return;
        };
        let time = self.strip.words(then);
        let text = if self.forgotten {
            gettext("{time} is not remembered any more")
        } else {
            // Translators: above a table of the past, as in "Showing 14:02:10".
            gettext("Showing {time}")
        };
        let text = text.replace("{time}", &time);
        if widgets.past.title() != text {
            widgets.past.set_title(&text);
            self.table.announce(&text);
        }
        widgets.past.set_revealed(true);
    }
}

/// The question about this part of the past of a table.
pub(super) fn request(table: Table, then: Selection) -> Request {
    match then {
        Selection::Moment(at) => Request::Moment { table, at },
        Selection::Range { .. } => Request::Range {
            table,
            from: then.start(),
            to: then.end(),
        },
    }
}
