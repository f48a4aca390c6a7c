//! One row as GTK's list models need it: an object whose content is replaced in place.

use std::any::Any;
use std::cell::{Cell, RefCell};

use relm4::gtk::glib;
use relm4::gtk::glib::prelude::*;
use relm4::gtk::glib::subclass::prelude::*;

mod imp {
    use super::{Any, Cell, DerivedObjectProperties, ObjectExt, RefCell, glib};
    use super::{ObjectImpl, ObjectSubclass};

    #[derive(Default, glib::Properties)]
    #[properties(wrapper_type = super::RowObject)]
    pub struct RowObject {
        /// Grows whenever the content changed: what cells watch.
        #[property(get)]
        pub(super) revision: Cell<u64>,
        pub(super) content: RefCell<Option<Box<dyn Any>>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for RowObject {
        const NAME: &'static str = "SysMonRowObject";
        type Type = super::RowObject;
    }

    #[glib::derived_properties]
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

    /// Has the row's cells written again.
    pub fn touch(&self) {
        let revision = &self.imp().revision;
        revision.set(revision.get().wrapping_add(1));
        self.notify_revision();
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
