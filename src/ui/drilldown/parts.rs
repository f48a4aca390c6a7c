//! What is taken out of a row: a filter for rows that have it in common, an address to copy.

use std::net::SocketAddr;

use super::message::{End, Part};
use crate::model::table::{Row, Value};

/// The filter that lets only rows through which have this in common with `row`.
pub fn only<R: Row>(row: &R, part: Part) -> Option<String> {
    match part {
        Part::Process => Some(format!("pid:{}", row.process()?.key.pid)),
        Part::Remote => {
            let remote = end(row, "remote_address")?;
            Some(format!("host:{}", remote.ip()))
        }
        Part::Port => {
            let end = end(row, "remote_address").or_else(|| end(row, "local_address"))?;
            Some(format!("port:{}", end.port()))
        }
    }
}

/// The address and port of an end, as programs take it: `[fe80::1%eth0]:443`.
pub fn address<R: Row>(row: &R, which: End) -> Option<String> {
    let end = match which {
        End::Local => end(row, "local_address")?,
        End::Remote => end(row, "remote_address")?,
    };
    let interface = R::column("interface").map(|column| (column.value)(row));
    match (end, interface) {
        (SocketAddr::V6(end), Some(Value::Text(name))) if end.scope_id() != 0 => {
            Some(format!("[{}%{name}]:{}", end.ip(), end.port()))
        }
        _ => Some(end.to_string()),
    }
}

fn end<R: Row>(row: &R, column: &str) -> Option<SocketAddr> {
    match (R::column(column)?.value)(row) {
        Value::Address(end) => Some(end),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::connection::{ConnectionKey, ConnectionRow, Protocol, SocketId, TcpState};

    fn row(local: &str, remote: Option<&str>, interface: Option<&str>) -> ConnectionRow {
        ConnectionRow {
            key: ConnectionKey {
                namespace: None,
                id: SocketId::Cookie(1),
            },
            protocol: Protocol::Tcp,
            state: Some(TcpState::Established),
            local: local.parse().expect("an address"),
            remote: remote.map(|remote| remote.parse().expect("an address")),
            remote_host: None,
            port_name: None,
            received_rate: None,
            sent_rate: None,
            received: None,
            sent: None,
            rtt: None,
            retransmits: None,
            receive_queue: None,
            send_queue: None,
            age: None,
            inode: None,
            namespace: None,
            interface: interface.map(Into::into),
            uid: None,
            user: None,
            service: None,
            holder: None,
            holders: 0,
            unreadable: false,
        }
    }

    #[test]
    fn filters_are_of_the_other_end_or_of_the_only_one() {
        let connected = row("10.0.0.1:50000", Some("[2001:db8::5]:443"), None);
        assert_eq!(
            only(&connected, Part::Remote).as_deref(),
            Some("host:2001:db8::5")
        );
        assert_eq!(only(&connected, Part::Port).as_deref(), Some("port:443"));
        assert_eq!(only(&connected, Part::Process), None);
        let listening = row("0.0.0.0:80", None, None);
        assert_eq!(only(&listening, Part::Remote), None);
        assert_eq!(only(&listening, Part::Port).as_deref(), Some("port:80"));
    }

    #[test]
    fn an_address_is_copied_with_its_scope() {
        let scoped = row("[fe80::1%3]:443", Some("10.0.0.2:80"), Some("eth0"));
        assert_eq!(
            address(&scoped, End::Local).as_deref(),
            Some("[fe80::1%eth0]:443")
        );
        assert_eq!(
            address(&scoped, End::Remote).as_deref(),
            Some("10.0.0.2:80")
        );
        let unnamed = row("[fe80::1%3]:443", None, None);
        assert_eq!(
            address(&unnamed, End::Local).as_deref(),
            Some("[fe80::1%3]:443")
        );
        assert_eq!(address(&unnamed, End::Remote), None);
    }
}
