//! Choosing a priority: one that has a name, or any.

use adw::prelude::*;
use gettextrs::gettext;
use relm4::{adw, gtk};

use super::Target;
use crate::model::action::Nice;
use crate::ui::language::gettext_noop;
use crate::ui::tight_rows::keep_whole;

/// Priorities that have a name.
const NAMED: [(&str, i32); 5] = [
    (gettext_noop("Very High"), -20),
    (gettext_noop("High"), -5),
    (gettext_noop("Normal"), 0),
    (gettext_noop("Low"), 5),
    (gettext_noop("Very Low"), 19),
];

/// A list of names and a number, which say the same.
pub(super) struct Chooser {
    group: adw::PreferencesGroup,
    name: adw::ComboRow,
    number: adw::SpinRow,
}

impl Chooser {
    /// Begins with the priority that all of these have, else with the usual one.
    pub(super) fn new(targets: &[Target]) -> Self {
        let names: Vec<String> = NAMED
            .iter()
            .map(|(name, _)| gettext(*name))
            // Translators: a priority that has no name of its own.
            .chain([gettext("Another")])
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let name = adw::ComboRow::builder()
            .title(gettext("Priority"))
            .model(&gtk::StringList::new(&names))
            .build();
        let range = [Nice::HIGHEST, Nice::LOWEST].map(|nice| f64::from(nice.value()));
        let number = adw::SpinRow::with_range(range[0], range[1], 1.0);
        keep_whole(&number);
        number.set_title(&gettext("Nice Value"));
        number.set_subtitle(&gettext("From -20, the highest priority, to 19"));
        let numbered = number.clone();
        name.connect_selected_notify(move |name| {
            let chosen = NAMED.get(usize::try_from(name.selected()).unwrap_or(usize::MAX));
            if let Some((_, nice)) = chosen {
                numbered.set_value(f64::from(*nice));
            }
        });
        let row = name.clone();
        number.connect_value_notify(move |number| {
            let value = whole(number);
            let at = NAMED.iter().position(|(_, nice)| *nice == value);
            let at = u32::try_from(at.unwrap_or(NAMED.len())).unwrap_or(0);
            if row.selected() != at {
                row.set_selected(at);
            }
        });
        let first = targets.first().and_then(|target| target.nice);
        let common = first.filter(|_| targets.iter().all(|target| target.nice == first));
        let common = common.unwrap_or(Nice::NORMAL).value();
        // A row starts with the first name, and tells only of changes.
        number.set_value(f64::from(common));
        number.notify("value");
        let text = number.delegate().and_then(|spin| spin.delegate());
        if let Some(text) = text.and_downcast::<gtk::Text>() {
            text.set_activates_default(true);
        }
        let group = adw::PreferencesGroup::new();
        group.add(&name);
        group.add(&number);
        Self {
            group,
            name,
            number,
        }
    }

    /// What is shown.
    pub(super) fn widget(&self) -> &adw::PreferencesGroup {
        &self.group
    }

    /// Where choosing begins.
    pub(super) fn first(&self) -> &adw::ComboRow {
        &self.name
    }

    /// What was chosen.
    pub(super) fn chosen(&self) -> Nice {
        // What was typed counts before it was left, too.
        self.number.update();
        Nice::new(whole(&self.number).into()).unwrap_or(Nice::NORMAL)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the range is small")]
fn whole(number: &adw::SpinRow) -> i32 {
    number.value().round() as i32
}
