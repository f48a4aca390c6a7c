//! Processes by sockets.

use gettextrs::gettext;

use super::SubjectKind;
use super::subject::{Concern, SnapshotOf, Subject, Wanted, explained};
use crate::model::accounting::Account;
use crate::model::format::Style;
use crate::model::network::NetworkRow;
use crate::model::remainder::Remainder;
use crate::model::snapshot::Missing;
use crate::source::{Reply, Request, Table};

/// The network table.
pub struct Network;

impl Subject for Network {
    type Row = NetworkRow;

    const KIND: SubjectKind = SubjectKind::Network;
    const TABLE: Option<Table> = Some(Table::Network);
    const SOURCES: &'static [Missing] =
        &[Missing::Processes, Missing::TcpSockets, Missing::UdpSockets];
    const ASIDE: &'static [&'static str] = &["sockets", "tcp", "udp", "established"];

    fn title() -> String {
        gettext("Network Processes")
    }

    fn switch_label() -> Option<String> {
        Some(gettext("Connections"))
    }

    fn explain(
        range: &SnapshotOf<NetworkRow>,
        before: Option<&SnapshotOf<NetworkRow>>,
        style: &Style,
    ) -> Option<(SnapshotOf<NetworkRow>, String)> {
        explained(Self::KIND, range, before, |rate| style.network_rate(rate))
    }

    fn account(snapshot: &SnapshotOf<NetworkRow>) -> Option<Account> {
        let totals = &snapshot.totals;
        let whole = totals.interface_received? + totals.interface_sent?;
        let rest = snapshot.remainder.iter();
        let rest = rest.filter(|row| row.what == Remainder::NonTcp);
        let rest = rest.filter_map(|row| Some((row.received_rate? + row.sent_rate?).0));
        Some(Account::with_rest(whole.0, rest.sum()))
    }

    fn heading() -> String {
        gettext("Network")
    }

    fn request(wanted: Wanted) -> Request {
        Request::Network {
            names: wanted.names,
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
