//! A widget that a graph is painted on: an image to assistive technology, from its construction on.

use std::cell::{Cell, RefCell};

use relm4::gtk::{self, glib, prelude::*, subclass::prelude::*};

type Paint = Box<dyn Fn(&gtk::Snapshot, i32, i32)>;

glib::wrapper! {
    /// An image that paints itself, takes the focus, and fills what room there is.
    pub struct Canvas(ObjectSubclass<imp::Canvas>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl Default for Canvas {
    fn default() -> Self {
        glib::Object::new()
    }
}

impl Canvas {
    /// Sets what paints it, given its width and height in pixels.
    pub fn set_paint(&self, paint: impl Fn(&gtk::Snapshot, i32, i32) + 'static) {
        self.imp().paint.replace(Some(Box::new(paint)));
    }

    /// Asks for at least so much height, in pixels.
    pub fn set_least_height(&self, height: i32) {
        if self.imp().least_height.replace(height) != height {
            self.queue_resize();
        }
    }
}

mod imp {
    use super::{Cell, Paint, RefCell, glib, gtk};
    use gtk::{prelude::*, subclass::prelude::*};

    #[derive(Default)]
    pub struct Canvas {
        pub(super) paint: RefCell<Option<Paint>>,
        pub(super) least_height: Cell<i32>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Canvas {
        const NAME: &'static str = "SysmonCanvas";
        type Type = super::Canvas;
        type ParentType = gtk::Widget;

        fn class_init(class: &mut Self::Class) {
            class.set_css_name("chart");
            class.set_accessible_role(gtk::AccessibleRole::Img);
        }
    }

    impl ObjectImpl for Canvas {
        fn constructed(&self) {
            self.parent_constructed();
            let widget = self.obj();
            widget.set_focusable(true);
            widget.set_hexpand(true);
            widget.set_vexpand(true);
        }
    }

    impl WidgetImpl for Canvas {
        fn measure(&self, orientation: gtk::Orientation, _for_size: i32) -> (i32, i32, i32, i32) {
            let least = match orientation {
                gtk::Orientation::Vertical => self.least_height.get(),
                _ => 0,
            };
            (least, least, -1, -1)
        }

        fn snapshot(&self, snapshot: &gtk::Snapshot) {
            let widget = self.obj();
            if let Some(paint) = self.paint.borrow().as_ref() {
                paint(snapshot, widget.width(), widget.height());
            }
        }
    }
}
