//! Why nothing can be shown, in the user's language.

use crate::model::remote::RemoteError;
use crate::source::SourceError;
use crate::ui::language::translated;

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
    first_capital(&reason(error))
}

/// The same text as the beginning of a sentence.
pub fn first_capital(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    first.chain(rest).collect()
}
