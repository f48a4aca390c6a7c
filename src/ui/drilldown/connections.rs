//! Every connection.

use gettextrs::gettext;

use super::SubjectKind;
use super::subject::{Counted, SnapshotOf, Subject, View, Wanted};
use crate::model::connection::{ConnectionRequest, ConnectionRow};
use crate::model::snapshot::Missing;
use crate::source::{Reply, Request, Table};

/// So many rows reach the window: replacing more of them at once would hold it up noticeably.
const MOST: usize = 1000;

/// The table of connections.
pub struct Connections;

impl Subject for Connections {
    type Row = ConnectionRow;

    const KIND: SubjectKind = SubjectKind::Network;
    const VIEW: View = View::Connections;
    const FILTERED_AT_SOURCE: bool = true;
    const TABLE: Option<Table> = None;
    const SOURCES: &'static [Missing] = &[Missing::TcpSockets, Missing::UdpSockets];

    fn title() -> String {
        gettext("Network Connections")
    }

    fn switch_label() -> Option<String> {
        Some(gettext("Processes"))
    }

    fn heading() -> String {
        gettext("Connection")
    }

    fn request(wanted: Wanted) -> Request {
        let limit = wanted.limit.and_then(|limit| usize::try_from(limit).ok());
        Request::Connections(ConnectionRequest {
            filter: wanted.filter,
            sort: wanted.sort.column.to_owned(),
            direction: wanted.sort.direction,
            limit: Some(limit.map_or(MOST, |limit| limit.min(MOST))),
            process: None,
            names: wanted.names,
        })
    }

    fn snapshot(reply: Reply) -> Option<SnapshotOf<ConnectionRow>> {
        match reply {
            Reply::Connections(snapshot) => Some(snapshot),
            _ => None,
        }
    }

    fn counted(snapshot: &SnapshotOf<ConnectionRow>) -> Option<Counted> {
        Some(Counted {
            matched: snapshot.totals.matched,
            total: snapshot.totals.total,
        })
    }
}
