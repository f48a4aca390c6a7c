//! What happens to the rows of a drill-down window: snapshots arrive, the filter changes, somebody works
//! in the table.

use relm4::ComponentSender;

use super::details::Details;
use super::message::{Choice, Copied};
use super::parts::address;
use super::problem;
use super::subject::{SnapshotOf, Subject, View};
use super::widgets::Widgets;
use super::window::DrillDown;
use crate::model::accounting::Explained;
use crate::model::query::Query;
use crate::model::table::Row;
use crate::source::SourceError;
use crate::ui::failure;
use crate::ui::gaps;
use crate::ui::table::TableEvent;

impl<S: Subject> DrillDown<S> {
    pub(super) fn arrived(&mut self, snapshot: SnapshotOf<S::Row>) {
        gaps::refresh_begins(S::Row::SUBJECT, snapshot.rows.len());
        self.count_cpus(&snapshot);
        self.explained = S::account(&snapshot).and_then(|account| match self.then {
            None => self.accounting.add(snapshot.elapsed, &account),
            Some(_) => Explained::default().add(snapshot.elapsed, &account),
        });
        self.table.refresh(&snapshot.rows);
        self.table.set_remainder(&snapshot.remainder);
        let beyond = S::counted(&snapshot).map_or(0, |counted| {
            counted.matched.saturating_sub(snapshot.rows.len() as u64)
        });
        self.table
            .set_beyond(u32::try_from(beyond).unwrap_or(u32::MAX));
        if let Some(Details { row, page, .. }) = &self.details {
            let row = snapshot.rows.iter().find(|it| it.row_key() == *row);
            match row {
                Some(row) => page.show_row(row),
                // It may not have been there yet.
                None if self.then.is_some() => {}
                None if S::VIEW == View::Processes => page.show_gone(),
                None => page.show_ended(),
            }
        }
        self.enable_acting();
        self.snapshot = Some(snapshot);
        if std::mem::take(&mut self.sort_next) {
            self.table.sort_now();
        }
    }

    pub(super) fn failed(&mut self, error: &SourceError) {
        let failure = failure::sentence(error);
        if self.failure.as_ref() != Some(&failure) {
            self.table.announce(&failure);
        }
        self.failure = Some(failure);
    }

    pub(super) fn table_told(
        &mut self,
        event: TableEvent,
        widgets: &Widgets,
        sender: &ComponentSender<Self>,
    ) {
        match event {
            TableEvent::Activated => self.open_selected(widgets, sender),
            TableEvent::MoreActivated => self.chosen(Choice::Limit(None), widgets),
            TableEvent::Selected => {
                self.actions.enable_row(self.table.selected().is_some());
                self.enable_acting();
            }
            TableEvent::Sorted => {
                self.ask_for_rows();
                self.actions.show_sort(self.table.sort());
                self.actions.show_columns(&self.table.layout());
                self.table.announce(&self.table.sorted_text());
            }
            TableEvent::HoldEnded if self.paused.is_none() => self.table.sort_unless_held(),
            TableEvent::HoldEnded => {}
        }
    }

    /// Understands the filter anew. Where that fails the rows stay as they are.
    pub(super) fn filter_changed(&mut self) {
        let parsed =
            Query::parse(&self.filter).and_then(|query| query.check::<S::Row>().map(|()| query));
        match parsed {
            Ok(query) => {
                self.problem = None;
                self.query = query;
                self.apply_filter();
                self.ask_for_rows();
                self.table.announce(&self.matches_text());
            }
            Err(error) => {
                let problem = problem::sentence(&error);
                self.table.announce(&problem);
                self.problem = Some(problem);
            }
        }
    }

    pub(super) fn apply_filter(&self) {
        let query = self.asked_of_rows();
        let concern = S::concern().filter(|_| !self.state.show_all);
        // What no row accounts for has no name that could pass.
        self.table.hide_remainder(!query.is_empty());
        // Nobody is asked while paused.
        if S::FILTERED_AT_SOURCE && self.paused.is_none() {
            self.table.set_filter(|_| true);
            return;
        }
        self.table.set_filter(move |row| {
            concern
                .as_ref()
                .is_none_or(|concern| (concern.includes)(row))
                && query.matches(row)
        });
    }

    /// The text of the selected row that was asked for.
    pub(super) fn copied(&self, what: Copied) -> Option<String> {
        match what {
            Copied::Row => self.table.row_text(),
            Copied::AllRows => Some(self.table.all_text()),
            Copied::Address(end) => address(&self.table.selected()?, end),
            Copied::CommandLine => {
                let row = self.table.selected()?;
                Some(row.process()?.info.command_line.join(" "))
            }
        }
    }
}
