//! Which rows of a table are selected, and which has the focus.

use std::rc::Rc;

use relm4::gtk;
use relm4::gtk::gdk::{Key, ModifierType};
use relm4::gtk::glib;
use relm4::gtk::prelude::*;

use super::groups::group_of;
use super::order_hold::moves_in_rows;
use super::row_object::RowObject;
use super::view::{Inner, is_row};
use crate::model::table::Row;

impl<R: Row> Inner<R> {
    /// Gives the focus back to the row that had it last, unless something else took it: GTK gives it to
    /// what the rows stand in when a menu is closed.
    pub(super) fn focus_again(&self) {
        let window = self.view.root();
        let taken = window.and_then(|window| window.focus());
        let scroller: &gtk::Widget = self.scroller.upcast_ref();
        let is_free = |it: &gtk::Widget| {
            it == scroller || it.is_ancestor(scroller) || self.row_menu.holds(it)
        };
        if taken.is_some_and(|it| !is_free(&it)) {
            return;
        }
        let current = self.current.borrow().clone();
        if let Some(at) = current.and_then(|row| self.rows.position(&row)) {
            self.focus(at);
        }
    }

    /// Selects a row, unless it is one of several that are selected already.
    pub(super) fn select_for_menu(&self, row: &RowObject) {
        self.current.replace(Some(row.clone()));
        if !self.rows.selected().contains(row) {
            self.select(row);
        }
    }

    /// The selected row; of several the one that had the focus last, else the first.
    pub fn selected(&self) -> Option<RowObject> {
        let selected = self.rows.selected();
        let current = self.current.borrow();
        let current = current.as_ref().filter(|row| selected.contains(row));
        current.or(selected.first()).cloned()
    }

    /// Has the arrow that points forward open the group that has the focus, and the other close it,
    /// or go from a process to its group.
    pub(super) fn connect_arrows(self: &Rc<Self>, rows: &gtk::Widget) {
        let arrows = gtk::EventControllerKey::new();
        arrows.set_propagation_phase(gtk::PropagationPhase::Capture);
        let weak = Rc::downgrade(self);
        arrows.connect_key_pressed(move |_, key, _, state| {
            let forward = match key {
                Key::Right | Key::KP_Right => true,
                Key::Left | Key::KP_Left => false,
                _ => return glib::Propagation::Proceed,
            };
            let inner = weak.upgrade().filter(|inner| {
                inner.writing.grouped.get() && !state.intersects(ModifierType::CONTROL_MASK)
            });
            let Some((inner, row)) = inner.and_then(|inner| {
                let row = inner.labels.focused()?;
                Some((inner, row))
            }) else {
                return glib::Propagation::Proceed;
            };
            let is_mirrored = inner.view.direction() == gtk::TextDirection::Rtl;
            let opens = forward != is_mirrored;
            let above = group_of::<R>(&row).filter(|_| !opens);
            match above.and_then(|above| inner.rows.position(&above)) {
                Some(above) => inner.focus(above),
                None => inner.set_open(&row, opens),
            }
            glib::Propagation::Stop
        });
        rows.add_controller(arrows);
    }

    /// Has Shift with an arrow or a click extend the selection from where a person expects it.
    pub(super) fn connect_extending(self: &Rc<Self>, rows: &gtk::Widget) {
        let keys = gtk::EventControllerKey::new();
        keys.set_propagation_phase(gtk::PropagationPhase::Capture);
        let weak = Rc::downgrade(self);
        keys.connect_key_pressed(move |_, key, _, state| {
            if state.contains(ModifierType::SHIFT_MASK)
                && moves_in_rows(key)
                && let Some(inner) = weak.upgrade()
            {
                inner.renew_anchor();
            }
            glib::Propagation::Proceed
        });
        rows.add_controller(keys);
        let click = gtk::GestureClick::builder()
            .propagation_phase(gtk::PropagationPhase::Capture)
            .build();
        let weak = Rc::downgrade(self);
        click.connect_pressed(move |click, _, _, _| {
            let state = click.current_event_state();
            if state.contains(ModifierType::SHIFT_MASK)
                && let Some(inner) = weak.upgrade()
            {
                inner.renew_anchor();
            }
        });
        rows.add_controller(click);
    }

    /// GTK extends from a place, where another row can stand by now, and knows nothing of what was selected by
    /// others. Where the selected rows still stand together it is the other end of them from the one that has the
    /// focus, else the focus.
    pub(super) fn renew_anchor(&self) {
        if !self.anchor_is_stale.replace(false) {
            return;
        }
        let current = self
            .labels
            .focused()
            .or_else(|| self.current.borrow().clone());
        let at = current.and_then(|row| self.rows.position(&row));
        let (Some(at), Some(rows)) = (at, self.view.last_child()) else {
            return;
        };
        let selected = self.rows.selection().selection();
        let (first, last) = (selected.minimum(), selected.maximum());
        let together = !selected.is_empty() && selected.size() == u64::from(last - first) + 1;
        let anchor = match at {
            at if together && at == first => last,
            at if together && at == last => first,
            at => at,
        };
        // Only what selects a row or no longer does moves it.
        self.changing.set(true);
        for _ in 0..2 {
            let toggle = (anchor, true, false).to_variant();
            // It fails in no version of GTK that there is.
            let _ = rows.activate_action("list.select-item", Some(&toggle));
        }
        self.changing.set(false);
    }

    /// Selects this row and no other.
    pub fn select(&self, row: &RowObject) {
        self.rows.select(row);
        self.anchor_is_stale.set(true);
    }

    pub(super) fn connect_focus(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        self.view.connect_root_notify(move |view| {
            let Some(window) = view.root().and_downcast::<gtk::Window>() else {
                return;
            };
            let weak = weak.clone();
            window.connect_focus_widget_notify(move |_| {
                // While rows change the focus may go elsewhere for a moment, which nobody is to be told.
                if let Some(inner) = weak.upgrade().filter(|inner| !inner.changing.get()) {
                    inner.notice_focus();
                }
            });
        });
    }

    /// Moves the focus to the rows: to the selected one, else to the first, which is then selected:
    /// the first arrow key would only do that. Not while a menu is open: it would close below the hand that
    /// chooses from it.
    pub fn focus_rows(&self) {
        let focus = self.view.root().and_then(|window| window.focus());
        if focus.is_some_and(|it| it.ancestor(gtk::PopoverMenu::static_type()).is_some()) {
            return;
        }
        let selected = self.selected().and_then(|row| self.rows.position(&row));
        if let Some(selected) = selected {
            self.focus(selected);
        } else if let Some(first) = self.rows.places().row(0) {
            if is_row::<R>(&first) {
                self.select(&first);
            }
            self.focus(0);
        }
    }

    /// Moves the focus to the row at this position.
    pub fn focus(&self, position: u32) {
        // Scrolling with this flag only says which row is to have the focus once the rows have it.
        self.view
            .scroll_to(position, None, gtk::ListScrollFlags::FOCUS, None);
        if let Some(rows) = self.view.last_child() {
            rows.grab_focus();
        }
    }
}
