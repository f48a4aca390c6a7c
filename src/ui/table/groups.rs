//! The rows that stand for all processes of a program, while a table is grouped.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::marker::PhantomData;

use relm4::gtk::gio;
use relm4::gtk::gio::prelude::*;

use super::row_object::RowObject;
use super::store::Content;
use crate::model::group::{Group, Program};
use crate::model::table::Row;

/// A row for each program. It keeps its object for as long as one of its processes is there.
pub struct GroupRows<R: Row> {
    list: gio::ListStore,
    objects: RefCell<BTreeMap<Program, RowObject>>,
    is_on: Cell<bool>,
    /// How many programs there are, those included of which no process passes the filter.
    programs: Cell<u32>,
    rows: PhantomData<R>,
}

/// None, of a table that is not grouped.
impl<R: Row> Default for GroupRows<R> {
    fn default() -> Self {
        Self {
            list: gio::ListStore::new::<RowObject>(),
            objects: RefCell::default(),
            is_on: Cell::new(false),
            programs: Cell::new(0),
            rows: PhantomData,
        }
    }
}

impl<R: Row> GroupRows<R> {
    /// The rows for GTK.
    pub fn model(&self) -> &gio::ListStore {
        &self.list
    }

    /// Whether the table is grouped.
    pub fn is_on(&self) -> bool {
        self.is_on.get()
    }

    /// Groups the table, or does not; to be followed by [`Self::update`].
    pub fn set_on(&self, on: bool) {
        self.is_on.set(on);
    }

    /// How many rows there would be without filter.
    pub fn programs(&self) -> u32 {
        self.programs.get()
    }

    /// Puts the processes that pass into groups. Returns whether other processes may be seen now.
    pub fn update(
        &self,
        rows: impl Iterator<Item = RowObject>,
        passes: impl Fn(&R) -> bool,
    ) -> bool {
        let mut programs: BTreeMap<Program, Members<R>> = BTreeMap::new();
        for object in rows {
            let member = object.with(|content: &Content<R>| match content {
                Content::Row { row, .. } => {
                    let program = row.process().filter(|_| self.is_on()).map(Program::of);
                    Some((program, passes(row).then(|| row.clone())))
                }
                _ => None,
            });
            match member.flatten() {
                Some((Some(program), row)) => {
                    let members = programs.entry(program).or_default();
                    members.rows.extend(row);
                    members.objects.push(object);
                }
                _ => link::<R>(&object, None),
            }
        }
        self.programs
            .set(u32::try_from(programs.len()).unwrap_or(u32::MAX));

        let mut old = self.objects.take();
        let mut objects = BTreeMap::new();
        let mut added = Vec::new();
        let mut changed = false;
        for (program, members) in programs {
            let Some(group) = Group::new(program.clone(), members.rows) else {
                members
                    .objects
                    .iter()
                    .for_each(|object| link::<R>(object, None));
                continue;
            };
            let object = if let Some(object) = old.remove(&program) {
                changed |= renew(&object, group);
                object
            } else {
                let object = RowObject::new(Content::<R>::Group {
                    group,
                    placed: None,
                    open: false,
                });
                added.push(object.clone());
                object
            };
            for member in &members.objects {
                link::<R>(member, Some(&object));
            }
            objects.insert(program, object);
        }
        for gone in old.values() {
            if let Some(at) = self.list.find(gone) {
                self.list.remove(at);
            }
            changed = true;
        }
        changed |= !added.is_empty();
        self.objects.replace(objects);
        self.list.splice(self.list.n_items(), 0, &added);
        changed
    }

    /// Has all groups take the places that their present values give them when they are sorted
    /// next.
    pub fn settle(&self) {
        for object in self.objects.borrow().values() {
            object.change(|content: &mut Content<R>| {
                if let Content::Group { placed, .. } = content {
                    *placed = None;
                }
            });
        }
    }
}

struct Members<R> {
    /// Those that pass the filter.
    rows: Vec<R>,
    objects: Vec<RowObject>,
}

impl<R> Default for Members<R> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            objects: Vec::new(),
        }
    }
}

fn link<R: Row>(object: &RowObject, to: Option<&RowObject>) {
    object.change(|content: &mut Content<R>| {
        if let Content::Row { group, .. } = content {
            *group = to.cloned();
        }
    });
}

/// Brings a group up to date. Returns whether other members can be seen now.
fn renew<R: Row>(object: &RowObject, now: Group<R>) -> bool {
    let (mut changed, mut other_members) = (false, false);
    object.change(|content: &mut Content<R>| {
        if let Content::Group {
            group,
            placed,
            open,
        } = content
        {
            let keys =
                |group: &Group<R>| group.members().iter().map(Row::row_key).collect::<Vec<_>>();
            other_members = *open && keys(group) != keys(&now);
            changed = group.members().len() != now.members().len()
                || R::COLUMNS
                    .iter()
                    .any(|column| group.value(column) != now.value(column));
            if changed || other_members {
                let before = std::mem::replace(group, now);
                placed.get_or_insert(before);
            }
        }
    });
    if changed {
        object.touch();
    }
    other_members
}

/// Opens a group of several processes, or closes it. Returns whether that changed anything.
pub fn set_open<R: Row>(object: &RowObject, wanted: bool) -> bool {
    let mut changed = false;
    object.change(|content: &mut Content<R>| {
        if let Content::Group { group, open, .. } = content
            && group.single().is_none()
            && *open != wanted
        {
            *open = wanted;
            changed = true;
        }
    });
    if changed {
        object.touch();
    }
    changed
}

/// Whether a group is open; `None` where the row is none, or one of a single process.
pub fn is_open<R: Row>(object: &RowObject) -> Option<bool> {
    object
        .with(|content: &Content<R>| match content {
            Content::Group { group, open, .. } => group.single().is_none().then_some(*open),
            _ => None,
        })
        .flatten()
}

/// The group that a process stands in; `None` where the row is none that stands in a group.
pub fn group_of<R: Row>(object: &RowObject) -> Option<RowObject> {
    object
        .with(|content: &Content<R>| content.group().cloned())
        .flatten()
}

/// Asks a group of several processes; `None` where the row is none.
pub fn with_group<R: Row, T>(object: &RowObject, ask: impl FnOnce(&Group<R>) -> T) -> Option<T> {
    object
        .with(|content: &Content<R>| match content {
            Content::Group { group, .. } if group.single().is_none() => Some(ask(group)),
            _ => None,
        })
        .flatten()
}
