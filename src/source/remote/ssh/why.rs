//! What ssh and the shell at its other end complain about, understood.

use super::{NO_PROBE, runs_on};
use crate::model::format::printable;
use crate::model::host::HostTrouble;

/// What ssh says last when it does not trust a key.
const UNVERIFIED: &str = "Host key verification failed";

/// Why there is no probe; `None` where what was said is none of this. The last line that says a reason
/// counts: before it stands what a login may say.
pub fn why(complaints: &str) -> Option<HostTrouble> {
    let mut lines = complaints.lines().rev();
    let told = lines.find_map(|line| reason(line.trim()));
    // Without a line that says more, it would have asked whether the key is right.
    let unknown = || {
        complaints
            .contains(UNVERIFIED)
            .then_some(HostTrouble::UnknownKey)
    };
    told.or_else(unknown)
}

fn reason(line: &str) -> Option<HostTrouble> {
    let said = || printable(line).into_owned();
    let has = |part: &str| line.contains(part);
    let any = |parts: &[&str]| parts.iter().any(|part| line.contains(part));
    if let Some((_, machine)) = line.split_once(NO_PROBE) {
        return Some(no_probe(machine));
    }
    if any(&[
        "has changed and you have requested strict checking",
        "HOST IDENTIFICATION HAS CHANGED",
    ]) {
        return Some(HostTrouble::ChangedKey);
    }
    if has("key is known for") {
        return Some(HostTrouble::UnknownKey);
    }
    if any(&[
        ": Permission denied (",
        "Too many authentication failures",
        "No supported authentication methods",
    ]) {
        return Some(HostTrouble::NoKey);
    }
    if has("Could not resolve hostname") {
        return Some(HostTrouble::NoName);
    }
    if let Some((_, rest)) = line.split_once("connect to host ") {
        let said = rest.rsplit_once(": ").map_or(rest, |(_, reason)| reason);
        return Some(HostTrouble::Unreachable {
            said: printable(said).into_owned(),
        });
    }
    if any(&[
        "Connection timed out",
        "Connection reset by",
        "Connection closed by",
        "closed by remote host",
        "Connection to",
        "not responding",
        "kex_exchange_identification",
        "Unable to negotiate",
    ]) {
        return Some(HostTrouble::Unreachable { said: said() });
    }
    // Of `flatpak-spawn`, which finds no ssh outside.
    if has("Failed to execute child process") && has("ssh") {
        return Some(HostTrouble::NoSsh);
    }
    let cannot = any(&[
        "Exec format error",
        "cannot execute",
        ": Permission denied",
        "sysmon-probe: not found",
        "No such file or directory",
    ]);
    (cannot && has("sysmon-probe")).then(|| HostTrouble::CannotRun { said: said() })
}

fn no_probe(machine: &str) -> HostTrouble {
    if runs_on(machine) {
        return HostTrouble::NoProbe;
    }
    HostTrouble::OtherArchitecture {
        theirs: printable(machine).into_owned(),
        ours: std::env::consts::ARCH.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unreachable(said: &str) -> HostTrouble {
        HostTrouble::Unreachable {
            said: said.to_owned(),
        }
    }

    #[test]
    fn what_ssh_says_is_understood() {
        let changed = "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\n\
            @    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n\
            @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\n\
            IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\n\
            Offending ED25519 key in /home/ann/.ssh/known_hosts:1\n\
            Host key for server has changed and you have requested strict checking.\n\
            Host key verification failed.\n";
        let unknown = "No ED25519 host key is known for server and you have requested strict checking.\n\
            Host key verification failed.\n";
        let asks = "Host key verification failed.\n";
        let denied = "ann@server: Permission denied (publickey,keyboard-interactive).\n";
        let many = "Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures\n\
            Disconnected from 10.0.0.1 port 22\n";
        let name = "ssh: Could not resolve hostname nowhere.invalid: Name or service not known\n";
        let refused = "ssh: connect to host server port 22: Connection refused\n";
        let banner = "Connection timed out during banner exchange\n\
            Connection to 10.0.0.1 port 22 timed out\n";
        let reset = "kex_exchange_identification: read: Connection reset by peer\n";
        let missing =
            "Failed to execute child process \u{201c}ssh\u{201d} (No such file or directory)\n";
        for (said, expected) in [
            (changed, Some(HostTrouble::ChangedKey)),
            (unknown, Some(HostTrouble::UnknownKey)),
            (asks, Some(HostTrouble::UnknownKey)),
            (denied, Some(HostTrouble::NoKey)),
            (many, Some(HostTrouble::NoKey)),
            (name, Some(HostTrouble::NoName)),
            (refused, Some(unreachable("Connection refused"))),
            (
                banner,
                Some(unreachable("Connection to 10.0.0.1 port 22 timed out")),
            ),
            (
                reset,
                Some(unreachable(
                    "kex_exchange_identification: read: Connection reset by peer",
                )),
            ),
            (missing, Some(HostTrouble::NoSsh)),
            ("", None),
            ("Welcome to server\nHave a nice day\n", None),
        ] {
            assert_eq!(why(said), expected, "{said}");
        }
    }

    #[test]
    fn what_the_host_says_of_its_probe_is_understood() {
        let ours = format!("Welcome\n{NO_PROBE}{}\n", std::env::consts::ARCH);
        assert_eq!(why(&ours), Some(HostTrouble::NoProbe));
        let theirs = format!("{NO_PROBE}pdp11\u{1b}\n");
        let expected = HostTrouble::OtherArchitecture {
            theirs: "pdp11\\u{1b}".to_owned(),
            ours: std::env::consts::ARCH.to_owned(),
        };
        assert_eq!(why(&theirs), Some(expected));
        for said in [
            "sh: 1: exec: /usr/bin/sysmon-probe: Exec format error",
            "sh: line 1: /usr/bin/sysmon-probe: cannot execute binary file: Exec format error",
            "sh: 1: exec: /home/ann/bin/sysmon-probe: Permission denied",
        ] {
            let said = said.to_owned();
            assert_eq!(why(&said), Some(HostTrouble::CannotRun { said }));
        }
    }

    #[test]
    fn the_last_reason_counts() {
        let said = "ann@elsewhere: Permission denied (publickey).\nssh: connect to host server port 22: No route to host\n";
        assert_eq!(why(said), Some(unreachable("No route to host")));
    }
}
