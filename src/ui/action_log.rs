//! For developers and tests: tells which actions there are, and which of them are used.

use relm4::gtk::gio::prelude::*;
use relm4::gtk::glib::signal::signal_has_handler_pending;
use relm4::gtk::glib::subclass::SignalId;
use relm4::gtk::{gio, glib};

/// Has the actions told on standard error when it is set.
const VARIABLE: &str = "SYSMON_DEBUG_ACTIONS";

/// Tells of all actions of a group, and of each use of them, where that was asked for.
pub fn watch_if_asked(prefix: &str, actions: &(impl IsA<gio::ActionGroup> + IsA<gio::ActionMap>)) {
    if std::env::var_os(VARIABLE).is_none() {
        return;
    }
    for name in actions.list_actions() {
        let full = format!("{prefix}.{name}");
        eprintln!("sysmon: action {full} exists");
        let action = actions
            .lookup_action(&name)
            .and_downcast::<gio::SimpleAction>();
        if let Some(action) = action {
            tell_of_uses(&action, full);
        }
    }
}

/// An action changes its state by itself only as long as nobody watches its activation: so either
/// is watched only where the program does.
fn tell_of_uses(action: &gio::SimpleAction, name: String) {
    let told = move |value: Option<&glib::Variant>| {
        let value = value.map(|it| format!(" {it}")).unwrap_or_default();
        eprintln!("sysmon: action {name} used{value}");
    };
    if is_watched(action, "activate") {
        action.connect_activate(move |_, target| told(target));
    } else if is_watched(action, "change-state") {
        action.connect_change_state(move |_, state| told(state));
    }
}

fn is_watched(action: &gio::SimpleAction, signal: &str) -> bool {
    SignalId::lookup(signal, gio::SimpleAction::static_type())
        .is_some_and(|signal| signal_has_handler_pending(action, signal, None, true))
}
