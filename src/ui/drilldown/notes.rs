//! The line below a table: what it costs, and what could not be read.

use std::time::Duration;

use gettextrs::{gettext, ngettext};

use crate::model::format::Style;
use crate::model::remainder::RemainderRow;
use crate::model::snapshot::{Cost, Degradation};
use crate::model::table::{Row, Value};
use crate::model::units::Percent;
use crate::source::Remembered;
use crate::ui::table::remainder_title;

/// In a few words. `pace` is the time between two snapshots.
pub fn short(cost: Cost, pace: Duration, degradations: &[Degradation], style: &Style) -> String {
    let share = Percent::of_time(cost.cpu, pace);
    let share = share.map_or_else(String::new, |share| style.percent(share, 2));
    // Translators: how much of one CPU core taking the values of this table takes.
    let cost = gettext("Costs {} of a core").replace("{}", &share);
    let unread: u64 = degradations
        .iter()
        .filter_map(|what| what.count)
        .max()
        .unwrap_or(0);
    if unread > 0 {
        let count = u32::try_from(unread).unwrap_or(u32::MAX);
        let text = ngettext("{} not readable", "{} not readable", count);
        return format!("{} · {cost}", text.replace("{}", &unread.to_string()));
    }
    match degradations.len() {
        0 => cost,
        _ => format!("{} · {cost}", gettext("Not everything is readable")),
    }
}

/// In sentences, one a line.
pub fn full(cost: Cost, sentences: impl Iterator<Item = String>, style: &Style) -> String {
    let milliseconds = style.decimal(cost.cpu.as_secs_f64() * 1000.0, 1);
    let cost = gettext("Taking these values took {} ms of CPU time.").replace("{}", &milliseconds);
    let mut lines: Vec<String> = sentences.collect();
    lines.push(cost);
    lines.join("\n")
}

/// What share of the machine's own figure the table explains, from 0 to 1.
pub fn explained(share: f64, style: &Style) -> String {
    // Translators: share of what the whole machine does that the table accounts for.
    gettext("{share} explained").replace("{share}", &style.percent(Percent(share * 100.0), 0))
}

/// What no process accounts for, a line each.
pub fn breakdown<R: Row>(remainder: &[R::Remainder], style: &Style) -> Vec<String> {
    let Some(column) = R::column(R::DEFAULT_SORT) else {
        return Vec::new();
    };
    let line = |row: &R::Remainder| {
        let value = row.value(column.key);
        let text = match value {
            Value::Percent(share) => style.percent(share, 1),
            Value::Rate(rate) => style.rate(rate),
            _ => return None,
        };
        // Translators: a part of the whole and how much it is, as in "Kernel and interrupts: 3.0 %".
        let line = gettext("{part}: {amount}").replace("{amount}", &text);
        Some(line.replace("{part}", &remainder_title(row.what())))
    };
    remainder.iter().filter_map(line).collect()
}

/// What is remembered and what that costs.
pub fn memory(remembered: &Remembered, style: &Style) -> String {
    let minutes = style.decimal(remembered.span.as_secs_f64() / 60.0, 0);
    gettext("{minutes} min are remembered in {bytes} of {bound}, for {share} of a core.")
        .replace("{minutes}", &minutes)
        .replace("{bytes}", &style.bytes(remembered.bytes))
        .replace("{bound}", &style.bytes(remembered.bound))
        .replace("{share}", &style.percent(remembered.share, 2))
}
