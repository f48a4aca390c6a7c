//! Why the machine is not read with an administrator's rights, in words. The English templates are the
//! message ids that a window translates.

use super::degradation::{Phrase, plain};

/// Why there is no administrator mode, or why it ended. What strangers said in it is fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAdministrator {
    /// `pkexec(1)`, which asks for the password, is missing.
    NoPkexec,
    /// The probe that would be started is nowhere.
    NotInstalled,
    /// Somebody else than root could put something else in its place.
    NotRoots {
        /// The file or folder that is not root's alone.
        path: String,
    },
    /// Whose it is cannot be told.
    Unchecked {
        /// What was said instead.
        said: String,
    },
    /// Whoever was asked for the password did not give it.
    Dismissed,
    /// There is nothing that could ask for it.
    NoAgent,
    /// The system's rules do not allow it.
    NotAllowed {
        /// What `pkexec` said.
        said: String,
    },
    /// The probe was started, and ended.
    Ended {
        /// Its last words; empty where it had none.
        said: String,
    },
}

impl NoAdministrator {
    /// The template, and what takes the place of the name in it.
    pub(super) fn phrase(&self) -> (Phrase, Option<(&'static str, &str)>) {
        match self {
            Self::NoPkexec => (
                plain(
                    "pkexec, which asks for an administrator\u{2019}s password, is missing; install the package pkexec or polkit",
                ),
                None,
            ),
            Self::NotInstalled => (
                plain(
                    "sysmon-probe, which reads as administrator, is not installed; install SysMon for all users of this machine",
                ),
                None,
            ),
            Self::NotRoots { path } => (
                plain(
                    "not only root may change {path}, and what is in there is not started as root; install SysMon for all users of this machine",
                ),
                Some(("{path}", path)),
            ),
            Self::Unchecked { said } => (
                plain("it cannot be told who may change the probe: {said}"),
                Some(("{said}", said)),
            ),
            Self::Dismissed => (plain("the password was not given"), None),
            Self::NoAgent => (
                plain(
                    "nothing is running that asks for passwords; start the polkit agent of your desktop",
                ),
                None,
            ),
            Self::NotAllowed { said } if said.is_empty() => {
                (plain("the rules of this system do not allow it"), None)
            }
            Self::NotAllowed { said } => (
                plain("the rules of this system do not allow it: {said}"),
                Some(("{said}", said)),
            ),
            Self::Ended { said } if said.is_empty() => {
                (plain("the administrator\u{2019}s probe ended"), None)
            }
            Self::Ended { said } => (
                plain("the administrator\u{2019}s probe ended: {said}"),
                Some(("{said}", said)),
            ),
        }
    }
}
