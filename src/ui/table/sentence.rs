//! A row as a sentence: "firefox, PID 123, CPU 12.5 percent".

use gettextrs::gettext;

use crate::model::format::{Style, printable};
use crate::model::table::{Format, Row, Value};

use super::columns::{PROCESS, heading};

/// The sentence of a row whose columns `keys` are on screen.
pub fn sentence<R: Row>(row: &R, keys: &[impl AsRef<str>], style: &Style) -> String {
    let mut parts = vec![printable(&row.name_of()).into_owned()];
    for key in keys {
        if let Some(column) = R::column(key.as_ref())
            && column.key != PROCESS
        {
            parts.push(part(
                &gettext(column.title),
                &heading(column, style),
                &(column.value)(row),
                column.format,
                style,
            ));
        }
    }
    parts.join(", ")
}

fn part(title: &str, heading: &str, value: &Value<'_>, format: Format, style: &Style) -> String {
    let words = match value {
        Value::NotMeasured => gettext("not measured"),
        Value::Nothing => gettext("none"),
        Value::NotPermitted => style.words.no_permission.clone(),
        value if value.is_quiet() => "0".to_owned(),
        value => style.cell(value, format),
    };
    if value.is_missing() {
        return format!("{title} {words}");
    }
    match format {
        // Translators: read aloud, as in "CPU 12.5 percent".
        Format::Percent => gettext("{column} {number} percent")
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
