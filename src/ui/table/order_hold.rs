//! Keeps the rows in their order while a person is at them: from their last movement in the rows
//! until some seconds later, while a menu is open, or for good.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use relm4::gtk;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;

/// For how long rows hold still after the last movement.
pub const LINGER: Duration = Duration::from_secs(5);

/// Whether the order of the rows is held.
#[derive(Clone)]
pub struct OrderHold(Rc<Inner>);

struct Inner {
    linger: Duration,
    last_touch: Cell<Option<Instant>>,
    pins: Cell<u32>,
    for_good: Cell<bool>,
    timer: RefCell<Option<glib::SourceId>>,
    released: Box<dyn Fn()>,
}

impl OrderHold {
    /// Held by nothing. `released` is called when a hold ends by itself.
    pub fn new(linger: Duration, released: impl Fn() + 'static) -> Self {
        Self(Rc::new(Inner {
            linger,
            last_touch: Cell::new(None),
            pins: Cell::new(0),
            for_good: Cell::new(false),
            timer: RefCell::new(None),
            released: Box::new(released),
        }))
    }

    /// Whether rows must stay where they are.
    pub fn is_held(&self) -> bool {
        self.0.is_held()
    }

    /// Somebody is at the rows now.
    pub fn touch(&self) {
        self.0.last_touch.set(Some(Instant::now()));
        if self.0.timer.borrow().is_none() {
            Inner::wake_in(&self.0, self.0.linger);
        }
    }

    /// Holds until [`Self::unpin`], as an open row menu does.
    pub fn pin(&self) {
        self.0.pins.set(self.0.pins.get() + 1);
    }

    /// Ends one [`Self::pin`]; the rows stay a little longer.
    pub fn unpin(&self) {
        self.0.pins.set(self.0.pins.get().saturating_sub(1));
        self.touch();
    }

    /// Holds, or no longer holds, until told otherwise.
    pub fn set_for_good(&self, held: bool) {
        let was_held = self.is_held();
        self.0.for_good.set(held);
        if was_held && !self.is_held() {
            (self.0.released)();
        }
    }

    /// Forgets the last movement: the person asked for the rows to be sorted.
    pub fn forget(&self) {
        self.0.last_touch.set(None);
    }

    /// Watches a person's movements in `rows`. A pointer that rests holds nothing, though GTK tells
    /// of movement when rows move below it.
    pub fn watch(&self, rows: &impl IsA<gtk::Widget>) {
        let motion = gtk::EventControllerMotion::new();
        let hold = self.clone();
        let before = Cell::new(None);
        motion.connect_motion(move |motion, x, y| {
            let pointer = motion.current_event().and_then(|event| event.position());
            let pointer = pointer.unwrap_or((x, y));
            if before
                .replace(Some(pointer))
                .is_some_and(|before| before != pointer)
            {
                hold.touch();
            }
        });
        rows.add_controller(motion);

        let scroll = gtk::EventControllerScroll::new(gtk::EventControllerScrollFlags::BOTH_AXES);
        let hold = self.clone();
        scroll.connect_scroll(move |_, _, _| {
            hold.touch();
            glib::Propagation::Proceed
        });
        scroll.set_propagation_phase(gtk::PropagationPhase::Capture);
        rows.add_controller(scroll);

        let click = gtk::GestureClick::builder()
            .button(0)
            .propagation_phase(gtk::PropagationPhase::Capture)
            .build();
        let hold = self.clone();
        click.connect_pressed(move |_, _, _, _| hold.touch());
        rows.add_controller(click);

        let keys = gtk::EventControllerKey::new();
        keys.set_propagation_phase(gtk::PropagationPhase::Capture);
        let hold = self.clone();
        keys.connect_key_pressed(move |_, key, _, _| {
            if moves_in_rows(key) {
                hold.touch();
            }
            glib::Propagation::Proceed
        });
        rows.add_controller(keys);
    }
}

/// Whether a key moves from row to row.
pub fn moves_in_rows(key: gtk::gdk::Key) -> bool {
    use gtk::gdk::Key;
    matches!(
        key,
        Key::Up
            | Key::Down
            | Key::Home
            | Key::End
            | Key::Page_Up
            | Key::Page_Down
            | Key::KP_Up
            | Key::KP_Down
            | Key::KP_Home
            | Key::KP_End
            | Key::KP_Page_Up
            | Key::KP_Page_Down
    )
}

impl Inner {
    fn is_held(&self) -> bool {
        self.for_good.get()
            || self.pins.get() > 0
            || self
                .last_touch
                .get()
                .is_some_and(|touch| touch.elapsed() < self.linger)
    }

    fn wake_in(self: &Rc<Self>, wait: Duration) {
        let weak = Rc::downgrade(self);
        let timer = glib::timeout_add_local_once(wait, move || {
            let Some(inner) = weak.upgrade() else { return };
            inner.timer.take();
            let left = inner
                .last_touch
                .get()
                .map(|touch| inner.linger.saturating_sub(touch.elapsed()));
            match left {
                Some(left) if !left.is_zero() => Self::wake_in(&inner, left),
                // Sorted in the meantime, or held by something else.
                None => {}
                Some(_) => {
                    inner.last_touch.set(None);
                    if !inner.is_held() {
                        (inner.released)();
                    }
                }
            }
        });
        self.timer.replace(Some(timer));
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(timer) = self.timer.take() {
            timer.remove();
        }
    }
}
