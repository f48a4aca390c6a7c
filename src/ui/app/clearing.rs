//! What was seen so far can be forgotten, after a question.

use adw::prelude::*;
use gettextrs::gettext;
use relm4::{Sender, adw, gtk};

use super::{App, AppMsg};
use crate::model::cores::CoreHistory;
use crate::model::history::History;

/// The response that clears the history.
const CLEAR: &str = "clear";

impl App {
    /// Asks whether all that is remembered shall be forgotten.
    pub(super) fn ask_for_clearing(&self, sender: &Sender<AppMsg>) {
        let question = adw::AlertDialog::builder()
            .heading(gettext("Clear History?"))
            .body(gettext(
                "The graphs start anew, and what processes did until now is forgotten. \
                 Saved files stay.",
            ))
            .default_response("cancel")
            .close_response("cancel")
            .build();
        question.add_responses(&[("cancel", &gettext("_Cancel")), (CLEAR, &gettext("C_lear"))]);
        question.set_response_appearance(CLEAR, adw::ResponseAppearance::Destructive);
        let sender = sender.clone();
        let window = &self.window;
        question.choose(Some(window), gtk::gio::Cancellable::NONE, move |answer| {
            if answer == CLEAR {
                // The window may be gone together with the program.
                drop(sender.send(AppMsg::ClearingConfirmed));
            }
        });
    }

    /// Forgets all that is remembered, in all windows.
    pub(super) fn clear_history(&mut self) {
        let Some(store) = &self.store else { return };
        store.forget();
        self.history.replace(History::default());
        self.cores.replace(CoreHistory::default());
        self.latest = None;
        // What was missed while paused is forgotten as well.
        self.missed.set(None);
        for panel in &self.panels {
            panel.clear();
        }
        self.drill_downs.forget();
        self.announce(&gettext("History cleared"));
    }
}
