//! What a screen reader says of a row, and when that may change: it speaks every change of the row
//! that has the focus.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use relm4::gtk;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;

use super::place::{Place, watch_row};
use super::row_object::RowObject;

/// Rows without the focus are written anew at most this often.
const PATIENCE: Duration = Duration::from_secs(5);
/// So long sentences are written at a time: nobody hears them at once, and everybody sees a window that hangs.
const AT_A_TIME: Duration = Duration::from_millis(2);

/// The sentences of all rows on screen.
pub struct RowLabels {
    rows: RefCell<Vec<glib::WeakRef<gtk::ColumnViewRow>>>,
    focused: RefCell<Option<RowObject>>,
    // Rows that show another process, and whose sentences are written when there is time.
    unwritten: RefCell<Vec<glib::WeakRef<gtk::ColumnViewRow>>>,
    sentence: Box<dyn Fn(&RowObject) -> String>,
}

impl RowLabels {
    /// Labels that `sentence` writes.
    pub fn new(sentence: impl Fn(&RowObject) -> String + 'static) -> Rc<Self> {
        Rc::new(Self {
            rows: RefCell::default(),
            focused: RefCell::default(),
            unwritten: RefCell::default(),
            sentence: Box::new(sentence),
        })
    }

    /// Has the labels follow a row of the view. `is_row` tells those that can be selected.
    pub fn follow(
        self: &Rc<Self>,
        row: &gtk::ColumnViewRow,
        is_row: impl Fn(&RowObject) -> bool + 'static,
    ) {
        let labels = Rc::downgrade(self);
        let weak = row.downgrade();
        let labelled: RefCell<glib::WeakRef<RowObject>> = RefCell::default();
        let since = Cell::new(Instant::now());
        watch_row(row, move |object| {
            let (Some(labels), Some(row), Some(object)) =
                (labels.upgrade(), weak.upgrade(), object)
            else {
                return;
            };
            let is_new = labelled.borrow().upgrade().as_ref() != Some(object);
            let has_focus = labels.has_focus(object);
            let is_due = !has_focus && since.get().elapsed() >= PATIENCE;
            if !is_new && !is_due {
                return;
            }
            since.set(Instant::now());
            labelled.borrow().set(Some(object));
            row.set_selectable(is_row(object));
            if has_focus {
                labels.write(&row, object);
            } else {
                labels.write_later(&row);
            }
        });
        let mut rows = self.rows.borrow_mut();
        rows.retain(|row| row.upgrade().is_some());
        rows.push(row.downgrade());
    }

    /// The row that has the focus.
    pub fn focused(&self) -> Option<RowObject> {
        self.focused.borrow().clone()
    }

    /// The focus arrived at a row, or left the rows.
    pub fn focus_moved(&self, to: Option<RowObject>) {
        if *self.focused.borrow() != to {
            self.focused.replace(to);
            self.rewrite_focused();
        }
    }

    /// Writes the label of the row that has the focus: somebody asked for fresh values.
    pub fn rewrite_focused(&self) {
        if let (Some(row), Some(object)) = (self.focused_row(), self.focused()) {
            self.write(&row, &object);
        }
    }

    /// Writes the labels of all rows: they show other columns, or another time.
    pub fn rewrite_all(&self) {
        let rows: Vec<_> = self
            .rows
            .borrow()
            .iter()
            .filter_map(glib::WeakRef::upgrade)
            .collect();
        for row in rows {
            if let Some(object) = row_at(&row) {
                self.write(&row, &object);
            }
        }
    }

    /// The label of the row that has the focus.
    pub fn focused_label(&self) -> Option<String> {
        label(&self.focused_row()?)
    }

    fn focused_row(&self) -> Option<gtk::ColumnViewRow> {
        let object = self.focused()?;
        self.rows.borrow().iter().find_map(|row| {
            row.upgrade()
                .filter(|row| row_at(row).as_ref() == Some(&object))
        })
    }

    fn has_focus(&self, object: &RowObject) -> bool {
        self.focused.borrow().as_ref() == Some(object)
    }

    fn write_later(self: &Rc<Self>, row: &gtk::ColumnViewRow) {
        let mut unwritten = self.unwritten.borrow_mut();
        if unwritten.is_empty() {
            let labels = Rc::downgrade(self);
            glib::idle_add_local(move || {
                let labels = labels.upgrade();
                labels.map_or(glib::ControlFlow::Break, |labels| labels.write_some())
            });
        }
        unwritten.push(row.downgrade());
    }

    fn write_some(&self) -> glib::ControlFlow {
        let began = Instant::now();
        while began.elapsed() < AT_A_TIME {
            let Some(row) = self.unwritten.borrow_mut().pop() else {
                return glib::ControlFlow::Break;
            };
            let row = row.upgrade();
            let object = row.as_ref().and_then(row_at);
            // That of the row which has the focus by now was written when it got it.
            let object = object.filter(|object| !self.has_focus(object));
            if let Some((row, object)) = row.zip(object) {
                self.write(&row, &object);
            }
        }
        glib::ControlFlow::from(!self.unwritten.borrow().is_empty())
    }

    fn write(&self, row: &gtk::ColumnViewRow, object: &RowObject) {
        let sentence = (self.sentence)(object);
        if label(row).as_deref() != Some(&sentence) {
            row.set_accessible_label(&sentence);
        }
    }
}

fn row_at(row: &gtk::ColumnViewRow) -> Option<RowObject> {
    row.item().and_downcast::<Place>()?.row()
}

// The typed getter panics where no label was set yet.
fn label(row: &gtk::ColumnViewRow) -> Option<String> {
    row.property("accessible-label")
}
