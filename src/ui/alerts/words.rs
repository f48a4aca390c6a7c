//! Rules and what they tell, in words.

use std::time::Duration;

use gettextrs::gettext;

use crate::model::alert::{Condition, Rule};
use crate::model::format::{Style, printable};
use crate::model::units::Percent;

/// A rule: "CPU above 90 % for 30 s".
pub fn rule(rule: &Rule, style: &Style) -> String {
    let text = match &rule.condition {
        Condition::Cpu { .. } => gettext("CPU above {limit} for {time}"),
        Condition::Program { .. } => gettext("{program} above {limit} of a core for {time}"),
        Condition::MemoryShare { .. } | Condition::MemorySize { .. } => {
            gettext("Available memory below {limit} for {time}")
        }
        Condition::Network { .. } => gettext("Network above {limit} for {time}"),
    };
    filled(&text, rule, style)
}

/// That it fired: "CPU has been above 90 % for 30 s".
pub fn fired(rule: &Rule, style: &Style) -> String {
    let text = match &rule.condition {
        Condition::Cpu { .. } => gettext("CPU has been above {limit} for {time}"),
        Condition::Program { .. } => {
            gettext("{program} has been above {limit} of a core for {time}")
        }
        Condition::MemoryShare { .. } | Condition::MemorySize { .. } => {
            gettext("Available memory has been below {limit} for {time}")
        }
        Condition::Network { .. } => gettext("Network has been above {limit} for {time}"),
    };
    filled(&text, rule, style)
}

/// Who contributes most to it, where that is known, and when.
///
/// Some desktops take what stands there for markup and others do not, so a name can be escaped for
/// neither: it gets a sign that looks the same and begins nothing.
pub fn details(largest: Option<&str>, time: Option<&str>) -> String {
    let largest = largest.map(|largest| largest.replace('<', "‹"));
    match (largest.as_deref(), time) {
        (Some(largest), Some(time)) => {
            // Translators: a program and how much it uses, and a time of day, as in "Most at
            // 14:02:10: firefox 38 %".
            gettext("Most at {time}: {largest}")
                .replace("{time}", time)
                .replace("{largest}", largest)
        }
        (Some(largest), None) => {
            // Translators: a program and how much it uses.
            gettext("Most: {largest}").replace("{largest}", largest)
        }
        (None, Some(time)) => {
            gettext("Press to see the processes at {time}.").replace("{time}", time)
        }
        (None, None) => gettext("Press to see the processes."),
    }
}

fn filled(text: &str, rule: &Rule, style: &Style) -> String {
    let share = |share: Percent| style.percent(share, usize::from(share.0.fract() != 0.0));
    let limit = match &rule.condition {
        Condition::Cpu { above } | Condition::Program { above, .. } => share(*above),
        Condition::MemoryShare { below } => share(*below),
        Condition::MemorySize { below } => style.bytes(*below),
        Condition::Network { above } => style.rate(*above),
    };
    let text = text
        .replace("{limit}", &limit)
        .replace("{time}", &seconds(rule.lasting));
    match &rule.condition {
        Condition::Program { name, .. } => text.replace("{program}", &printable(name)),
        _ => text,
    }
}

fn seconds(time: Duration) -> String {
    gettext("{n} s").replace("{n}", &time.as_secs().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::units::{Bytes, BytesPerSecond};

    #[test]
    fn a_name_is_no_markup() {
        let said = details(Some("<a href='x'>y 7 %"), Some("14:02:10"));
        assert_eq!(said, "Most at 14:02:10: ‹a href='x'>y 7 %");
        assert!(details(None, None).ends_with("processes."));
    }

    #[test]
    fn a_rule_says_what_limit_and_how_long() {
        let style = Style::english();
        let said = |condition| {
            let it = Rule {
                condition,
                lasting: Duration::from_secs(30),
            };
            rule(&it, &style).replace('\u{a0}', " ")
        };
        assert_eq!(
            said(Condition::Cpu {
                above: Percent(90.0)
            }),
            "CPU above 90 % for 30 s"
        );
        assert_eq!(
            said(Condition::MemoryShare {
                below: Percent(2.5)
            }),
            "Available memory below 2.5 % for 30 s"
        );
        assert_eq!(
            said(Condition::MemorySize {
                below: Bytes(500_000_000)
            }),
            "Available memory below 500.0 MB for 30 s"
        );
        assert_eq!(
            said(Condition::Network {
                above: BytesPerSecond(1e6)
            }),
            "Network above 1.0 MB/s for 30 s"
        );
        let strange = said(Condition::Program {
            name: "a\n{limit}".to_owned(),
            above: Percent(150.0),
        });
        assert!(
            strange.ends_with("{limit} above 150 % of a core for 30 s"),
            "{strange}"
        );
        assert!(!strange.contains('\n'), "{strange}");
    }
}
