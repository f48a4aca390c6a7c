//! The line below a table: what it costs, and what could not be read.

use std::time::Duration;

use gettextrs::{gettext, ngettext};

use crate::model::format::Style;
use crate::model::snapshot::{Cost, Degradation};
use crate::model::units::Percent;

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
