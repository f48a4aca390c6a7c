//! Why a filter cannot be understood, as a sentence.

use gettextrs::gettext;

use crate::model::query::QueryError;

/// What is wrong with the filter `text`, and where.
pub fn sentence(error: &QueryError, text: &str) -> String {
    let rest: String = text.chars().skip(error.at).collect();
    // Translators: a filter, from where it cannot be understood.
    gettext("This cannot be understood: {}").replace("{}", &rest)
}
