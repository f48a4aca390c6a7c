//! Why nothing can be shown, in the user's language.

use crate::source::SourceError;
use crate::ui::language::translated;

/// Why a source gives no answer, to follow a colon.
pub fn reason(error: &SourceError) -> String {
    match error {
        SourceError::Remote(error) => error.sentence(translated),
        other => other.to_string(),
    }
}

/// Why a source gives no answer, to stand alone.
pub fn sentence(error: &SourceError) -> String {
    let reason = reason(error);
    let mut rest = reason.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    first.chain(rest).collect()
}
