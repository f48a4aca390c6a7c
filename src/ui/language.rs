//! The user's language: words and signs that values are written with, and phrases of model.

use gettextrs::{gettext, ngettext};
use jiff::tz::TimeZone;

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

fn words() -> Words {
    Words {
        decimal_point: decimal_point(),
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
        states: STATES.map(|(_, word)| gettext(word)),
        lifetimes: LIFETIMES.map(gettext),
    }
}

/// The sign before the decimals in the locale that was set at start.
#[cfg(target_os = "linux")]
fn decimal_point() -> String {
    // SAFETY: `nl_langinfo` returns a NUL-terminated string that stays valid until the locale is
    // changed; it is set once, before any thread starts, and copied here.
    let sign = unsafe { std::ffi::CStr::from_ptr(libc::nl_langinfo(libc::RADIXCHAR)) };
    match sign.to_str() {
        Ok(sign) if !sign.is_empty() => sign.to_owned(),
        _ => ".".to_owned(),
    }
}

#[cfg(not(target_os = "linux"))]
fn decimal_point() -> String {
    ".".to_owned()
}
