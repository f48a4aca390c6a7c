//! A probe on another host: ssh leads there, without asking anything, and starts the probe that is in
//! the user's own folder, or the one that is installed. `docs/hosts.md` says what this means for both.

mod copy;
mod why;

use std::ffi::OsString;

pub use copy::{copy, probe_file};
pub(super) use why::why;

use super::command::{ProbeCommand, Through};
use super::greeting::PROGRAM;
use crate::model::host::{HostTarget, HostTrouble};
use crate::model::remote::RemoteError;
#[cfg(target_os = "linux")]
use crate::platform::linux::asker;
use crate::source::sandbox::OUTSIDE;

/// Where copies of the probe are, in the folder of the user there.
pub const FOLDER: &str = ".local/share/sysmon";
/// What the names of copies begin with; the version and the architecture follow.
const COPY: &str = "sysmon-probe-";
/// What the host says where it has no probe, before its architecture.
const NO_PROBE: &str = "sysmon: no probe for ";

/// What ssh is told besides what the user's own `ssh_config(5)` says. Nothing is asked: a window has no
/// terminal to answer in. Nothing but the probe's pipe is led there or back.
const OPTIONS: [&str; 19] = [
    "-T",
    "-a",
    "-x",
    "-o",
    "BatchMode=yes",
    "-o",
    "ConnectTimeout=10",
    "-o",
    "ServerAliveInterval=5",
    "-o",
    "ServerAliveCountMax=3",
    "-o",
    "ClearAllForwardings=yes",
    "-o",
    // It ends with its window, and would take along whoever shared its connection.
    "ControlMaster=no",
    "-o",
    // Else there could be no command beside it.
    "RemoteCommand=none",
    "-o",
    // What a host greets with is no reason.
    "LogLevel=ERROR",
];

/// What ssh finds in its environment. The ssh that `ProxyJump` starts gets none of the options, but this:
/// nor does it ask in a window, also where it is older than the first of them.
pub(super) const ENVIRONMENT: [(&str, &str); 2] = [
    ("SSH_ASKPASS_REQUIRE", "never"),
    ("SSH_ASKPASS", "/bin/false"),
];

/// The way to another host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Where to.
    pub target: HostTarget,
    /// What leads there, `ssh` where nothing else is wanted.
    pub program: OsString,
    /// The id of the Flatpak whose sandbox it leads out of; `None` where there is none.
    pub flatpak: Option<String>,
}

impl Route {
    /// By ssh, out of the sandbox of this Flatpak where there is one.
    pub fn new(target: HostTarget, flatpak: Option<String>) -> Self {
        Self {
            target,
            program: "ssh".into(),
            flatpak,
        }
    }

    /// The probe at its end.
    pub fn probe(&self) -> ProbeCommand {
        self.command(&serve())
    }

    /// A command at its end, which any login shell there is to understand.
    fn command(&self, remote: &str) -> ProbeCommand {
        let mut words: Vec<OsString> = Vec::new();
        if self.flatpak.is_some() {
            // Else ssh would outlive a window that crashed.
            words.extend(OUTSIDE.map(Into::into));
            words.extend(ENVIRONMENT.map(|(name, value)| format!("--env={name}={value}").into()));
        }
        words.push(self.program.clone());
        words.extend(OPTIONS.map(Into::into));
        words.extend(["--", self.target.as_str(), remote].map(Into::into));
        ProbeCommand {
            flatpak: self.flatpak.clone(),
            through: Through::Ssh(self.target.clone()),
            ..ProbeCommand::new(words)
        }
    }
}

/// A script as one word for shells that differ: they all hand on what is between these quotes as it is,
/// as long as it is one line, without these quotes and without an exclamation mark.
fn sh(script: &str) -> String {
    format!("exec sh -c '{script}'")
}

/// Starts the copy of this version, or what is installed, and tells it who asks. One home may be that of
/// machines of several architectures.
fn serve() -> String {
    sh(&format!(
        r#"export LC_ALL=C{}; m=$(uname -m); p="$HOME/{FOLDER}/{}"; [ -x "$p" ] || p=$(command -v sysmon-probe) || {{ echo "{NO_PROBE}$m" >&2; exit 127; }}; exec "$p" serve"#,
        asked_by(),
        name("$m"),
    ))
}

/// What follows in a list of variables. The host may be this machine, where the probe is to leave this
/// program alone.
fn asked_by() -> String {
    #[cfg(target_os = "linux")]
    if let Some(name) = asker::own_name() {
        return format!(" {}={name}", asker::VARIABLE);
    }
    String::new()
}

/// The name of a copy of this version for an architecture.
fn name(architecture: &str) -> String {
    format!("{COPY}{PROGRAM}-{architecture}")
}

/// Whether the probe that this program could copy is for a machine that calls itself so in `uname(1)`.
fn runs_on(machine: &str) -> bool {
    match std::env::consts::ARCH {
        "x86" => matches!(machine, "i386" | "i486" | "i586" | "i686"),
        "arm" => machine.starts_with("armv"),
        "powerpc64" => machine.starts_with("ppc64"),
        ours => machine == ours,
    }
}

/// That a host cannot be read.
pub(super) fn trouble(host: &HostTarget, why: HostTrouble) -> RemoteError {
    RemoteError::Host {
        host: host.shown(),
        why,
        ours: PROGRAM,
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn route(flatpak: Option<&str>) -> Route {
        let target = "ann@server".parse().expect("a host");
        Route::new(target, flatpak.map(Into::into))
    }

    #[test]
    fn the_host_is_never_taken_for_an_option() {
        let command = route(None).probe();
        let words: Vec<_> = command
            .words
            .iter()
            .map(|it| it.to_string_lossy())
            .collect();
        assert_eq!(words[0], "ssh");
        let at = words.len() - 3;
        assert_eq!(&words[at..at + 2], ["--", "ann@server"]);
        for option in ["BatchMode=yes", "ControlMaster=no"] {
            assert!(words.contains(&option.into()), "{option}");
        }
        assert_eq!(command.flatpak, None);
    }

    #[test]
    fn a_sandbox_is_left_first() {
        let command = route(Some("org.example.App")).probe();
        assert_eq!(command.words[0], "flatpak-spawn");
        assert_eq!(command.words[3], "--env=SSH_ASKPASS_REQUIRE=never");
        assert_eq!(command.words[5], "ssh");
        assert_eq!(command.flatpak.as_deref(), Some("org.example.App"));
    }

    #[test]
    fn scripts_are_one_word_for_every_shell() {
        let script = serve();
        let inner = script
            .strip_prefix("exec sh -c '")
            .and_then(|rest| rest.strip_suffix('\''))
            .expect("quoted");
        assert!(!inner.contains(['\'', '!', '\n']));
    }

    /// What a host says without a probe, and with one of its own.
    #[test]
    fn a_copy_is_preferred_and_none_is_told() {
        let home = tempfile::tempdir().expect("a folder");
        let run = |path: &str| {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", &serve()]);
            command.env_clear().env("HOME", home.path());
            command.env("PATH", format!("{path}/usr/bin:/bin"));
            command.output().expect("a shell")
        };
        let output = run("");
        let machine = Command::new("uname").arg("-m").output().expect("uname(1)");
        let machine = String::from_utf8_lossy(&machine.stdout).trim().to_owned();
        assert_eq!(output.status.code(), Some(127));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(said, format!("{NO_PROBE}{machine}\n"));
        assert_eq!(why(&said), Some(HostTrouble::NoProbe));

        let place = |folder: &str, name: &str, says: &str| {
            let folder = home.path().join(folder);
            std::fs::create_dir_all(&folder).expect("made");
            let file = folder.join(name);
            std::fs::write(
                &file,
                format!("#!/bin/sh\necho {says} $1 $SYSMON_ASKED_BY\n"),
            )
            .expect("written");
            let made = Command::new("chmod").arg("700").arg(file).status();
            assert!(made.expect("chmod(1)").success());
        };
        place("bin", "sysmon-probe", "installed");
        let path = format!("{}:", home.path().join("bin").display());
        let own = asked_by();
        let own = own.split_once('=').map_or("", |(_, name)| name);
        let said =
            |says: &str| format!("{}\n", format!("{says} serve {own}").trim_end()).into_bytes();
        assert_eq!(run(&path).stdout, said("installed"));
        place(FOLDER, &name(&machine), "copied");
        assert_eq!(run(&path).stdout, said("copied"));
    }
}
