//! The keys of a drill-down window.

use std::cell::Cell;
use std::rc::Rc;

use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk;
use relm4::gtk::gdk::{Key, ModifierType};
use relm4::gtk::glib;

use super::menu::{END, GROUP};
use crate::ui::actions;

/// Keys that work everywhere in the window. None of them means anything in an entry.
pub const SHORTCUTS: [(&str, &str); 5] = [
    ("<Control>p", "pause"),
    ("F5|<Control>r", "update"),
    ("<Control>f", "find"),
    ("<Control>s", "save"),
    ("<Control>w", "close"),
];

/// Key that opens the help.
pub const HELP: &str = "F1";

/// Lets the window answer its keys. `topic` is what its help is about.
pub fn add_shortcuts(window: &impl IsA<gtk::Widget>, topic: &str) {
    let controller = gtk::ShortcutController::new();
    let help = gtk::Shortcut::new(
        gtk::ShortcutTrigger::parse_string(HELP),
        Some(gtk::NamedAction::new(&format!("app.{}", actions::HELP))),
    );
    help.set_arguments(Some(&topic.to_variant()));
    controller.add_shortcut(help);
    for (trigger, action) in SHORTCUTS {
        controller.add_shortcut(gtk::Shortcut::new(
            gtk::ShortcutTrigger::parse_string(trigger),
            Some(gtk::NamedAction::new(&format!("{GROUP}.{action}"))),
        ));
    }
    window.add_controller(controller);
}

/// Keys that end processes.
const ENDING: (&str, &str) = ("Delete|KP_Delete", END);

/// Lets Ctrl+C in the table copy the selected rows, and Delete end their processes.
pub fn add_table_shortcuts(table: &impl IsA<gtk::Widget>) {
    add_keys(table, &[("<Control>c", "copy-row"), ENDING]);
}

/// Lets Delete end the process that a page is about.
pub fn add_details_shortcuts(page: &impl IsA<gtk::Widget>) {
    add_keys(page, &[ENDING]);
}

fn add_keys(widget: &impl IsA<gtk::Widget>, keys: &[(&str, &str)]) {
    let controller = gtk::ShortcutController::new();
    for (trigger, action) in keys {
        controller.add_shortcut(gtk::Shortcut::new(
            gtk::ShortcutTrigger::parse_string(trigger),
            Some(gtk::NamedAction::new(&format!("{GROUP}.{action}"))),
        ));
    }
    widget.add_controller(controller);
}

/// Has a printable character typed in the table move the focus to the filter, which keeps it.
/// Space and key combinations mean something in the table.
pub fn type_to_filter(table: &impl IsA<gtk::Widget>, filter: &gtk::SearchEntry) {
    let keys = gtk::EventControllerKey::new();
    let filter = filter.downgrade();
    keys.connect_key_pressed(move |keys, key, _, state| {
        let combined =
            ModifierType::CONTROL_MASK | ModifierType::ALT_MASK | ModifierType::SUPER_MASK;
        let typed = key
            .to_unicode()
            .is_some_and(|typed| !typed.is_control() && !typed.is_whitespace());
        let text = filter.upgrade().and_then(|filter| filter.delegate());
        match text.and_downcast::<gtk::Text>() {
            Some(text) if typed && !state.intersects(combined) => {
                text.grab_focus_without_selecting();
                // Forwarded rather than inserted, so that input methods take part.
                glib::Propagation::from(keys.forward(&text))
            }
            _ => glib::Propagation::Proceed,
        }
    });
    table.add_controller(keys);
}

/// Calls `left` when Enter or the down arrow leaves the filter for the rows.
pub fn watch_filter(filter: &gtk::SearchEntry, left: impl Fn() + Clone + 'static) {
    let entered = left.clone();
    filter.connect_activate(move |_| entered());
    let keys = gtk::EventControllerKey::new();
    keys.set_propagation_phase(gtk::PropagationPhase::Capture);
    keys.connect_key_pressed(move |_, key, _, _| {
        if matches!(key, Key::Down | Key::KP_Down) {
            left();
            return glib::Propagation::Stop;
        }
        glib::Propagation::Proceed
    });
    filter.add_controller(keys);
}

/// Esc, once for each time it is pressed: a key that is held down never takes a second step.
#[derive(Clone, Default)]
pub struct Escape {
    is_down: Rc<Cell<bool>>,
}

impl Escape {
    /// Calls `escaped` when Esc is pressed in `window`, outside of any popover and any dialog, which it
    /// closes.
    pub fn watch(&self, window: &adw::Window, escaped: impl Fn() + 'static) {
        let is_down = Rc::clone(&self.is_down);
        let weak = window.downgrade();
        self.add(window, move || {
            let repeats = is_down.replace(true);
            if !repeats
                && weak
                    .upgrade()
                    .is_some_and(|it| it.visible_dialog().is_some())
            {
                return glib::Propagation::Proceed;
            }
            if !repeats {
                escaped();
            }
            glib::Propagation::Stop
        });
    }

    /// Notes that Esc went down in a popover, which it closes: what the key repeats then reaches
    /// the window.
    pub fn watch_popover(&self, popover: &impl IsA<gtk::Widget>) {
        let is_down = Rc::clone(&self.is_down);
        self.add(popover, move || {
            is_down.set(true);
            glib::Propagation::Proceed
        });
    }

    fn add(
        &self,
        widget: &impl IsA<gtk::Widget>,
        pressed: impl Fn() -> glib::Propagation + 'static,
    ) {
        let keys = gtk::EventControllerKey::new();
        keys.set_propagation_phase(gtk::PropagationPhase::Capture);
        let is_down = Rc::clone(&self.is_down);
        keys.connect_key_pressed(move |_, key, _, _| {
            if key == Key::Escape {
                pressed()
            } else {
                // Another key can only follow when Esc repeats no longer.
                is_down.set(false);
                glib::Propagation::Proceed
            }
        });
        let is_down = Rc::clone(&self.is_down);
        keys.connect_key_released(move |_, key, _, _| {
            if key == Key::Escape {
                is_down.set(false);
            }
        });
        widget.add_controller(keys);
    }
}
