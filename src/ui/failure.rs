//! Why nothing can be shown, as a sentence in the user's language.

use crate::source::SourceError;
use crate::ui::language::translated;

/// Why a source gives no answer, without a full stop.
pub fn sentence(error: &SourceError) -> String {
    match error {
        SourceError::Remote(error) => error.sentence(translated),
        other => other.to_string(),
    }
}
