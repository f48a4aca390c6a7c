//! One value with its name, and a button that copies it.

use gettextrs::gettext;
use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk;

/// A value of a details page.
pub struct Field {
    /// What it is, for programs.
    pub key: &'static str,
    row: adw::ActionRow,
}

impl Field {
    /// A value with this name.
    pub fn new(key: &'static str, title: &str, text: &str) -> Self {
        // Words from outside are no markup.
        let row = adw::ActionRow::builder()
            .use_markup(false)
            .title(title)
            .subtitle(text)
            .subtitle_selectable(true)
            .css_classes(["property", "numeric"])
            .build();
        let copy = gtk::Button::builder()
            .icon_name("edit-copy-symbolic")
            .tooltip_text(gettext("Copy “{}”").replace("{}", title))
            .valign(gtk::Align::Center)
            .css_classes(["flat"])
            .build();
        let weak = row.downgrade();
        copy.connect_clicked(move |copy| {
            if let Some(text) = weak.upgrade().and_then(|row| row.subtitle()) {
                copy.clipboard().set_text(&text);
            }
        });
        row.add_suffix(&copy);
        Self { key, row }
    }

    /// Its widget.
    pub fn row(&self) -> &adw::ActionRow {
        &self.row
    }

    /// Shows another value.
    pub fn show(&self, text: &str) {
        if self.row.subtitle().as_deref() != Some(text) {
            self.row.set_subtitle(text);
        }
    }
}
