//! A place in the table. The widgets of a row belong to a place and show whichever row stands there, so that
//! sorting moves no widgets.

use std::cell::RefCell;
use std::rc::Rc;

use relm4::gtk::glib;
use relm4::gtk::prelude::*;

use super::row_object::RowObject;

type Show = Rc<dyn Fn(Option<&RowObject>)>;

mod imp {
    use super::{RefCell, RowObject, Show, glib};
    use glib::subclass::prelude::{ObjectImpl, ObjectSubclass};

    #[derive(Default)]
    pub struct Place {
        pub(super) row: RefCell<Option<RowObject>>,
        pub(super) watchers: RefCell<Vec<Show>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Place {
        const NAME: &'static str = "SysMonPlace";
        type Type = super::Place;
    }

    impl ObjectImpl for Place {}
}

glib::wrapper! {
    /// A place in the table.
    pub struct Place(ObjectSubclass<imp::Place>);
}

impl Place {
    /// A place where this row stands.
    pub fn new(row: &RowObject) -> Self {
        let place: Self = glib::Object::new();
        place.put(row);
        place
    }

    /// The row that stands there.
    pub fn row(&self) -> Option<RowObject> {
        self.inner().row.borrow().clone()
    }

    /// Whether this row stands there.
    pub fn holds(&self, row: &RowObject) -> bool {
        self.inner().row.borrow().as_ref() == Some(row)
    }

    /// Has another row stand there.
    pub fn put(&self, row: &RowObject) {
        row.stand_at(self);
        let before = self.inner().row.replace(Some(row.clone()));
        if before.as_ref() == Some(row) {
            return;
        }
        if let Some(before) = before {
            before.leave(self);
        }
        self.tell();
    }

    /// Has the widgets of the place show its row as it is now.
    pub fn tell(&self) {
        let row = self.row();
        // What shows a row may come or go meanwhile.
        let watchers = self.inner().watchers.borrow().clone();
        for show in watchers {
            show(row.as_ref());
        }
    }

    fn inner(&self) -> &imp::Place {
        glib::subclass::prelude::ObjectSubclassIsExt::imp(self)
    }
}

/// Something that shows the row of the place it is at.
struct Watcher {
    show: Show,
    at: RefCell<Option<Place>>,
}

impl Watcher {
    fn go_to(&self, place: Option<Place>) {
        self.leave();
        let row = place.as_ref().and_then(Place::row);
        if let Some(place) = &place {
            let watchers = &place.inner().watchers;
            watchers.borrow_mut().push(Rc::clone(&self.show));
        }
        self.at.replace(place);
        (self.show)(row.as_ref());
    }

    fn leave(&self) {
        if let Some(place) = self.at.take() {
            let mut watchers = place.inner().watchers.borrow_mut();
            watchers.retain(|other| !Rc::ptr_eq(other, &self.show));
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Calls `show` whenever the place that `item` is for has another row, or that row changed, and with none
/// when `item` is put aside.
pub fn watch_row(item: &impl IsA<glib::Object>, show: impl Fn(Option<&RowObject>) + 'static) {
    let watcher = Watcher {
        show: Rc::new(show),
        at: RefCell::default(),
    };
    item.connect_notify_local(Some("item"), move |item, _| {
        watcher.go_to(item.property("item"));
    });
}
