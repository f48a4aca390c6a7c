//! The keys of a drill-down window.

use std::cell::Cell;
use std::rc::Rc;

use relm4::gtk;
use relm4::gtk::gdk::Key;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;

use super::menu::GROUP;

/// Keys that work everywhere in the window. None of them means anything in an entry.
const SHORTCUTS: [(&str, &str); 4] = [
    ("<Control>p", "pause"),
    ("F5|<Control>r", "update"),
    ("<Control>f", "find"),
    ("<Control>w", "close"),
];

/// Lets the window answer its keys.
pub fn add_shortcuts(window: &impl IsA<gtk::Widget>) {
    let controller = gtk::ShortcutController::new();
    for (trigger, action) in SHORTCUTS {
        controller.add_shortcut(gtk::Shortcut::new(
            gtk::ShortcutTrigger::parse_string(trigger),
            Some(gtk::NamedAction::new(&format!("{GROUP}.{action}"))),
        ));
    }
    window.add_controller(controller);
}

/// Esc, once for each time it is pressed: a key that is held down never takes a second step.
#[derive(Clone, Default)]
pub struct Escape {
    is_down: Rc<Cell<bool>>,
}

impl Escape {
    /// Calls `escaped` when Esc is pressed in `window`, outside of any popover.
    pub fn watch(&self, window: &impl IsA<gtk::Widget>, escaped: impl Fn() + 'static) {
        let is_down = Rc::clone(&self.is_down);
        self.add(window, move || {
            if !is_down.replace(true) {
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
