//! The headings of a table: sorted by a click, by a key and by what was chosen in a menu.

use std::rc::Rc;

use gettextrs::gettext;
use relm4::gtk;
use relm4::gtk::prelude::*;

use super::TableEvent;
use super::columns::first_direction;
use super::header::{self, HeaderKey};
use super::order::Sort;
use super::view::{Inner, data};
use crate::model::table::{Direction, Row};

impl<R: Row> Inner<R> {
    pub(super) fn connect_headings(self: &Rc<Self>) {
        for (at, column) in self.columns().enumerate() {
            if data::<R>(&column).is_some_and(|column| column.format.is_numeric()) {
                header::align_to_end(&self.view, at);
            }
        }
        let weak = Rc::downgrade(self);
        header::make_focusable(&self.view, move |column, title, key| {
            let Some(inner) = weak.upgrade() else { return };
            match key {
                HeaderKey::Sort => inner.sort_by_heading(column),
                HeaderKey::Menu => header::open_menu(column, title),
                HeaderKey::Leave => inner.focus_rows(),
            }
        });
        let weak = Rc::downgrade(self);
        self.view
            .columns()
            .connect_items_changed(move |_, _, _, _| {
                if let Some(inner) = weak.upgrade() {
                    header::refresh(&inner.view);
                }
            });
        let weak = Rc::downgrade(self);
        if let Some(sorter) = self.view.sorter() {
            sorter.connect_changed(move |sorter, _| {
                if let (Some(inner), Some(sorter)) = (weak.upgrade(), sorter.downcast_ref()) {
                    inner.heading_told(sorter);
                }
            });
        }
        let weak = Rc::downgrade(self);
        header::connect_left(&self.view, move || {
            if let Some(inner) = weak.upgrade() {
                inner.describe_headings();
            }
        });
        self.describe_headings();
    }

    /// How the rows are sorted, in words.
    pub fn sorted_text(&self) -> String {
        let sort = self.rows.sort();
        let title = R::column(sort.column).map_or_else(String::new, |column| gettext(column.title));
        let text = match sort.direction {
            // Translators: spoken when the table was sorted, as in "sorted by CPU, descending".
            Direction::Ascending => gettext("sorted by {}, ascending"),
            Direction::Descending => gettext("sorted by {}, descending"),
        };
        text.replace("{}", &title)
    }

    /// Has the heading that sorts say how.
    fn describe_headings(&self) {
        let sorting = self.rows.sort().column;
        let at = self
            .columns()
            .position(|column| column.id().as_deref() == Some(sorting));
        header::describe(&self.view, at, &self.sorted_text());
    }

    pub(super) fn sort_by_heading(&self, column: &gtk::ColumnViewColumn) {
        let Some(key) = data::<R>(column).map(|column| column.key) else {
            return;
        };
        let before = self.rows.sort();
        let direction = match (before.column == key, before.direction) {
            (true, Direction::Ascending) => Direction::Descending,
            (true, Direction::Descending) => Direction::Ascending,
            (false, _) => first_direction::<R>(key),
        };
        self.show_sort(Sort {
            column: key,
            direction,
        });
    }

    /// Has the headings show this sorting, whereupon the rows are sorted.
    pub fn show_sort(&self, sort: Sort) {
        let column = self
            .columns()
            .find(|column| column.id().as_deref() == Some(sort.column));
        let direction = match sort.direction {
            Direction::Ascending => gtk::SortType::Ascending,
            Direction::Descending => gtk::SortType::Descending,
        };
        self.telling.set(true);
        self.view.sort_by_column(column.as_ref(), direction);
        self.telling.set(false);
    }

    pub(super) fn heading_told(&self, sorter: &gtk::ColumnViewSorter) {
        let column = sorter.primary_sort_column();
        let Some(column) = column.and_then(|column| data::<R>(&column)) else {
            return;
        };
        let direction = match sorter.primary_sort_order() {
            gtk::SortType::Descending => Direction::Descending,
            _ => Direction::Ascending,
        };
        let sort = Sort {
            column: column.key,
            direction,
        };
        let before = self.rows.sort();
        if before == sort {
            return;
        }
        // GTK starts every column ascending.
        let first = Sort {
            column: column.key,
            direction: first_direction::<R>(column.key),
        };
        if !self.telling.get() && before.column != column.key && sort != first {
            self.show_sort(first);
            return;
        }
        self.hold.forget();
        self.scroll.hold_at_top();
        self.keeping_offset(|| self.rows.set_sort(sort));
        self.choose(sort.column, true);
        self.describe_headings();
        (self.notify)(TableEvent::Sorted);
    }
}
