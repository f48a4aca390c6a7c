//! What could not be read, as sentences in the user's language.

use gettextrs::gettext;

use crate::model::snapshot::Degradation;
use crate::ui::language::translated;

/// A degradation as a sentence: what is missing and why.
pub fn sentence(degradation: &Degradation) -> String {
    let explanation = degradation.explanation();
    // Translators: what is missing, then why.
    gettext("{what}: {reason}.")
        .replace("{what}", &translated(explanation.what))
        .replace("{reason}", &translated(explanation.why))
}
