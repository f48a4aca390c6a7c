//! The focus outlives a change of the layout.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use adw::prelude::*;
use relm4::gtk::glib;
use relm4::{adw, gtk};

/// Frames in which a window that was laid out anew has surely been drawn, and a dialog in it as well.
const FRAMES: u32 = 30;

/// Has what has the focus in a window keep it when its breakpoints begin or end to hold: all that is in the
/// window is away for a frame then, and GTK moves the focus to the first control.
#[derive(Clone)]
pub struct Keeper {
    window: glib::WeakRef<gtk::Window>,
    inner: Rc<Inner>,
}

#[derive(Default)]
struct Inner {
    /// What has the focus, or is to have it again.
    owner: RefCell<glib::WeakRef<gtk::Widget>>,
    /// Whether it was away, so that it was not a person who moved the focus.
    lost: Cell<bool>,
    /// Where the caret was in it.
    caret: Cell<Option<(i32, i32)>>,
    /// Frames until the owner is let go; zero while nobody looks.
    left: Cell<u32>,
}

impl Keeper {
    /// For this window.
    pub fn new(window: &impl IsA<gtk::Window>) -> Self {
        Self {
            window: window.as_ref().downgrade(),
            inner: Rc::default(),
        }
    }

    /// Looks after the focus when this breakpoint of the window changes.
    pub fn watch(&self, breakpoint: &adw::Breakpoint) {
        let this = self.clone();
        breakpoint.connect_apply(move |_| this.look());
        let this = self.clone();
        breakpoint.connect_unapply(move |_| this.look());
    }

    fn look(&self) {
        let Some(window) = self.window.upgrade() else {
            return;
        };
        let inner = &self.inner;
        if inner.left.replace(FRAMES) > 0 {
            return;
        }
        let owner = GtkWindowExt::focus(&window);
        inner
            .lost
            .set(owner.as_ref().is_some_and(|owner| !owner.is_mapped()));
        inner.caret.set(owner.as_ref().and_then(caret));
        inner
            .owner
            .replace(owner.map(|owner| owner.downgrade()).unwrap_or_default());
        let inner = Rc::clone(inner);
        window.add_tick_callback(move |window, _| {
            inner.left.set(inner.left.get() - 1);
            inner.follow(GtkWindowExt::focus(window));
            if inner.left.get() > 0 {
                glib::ControlFlow::Continue
            } else {
                glib::ControlFlow::Break
            }
        });
    }
}

impl Inner {
    fn follow(&self, now: Option<gtk::Widget>) {
        let owner = self.owner.borrow().upgrade();
        let Some(owner) = owner else {
            return;
        };
        match now {
            // Into a menu it moves only when a person has opened it.
            Some(now) if now.native() != owner.native() => {}
            Some(now) if owner.is_mapped() => {
                if self.lost.get() {
                    if now != owner {
                        owner.grab_focus();
                    }
                    // A text that gets the focus is selected, and what is typed next would take its place.
                    let text = owner.downcast_ref::<gtk::Text>();
                    if let Some((text, (start, end))) = text.zip(self.caret.get()) {
                        text.select_region(start, end);
                    }
                } else {
                    self.caret.set(caret(&now));
                    if now != owner {
                        self.owner.replace(now.downgrade());
                    }
                }
                self.lost.set(false);
            }
            _ => self.lost.set(true),
        }
    }
}

/// Where the caret of a text is, and the other end of what is selected in it.
fn caret(widget: &gtk::Widget) -> Option<(i32, i32)> {
    let text = widget.downcast_ref::<gtk::Text>()?;
    let caret = text.position();
    let other = text
        .selection_bounds()
        .map(|(start, end)| start + end - caret);
    Some((other.unwrap_or(caret), caret))
}
