//! A widget that a graph is painted on: an image to assistive technology, from its construction on.

use std::cell::{Cell, RefCell};

use relm4::adw;
use relm4::gtk::{self, glib, prelude::*, subclass::prelude::*};

/// What of a least height is for the labels of the axis of time, in pixels, at the usual size of text.
const LABELS: f64 = 19.0;

type HeightForWidth = Box<dyn Fn(i32) -> i32>;
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

    /// Has its height follow its width, both in pixels, instead of filling what room there is.
    pub fn set_height_for_width(&self, height: impl Fn(i32) -> i32 + 'static) {
        self.imp().height_for_width.replace(Some(Box::new(height)));
        self.set_vexpand(false);
        self.queue_resize();
    }

    /// Asks for at least so much height, in pixels, and more where text is larger than usual.
    pub fn set_least_height(&self, height: i32) {
        if self.imp().least_height.replace(height) != height {
            self.queue_resize();
        }
    }
}

/// What labels of larger text take of the height, which the plot shall not miss.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a text's height fits any integer"
)]
fn more_for_labels() -> i32 {
    let scaled = adw::LengthUnit::Sp.to_px(LABELS, None);
    (scaled - LABELS).max(0.0).ceil() as i32
}

mod imp {
    use super::{Cell, HeightForWidth, Paint, RefCell, glib, gtk, more_for_labels};
    use gtk::{prelude::*, subclass::prelude::*};

    #[derive(Default)]
    pub struct Canvas {
        pub(super) paint: RefCell<Option<Paint>>,
        pub(super) least_height: Cell<i32>,
        pub(super) allocated: Cell<i32>,
        pub(super) height_for_width: RefCell<Option<HeightForWidth>>,
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
        fn request_mode(&self) -> gtk::SizeRequestMode {
            if self.height_for_width.borrow().is_some() {
                gtk::SizeRequestMode::HeightForWidth
            } else {
                gtk::SizeRequestMode::ConstantSize
            }
        }

        fn measure(&self, orientation: gtk::Orientation, for_size: i32) -> (i32, i32, i32, i32) {
            let least = match (orientation, self.height_for_width.borrow().as_ref()) {
                (gtk::Orientation::Vertical, Some(height)) => {
                    // A scrolled window asks without a width: it will be the one there is.
                    let known = if for_size > 0 {
                        for_size
                    } else {
                        self.obj().width()
                    };
                    height(known)
                }
                (gtk::Orientation::Vertical, None) => self.least_height.get() + more_for_labels(),
                _ => 0,
            };
            (least, least, -1, -1)
        }

        fn size_allocate(&self, width: i32, height: i32, baseline: i32) {
            self.parent_size_allocate(width, height, baseline);
            let follows = self.height_for_width.borrow().is_some();
            if follows && self.allocated.replace(width) != width {
                // Who asked without a width asks again.
                let widget = self.obj().downgrade();
                glib::idle_add_local_once(move || {
                    if let Some(widget) = widget.upgrade() {
                        widget.queue_resize();
                    }
                });
            }
        }

        fn snapshot(&self, snapshot: &gtk::Snapshot) {
            let widget = self.obj();
            if let Some(paint) = self.paint.borrow().as_ref() {
                paint(snapshot, widget.width(), widget.height());
            }
        }
    }
}
