//! The chain of list models from the store to what is on screen:
//! `FlattenListModel[ SliceListModel( SortListModel( FilterListModel( FlattenListModel[ rows, groups
//! ] ))), the selected and focused rows that lie beyond the limit, the row that says how many more
//! there are, the remainder ]`. Its rows stand at the [`Places`] that the view shows.
//!
//! Processes of an open group are sorted below it; those of a closed one do not pass the filter.

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::HashSet;
use std::rc::Rc;

use relm4::gtk;
use relm4::gtk::gio;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;

use super::groups::{self, GroupRows};
use super::order::{self, Comparison, Sort, Standing};
use super::places::Places;
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
    groups: Rc<GroupRows<R>>,
    passes: Predicate<R>,
    filter: gtk::CustomFilter,
    comparison: Rc<Cell<Comparison<R>>>,
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
    places: Places,
    selection: gtk::MultiSelection,
}

impl<R: Row> Rows<R> {
    /// No rows; later ones will be in this order.
    pub fn new(sort: Sort) -> Self {
        let store = RowStore::default();
        let groups = Rc::new(GroupRows::default());
        let passes: Predicate<R> = Rc::new(RefCell::new(Box::new(|_| true)));
        let filter = {
            let (passes, groups) = (Rc::clone(&passes), Rc::clone(&groups));
            gtk::CustomFilter::new(move |row| {
                let row = row.downcast_ref::<RowObject>();
                row.is_some_and(|row| is_in_sight(row, &groups, &**passes.borrow()))
            })
        };
        let both = gio::ListStore::new::<gio::ListModel>();
        both.append(store.model());
        both.append(groups.model());
        let all = gtk::FlattenListModel::new(Some(both));
        let filtered = gtk::FilterListModel::new(Some(all), Some(filter.clone()));
        let comparison = Rc::new(Cell::new(Comparison::new(sort)));
        let sorter = {
            let comparison = Rc::clone(&comparison);
            gtk::CustomSorter::new(move |a, b| {
                let rows = a.downcast_ref().zip(b.downcast_ref());
                rows.map_or(Ordering::Equal, |(a, b)| {
                    order(comparison.get(), a, b, placed)
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
        let places = Places::new(&gtk::FlattenListModel::new(Some(parts)));
        let selection = gtk::MultiSelection::new(Some(places.clone()));
        Self {
            store,
            groups,
            passes,
            filter,
            comparison,
            sorter,
            ordered,
            slice,
            limit: Cell::new(None),
            beyond: Cell::new(0),
            kept,
            more,
            more_row: RowObject::new(Content::<R>::More(0)),
            remainder,
            places,
            selection,
        }
    }

    /// What the view shows: places.
    pub fn selection(&self) -> &gtk::MultiSelection {
        &self.selection
    }

    /// Where the rows stand. It takes over changes when it is told to.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// All rows, in no order that a person would want.
    pub fn all(&self) -> impl Iterator<Item = RowObject> + '_ {
        let rows = self.store.model().iter::<RowObject>();
        rows.chain(self.groups.model().iter()).flatten()
    }

    /// The row of this key.
    pub fn find(&self, key: R::Key) -> Option<RowObject> {
        self.store.find(key)
    }

    /// Takes over the rows of a new snapshot. The order is brought up to date by [`Self::resort`].
    pub fn update(&self, rows: &[R]) {
        {
            let passes = self.passes.borrow();
            self.store.update(rows, |row| passes(row));
        }
        if self.regroup() {
            self.filter.changed(gtk::FilterChange::Different);
        }
    }

    /// Returns whether other rows can be seen now.
    fn regroup(&self) -> bool {
        if !self.groups.is_on() && self.groups.programs() == 0 {
            return false;
        }
        let passes = self.passes.borrow();
        let rows = self.store.model().iter::<RowObject>().flatten();
        self.groups.update(rows, |row| passes(row))
    }

    /// Shows a row for each program instead of one for each process, or the other way round.
    pub fn set_grouped(&self, grouped: bool) {
        self.groups.set_on(grouped);
        self.regroup();
        self.filter.changed(gtk::FilterChange::Different);
    }

    /// Whether there is a row for each program.
    pub fn is_grouped(&self) -> bool {
        self.groups.is_on()
    }

    /// Opens a group or closes it. Returns whether that changed anything.
    pub fn set_open(&self, row: &RowObject, open: bool) -> bool {
        let changed = groups::set_open::<R>(row, open);
        if changed {
            self.filter.changed(gtk::FilterChange::Different);
        }
        changed
    }

    /// Whether this row is of something that is still there.
    pub fn is_there(&self, row: &RowObject) -> bool {
        self.all().any(|other| other == *row)
    }

    /// What no row accounts for, below the rows.
    pub fn remainder(&self) -> &RemainderRows<R> {
        &self.remainder
    }

    /// Lets only rows through that `passes`.
    pub fn set_filter(&self, passes: impl Fn(&R) -> bool + 'static) {
        *self.passes.borrow_mut() = Box::new(passes);
        self.regroup();
        self.filter.changed(gtk::FilterChange::Different);
    }

    /// Shows at most so many; `None` shows all.
    pub fn set_limit(&self, limit: Option<u32>) {
        self.limit.set(limit);
        self.slice.set_size(self.cut_at());
    }

    /// The position behind the last row that the limit lets through. Processes of an open group
    /// count with it.
    fn cut_at(&self) -> u32 {
        let Some(limit) = self.limit.get() else {
            return u32::MAX;
        };
        if !self.is_grouped() {
            return limit;
        }
        let mut left = limit;
        for (at, row) in (0..).zip(self.ordered.iter::<glib::Object>().flatten()) {
            if row.downcast_ref().is_some_and(stands_alone::<R>) {
                if left == 0 {
                    return at;
                }
                left -= 1;
            }
        }
        u32::MAX
    }

    /// How many of these are no processes of an open group.
    fn count_of(&self, rows: &impl IsA<gio::ListModel>) -> u32 {
        if !self.is_grouped() {
            return rows.n_items();
        }
        let rows = rows.iter::<glib::Object>().flatten();
        let alone = rows.filter(|row| row.downcast_ref().is_some_and(stands_alone::<R>));
        u32::try_from(alone.count()).unwrap_or(u32::MAX)
    }

    /// So many more rows pass the filter than the snapshot holds.
    pub fn set_beyond(&self, count: u32) {
        self.beyond.set(count);
    }

    /// How the rows are sorted.
    pub fn sort(&self) -> Sort {
        self.comparison.get().sort
    }

    /// Sorts the rows otherwise.
    pub fn set_sort(&self, sort: Sort) {
        self.comparison.set(Comparison::new(sort));
        self.resort();
    }

    /// Puts the rows in the order that their present values have.
    pub fn resort(&self) {
        self.store.settle();
        self.groups.settle();
        self.sorter.changed(gtk::SorterChange::Different);
    }

    /// How many there are.
    pub fn counts(&self) -> Counts {
        Counts {
            shown: self.count_of(&self.slice) + self.count_of(&self.kept),
            matched: self.count_of(&self.ordered),
            total: if self.is_grouped() {
                self.groups.programs()
            } else {
                self.store.model().n_items()
            },
        }
    }

    /// The selected rows, in the order they stand in.
    pub fn selected(&self) -> Vec<RowObject> {
        let selected = self.selection.selection();
        let Some((rest, first)) = gtk::BitsetIter::init_first(&selected) else {
            return Vec::new();
        };
        std::iter::once(first)
            .chain(rest)
            .filter_map(|at| self.places.row(at))
            .collect()
    }

    /// Where this row stands.
    pub fn position(&self, row: &RowObject) -> Option<u32> {
        self.places.position(row)
    }

    /// Selects this row and no other, where it is shown.
    pub fn select(&self, row: &RowObject) {
        if let Some(position) = self.position(row) {
            self.selection.select_item(position, true);
        }
    }

    /// Selects these rows and no others, as far as they are shown.
    pub fn select_all_of(&self, rows: &HashSet<RowObject>) {
        let wanted = self.places.positions(rows);
        if !wanted.equals(&self.selection.selection()) {
            let all = gtk::Bitset::new_range(0, self.selection.n_items());
            self.selection.set_selection(&wanted, &all);
        }
    }

    /// Takes the selection away from what stands below the rows: selecting everything takes that in.
    pub fn unselect_tail(&self) {
        let rows = self.slice.n_items() + self.kept.n_items();
        let tail = self.selection.n_items().saturating_sub(rows);
        if tail > 0 {
            self.selection.unselect_range(rows, tail);
        }
    }

    /// Below what the limit lets through puts those of `wanted` that it cuts off, then the row that
    /// says how many more there are.
    pub fn update_tail(&self, wanted: &HashSet<RowObject>) {
        let limit = self.cut_at();
        if self.slice.size() != limit {
            self.slice.set_size(limit);
        }
        let beyond: Vec<RowObject> = if wanted.is_empty() {
            Vec::new()
        } else {
            (limit..self.ordered.n_items())
                .filter_map(|at| self.ordered.item(at).and_downcast())
                .filter(|row| wanted.contains(row))
                .collect()
        };
        let kept: Vec<RowObject> = self.kept.iter().flatten().collect();
        if kept != beyond {
            self.kept.splice(0, self.kept.n_items(), &beyond);
        }
        let counts = self.counts();
        let cut = counts
            .matched
            .saturating_sub(counts.shown)
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
        let comparison = self.comparison.get();
        should.sort_by(|&a, &b| order(comparison, &rows[a], &rows[b], present));
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

/// Asks the process or connection of a row, or the only process of a group; `None` where the row is
/// about none or several.
pub fn with_row<R: Row, T>(row: &RowObject, ask: impl FnOnce(&R) -> T) -> Option<T> {
    row.with(|content: &Content<R>| match content {
        Content::Row { row, .. } => Some(ask(row)),
        Content::Group { group, .. } => group.single().map(ask),
        Content::More(_) | Content::Remainder { .. } => None,
    })
    .flatten()
}

/// Whether a row is let through: it passes, and is not hidden in a group.
fn is_in_sight<R: Row>(
    row: &RowObject,
    groups: &GroupRows<R>,
    passes: &dyn Fn(&R) -> bool,
) -> bool {
    row.with(|content: &Content<R>| match content {
        Content::Row { row, group, .. } => {
            let is_closed = match group {
                Some(group) => groups::is_open::<R>(group) != Some(true),
                // It was not put into its group yet.
                None => groups.is_on() && row.process().is_some(),
            };
            !is_closed && passes(row)
        }
        Content::Group { .. } => true,
        Content::More(_) | Content::Remainder { .. } => false,
    })
    .unwrap_or(false)
}

/// Whether a row is no process of an open group.
fn stands_alone<R: Row>(row: &RowObject) -> bool {
    groups::group_of::<R>(row).is_none()
}

/// The values by which a row should have its place.
fn present<R: Row>(content: &Content<R>) -> Option<Standing<'_, R>> {
    match content {
        Content::Row { row, .. } => Some(Standing::Row(row)),
        Content::Group { group, .. } => Some(Standing::Group(group)),
        Content::More(_) | Content::Remainder { .. } => None,
    }
}

/// The values that gave a row its place.
fn placed<R: Row>(content: &Content<R>) -> Option<Standing<'_, R>> {
    match content {
        Content::Row {
            placed: Some(row), ..
        } => Some(Standing::Row(row)),
        Content::Group {
            placed: Some(group),
            ..
        } => Some(Standing::Group(group)),
        content => present(content),
    }
}

/// Order of two rows by the values that `by` takes. A group stands before its processes, and these
/// before the next group.
fn order<R: Row>(
    comparison: Comparison<R>,
    a: &RowObject,
    b: &RowObject,
    by: fn(&Content<R>) -> Option<Standing<'_, R>>,
) -> Ordering {
    let compare = |a: &Content<R>, b: &Content<R>| {
        let both = by(a).zip(by(b));
        both.map_or(Ordering::Equal, |(a, b)| comparison.order(a, b))
    };
    let in_groups = |inner_a: &Content<R>, inner_b: &Content<R>| {
        let (above_a, above_b) = (inner_a.group(), inner_b.group());
        match (above_a, above_b) {
            (Some(above), _) if above == b => Ordering::Greater,
            (_, Some(above)) if above == a => Ordering::Less,
            _ if above_a == above_b => compare(inner_a, inner_b),
            _ => both(above_a.unwrap_or(a), above_b.unwrap_or(b), compare),
        }
    };
    both(a, b, in_groups)
}

/// Asks two rows.
fn both<R: Row>(
    a: &RowObject,
    b: &RowObject,
    ask: impl FnOnce(&Content<R>, &Content<R>) -> Ordering,
) -> Ordering {
    a.with(|a| b.with(|b| ask(a, b)))
        .flatten()
        .unwrap_or(Ordering::Equal)
}
