//! The page of the preferences on which alerts are set.

use std::cell::RefCell;
use std::rc::Rc;

use adw::prelude::*;
use gettextrs::gettext;
use relm4::{adw, gtk};

use super::{edit, words};
use crate::model::alert::{MOST_RULES, Rule};
use crate::ui::language;
use crate::ui::settings::Settings;
use crate::ui::shared_style::SharedStyle;

/// The list of rules on the page.
struct List {
    settings: Settings,
    style: SharedStyle,
    group: adw::PreferencesGroup,
    add: gtk::Button,
    rows: RefCell<Vec<gtk::Widget>>,
}

/// The page, for the preferences in `dialog`.
pub fn page(settings: &Settings, dialog: &adw::PreferencesDialog) -> adw::PreferencesPage {
    let now = settings.now();
    let on = adw::SwitchRow::builder()
        .title(gettext("Alerts"))
        .subtitle(gettext(
            "Notifications about the rules below. Without its window, SysMon goes on watching.",
        ))
        .active(now.alerts.on)
        .build();
    let shared = settings.clone();
    on.connect_active_notify(move |row| {
        shared.change(|values| values.alerts.on = row.is_active());
    });
    let switch = adw::PreferencesGroup::new();
    switch.add(&on);

    let add = button("list-add-symbolic", &gettext("Add Rule"));
    let group = adw::PreferencesGroup::builder()
        .title(gettext("Rules"))
        .description(gettext(
            "Each tells once, and again after all was well for as long as it has to last",
        ))
        .header_suffix(&add)
        .build();
    let list = Rc::new(List {
        settings: settings.clone(),
        style: SharedStyle::from(language::style()),
        group: group.clone(),
        add: add.clone(),
        rows: RefCell::default(),
    });
    list.show(dialog);
    let weak = dialog.downgrade();
    add.connect_clicked(move |_| {
        if let Some(dialog) = weak.upgrade() {
            List::edit(&list, &dialog, None);
        }
    });
    let page = adw::PreferencesPage::builder()
        .title(gettext("Alerts"))
        .icon_name("preferences-system-notifications-symbolic")
        .build();
    page.add(&switch);
    page.add(&group);
    page
}

/// A button of a picture alone, which the tooltip says in words.
fn button(icon: &str, tooltip: &str) -> gtk::Button {
    gtk::Button::builder()
        .icon_name(icon)
        .tooltip_text(tooltip)
        .valign(gtk::Align::Center)
        .css_classes(["flat"])
        .build()
}

impl List {
    /// Puts a row there for each rule.
    fn show(self: &Rc<Self>, dialog: &adw::PreferencesDialog) {
        for row in self.rows.take() {
            self.group.remove(&row);
        }
        let now = self.settings.now();
        self.style.follow(&now);
        let rules = now.alerts.rules;
        self.add.set_sensitive(rules.len() < MOST_RULES);
        let mut rows: Vec<gtk::Widget> = rules
            .iter()
            .enumerate()
            .map(|(at, rule)| self.row(at, rule, dialog).upcast())
            .collect();
        if rows.is_empty() {
            let none = adw::ActionRow::builder()
                .title(gettext("No Rules"))
                .css_classes(["dim-label"])
                .build();
            rows.push(none.upcast());
        }
        for row in &rows {
            self.group.add(row);
        }
        self.rows.replace(rows);
    }

    fn row(
        self: &Rc<Self>,
        at: usize,
        rule: &Rule,
        dialog: &adw::PreferencesDialog,
    ) -> adw::ActionRow {
        let title = words::rule(rule, &self.style.now());
        let row = adw::ActionRow::builder()
            .use_markup(false)
            .title(&title)
            .activatable(true)
            .build();
        let remove = button("user-trash-symbolic", &gettext("Remove"));
        let name = gettext("Remove “{rule}”").replace("{rule}", &title);
        remove.update_property(&[gtk::accessible::Property::Label(&name)]);
        row.add_suffix(&remove);
        let (list, weak) = (Rc::downgrade(self), dialog.downgrade());
        remove.connect_clicked(move |_| {
            if let (Some(list), Some(dialog)) = (list.upgrade(), weak.upgrade()) {
                list.change(&dialog, at, |rules| {
                    if at < rules.len() {
                        rules.remove(at);
                    }
                });
            }
        });
        let (list, weak) = (Rc::downgrade(self), dialog.downgrade());
        row.connect_activated(move |_| {
            if let (Some(list), Some(dialog)) = (list.upgrade(), weak.upgrade()) {
                Self::edit(&list, &dialog, Some(at));
            }
        });
        row
    }

    /// Asks for a rule, in the place of the one that is there or as a new one.
    fn edit(list: &Rc<Self>, dialog: &adw::PreferencesDialog, at: Option<usize>) {
        let rules = list.settings.now().alerts.rules;
        let rule = at.and_then(|at| rules.get(at));
        let (shared, weak) = (Rc::clone(list), dialog.downgrade());
        edit::ask(dialog, rule, list.style.now().units, move |rule| {
            let Some(dialog) = weak.upgrade() else { return };
            let end = shared.settings.now().alerts.rules.len();
            shared.change(&dialog, at.unwrap_or(end), |rules| {
                let at = at.unwrap_or(rules.len());
                if let Some(there) = rules.get_mut(at) {
                    *there = rule;
                } else if rules.len() < MOST_RULES {
                    rules.push(rule);
                }
            });
        });
    }

    /// Changes the rules, and has the focus on the row in this place, or near it.
    fn change(
        self: &Rc<Self>,
        dialog: &adw::PreferencesDialog,
        at: usize,
        change: impl FnOnce(&mut Vec<Rule>),
    ) {
        self.settings
            .change(|values| change(&mut values.alerts.rules));
        self.show(dialog);
        let count = self.settings.now().alerts.rules.len();
        let row = at.min(count.saturating_sub(1));
        match self.rows.borrow().get(row) {
            Some(row) if count > 0 => row.grab_focus(),
            _ => self.add.grab_focus(),
        };
    }
}
