//! The rows of a table as a list model that is brought up to date with as few changes as possible:
//! a row keeps its object for as long as what it is about exists, so selection, focus and cells stay with it.

use std::cell::RefCell;

use relm4::gtk::gio;

use super::row_object::RowObject;
use crate::model::group::Group;
use crate::model::table::Row;

/// What a row of the table is about.
pub enum Content<R: Row> {
    /// A process or connection.
    Row {
        /// Its values.
        row: R,
        /// The values by which it has its place, where they are others: the list model must find
        /// its rows in order also while they stay where they are although their values changed.
        placed: Option<R>,
        /// The group that it stands in, while the table is grouped.
        group: Option<RowObject>,
    },
    /// All processes of a program.
    Group {
        /// They.
        group: Group<R>,
        /// As in a row of its own.
        placed: Option<Group<R>>,
        /// Whether its processes stand below it.
        open: bool,
    },
    /// So many more than the limit lets through.
    More(u32),
    /// What no row accounts for.
    Remainder {
        /// Its values.
        row: R::Remainder,
        /// Whether it is the first, which a line sets apart from the rows.
        first: bool,
    },
}

impl<R: Row> Content<R> {
    /// The group that it stands in; `None` where it is none that stands in a group.
    pub fn group(&self) -> Option<&RowObject> {
        match self {
            Self::Row { group, .. } => group.as_ref(),
            _ => None,
        }
    }
}

/// Rows, ascending by key.
pub struct RowStore<R: Row> {
    list: gio::ListStore,
    objects: RefCell<Vec<(R::Key, RowObject)>>,
}

/// Rows that stay as they are.
#[derive(Default)]
struct Unchanged {
    /// In front of the first that does not.
    front: usize,
    /// Behind the last that does not; `None` while there is none.
    behind: Option<usize>,
}

impl Unchanged {
    fn goes_on(&mut self) {
        *self.behind.as_mut().unwrap_or(&mut self.front) += 1;
    }

    fn ends(&mut self) {
        self.behind = Some(0);
    }
}

/// Without rows.
impl<R: Row> Default for RowStore<R> {
    fn default() -> Self {
        Self {
            list: gio::ListStore::new::<RowObject>(),
            objects: RefCell::default(),
        }
    }
}

impl<R: Row> RowStore<R> {
    /// The rows for GTK.
    pub fn model(&self) -> &gio::ListStore {
        &self.list
    }

    /// The row of this key.
    pub fn find(&self, key: R::Key) -> Option<RowObject> {
        let objects = self.objects.borrow();
        let at = objects.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        Some(objects[at].1.clone())
    }

    /// Has all rows take the places that their present values give them when they are sorted next.
    pub fn settle(&self) {
        for (_, object) in self.objects.borrow().iter() {
            object.change(|content: &mut Content<R>| {
                if let Content::Row { placed, .. } = content {
                    *placed = None;
                }
            });
        }
    }

    /// Takes over the rows of a new snapshot. What comes, goes or answers `passes` otherwise than before
    /// is told GTK as one change, from the first such row to the last: it makes the widgets of those
    /// that go into those of others, and leaves alone those of rows that were there before.
    pub fn update(&self, rows: &[R], passes: impl Fn(&R) -> bool) {
        let mut rows: Vec<&R> = rows.iter().collect();
        rows.sort_by_key(|row| row.row_key());
        rows.dedup_by_key(|row| row.row_key());

        let mut old = self.objects.take().into_iter().peekable();
        let before = old.len();
        let mut objects = Vec::with_capacity(rows.len());
        let mut unchanged = Unchanged::default();
        for row in rows {
            let key = row.row_key();
            while old.next_if(|(before, _)| *before < key).is_some() {
                unchanged.ends();
            }
            let object = if let Some((_, object)) = old.next_if(|(before, _)| *before == key) {
                if renew(&object, row, &passes) {
                    unchanged.ends();
                } else {
                    unchanged.goes_on();
                }
                object
            } else {
                unchanged.ends();
                RowObject::new(Content::Row {
                    row: row.clone(),
                    placed: None,
                    group: None,
                })
            };
            objects.push((key, object));
        }
        if old.next().is_some() {
            unchanged.ends();
        }
        let Unchanged {
            front,
            behind: Some(behind),
        } = unchanged
        else {
            self.objects.replace(objects);
            return;
        };
        let stretch = &objects[front..objects.len() - behind];
        let stretch: Vec<RowObject> = stretch.iter().map(|(_, object)| object.clone()).collect();
        self.objects.replace(objects);
        let count = |rows: usize| u32::try_from(rows).unwrap_or(u32::MAX);
        let removed = count(before - front - behind);
        self.list.splice(count(front), removed, &stretch);
    }
}

/// Brings one row up to date. Returns whether it now passes otherwise.
fn renew<R: Row>(object: &RowObject, now: &R, passes: &impl Fn(&R) -> bool) -> bool {
    let mut changed = false;
    let mut refilter = false;
    object.change(|content: &mut Content<R>| {
        if let Content::Row { row, placed, .. } = content
            && !shows_the_same(row, now)
        {
            changed = true;
            refilter = passes(row) != passes(now);
            let before = std::mem::replace(row, now.clone());
            placed.get_or_insert(before);
        }
    });
    if changed {
        object.touch();
    }
    refilter
}

fn shows_the_same<R: Row>(a: &R, b: &R) -> bool {
    R::COLUMNS
        .iter()
        .all(|column| (column.value)(a) == (column.value)(b))
}
