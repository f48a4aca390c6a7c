//! Dialogs that ask for something: a form between "Cancel" and what accepts it, as high as it needs to be.

use std::cell::Cell;
use std::rc::Rc;

use adw::prelude::*;
use gettextrs::gettext;
use relm4::gtk::glib;
use relm4::{adw, gtk};

/// What an `AdwPreferencesPage` leaves free above the first of its groups, below the last, and between
/// two of them.
const APART: i32 = 24;
/// What it leaves free beside them.
const BESIDE: i32 = 12;

/// Dots of text on an inch, in 1024ths, at the usual size.
const USUAL_DPI: i32 = 96 * 1024;

/// A dialog of these groups, so many pixels wide at the usual size of text, and what fits its height to them, to be called whenever
/// they change. `accept` is its default, and closes nothing by itself.
pub fn form(
    title: &str,
    width: i32,
    groups: &[&adw::PreferencesGroup],
    accept: &gtk::Button,
    focus: &impl IsA<gtk::Widget>,
) -> (adw::Dialog, Rc<dyn Fn()>) {
    let page = adw::PreferencesPage::new();
    for group in groups {
        page.add(*group);
    }
    let cancel = gtk::Button::with_mnemonic(&gettext("_Cancel"));
    let header = adw::HeaderBar::builder()
        .show_start_title_buttons(false)
        .show_end_title_buttons(false)
        .build();
    header.pack_start(&cancel);
    header.pack_end(accept);
    let view = adw::ToolbarView::builder().content(&page).build();
    view.add_top_bar(&header);
    let dialog = adw::Dialog::builder()
        .title(title)
        .content_width(width)
        .child(&view)
        .default_widget(accept)
        .focus_widget(focus)
        .build();
    let weak = dialog.downgrade();
    cancel.connect_clicked(move |_| {
        if let Some(dialog) = weak.upgrade() {
            dialog.close();
        }
    });
    focus_first(&dialog, focus.upcast_ref());
    let fit = follow(&dialog, width, &header, groups);
    (dialog, fit)
}

/// Has a control take the focus when a dialog opens: one that lies at the bottom of a small window gives it to the first of all,
/// which is "Cancel".
fn focus_first(dialog: &adw::Dialog, control: &gtk::Widget) {
    let control = control.downgrade();
    let opened = Cell::new(false);
    dialog.connect_map(move |dialog| {
        if opened.replace(true) {
            return;
        }
        let control = control.clone();
        dialog.add_tick_callback(move |_, _| match control.upgrade() {
            Some(control) if !control.is_mapped() => glib::ControlFlow::Continue,
            Some(control) => {
                control.grab_focus();
                glib::ControlFlow::Break
            }
            None => glib::ControlFlow::Break,
        });
    });
}

/// Keeps a dialog of these groups as wide as its text is large, and as high as they are at that width, when the size of text changes, and
/// whenever what is returned is called: what scrolls asks for the height it would have without a line
/// that is broken.
fn follow(
    dialog: &adw::Dialog,
    width: i32,
    header: &adw::HeaderBar,
    groups: &[&adw::PreferencesGroup],
) -> Rc<dyn Fn()> {
    let (weak, header) = (dialog.downgrade(), header.downgrade());
    let groups: Vec<_> = groups.iter().map(|group| group.downgrade()).collect();
    let fit: Rc<dyn Fn()> = Rc::new(move || {
        if let (Some(dialog), Some(header)) = (weak.upgrade(), header.upgrade()) {
            let groups: Vec<_> = groups.iter().filter_map(glib::WeakRef::upgrade).collect();
            fit(&dialog, width, &header, &groups);
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

fn fit(
    dialog: &adw::Dialog,
    width: i32,
    header: &adw::HeaderBar,
    groups: &[adw::PreferencesGroup],
) {
    let dpi = dialog.settings().gtk_xft_dpi().max(USUAL_DPI);
    let width = width * (dpi / 1024) / (USUAL_DPI / 1024);
    dialog.set_content_width(width);
    let inside = width - 2 * BESIDE;
    let shown = groups.iter().filter(|group| group.get_visible());
    let heights = shown.map(|group| APART + group.measure(gtk::Orientation::Vertical, inside).1);
    let (_, above, ..) = header.measure(gtk::Orientation::Vertical, -1);
    dialog.set_content_height(above + heights.sum::<i32>() + APART);
}
