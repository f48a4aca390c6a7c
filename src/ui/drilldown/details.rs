//! The details of a process as a page above its table.

use std::time::Duration;

use relm4::ComponentSender;

use super::keys;
use super::menu::{self, GROUP};
use super::message::Message;
use super::subject::Subject;
use super::widgets::Widgets;
use super::window::{DrillDown, PRIMING};
use crate::model::process::ProcessKey;
use crate::model::table::Row;
use crate::source::Reply;
use crate::ui::details::{DetailsPage, DetailsWatch};
use crate::ui::failure;
use crate::ui::source_worker::Answer;

/// The page that is shown above the table.
pub(super) struct Details<K> {
    /// The row that it is about.
    pub(super) row: K,
    pub(super) page: DetailsPage,
    pub(super) watch: Option<DetailsWatch>,
}

impl<S: Subject> DrillDown<S> {
    /// Shows the details of the selected process.
    pub(super) fn open_selected(&mut self, widgets: &Widgets, sender: &ComponentSender<Self>) {
        if let Some(row) = self.table.selected() {
            self.open_details(&row, widgets, sender);
        }
    }

    pub(super) fn open_details(
        &mut self,
        row: &S::Row,
        widgets: &Widgets,
        sender: &ComponentSender<Self>,
    ) {
        if self.details.is_some() {
            return;
        }
        // Nothing is done to what a recording shows.
        let acting = self.replayed.is_none().then(menu::acting_menu);
        let page = DetailsPage::new(
            row,
            &S::heading(),
            &format!("{GROUP}.connections"),
            acting.as_ref(),
            self.style.clone(),
        );
        keys::add_details_shortcuts(page.page());
        // Nothing beside the rows is recorded.
        let watched = page.key().filter(|_| self.replayed.is_none());
        let watch = watched.map(|key| {
            let answers = sender.input_sender().clone();
            let interval = Duration::from_secs(self.state.interval.into());
            let watch = DetailsWatch::start(
                (self.open)(),
                key,
                S::cpu_row(row).is_none(),
                self.state.names,
                (interval, PRIMING),
                // Nobody listens any more when the window was closed in the meantime.
                move |answer| drop(answers.send(Message::DetailsAnswered(key, answer))),
            );
            if self.paused.is_some() || self.then.is_some() {
                // One round is on its way; the view stays as it is otherwise.
                watch.set_running(false);
            }
            watch
        });
        widgets.navigation.push(page.page());
        self.in_details.set(page.key());
        self.details = Some(Details {
            row: row.row_key(),
            page,
            watch,
        });
        self.enable_acting();
    }

    pub(super) fn details_answered(&mut self, key: ProcessKey, answer: Answer) {
        let Some(Details {
            page,
            watch: Some(watch),
            ..
        }) = &self.details
        else {
            return;
        };
        if page.key() != Some(key) {
            return;
        }
        watch.answered(&answer);
        match answer {
            Ok(Reply::Details(Some(details))) => page.show_details(details),
            Ok(Reply::Details(None)) => {
                page.show_gone();
                self.enable_acting();
            }
            Ok(Reply::Connections(snapshot)) => page.show_connections(&snapshot),
            Ok(Reply::Cpu(snapshot)) => {
                let row = snapshot.rows.iter().find(|row| row.key == key);
                if let Some(row) = row {
                    page.show_resources(row);
                }
            }
            Ok(_) => {}
            Err(error) => self.failure = Some(failure::sentence(&error)),
        }
    }
}
