//! What a pointer and the keyboard do to a graph: crosshair, marker, opening.

use std::rc::Rc;
use std::time::{Duration, Instant};

use relm4::adw::prelude::*;
use relm4::gtk::{self, gdk, glib};

use super::{Crosshair, Inner, Purpose, Selection};
use crate::ui::actions::COPY_IMAGE;

/// A pointer that moved less than this, in pixels, was meant to rest.
const DRAG_THRESHOLD: f64 = 6.0;

/// How long a window may take to be laid out anew. A graph that gets the focus later got it from a person.
const KEPT: Duration = Duration::from_secs(2);

/// Whether a widget is away for a frame, as all that is in a window is when one of its breakpoints begins or ends
/// to hold: it loses the focus then, and has it again when it is back.
fn is_laid_out(widget: &impl IsA<gtk::Widget>) -> bool {
    let above = std::iter::successors(Some(widget.clone().upcast::<gtk::Widget>()), |it| {
        it.parent()
    });
    !widget.as_ref().is_mapped() || above.into_iter().any(|it| !it.is_child_visible())
}

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
                gdk::BUTTON_PRIMARY if inner.purpose == Purpose::Strip => inner.select_at(x),
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

    /// A drag selects a range.
    pub(super) fn connect_drag(self: &Rc<Self>) {
        let drag = gtk::GestureDrag::new();
        let weak = Rc::downgrade(self);
        drag.connect_drag_begin(move |_, x, _| {
            if let Some(inner) = weak.upgrade() {
                inner.drag.set(inner.time_near(x));
            }
        });
        let weak = Rc::downgrade(self);
        drag.connect_drag_update(move |drag, moved, _| {
            let Some(inner) = weak.upgrade() else { return };
            let start = drag.start_point();
            let (Some(anchor), Some((from, _))) = (inner.drag.get(), start) else {
                return;
            };
            let dragging = inner.selection.get().is_some_and(Selection::is_range);
            if moved.abs() < DRAG_THRESHOLD && !dragging {
                return;
            }
            inner.forget_click();
            if let Some(head) = inner.time_near(from + moved) {
                inner.select(Some(Selection::between(anchor, head)));
            }
        });
        let weak = Rc::downgrade(self);
        drag.connect_drag_end(move |_, _, _| {
            if let Some(inner) = weak.upgrade() {
                inner.drag.set(None);
            }
        });
        self.area.add_controller(drag);
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
            let copies = modifiers.contains(gdk::ModifierType::CONTROL_MASK)
                && matches!(key, gdk::Key::c | gdk::Key::C);
            match weak.upgrade() {
                // Only the main window has this action.
                Some(inner) if copies => {
                    let done = inner
                        .area
                        .activate_action(&format!("win.{COPY_IMAGE}"), None);
                    done.map_or(glib::Propagation::Proceed, |()| glib::Propagation::Stop)
                }
                Some(inner) if plain => {
                    inner.key(key, modifiers.contains(gdk::ModifierType::SHIFT_MASK))
                }
                _ => glib::Propagation::Proceed,
            }
        });
        self.area.add_controller(keys);

        let weak = Rc::downgrade(self);
        self.area.connect_has_focus_notify(move |_| {
            if let Some(inner) = weak.upgrade() {
                inner.focus_changed();
            }
        });
    }

    fn focus_changed(&self) {
        if self.area.has_focus() {
            let kept = self.kept.take().filter(|(_, since)| since.elapsed() < KEPT);
            let kept = kept.map(|(time, _)| time);
            if self.crosshair.get().is_none() && kept.is_some_and(|time| self.is_shown(time)) {
                self.point(kept.map(Crosshair::Sample));
            }
            self.describe();
            return;
        }
        // A window that others cover keeps its crosshair.
        if !self.area.is_focus()
            && let Some(Crosshair::Sample(time)) = self.crosshair.get()
        {
            self.point(None);
            self.kept
                .set(is_laid_out(&self.area).then(|| (time, Instant::now())));
        }
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
                    inner.select(Some(Selection::Moment(time)));
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

    /// Selects the moment below the pointer.
    fn select_at(&self, x: f64) {
        if let Some(time) = self.time_near(x) {
            self.select(Some(Selection::Moment(time)));
        }
    }

    /// The moment of the sample nearest to a place, however far away; a pointer may leave the plot
    /// in the middle of a drag.
    fn time_near(&self, x: f64) -> Option<Duration> {
        let view = self.view();
        if view.width <= 0.0 {
            return None;
        }
        let time = view.time(self.in_plot(x).clamp(0.0, view.width)).max(0.0);
        let time = Duration::try_from_secs_f64(time).ok()?;
        self.sample_of(time).map(|sample| sample.since_boot)
    }

    fn key(&self, key: gdk::Key, shift: bool) -> glib::Propagation {
        // Keys point at places, whichever way time runs.
        let rightwards = |steps: isize| {
            if self.look.get().inverted {
                steps.saturating_neg()
            } else {
                steps
            }
        };
        match key {
            gdk::Key::Left | gdk::Key::KP_Left => self.step(rightwards(-1), shift),
            gdk::Key::Right | gdk::Key::KP_Right => self.step(rightwards(1), shift),
            gdk::Key::Home | gdk::Key::KP_Home => self.step(rightwards(isize::MIN), shift),
            gdk::Key::End | gdk::Key::KP_End => self.step(rightwards(isize::MAX), shift),
            gdk::Key::space | gdk::Key::KP_Space if self.purpose == Purpose::Card => {
                self.toggle_marker();
            }
            gdk::Key::Return | gdk::Key::KP_Enter | gdk::Key::ISO_Enter => (self.open)(),
            gdk::Key::Escape if self.crosshair.get().is_some() => self.point(None),
            // The window of a table goes back to the present in a turn of its own.
            gdk::Key::Escape if self.purpose == Purpose::Card && self.selection.get().is_some() => {
                self.select(None);
            }
            _ => return glib::Propagation::Proceed,
        }
        glib::Propagation::Stop
    }

    /// Moves the crosshair by samples; the first step shows it at the newest. With `extend` it
    /// takes an end of the selection along.
    fn step(&self, steps: isize, extend: bool) {
        let selected = self.selection.get().map(Selection::head);
        let shown = self
            .shown_sample()
            .map(|sample| sample.since_boot)
            .or(selected.filter(|_| extend || self.purpose == Purpose::Strip));
        let next = {
            let history = self.history.borrow();
            let start = history.start_of(self.window.get());
            let steps = match (shown, steps) {
                (Some(_), steps) => steps,
                (None, isize::MIN..=-2) => isize::MIN,
                (None, _) if extend => steps,
                (None, _) => 0,
            };
            shown
                .or_else(|| history.latest().map(|sample| sample.since_boot))
                .and_then(|from| history.neighbour(from, steps))
                .map(|sample| sample.since_boot)
                .and_then(|time| history.since(time.max(start)).next())
                .map(|sample| sample.since_boot)
        };
        let Some(time) = next else { return };
        self.point(Some(Crosshair::Sample(time)));
        if extend {
            let latest = || {
                let history = self.history.borrow();
                history.latest().map(|sample| sample.since_boot)
            };
            let anchor = self.selection.get().map(Selection::anchor).or(shown);
            let anchor = anchor.or_else(latest).unwrap_or(time);
            self.select(Some(Selection::between(anchor, time)));
        } else if self.purpose == Purpose::Strip {
            self.select(Some(Selection::Moment(time)));
        } else {
            self.describe();
        }
    }

    fn toggle_marker(&self) {
        let chosen = self.shown_sample().map(|sample| sample.since_boot);
        let latest = || {
            let history = self.history.borrow();
            history.latest().map(|sample| sample.since_boot)
        };
        let moment = Selection::Moment;
        match (self.selection.get(), chosen) {
            (Some(marker), Some(chosen)) if marker != moment(chosen) => {
                self.select(Some(moment(chosen)));
            }
            (Some(_), _) => self.select(None),
            (None, chosen) => self.select(chosen.or_else(latest).map(moment)),
        }
    }
}
