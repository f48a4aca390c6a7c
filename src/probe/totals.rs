//! The totals of the tables of processes, as data: JSON and the line of totals read the same list.

use serde_json::{Map, Value as Json};

use crate::model::connection::ConnectionTotals;
use crate::model::cpu::CpuTotals;
use crate::model::disk::DiskTotals;
use crate::model::format::Style;
use crate::model::network::NetworkTotals;
use crate::model::plain;
use crate::model::table::Value;

/// One total: its key in JSON, its English name, its value.
pub(super) type Total = (&'static str, &'static str, Value<'static>);

/// Totals that the program prints.
pub(super) trait PrintedTotals {
    /// All of them, in the order of the contract.
    fn list(&self) -> Vec<Total>;
}

/// A total that is `None` was not measured: it is not built yet, or its source is missing, which
/// is a degradation of its own.
fn known<T>(value: Option<T>) -> Value<'static>
where
    Value<'static>: From<T>,
{
    value.map_or(Value::NotMeasured, Value::from)
}

impl PrintedTotals for CpuTotals {
    fn list(&self) -> Vec<Total> {
        vec![
            ("cpus", "CPUs", known(self.cpus)),
            ("processes", "processes", known(self.processes)),
            ("busy_percent", "busy", known(self.busy)),
            ("named_percent", "named", known(self.named)),
            ("exited_percent", "exited", known(self.exited)),
            ("kernel_percent", "kernel", known(self.kernel)),
            (
                "unexplained_percent",
                "unexplained",
                known(self.unexplained),
            ),
            (
                "sampling_error_percent",
                "sampling error",
                known(self.sampling_error),
            ),
            ("memory_total_bytes", "memory", known(self.memory_total)),
        ]
    }
}

impl PrintedTotals for DiskTotals {
    fn list(&self) -> Vec<Total> {
        vec![
            (
                "disk_read_bytes_per_second",
                "disks read",
                known(self.disk_read),
            ),
            (
                "disk_write_bytes_per_second",
                "disks write",
                known(self.disk_write),
            ),
            (
                "named_read_bytes_per_second",
                "processes read",
                known(self.named_read),
            ),
            (
                "named_write_bytes_per_second",
                "processes write",
                known(self.named_write),
            ),
        ]
    }
}

impl PrintedTotals for ConnectionTotals {
    fn list(&self) -> Vec<Total> {
        self.network.list()
    }
}

impl PrintedTotals for NetworkTotals {
    fn list(&self) -> Vec<Total> {
        vec![
            (
                "interface_received_bytes_per_second",
                "interfaces received",
                known(self.interface_received),
            ),
            (
                "interface_sent_bytes_per_second",
                "interfaces sent",
                known(self.interface_sent),
            ),
            (
                "tcp_received_bytes_per_second",
                "TCP received",
                known(self.tcp_received),
            ),
            (
                "tcp_sent_bytes_per_second",
                "TCP sent",
                known(self.tcp_sent),
            ),
            ("sockets", "sockets", known(self.sockets)),
            (
                "missed_messages",
                "missed messages",
                known(self.missed_messages),
            ),
        ]
    }
}

/// The object of totals.
pub(super) fn json(totals: &impl PrintedTotals) -> Map<String, Json> {
    totals
        .list()
        .iter()
        .map(|(key, _, value)| ((*key).to_owned(), plain::value(value)))
        .collect()
}

/// The totals that are known, in words: "Total: busy 60.0 %, memory 25.3 GB".
pub(super) fn sentence(totals: &impl PrintedTotals, style: &Style) -> String {
    let known: Vec<String> = totals
        .list()
        .iter()
        .filter_map(|(_, name, value)| Some(format!("{name} {}", with_unit(value, style)?)))
        .collect();
    format!("Total: {}", known.join(", "))
}

/// A value with its unit; zero is a number here.
fn with_unit(value: &Value<'_>, style: &Style) -> Option<String> {
    match value {
        Value::Percent(share) => Some(style.percent(*share, 1)),
        Value::Bytes(amount) => Some(style.bytes(*amount)),
        Value::Rate(rate) => Some(style.rate(*rate)),
        Value::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::units::{Bytes, Percent};

    #[test]
    fn unknown_totals_are_null_in_json_and_left_out_in_words() {
        let totals = CpuTotals {
            cpus: Some(2),
            busy: Some(Percent(0.0)),
            memory_total: Some(Bytes(25_288_392_704)),
            ..CpuTotals::default()
        };
        assert_eq!(
            serde_json::Value::from(json(&totals)).to_string(),
            "{\"cpus\":2,\"processes\":null,\"busy_percent\":0.0,\"named_percent\":null,\
             \"exited_percent\":null,\"kernel_percent\":null,\"unexplained_percent\":null,\
             \"sampling_error_percent\":null,\"memory_total_bytes\":25288392704}"
        );
        assert_eq!(
            sentence(&totals, &Style::english()).replace('\u{a0}', " "),
            "Total: CPUs 2, busy 0.0 %, memory 25.3 GB"
        );
    }
}
