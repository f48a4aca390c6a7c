//! Another host, as ssh is told of it. The English templates are the message ids that a window
//! translates.

mod trouble;

use std::fmt;
use std::str::FromStr;

use super::degradation::{Phrase, plain};
use super::format::printable;
pub use trouble::{CopyTrouble, HostTrouble};

/// The longest that is taken, in bytes: a user, and a name as long as DNS has them.
const LONGEST: usize = 512;
/// What ssh(1) takes for an address of its own kind.
const URI: &str = "ssh://";
/// What ssh(1) refuses in names of hosts since version 9.6: a user's own `ssh_config(5)` may hand them
/// to a shell.
const NOT_IN_HOSTS: &[char] = &[
    '\'', '`', '"', '$', '\\', ';', '&', '<', '>', '|', '(', ')', '{', '}', ',',
];
/// The same in names of users, which may have a domain before a backslash.
const NOT_IN_USERS: &[char] = &['\'', '`', '"', ';', '&', '<', '>', '|', '(', ')', '{', '}'];

/// Where ssh shall go: `[USER@]HOST`, an alias of `ssh_config(5)`, or `ssh://[USER@]HOST[:PORT]`.
/// Nothing that ssh would take for an option, and nothing that a shell would take for more than a word.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostTarget(String);

/// Why something does not name a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoTarget {
    /// There is no name in it.
    Empty,
    /// It, or a part of it, would be an option of ssh.
    Dash,
    /// A character in it cannot be in a name.
    Character,
    /// It is longer than any name.
    TooLong,
    /// Its port is none.
    Port,
}

impl HostTarget {
    /// As ssh is told.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Fit to be shown.
    pub fn shown(&self) -> String {
        printable(&self.0).into_owned()
    }
}

impl FromStr for HostTarget {
    type Err = NoTarget;

    fn from_str(text: &str) -> Result<Self, NoTarget> {
        if text.len() > LONGEST {
            return Err(NoTarget::TooLong);
        }
        if text.starts_with('-') {
            return Err(NoTarget::Dash);
        }
        let address = text.strip_prefix(URI);
        let rest = address.unwrap_or(text);
        // As ssh does: a user's name may hold the sign as well.
        let (user, host) = match rest.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, rest),
        };
        let host = match address {
            Some(_) => without_port(host)?,
            None => host,
        };
        if let Some(user) = user {
            check(user, NOT_IN_USERS)?;
            if user.ends_with('\\') {
                return Err(NoTarget::Character);
            }
        }
        check(host, NOT_IN_HOSTS)?;
        Ok(Self(text.to_owned()))
    }
}

/// The name in `HOST[:PORT]` or `[ADDRESS][:PORT]`.
fn without_port(host: &str) -> Result<&str, NoTarget> {
    if host.contains('/') {
        return Err(NoTarget::Character);
    }
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let (name, port) = rest.split_once(']').ok_or(NoTarget::Character)?;
            (
                name,
                port.strip_prefix(':').or(port.is_empty().then_some("")),
            )
        }
        None => match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => return Ok(host),
        },
    };
    let port = port.ok_or(NoTarget::Port)?;
    let is_port = || port.parse::<u16>().is_ok_and(|port| port > 0);
    if is_port() || (port.is_empty() && host.ends_with(']')) {
        Ok(name)
    } else {
        Err(NoTarget::Port)
    }
}

fn check(name: &str, refused: &[char]) -> Result<(), NoTarget> {
    if name.is_empty() {
        return Err(NoTarget::Empty);
    }
    if name.starts_with('-') {
        return Err(NoTarget::Dash);
    }
    let is_bad = |c: char| c.is_whitespace() || c.is_control() || refused.contains(&c);
    if name.contains(is_bad) {
        return Err(NoTarget::Character);
    }
    Ok(())
}

impl NoTarget {
    /// The sentence, without a full stop.
    pub fn phrase(self) -> Phrase {
        match self {
            Self::Empty => plain("a host is named as USER@HOST, or as ssh knows it"),
            Self::Dash => plain("the name of a host or user does not begin with “-”"),
            Self::Character => plain("spaces, quotes and the like are not in the name of a host"),
            Self::TooLong => plain("no host has a name that long"),
            Self::Port => plain("a port is a number from 1 to 65535, as in ssh://HOST:2222"),
        }
    }
}

/// In English.
impl fmt::Display for NoTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.phrase().english())
    }
}

impl std::error::Error for NoTarget {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_ssh_takes_is_taken_as_it_is() {
        for good in [
            "server",
            "ann@server.example.org",
            "ann@example.org@server",
            "EXAMPLE\\ann@server",
            "ann@2001:db8::1",
            "fe80::1%eth0",
            "ssh://server",
            "ssh://ann@server:2222",
            "ssh://ann@[2001:db8::1]:22",
            "ssh://[::1]",
            "b\u{fc}ro",
        ] {
            let target: HostTarget = good.parse().expect(good);
            assert_eq!(target.as_str(), good);
        }
    }

    #[test]
    fn what_would_be_an_option_or_more_than_a_word_is_refused() {
        use NoTarget::{Character, Dash, Empty, Port, TooLong};
        for (bad, why) in [
            ("", Empty),
            ("@", Empty),
            ("ann@", Empty),
            ("@server", Empty),
            ("ssh://", Empty),
            ("-oProxyCommand=id", Dash),
            ("ann@-oProxyCommand=id", Dash),
            ("-ann@server", Dash),
            ("ssh://-l", Dash),
            ("ssh://ann@-l", Dash),
            ("ssh://[-l]:22", Dash),
            ("two words", Character),
            (" server", Character),
            ("server\n", Character),
            ("server\u{1b}[2J", Character),
            ("$(id)", Character),
            ("ann`id`@server", Character),
            ("ann\\@server", Character),
            ("ssh://server/path", Character),
            ("ssh://[::1", Character),
            ("ssh://server:", Port),
            ("ssh://server:0", Port),
            ("ssh://server:65536", Port),
            ("ssh://[::1]22", Port),
        ] {
            assert_eq!(bad.parse::<HostTarget>(), Err(why), "{bad:?}");
        }
        assert_eq!("a".repeat(513).parse::<HostTarget>(), Err(TooLong));
    }

    proptest! {
        #[test]
        fn nothing_is_taken_that_ssh_or_a_shell_would_misunderstand(
            text in prop_oneof![".*", "(ssh://)?[-a@ :\\[\\]]{0,8}"]
        ) {
            if let Ok(target) = text.parse::<HostTarget>() {
                let rest = text.strip_prefix(URI).unwrap_or(&text);
                let parts = rest.rsplit_once('@').map_or(vec![rest], |(user, host)| vec![user, host]);
                prop_assert!(parts.iter().all(|it| !it.is_empty() && !it.starts_with('-')));
                prop_assert!(!text.contains([' ', '\'', '"', '`', ';', '&', '|', '\n', '\0']));
                prop_assert_eq!(target.as_str(), text);
            }
        }
    }
}
