//! What `pkexec(1)` means by how it ends.

use crate::model::administrator::NoAdministrator;
use crate::model::format::printable;

/// Nobody gave the password.
const DISMISSED: i32 = 126;
/// The rules do not allow it, or it could not be asked for.
const REFUSED: i32 = 127;

/// Why it did not start the probe; `None` where the probe itself ended.
pub(super) fn refusal(code: i32, said: &str) -> Option<NoAdministrator> {
    match code {
        DISMISSED => Some(NoAdministrator::Dismissed),
        REFUSED if said.contains("authentication agent") => Some(NoAdministrator::NoAgent),
        REFUSED => {
            let line = said.lines().find(|line| line.starts_with("Error"));
            let said = line.map_or("", |line| line.rsplit(": ").next().unwrap_or(line));
            Some(NoAdministrator::NotAllowed {
                said: printable(said).into_owned(),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_it_ends_says_why() {
        let refused = "Error executing command as another user: Not authorized\n\n\
                       This incident has been reported.\n";
        let no_agent = "Error executing command as another user: No authentication agent found.\n";
        let not_allowed = |said: &str| {
            Some(NoAdministrator::NotAllowed {
                said: said.to_owned(),
            })
        };
        for (code, said, why) in [
            (126, "", Some(NoAdministrator::Dismissed)),
            (127, refused, not_allowed("Not authorized")),
            (127, no_agent, Some(NoAdministrator::NoAgent)),
            (127, "", not_allowed("")),
            (1, "sysmon-probe: no", None),
        ] {
            assert_eq!(refusal(code, said), why, "{code:?} {said}");
        }
    }
}
