//! The line below a table: what it costs, and what could not be read.

use std::time::Duration;

use gettextrs::{gettext, ngettext};

use crate::model::cpu::CpuTotals;
use crate::model::format::Style;
use crate::model::remainder::RemainderRow;
use crate::model::snapshot::{Cost, Degradation, Missing};
use crate::model::table::{Row, Value};
use crate::model::units::Percent;
use crate::source::Remembered;
use crate::ui::table::remainder_title;

/// In a few words. `length` is the time in which that was spent.
pub fn short(cost: Cost, length: Duration, degradations: &[Degradation], style: &Style) -> String {
    let share = Percent::of_time(cost.cpu, length);
    let share = share.map_or_else(String::new, |share| style.percent(share, 2));
    // Translators: how much of one CPU core taking the values of this table takes.
    let cost = gettext("Costs {} of a core").replace("{}", &share);
    let text = match unread(degradations) {
        Some(text) => text,
        None if degradations.is_empty() => return cost,
        None => gettext("Not everything is readable"),
    };
    format!("{text} · {cost}")
}

/// How many could not be read of what most could not be read of; `None` where nothing is counted.
fn unread(degradations: &[Degradation]) -> Option<String> {
    let counted = degradations
        .iter()
        .filter_map(|it| Some((it.count.filter(|&count| count > 0)?, it.what)));
    let (most, what) = counted.max_by_key(|&(count, _)| count)?;
    let count = u32::try_from(most).unwrap_or(u32::MAX);
    let text = match what {
        Missing::Processes | Missing::Io | Missing::SocketOwners => {
            // Translators: of how many processes something could not be read.
            ngettext(
                "{} process not readable",
                "{} processes not readable",
                count,
            )
        }
        _ => ngettext("{} not readable", "{} not readable", count),
    };
    Some(text.replace("{}", &most.to_string()))
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
        if !matches!(value, Value::Percent(_) | Value::Rate(_)) {
            return None;
        }
        let text = style.alone(&value, column.format);
        // Translators: a part of the whole and how much it is, as in "Kernel and interrupts: 3.0 %".
        let line = gettext("{part}: {amount}").replace("{amount}", &text);
        Some(line.replace("{part}", &remainder_title(row)))
    };
    remainder.iter().filter_map(line).collect()
}

/// What the machine's busy time is made of, in shares of the whole machine.
pub fn shares(totals: &CpuTotals, degradations: &[Degradation], style: &Style) -> Vec<String> {
    let hidden = degradations.iter().any(|it| it.what == Missing::Processes);
    let rest = if hidden {
        gettext("Not readable")
    } else {
        gettext("Unexplained")
    };
    let excess = totals.sampling_error.map(|error| Percent(-error.0));
    let parts = [
        // Translators: a part of what the machine does, that of processes in the table.
        (gettext("Processes in the table"), totals.named),
        (gettext("Exited processes"), totals.exited),
        (gettext("Kernel and interrupts"), totals.kernel),
        (rest, totals.unexplained),
        // Translators: by how much the parts exceed the whole, which is not measured as finely.
        (gettext("Sampling error"), excess),
    ];
    let line = |(part, share): (String, Option<Percent>)| {
        let amount = signed(share?, style);
        // Translators: a part and its share, as in "Exited processes: 3.0 % of the machine".
        let line = gettext("{part}: {share} of the machine").replace("{part}", &part);
        Some(line.replace("{share}", &amount))
    };
    parts.into_iter().filter_map(line).collect()
}

/// A share with the sign that belongs before numbers.
fn signed(share: Percent, style: &Style) -> String {
    let amount = style.percent(Percent(share.0.abs()), 1);
    if share.0 < 0.0 {
        format!("\u{2212}{amount}")
    } else {
        amount
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::snapshot::Reason;

    #[test]
    fn the_parts_of_the_whole_are_shares_of_the_machine_and_what_is_too_much_is_taken_off() {
        let totals = CpuTotals {
            cpus: Some(2),
            busy: Some(Percent(60.0)),
            named: Some(Percent(50.0)),
            exited: Some(Percent(11.5)),
            kernel: Some(Percent(0.0)),
            unexplained: Some(Percent(0.0)),
            sampling_error: Some(Percent(1.5)),
            ..CpuTotals::default()
        };
        let lines = |degradations: &[Degradation]| -> Vec<String> {
            let lines = shares(&totals, degradations, &Style::english());
            lines
                .iter()
                .map(|line| line.replace('\u{a0}', " "))
                .collect()
        };
        let hidden = Degradation {
            what: Missing::Processes,
            reason: Reason::Hidden,
            count: None,
        };
        assert_eq!(
            lines(&[]),
            [
                "Processes in the table: 50.0 % of the machine",
                "Exited processes: 11.5 % of the machine",
                "Kernel and interrupts: 0.0 % of the machine",
                "Unexplained: 0.0 % of the machine",
                "Sampling error: \u{2212}1.5 % of the machine",
            ]
        );
        assert_eq!(lines(&[hidden])[3], "Not readable: 0.0 % of the machine");
        let unknown = shares(&CpuTotals::default(), &[], &Style::english());
        assert_eq!(unknown, Vec::<String>::new());
    }
    #[test]
    fn what_most_could_not_be_read_of_is_counted_by_its_name() {
        let missing = |what, count| Degradation {
            what,
            reason: Reason::PermissionDenied,
            count,
        };
        let said = |degradations: &[Degradation]| {
            let pace = Duration::from_secs(1);
            let line = short(Cost::default(), pace, degradations, &Style::english());
            let (text, _) = line.rsplit_once("Costs").expect("what it costs");
            text.trim_end_matches(" · ").to_owned()
        };
        assert_eq!(said(&[]), "");
        let owner = missing(Missing::SocketOwners, Some(1));
        let containers = missing(Missing::Namespaces, Some(2));
        let io = missing(Missing::Io, Some(61));
        assert_eq!(said(std::slice::from_ref(&owner)), "1 process not readable");
        assert_eq!(said(&[owner.clone(), containers.clone()]), "2 not readable");
        assert_eq!(said(&[containers, io, owner]), "61 processes not readable");
        let unknown = missing(Missing::Pressure, None);
        assert_eq!(said(&[unknown]), "Not everything is readable");
    }
}
