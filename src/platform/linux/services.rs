//! What ports are for, `services(5)`.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::platform::Protocol;

/// Names of ports, read when one is first asked for.
#[derive(Debug)]
pub struct Services {
    file: PathBuf,
    named: Option<HashMap<(Protocol, u16), Arc<str>>>,
}

impl Services {
    /// Ports of the file `services` below `etc`.
    pub fn new(etc: &Path) -> Self {
        Self {
            file: etc.join("services"),
            named: None,
        }
    }

    /// What this port is for; `None` where the file does not say.
    pub fn name(&mut self, protocol: Protocol, port: u16) -> Option<Arc<str>> {
        let read = || fs::read(&self.file).map_or_else(|_| HashMap::new(), |text| parse(&text));
        let named = self.named.get_or_insert_with(read);
        named.get(&(protocol, port)).cloned()
    }
}

/// Of lines for the same port the first counts, as for `getservbyport(3)`.
fn parse(text: &[u8]) -> HashMap<(Protocol, u16), Arc<str>> {
    let mut named = HashMap::new();
    for line in text.split(|&byte| byte == b'\n') {
        if let Some((key, name)) = parse_line(line) {
            named.entry(key).or_insert(name);
        }
    }
    named
}

/// `https 443/tcp # and so on`
fn parse_line(line: &[u8]) -> Option<((Protocol, u16), Arc<str>)> {
    let line = String::from_utf8_lossy(line.split(|&byte| byte == b'#').next()?);
    let mut words = line.split_whitespace();
    let (name, port) = (words.next()?, words.next()?);
    let (port, protocol) = port.split_once('/')?;
    let protocol = match protocol {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        _ => return None,
    };
    Some(((protocol, port.parse().ok()?), name.into()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ports_are_named_by_protocol_and_the_first_line_counts() {
        let etc = tempfile::tempdir().expect("a folder");
        let text =
            "# ports\nhttps\t443/tcp www # web\nother 443/tcp\nquic 443/udp\nodd 1\nx 9/sctp\n";
        fs::write(etc.path().join("services"), text).expect("written");
        let mut services = Services::new(etc.path());
        let mut name = |protocol, port| services.name(protocol, port);
        assert_eq!(name(Protocol::Tcp, 443).as_deref(), Some("https"));
        assert_eq!(name(Protocol::Udp, 443).as_deref(), Some("quic"));
        assert_eq!(name(Protocol::Tcp, 1), None);
        let mut none = Services::new("/nonexistent".as_ref());
        assert_eq!(none.name(Protocol::Tcp, 443), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_borne(bytes: Vec<u8>, lines in "([a-z0-9/ #]{0,12}\n?){0,6}") {
            parse(&bytes);
            parse(lines.as_bytes());
        }
    }
}
