//! Acting on the selected processes, or the one whose page is shown.

use std::collections::HashSet;
use std::time::Duration;

use adw::prelude::*;
use gettextrs::gettext;
use relm4::adw;
use relm4::gtk;
use relm4::gtk::glib;
use relm4::{ComponentSender, Sender};

use super::message::Message;
use super::subject::{Subject, View};
use super::widgets::Widgets;
use super::window::DrillDown;
use crate::model::table::Row;
use crate::ui::acting::{Acting, Target, Told, Wanted};
use crate::ui::administrator;
use crate::ui::toast::{self, toast};

/// What was done shows in the next snapshot that is taken so long after it.
const SETTLING: Duration = Duration::from_millis(300);
/// For how long something is said that can be done something about, in seconds.
const LONG: u32 = 15;

impl<S: Subject> DrillDown<S> {
    /// Whether something can be done to processes: at present.
    fn can_act(&self) -> bool {
        if self.then.is_some() || self.replayed.is_some() {
            return false;
        }
        match (&self.details, S::VIEW) {
            (Some(details), _) => details.page.target().is_some(),
            (None, View::Processes) => self.table.has_selection(),
            (None, View::Connections) => {
                let chosen = self.table.chosen();
                chosen.iter().any(|row| row.process().is_some())
            }
        }
    }

    /// The process whose page is shown, else those of the selected rows, each once.
    fn targets(&self) -> Vec<Target> {
        if let Some(details) = &self.details {
            return details.page.target().into_iter().collect();
        }
        let mut seen = HashSet::new();
        let chosen = self.table.chosen();
        let targets = chosen.iter().filter_map(Target::of);
        targets.filter(|target| seen.insert(target.key)).collect()
    }

    /// Has the menus show what can be done.
    pub(super) fn enable_acting(&self) {
        self.actions.enable_acting(self.can_act());
    }

    /// Asks about the processes, and acts on them.
    pub(super) fn act(
        &mut self,
        wanted: Wanted,
        root: &adw::Window,
        sender: &ComponentSender<Self>,
    ) {
        if !self.can_act() {
            return;
        }
        let targets = self.targets();
        if targets.is_empty() {
            return;
        }
        let ended = sender.input_sender().clone();
        // Nobody listens any more when the window was closed in the meantime.
        let ended = move |told| drop(ended.send(Message::ActingEnded(told)));
        if self.acting.is_none() {
            self.table.hold().pin();
        }
        self.acting = Some(Acting::start((self.open)(), root, wanted, targets, ended));
    }

    /// Says what came of it, and lets go of the processes.
    pub(super) fn acting_ended(
        &mut self,
        told: Option<Told>,
        widgets: &Widgets,
        sender: &Sender<Message>,
    ) {
        if self.acting.take().is_some() {
            self.table.hold().unpin();
        }
        if self.details.is_none() {
            // Behind a question rows may have gone, and with them what had the focus.
            self.table.grab_focus();
        }
        let Some(told) = told else { return };
        self.table.announce(&told.text);
        let shown = toast(&told.text);
        shown.set_custom_title(Some(&wrapped(&told.text)));
        if told.denied && administrator::is_offered() {
            shown.set_button_label(Some(&gettext("Administrator Mode…")));
            shown.set_action_name(Some(&administrator::action_name()));
            shown.set_timeout(LONG);
        }
        say(&widgets.toasts, shown, sender);
        if told.acted {
            let sender = sender.clone();
            glib::timeout_add_local_once(SETTLING, move || {
                // The window may be gone by now.
                drop(sender.send(Message::EffectDue));
            });
        }
    }

    /// Takes the focus from a toast that has gone: to the rows, which it was about, or in the details to what had it
    /// `before`.
    pub(super) fn take_focus_back(&self, before: Option<gtk::Widget>, widgets: &Widgets) {
        if self.details.is_none() && self.table.counts().shown == 0 {
            widgets.filter.grab_focus();
        } else if self.details.is_none() {
            self.table.grab_focus();
        } else if !before.is_some_and(|before| before.is_mapped() && before.grab_focus()) {
            widgets
                .navigation
                .child_focus(gtk::DirectionType::TabForward);
        }
    }

    /// Looks at what was done, unless the view stands still.
    pub(super) fn look_at_effect(&self) {
        if self.paused.is_none() && self.then.is_none() {
            self.pull.ask_now();
            if let Some(watch) = self.watch() {
                watch.ask_now();
            }
        }
    }
}

/// Shows a toast, and has the window take the focus from it when it goes.
pub(super) fn say(toasts: &adw::ToastOverlay, shown: adw::Toast, sender: &Sender<Message>) {
    let input = sender.clone();
    toast::show_and(toasts, shown, move |before| {
        // The window may be gone with it.
        drop(input.send(Message::FocusLost(before)));
    });
}

/// A title of several lines where it needs them.
fn wrapped(text: &str) -> gtk::Label {
    gtk::Label::builder()
        .label(text)
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .xalign(0.0)
        .css_classes(["heading"])
        .build()
}
