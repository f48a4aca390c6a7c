//! One row as GTK's list models need it: an object whose content is replaced in place.

use std::any::Any;
use std::cell::{Cell, RefCell};

use relm4::gtk::glib;
use relm4::gtk::glib::subclass::prelude::*;

use super::place::Place;

mod imp {
    use super::{Any, Cell, Place, RefCell, glib};
    use super::{ObjectImpl, ObjectSubclass};

    #[derive(Default)]
    pub struct RowObject {
        pub(super) revision: Cell<u64>,
        pub(super) content: RefCell<Option<Box<dyn Any>>>,
        pub(super) place: glib::WeakRef<Place>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for RowObject {
        const NAME: &'static str = "SysMonRowObject";
        type Type = super::RowObject;
    }

    impl ObjectImpl for RowObject {}
}

glib::wrapper! {
    /// A row of any table; its content has the type that the table gave it.
    pub struct RowObject(ObjectSubclass<imp::RowObject>);
}

impl RowObject {
    /// A row with this content.
    pub fn new<C: 'static>(content: C) -> Self {
        let row: Self = glib::Object::new();
        row.imp().content.replace(Some(Box::new(content)));
        row
    }

    /// Puts another content into the same row and tells its cells.
    pub fn replace<C: 'static>(&self, content: C) {
        self.imp().content.replace(Some(Box::new(content)));
        self.touch();
    }

    /// Grows whenever the content changed.
    pub fn revision(&self) -> u64 {
        self.imp().revision.get()
    }

    /// Has the row's cells written again.
    pub fn touch(&self) {
        let revision = &self.imp().revision;
        revision.set(revision.get().wrapping_add(1));
        if let Some(place) = self.place() {
            place.tell();
        }
    }

    /// The place where it stands; `None` while it is not shown.
    pub fn place(&self) -> Option<Place> {
        self.imp().place.upgrade()
    }

    /// It stands at this place from now on.
    pub fn stand_at(&self, place: &Place) {
        self.imp().place.set(Some(place));
    }

    /// Another row stands at this place now.
    pub fn leave(&self, place: &Place) {
        if self.place().as_ref() == Some(place) {
            self.imp().place.set(None);
        }
    }

    /// Changes what no cell shows.
    pub fn change<C: 'static>(&self, change: impl FnOnce(&mut C)) {
        let mut content = self.imp().content.borrow_mut();
        if let Some(content) = content.as_mut().and_then(|content| content.downcast_mut()) {
            change(content);
        }
    }

    /// Reads the content; `None` where it is of another type.
    pub fn with<C: 'static, T>(&self, read: impl FnOnce(&C) -> T) -> Option<T> {
        self.imp()
            .content
            .borrow()
            .as_ref()
            .and_then(|content| content.downcast_ref())
            .map(read)
    }
}
