//! The question before something is done to processes.

use adw::prelude::*;
use gettextrs::gettext;
use relm4::{adw, gtk};

use super::priority::Chooser;
use super::{Target, Wanted, words};
use crate::model::action::Action;

const CANCEL: &str = "cancel";
const ACT: &str = "act";

/// Asks whether it shall be done to these processes. `answered` is called once: with what shall be
/// done, or nothing.
pub(super) fn ask(
    window: &gtk::Widget,
    wanted: Wanted,
    targets: &[Target],
    answered: impl FnOnce(Option<Action>) + 'static,
) {
    let question = adw::AlertDialog::builder()
        .heading(words::heading(wanted, targets))
        .body(words::body(wanted, targets))
        .default_response(CANCEL)
        .close_response(CANCEL)
        .build();
    let (label, appearance) = match wanted {
        Wanted::End => (gettext("_End"), adw::ResponseAppearance::Destructive),
        Wanted::Kill => (gettext("_Kill"), adw::ResponseAppearance::Destructive),
        Wanted::Stop => (gettext("_Stop"), adw::ResponseAppearance::Default),
        Wanted::Continue => (gettext("C_ontinue"), adw::ResponseAppearance::Default),
        Wanted::Priority => (gettext("_Set"), adw::ResponseAppearance::Suggested),
    };
    question.add_responses(&[(CANCEL, &gettext("_Cancel")), (ACT, &label)]);
    question.set_response_appearance(ACT, appearance);
    let chooser = (wanted == Wanted::Priority).then(|| Chooser::new(targets));
    if let Some(chooser) = &chooser {
        question.set_extra_child(Some(chooser.widget()));
        question.set_focus(Some(chooser.first()));
        // Enter in the number takes it. Nothing is lost by a priority.
        question.set_default_response(Some(ACT));
    }
    question.choose(Some(window), gtk::gio::Cancellable::NONE, move |answer| {
        let action = match wanted {
            Wanted::End => Some(Action::End),
            Wanted::Kill => Some(Action::Kill),
            Wanted::Stop => Some(Action::Stop),
            Wanted::Continue => Some(Action::Continue),
            Wanted::Priority => chooser.map(|chooser| Action::SetNice(chooser.chosen())),
        };
        answered(action.filter(|_| answer == ACT));
    });
}
