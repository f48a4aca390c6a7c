//! Processes by CPU.

use gettextrs::gettext;

use super::subject::{SnapshotOf, Subject, Wanted, explained};
use super::{SubjectKind, notes};
use crate::model::accounting::Account;
use crate::model::cpu::CpuRow;
use crate::model::format::Style;
use crate::model::snapshot::Missing;
use crate::source::{Reply, Request, Table};

/// The CPU table.
pub struct Cpu;

impl Subject for Cpu {
    type Row = CpuRow;

    const KIND: SubjectKind = SubjectKind::Cpu;
    const TABLE: Option<Table> = Some(Table::Cpu);
    const SOURCES: &'static [Missing] = &[Missing::Processes];
    const ASIDE: &'static [&'static str] = &["user"];

    fn title() -> String {
        gettext("CPU Processes")
    }

    fn explain(
        range: &SnapshotOf<CpuRow>,
        before: Option<&SnapshotOf<CpuRow>>,
        style: &Style,
    ) -> Option<(SnapshotOf<CpuRow>, String)> {
        explained(Self::KIND, range, before, |share| style.cpu(share, 0))
    }

    fn account(snapshot: &SnapshotOf<CpuRow>) -> Option<Account> {
        let totals = &snapshot.totals;
        Some(Account::with_rest(totals.busy?.0, totals.unexplained?.0))
    }

    fn breakdown(snapshot: &SnapshotOf<CpuRow>, style: &Style) -> Vec<String> {
        notes::shares(&snapshot.totals, &snapshot.degradations, style)
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

    fn cpus(snapshot: &SnapshotOf<CpuRow>) -> Option<u64> {
        snapshot.totals.cpus
    }

    fn cpu_row(row: &CpuRow) -> Option<&CpuRow> {
        Some(row)
    }

    fn watched_column() -> Option<&'static str> {
        Some("wait_percent")
    }
}
