//! A table as it was: what is selected in the strip takes the place of the present.

use std::sync::Arc;

use gettextrs::gettext;
use relm4::gtk::prelude::*;

use super::subject::{SnapshotOf, Subject};
use super::widgets::Widgets;
use super::window::DrillDown;
use crate::source::{Range, Reply, Request, Table};
use crate::ui::graph::chart::Selection;
use crate::ui::table::Sort;

/// What a range that is shown has changed of a table until it is left.
#[derive(Debug)]
pub struct Compared {
    // Columns that are shown for it, and those that are hidden for it.
    shown: Vec<&'static str>,
    aside: Vec<&'static str>,
    // How the table was sorted before.
    sort: Sort,
}

impl Compared {
    /// A person chose whether this column is shown.
    pub(super) fn leave_alone(&mut self, key: &str) {
        self.shown.retain(|other| *other != key);
        self.aside.retain(|other| *other != key);
    }
}

impl<S: Subject> DrillDown<S> {
    /// Shows the moment or range that was selected, or the present.
    pub(super) fn select_time(&mut self, selection: Option<Selection>) {
        if S::TABLE.is_none() || self.then == selection {
            return;
        }
        self.then = selection;
        self.enable_acting();
        self.forgotten = false;
        self.sentence = None;
        self.range = None;
        self.compare(selection.is_some_and(Selection::is_range));
        self.ask_for_rows();
        self.strip.select(selection);
        self.run();
        if selection.is_some() {
            self.pull.ask_now();
            return;
        }
        self.table.announce(&if self.replayed.is_some() {
            gettext("At the end")
        } else {
            gettext("Back to live")
        });
        if let Some(live) = self.live.take() {
            self.arrived(live);
            self.table.sort_from_top();
        }
    }

    /// Shows the present: nothing is remembered any more.
    pub(super) fn forget(&mut self) {
        self.select_time(None);
        self.strip.show(Vec::new());
        self.remembered = None;
    }

    /// Takes in an answer, if it is about the time that is shown now.
    pub(super) fn answered(&mut self, reply: Reply) {
        let table = match (self.then, reply) {
            (None, reply) => reply,
            (Some(Selection::Moment(_)), Reply::Moment(Some(table))) => *table,
            (Some(Selection::Range { .. }), Reply::Range(Some(range))) => {
                self.range_arrived(*range);
                return;
            }
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
            self.past_arrived(snapshot);
        } else {
            self.arrived(snapshot);
        }
    }

    fn range_arrived(&mut self, range: Range) {
        let Some(snapshot) = S::snapshot(range.table) else {
            return;
        };
        self.count_cpus(&snapshot);
        let before = range.before.and_then(S::snapshot);
        let explained = S::explain(&snapshot, before.as_ref(), &self.style.now());
        self.range = Some((Arc::clone(&snapshot), before));
        match explained {
            Some((snapshot, sentence)) => {
                self.table.announce(&sentence);
                self.sentence = Some(sentence);
                self.past_arrived(snapshot);
            }
            None => self.past_arrived(snapshot),
        }
    }

    /// Writes anew what happened in the range that is shown.
    pub(super) fn explain_range(&mut self) {
        if let Some((range, before)) = self.range.as_ref().filter(|_| self.sentence.is_some()) {
            let explained = S::explain(range, before.as_ref(), &self.style.now());
            self.sentence = explained.map(|(_, sentence)| sentence);
        }
    }

    fn past_arrived(&mut self, snapshot: SnapshotOf<S::Row>) {
        self.live = self.live.take().or_else(|| self.snapshot.take());
        self.arrived(snapshot);
        self.table.sort_from_top();
    }

    /// Shows what a range tells of rows while one is shown, in a table that nobody has changed in the place of
    /// what it does not tell of; a person's own choice stays.
    pub(super) fn compare(&mut self, compares: bool) {
        if !compares {
            if let Some(compared) = self.compared.take() {
                self.end_comparison(&compared);
            }
        } else if self.compared.is_none() {
            self.compared = Some(self.begin_comparison());
        }
        self.actions.show_columns(&self.table.layout());
    }

    fn begin_comparison(&self) -> Compared {
        let layout = self.table.layout();
        let shown: Vec<_> = layout.shown().collect();
        let usual = S::layout();
        let is_usual = usual.shown().eq(shown.iter().copied());
        let aside = S::ASIDE.iter().filter(|key| {
            let sorts = **key == layout.sort.column;
            is_usual && !sorts && shown.contains(key)
        });
        let compared = Compared {
            shown: S::COMPARED
                .iter()
                .filter(|key| !shown.contains(key))
                .copied()
                .collect(),
            aside: aside.copied().collect(),
            sort: layout.sort,
        };
        for key in &compared.aside {
            self.table.choose(key, false);
        }
        for key in &compared.shown {
            self.table.choose(key, true);
        }
        compared
    }

    fn end_comparison(&self, compared: &Compared) {
        // What only a range tells sorts nothing else.
        if compared.shown.contains(&self.table.sort().column) {
            self.table.sort_by(compared.sort);
        }
        for key in &compared.shown {
            self.table.choose(key, false);
        }
        for key in &compared.aside {
            self.table.choose(key, true);
        }
    }

    /// Says which time is shown.
    pub(super) fn show_time(&self, widgets: &Widgets) {
        let Some(then) = self.then else {
            if widgets.past_has_focus() {
                self.strip.grab_focus();
            }
            widgets.past.set_revealed(false);
            widgets.explanation.set_visible(false);
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
            // Before there are samples nobody knows which time it is.
            if !time.is_empty() {
                self.table.announce(&text);
            }
        }
        widgets.past.set_revealed(true);
        widgets.explanation.set_visible(self.sentence.is_some());
        if let Some(sentence) = &self.sentence
            && widgets.explanation.label() != *sentence
        {
            widgets.explanation.set_label(sentence);
        }
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
