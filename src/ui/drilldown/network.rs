//! Processes by sockets.

use gettextrs::gettext;

use super::SubjectKind;
use super::subject::{Concern, SnapshotOf, Subject};
use crate::model::connection::HostNames;
use crate::model::network::NetworkRow;
use crate::model::process::ProcessKey;
use crate::model::snapshot::Missing;
use crate::source::{Reply, Request};

/// The network table.
pub struct Network;

impl Subject for Network {
    type Row = NetworkRow;

    const KIND: SubjectKind = SubjectKind::Network;
    const SOURCES: &'static [Missing] =
        &[Missing::Processes, Missing::TcpSockets, Missing::UdpSockets];

    fn title() -> String {
        gettext("Network Processes")
    }

    fn heading() -> String {
        gettext("Network")
    }

    fn request(_watch: Vec<ProcessKey>) -> Request {
        Request::Network {
            names: HostNames::default(),
        }
    }

    fn snapshot(reply: Reply) -> Option<SnapshotOf<NetworkRow>> {
        match reply {
            Reply::Network(snapshot) => Some(snapshot),
            _ => None,
        }
    }

    fn concern() -> Option<Concern<NetworkRow>> {
        Some(Concern {
            includes: NetworkRow::is_on_network,
            is_permitted: |row| row.sockets.is_some(),
            nobody: gettext("No Process Holds a Socket"),
            not_permitted: gettext(
                "The system does not tell this user which sockets processes hold.",
            ),
        })
    }
}
