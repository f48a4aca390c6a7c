//! What stands in the place of the graphs as long as nothing came from a host.

use adw::prelude::*;
use gettextrs::gettext;
use gtk::glib;
use relm4::{adw, gtk};

use crate::model::remote::RemoteError;
use crate::ui::failure;

const GRAPHS: &str = "graphs";
const UNDER_WAY: &str = "under-way";
const FAILED: &str = "failed";

/// Why nothing comes, as a person is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// A sentence on each line.
    pub text: String,
    /// Whether a copy of the probe would help.
    pub wants_probe: bool,
}

impl Trouble {
    /// Of a probe that cannot be asked.
    pub fn of(error: &RemoteError) -> Self {
        let mut text = failure::remote_sentence(error);
        if !error.needs_person() && !error.wants_probe() {
            text = format!("{text}\n{}", gettext("SysMon keeps trying."));
        }
        Self {
            text,
            wants_probe: error.wants_probe(),
        }
    }
}

/// The graphs, or that they are waited for, or why there are none.
pub struct Page {
    stack: gtk::Stack,
    under_way: adw::StatusPage,
    spinner: gtk::Spinner,
    failed: adw::StatusPage,
    again: gtk::Button,
    copy: gtk::Button,
    host: String,
}

impl Page {
    /// At first they are waited for.
    pub fn new(graphs: &impl IsA<gtk::Widget>, host: &str) -> Self {
        let spinner = gtk::Spinner::builder()
            .halign(gtk::Align::Center)
            .width_request(32)
            .height_request(32)
            .build();
        let under_way = adw::StatusPage::builder()
            .icon_name("network-server-symbolic")
            .child(&spinner)
            .build();
        let again = button(&gettext("_Try Again"), "win.reconnect");
        let copy = button(&gettext("_Copy the Probe…"), "win.copy-probe");
        let buttons = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(12)
            .halign(gtk::Align::Center)
            .build();
        buttons.append(&copy);
        buttons.append(&again);
        let failed = adw::StatusPage::builder()
            .icon_name("network-error-symbolic")
            .title(gettext("{host} Cannot Be Shown").replace("{host}", host))
            .child(&buttons)
            .build();
        let stack = gtk::Stack::new();
        stack.add_named(graphs, Some(GRAPHS));
        stack.add_named(&under_way, Some(UNDER_WAY));
        stack.add_named(&failed, Some(FAILED));
        let page = Self {
            stack,
            under_way,
            spinner,
            failed,
            again,
            copy,
            host: host.to_owned(),
        };
        page.connecting();
        page
    }

    /// What holds all of it.
    pub fn widget(&self) -> &gtk::Stack {
        &self.stack
    }

    /// The graphs are seen.
    pub fn show_graphs(&self) {
        self.show(GRAPHS);
    }

    /// They are waited for.
    pub fn connecting(&self) {
        self.wait(&gettext("Connecting to {host}…").replace("{host}", &self.host));
    }

    /// The probe is under way.
    pub fn copying(&self) {
        self.wait(&gettext("Copying the probe to {host}…").replace("{host}", &self.host));
    }

    fn wait(&self, text: &str) {
        self.under_way.set_title(text);
        self.show(UNDER_WAY);
        self.announce(text);
    }

    /// Why there are none.
    pub fn fail(&self, trouble: &Trouble) {
        let markup = glib::markup_escape_text(&trouble.text);
        let is_shown = self.stack.visible_child_name().as_deref() == Some(FAILED);
        if is_shown && self.failed.description().as_deref() == Some(markup.as_str()) {
            return;
        }
        self.failed.set_description(Some(&markup));
        self.copy.set_visible(trouble.wants_probe);
        let (first, second) = if trouble.wants_probe {
            (&self.copy, &self.again)
        } else {
            (&self.again, &self.copy)
        };
        first.add_css_class("suggested-action");
        second.remove_css_class("suggested-action");
        self.show(FAILED);
        first.grab_focus();
        self.announce(&trouble.text);
    }

    fn show(&self, name: &str) {
        // Hidden, it would go on turning.
        self.spinner.set_spinning(name == UNDER_WAY);
        self.stack.set_visible_child_name(name);
    }

    fn announce(&self, text: &str) {
        self.stack
            .announce(text, gtk::AccessibleAnnouncementPriority::Medium);
    }
}

fn button(label: &str, action: &str) -> gtk::Button {
    gtk::Button::builder()
        .label(label)
        .use_underline(true)
        .action_name(action)
        .css_classes(["pill"])
        .build()
}
