//! The machine as a whole, which has no rows.

use serde_json::{Map, Value as Json, json};

use super::table::TextTable;
use crate::model::format::{NOT_MEASURED, QUIET, Style};
use crate::model::plain::number;
use crate::model::system::{CpuLoad, Memory, SystemSnapshot, SystemTotals};
use crate::model::units::{Bytes, BytesPerSecond, Percent};

/// The object of totals.
pub(super) fn totals(totals: &SystemTotals) -> Map<String, Json> {
    let memory = totals.memory;
    let bytes = |amount: Option<Bytes>| amount.map_or(Json::Null, |amount| amount.0.into());
    let members: [(&str, Json); 15] = [
        ("cpu_percent", percent(totals.cpu)),
        ("cpus_percent", cpus(&totals.cpus)),
        (
            "load_1",
            totals.load.map_or(Json::Null, |[one, ..]| number(one)),
        ),
        (
            "uptime_seconds",
            totals
                .uptime
                .map_or(Json::Null, |uptime| number(uptime.as_secs_f64())),
        ),
        ("memory_total_bytes", bytes(memory.map(|it| it.total))),
        (
            "memory_available_bytes",
            bytes(memory.map(|it| it.available)),
        ),
        ("swap_total_bytes", bytes(memory.map(|it| it.swap_total))),
        ("swap_used_bytes", bytes(memory.map(|it| it.swap_used))),
        ("disk_read_bytes_per_second", rate(totals.disk_read)),
        ("disk_write_bytes_per_second", rate(totals.disk_write)),
        (
            "network_received_bytes_per_second",
            rate(totals.network_received),
        ),
        ("network_sent_bytes_per_second", rate(totals.network_sent)),
        (
            "disks",
            totals
                .disks
                .iter()
                .map(|disk| {
                    json!({
                        "name": disk.name,
                        "counted": disk.counted,
                        "read_bytes_per_second": rate(disk.read),
                        "write_bytes_per_second": rate(disk.write),
                    })
                })
                .collect(),
        ),
        (
            "interfaces",
            totals
                .interfaces
                .iter()
                .map(|interface| {
                    json!({
                        "name": interface.name,
                        "counted": interface.counted,
                        "received_bytes_per_second": rate(interface.received),
                        "sent_bytes_per_second": rate(interface.sent),
                    })
                })
                .collect(),
        ),
        (
            "pressure",
            totals.pressure.map_or(Json::Null, |pressure| {
                json!({
                    "cpu_percent": percent(pressure.cpu),
                    "memory_percent": percent(pressure.memory),
                    "io_percent": percent(pressure.io),
                })
            }),
        ),
    ];
    members
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

/// A list in which each CPU stands at its number; `null` for one that is switched off.
fn cpus(loads: &[CpuLoad]) -> Json {
    let mut list = Vec::new();
    for load in loads {
        let place = load.cpu as usize;
        if list.len() <= place {
            list.resize(place + 1, Json::Null);
        }
        list[place] = percent(load.busy);
    }
    list.into()
}

fn percent(share: Option<Percent>) -> Json {
    share.map_or(Json::Null, |share| number(share.0))
}

fn rate(rate: Option<BytesPerSecond>) -> Json {
    rate.map_or(Json::Null, |rate| number(rate.0))
}

/// A table of one line.
pub(super) fn table(snapshot: &SystemSnapshot, style: &Style) -> TextTable {
    let totals = &snapshot.totals;
    let share = |share: Option<Percent>| {
        share.map_or_else(
            || NOT_MEASURED.to_owned(),
            |share| style.decimal(share.0, 1),
        )
    };
    let flow = |rate: Option<BytesPerSecond>| {
        rate.map_or_else(|| NOT_MEASURED.to_owned(), |rate| style.rate(rate))
    };
    let memory = totals.memory;
    let swap = match memory {
        Some(memory) if memory.swap_total == Bytes(0) => QUIET.to_owned(),
        memory => share(memory.and_then(Memory::swap_percent)),
    };
    let pressure = totals.pressure.unwrap_or_default();
    let cells = [
        ("CPU %", share(totals.cpu)),
        (
            "Load",
            totals.load.map_or_else(
                || NOT_MEASURED.to_owned(),
                |[one, ..]| style.decimal(one, 2),
            ),
        ),
        ("Memory %", share(memory.and_then(Memory::used_percent))),
        ("Swap %", swap),
        ("Read", flow(totals.disk_read)),
        ("Written", flow(totals.disk_write)),
        ("Received", flow(totals.network_received)),
        ("Sent", flow(totals.network_sent)),
        ("CPU Pressure %", share(pressure.cpu)),
        ("Memory Pressure %", share(pressure.memory)),
        ("Disk Pressure %", share(pressure.io)),
    ];
    let mut table = TextTable::new(
        cells
            .iter()
            .map(|(heading, _)| ((*heading).to_owned(), true)),
    );
    table.push(cells.into_iter().map(|(_, cell)| cell));
    table
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::snapshot::Cost;

    #[test]
    fn the_keys_are_those_of_the_contract_in_its_order() {
        let object = totals(&SystemTotals::default());
        assert_eq!(
            object.keys().collect::<Vec<_>>(),
            [
                "cpu_percent",
                "cpus_percent",
                "load_1",
                "uptime_seconds",
                "memory_total_bytes",
                "memory_available_bytes",
                "swap_total_bytes",
                "swap_used_bytes",
                "disk_read_bytes_per_second",
                "disk_write_bytes_per_second",
                "network_received_bytes_per_second",
                "network_sent_bytes_per_second",
                "disks",
                "interfaces",
                "pressure",
            ]
        );
        assert_eq!(object["pressure"], Json::Null);
        assert_eq!(object["disks"], json!([]));
    }

    #[test]
    fn a_machine_known_to_have_no_swap_is_told_from_one_that_is_not_known() {
        let swap = |memory| {
            let snapshot = SystemSnapshot {
                at: jiff::Timestamp::UNIX_EPOCH,
                since_boot: Duration::ZERO,
                elapsed: Duration::ZERO,
                totals: SystemTotals {
                    memory,
                    ..SystemTotals::default()
                },
                rows: Vec::new(),
                remainder: Vec::new(),
                degradations: Vec::new(),
                cost: Cost::default(),
            };
            let lines = table(&snapshot, &Style::english()).lines();
            // The headings hold spaces: what stands in the column ends where its heading does.
            let end = lines[0].find("Swap %").expect("the heading") + "Swap %".len();
            let cell: String = lines[1].chars().take(end).collect();
            cell.split_whitespace().last().expect("a cell").to_owned()
        };
        let memory = Memory {
            total: Bytes(10),
            ..Memory::default()
        };
        let swap_half_used = Memory {
            swap_total: Bytes(10),
            swap_used: Bytes(5),
            ..memory
        };
        assert_eq!(swap(Some(memory)), QUIET);
        assert_eq!(swap(Some(swap_half_used)), "50.0");
        assert_eq!(swap(None), NOT_MEASURED);
    }

    #[test]
    fn a_cpu_stands_at_its_number() {
        let load = |cpu, busy| CpuLoad { cpu, busy };
        assert_eq!(
            cpus(&[
                load(0, Some(Percent(12.5))),
                load(2, None),
                load(3, Some(Percent(0.0)))
            ]),
            json!([12.5, null, null, 0.0])
        );
    }
}
