//! Keeps the scroll offset over a resort: GTK's column view follows rows that moved.

use std::cell::Cell;
use std::rc::Rc;

use relm4::gtk;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;

/// The column view still moves the offset in the frames after a resort.
const FRAMES: u32 = 3;

/// A guard on the vertical offset of a scrolled view.
#[derive(Clone)]
pub struct ScrollHold(Rc<Inner>);

struct Inner {
    view: gtk::Widget,
    adjustment: gtk::Adjustment,
    offset: Cell<Option<f64>>,
    frames_left: Cell<u32>,
    ticking: Cell<bool>,
    // Whether the person turns the wheel in this very frame.
    wheeling: Cell<bool>,
}

impl ScrollHold {
    /// Guards `view`, whose rows `scroller` scrolls.
    pub fn new(scroller: &gtk::ScrolledWindow, view: &impl IsA<gtk::Widget>) -> Self {
        let hold = Self(Rc::new(Inner {
            view: view.clone().upcast(),
            adjustment: scroller.vadjustment(),
            offset: Cell::new(None),
            frames_left: Cell::new(0),
            ticking: Cell::new(false),
            wheeling: Cell::new(false),
        }));
        let weak = Rc::downgrade(&hold.0);
        hold.0.adjustment.connect_value_changed(move |adjustment| {
            let Some(inner) = weak.upgrade() else { return };
            let Some(offset) = inner.offset.get() else {
                return;
            };
            if inner.wheeling.get() {
                inner.offset.set(Some(adjustment.value()));
            } else if (adjustment.value() - offset).abs() > f64::EPSILON {
                adjustment.set_value(offset);
            }
        });
        hold.watch(scroller);
        hold
    }

    /// Keeps the present offset for the next frames. To be called before rows change places.
    pub fn hold(&self) {
        let offset = self.0.offset.get();
        self.hold_at(offset.unwrap_or_else(|| self.0.adjustment.value()));
    }

    /// Goes to the top and stays there for the next frames.
    pub fn hold_at_top(&self) {
        self.hold_at(0.0);
    }

    /// Lets go: the person scrolls.
    pub fn release(&self) {
        self.0.offset.set(None);
    }

    fn hold_at(&self, offset: f64) {
        let inner = &self.0;
        inner.offset.set(Some(offset));
        inner.frames_left.set(FRAMES);
        inner.adjustment.set_value(offset);
        if inner.ticking.replace(true) {
            return;
        }
        let weak = Rc::downgrade(inner);
        inner.view.add_tick_callback(move |_, _| {
            let Some(inner) = weak.upgrade() else {
                return glib::ControlFlow::Break;
            };
            inner.wheeling.set(false);
            let left = inner.frames_left.get();
            if left > 0 {
                inner.frames_left.set(left - 1);
                return glib::ControlFlow::Continue;
            }
            inner.offset.set(None);
            inner.ticking.set(false);
            inner.show_rows();
            glib::ControlFlow::Break
        });
    }

    /// A person's own scrolling comes before everything. Where the wheel took the rows they are
    /// held for what is left of the frames, as letting go in mid-resort would have them jump.
    fn watch(&self, scroller: &gtk::ScrolledWindow) {
        let wheel = gtk::EventControllerScroll::new(gtk::EventControllerScrollFlags::BOTH_AXES);
        wheel.set_propagation_phase(gtk::PropagationPhase::Capture);
        let hold = self.clone();
        wheel.connect_scroll(move |_, _, _| {
            hold.0.wheeling.set(hold.0.ticking.get());
            glib::Propagation::Proceed
        });
        scroller.add_controller(wheel);

        let keys = gtk::EventControllerKey::new();
        keys.set_propagation_phase(gtk::PropagationPhase::Capture);
        let hold = self.clone();
        keys.connect_key_pressed(move |_, key, _, _| {
            if super::order_hold::moves_in_rows(key) {
                hold.release();
            }
            glib::Propagation::Proceed
        });
        scroller.add_controller(keys);

        let press = gtk::GestureClick::builder()
            .button(0)
            .propagation_phase(gtk::PropagationPhase::Capture)
            .build();
        let hold = self.clone();
        press.connect_pressed(move |_, _, _, _| hold.release());
        scroller.add_controller(press);
    }
}

impl Inner {
    /// Where other rows took the place of all, the view can come to rest without a single one.
    fn show_rows(&self) {
        let Some(list) = self.view.last_child() else {
            return;
        };
        let mut rows = std::iter::successors(list.first_child(), WidgetExt::next_sibling);
        let height = self.view.height() as f32;
        let in_sight = |row: gtk::Widget| {
            row.compute_bounds(&self.view)
                .is_some_and(|row| row.y() < height && row.y() + row.height() > 0.0)
        };
        if !rows.any(in_sight) {
            list.queue_allocate();
        }
    }
}
