//! Texts beside a plot, shaped once and painted many times.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use gtk::pango;
use gtk::prelude::*;
use relm4::gtk;

/// No more texts are kept: those of a few maxima, windows of time and CPUs.
const MOST: usize = 160;

/// Shaped texts in a widget's font, with figures of one width.
#[derive(Default)]
pub struct Labels {
    /// Counts changes of the font, its size and the language.
    serial: Cell<u32>,
    shaped: RefCell<HashMap<String, pango::Layout>>,
}

impl Labels {
    /// The text as it is painted in this widget.
    pub fn shape(&self, widget: &impl IsA<gtk::Widget>, text: &str) -> pango::Layout {
        let mut shaped = self.shaped.borrow_mut();
        let serial = widget.pango_context().serial();
        if self.serial.replace(serial) != serial || shaped.len() >= MOST {
            shaped.clear();
        }
        if let Some(known) = shaped.get(text) {
            return known.clone();
        }
        let label = widget.create_pango_layout(Some(text));
        let attributes = pango::AttrList::new();
        attributes.insert(pango::AttrFontFeatures::new("tnum"));
        label.set_attributes(Some(&attributes));
        shaped.insert(text.to_owned(), label.clone());
        label
    }
}
