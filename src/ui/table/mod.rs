//! A table of processes or connections that is brought up to date in place: rows keep their object, the selection,
//! the focus and the scroll offset stay, and the order is held while a person is at the rows.

mod cell;
mod columns;
mod groups;
mod header;
mod headings;
mod icon;
mod keeping;
mod layout;
mod noun;
mod order;
mod order_hold;
mod place;
mod places;
mod remainder;
mod row_labels;
mod row_menu;
mod row_object;
mod rows;
mod scroll_hold;
mod selecting;
mod sentence;
mod shown;
mod spoken_text;
mod store;
mod text_cell;
mod view;

use std::collections::HashSet;
use std::rc::{Rc, Weak};
use std::time::Duration;

use relm4::gtk;
use relm4::gtk::gio;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;
use serde_json::Value as Json;

use crate::model::group::Group;
use crate::model::process::ProcessKey;
use crate::model::table::Row;
use crate::ui::shared_style::SharedStyle;

pub use cell::{Cell, row_of};
pub use columns::{PROCESS, first_direction, heading, offered};
pub use layout::{ColumnLayout, Layout};
pub use order::Sort;
pub use order_hold::{LINGER, OrderHold};
pub use place::Place;
pub use row_object::RowObject;
pub use rows::{Counts, with_row};
pub use text_cell::TextCell;

pub use remainder::title as remainder_title;

use groups::with_group;
use remainder::with_remainder;
use view::Inner;

/// What happened in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableEvent {
    /// Enter or double-click on a row, which is now the selected one.
    Activated,
    /// Enter or double-click on the row that stands for those that the limit cut off.
    MoreActivated,
    /// Other rows were selected, or none.
    Selected,
    /// Sorted by another column or the other way.
    Sorted,
    /// A hold on the order ended by itself: the rows may be sorted.
    HoldEnded,
}

/// A table of rows `R`.
pub struct Table<R: Row>(Rc<Inner<R>>);

/// A table that is not kept alive.
pub struct WeakTable<R: Row>(Weak<Inner<R>>);

impl<R: Row> WeakTable<R> {
    /// The table while it exists.
    pub fn upgrade(&self) -> Option<Table<R>> {
        self.0.upgrade().map(Table)
    }
}

impl<R: Row> Table<R> {
    /// An empty table. `linger` is for how long rows hold still after a person's last movement;
    /// `notify` is told what happens.
    pub fn new(
        style: impl Into<SharedStyle>,
        layout: &Layout,
        linger: Duration,
        notify: impl Fn(TableEvent) + 'static,
    ) -> Self {
        Self(Inner::new(style.into(), layout, linger, Box::new(notify)))
    }

    /// The same table, not kept alive.
    pub fn downgrade(&self) -> WeakTable<R> {
        WeakTable(Rc::downgrade(&self.0))
    }

    /// The table with its scroll bars.
    pub fn widget(&self) -> &gtk::Box {
        &self.0.root
    }

    /// GTK's view of the rows.
    pub fn view(&self) -> &gtk::ColumnView {
        &self.0.view
    }

    /// Which places there are, and which of them are selected.
    pub fn places(&self) -> &gtk::MultiSelection {
        self.0.rows.selection()
    }

    /// The rows in the order they stand in: processes or connections, the row for those cut off,
    /// the remainder.
    pub fn rows(&self) -> Vec<RowObject> {
        self.0.rows.places().rows()
    }

    /// Takes over the rows of a new snapshot. They are sorted anew unless the order is held.
    pub fn refresh(&self, rows: &[R]) {
        let inner = &self.0;
        let focused = inner.labels.focused().and_then(|row| {
            let name = with_row(&row, R::name_of)
                .or_else(|| with_group(&row, |group: &Group<R>| group.name().to_owned()))?;
            Some((row, name))
        });
        if inner.hold.is_held() {
            // GTK keeps the topmost row in its place, and with it the one below the pointer.
            inner.keeping_place(|| inner.rows.update(rows));
        } else {
            inner.keeping_offset(|| {
                inner.rows.update(rows);
                inner.rows.resort();
            });
        }
        if let Some((row, name)) = focused
            && !inner.rows.is_there(&row)
        {
            self.announce(&R::NOUN.ended(&name));
        }
    }

    /// Takes over what no row of a new snapshot accounts for.
    pub fn set_remainder(&self, remainder: &[R::Remainder]) {
        let rows = &self.0.rows;
        self.0.keeping_place(|| rows.remainder().update(remainder));
    }

    /// So many more rows pass the filter than the snapshot holds.
    pub fn set_beyond(&self, count: u32) {
        self.0.keeping_place(|| self.0.rows.set_beyond(count));
    }

    /// Hides the remainder, or shows it.
    pub fn hide_remainder(&self, hidden: bool) {
        let rows = &self.0.rows;
        self.0.keeping_place(|| rows.remainder().set_hidden(hidden));
    }

    /// Shows the rows that `passes` lets through, sorted, from the top.
    pub fn set_filter(&self, passes: impl Fn(&R) -> bool + 'static) {
        let inner = &self.0;
        inner.hold.forget();
        inner.scroll.hold_at_top();
        inner.keeping_offset(|| {
            inner.rows.set_filter(passes);
            inner.rows.resort();
        });
    }

    /// Shows at most so many rows; `None` shows all. Selected and focused ones stay.
    pub fn set_limit(&self, limit: Option<u32>) {
        self.0.keeping_place(|| self.0.rows.set_limit(limit));
    }

    /// Sorts now, whatever holds the order.
    pub fn sort_now(&self) {
        self.0.hold.forget();
        self.resort();
        self.0.labels.rewrite_focused();
    }

    /// Sorts now and goes to the top: the rows are of another time.
    pub fn sort_from_top(&self) {
        self.0.hold.forget();
        self.0.scroll.hold_at_top();
        self.resort();
        self.0.labels.rewrite_all();
    }

    /// Sorts unless the order is held.
    pub fn sort_unless_held(&self) {
        if !self.0.hold.is_held() {
            self.resort();
        }
    }

    fn resort(&self) {
        self.0.keeping_offset(|| self.0.rows.resort());
    }

    /// Sorts by this column, which is shown from now on, from the top.
    pub fn sort_by(&self, sort: Sort) {
        self.0.show_sort(sort);
    }

    /// How it is sorted, in words that can be spoken.
    pub fn sorted_text(&self) -> String {
        self.0.sorted_text()
    }

    /// How the table is sorted.
    pub fn sort(&self) -> Sort {
        self.0.rows.sort()
    }

    /// What holds the order.
    pub fn hold(&self) -> &OrderHold {
        &self.0.hold
    }

    /// How many rows within the limit would change places if they were sorted now.
    pub fn would_move(&self) -> usize {
        self.0.rows.would_move()
    }

    /// How many rows there are, without the remainder.
    pub fn counts(&self) -> Counts {
        self.0.rows.counts()
    }

    /// The selected row; of several the one that had the focus last.
    pub fn selected(&self) -> Option<R> {
        with_row(&self.0.selected()?, R::clone)
    }

    /// All selected rows in their order, each process once: those of a program are all that pass the
    /// filter. None while the focus is on a row that is not selected.
    pub fn chosen(&self) -> Vec<R> {
        let selected = self.0.rows.selected();
        let focused = self.0.labels.focused();
        if focused.is_some_and(|row| !selected.contains(&row)) {
            return Vec::new();
        }
        let of_row = |row: &RowObject| {
            with_group(row, |group: &Group<R>| group.members().to_vec())
                .or_else(|| Some(vec![with_row(row, R::clone)?]))
        };
        let mut seen = HashSet::new();
        let all = selected.iter().filter_map(of_row).flatten();
        all.filter(|row| seen.insert(row.row_key())).collect()
    }

    /// Whether a process or program is selected.
    pub fn has_selection(&self) -> bool {
        !self.0.rows.selection().selection().is_empty()
    }

    /// The row of this key as it is now; `None` when it is gone.
    pub fn row(&self, key: R::Key) -> Option<R> {
        with_row(&self.0.rows.find(key)?, R::clone)
    }

    /// Processes whose rows can be seen without scrolling.
    pub fn on_screen(&self) -> Vec<ProcessKey> {
        self.0.on_screen()
    }

    /// The visible cells of a row of the remainder that has the focus, else of the selected rows, a
    /// line each, with tabs between them.
    pub fn row_text(&self) -> Option<String> {
        let focused = self.0.labels.focused();
        let of_remainder = focused.filter(|row| with_remainder::<R, _>(row, |_| ()).is_some());
        let rows = of_remainder.map_or_else(|| self.0.rows.selected(), |row| vec![row]);
        let (keys, style) = (self.0.visible_keys(), self.0.writing.style.now());
        let lines: Vec<_> = rows
            .iter()
            .filter_map(|row| columns::tab_separated::<R>(row, &keys, &style))
            .collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// The visible cells of all rows in their order, a line each below the headings, with tabs
    /// between them.
    pub fn all_text(&self) -> String {
        let keys = self.0.visible_keys();
        let style = &self.0.writing.style.now();
        let headings = keys.iter().filter_map(|key| R::column(key));
        let headings: Vec<_> = headings.map(|column| heading(column, style)).collect();
        let rows = self.rows();
        let rows = rows
            .iter()
            .filter_map(|row| columns::tab_separated::<R>(row, &keys, style));
        let lines: Vec<String> = std::iter::once(headings.join("\t")).chain(rows).collect();
        lines.join("\n")
    }

    /// All rows in their order for programs: the values of the columns that [`offered`] gives.
    pub fn plain_rows(&self) -> Vec<Vec<Json>> {
        self.rows()
            .iter()
            .filter_map(columns::plain_values::<R>)
            .collect()
    }

    /// Whether the column of this key can be seen.
    pub fn shows(&self, key: &str) -> bool {
        self.0.visible_keys().iter().any(|shown| shown == key)
    }

    /// Shows or hides a column. The process always stays, and so does the one that sorts.
    pub fn choose(&self, key: &str, shown: bool) {
        self.0.choose(key, shown);
    }

    /// Shows only the process, with pid and user below it, and the sorted column.
    pub fn set_narrow(&self, narrow: bool) {
        self.0.set_narrow(narrow);
    }

    /// Shows a row for each program, which can be opened to show its processes, or one for each
    /// process.
    pub fn set_grouped(&self, grouped: bool) {
        self.0.set_grouped(grouped);
    }

    /// Writes headings and values anew: they are written in another way.
    pub fn rewrite(&self) {
        self.0.rewrite();
    }

    /// Rows as low as their text.
    pub fn set_compact(&self, compact: bool) {
        if compact {
            self.0.view.add_css_class("data-table");
        } else {
            self.0.view.remove_css_class("data-table");
        }
    }

    /// The menu of a row, opened by right click, Shift+F10 and the menu key.
    pub fn set_row_menu(&self, menu: &impl IsA<gio::MenuModel>) {
        self.0.row_menu.set_items(menu);
    }

    /// The menu of the headings.
    pub fn set_header_menu(&self, menu: &impl IsA<gio::MenuModel>) {
        for column in self.0.columns() {
            column.set_header_menu(Some(menu));
        }
    }

    /// What was chosen about columns and sorting.
    pub fn layout(&self) -> Layout {
        Layout {
            columns: self.0.chosen_columns(),
            sort: self.sort(),
        }
    }

    /// Moves the focus to the rows: to the selected one, else to the first.
    pub fn grab_focus(&self) {
        self.0.focus_rows();
    }

    /// Moves the focus to the row at this position, from the top.
    pub fn focus(&self, position: u32) {
        self.0.focus(position);
    }

    /// What a screen reader says of the row that has the focus.
    pub fn focused_label(&self) -> Option<String> {
        self.0.labels.focused_label()
    }

    /// Has a screen reader say something once. It is the window that says it: GTK drops what widgets
    /// say that no screen reader has come by yet.
    pub fn announce(&self, message: &str) {
        let window = self.0.view.root().and_downcast::<gtk::Window>();
        let Some(window) = window else {
            return;
        };
        let say = |window: &gtk::Window, message: &str| {
            window.announce(message, gtk::AccessibleAnnouncementPriority::Medium);
        };
        if self.0.was_heard.replace(true) || window.is_active() {
            say(&window, message);
            return;
        }
        // What is said while it opens is said when it has the focus, or nobody hears it.
        let message = message.to_owned();
        let handler: Rc<std::cell::Cell<Option<glib::SignalHandlerId>>> = Rc::default();
        let once = Rc::clone(&handler);
        let id = window.connect_is_active_notify(move |window| {
            if let Some(id) = once.take() {
                window.disconnect(id);
                let (window, message) = (window.clone(), message.clone());
                glib::idle_add_local_once(move || say(&window, &message));
            }
        });
        handler.set(Some(id));
    }
}
