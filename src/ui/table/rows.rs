//! The chain of list models from the store to what is on screen:
//! `FlattenListModel[ SliceListModel( SortListModel( FilterListModel( ListStore ))), the selected or
//! focused row when it lies beyond the limit, the row that says how many more there are, the
//! remainder ]`.

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::rc::Rc;

use relm4::gtk;
use relm4::gtk::gio;
use relm4::gtk::prelude::*;

use super::order::{self, Sort};
use super::remainder::RemainderRows;
use super::row_object::RowObject;
use super::store::{Content, RowStore};
use crate::model::table::Row;

/// How many rows there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// On screen or within reach of scrolling.
    pub shown: u32,
    /// That pass the filter.
    pub matched: u32,
    /// In the snapshot.
    pub total: u32,
}

type Predicate<R> = Rc<RefCell<Box<dyn Fn(&R) -> bool>>>;

/// The rows of a table: filtered, sorted, limited.
pub struct Rows<R: Row> {
    store: RowStore<R>,
    passes: Predicate<R>,
    filter: gtk::CustomFilter,
    sort: Rc<Cell<Sort>>,
    sorter: gtk::CustomSorter,
    ordered: gtk::SortListModel,
    slice: gtk::SliceListModel,
    limit: Cell<Option<u32>>,
    // Rows that pass the filter and are not in the snapshot.
    beyond: Cell<u32>,
    kept: gio::ListStore,
    more: gio::ListStore,
    more_row: RowObject,
    remainder: RemainderRows<R>,
    selection: gtk::SingleSelection,
}

impl<R: Row> Rows<R> {
    /// No rows; later ones will be in this order.
    pub fn new(sort: Sort) -> Self {
        let store = RowStore::default();
        let passes: Predicate<R> = Rc::new(RefCell::new(Box::new(|_| true)));
        let filter = {
            let passes = Rc::clone(&passes);
            gtk::CustomFilter::new(move |row| {
                row.downcast_ref::<RowObject>()
                    .and_then(|row| with_row(row, |row| (passes.borrow())(row)))
                    .unwrap_or(false)
            })
        };
        let filtered = gtk::FilterListModel::new(Some(store.model().clone()), Some(filter.clone()));
        let sort = Rc::new(Cell::new(sort));
        let sorter = {
            let sort = Rc::clone(&sort);
            gtk::CustomSorter::new(move |a, b| {
                let rows = a.downcast_ref().zip(b.downcast_ref());
                rows.map_or(Ordering::Equal, |(a, b)| {
                    placed_order::<R>(sort.get(), a, b)
                })
                .into()
            })
        };
        let ordered = gtk::SortListModel::new(Some(filtered), Some(sorter.clone()));
        let slice = gtk::SliceListModel::new(Some(ordered.clone()), 0, u32::MAX);
        let kept = gio::ListStore::new::<RowObject>();
        let more = gio::ListStore::new::<RowObject>();
        let parts = gio::ListStore::new::<gio::ListModel>();
        parts.append(&slice);
        parts.append(&kept);
        parts.append(&more);
        let remainder = RemainderRows::default();
        parts.append(remainder.model());
        let selection = gtk::SingleSelection::builder()
            .model(&gtk::FlattenListModel::new(Some(parts)))
            .autoselect(false)
            .can_unselect(true)
            .build();
        Self {
            store,
            passes,
            filter,
            sort,
            sorter,
            ordered,
            slice,
            limit: Cell::new(None),
            beyond: Cell::new(0),
            kept,
            more,
            more_row: RowObject::new(Content::<R>::More(0)),
            remainder,
            selection,
        }
    }

    /// What the view shows.
    pub fn selection(&self) -> &gtk::SingleSelection {
        &self.selection
    }

    /// All rows, in no order that a person would want.
    pub fn all(&self) -> impl Iterator<Item = RowObject> + '_ {
        self.store.model().iter::<RowObject>().flatten()
    }

    /// The row of this key.
    pub fn find(&self, key: R::Key) -> Option<RowObject> {
        self.store.find(key)
    }

    /// Takes over the rows of a new snapshot. The order is brought up to date by [`Self::resort`].
    pub fn update(&self, rows: &[R]) {
        let refilter = {
            let passes = self.passes.borrow();
            self.store.update(rows, |row| passes(row))
        };
        if refilter {
            self.filter.changed(gtk::FilterChange::Different);
        }
    }

    /// What no row accounts for, below the rows.
    pub fn remainder(&self) -> &RemainderRows<R> {
        &self.remainder
    }

    /// Lets only rows through that `passes`.
    pub fn set_filter(&self, passes: impl Fn(&R) -> bool + 'static) {
        *self.passes.borrow_mut() = Box::new(passes);
        self.filter.changed(gtk::FilterChange::Different);
    }

    /// Shows at most so many; `None` shows all.
    pub fn set_limit(&self, limit: Option<u32>) {
        self.limit.set(limit);
        self.slice.set_size(limit.unwrap_or(u32::MAX));
    }

    /// So many more rows pass the filter than the snapshot holds.
    pub fn set_beyond(&self, count: u32) {
        self.beyond.set(count);
    }

    /// How the rows are sorted.
    pub fn sort(&self) -> Sort {
        self.sort.get()
    }

    /// Sorts the rows otherwise.
    pub fn set_sort(&self, sort: Sort) {
        self.sort.set(sort);
        self.resort();
    }

    /// Puts the rows in the order that their present values have.
    pub fn resort(&self) {
        self.store.settle();
        self.sorter.changed(gtk::SorterChange::Different);
    }

    /// How many there are.
    pub fn counts(&self) -> Counts {
        Counts {
            shown: self.slice.n_items() + self.kept.n_items(),
            matched: self.ordered.n_items(),
            total: self.store.model().n_items(),
        }
    }

    /// The selected row.
    pub fn selected(&self) -> Option<RowObject> {
        self.selection.selected_item().and_downcast()
    }

    /// Where this row stands.
    pub fn position(&self, row: &RowObject) -> Option<u32> {
        (0..self.selection.n_items())
            .find(|at| self.selection.item(*at).as_ref() == Some(row.upcast_ref()))
    }

    /// Selects this row, where it is shown.
    pub fn select(&self, row: &RowObject) {
        if self.selected().as_ref() != Some(row)
            && let Some(position) = self.position(row)
        {
            self.selection.set_selected(position);
        }
    }

    /// Below what the limit lets through puts those of `wanted` that it cuts off, then the row that
    /// says how many more there are.
    pub fn update_tail(&self, wanted: &[&RowObject]) {
        let limit = self.limit.get().unwrap_or(u32::MAX);
        let matched = self.ordered.n_items();
        let beyond: Vec<RowObject> = if wanted.is_empty() {
            Vec::new()
        } else {
            (limit..matched)
                .filter_map(|at| self.ordered.item(at).and_downcast())
                .filter(|row| wanted.contains(&row))
                .collect()
        };
        let kept: Vec<RowObject> = self.kept.iter().flatten().collect();
        if kept != beyond {
            self.kept.splice(0, self.kept.n_items(), &beyond);
        }
        let cut = matched
            .saturating_sub(limit)
            .saturating_sub(self.kept.n_items())
            .saturating_add(self.beyond.get());
        let before = self.more_row.with(|content: &Content<R>| match content {
            Content::More(count) => Some(*count),
            _ => None,
        });
        if before.flatten() != Some(cut) {
            self.more_row.replace(Content::<R>::More(cut));
        }
        match (cut > 0, self.more.n_items()) {
            (true, 0) => self.more.append(&self.more_row),
            (false, 1..) => self.more.remove_all(),
            _ => {}
        }
    }

    /// How many rows within the limit would change places if they were sorted now.
    pub fn would_move(&self) -> usize {
        let rows: Vec<RowObject> = (0..self.ordered.n_items())
            .filter_map(|at| self.ordered.item(at).and_downcast())
            .collect();
        let mut should: Vec<usize> = (0..rows.len()).collect();
        let sort = self.sort.get();
        should.sort_by(|&a, &b| order::<R>(sort, &rows[a], &rows[b]));
        let mut ranks = vec![0; rows.len()];
        for (rank, &at) in should.iter().enumerate() {
            ranks[at] = rank;
        }
        let shown = self.slice.n_items() as usize;
        ranks.truncate(shown);
        ranks.retain(|&rank| rank < shown);
        shown - ranks.len() + order::would_move(&ranks)
    }
}

/// Asks the process or connection of a row; `None` where the row is about none.
pub fn with_row<R: Row, T>(row: &RowObject, ask: impl FnOnce(&R) -> T) -> Option<T> {
    row.with(|content: &Content<R>| match content {
        Content::Row { row, .. } => Some(ask(row)),
        Content::More(_) | Content::Remainder { .. } => None,
    })
    .flatten()
}

/// Order of two rows by the values that gave them their places.
fn placed_order<R: Row>(sort: Sort, a: &RowObject, b: &RowObject) -> Ordering {
    a.with(|a: &Content<R>| {
        b.with(|b: &Content<R>| match (a, b) {
            (
                Content::Row {
                    row: a,
                    placed: before_a,
                },
                Content::Row {
                    row: b,
                    placed: before_b,
                },
            ) => sort.order(
                before_a.as_ref().unwrap_or(a),
                before_b.as_ref().unwrap_or(b),
            ),
            _ => Ordering::Equal,
        })
    })
    .flatten()
    .unwrap_or(Ordering::Equal)
}

/// Order of two rows by their present values.
fn order<R: Row>(sort: Sort, a: &RowObject, b: &RowObject) -> Ordering {
    with_row(a, |a: &R| with_row(b, |b: &R| sort.order(a, b)))
        .flatten()
        .unwrap_or(Ordering::Equal)
}
