//! The places of a table as a list model for GTK, and how rows that came, went or were sorted get to them.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};

use relm4::gtk;
use relm4::gtk::gio;
use relm4::gtk::gio::prelude::*;
use relm4::gtk::glib;
use relm4::gtk::glib::subclass::prelude::*;

use super::place::Place;
use super::row_object::RowObject;

/// More changes than this are told GTK as one from the first to the last.
const FEW: usize = 16;

mod imp {
    use super::{Cell, OnceCell, Place, RefCell, gio, glib};
    use super::{ListModelExt, ObjectImpl, ObjectSubclass, StaticType};
    use gio::subclass::prelude::ListModelImpl;
    use glib::object::Cast;

    #[derive(Default)]
    pub struct Places {
        pub(super) rows: OnceCell<gio::ListModel>,
        pub(super) list: RefCell<Vec<Place>>,
        pub(super) is_stale: Cell<bool>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Places {
        const NAME: &'static str = "SysMonPlaces";
        type Type = super::Places;
        type Interfaces = (gio::ListModel,);
    }

    impl ObjectImpl for Places {}

    impl ListModelImpl for Places {
        fn item_type(&self) -> glib::Type {
            Place::static_type()
        }

        fn n_items(&self) -> u32 {
            u32::try_from(self.list.borrow().len()).unwrap_or(u32::MAX)
        }

        fn item(&self, position: u32) -> Option<glib::Object> {
            let place = self.list.borrow().get(position as usize)?.clone();
            Some(place.upcast())
        }
    }

    impl Places {
        pub(super) fn rows(&self) -> impl Iterator<Item = super::RowObject> + '_ {
            let rows = self.rows.get();
            let count = rows.map_or(0, ListModelExt::n_items);
            (0..count).filter_map(move |at| rows?.item(at)?.downcast().ok())
        }
    }
}

glib::wrapper! {
    /// A place for each row of another list model. It takes over what changed there when it is told to, in
    /// one of two ways: [`Places::follow`] and [`Places::settle`].
    pub struct Places(ObjectSubclass<imp::Places>) @implements gio::ListModel;
}

impl Places {
    /// Places for these rows.
    pub fn new(rows: &impl IsA<gio::ListModel>) -> Self {
        let places: Self = glib::Object::new();
        let weak = places.downgrade();
        rows.connect_items_changed(move |_, _, _, _| {
            if let Some(places) = weak.upgrade() {
                places.imp().is_stale.set(true);
            }
        });
        // It is set here alone.
        let _ = places.imp().rows.set(rows.clone().upcast());
        places.imp().is_stale.set(true);
        places.follow();
        places
    }

    /// The row at this position.
    pub fn row(&self, position: u32) -> Option<RowObject> {
        self.imp().list.borrow().get(position as usize)?.row()
    }

    /// Where this row stands.
    pub fn position(&self, row: &RowObject) -> Option<u32> {
        let place = row.place()?;
        let places = self.imp().list.borrow();
        let at = places.iter().position(|other| *other == place)?;
        u32::try_from(at).ok()
    }

    /// Where these rows stand, as far as they do: one look at each place, as all of thousands may be asked for.
    pub fn positions(&self, rows: &HashSet<RowObject>) -> gtk::Bitset {
        let found = gtk::Bitset::new_empty();
        for (at, place) in (0..).zip(self.imp().list.borrow().iter()) {
            if place.row().is_some_and(|row| rows.contains(&row)) {
                found.add(at);
            }
        }
        found
    }

    /// All rows in their order.
    pub fn rows(&self) -> Vec<RowObject> {
        let places = self.imp().list.borrow();
        places.iter().filter_map(Place::row).collect()
    }

    /// Has every row keep its place where rows came or went: what a person looks at stays where it is on
    /// the screen.
    pub fn follow(&self) {
        if !self.imp().is_stale.replace(false) {
            return;
        }
        let rows: Vec<RowObject> = self.imp().rows().collect();
        let before = self.rows();
        for hunk in differences(&before, &rows) {
            self.replace(&hunk, &rows);
        }
    }

    fn replace(&self, hunk: &Hunk, rows: &[RowObject]) {
        let rows = &rows[hunk.at..hunk.at + hunk.added];
        {
            let mut places = self.imp().list.borrow_mut();
            let gone = &places[hunk.at..hunk.at + hunk.removed];
            let mut gone: HashMap<RowObject, Place> = gone
                .iter()
                .filter_map(|place| Some((place.row()?, place.clone())))
                .collect();
            let come: Vec<Place> = rows
                .iter()
                .map(|row| gone.remove(row).unwrap_or_else(|| Place::new(row)))
                .collect();
            for (row, place) in gone {
                row.leave(&place);
            }
            places.splice(hunk.at..hunk.at + hunk.removed, come);
        }
        self.tell(hunk.at, hunk.removed, hunk.added);
    }

    /// Has the rows stand in their new order at the places that there are, so that no widget moves. Only
    /// `kept`, the row that had the focus last, takes its place along; `before_moving` is called when it does, as GTK
    /// scrolls along.
    pub fn settle(&self, kept: Option<&RowObject>, before_moving: impl FnOnce()) {
        if !self.imp().is_stale.replace(false) {
            return;
        }
        let rows: Vec<RowObject> = self.imp().rows().collect();
        let before = self.imp().list.borrow().len();
        let moved = kept.and_then(|kept| {
            let from = self.position(kept)? as usize;
            let to = rows.iter().position(|row| row == kept)?;
            (from != to).then_some((from, to))
        });
        if rows.len() > before {
            let more = rows[before..].iter().map(Place::new);
            let more: Vec<Place> = more.collect();
            self.imp().list.borrow_mut().extend(more);
            self.tell(before, 0, rows.len() - before);
        }
        let places = {
            let mut places = self.imp().list.borrow_mut();
            if let Some((from, to)) = moved {
                let place = places.remove(from);
                places.insert(to, place);
            }
            places.clone()
        };
        for (place, row) in places.iter().zip(&rows) {
            place.put(row);
        }
        if let Some((from, to)) = moved {
            before_moving();
            let (first, last) = (from.min(to), from.max(to));
            self.tell(first, last - first + 1, last - first + 1);
        }
        if before > rows.len() {
            let gone = self.imp().list.borrow_mut().split_off(rows.len());
            for place in &gone {
                if let Some(row) = place.row() {
                    row.leave(place);
                }
            }
            self.tell(rows.len(), gone.len(), 0);
        }
    }

    fn tell(&self, at: usize, removed: usize, added: usize) {
        let count = |places: usize| u32::try_from(places).unwrap_or(u32::MAX);
        self.items_changed(count(at), count(removed), count(added));
    }
}

/// A stretch where other rows stand: `removed` rows from `at` on made room for `added`, all before it being
/// as they should be.
#[derive(Debug, PartialEq, Eq)]
struct Hunk {
    at: usize,
    removed: usize,
    added: usize,
}

/// What makes one list of rows another, from the top. GTK moves all widgets within a stretch from which
/// something went, so each is as short as can be, unless there are many.
fn differences<T: PartialEq + Eq + std::hash::Hash>(before: &[T], after: &[T]) -> Vec<Hunk> {
    let stays: HashMap<&T, usize> = after.iter().enumerate().map(|(at, it)| (it, at)).collect();
    let mut hunks: Vec<Hunk> = Vec::new();
    let mut at = 0;
    let mut old = before.iter().peekable();
    let mut is_sorted = true;
    loop {
        let mut hunk = Hunk {
            at,
            removed: 0,
            added: 0,
        };
        while old.next_if(|it| !stays.contains_key(it)).is_some() {
            hunk.removed += 1;
        }
        let next = old.next().map_or(after.len(), |it| stays[it]);
        if next < at {
            is_sorted = false;
            break;
        }
        hunk.added = next - at;
        if hunk.removed + hunk.added > 0 {
            hunks.push(hunk);
        }
        if next == after.len() {
            break;
        }
        at = next + 1;
    }
    if is_sorted && hunks.len() <= FEW {
        return hunks;
    }
    let front = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let behind = before[front..]
        .iter()
        .rev()
        .zip(after[front..].iter().rev());
    let behind = behind.take_while(|(a, b)| a == b).count();
    vec![Hunk {
        at: front,
        removed: before.len() - front - behind,
        added: after.len() - front - behind,
    }]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Does to `before` what the hunks say.
    fn applied(before: &[u8], after: &[u8]) -> Vec<u8> {
        let mut list = before.to_vec();
        for hunk in differences(before, after) {
            let added = after[hunk.at..hunk.at + hunk.added].iter().copied();
            list.splice(hunk.at..hunk.at + hunk.removed, added);
        }
        list
    }

    #[test]
    fn what_came_and_went_is_told_by_itself() {
        let hunk = |at, removed, added| Hunk { at, removed, added };
        assert_eq!(differences(&[1, 2, 3], &[1, 2, 3]), []);
        assert_eq!(differences(&[1, 2, 3, 4], &[1, 3, 4]), [hunk(1, 1, 0)]);
        assert_eq!(
            differences(&[1, 2, 3, 4, 5], &[9, 1, 3, 4, 6]),
            [hunk(0, 0, 1), hunk(2, 1, 0), hunk(4, 1, 1)]
        );
        // Sorted otherwise: one stretch.
        assert_eq!(differences(&[1, 2, 3, 4], &[1, 3, 2, 4]), [hunk(1, 2, 2)]);
        assert_eq!(differences(&[], &[1]), [hunk(0, 0, 1)]);
        assert_eq!(differences(&[1], &[]), [hunk(0, 1, 0)]);
    }

    proptest! {
        #[test]
        fn differences_lead_from_one_to_the_other(
            before in proptest::sample::subsequence((0..60u8).collect::<Vec<_>>(), 0..60).prop_shuffle(),
            after in proptest::sample::subsequence((0..60u8).collect::<Vec<_>>(), 0..60).prop_shuffle(),
        ) {
            prop_assert_eq!(applied(&before, &after), after);
        }

        #[test]
        fn rows_in_the_same_order_as_well(
            before in proptest::sample::subsequence((0..60u8).collect::<Vec<_>>(), 0..60),
            after in proptest::sample::subsequence((0..60u8).collect::<Vec<_>>(), 0..60),
        ) {
            prop_assert_eq!(applied(&before, &after), after);
        }
    }
}
