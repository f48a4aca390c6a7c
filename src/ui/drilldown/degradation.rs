//! What could not be read, as sentences in the user's language.

use gettextrs::{gettext, ngettext};

use crate::model::degradation::Phrase;
use crate::model::snapshot::Degradation;

/// A degradation as a sentence: what is missing and why.
pub fn sentence(degradation: &Degradation) -> String {
    let explanation = degradation.explanation();
    // Translators: what is missing, then why.
    gettext("{what}: {reason}.")
        .replace("{what}", &translated(explanation.what))
        .replace("{reason}", &translated(explanation.why))
}

fn translated(phrase: Phrase) -> String {
    match phrase {
        Phrase::Plain(template) => gettext(template),
        Phrase::Counted { one, many, count } => {
            let plural = u32::try_from(count).unwrap_or(u32::MAX);
            ngettext(one, many, plural).replace("{count}", &count.to_string())
        }
    }
}
