//! A row as a sentence: "firefox, PID 123, CPU 12.5 percent".

use gettextrs::gettext;

use crate::model::format::{Style, printable};
use crate::model::group::Group;
use crate::model::remainder::RemainderRow;
use crate::model::table::{Column, Format, Row, Value};

use super::columns::{PROCESS, heading, processes};
use super::remainder;

/// The sentence of a row whose columns `keys` are on screen.
pub fn sentence<R: Row>(row: &R, keys: &[impl AsRef<str>], style: &Style) -> String {
    let name = printable(&row.name_of()).into_owned();
    let values = columns::<R>(keys).map(|column| part(column, &(column.value)(row), style));
    style.list(std::iter::once(name).chain(values))
}

/// The sentence of a group whose columns `keys` are on screen: "firefox, 12 processes, CPU 12.5
/// percent".
pub fn group_sentence<R: Row>(group: &Group<R>, keys: &[impl AsRef<str>], style: &Style) -> String {
    let name = printable(group.name()).into_owned();
    let values = columns::<R>(keys).filter_map(|column| match group.value(column) {
        Value::Nothing => None,
        value => Some(part(column, &value, style)),
    });
    style.list([name, processes(group)].into_iter().chain(values))
}

/// The sentence of a row of the remainder: only what is known about it.
pub fn remainder_sentence<R: Row>(
    row: &R::Remainder,
    keys: &[impl AsRef<str>],
    style: &Style,
) -> String {
    let values = columns::<R>(keys).filter_map(|column| match row.value(column.key) {
        Value::Nothing => None,
        value => Some(part(column, &value, style)),
    });
    style.list(std::iter::once(remainder::title(row)).chain(values))
}

fn columns<R: Row>(keys: &[impl AsRef<str>]) -> impl Iterator<Item = &'static Column<R>> {
    keys.iter()
        .filter_map(|key| R::column(key.as_ref()))
        .filter(|column| column.key != PROCESS)
}

fn part<R>(column: &Column<R>, value: &Value<'_>, style: &Style) -> String {
    let (title, heading) = (&gettext(column.title), heading(column, style));
    let format = column.format;
    let words = match value {
        Value::NotMeasured => gettext("not measured"),
        Value::Nothing => gettext("none"),
        Value::NotTold => style.words.not_told.clone(),
        Value::NotPermitted => style.words.no_permission.clone(),
        value if value.is_quiet() => "0".to_owned(),
        value => style.cell(value, format),
    };
    if value.is_missing() {
        return format!("{title} {words}");
    }
    match format {
        // Translators: read aloud, as in "CPU 12.5 percent".
        Format::Percent | Format::CpuPercent => gettext("{column} {number} percent")
            .replace("{column}", title)
            .replace("{number}", &words),
        Format::Megabytes | Format::MegabytesPerSecond => match heading.strip_prefix(title) {
            Some(unit) => format!("{title} {words}{unit}"),
            None => format!("{heading} {words}"),
        },
        _ => format!("{title} {words}"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::cpu::CpuRow;
    use crate::model::past::Past;
    use crate::model::process::{Pid, ProcessInfo, ProcessKey, StartTime};
    use crate::model::units::Percent;

    #[test]
    fn a_row_reads_as_a_sentence() {
        let row = CpuRow {
            key: ProcessKey {
                pid: Pid(123),
                start_time: StartTime::Ticks(1),
            },
            info: Arc::new(ProcessInfo {
                name: "fire\u{202e}fox".into(),
                name_bytes: None,
                command_line: Vec::new(),
                uid: None,
                user: Some("ann".into()),
                service: None,
                started: None,
                kernel_thread: false,
            }),
            cpu: Some(Percent(12.46)),
            memory: Some(Percent(0.0)),
            rss: None,
            threads: None,
            state: None,
            nice: None,
            parent: None,
            cpu_time: None,
            wait: None,
            past: Past::default(),
        };
        let keys = [
            "name",
            "pid",
            "user",
            "cpu_percent",
            "memory_percent",
            "rss_bytes",
        ];
        assert_eq!(
            sentence(&row, &keys, &Style::english()),
            "fire\\u{202e}fox, PID 123, User ann, CPU 12.5 percent, Memory 0 percent, \
             Memory Size no permission"
        );
    }
}
