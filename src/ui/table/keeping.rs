//! Changes of the rows after which the same processes are selected, and the same one has the focus.

use std::collections::HashSet;

use relm4::gtk;
use relm4::gtk::prelude::*;

use super::TableEvent;
use super::places::Places;
use super::row_object::RowObject;
use super::view::{Inner, is_row};
use crate::model::table::Row;

impl<R: Row> Inner<R> {
    /// Makes a change of the rows; afterwards the same processes are selected, and the same one has the
    /// focus, or the next one when it is gone. Rows that were there stay where they are on the screen.
    pub fn keeping_place(&self, change: impl FnOnce()) {
        self.change_rows(change, |places, _| {
            places.follow();
        });
    }

    /// The same, of a change after which rows stand elsewhere. What can be seen is the same part of the
    /// table.
    pub fn keeping_offset(&self, change: impl FnOnce()) {
        self.change_rows(change, |places, focused| {
            places.settle(focused, || self.scroll.hold());
            self.anchor_is_stale.set(true);
        });
    }

    fn change_rows(
        &self,
        change: impl FnOnce(),
        take_over: impl FnOnce(&Places, Option<&RowObject>),
    ) {
        let selected: HashSet<RowObject> = self.rows.selected().into_iter().collect();
        let focused = self.labels.focused();
        let focused_at = focused.as_ref().and_then(|row| self.rows.position(row));
        self.changing.set(true);
        change();
        let mut wanted = selected.clone();
        wanted.extend(focused.clone());
        self.rows.update_tail(&wanted);
        // Where the focus is elsewhere, GTK gives it back to the place that had it last.
        let last = self.current.borrow().clone();
        take_over(self.rows.places(), focused.as_ref().or(last.as_ref()));
        if !selected.is_empty() {
            self.rows.select_all_of(&selected);
        }
        self.changing.set(false);
        if self.rows.selected().len() != selected.len() {
            (self.notify)(TableEvent::Selected);
        }
        if let (Some(row), Some(before)) = (focused, focused_at) {
            self.keep_focus(&row, before, selected.contains(&row));
        }
    }

    /// Has the focus stay with a row that had it at this position, or go to the one that stands there now.
    fn keep_focus(&self, row: &RowObject, before: u32, was_selected: bool) {
        self.notice_focus();
        let rows = self.rows.selection().n_items();
        let position = self.rows.position(row);
        let has_moved_on = self.labels.focused().as_ref() != Some(row);
        if rows > 0 && (position.is_none() || has_moved_on) {
            let position = position.unwrap_or(before.min(rows - 1));
            self.focus(position);
            if was_selected {
                self.select_if_none_is(position);
            }
        }
    }

    /// Takes notice of which row has the focus.
    pub fn notice_focus(&self) {
        let window = self.view.root().and_downcast::<gtk::Window>();
        let Some(window) = window else { return };
        let row = self.row_below(GtkWindowExt::focus(&window).as_ref());
        if row.is_some() {
            self.current.replace(row.clone());
        }
        self.labels.focus_moved(row);
    }

    /// Has the selection follow the focus where the last selected row has gone: what keys do is done to
    /// the row that has the focus.
    fn select_if_none_is(&self, position: u32) {
        let row = self.rows.places().row(position);
        if let Some(row) = row.filter(is_row::<R>)
            && self.rows.selection().selection().is_empty()
        {
            self.select(&row);
        }
    }
}
