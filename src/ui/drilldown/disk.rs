//! Processes by storage.

use gettextrs::gettext;

use super::SubjectKind;
use super::subject::{Concern, SnapshotOf, Subject, Wanted};
use crate::model::disk::DiskRow;
use crate::model::snapshot::Missing;
use crate::source::{Reply, Request, Table};

/// The disk table.
pub struct Disk;

impl Subject for Disk {
    type Row = DiskRow;

    const KIND: SubjectKind = SubjectKind::Disk;
    const TABLE: Option<Table> = Some(Table::Disk);
    const SOURCES: &'static [Missing] = &[Missing::Processes, Missing::Io];

    fn title() -> String {
        gettext("Disk Processes")
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
