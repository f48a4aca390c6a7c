//! The data of the graphs as a table for other programs.

use jiff::tz::TimeZone;

use super::history::{Sample, Series};
use super::{csv, plain};

/// The columns and their lines. Names and order are those that users of the earlier program know.
const COLUMNS: [(&str, Series, f64); 7] = [
    ("CPU %", Series::Cpu, 1.0),
    ("Memory RAM %", Series::Ram, 1.0),
    ("Memory Swap %", Series::Swap, 1.0),
    ("Disk Read (MB/s)", Series::Read, 1e6),
    ("Disk Write (MB/s)", Series::Write, 1e6),
    ("Network Sent (MB/s)", Series::Sent, 1e6),
    ("Network Received (MB/s)", Series::Received, 1e6),
];

/// All samples as CSV, oldest first: times of this zone, numbers as they were measured, nothing for
/// what was not to be had.
pub fn csv<'a>(samples: impl IntoIterator<Item = &'a Sample>, zone: &TimeZone) -> String {
    let heading = csv::line(std::iter::once("Time").chain(COLUMNS.map(|(name, ..)| name)));
    let lines = samples.into_iter().map(|sample| {
        let time = sample.at.to_zoned(zone.clone());
        let time = time.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string();
        let values = COLUMNS.map(|(_, series, unit)| {
            let value = sample
                .value(series)
                .map(|value| plain::number(value / unit));
            plain::text(&value.unwrap_or_default())
        });
        csv::line(std::iter::once(time).chain(values))
    });
    std::iter::once(heading).chain(lines).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::model::history::History;
    use crate::model::snapshot::{Cost, Snapshot};
    use crate::model::system::SystemTotals;
    use crate::model::units::{BytesPerSecond, Percent};

    #[test]
    fn columns_are_those_of_the_earlier_program() {
        let mut history = History::default();
        history.push(&Snapshot {
            at: Timestamp::UNIX_EPOCH,
            since_boot: Duration::from_secs(5),
            elapsed: Duration::from_secs(1),
            totals: SystemTotals {
                cpu: Some(Percent(12.5)),
                disk_write: Some(BytesPerSecond(1.5e6)),
                ..SystemTotals::default()
            },
            rows: Vec::new(),
            remainder: Vec::new(),
            degradations: Vec::new(),
            cost: Cost::default(),
        });
        let text = csv(history.since(Duration::ZERO), &TimeZone::UTC);
        assert_eq!(
            text,
            "Time,CPU %,Memory RAM %,Memory Swap %,Disk Read (MB/s),Disk Write (MB/s),\
             Network Sent (MB/s),Network Received (MB/s)\r\n\
             1970-01-01 00:00:00.000,12.5,,,,1.5,,\r\n"
        );
    }
}
