//! The column view of a table and what holds it together.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use relm4::gtk;
use relm4::gtk::gdk::{Key, ModifierType};
use relm4::gtk::glib;
use relm4::gtk::prelude::*;

use super::TableEvent;
use super::cell::row_of;
use super::columns::{self, PROCESS, Writing, first_direction};
use super::groups::{group_of, is_open, with_group};
use super::header::{self, HeaderKey};
use super::icon::Icons;
use super::layout::{ColumnLayout, Layout};
use super::order::Sort;
use super::order_hold::{OrderHold, moves_in_rows};
use super::remainder::with_remainder;
use super::row_labels::RowLabels;
use super::row_menu::RowMenu;
use super::row_object::RowObject;
use super::rows::{Rows, with_row};
use super::scroll_hold::ScrollHold;
use super::sentence::{group_sentence, remainder_sentence, sentence};
use super::text_cell::TextCell;
use crate::model::process::ProcessKey;
use crate::model::table::{Direction, Row};
use crate::ui::shared_style::SharedStyle;

/// What a table is made of.
pub struct Inner<R: Row> {
    pub scroller: gtk::ScrolledWindow,
    // Whether something was said of the table before.
    pub was_heard: Cell<bool>,
    // What the menu of a row is a child of as well.
    pub root: gtk::Box,
    pub view: gtk::ColumnView,
    pub rows: Rows<R>,
    pub writing: Rc<Writing>,
    pub labels: Rc<RowLabels>,
    pub hold: OrderHold,
    pub scroll: ScrollHold,
    pub row_menu: RowMenu,
    // Columns that are shown where there is room.
    chosen: RefCell<Vec<&'static str>>,
    // Whether the headings are told a sorting, instead of telling one.
    telling: Cell<bool>,
    // Whether rows are changing, and with them the selection, for a moment.
    pub changing: Cell<bool>,
    // Whether GTK extends the selection from where a person does not know of.
    pub anchor_is_stale: Cell<bool>,
    // The row that had the focus last.
    pub current: RefCell<Option<RowObject>>,
    pub notify: Box<dyn Fn(TableEvent)>,
}

impl<R: Row> Inner<R> {
    pub fn new(
        style: SharedStyle,
        layout: &Layout,
        linger: Duration,
        notify: Box<dyn Fn(TableEvent)>,
    ) -> Rc<Self> {
        let inner = Rc::new_cyclic(|weak| Self::unconnected(weak, style, layout, linger, notify));
        inner.connect_headings();
        inner.connect_rows();
        inner.connect_focus();
        inner.apply_chosen();
        inner.show_sort(layout.sort);
        inner
    }

    fn unconnected(
        weak: &Weak<Self>,
        style: SharedStyle,
        layout: &Layout,
        linger: Duration,
        notify: Box<dyn Fn(TableEvent)>,
    ) -> Self {
        let rows = Rows::new(layout.sort);
        let view = gtk::ColumnView::builder()
            .model(rows.selection())
            .reorderable(true)
            .tab_behavior(gtk::ListTabBehavior::Item)
            .css_classes(["sysmon-table"])
            .build();
        let scroller = gtk::ScrolledWindow::builder()
            .child(&view)
            .vexpand(true)
            .hexpand(true)
            .build();
        let root = gtk::Box::default();
        root.append(&scroller);
        let labels = {
            let weak = weak.clone();
            RowLabels::new(move |row| {
                let inner = weak.upgrade();
                inner.map_or_else(String::new, |inner| inner.sentence(row))
            })
        };
        let hold = {
            let weak = weak.clone();
            OrderHold::new(linger, move || tell(&weak, TableEvent::HoldEnded))
        };
        let icons = {
            let weak = weak.clone();
            Icons::load(move || {
                if let Some(inner) = weak.upgrade() {
                    inner.rewrite_all();
                }
            })
        };
        let toggle = {
            let weak = weak.clone();
            move |row: &RowObject| {
                let inner: Option<Rc<Self>> = weak.upgrade();
                if let Some((inner, open)) = inner.zip(is_open::<R>(row)) {
                    inner.set_open(row, !open);
                }
            }
        };
        let writing = Rc::new(Writing {
            toggle: Box::new(toggle),
            style,
            narrow: Cell::new(false),
            grouped: Cell::new(false),
            icons,
        });
        append_columns::<R>(&view, layout, &writing);
        let chosen = layout
            .columns
            .iter()
            .filter(|column| column.shown || column.key == layout.sort.column);
        Self {
            scroll: ScrollHold::new(&scroller, &view),
            row_menu: RowMenu::new(&root, &hold),
            chosen: RefCell::new(chosen.map(|column| column.key).collect()),
            telling: Cell::new(false),
            was_heard: Cell::new(false),
            changing: Cell::new(false),
            anchor_is_stale: Cell::new(true),
            current: RefCell::default(),
            scroller,
            root,
            view,
            rows,
            writing,
            labels,
            hold,
            notify,
        }
    }

    fn connect_headings(self: &Rc<Self>) {
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
    }

    fn connect_rows(self: &Rc<Self>) {
        let factory = gtk::SignalListItemFactory::new();
        let labels = Rc::downgrade(&self.labels);
        factory.connect_setup(move |_, row| {
            if let (Some(labels), Some(row)) = (labels.upgrade(), row.downcast_ref()) {
                labels.follow(row, is_row::<R>);
            }
        });
        self.view.set_row_factory(Some(&factory));

        let weak = Rc::downgrade(self);
        self.view.connect_activate(move |_, position| {
            let Some(inner) = weak.upgrade() else { return };
            let Some(row) = inner.rows.places().row(position) else {
                return;
            };
            if let Some(open) = is_open::<R>(&row) {
                inner.select(&row);
                inner.set_open(&row, !open);
            } else if is_row::<R>(&row) {
                inner.select(&row);
                (inner.notify)(TableEvent::Activated);
            } else if with_remainder::<R, _>(&row, |_| ()).is_none() {
                (inner.notify)(TableEvent::MoreActivated);
            }
        });
        let weak = Rc::downgrade(self);
        self.rows
            .selection()
            .connect_selection_changed(move |_, _, _| {
                if let Some(inner) = weak.upgrade().filter(|inner| !inner.changing.get()) {
                    inner.anchor_is_stale.set(false);
                    inner.rows.unselect_tail();
                    (inner.notify)(TableEvent::Selected);
                }
            });
        if let Some(rows) = self.view.last_child() {
            self.hold.watch(&rows);
            let back = gtk::EventControllerKey::new();
            back.set_propagation_phase(gtk::PropagationPhase::Capture);
            let view = self.view.downgrade();
            back.connect_key_pressed(move |_, key, _, _| {
                let view = view.upgrade().filter(|_| key == Key::ISO_Left_Tab);
                glib::Propagation::from(view.is_some_and(|view| header::grab_focus(&view)))
            });
            rows.add_controller(back);
            self.connect_arrows(&rows);
            self.connect_extending(&rows);
        }
        let weak = Rc::downgrade(self);
        self.row_menu.connect_closed(move || {
            if let Some(inner) = weak.upgrade() {
                inner.focus_again();
            }
        });
        let (labels, weak) = (Rc::downgrade(&self.labels), Rc::downgrade(self));
        self.row_menu.watch(
            &self.view,
            move || labels.upgrade()?.focused(),
            move |row| {
                let inner = weak.upgrade().filter(|_| is_row::<R>(row));
                inner.is_some_and(|inner| {
                    inner.select_for_menu(row);
                    true
                })
            },
        );
    }

    /// Gives the focus back to the row that had it last, unless something else took it: GTK gives it to
    /// what the rows stand in when a menu is closed.
    fn focus_again(&self) {
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
    fn select_for_menu(&self, row: &RowObject) {
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
    fn connect_arrows(self: &Rc<Self>, rows: &gtk::Widget) {
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
    fn connect_extending(self: &Rc<Self>, rows: &gtk::Widget) {
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
    fn renew_anchor(&self) {
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

    /// Opens a group, or closes it.
    fn set_open(&self, row: &RowObject, open: bool) {
        self.hold.touch();
        self.keeping_place(|| {
            self.rows.set_open(row, open);
        });
    }

    fn connect_focus(self: &Rc<Self>) {
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

    fn sort_by_heading(&self, column: &gtk::ColumnViewColumn) {
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

    fn heading_told(&self, sorter: &gtk::ColumnViewSorter) {
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
        (self.notify)(TableEvent::Sorted);
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

    pub fn on_screen(&self) -> Vec<ProcessKey> {
        let height = self.scroller.height() as f32;
        let list = self.view.last_child();
        std::iter::successors(
            list.and_then(|list| list.first_child()),
            WidgetExt::next_sibling,
        )
        .filter(|row| {
            row.compute_bounds(&self.scroller)
                .is_some_and(|row| row.y() < height && row.y() + row.height() > 0.0)
        })
        .filter_map(|row| with_row(&row_of(&row)?, |row: &R| Some(row.process()?.key))?)
        .collect()
    }

    pub fn row_below(&self, widget: Option<&gtk::Widget>) -> Option<RowObject> {
        let rows = self.view.last_child()?;
        widget
            .filter(|widget| widget.is_ancestor(&rows))
            .and_then(row_of)
    }

    fn sentence(&self, row: &RowObject) -> String {
        let mut keys = self.visible_keys();
        if self.writing.narrow.get() {
            let shown = keys.clone();
            let below = R::BELOW_NAME.iter().map(|key| glib::GString::from(*key));
            let first = keys.len().min(1);
            keys.splice(first..first, below.filter(|key| !shown.contains(key)));
        }
        let style = &self.writing.style.now();
        with_row(row, |row: &R| sentence(row, &keys, style))
            .or_else(|| with_group(row, |group: &_| group_sentence::<R>(group, &keys, style)))
            .or_else(|| {
                with_remainder::<R, _>(row, |row| remainder_sentence::<R>(row, &keys, style))
            })
            .unwrap_or_else(|| columns::tail_text::<R>(row))
    }

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

    fn apply_chosen(&self) {
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
    fn fit_columns(&self) {
        let mut cells = Vec::new();
        if let Some(rows) = self.view.last_child() {
            text_cells(&rows, &mut cells);
        }
        TextCell::fit(&cells);
    }

    fn rewrite_all(&self) {
        self.rows.all().for_each(|row| row.touch());
    }

    fn rewrite_remainder(&self) {
        self.rows.places().rows().iter().for_each(RowObject::touch);
    }
}

fn append_columns<R: Row>(view: &gtk::ColumnView, layout: &Layout, writing: &Rc<Writing>) {
    for column in &layout.columns {
        let Some(data) = R::column(column.key) else {
            continue;
        };
        let shown = columns::view_column(data, writing);
        shown.set_fixed_width(column.width.unwrap_or(-1));
        // A heading can be clicked where its column has a sorter. The rows are sorted by the
        // table's own, which knows that missing values come last either way.
        shown.set_sorter(Some(&gtk::CustomSorter::new(|_, _| gtk::Ordering::Equal)));
        view.append_column(&shown);
    }
}

/// The text cells below a widget.
fn text_cells(widget: &gtk::Widget, found: &mut Vec<TextCell>) {
    for child in std::iter::successors(widget.first_child(), WidgetExt::next_sibling) {
        match child.downcast::<TextCell>() {
            Ok(cell) => found.push(cell),
            Err(other) => text_cells(&other, found),
        }
    }
}

fn tell<R: Row>(table: &Weak<Inner<R>>, event: TableEvent) {
    if let Some(inner) = table.upgrade() {
        (inner.notify)(event);
    }
}

/// Whether it is about a process, a connection or a program.
pub fn is_row<R: Row>(row: &RowObject) -> bool {
    with_row(row, |_: &R| ()).is_some() || is_open::<R>(row).is_some()
}

fn data<R: Row>(column: &gtk::ColumnViewColumn) -> Option<&'static crate::model::table::Column<R>> {
    R::column(&column.id()?)
}
