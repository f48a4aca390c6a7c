//! The dialog in which one rule is set.

use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::time::Duration;

use adw::prelude::*;
use gettextrs::gettext;
use relm4::{adw, gtk};

use crate::model::alert::{Condition, LONGEST, MOST_CORES, Rule, SHORTEST};
use crate::model::format::UnitStyle;
use crate::model::units::{BytesPerSecond, Percent};
use crate::ui::form_dialog::form;
use crate::ui::tight_rows::keep_whole;

/// What can be watched, in the order in which it is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Cpu,
    Program,
    MemoryShare,
    MemorySize,
    Network,
}

const ALL: [What; 5] = [
    What::Cpu,
    What::Program,
    What::MemoryShare,
    What::MemorySize,
    What::Network,
];

impl What {
    fn of(condition: &Condition) -> Self {
        match condition {
            Condition::Cpu { .. } => Self::Cpu,
            Condition::Program { .. } => Self::Program,
            Condition::MemoryShare { .. } => Self::MemoryShare,
            Condition::MemorySize { .. } => Self::MemorySize,
            Condition::Network { .. } => Self::Network,
        }
    }

    fn title(self) -> String {
        match self {
            Self::Cpu => gettext("CPU of the Machine"),
            Self::Program => gettext("CPU of a Program"),
            Self::MemoryShare => gettext("Available Memory, Share"),
            Self::MemorySize => gettext("Available Memory, Amount"),
            Self::Network => gettext("Network"),
        }
    }

    /// What its limit is.
    fn limit(self, units: UnitStyle) -> (String, String) {
        let above = gettext("Above");
        let below = gettext("Below");
        let is_si = units == UnitStyle::Si;
        match self {
            Self::Cpu => (above, gettext("Percent of all CPUs together")),
            Self::Program => (
                above,
                gettext("Percent of one core, of all its processes together"),
            ),
            Self::MemoryShare => (below, gettext("Percent of all memory")),
            Self::MemorySize if is_si => (below, gettext("MB")),
            Self::MemorySize => (below, gettext("MiB")),
            Self::Network if is_si => (above, gettext("MB per second, received and sent together")),
            Self::Network => (above, gettext("MiB per second, received and sent together")),
        }
    }

    /// The numbers that its limit can be, how far apart they are, and the one that is offered.
    fn numbers(self) -> (RangeInclusive<f64>, f64, f64) {
        match self {
            Self::Cpu => (1.0..=100.0, 5.0, 90.0),
            Self::Program => (1.0..=MOST_CORES.0, 10.0, 90.0),
            Self::MemoryShare => (1.0..=100.0, 1.0, 10.0),
            Self::MemorySize => (1.0..=100_000_000.0, 100.0, 1000.0),
            Self::Network => (0.1..=1_000_000.0, 1.0, 10.0),
        }
    }
}

fn number_of(condition: &Condition, units: UnitStyle) -> f64 {
    match condition {
        Condition::Cpu { above } | Condition::Program { above, .. } => above.0,
        Condition::MemoryShare { below } => below.0,
        Condition::MemorySize { below } => below.0 as f64 / units.mega(),
        Condition::Network { above } => above.0 / units.mega(),
    }
}

fn condition(what: What, name: &str, number: f64, units: UnitStyle) -> Condition {
    match what {
        What::Cpu => Condition::Cpu {
            above: Percent(number),
        },
        What::Program => Condition::Program {
            name: name.trim().to_owned(),
            above: Percent(number),
        },
        What::MemoryShare => Condition::MemoryShare {
            below: Percent(number),
        },
        What::MemorySize => Condition::MemorySize {
            below: BytesPerSecond(number * units.mega()).over(Duration::from_secs(1)),
        },
        What::Network => Condition::Network {
            above: BytesPerSecond(number * units.mega()),
        },
    }
}

/// The limit that a rule had, and how it is shown: with two decimals at most, and as one that can be set.
#[derive(Clone, Copy, Debug)]
struct Present {
    what: What,
    exact: f64,
    shown: f64,
}

impl Present {
    /// What a row that shows `number` with so many decimals says: the limit as it was, unless it is
    /// written differently.
    fn number(self, what: What, number: f64, digits: u32) -> f64 {
        let grain = 0.1_f64.powf(f64::from(digits));
        // The row rounds what it shows as soon as it is left.
        let same = what == self.what && (number - self.shown).abs() <= grain / 2.0 + 1e-9;
        if same { self.exact } else { number }
    }
}

/// The rows of the dialog.
struct Rows {
    present: Option<Present>,
    what: adw::ComboRow,
    name: adw::EntryRow,
    limit: adw::SpinRow,
    seconds: adw::SpinRow,
    save: gtk::Button,
    units: UnitStyle,
}

/// Asks for a rule, which is at first this one. Calls `saved` with it.
pub fn ask(
    parent: &impl IsA<gtk::Widget>,
    rule: Option<&Rule>,
    units: UnitStyle,
    saved: impl FnOnce(Rule) + 'static,
) {
    let title = if rule.is_some() {
        gettext("Edit Rule")
    } else {
        gettext("Add Rule")
    };
    let rows = Rc::new(Rows::new(rule, units));
    let group = adw::PreferencesGroup::new();
    group.add(&rows.what);
    group.add(&rows.name);
    group.add(&rows.limit);
    group.add(&rows.seconds);
    let dialog = form(&title, 440, &[&group], &rows.save, &rows.what);
    Rows::connect(&rows);
    let saved = RefCell::new(Some(saved));
    let weak = dialog.downgrade();
    let shared = Rc::clone(&rows);
    rows.save.connect_clicked(move |_| {
        if let (Some(dialog), Some(rule)) = (weak.upgrade(), shared.rule()) {
            dialog.close();
            if let Some(saved) = saved.take() {
                saved(rule);
            }
        }
    });
    dialog.present(Some(parent));
}

impl Rows {
    fn new(rule: Option<&Rule>, units: UnitStyle) -> Self {
        let titles = ALL.map(What::title);
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        let what = rule.map_or(What::Cpu, |rule| What::of(&rule.condition));
        let place = ALL.iter().position(|&it| it == what);
        let lasting = rule.map_or(30.0, |rule| rule.lasting.as_secs_f64());
        let range = (SHORTEST.as_secs_f64(), LONGEST.as_secs_f64());
        let mut rows = Self {
            present: None,
            what: adw::ComboRow::builder()
                .title(gettext("Watch"))
                .model(&gtk::StringList::new(&titles))
                .build(),
            name: adw::EntryRow::builder()
                .title(gettext("Name of the Program"))
                .activates_default(true)
                .build(),
            limit: adw::SpinRow::with_range(0.0, 1.0, 1.0),
            seconds: adw::SpinRow::with_range(range.0, range.1, 1.0),
            save: gtk::Button::builder()
                .label(gettext("_Save"))
                .use_underline(true)
                .css_classes(["suggested-action"])
                .build(),
            units,
        };
        rows.seconds.set_title(&gettext("For at Least"));
        rows.seconds
            .set_subtitle(&gettext("Seconds without a break"));
        rows.seconds.set_value(lasting);
        keep_whole(&rows.seconds);
        keep_whole(&rows.limit);
        let place = place.and_then(|at| u32::try_from(at).ok());
        rows.what.set_selected(place.unwrap_or(0));
        rows.show_what();
        if let Some(rule) = rule {
            if let Condition::Program { name, .. } = &rule.condition {
                rows.name.set_text(name);
            }
            let number = number_of(&rule.condition, units);
            if number.fract() != 0.0 {
                rows.limit.set_digits(2);
            }
            rows.limit.set_value(number);
            // A limit that was set elsewhere, or in other units, is not to change by being looked at.
            rows.present = Some(Present {
                what: rows.what(),
                exact: number,
                shown: rows.limit.value(),
            });
        }
        rows.check();
        rows
    }

    fn connect(rows: &Rc<Self>) {
        let weak = Rc::downgrade(rows);
        rows.what.connect_selected_notify(move |_| {
            if let Some(rows) = weak.upgrade() {
                rows.show_what();
                rows.check();
            }
        });
        let weak = Rc::downgrade(rows);
        rows.name.connect_changed(move |_| {
            if let Some(rows) = weak.upgrade() {
                rows.check();
            }
        });
    }

    fn what(&self) -> What {
        let at = usize::try_from(self.what.selected()).ok();
        at.and_then(|at| ALL.get(at)).copied().unwrap_or(What::Cpu)
    }

    /// The rows are those of what is watched.
    fn show_what(&self) {
        let what = self.what();
        self.name.set_visible(what == What::Program);
        let (title, subtitle) = what.limit(self.units);
        self.limit.set_title(&title);
        self.limit.set_subtitle(&subtitle);
        let (range, step, offered) = what.numbers();
        self.limit.set_digits(u32::from(what == What::Network));
        self.limit.set_range(*range.start(), *range.end());
        self.limit.adjustment().set_step_increment(step);
        self.limit.set_value(offered);
    }

    fn check(&self) {
        self.save.set_sensitive(self.rule().is_some());
    }

    /// The rule that is set, where it is one.
    fn rule(&self) -> Option<Rule> {
        let seconds = Duration::try_from_secs_f64(self.seconds.value().round()).ok()?;
        let (what, number) = (self.what(), self.limit.value());
        let number = self.present.map_or(number, |present| {
            present.number(what, number, self.limit.digits())
        });
        let rule = Rule {
            condition: condition(what, &self.name.text(), number, self.units),
            lasting: seconds,
        };
        rule.is_possible().then_some(rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::units::Bytes;

    #[test]
    fn every_offered_rule_is_possible_and_comes_back_as_it_was() {
        for units in [UnitStyle::Si, UnitStyle::Iec] {
            for what in ALL {
                let (range, _, offered) = what.numbers();
                for number in [*range.start(), offered, *range.end()] {
                    let rule = Rule {
                        condition: condition(what, "cc1", number, units),
                        lasting: SHORTEST,
                    };
                    assert!(rule.is_possible(), "{rule:?}");
                    assert_eq!(What::of(&rule.condition), what);
                    let back = number_of(&rule.condition, units);
                    assert!((back - number).abs() < 1e-6, "{rule:?}");
                }
            }
        }
        // In units in which it is no round number.
        let was = Rule {
            condition: condition(What::MemorySize, "", 1000.0, UnitStyle::Si),
            lasting: SHORTEST,
        };
        let exact = number_of(&was.condition, UnitStyle::Iec);
        let present = Present {
            what: What::MemorySize,
            exact,
            shown: exact,
        };
        let number = present.number(What::MemorySize, 953.67, 2);
        assert_eq!(
            condition(What::MemorySize, "", number, UnitStyle::Iec),
            was.condition
        );
        let two = condition(What::MemorySize, "", 2.0, UnitStyle::Si);
        let below = Bytes(2_000_000);
        assert_eq!(two, Condition::MemorySize { below });
    }
    #[test]
    fn a_limit_that_is_left_alone_stays_exact_and_a_changed_one_is_what_was_typed() {
        let present = |exact, shown| Present {
            what: What::Network,
            exact,
            shown,
        };
        let same = |a: f64, b: f64| (a - b).abs() < 1e-9;
        let left = |present: Present, number| present.number(What::Network, number, 2);
        assert!(same(left(present(0.125, 0.125), 0.13), 0.125));
        assert!(same(
            left(present(953.674_316, 953.674_316), 953.67),
            953.674_316
        ));
        assert!(same(left(present(0.125, 0.125), 0.14), 0.14));
        // Less than can be set is shown as the least.
        assert!(same(left(present(0.05, 0.1), 0.1), 0.05));
        // The limit of something else says nothing of this one.
        assert!(same(present(90.0, 90.0).number(What::Cpu, 90.0, 0), 90.0));
        assert!(same(present(10.04, 10.04).number(What::Cpu, 10.0, 0), 10.0));
    }
}
