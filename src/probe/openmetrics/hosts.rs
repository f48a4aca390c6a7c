//! Under which names the page answers.
//!
//! A browser sends the name of the page that asks along. A stranger's page whose name leads to this
//! machine meanwhile (DNS rebinding) gives itself away by it: an address cannot be made to lead
//! elsewhere, and neither can `localhost`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The names that are answered to, beside addresses and `localhost`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hosts {
    names: Vec<String>,
}

impl Hosts {
    /// A page at this address answers to `told`, and to the `machine`'s own name where others reach it.
    pub(super) fn of(listening: IpAddr, told: &[String], machine: Option<String>) -> Self {
        let machine = machine.filter(|_| !listening.is_loopback());
        Self {
            names: told.iter().cloned().chain(machine).collect(),
        }
    }

    /// Whether a request with this `Host` is answered: RFC 9110, 7.2. The port may be that of a tunnel.
    pub(super) fn answer_to(&self, host: &[u8]) -> bool {
        let Ok(host) = str::from_utf8(host) else {
            return false;
        };
        if let Some((address, port)) = host.strip_prefix('[').and_then(|it| it.split_once(']')) {
            let port = port.strip_prefix(':').unwrap_or(port);
            return is_port(port) && address.parse::<Ipv6Addr>().is_ok();
        }
        let (name, port) = host.split_once(':').unwrap_or((host, ""));
        // Names can be written with the root they end in.
        let name = name.strip_suffix('.').unwrap_or(name);
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        is_port(port)
            && (name.parse::<Ipv4Addr>().is_ok()
                || is("localhost")
                || self.names.iter().any(|other| is(other)))
    }
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names_that_are_told_are_answered_to() {
        let local = Hosts::of(
            Ipv4Addr::LOCALHOST.into(),
            &["metrics.example.org".to_owned()],
            Some("tower".to_owned()),
        );
        for host in [
            "127.0.0.1:9837",
            "127.0.0.1",
            "10.0.0.5:1",
            "[::1]:9837",
            "[::1]",
            "[fe80::1]:9837",
            "localhost",
            "LocalHost:8080",
            "localhost.:80",
            "Metrics.Example.org:9837",
        ] {
            assert!(local.answer_to(host.as_bytes()), "{host}");
        }
        for host in [
            "",
            "example.org",
            "example.org:9837",
            "localhost.example.org",
            "127.0.0.1.example.org",
            "127.0.0.1:80@example.org",
            "localhost:x",
            "[::1",
            "[::1]x",
            "[example.org]:80",
            "::1",
            "tower:9837",
            "user@localhost",
        ] {
            assert!(!local.answer_to(host.as_bytes()), "{host}");
        }
        assert!(!local.answer_to(b"localhost\xff"));
    }

    #[test]
    fn the_machine_is_known_by_its_name_where_others_reach_it() {
        let open = Hosts::of(
            Ipv4Addr::UNSPECIFIED.into(),
            &[],
            Some("tower.lan".to_owned()),
        );
        assert!(open.answer_to(b"Tower.lan:9837"));
        assert!(!open.answer_to(b"tower.example.org"));
        let nameless = Hosts::of(Ipv4Addr::UNSPECIFIED.into(), &[], None);
        assert!(!nameless.answer_to(b""));
    }
}
