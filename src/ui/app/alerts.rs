//! The main window's part in alerts: it stays without being seen, and opens what they tell of.

use std::time::Duration;

use gtk::prelude::*;
use relm4::{adw, gtk};

use super::App;
use crate::ui::actions::QUIT;
use crate::ui::alerts::background::{self, Choice};
use crate::ui::drilldown::SubjectKind;
use crate::ui::graph::chart::Selection;
use crate::ui::settings::{Preferences, Settings};

impl App {
    /// Watches what is to be watched.
    pub(super) fn apply_alerts(&self, values: &Preferences, before: Option<&Preferences>) {
        let Some(watcher) = &self.watcher else { return };
        watcher.set(&values.alerts, values.remember);
        let any = |values: &Preferences| values.alerts.are_watched();
        if before.is_some_and(any) && !any(values) && !self.window.is_visible() {
            let application = relm4::main_application();
            let is_seen = application.windows().iter().any(WidgetExt::is_visible);
            if is_seen {
                // With the table that is looked at, the program would go on unseen when it is closed.
                self.window.set_visible(true);
            } else {
                // Nobody sees it, and there is nothing left to do.
                self.quit();
            }
        }
    }

    /// Opens a table at a moment, or the present.
    pub(super) fn open_at(&mut self, subject: SubjectKind, moment: Option<Duration>) {
        self.drill_downs
            .open(subject, moment.map(Selection::Moment));
        self.settings.change(|values| values.opened_before = true);
        self.show_hint();
    }
}

/// Whether the window is not to be closed yet: the first time that closing it would leave the program
/// running, that is said.
pub(super) fn asks_before_closing(window: &adw::ApplicationWindow, settings: &Settings) -> bool {
    let values = settings.now();
    let asks = values.alerts.are_watched() && !values.told_of_background;
    if asks {
        let (weak, settings) = (window.downgrade(), settings.clone());
        background::ask(window, move |choice| match (choice, weak.upgrade()) {
            (Choice::Keep, Some(window)) => {
                settings.change(|values| values.told_of_background = true);
                window.close();
            }
            (Choice::Quit, _) => relm4::main_application().activate_action(QUIT, None),
            _ => {}
        });
    }
    asks
}

/// Whether the program goes on when its window is closed, which is then hidden.
pub(super) fn stays(window: &adw::ApplicationWindow, settings: &Settings) -> bool {
    let stays = settings.now().alerts.are_watched();
    if stays {
        // The application keeps running as long as it has a window, whether or not that is seen.
        window.set_visible(false);
        background::enter(&relm4::main_application());
    }
    stays
}
