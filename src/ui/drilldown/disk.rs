//! Processes by storage.

use gettextrs::gettext;

use super::SubjectKind;
use super::subject::{Concern, SnapshotOf, Subject, Wanted, explained};
use crate::model::accounting::Account;
use crate::model::disk::DiskRow;
use crate::model::format::Style;
use crate::model::remainder::Remainder;
use crate::model::snapshot::Missing;
use crate::source::{Reply, Request, Table};

/// The disk table.
pub struct Disk;

impl Subject for Disk {
    type Row = DiskRow;

    const KIND: SubjectKind = SubjectKind::Disk;
    const TABLE: Option<Table> = Some(Table::Disk);
    const SOURCES: &'static [Missing] = &[Missing::Processes, Missing::Io];
    const ASIDE: &'static [&'static str] = &["total_bytes"];

    fn title() -> String {
        gettext("Disk Processes")
    }

    fn explain(
        range: &SnapshotOf<DiskRow>,
        before: Option<&SnapshotOf<DiskRow>>,
        style: &Style,
    ) -> Option<(SnapshotOf<DiskRow>, String)> {
        explained(Self::KIND, range, before, |rate| style.rate(rate))
    }

    fn account(snapshot: &SnapshotOf<DiskRow>) -> Option<Account> {
        let totals = &snapshot.totals;
        let whole = totals.disk_read? + totals.disk_write?;
        let rest = snapshot.remainder.iter();
        let rest = rest.filter(|row| row.what == Remainder::WriteBack);
        let rest = rest.map(|row| (row.read_rate + row.write_rate).0);
        Some(Account::with_rest(whole.0, rest.sum()))
    }

    fn heading() -> String {
        gettext("Disk")
    }

    fn request(_wanted: Wanted) -> Request {
        Request::Disk
    }

    fn snapshot(reply: Reply) -> Option<SnapshotOf<DiskRow>> {
        match reply {
            Reply::Disk(snapshot) => Some(snapshot),
            _ => None,
        }
    }

    fn concern() -> Option<Concern<DiskRow>> {
        Some(Concern {
            includes: DiskRow::did_io,
            is_permitted: |row| row.io.is_some(),
            nobody: gettext("Nothing Is Using the Disk"),
            not_permitted: gettext(
                "The system does not tell this user what processes read and write.",
            ),
        })
    }
}
