//! The list of keys is complete.

use std::collections::HashSet;

use relm4::adw;
use relm4::gtk;
use relm4::gtk::gdk::{Key, ModifierType};
use relm4::gtk::gio;
use relm4::gtk::gio::prelude::*;
use relm4::gtk::prelude::*;
use sysmon::ui::shortcuts::Shortcut;
use sysmon::ui::{actions, drilldown, shortcuts};

use crate::gtk_cases::Case;

pub const CASES: &[Case] = &[(
    "shortcuts::every_key_that_works_is_listed",
    every_key_that_works_is_listed,
)];

fn parsed(accelerator: &str) -> (Key, ModifierType) {
    gtk::accelerator_parse(accelerator).unwrap_or_else(|| panic!("{accelerator} is no key"))
}

/// The keys of this section. Those that stand for many are left out.
fn listed(section: usize) -> HashSet<(Key, ModifierType)> {
    let (_, groups) = shortcuts::SECTIONS[section];
    let keys = groups.iter().flat_map(|group| group.keys);
    let accelerators = keys.flat_map(Shortcut::all);
    accelerators
        .filter(|accelerator| !accelerator.contains("..."))
        .map(parsed)
        .collect()
}

fn every_key_that_works_is_listed() {
    let application = adw::Application::builder()
        .application_id("org.example.Shortcuts")
        .flags(gio::ApplicationFlags::NON_UNIQUE)
        .build();
    application
        .register(None::<&gio::Cancellable>)
        .expect("registered");
    let window = adw::ApplicationWindow::new(&application);
    let (sender, _receiver) = relm4::channel();
    actions::install(application.upcast_ref(), &window, &sender, &[]);

    let main = listed(0);
    let actions = application.list_action_descriptions();
    assert!(actions.len() > 10, "{actions:?}");
    let list = "win.shortcuts";
    assert!(actions.iter().any(|action| action == list), "{actions:?}");
    for action in actions {
        for key in application.accels_for_action(&action) {
            assert!(main.contains(&parsed(&key)), "{key} of {action}");
        }
    }
    let tables = listed(1);
    let in_tables = drilldown::SHORTCUTS.iter().map(|(keys, _)| *keys);
    for keys in in_tables.chain([drilldown::HELP]) {
        for key in keys.split('|') {
            assert!(tables.contains(&parsed(key)), "{key}");
        }
    }
    window.destroy();
}
