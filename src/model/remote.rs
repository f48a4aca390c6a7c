//! Why a probe that reads for this program cannot be asked, in words. The English templates are the
//! message ids that a window translates.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::administrator::NoAdministrator;
use super::degradation::{Phrase, plain};
use super::format::printable;
use super::host::HostTrouble;

/// Why a probe gives no answer. What strangers said in it is fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteError {
    /// It could not be started.
    NotStarted {
        /// The command's first word.
        program: String,
        /// What the system said.
        reason: String,
    },
    /// The program that starts it outside of a Flatpak's sandbox is missing inside.
    NoFlatpakSpawn,
    /// This Flatpak does not have it.
    NotInstalled {
        /// Where it should be.
        path: String,
    },
    /// The sandbox may not start it outside.
    Forbidden {
        /// The application's id.
        application: String,
    },
    /// It ended before it said what it is.
    EndedAtStart {
        /// Its last words; empty where it had none.
        said: String,
    },
    /// It did not say what it is in time.
    NoGreeting,
    /// What was started says something, but not what a probe says.
    NotAProbe,
    /// It is of another version, which speaks otherwise.
    OtherVersion {
        /// Its version, and that of what it speaks.
        theirs: (String, u16),
        /// Those of this program.
        ours: (String, u16),
    },
    /// It did not answer in time.
    Late {
        /// How long it was waited for.
        seconds: u64,
    },
    /// It ended.
    Ended {
        /// Its last words; empty where it had none.
        said: String,
    },
    /// It said what cannot be understood.
    Malformed,
    /// It announced more than is ever read.
    TooLarge {
        /// So many bytes.
        bytes: u64,
        /// At most so many are read.
        bound: u64,
    },
    /// It answered what was not asked.
    Unasked,
    /// It did not do as it was asked.
    Refused(Refusal),
    /// It would read as administrator, and may not.
    Administrator(NoAdministrator),
    /// The way to another host is closed, or there is no probe at its end.
    Host {
        /// Which, fit to be shown.
        host: String,
        /// Why.
        why: HostTrouble,
        /// The version of this program.
        ours: &'static str,
    },
}

/// Why a probe does not do as it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// It does not know the question.
    NotUnderstood,
    /// It is at the last question yet.
    Busy,
    /// It looks for as many windows as it can.
    TooMany,
    /// The answer is larger than may be sent.
    TooLarge,
    /// Something else went wrong, in its own words.
    Told(String),
}

impl RemoteError {
    /// Whether trying again is of no use before a person has done something.
    pub fn needs_person(&self) -> bool {
        matches!(self, Self::Host { why, .. } if why.needs_person())
    }

    /// Whether a copy of the probe on the host would help, where there is a host.
    pub fn wants_probe(&self) -> bool {
        match self {
            Self::Host { why, .. } => why.wants_probe(),
            Self::OtherVersion { .. } => true,
            _ => false,
        }
    }

    /// The sentence, without a full stop. `translated` brings its template into a language.
    pub fn sentence(&self, translated: impl Fn(Phrase) -> String) -> String {
        let filled = |phrase: Phrase, arguments: &[(&str, &str)]| {
            let mut text = translated(phrase);
            for (name, value) in arguments {
                text = text.replace(name, value);
            }
            text
        };
        match self {
            Self::NotStarted { program, reason } => filled(
                plain("the probe \u{201c}{program}\u{201d} cannot be started: {reason}"),
                &[("{program}", program), ("{reason}", reason)],
            ),
            Self::NoFlatpakSpawn => filled(
                plain(
                    "flatpak-spawn, which starts the probe outside of the sandbox, is missing in the runtime; install SysMon with the runtime it names",
                ),
                &[],
            ),
            Self::NotInstalled { path } => filled(
                plain("this Flatpak has no probe at {path}; install SysMon again"),
                &[("{path}", path)],
            ),
            Self::Forbidden { application } => filled(
                plain(
                    "the sandbox does not let SysMon start its probe outside; \u{201c}flatpak override --user --talk-name=org.freedesktop.Flatpak {application}\u{201d} allows it",
                ),
                &[("{application}", application)],
            ),
            Self::EndedAtStart { said } if said.is_empty() => {
                filled(plain("the probe ended before it answered"), &[])
            }
            Self::EndedAtStart { said } => filled(
                plain("the probe ended before it answered: {said}"),
                &[("{said}", said)],
            ),
            Self::NoGreeting => filled(plain("the probe was started and says nothing"), &[]),
            Self::NotAProbe => filled(plain("what was started is no probe of SysMon"), &[]),
            Self::OtherVersion { theirs, ours } => filled(
                plain(
                    "the probe is SysMon {theirs} (protocol {their_protocol}) and this is SysMon {ours} (protocol {our_protocol}); install the same version of both",
                ),
                &[
                    ("{their_protocol}", &theirs.1.to_string()),
                    ("{our_protocol}", &ours.1.to_string()),
                    ("{ours}", &ours.0),
                    ("{theirs}", &theirs.0),
                ],
            ),
            Self::Late { seconds } => filled(
                plain("the probe has not answered for {seconds} s"),
                &[("{seconds}", &seconds.to_string())],
            ),
            Self::Ended { said } if said.is_empty() => {
                filled(plain("the probe ended; it is started again"), &[])
            }
            Self::Ended { said } => filled(
                plain("the probe ended and is started again: {said}"),
                &[("{said}", said)],
            ),
            Self::Malformed => filled(plain("the probe says what cannot be understood"), &[]),
            Self::TooLarge { bytes, bound } => filled(
                plain("the probe announces {bytes} bytes and {bound} may come at once"),
                &[
                    ("{bytes}", &bytes.to_string()),
                    ("{bound}", &bound.to_string()),
                ],
            ),
            Self::Unasked => filled(plain("the probe answers what nobody asked"), &[]),
            Self::Refused(refusal) => refusal.sentence(&filled),
            Self::Administrator(why) => {
                let (phrase, argument) = why.phrase();
                filled(phrase, argument.as_slice())
            }
            Self::Host { host, why, ours } => {
                let mut arguments = vec![("{host}", host.as_str()), ("{version}", ours)];
                arguments.extend(why.arguments());
                filled(why.phrase(), &arguments)
            }
        }
    }
}

impl Refusal {
    fn sentence(&self, filled: &impl Fn(Phrase, &[(&str, &str)]) -> String) -> String {
        match self {
            Self::NotUnderstood => filled(plain("the probe does not know the question"), &[]),
            Self::Busy => filled(plain("the probe has not finished its last answer"), &[]),
            Self::TooMany => filled(
                plain("the probe reads for as many windows as it can; close one"),
                &[],
            ),
            Self::TooLarge => filled(plain("the answer is too large for the probe to send"), &[]),
            Self::Told(text) => filled(
                plain("the probe says: {said}"),
                &[("{said}", &printable(text))],
            ),
        }
    }
}

impl From<NoAdministrator> for RemoteError {
    fn from(why: NoAdministrator) -> Self {
        Self::Administrator(why)
    }
}

/// In English.
impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence(Phrase::english))
    }
}

impl std::error::Error for RemoteError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_is_told_with_both() {
        let error = RemoteError::OtherVersion {
            theirs: ("2.0.0 {ours}".to_owned(), 2),
            ours: ("1.0.0".to_owned(), 1),
        };
        assert_eq!(
            error.to_string(),
            "the probe is SysMon 2.0.0 {ours} (protocol 2) and this is SysMon 1.0.0 (protocol 1); \
             install the same version of both"
        );
    }

    #[test]
    fn who_ends_has_the_last_word() {
        let ended = |said: &str| {
            RemoteError::EndedAtStart {
                said: said.to_owned(),
            }
            .to_string()
        };
        assert_eq!(ended(""), "the probe ended before it answered");
        assert_eq!(ended("no"), "the probe ended before it answered: no");
    }
}
