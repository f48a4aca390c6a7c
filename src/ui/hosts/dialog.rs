//! "Connect to Host…": asks for a host, and offers those that are remembered.

use std::rc::Rc;

use adw::prelude::*;
use gettextrs::gettext;
use relm4::{adw, gtk};

use super::{launch, remembered};
use crate::model::host::HostTarget;
use crate::ui::failure::first_capital;
use crate::ui::form_dialog::form;
use crate::ui::language::translated;
use crate::ui::settings::Settings;

struct Dialog {
    root: adw::Dialog,
    entry: adw::EntryRow,
    connect: gtk::Button,
    problem: gtk::Label,
    list: gtk::ListBox,
    group: adw::PreferencesGroup,
    settings: Settings,
}

/// Asks for a host, which a window of its own then shows.
pub fn ask(parent: &impl IsA<gtk::Widget>, settings: &Settings) {
    let dialog = Rc::new(Dialog::new(settings.clone()));
    Dialog::connect_widgets(&dialog);
    Dialog::list_hosts(&dialog);
    dialog.check();
    // A sheet at the bottom of a narrow window is seen later, and gives it to nobody by itself.
    dialog.entry.connect_map(|entry| {
        let entry = entry.clone();
        gtk::glib::idle_add_local_once(move || {
            entry.grab_focus();
        });
    });
    dialog.root.present(Some(parent));
}

impl Dialog {
    fn new(settings: Settings) -> Self {
        let entry = adw::EntryRow::builder()
            .title(gettext("User and Host, as user@host"))
            .activates_default(true)
            .input_purpose(gtk::InputPurpose::Url)
            .build();
        let connect = gtk::Button::builder()
            .label(gettext("C_onnect"))
            .use_underline(true)
            .css_classes(["suggested-action"])
            .build();
        let problem = gtk::Label::builder()
            .wrap(true)
            .xalign(0.0)
            .margin_top(6)
            .css_classes(["error", "caption"])
            .build();
        let asked = adw::PreferencesGroup::builder()
            .description(gettext(
                "SysMon runs its probe there over ssh, with your key and your ssh configuration. Nothing is asked: connect once in a terminal before. Where the probe is missing, a copy is offered.",
            ))
            .build();
        asked.add(&entry);
        asked.add(&problem);
        let list = gtk::ListBox::builder()
            .selection_mode(gtk::SelectionMode::None)
            .css_classes(["boxed-list"])
            .build();
        let group = adw::PreferencesGroup::builder()
            .title(gettext("Remembered Hosts"))
            .build();
        group.add(&list);
        let root = form(
            &gettext("Connect to Host"),
            460,
            &[&asked, &group],
            &connect,
            &entry,
        );
        Self {
            root,
            entry,
            connect,
            problem,
            list,
            group,
            settings,
        }
    }

    /// The widgets hold the dialog, which they are in, until it is closed.
    fn connect_widgets(this: &Rc<Self>) {
        let held = Rc::clone(this);
        let changed = this.entry.connect_changed(move |_| held.check());
        let held = Rc::clone(this);
        let clicked = this.connect.connect_clicked(move |_| {
            if let Ok(target) = held.entry.text().parse() {
                held.go(&target);
            }
        });
        let (entry, connect) = (this.entry.clone(), this.connect.clone());
        let list = this.list.clone();
        let handlers = std::cell::RefCell::new(Some((changed, clicked)));
        this.root.connect_closed(move |_| {
            if let Some((changed, clicked)) = handlers.take() {
                entry.disconnect(changed);
                connect.disconnect(clicked);
            }
            list.remove_all();
        });
    }

    /// Says what is wrong with the name as soon as there is one.
    fn check(&self) {
        let text = self.entry.text();
        let checked = text.parse::<HostTarget>();
        self.connect.set_sensitive(checked.is_ok());
        match checked {
            Err(why) if !text.is_empty() => {
                let reason = first_capital(&translated(why.phrase()));
                self.say(&reason);
            }
            _ => self.say(""),
        }
    }

    fn say(&self, problem: &str) {
        let is_problem = !problem.is_empty();
        if is_problem {
            self.entry.add_css_class("error");
            if self.problem.label() != problem {
                self.list
                    .announce(problem, gtk::AccessibleAnnouncementPriority::Medium);
            }
        } else {
            self.entry.remove_css_class("error");
        }
        self.problem.set_label(problem);
        self.problem.set_visible(is_problem);
    }

    /// Remembers the host, and opens its window.
    fn go(&self, target: &HostTarget) {
        match launch::start(target) {
            Ok(()) => {
                self.settings
                    .change(|values| values.hosts = remembered(&values.hosts, target));
                self.root.close();
            }
            Err(reason) => {
                let text = gettext("SysMon cannot be started again: {reason}");
                self.say(&text.replace("{reason}", &reason));
            }
        }
    }

    fn list_hosts(this: &Rc<Self>) {
        this.list.remove_all();
        let hosts = this.settings.now().hosts;
        this.group.set_visible(!hosts.is_empty());
        for target in hosts.iter().filter_map(|host| host.parse().ok()) {
            this.list.append(&Self::row(this, target));
        }
    }

    fn row(this: &Rc<Self>, target: HostTarget) -> adw::ActionRow {
        let row = adw::ActionRow::builder()
            .title(target.shown())
            .use_markup(false)
            .activatable(true)
            .build();
        let forget = gtk::Button::builder()
            .icon_name("user-trash-symbolic")
            .tooltip_text(gettext("Forget {host}").replace("{host}", &target.shown()))
            .valign(gtk::Align::Center)
            .css_classes(["flat"])
            .build();
        row.add_suffix(&forget);
        let (held, forgotten) = (Rc::clone(this), target.clone());
        forget.connect_clicked(move |_| {
            held.settings
                .change(|values| values.hosts.retain(|it| it != forgotten.as_str()));
            Self::list_hosts(&held);
            held.entry.grab_focus();
        });
        let held = Rc::clone(this);
        row.connect_activated(move |_| held.go(&target));
        row
    }
}
