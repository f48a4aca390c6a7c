//! Which columns of a table are shown, and how its cells are written anew.

use relm4::gtk;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;

use super::columns::{self, PROCESS};
use super::header;
use super::layout::ColumnLayout;
use super::row_object::RowObject;
use super::text_cell::TextCell;
use super::view::{Inner, data};
use crate::model::table::Row;
use crate::ui::descendants::descendants;

impl<R: Row> Inner<R> {
    pub fn columns(&self) -> impl Iterator<Item = gtk::ColumnViewColumn> + use<R> {
        let columns = self.view.columns();
        (0..columns.n_items()).filter_map(move |at| columns.item(at).and_downcast())
    }

    pub fn visible_keys(&self) -> Vec<glib::GString> {
        self.columns()
            .filter(gtk::ColumnViewColumn::is_visible)
            .filter_map(|column| column.id())
            .collect()
    }

    pub fn chosen_columns(&self) -> Vec<ColumnLayout> {
        let chosen = self.chosen.borrow();
        self.columns()
            .filter_map(|column| {
                let key = data::<R>(&column)?.key;
                Some(ColumnLayout {
                    key,
                    shown: chosen.contains(&key),
                    width: Some(column.fixed_width()).filter(|width| *width > 0),
                })
            })
            .collect()
    }

    pub fn choose(&self, key: &str, shown: bool) {
        let Some(column) = R::column(key) else { return };
        {
            let mut chosen = self.chosen.borrow_mut();
            chosen.retain(|other| *other != column.key);
            if shown || column.key == PROCESS || column.key == self.rows.sort().column {
                chosen.push(column.key);
            }
        }
        self.apply_chosen();
    }

    pub fn set_narrow(&self, narrow: bool) {
        if self.writing.narrow.replace(narrow) != narrow {
            self.apply_chosen();
            self.rewrite_all();
            self.rewrite_remainder();
        }
    }

    pub fn set_grouped(&self, grouped: bool) {
        if self.writing.grouped.replace(grouped) == grouped {
            return;
        }
        self.hold.forget();
        self.scroll.hold_at_top();
        self.keeping_offset(|| {
            self.rows.set_grouped(grouped);
            self.rows.resort();
        });
        self.rewrite_all();
    }

    pub(super) fn apply_chosen(&self) {
        let chosen = self.chosen.borrow();
        let narrow = self.writing.narrow.get();
        let sorted = self.rows.sort().column;
        let mut others = false;
        for column in self.columns() {
            let key = column.id().unwrap_or_default();
            let visible = if narrow {
                key == PROCESS || key == sorted
            } else {
                chosen.contains(&key.as_str())
            };
            if column.is_visible() != visible {
                column.set_visible(visible);
                others = true;
            }
        }
        if others {
            self.fit_columns();
        }
        header::refresh(&self.view);
        header::let_shrink(&self.view, narrow);
        self.labels.rewrite_all();
    }

    pub fn rewrite(&self) {
        let style = self.writing.style.now();
        for column in self.columns() {
            if let Some(data) = data::<R>(&column) {
                column.set_title(Some(&columns::heading(data, &style)));
            }
        }
        self.rewrite_all();
        self.rewrite_remainder();
        self.fit_columns();
        self.labels.rewrite_all();
    }

    /// Gives columns the room that what stands in them needs now. They only grow with the rows, as nothing is to
    /// move below a person who reads or clicks a heading again; this is for when they change their places anyway.
    pub(super) fn fit_columns(&self) {
        let rows = self.view.last_child();
        TextCell::fit(&rows.as_ref().map(descendants).unwrap_or_default());
    }

    pub(super) fn rewrite_all(&self) {
        self.rows.all().for_each(|row| row.touch());
    }

    pub(super) fn rewrite_remainder(&self) {
        self.rows.places().rows().iter().for_each(RowObject::touch);
    }
}
