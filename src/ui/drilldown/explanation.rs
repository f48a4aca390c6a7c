//! What happened in a range of the past, in one sentence.

use gettextrs::{gettext, ngettext};

use crate::model::explain::{Contributor, Explanation, Trend};
use crate::model::format::printable;
use crate::ui::language::list;

/// "CPU rose from 12 % to 94 %: cc1 (38 processes under make) 61 %, firefox 14 %".
pub fn sentence<A: Copy>(
    what: &str,
    explanation: &Explanation<A>,
    write: impl Fn(A) -> String,
) -> String {
    let whole = write(explanation.whole);
    let before = explanation.before.map(&write);
    let pattern = match (explanation.trend, &before) {
        (_, None) => gettext("{graph} was at {now}"),
        // Translators: of a graph in a range of time, as in "CPU rose from 12 % to 94 %".
        (Trend::Rose, Some(before)) if *before != whole => {
            gettext("{graph} rose from {before} to {now}")
        }
        (Trend::Fell, Some(before)) if *before != whole => {
            gettext("{graph} fell from {before} to {now}")
        }
        // What is written alike reads as no change, however it was rounded.
        _ => gettext("{graph} stayed at {now}"),
    };
    let before = before.unwrap_or_default();
    let head = pattern
        .replace("{graph}", what)
        .replace("{before}", &before)
        .replace("{now}", &whole);
    let named: Vec<String> = explanation
        .contributors
        .iter()
        .map(|it| contributor(it, &write))
        .collect();
    if named.is_empty() {
        return head;
    }
    // Translators: what happened, then who it was.
    gettext("{what}: {who}")
        .replace("{what}", &head)
        .replace("{who}", &list(&named))
}

fn contributor<A: Copy>(it: &Contributor<A>, write: &impl Fn(A) -> String) -> String {
    let count = u32::try_from(it.processes).unwrap_or(u32::MAX);
    let pattern = match (&it.under, it.exited, count) {
        (_, true, _) => gettext("exited processes under {name} {amount}"),
        (Some(_), _, _) => ngettext(
            "{name} ({n} process under {parent}) {amount}",
            "{name} ({n} processes under {parent}) {amount}",
            count,
        ),
        (None, _, 2..) => ngettext(
            "{name} ({n} process) {amount}",
            "{name} ({n} processes) {amount}",
            count,
        ),
        (None, _, _) => gettext("{name} {amount}"),
    };
    // Words from outside come last: they may look like a place to fill in.
    pattern
        .replace("{n}", &count.to_string())
        .replace("{amount}", &write(it.amount))
        .replace(
            "{parent}",
            &printable(it.under.as_deref().unwrap_or_default()),
        )
        .replace("{name}", &printable(&it.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::units::Percent;

    #[test]
    fn a_range_reads_as_a_sentence() {
        let explanation = Explanation {
            trend: Trend::Rose,
            before: Some(Percent(12.0)),
            whole: Percent(94.0),
            contributors: vec![
                Contributor {
                    name: "cc1".into(),
                    exited: false,
                    processes: 38,
                    under: Some("make".into()),
                    amount: Percent(61.0),
                },
                Contributor {
                    name: "firefox".into(),
                    exited: false,
                    processes: 1,
                    under: None,
                    amount: Percent(14.0),
                },
            ],
        };
        assert_eq!(
            sentence("CPU", &explanation, |share| format!("{:.0} %", share.0)),
            "CPU rose from 12 % to 94 %: cc1 (38 processes under make) 61 %, firefox 14 %"
        );
    }

    #[test]
    fn what_is_written_alike_stayed() {
        let explanation = Explanation {
            trend: Trend::Rose,
            before: Some(Percent(0.1)),
            whole: Percent(0.3),
            contributors: Vec::new(),
        };
        assert_eq!(
            sentence("CPU", &explanation, |share| format!("{:.0} %", share.0)),
            "CPU stayed at 0 %"
        );
    }
}
