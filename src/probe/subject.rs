//! What each subject's rows hold for programs, and which of them are printed.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::arguments::{PrintOptions, Sort, Subject};
use crate::model::connection::ConnectionRow;
use crate::model::cpu::CpuRow;
use crate::model::disk::DiskRow;
use crate::model::network::NetworkRow;
use crate::model::plain;
use crate::model::process::{StartTime, Uid};
use crate::model::query::{Query, QueryError};
use crate::model::table::{Column, Direction, Format, Place, Row, Value};

/// A row that the program prints.
pub(super) trait PrintedRow: Row {
    /// The `kind` of its rows.
    const KIND: &'static str = "process";

    /// Whether it is printed at all: what a subject leaves out by default.
    fn is_printed(&self) -> bool {
        true
    }

    /// The user's name.
    fn user(&self) -> Option<&str> {
        self.process()?.info.user.as_deref()
    }

    /// Their number.
    fn uid(&self) -> Option<Uid> {
        self.process()?.info.uid
    }

    /// All keys of a row in the order of the contract. A new column appears by itself.
    fn keys() -> Vec<&'static str> {
        let own = Self::COLUMNS
            .iter()
            .filter(|column| column.place != Place::Window)
            .map(|column| column.key)
            .filter(|key| !FIRST.contains(key) && !LAST.contains(key));
        FIRST.into_iter().chain(own).chain(LAST).collect()
    }
}

impl PrintedRow for CpuRow {}

impl PrintedRow for ConnectionRow {
    const KIND: &'static str = "connection";

    fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    fn uid(&self) -> Option<Uid> {
        self.uid
    }

    /// What the socket is comes first, who holds it behind.
    fn keys() -> Vec<&'static str> {
        let own = Self::COLUMNS
            .iter()
            .filter(|column| column.place != Place::Window)
            .map(|column| column.key)
            .filter(|key| !HOLDER.contains(key));
        ["kind"].into_iter().chain(own).chain(HOLDER).collect()
    }
}

impl PrintedRow for DiskRow {
    fn is_printed(&self) -> bool {
        self.did_io()
    }
}

impl PrintedRow for NetworkRow {
    fn is_printed(&self) -> bool {
        self.is_on_network()
    }
}

/// A key of a row's object.
pub(super) struct Field<R: 'static> {
    pub(super) key: &'static str,
    content: Content<R>,
}

enum Content<R: 'static> {
    /// Part of every row.
    Fixed(fn(&R) -> Json),
    /// A column of the subject.
    Column(&'static Column<R>),
}

impl<R: Row> Field<R> {
    pub(super) fn json(&self, row: &R) -> Json {
        match self.content {
            Content::Fixed(content) => content(row),
            Content::Column(column) => plain::value(&(column.value)(row)),
        }
    }
}

/// Keys that stand in front of the subject's own.
const FIRST: [&str; 7] = [
    "kind",
    "pid",
    "start_time_ticks",
    "name",
    "name_bytes",
    "user",
    "uid",
];
/// Keys that stand behind them.
const LAST: [&str; 2] = ["command_line", "service"];
/// Keys of a connection that are about who holds it.
const HOLDER: [&str; 7] = [
    "pid",
    "start_time_ticks",
    "name",
    "name_bytes",
    "uid",
    "user",
    "service",
];

/// The keys of a row with what they hold.
pub(super) fn fields<R: PrintedRow>() -> Vec<Field<R>> {
    R::keys().into_iter().filter_map(field).collect()
}

fn field<R: PrintedRow>(key: &'static str) -> Option<Field<R>> {
    let content = match key {
        "kind" => Content::Fixed(|_| R::KIND.into()),
        "start_time_ticks" => Content::Fixed(|row: &R| plain::value(&start_time(row))),
        "name_bytes" => Content::Fixed(|row: &R| {
            row.process()
                .and_then(|process| process.info.name_bytes.as_deref())
                .map_or(Json::Null, |bytes| hex(bytes).into())
        }),
        // The column falls back to the number, which here has a key of its own.
        "user" => Content::Fixed(|row: &R| row.user().map_or(Json::Null, Json::from)),
        "uid" => Content::Fixed(|row: &R| plain::value(&uid(row))),
        _ => Content::Column(R::column(key)?),
    };
    Some(Field { key, content })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn start_time<R: Row>(row: &R) -> Value<'_> {
    match row.process().map(|process| process.key.start_time) {
        None => Value::Nothing,
        Some(StartTime::Ticks(ticks)) => Value::from(ticks),
        Some(StartTime::EpochSeconds(_)) => Value::NotMeasured,
        Some(StartTime::Unknown) => Value::NotPermitted,
    }
}

fn uid<R: PrintedRow>(row: &R) -> Value<'_> {
    row.uid()
        .map_or(Value::NotPermitted, |uid| Value::Integer(uid.0.into()))
}

/// What rows can be sorted by: all keys but those that have no order of their own.
pub(super) fn sort_keys(subject: Subject) -> Vec<&'static str> {
    fn keys<R: PrintedRow>() -> Vec<&'static str> {
        R::keys()
            .into_iter()
            .filter(|key| !matches!(*key, "kind" | "name_bytes"))
            .collect()
    }
    match subject {
        Subject::System => Vec::new(),
        Subject::Cpu => keys::<CpuRow>(),
        Subject::Disk => keys::<DiskRow>(),
        Subject::Network => keys::<NetworkRow>(),
        Subject::Connections => keys::<ConnectionRow>(),
    }
}

/// Whether rows of this subject have all that a filter asks for.
pub(super) fn check(subject: Subject, filter: &Query) -> Result<(), QueryError> {
    match subject {
        Subject::System => Ok(()),
        Subject::Cpu => filter.check::<CpuRow>(),
        Subject::Disk => filter.check::<DiskRow>(),
        Subject::Network => filter.check::<NetworkRow>(),
        Subject::Connections => filter.check::<ConnectionRow>(),
    }
}

/// The column that rows are sorted by.
pub(super) fn sort_column<R: PrintedRow>(sort: Option<&Sort>) -> Option<Column<R>> {
    let key = sort.map_or(R::DEFAULT_SORT, |sort| &sort.key);
    match key {
        "start_time_ticks" => Some(Column::new(
            "start_time_ticks",
            "Start Ticks",
            Format::Integer,
            start_time,
        )),
        "uid" => Some(Column::new("uid", "UID", Format::Integer, uid)),
        _ => R::column(key).map(|column| Column { ..*column }),
    }
}

/// The rows that are printed: those that match, sorted, the first of them.
pub(super) fn chosen<'a, R: PrintedRow>(rows: &'a [R], options: &PrintOptions) -> Vec<&'a R> {
    let mut chosen: Vec<&R> = rows
        .iter()
        .filter(|row| row.is_printed() && options.filter.matches(*row))
        .collect();
    let direction = options
        .sort
        .as_ref()
        .map_or(Direction::Descending, |sort| sort.direction);
    if let Some(column) = sort_column::<R>(options.sort.as_ref()) {
        // Rows that are equal keep a place of their own, or they would change it at each print.
        chosen.sort_by(|a, b| {
            column
                .order(a, b, direction)
                .then_with(|| a.row_key().cmp(&b.row_key()))
        });
    }
    chosen.truncate(options.top.unwrap_or(usize::MAX));
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys<R: PrintedRow>() -> Vec<&'static str> {
        fields::<R>().iter().map(|field| field.key).collect()
    }

    #[test]
    fn the_keys_are_those_of_the_contract_in_its_order() {
        let process = |own: &[&'static str]| [&FIRST[..], own, &LAST[..]].concat();
        assert_eq!(
            keys::<CpuRow>(),
            process(&[
                "cpu_percent",
                "memory_percent",
                "rss_bytes",
                "threads",
                "state",
                "nice",
                "parent_pid",
                "cpu_seconds",
                "wait_percent",
            ])
        );
        assert_eq!(
            keys::<DiskRow>(),
            process(&[
                "read_bytes_per_second",
                "write_bytes_per_second",
                "total_bytes_per_second",
                "read_bytes",
                "written_bytes",
                "cancelled_write_bytes",
                "read_calls",
                "write_calls",
            ])
        );
        assert_eq!(
            keys::<NetworkRow>(),
            process(&[
                "sockets",
                "tcp",
                "udp",
                "established",
                "listen",
                "received_bytes_per_second",
                "sent_bytes_per_second",
                "total_bytes_per_second",
                "received_bytes",
                "sent_bytes",
                "remotes",
                "ports",
            ])
        );
    }

    #[test]
    fn a_connection_has_the_keys_of_the_contract_in_its_order() {
        assert_eq!(
            keys::<ConnectionRow>(),
            [
                "kind",
                "protocol",
                "local_address",
                "local_port",
                "remote_address",
                "remote_port",
                "remote_host",
                "state",
                "received_bytes",
                "sent_bytes",
                "received_bytes_per_second",
                "sent_bytes_per_second",
                "rtt_seconds",
                "retransmits",
                "receive_queue_bytes",
                "send_queue_bytes",
                "age_seconds",
                "inode",
                "cookie",
                "namespace",
                "interface",
                "pid",
                "start_time_ticks",
                "name",
                "name_bytes",
                "uid",
                "user",
                "service",
            ]
        );
    }

    #[test]
    fn every_sort_key_has_a_column() {
        for key in sort_keys(Subject::Cpu) {
            let sort = Sort {
                key: key.to_owned(),
                direction: Direction::Ascending,
            };
            let column = sort_column::<CpuRow>(Some(&sort)).expect(key);
            assert_eq!(column.key, key);
        }
        assert!(sort_column::<DiskRow>(None).is_some());
    }
}
