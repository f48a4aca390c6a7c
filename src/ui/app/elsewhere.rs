//! The main window's part in showing another host: it is waited for, and tried again.

use adw::prelude::*;
use gettextrs::gettext;
use gtk::{gio, glib};
use relm4::{Sender, adw, gtk};

use super::{App, AppMsg};
use crate::source::SourceError;
use crate::ui::hosts::{self, Elsewhere, Page, Trouble};

/// The machine elsewhere that is shown.
pub(super) struct Shown {
    pub(super) elsewhere: Elsewhere,
    pub(super) page: Page,
}

impl Shown {
    /// What stands in the window in the place of these graphs.
    pub(super) fn new(elsewhere: Elsewhere, graphs: &gtk::ScrolledWindow) -> Self {
        let page = Page::new(graphs, &elsewhere.name());
        Self { elsewhere, page }
    }
}

impl App {
    /// Adds what can be done about another host only.
    pub(super) fn install_elsewhere(&self, sender: &Sender<AppMsg>) {
        let add = |name: &str, message: fn() -> AppMsg| {
            let sender = sender.clone();
            let action = gio::SimpleAction::new(name, None);
            action.connect_activate(move |_, _: Option<&glib::Variant>| sender.emit(message()));
            self.window.add_action(&action);
        };
        let name = self.place();
        self.window.set_title(Some(&format!("SysMon — {name}")));
        self.banner.set_button_label(Some(&gettext("Try Again")));
        self.banner.set_action_name(Some("win.reconnect"));
        add("reconnect", || AppMsg::ReconnectWanted);
        add("copy-probe", || AppMsg::CopyingWanted);
    }

    /// How the machine is called that is shown.
    pub(super) fn place(&self) -> String {
        match &self.elsewhere {
            Some(shown) => shown.elsewhere.name().to_string(),
            None => glib::host_name().to_string(),
        }
    }

    /// Says why nothing came yet. Whether it could be said there.
    pub(super) fn host_failed(&self, error: &SourceError) -> bool {
        let Some(shown) = self.elsewhere.as_ref().filter(|_| self.latest.is_none()) else {
            return false;
        };
        shown.page.fail(&match error {
            SourceError::Remote(error) => Trouble::of(error),
            other => Trouble {
                text: other.to_string(),
                wants_probe: false,
            },
        });
        true
    }

    /// Has the next question start the probe without a pause.
    pub(super) fn retry(&self) {
        if let Some(shown) = &self.elsewhere {
            shown.elsewhere.remote.retry();
        }
    }

    /// Starts the probe without a pause.
    pub(super) fn reconnect(&self) {
        let Some(shown) = &self.elsewhere else { return };
        self.retry();
        if self.latest.is_none() {
            shown.page.connecting();
        }
        self.ask_while_seen();
        self.machine.ask_now();
    }

    /// Asks whether the probe shall be copied, and copies it.
    pub(super) fn ask_for_copying(&self, sender: &Sender<AppMsg>) {
        let Some(shown) = &self.elsewhere else { return };
        let (begun, ended) = (sender.clone(), sender.clone());
        hosts::ask_to_copy(
            &self.window,
            &shown.elsewhere.route,
            &self.style,
            move || begun.emit(AppMsg::CopyingBegun),
            // The window may be gone meanwhile.
            move |copied| drop(ended.send(AppMsg::CopyingEnded(copied))),
        );
    }

    /// Nothing else is said until it ended.
    pub(super) fn copying_begun(&self) {
        if let Some(shown) = &self.elsewhere {
            self.machine.pause();
            shown.page.copying();
        }
    }

    /// Connects once more, or says why that would be of no use.
    pub(super) fn copying_ended(&self, copied: &Result<(), Trouble>) {
        let Some(shown) = &self.elsewhere else { return };
        match copied {
            Ok(()) => self.reconnect(),
            Err(trouble) => {
                // Asked again, the host would say once more that it has none.
                self.machine.pause();
                shown.page.fail(trouble);
            }
        }
    }
}
