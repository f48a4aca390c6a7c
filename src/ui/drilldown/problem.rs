//! Why a filter cannot be understood, as a sentence.

use gettextrs::gettext;

use crate::model::format::printable;
use crate::model::query::QueryError;
use crate::ui::language::translated;

/// What is wrong with a filter, and where.
pub fn sentence(error: &QueryError) -> String {
    let (phrase, word) = error.problem.phrase();
    // Translators: what is wrong with a filter, then the place of the first character at fault.
    gettext("At character {place}: {problem}")
        .replace("{place}", &(error.at.start + 1).to_string())
        .replace(
            "{problem}",
            &translated(phrase).replace("{word}", &printable(word)),
        )
}
