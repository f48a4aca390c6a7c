//! Dialogs as high as what is in them.

use std::cell::Cell;
use std::rc::Rc;

use adw::prelude::*;
use relm4::gtk::glib;
use relm4::{adw, gtk};

/// What an `AdwPreferencesPage` leaves free above the first of its groups, below the last, and between
/// two of them.
const APART: i32 = 24;
/// What it leaves free beside them.
const BESIDE: i32 = 12;

/// Keeps a dialog of these groups as high as they are at its width when the size of text changes, and
/// whenever what is returned is called: what scrolls asks for the height it would have without a line
/// that is broken.
pub fn follow(
    dialog: &adw::Dialog,
    header: &adw::HeaderBar,
    groups: &[&adw::PreferencesGroup],
) -> Rc<dyn Fn()> {
    let (weak, header) = (dialog.downgrade(), header.downgrade());
    let groups: Vec<_> = groups.iter().map(|group| group.downgrade()).collect();
    let fit: Rc<dyn Fn()> = Rc::new(move || {
        if let (Some(dialog), Some(header)) = (weak.upgrade(), header.upgrade()) {
            let groups: Vec<_> = groups.iter().filter_map(glib::WeakRef::upgrade).collect();
            fit(&dialog, &header, &groups);
        }
    });
    let settings = dialog.settings();
    let again = Rc::clone(&fit);
    let sizes = settings.connect_gtk_xft_dpi_notify(move |_| {
        // Labels hear of the size of text in their turn.
        let again = Rc::clone(&again);
        glib::idle_add_local_once(move || again());
    });
    let sizes = Cell::new(Some(sizes));
    dialog.connect_closed(move |_| {
        if let Some(sizes) = sizes.take() {
            settings.disconnect(sizes);
        }
    });
    fit
}

fn fit(dialog: &adw::Dialog, header: &adw::HeaderBar, groups: &[adw::PreferencesGroup]) {
    let width = dialog.content_width() - 2 * BESIDE;
    let shown = groups.iter().filter(|group| group.get_visible());
    let heights = shown.map(|group| APART + group.measure(gtk::Orientation::Vertical, width).1);
    let (_, above, ..) = header.measure(gtk::Orientation::Vertical, -1);
    dialog.set_content_height(above + heights.sum::<i32>() + APART);
}
