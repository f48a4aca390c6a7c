//! Processes by memory: the rows of the CPU table with columns and order of their own.

use gettextrs::gettext;

use super::SubjectKind;
use super::cpu::Cpu;
use super::subject::{SnapshotOf, Subject, Wanted};
use crate::model::cpu::CpuRow;
use crate::model::snapshot::Missing;
use crate::model::table::LIFETIME;
use crate::source::{Reply, Request, Table};

/// The memory table.
pub struct Memory;

impl Subject for Memory {
    type Row = CpuRow;

    const KIND: SubjectKind = SubjectKind::Memory;
    const TABLE: Option<Table> = Cpu::TABLE;
    const SOURCES: &'static [Missing] = Cpu::SOURCES;
    // The others are about CPU time.
    const COMPARED: &'static [&'static str] = &[LIFETIME];
    const DEFAULT_SORT: &'static str = "rss_bytes";

    fn title() -> String {
        gettext("Memory Processes")
    }

    fn heading() -> String {
        gettext("Memory")
    }

    fn request(wanted: Wanted) -> Request {
        Cpu::request(wanted)
    }

    fn snapshot(reply: Reply) -> Option<SnapshotOf<CpuRow>> {
        Cpu::snapshot(reply)
    }

    fn cpus(snapshot: &SnapshotOf<CpuRow>) -> Option<u64> {
        snapshot.totals.cpus
    }

    fn cpu_row(row: &CpuRow) -> Option<&CpuRow> {
        Some(row)
    }

    fn watched_column() -> Option<&'static str> {
        Cpu::watched_column()
    }

    fn columns() -> Vec<&'static str> {
        vec![
            "name",
            "pid",
            "user",
            "rss_bytes",
            "memory_percent",
            "threads",
        ]
    }
}
