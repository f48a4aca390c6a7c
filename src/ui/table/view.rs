//! The column view of a table and what holds it together.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use relm4::gtk;
use relm4::gtk::gdk::Key;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;

use super::TableEvent;
use super::cell::row_of;
use super::columns::{self, Writing};
use super::groups::{is_open, with_group};
use super::header;
use super::icon::Icons;
use super::layout::Layout;
use super::order_hold::OrderHold;
use super::remainder::with_remainder;
use super::row_labels::RowLabels;
use super::row_menu::RowMenu;
use super::row_object::RowObject;
use super::rows::{Rows, with_row};
use super::scroll_hold::ScrollHold;
use super::sentence::{group_sentence, remainder_sentence, sentence};
use crate::model::process::ProcessKey;
use crate::model::table::Row;
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
    pub chosen: RefCell<Vec<&'static str>>,
    // Whether the headings are told a sorting, instead of telling one.
    pub telling: Cell<bool>,
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

    /// Opens a group, or closes it.
    pub(super) fn set_open(&self, row: &RowObject, open: bool) {
        self.hold.touch();
        self.keeping_place(|| {
            self.rows.set_open(row, open);
        });
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

pub fn tell<R: Row>(table: &Weak<Inner<R>>, event: TableEvent) {
    if let Some(inner) = table.upgrade() {
        (inner.notify)(event);
    }
}

/// Whether it is about a process, a connection or a program.
pub fn is_row<R: Row>(row: &RowObject) -> bool {
    with_row(row, |_: &R| ()).is_some() || is_open::<R>(row).is_some()
}

pub fn data<R: Row>(
    column: &gtk::ColumnViewColumn,
) -> Option<&'static crate::model::table::Column<R>> {
    R::column(&column.id()?)
}
