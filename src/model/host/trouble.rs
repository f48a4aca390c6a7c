//! Why another host cannot be read, and why the probe cannot be copied there, in words.

use std::fmt;

use crate::model::degradation::{Phrase, plain};
use crate::model::remote::RemoteError;

/// Why another host cannot be read. What strangers said in it is fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostTrouble {
    /// This machine has no ssh.
    NoSsh,
    /// ssh was never there, so it does not know with whom it speaks.
    UnknownKey,
    /// ssh knows another key of it.
    ChangedKey,
    /// It lets nobody in without being asked something, and nobody is there to answer.
    NoKey,
    /// No such name.
    NoName,
    /// It does not answer.
    Unreachable {
        /// What ssh said.
        said: String,
    },
    /// It has no probe.
    NoProbe,
    /// It has no probe, and is of another architecture than what could be copied.
    OtherArchitecture {
        /// Its own, as `uname(1)` has it.
        theirs: String,
        /// That of this program.
        ours: String,
    },
    /// Its probe is for another architecture, or cannot be started for another reason.
    CannotRun {
        /// What its shell said.
        said: String,
    },
}

impl HostTrouble {
    /// Whether trying again is of no use before a person has done something. Some hosts shut out who
    /// fails to log in too often.
    pub fn needs_person(&self) -> bool {
        !matches!(self, Self::NoName | Self::Unreachable { .. })
    }

    /// Whether a copy of the probe there would help.
    pub fn wants_probe(&self) -> bool {
        matches!(self, Self::NoProbe | Self::CannotRun { .. })
    }

    /// The template of the sentence about `{host}`, without a full stop.
    pub(in crate::model) fn phrase(&self) -> Phrase {
        match self {
            Self::NoSsh => {
                plain("ssh, which leads to {host}, is missing here; install the OpenSSH client")
            }
            Self::UnknownKey => plain(
                "ssh does not know the key of {host}; connect once with “ssh {host}” in a terminal, and check it there",
            ),
            Self::ChangedKey => plain(
                "the key of {host} is another than ssh knows: somebody may be in between; “ssh {host}” in a terminal says which key it was",
            ),
            Self::NoKey => plain(
                "{host} does not let you in without a question; “ssh-copy-id {host}” gives it a key of yours, and “ssh-add” unlocks one",
            ),
            Self::NoName => plain("no host is found by the name of {host}"),
            Self::Unreachable { .. } => plain("{host} does not answer: {said}"),
            Self::NoProbe => plain("{host} has no probe of SysMon {version}"),
            Self::OtherArchitecture { .. } => plain(
                "{host} has no probe, and its architecture is {theirs} and not {ours}: install SysMon {version} there",
            ),
            Self::CannotRun { .. } => plain("the probe on {host} cannot be run: {said}"),
        }
    }

    /// What takes the place of the words in braces.
    pub(in crate::model) fn arguments(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Unreachable { said } | Self::CannotRun { said } => vec![("{said}", said)],
            Self::OtherArchitecture { theirs, ours } => {
                vec![("{theirs}", theirs), ("{ours}", ours)]
            }
            _ => Vec::new(),
        }
    }
}

/// Why the probe was not copied to another host, which is as it was. What strangers said in it is fit
/// to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyTrouble {
    /// There is no probe to copy here.
    Missing {
        /// Where it should be.
        path: String,
    },
    /// The probe here cannot be read.
    Unread {
        /// Where it is.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The host is of another architecture.
    OtherArchitecture {
        /// Its own, as `uname(1)` has it.
        theirs: String,
        /// That of the probe here.
        ours: String,
    },
    /// The folder or the file cannot be written there.
    NotWritten {
        /// What its shell said.
        said: String,
    },
    /// What arrived is not what was sent.
    Damaged,
    /// What arrived does not run there, or is another version than it should be.
    CannotRun {
        /// What its shell said.
        said: String,
    },
    /// The way there is closed.
    Remote(RemoteError),
}

impl CopyTrouble {
    /// The sentence about `host`, without a full stop. `translated` brings its template into a
    /// language.
    pub fn sentence(&self, host: &str, translated: impl Fn(Phrase) -> String) -> String {
        let (phrase, arguments): (_, Vec<(&str, &str)>) = match self {
            Self::Remote(error) => return error.sentence(translated),
            Self::Missing { path } => (
                plain("there is no probe to copy at {path}; install SysMon with its static probe"),
                vec![("{path}", path)],
            ),
            Self::Unread { path, reason } => (
                plain("{path} cannot be read: {reason}"),
                vec![("{path}", path), ("{reason}", reason)],
            ),
            Self::OtherArchitecture { theirs, ours } => (
                plain(
                    "the architecture of {host} is {theirs}, and the probe is for {ours}: install SysMon there",
                ),
                vec![("{theirs}", theirs), ("{ours}", ours)],
            ),
            Self::NotWritten { said } => (
                plain("it cannot be written on {host}: {said}"),
                vec![("{said}", said)],
            ),
            Self::Damaged => (
                plain("what arrived on {host} is not what was sent; try again"),
                Vec::new(),
            ),
            Self::CannotRun { said } => (
                plain("it does not run on {host}: {said}"),
                vec![("{said}", said)],
            ),
        };
        let mut text = translated(phrase).replace("{host}", host);
        for (name, value) in arguments {
            text = text.replace(name, value);
        }
        text
    }
}

/// In English, of a host without a name.
impl fmt::Display for CopyTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence("the host", Phrase::english))
    }
}

impl std::error::Error for CopyTrouble {}
