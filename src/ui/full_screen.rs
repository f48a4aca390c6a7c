//! Fills the screen with a window, and back.

use std::cell::Cell;
use std::rc::Rc;

use relm4::gtk;
use relm4::gtk::prelude::*;

/// Whether a window is to fill the screen. It does so only once the compositor has answered; what is asked meanwhile
/// turns the last wish round.
pub struct FullScreen {
    window: gtk::Window,
    wanted: Rc<Cell<bool>>,
}

impl FullScreen {
    /// For this window.
    pub fn new(window: &impl IsA<gtk::Window>) -> Self {
        let window = window.as_ref().clone();
        let wanted = Rc::new(Cell::new(window.is_fullscreen()));
        let told = Rc::clone(&wanted);
        window.connect_fullscreened_notify(move |window| told.set(window.is_fullscreen()));
        Self { window, wanted }
    }

    /// The other way round.
    pub fn toggle(&self) {
        let wanted = !self.wanted.get();
        self.wanted.set(wanted);
        self.window.set_fullscreened(wanted);
    }
}
