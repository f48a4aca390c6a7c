//! The user's language: words and signs that values are written with, and phrases of model.

use gettextrs::{gettext, ngettext};
use jiff::tz::TimeZone;
use relm4::gtk;

use crate::model::clock::{Clock, ClockWords};
use crate::model::degradation::Phrase;
use crate::model::format::{CpuScale, DataUnit, LIFETIMES, STATES, Style, UnitStyle, Words};

/// How this user reads values.
pub fn style() -> Style {
    Style {
        units: UnitStyle::default(),
        network: DataUnit::default(),
        cpu_scale: CpuScale::default(),
        cpus: None,
        words: words(),
        zone: TimeZone::system(),
        clock: clock(),
    }
}

/// Marks a text that is translated where it is shown.
pub const fn gettext_noop(text: &'static str) -> &'static str {
    text
}

/// A phrase of model in the user's language.
pub fn translated(phrase: Phrase) -> String {
    match phrase {
        Phrase::Plain(template) => gettext(template),
        Phrase::Counted { one, many, count } => {
            let plural = u32::try_from(count).unwrap_or(u32::MAX);
            ngettext(one, many, plural).replace("{count}", &count.to_string())
        }
    }
}

/// Items one after another, as in "CPU, Memory". Who has a style asks that.
pub fn list(items: &[String]) -> String {
    items.join(&separator(&joined()))
}

/// How two items of a list are joined.
fn joined() -> String {
    // Translators: joins the items of a list, of which there may be more than two, as in "CPU, Memory, Disk".
    gettext("{first}, {rest}")
}

/// What stands between the two in the pattern. What the items say may look like a placeholder itself.
fn separator(pattern: &str) -> String {
    let between = pattern.strip_prefix("{first}");
    let between = between.and_then(|rest| rest.strip_suffix("{rest}"));
    between.unwrap_or(", ").to_owned()
}

fn words() -> Words {
    Words {
        decimal_point: decimal_point(),
        separator: separator(&joined()),
        // Translators: of what the system tells nobody, as of what goes through UDP.
        not_told: gettext("unknown"),
        no_permission: gettext("no permission"),
        // Translators: sign of the byte, as in "MB".
        byte: gettext("B"),
        // Translators: sign of the bit, as in "Mbit/s".
        bit: gettext("bit"),
        // Translators: heading of a column of shares of one CPU core, as in "CPU % of Core".
        of_core: gettext("{} % of Core"),
        // Translators: heading of a column of shares of all CPUs, as in "CPU % of Machine".
        of_machine: gettext("{} % of Machine"),
        // Translators: a rate, as in "1.2 MB/s".
        per_second: gettext("{}/s"),
        right_to_left: gtk::Widget::default_direction() == gtk::TextDirection::Rtl,
        clock: ClockWords {
            // Translators: the half of the day before noon, on a clock of twelve hours.
            morning: gettext("AM"),
            // Translators: the half of the day from noon on, on a clock of twelve hours.
            afternoon: gettext("PM"),
            // Translators: a time of day on a clock of twelve hours, as in "2:02:10 PM".
            pattern: gettext("{time} {half}"),
        },
        states: STATES.map(|(_, word)| gettext(word)),
        lifetimes: LIFETIMES.map(gettext),
    }
}

/// The clock of the locale that was set at start.
pub fn clock() -> Clock {
    locale_says(LocaleItem::TimeFormat).map_or_else(Clock::default, |it| Clock::of_format(&it))
}

/// The sign before the decimals in the locale that was set at start.
fn decimal_point() -> String {
    locale_says(LocaleItem::DecimalPoint).unwrap_or_else(|| ".".to_owned())
}

/// What a locale tells, of `nl_langinfo(3)`.
#[derive(Clone, Copy)]
enum LocaleItem {
    DecimalPoint,
    TimeFormat,
}

#[cfg(target_os = "linux")]
fn locale_says(item: LocaleItem) -> Option<String> {
    let item = match item {
        LocaleItem::DecimalPoint => libc::RADIXCHAR,
        LocaleItem::TimeFormat => libc::T_FMT,
    };
    // SAFETY: `nl_langinfo` returns a NUL-terminated string that stays valid until the locale is
    // changed; it is set once, before any thread starts, and copied here.
    let text = unsafe { std::ffi::CStr::from_ptr(libc::nl_langinfo(item)) };
    let text = text.to_str().ok().filter(|text| !text.is_empty());
    text.map(str::to_owned)
}

#[cfg(not(target_os = "linux"))]
fn locale_says(_item: LocaleItem) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_joined_as_the_pattern_of_the_language_says() {
        assert_eq!(separator("{first}, {rest}"), ", ");
        assert_eq!(separator("{first}、{rest}"), "、");
        assert_eq!(separator("{first}{rest}"), "");
        // A pattern that is none is the translator's mistake; the list can be read nevertheless.
        assert_eq!(separator("{rest} after {first}"), ", ");
    }

    #[test]
    fn items_that_look_like_placeholders_stay_as_they_are() {
        let items = ["{rest}", "{first}", "c"].map(str::to_owned);
        assert_eq!(list(&items), "{rest}, {first}, c");
        assert_eq!(list(&items[2..]), "c");
        assert_eq!(list(&[]), "");
    }
}
