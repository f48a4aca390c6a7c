//! Processes by CPU.

use gettextrs::gettext;

use super::SubjectKind;
use super::subject::{SnapshotOf, Subject, Wanted};
use crate::model::cpu::CpuRow;
use crate::model::snapshot::Missing;
use crate::source::{Reply, Request, Table};

/// The CPU table.
pub struct Cpu;

impl Subject for Cpu {
    type Row = CpuRow;

    const KIND: SubjectKind = SubjectKind::Cpu;
    const TABLE: Option<Table> = Some(Table::Cpu);
    const SOURCES: &'static [Missing] = &[Missing::Processes];

    fn title() -> String {
        gettext("CPU Processes")
    }

    fn heading() -> String {
        gettext("CPU")
    }

    fn request(wanted: Wanted) -> Request {
        Request::Cpu {
            watch: wanted.watch,
        }
    }

    fn snapshot(reply: Reply) -> Option<SnapshotOf<CpuRow>> {
        match reply {
            Reply::Cpu(snapshot) => Some(snapshot),
            _ => None,
        }
    }

    fn cpu_row(row: &CpuRow) -> Option<&CpuRow> {
        Some(row)
    }

    fn watched_column() -> Option<&'static str> {
        Some("wait_percent")
    }
}
