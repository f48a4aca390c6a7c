//! What a pointer and the keyboard do to a graph: crosshair, marker, opening.

use std::rc::Rc;
use std::time::Duration;

use relm4::adw::prelude::*;
use relm4::gtk::{self, gdk, glib};

use super::{Crosshair, Inner};

impl Inner {
    pub(super) fn connect_pointer(self: &Rc<Self>) {
        let motion = gtk::EventControllerMotion::new();
        let weak = Rc::downgrade(self);
        let point = move |x| {
            if let Some(inner) = weak.upgrade() {
                inner.point(Some(Crosshair::Pointer(x)));
            }
        };
        // A graph can also come to lie below a pointer that rests.
        let enter = point.clone();
        motion.connect_enter(move |_, x, _| enter(x));
        motion.connect_motion(move |_, x, _| point(x));
        let weak = Rc::downgrade(self);
        motion.connect_leave(move |_| {
            if let Some(inner) = weak.upgrade() {
                inner.point(None);
            }
        });
        self.area.add_controller(motion);

        let click = gtk::GestureClick::builder().button(0).build();
        let weak = Rc::downgrade(self);
        click.connect_pressed(move |gesture, presses, x, _| {
            let Some(inner) = weak.upgrade() else { return };
            inner.area.grab_focus();
            match gesture.current_button() {
                gdk::BUTTON_MIDDLE => (inner.open)(),
                gdk::BUTTON_PRIMARY if presses == 2 => {
                    inner.forget_click();
                    (inner.open)();
                }
                gdk::BUTTON_PRIMARY if presses == 1 => Self::click_at(&inner, x),
                _ => {}
            }
        });
        self.area.add_controller(click);
    }

    pub(super) fn connect_keys(self: &Rc<Self>) {
        let keys = gtk::EventControllerKey::new();
        let weak = Rc::downgrade(self);
        keys.connect_key_pressed(move |_, key, _, modifiers| {
            let plain = !modifiers.intersects(
                gdk::ModifierType::CONTROL_MASK
                    | gdk::ModifierType::ALT_MASK
                    | gdk::ModifierType::SUPER_MASK,
            );
            match weak.upgrade() {
                Some(inner) if plain => inner.key(key),
                _ => glib::Propagation::Proceed,
            }
        });
        self.area.add_controller(keys);

        let weak = Rc::downgrade(self);
        self.area.connect_has_focus_notify(move |area| {
            if let Some(inner) = weak.upgrade() {
                if area.has_focus() {
                    inner.describe();
                // A window that others cover keeps its crosshair.
                } else if !area.is_focus()
                    && matches!(inner.crosshair.get(), Some(Crosshair::Sample(_)))
                {
                    inner.point(None);
                }
            }
        });
    }

    /// Marks the moment below the pointer when no second click follows.
    fn click_at(self: &Rc<Self>, x: f64) {
        self.forget_click();
        let Some(time) = self.sample_at(x).map(|sample| sample.since_boot) else {
            return;
        };
        let wait = self.area.settings().gtk_double_click_time();
        let weak = Rc::downgrade(self);
        let timer = glib::timeout_add_local_once(
            Duration::from_millis(u64::try_from(wait).unwrap_or(400)),
            move || {
                if let Some(inner) = weak.upgrade() {
                    inner.click.take();
                    inner.mark(Some(time));
                }
            },
        );
        self.click.replace(Some(timer));
    }

    pub(super) fn forget_click(&self) {
        if let Some(timer) = self.click.take() {
            timer.remove();
        }
    }

    fn key(&self, key: gdk::Key) -> glib::Propagation {
        match key {
            gdk::Key::Left | gdk::Key::KP_Left => self.step(-1),
            gdk::Key::Right | gdk::Key::KP_Right => self.step(1),
            gdk::Key::Home | gdk::Key::KP_Home => self.step(isize::MIN),
            gdk::Key::End | gdk::Key::KP_End => self.step(isize::MAX),
            gdk::Key::space | gdk::Key::KP_Space => self.toggle_marker(),
            gdk::Key::Return | gdk::Key::KP_Enter | gdk::Key::ISO_Enter => (self.open)(),
            gdk::Key::Escape if self.crosshair.get().is_some() => self.point(None),
            gdk::Key::Escape if self.marker.get().is_some() => self.mark(None),
            _ => return glib::Propagation::Proceed,
        }
        glib::Propagation::Stop
    }

    /// Moves the crosshair by samples; the first step shows it at the newest.
    fn step(&self, steps: isize) {
        let next = {
            let history = self.history.borrow();
            let start = history.start_of(self.window.get());
            let steps = match (self.shown_sample(), steps) {
                (Some(_), steps) => steps,
                (None, isize::MIN) => isize::MIN,
                (None, _) => 0,
            };
            let from = self
                .shown_sample()
                .or_else(|| history.latest().cloned())
                .map(|sample| sample.since_boot);
            from.and_then(|from| history.neighbour(from, steps))
                .map(|sample| sample.since_boot)
                .and_then(|time| history.since(time.max(start)).next())
                .map(|sample| sample.since_boot)
        };
        if let Some(time) = next {
            self.point(Some(Crosshair::Sample(time)));
            self.describe();
        }
    }

    fn toggle_marker(&self) {
        let chosen = self.shown_sample().map(|sample| sample.since_boot);
        let latest = || {
            let history = self.history.borrow();
            history.latest().map(|sample| sample.since_boot)
        };
        match (self.marker.get(), chosen) {
            (Some(marker), Some(chosen)) if marker != chosen => self.mark(Some(chosen)),
            (Some(_), _) => self.mark(None),
            (None, chosen) => self.mark(chosen.or_else(latest)),
        }
    }
}
