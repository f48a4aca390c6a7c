//! The help: a window of its own, so that one can read and do at the same time.

mod text;
mod topic;
pub mod topics;
mod window;

use std::cell::RefCell;

use adw::prelude::*;
use relm4::{adw, gtk};

use window::HelpWindow;

/// The one window of help, while it is open.
#[derive(Default)]
pub struct Help(RefCell<Option<HelpWindow>>);

impl Help {
    /// Opens the window, or raises it, at the topic of this name; without one where it was.
    pub fn show(&self, application: &gtk::Application, topic: Option<&str>) {
        let open = self.0.borrow().as_ref().is_some_and(HelpWindow::is_open);
        if !open {
            self.0.replace(Some(HelpWindow::new(application)));
        }
        if let Some(window) = &*self.0.borrow() {
            if let Some(topic) = topic {
                window.show_topic(topic);
            }
            window.widget().present();
        }
    }

    /// Closes the window, as when the main window closes.
    pub fn close(&self) {
        if let Some(window) = self.0.take() {
            window.widget().close();
        }
    }
}
