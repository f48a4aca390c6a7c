//! All keys of the program as data, and the dialog that lists them.

use adw::prelude::*;
use gettextrs::gettext;
use relm4::{adw, gtk};

use super::language::{gettext_noop, list};

/// Keys that belong together.
pub struct Group {
    /// Where they work, or what they are about.
    pub title: &'static str,
    /// The keys.
    pub keys: &'static [Shortcut],
}

/// One thing that can be done with the keyboard.
pub struct Shortcut {
    /// Keys that do it, as GTK writes accelerators, with spaces between them.
    pub keys: &'static str,
    /// The same keys where keyboards have them elsewhere. The list of keys has no room for them.
    pub also: &'static str,
    /// What they do.
    pub does: &'static str,
}

const fn shortcut(keys: &'static str, does: &'static str) -> Shortcut {
    Shortcut {
        keys,
        also: "",
        does,
    }
}

impl Shortcut {
    const fn also(self, also: &'static str) -> Self {
        Self { also, ..self }
    }

    /// All keys that do it.
    pub fn all(&self) -> impl Iterator<Item = &'static str> {
        self.keys.split(' ').chain(self.also.split_whitespace())
    }
}

/// What works in every window, in the main one, and in a table.
pub const SECTIONS: [(&str, &[Group]); 2] = [
    (gettext_noop("Main Window"), MAIN),
    (gettext_noop("Tables"), TABLES),
];

/// Pictures of the sections, in their order.
const ICONS: [&str; 2] = ["power-profile-performance-symbolic", "view-list-symbolic"];

const MAIN: &[Group] = &[
    Group {
        title: gettext_noop("Processes"),
        keys: &[
            shortcut("<Control>1", gettext_noop("CPU processes")).also("<Control>KP_1"),
            shortcut("<Control>2", gettext_noop("Memory processes")).also("<Control>KP_2"),
            shortcut("<Control>3", gettext_noop("Disk processes")).also("<Control>KP_3"),
            shortcut("<Control>4", gettext_noop("Network processes")).also("<Control>KP_4"),
        ],
    },
    Group {
        title: gettext_noop("Graphs"),
        keys: &[
            shortcut("<Control>p", gettext_noop("Pause or resume")),
            shortcut("F5 <Control>r", gettext_noop("Update now")),
            shortcut("<Control>plus", gettext_noop("Shorter time window"))
                .also("<Control>equal <Control>KP_Add"),
            shortcut("<Control>minus", gettext_noop("Longer time window"))
                .also("<Control>KP_Subtract"),
            shortcut("<Control>0", gettext_noop("Default time window")).also("<Control>KP_0"),
            shortcut("<Control>s", gettext_noop("Save data")),
            shortcut("<Control>e", gettext_noop("Save an image")),
        ],
    },
    Group {
        title: gettext_noop("In a Graph"),
        keys: &[
            shortcut("Left Right", gettext_noop("Move the crosshair by a sample")),
            shortcut("Home End", gettext_noop("Crosshair to the ends")),
            shortcut("space", gettext_noop("Mark or unmark a moment")),
            shortcut("<Shift>Left <Shift>Right", gettext_noop("Select a range"))
                .also("<Shift>Home <Shift>End"),
            shortcut("Return", gettext_noop("Show processes")),
            shortcut("<Control>c", gettext_noop("Copy a picture of the graphs")),
            shortcut("Escape", gettext_noop("Remove crosshair, then selection")),
        ],
    },
    Group {
        title: gettext_noop("Window"),
        keys: &[
            shortcut("F1", gettext_noop("Help")),
            shortcut("F10", gettext_noop("Menu")),
            shortcut("F11", gettext_noop("Full screen")),
            shortcut("<Control>comma", gettext_noop("Preferences")),
            shortcut("<Control>question", gettext_noop("Keyboard shortcuts")),
            shortcut("<Control>w", gettext_noop("Close the window")),
            shortcut("<Control>q", gettext_noop("Quit")),
        ],
    },
];

const TABLES: &[Group] = &[
    Group {
        title: gettext_noop("Table"),
        keys: &[
            shortcut("<Control>p", gettext_noop("Pause or resume")),
            shortcut("F5 <Control>r", gettext_noop("Update and sort now")),
            shortcut("<Control>f", gettext_noop("Filter")),
            shortcut("<Control>s", gettext_noop("Save data")),
            shortcut("F1", gettext_noop("Help about this table")),
            shortcut("F10", gettext_noop("Menu")),
            shortcut("<Control>w", gettext_noop("Close the window")),
            shortcut("Escape", gettext_noop("One step back, in the end close")),
        ],
    },
    Group {
        title: gettext_noop("Rows"),
        keys: &[
            shortcut("Return", gettext_noop("Details; open or close a program")),
            shortcut("Right Left", gettext_noop("Open or close a program")),
            shortcut("<Shift>F10 Menu", gettext_noop("Menu of the row")),
            shortcut("<Shift>Up <Shift>Down", gettext_noop("Select several rows")),
            shortcut("<Control>a", gettext_noop("Select all rows")),
            shortcut("<Control>c", gettext_noop("Copy the selected rows")),
            shortcut("Delete", gettext_noop("End the selected processes")).also("KP_Delete"),
            shortcut("a...z", gettext_noop("Filter by what is typed")),
        ],
    },
    Group {
        title: gettext_noop("Details of a Process"),
        keys: &[
            shortcut("F10", gettext_noop("Menu of the process")),
            shortcut("Delete", gettext_noop("End the process")).also("KP_Delete"),
        ],
    },
    Group {
        title: gettext_noop("Filter"),
        keys: &[
            shortcut("Down Return", gettext_noop("Go to the rows")),
            shortcut("Tab", gettext_noop("Complete a key")),
        ],
    },
    Group {
        title: gettext_noop("Headings"),
        keys: &[
            shortcut("Left Right", gettext_noop("Next heading")),
            shortcut("Return space", gettext_noop("Sort by this column")),
            shortcut("<Shift>F10 Menu", gettext_noop("Menu of the columns")),
        ],
    },
    Group {
        title: gettext_noop("In the Graph Above"),
        keys: &[
            shortcut(
                "Left Right",
                gettext_noop("Show another moment of the past"),
            )
            .also("Home End"),
            shortcut("<Shift>Left <Shift>Right", gettext_noop("Select a range"))
                .also("<Shift>Home <Shift>End"),
            shortcut("Escape", gettext_noop("Back to the present")),
        ],
    },
];

/// Lists the keys above this window. They can be searched for, like preferences.
pub fn show(parent: &impl IsA<gtk::Widget>) {
    dialog().present(Some(parent));
}

fn dialog() -> adw::PreferencesDialog {
    let dialog = adw::PreferencesDialog::builder()
        .title(gettext("Keyboard Shortcuts"))
        .search_enabled(true)
        .build();
    for ((name, groups), icon) in SECTIONS.into_iter().zip(ICONS) {
        let page = adw::PreferencesPage::builder()
            .title(gettext(name))
            .icon_name(icon)
            .build();
        for group in groups {
            page.add(&listed(group));
        }
        dialog.add(&page);
    }
    dialog
}

fn listed(group: &Group) -> adw::PreferencesGroup {
    let rows = adw::PreferencesGroup::builder()
        .title(gettext(group.title))
        .build();
    for shortcut in group.keys {
        let row = adw::ActionRow::builder()
            .title(gettext(shortcut.does))
            .build();
        let keys = gtk::ShortcutLabel::builder()
            .accelerator(shortcut.keys)
            .valign(gtk::Align::Center)
            .build();
        row.add_suffix(&keys);
        // The keys are shown as pictures of keys, which no screen reader speaks.
        let spoken = names(shortcut.keys.split(' '));
        row.upcast_ref::<gtk::Widget>()
            .update_property(&[gtk::accessible::Property::Description(&spoken)]);
        rows.add(&row);
    }
    rows
}

/// Keys in words, as "F5, Ctrl+R".
pub fn names<'a>(keys: impl Iterator<Item = &'a str>) -> String {
    list(&keys.map(key_name).collect::<Vec<_>>())
}

fn key_name(accelerator: &str) -> String {
    match gtk::accelerator_parse(accelerator) {
        Some((key, modifiers)) => gtk::accelerator_get_label(key, modifiers).into(),
        None => accelerator.replace("...", "–"),
    }
}
