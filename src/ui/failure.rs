//! Why nothing can be shown, in the user's language.

use crate::model::remote::RemoteError;
use crate::source::SourceError;
use crate::ui::language::translated;

/// Programs that a sentence may begin with.
const PROGRAMS: [&str; 4] = ["flatpak-spawn", "pkexec", "ssh", "sysmon-probe"];

/// Why a source gives no answer, to follow a colon.
pub fn reason(error: &SourceError) -> String {
    match error {
        SourceError::Remote(error) => remote(error),
        other => other.to_string(),
    }
}

/// Why a probe gives no answer, to follow a colon.
pub fn remote(error: &RemoteError) -> String {
    error.sentence(translated)
}

/// Why a source gives no answer, to stand alone.
pub fn sentence(error: &SourceError) -> String {
    match error {
        SourceError::Remote(error) => remote_sentence(error),
        other => first_capital(&other.to_string()),
    }
}

/// Why a probe gives no answer, to stand alone.
pub fn remote_sentence(error: &RemoteError) -> String {
    let text = remote(error);
    match error {
        // As the person wrote it.
        RemoteError::Host { host, .. } if text.starts_with(host) => text,
        _ => first_capital(&text),
    }
}

/// The same text as the beginning of a sentence: names of programs stay as they are.
pub fn first_capital(text: &str) -> String {
    let word = text.split(' ').next().unwrap_or_default();
    if PROGRAMS.contains(&word.trim_end_matches(|c: char| c.is_ascii_punctuation())) {
        return text.to_owned();
    }
    let mut rest = text.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    first.chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::administrator::NoAdministrator;
    use crate::model::host::HostTrouble;

    #[test]
    fn names_keep_their_letters_at_the_beginning_of_a_sentence() {
        let host = |host: &str, why| RemoteError::Host {
            host: host.to_owned(),
            why,
            ours: "1.0.0",
        };
        for (error, beginning) in [
            (host("box", HostTrouble::NoProbe), "box has no probe"),
            (host("box", HostTrouble::UnknownKey), "ssh does not know"),
            (host("box", HostTrouble::NoName), "No host is found"),
            (NoAdministrator::NoPkexec.into(), "pkexec, which"),
            (NoAdministrator::NotInstalled.into(), "sysmon-probe, which"),
            (RemoteError::NoFlatpakSpawn, "flatpak-spawn, which"),
            (RemoteError::NoGreeting, "The probe was started"),
        ] {
            let text = remote_sentence(&error);
            assert!(text.starts_with(beginning), "{text}");
        }
    }
}
