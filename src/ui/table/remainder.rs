//! The rows below the others, for what none of them accounts for. Each keeps its object for as long
//! as it is about the same.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;

use gettextrs::gettext;
use relm4::gtk::gio;
use relm4::gtk::gio::prelude::*;

use super::row_object::RowObject;
use super::store::Content;
use crate::model::format::printable;
use crate::model::programs;
use crate::model::remainder::{Remainder, RemainderRow};
use crate::model::table::Row;
use crate::ui::language::{list, translated};

/// The remainder as a list model.
pub struct RemainderRows<R: Row> {
    list: gio::ListStore,
    objects: RefCell<Vec<RowObject>>,
    hidden: Cell<bool>,
    rows: PhantomData<R>,
}

/// None.
impl<R: Row> Default for RemainderRows<R> {
    fn default() -> Self {
        Self {
            list: gio::ListStore::new::<RowObject>(),
            objects: RefCell::default(),
            hidden: Cell::new(false),
            rows: PhantomData,
        }
    }
}

impl<R: Row> RemainderRows<R> {
    /// The rows for GTK.
    pub fn model(&self) -> &gio::ListStore {
        &self.list
    }

    /// Takes over the remainder of a new snapshot.
    pub fn update(&self, rows: &[R::Remainder]) {
        let old = self.objects.take();
        let objects = rows.iter().enumerate().map(|(at, row)| {
            let content = Content::<R>::Remainder {
                row: row.clone(),
                first: at == 0,
            };
            let known = old.iter().find(|object| {
                with_remainder::<R, _>(object, |old| old.what() == row.what()) == Some(true)
            });
            match known {
                Some(object) => {
                    object.replace(content);
                    object.clone()
                }
                None => RowObject::new(content),
            }
        });
        self.objects.replace(objects.collect());
        self.apply();
    }

    /// Hides the rows, or shows them.
    pub fn set_hidden(&self, hidden: bool) {
        self.hidden.set(hidden);
        self.apply();
    }

    fn apply(&self) {
        let wanted = if self.hidden.get() {
            Vec::new()
        } else {
            self.objects.borrow().clone()
        };
        let shown: Vec<RowObject> = self.list.iter().flatten().collect();
        if shown != wanted {
            self.list.splice(0, self.list.n_items(), &wanted);
        }
    }
}

/// Asks a row of the remainder; `None` where the row is another.
pub fn with_remainder<R: Row, T>(
    row: &RowObject,
    ask: impl FnOnce(&R::Remainder) -> T,
) -> Option<T> {
    row.with(|content: &Content<R>| match content {
        Content::Remainder { row, .. } => Some(ask(row)),
        Content::Row { .. } | Content::Group { .. } | Content::More(_) => None,
    })
    .flatten()
}

/// What a row of the remainder is called: "Not readable: sshd.service", "Exited processes (under
/// make): cc1 412, as 390".
pub fn title(row: &impl RemainderRow) -> String {
    let title = title_of(row.what());
    match row.programs().filter(|programs| !programs.is_empty()) {
        // Translators: a row, and programs with how many of them there were, as in "Exited
        // processes (under make): cc1 412, as 390".
        Some(programs) => gettext("{row}: {programs}")
            .replace("{row}", &title)
            .replace("{programs}", &list(&programs::texts(programs))),
        None => title,
    }
}

fn title_of(what: &Remainder) -> String {
    let title = translated(what.title());
    match what.whose() {
        // Translators: processes that ended, and who started them, as in "Exited processes (under
        // make)".
        Some(parent) if matches!(what, Remainder::Exited { .. }) => {
            gettext("{what} (under {parent})")
                .replace("{what}", &title)
                .replace("{parent}", &printable(&parent))
        }
        // Translators: a row and whose it is, as in "Not readable: sshd.service".
        Some(whose) => gettext("{what}: {whose}")
            .replace("{what}", &title)
            .replace("{whose}", &printable(&whose)),
        None => title,
    }
}
