//! How a probe is started, and how long it is waited for.

use std::ffi::OsString;
use std::time::Duration;

use crate::model::host::HostTarget;

/// The command that is a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeCommand {
    /// The program, found as a shell would, and its arguments. No shell reads them.
    pub words: Vec<OsString>,
    /// The id of the Flatpak whose sandbox the command leads out of; `None` for any other command.
    pub flatpak: Option<String>,
    /// What the words lead through, out of the sandbox where there is one.
    pub through: Through,
}

/// What a command leads through to the probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Through {
    /// Nothing that is known here.
    Nothing,
    /// `pkexec(1)`, which starts it with an administrator's rights.
    Pkexec,
    /// `ssh(1)`, to this host.
    Ssh(HostTarget),
}

impl ProbeCommand {
    /// Any command.
    pub fn new(words: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        Self {
            words: words.into_iter().map(Into::into).collect(),
            flatpak: None,
            through: Through::Nothing,
        }
    }
}

/// How long a probe is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Until it says what it is: a login may take a while.
    pub greeting: Duration,
    /// Until it answers a question.
    pub answer: Duration,
    /// Until it ends when there are no more questions.
    pub end: Duration,
    /// From its first failure until it is started again; [`Duration::MAX`] for never. Each further failure
    /// doubles that,
    pub first_pause: Duration,
    /// up to this.
    pub longest_pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            greeting: Duration::from_secs(20),
            answer: Duration::from_secs(15),
            end: Duration::from_millis(500),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
        }
    }
}

impl Patience {
    /// From the last of so many failures in a row until it is started again.
    pub fn pause(&self, failures: u32) -> Duration {
        let doubled = 1_u32.checked_shl(failures.saturating_sub(1));
        self.first_pause
            .saturating_mul(doubled.unwrap_or(u32::MAX))
            .min(self.longest_pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_longest() {
        let patience = Patience::default();
        let pauses: Vec<_> = [1, 2, 3, 7, 40, u32::MAX]
            .map(|failures| patience.pause(failures).as_millis())
            .into();
        assert_eq!(pauses, [500, 1000, 2000, 30_000, 30_000, 30_000]);
    }
}
