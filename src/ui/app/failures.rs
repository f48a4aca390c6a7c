//! What the main window says of what cannot be read.

use gettextrs::gettext;

use super::App;
use crate::model::snapshot::{Degradation, Missing};
use crate::source::{Reply, SourceError};
use crate::ui::failure;

/// Why something cannot be read, as sentences; `None` where it can.
#[derive(Default)]
pub(super) struct Failures {
    machine: Option<String>,
    processes: Option<String>,
}

impl App {
    pub(super) fn machine_is_read(&mut self) {
        self.failures.machine = None;
        if let Some(shown) = &self.elsewhere {
            shown.page.show_graphs();
        }
        self.show_failure();
    }

    pub(super) fn machine_failed(&mut self, error: &SourceError) {
        if self.host_failed(error) {
            return;
        }
        let text = match &self.elsewhere {
            Some(_) => gettext("{host} cannot be read: {error}").replace("{host}", &self.place()),
            None => gettext("This machine cannot be read: {error}"),
        };
        self.failures.machine = Some(text.replace("{error}", &failure::reason(error)));
        self.show_failure();
    }

    pub(super) fn processes_are_read(&mut self, reply: &Reply) {
        // Totals stand in for a table that costs too much, also where they are all that can be seen.
        let unseen = |it: &Degradation| it.what == Missing::Processes;
        let seen = match reply {
            Reply::System(snapshot) => !snapshot.degradations.iter().any(unseen),
            _ => true,
        };
        if seen && self.failures.processes.take().is_some() {
            self.show_failure();
        }
    }

    /// Of processes only that a probe cannot be asked is said here: without one the graphs go on.
    pub(super) fn processes_failed(&mut self, error: &SourceError) {
        let is_waited_for = self.elsewhere.is_some() && self.latest.is_none();
        if matches!(error, SourceError::Remote(_)) && !is_waited_for {
            let text = gettext("Processes cannot be read: {error}");
            self.failures.processes = Some(text.replace("{error}", &failure::reason(error)));
            self.show_failure();
        }
    }

    fn show_failure(&self) {
        let failures = &self.failures;
        let text = failures.machine.as_ref().or(failures.processes.as_ref());
        if let Some(text) = text
            && (self.banner.title() != *text || !self.banner.is_revealed())
        {
            self.banner.set_title(text);
            self.announce(text);
        }
        self.banner.set_revealed(text.is_some());
    }
}
