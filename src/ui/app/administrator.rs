//! The machine is read as administrator when somebody asks for it.

use std::thread;

use adw::prelude::*;
use gettextrs::gettext;
use relm4::{Sender, adw, gtk};

use super::{App, AppMsg};
use crate::model::administrator::NoAdministrator;
use crate::model::remote::RemoteError;
use crate::source::machine::Machine;
use crate::ui::{administrator, failure};

impl App {
    /// Adds the way in where it would show more, and the mark to the window's header bar.
    pub(super) fn offer_administrator(&self, header: &adw::HeaderBar, sender: &Sender<AppMsg>) {
        let rights = self.rights.as_ref();
        let offered = rights.is_some_and(Machine::can_be_administrator);
        administrator::install(&relm4::main_application(), offered, sender);
        header.pack_end(&administrator::mark());
        if let Some(rights) = rights {
            let input = sender.clone();
            rights.connect_lost(move |error| {
                drop(input.send(AppMsg::AdministratorLost(error)));
            });
        }
    }

    /// Asks for an administrator's rights, or gives them back. Whoever is asked for the password may
    /// take their time: that is waited for by a thread of its own, and everything goes on.
    pub(super) fn toggle_administrator(&self, sender: &Sender<AppMsg>) {
        let Some(rights) = &self.rights else { return };
        if rights.is_administrator() {
            return self.leave_administrator();
        }
        administrator::enable(false);
        let (rights, input) = (rights.clone(), sender.clone());
        let asking = thread::Builder::new()
            .name("password".to_owned())
            .spawn(move || {
                let answer = rights.become_administrator();
                // The window may be gone together with the program.
                drop(input.send(AppMsg::AdministratorAnswered(answer)));
            });
        if let Err(error) = asking {
            let failed = RemoteError::NotStarted {
                program: "pkexec".to_owned(),
                reason: error.to_string(),
            };
            sender.emit(AppMsg::AdministratorAnswered(Err(failed)));
        }
    }

    /// Somebody gave the password, or there is a reason why nobody did.
    pub(super) fn administrator_answered(&self, answer: Result<(), RemoteError>) {
        administrator::enable(true);
        match answer {
            Ok(()) if !self.window.is_visible() => self.leave_administrator(),
            Ok(()) => {
                administrator::show(true);
                self.machine.ask_now();
                self.say_and_announce(&gettext("Administrator mode is on"));
            }
            Err(error) => {
                let reason = failure::remote_sentence(&error);
                let dismissed = RemoteError::Administrator(NoAdministrator::Dismissed);
                let active = relm4::main_application().active_window();
                let elsewhere =
                    active.is_some_and(|it| it != *self.window.upcast_ref::<gtk::Window>());
                if error == dismissed && !elsewhere {
                    let text = gettext("Administrator mode stays off: {reason}");
                    self.say_and_announce(&text.replace("{reason}", &failure::remote(&error)));
                } else {
                    self.explain(&gettext("Administrator Mode Stays Off"), &reason);
                }
            }
        }
    }

    /// What read as administrator is gone.
    pub(super) fn administrator_lost(&self, error: &RemoteError) {
        administrator::show(false);
        let reason = failure::remote_sentence(error);
        self.explain(&gettext("Administrator Mode Ended"), &reason);
    }

    /// Goes back to ordinary rights.
    pub(super) fn leave_administrator(&self) {
        let Some(rights) = &self.rights else { return };
        rights.leave();
        if administrator::is_on() {
            administrator::show(false);
            self.machine.ask_now();
            self.say_and_announce(&gettext("Administrator mode is off"));
        }
    }

    fn say_and_announce(&self, text: &str) {
        self.say(text);
        self.announce(text);
    }

    fn explain(&self, heading: &str, reason: &str) {
        let said = adw::AlertDialog::builder()
            .heading(heading)
            .body(reason)
            .default_response("close")
            .close_response("close")
            .build();
        said.add_response("close", &gettext("_Close"));
        let active = relm4::main_application().active_window();
        let parent = active.unwrap_or_else(|| self.window.clone().upcast::<gtk::Window>());
        said.present(Some(&parent));
    }
}
