//! Dialogs that ask for something: a form between "Cancel" and what accepts it, as high as it needs to be.

use std::cell::Cell;
use std::rc::Rc;

use adw::prelude::*;
use gettextrs::gettext;
use gtk::subclass::prelude::*;
use relm4::gtk::glib;
use relm4::{adw, gtk};

use super::tight_rows::put_choices_below;

/// What an `AdwPreferencesPage` leaves free above the first of its groups, below the last, and between
/// two of them.
const APART: i32 = 24;
/// What it leaves free beside them.
const BESIDE: i32 = 12;

/// Dots of text on an inch, in 1024ths, at the usual size.
const USUAL_DPI: i32 = 96 * 1024;

/// A dialog of these groups, so many pixels wide at the usual size of text. `accept` is its default, and closes nothing
/// by itself.
pub fn form(
    title: &str,
    width: i32,
    groups: &[&adw::PreferencesGroup],
    accept: &gtk::Button,
    focus: &impl IsA<gtk::Widget>,
) -> adw::Dialog {
    let page = adw::PreferencesPage::new();
    for group in groups {
        page.add(*group);
    }
    let cancel = gtk::Button::with_mnemonic(&gettext("_Cancel"));
    let header = adw::HeaderBar::builder()
        .show_start_title_buttons(false)
        .show_end_title_buttons(false)
        .build();
    header.pack_start(&cancel);
    header.pack_end(accept);
    let view = adw::ToolbarView::builder().content(&page).build();
    view.add_top_bar(&header);
    let dialog = adw::Dialog::builder()
        .title(title)
        .child(&Fitted::new(width, view, header.clone(), groups))
        .default_widget(accept)
        .focus_widget(focus)
        // When its text becomes larger, too.
        .follows_content_size(true)
        .build();
    if let Some(narrow) = put_choices_below(&dialog) {
        // Both buttons need all of the bar.
        narrow.add_setter(&header, "show-title", Some(&false.to_value()));
    }
    let weak = dialog.downgrade();
    cancel.connect_clicked(move |_| {
        if let Some(dialog) = weak.upgrade() {
            dialog.close();
        }
    });
    focus_first(&dialog, focus.upcast_ref());
    dialog
}

/// Has a control take the focus when a dialog opens: one that lies at the bottom of a small window gives it to the first of all,
/// which is "Cancel".
fn focus_first(dialog: &adw::Dialog, control: &gtk::Widget) {
    let control = control.downgrade();
    let opened = Cell::new(false);
    dialog.connect_map(move |dialog| {
        if opened.replace(true) {
            return;
        }
        let control = control.clone();
        let keys = gtk::EventControllerKey::new();
        keys.set_propagation_phase(gtk::PropagationPhase::Capture);
        let moved = Rc::new(Cell::new(false));
        let pressed = Rc::clone(&moved);
        keys.connect_key_pressed(move |_, _, _, _| {
            pressed.set(true);
            glib::Propagation::Proceed
        });
        dialog.add_controller(keys.clone());
        dialog.add_tick_callback(move |dialog, _| {
            let control = control.upgrade();
            if control.as_ref().is_some_and(|it| !it.is_mapped()) {
                return glib::ControlFlow::Continue;
            }
            // A quick hand may have moved it on already.
            if let Some(control) = control.filter(|_| !moved.get()) {
                control.grab_focus();
            }
            dialog.remove_controller(&keys);
            glib::ControlFlow::Break
        });
    });
}

glib::wrapper! {
    /// Holds a form, and wants to be as wide as its text is large, and as high as its groups are at the width there is:
    /// what scrolls asks for the height it would have without a line that is broken.
    pub struct Fitted(ObjectSubclass<imp::Fitted>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl Fitted {
    fn new(
        width: i32,
        view: adw::ToolbarView,
        header: adw::HeaderBar,
        groups: &[&adw::PreferencesGroup],
    ) -> Self {
        let this: Self = glib::Object::new();
        view.set_parent(&this);
        this.imp().form.replace(Some(imp::Form {
            width,
            view,
            header,
            groups: groups.iter().map(|&group| group.clone()).collect(),
        }));
        this
    }
}

mod imp {
    use std::cell::RefCell;

    use super::{APART, BESIDE, USUAL_DPI, adw, glib, gtk};
    use gtk::{prelude::*, subclass::prelude::*};

    #[derive(Default)]
    pub struct Fitted {
        pub(super) form: RefCell<Option<Form>>,
    }

    pub(super) struct Form {
        pub(super) width: i32,
        pub(super) view: adw::ToolbarView,
        pub(super) header: adw::HeaderBar,
        pub(super) groups: Vec<adw::PreferencesGroup>,
    }

    impl Form {
        fn natural_width(&self) -> i32 {
            let dpi = self.view.settings().gtk_xft_dpi().max(USUAL_DPI);
            self.width * (dpi / 1024) / (USUAL_DPI / 1024)
        }

        fn natural_height(&self, width: i32) -> i32 {
            let inside = width - 2 * BESIDE;
            let shown = self.groups.iter().filter(|group| group.get_visible());
            let heights =
                shown.map(|group| APART + group.measure(gtk::Orientation::Vertical, inside).1);
            let (_, above, ..) = self.header.measure(gtk::Orientation::Vertical, -1);
            above + heights.sum::<i32>() + APART
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Fitted {
        const NAME: &'static str = "SysmonFitted";
        type Type = super::Fitted;
        type ParentType = gtk::Widget;
    }

    impl ObjectImpl for Fitted {
        fn dispose(&self) {
            if let Some(form) = self.form.take() {
                form.view.unparent();
            }
        }
    }

    impl WidgetImpl for Fitted {
        fn request_mode(&self) -> gtk::SizeRequestMode {
            gtk::SizeRequestMode::HeightForWidth
        }

        fn measure(&self, orientation: gtk::Orientation, for_size: i32) -> (i32, i32, i32, i32) {
            let form = self.form.borrow();
            let Some(form) = form.as_ref() else {
                return (0, 0, -1, -1);
            };
            let (least, ..) = form.view.measure(orientation, for_size);
            let natural = match orientation {
                gtk::Orientation::Vertical if for_size > 0 => form.natural_height(for_size),
                gtk::Orientation::Vertical => form.natural_height(form.natural_width()),
                _ => form.natural_width(),
            };
            (least, natural.max(least), -1, -1)
        }

        fn size_allocate(&self, width: i32, height: i32, baseline: i32) {
            if let Some(form) = self.form.borrow().as_ref() {
                form.view.allocate(width, height, baseline, None);
            }
        }
    }
}
