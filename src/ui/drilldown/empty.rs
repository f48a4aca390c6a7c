//! What stands in the place of rows when there are none.

use gettextrs::gettext;

use super::degradation;
use super::subject::{SnapshotOf, Subject};
use crate::model::snapshot::Reason;
use crate::model::table::{Noun, Row};

/// What is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Nothing has arrived yet.
    Waiting,
    /// Rows.
    Rows,
    /// A sentence, and what can be done.
    Empty {
        /// In a few words.
        title: String,
        /// Why.
        description: String,
        /// What can be done about it.
        remedy: Option<Remedy>,
    },
}

/// What a person can do when there are no rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Take the filter away.
    ClearFilter,
    /// Show processes that the subject does not concern.
    ShowAll,
    /// Read as administrator.
    BecomeAdministrator,
}

/// Decides what is shown. `matched` rows pass the filter, which has words or not.
pub fn shown<S: Subject>(
    snapshot: Option<&SnapshotOf<S::Row>>,
    failure: Option<&str>,
    matched: u32,
    filtered: bool,
    show_all: bool,
) -> Shown {
    let Some(snapshot) = snapshot else {
        return failure.map_or(Shown::Waiting, |failure| {
            let title = match S::Row::NOUN {
                Noun::Process => gettext("Processes Cannot Be Read"),
                Noun::Connection => gettext("Connections Cannot Be Read"),
            };
            empty(title, failure, None)
        });
    };
    if matched > 0 || (!filtered && !snapshot.remainder.is_empty()) {
        return Shown::Rows;
    }
    let missing = snapshot.degradations.iter().find(|degradation| {
        S::SOURCES.contains(&degradation.what)
            && matches!(degradation.reason, Reason::NotAvailable | Reason::Malformed)
    });
    let concern = S::concern().filter(|_| !show_all);
    let permitted = concern
        .as_ref()
        .is_none_or(|concern| snapshot.rows.iter().any(concern.is_permitted));
    match (missing, concern) {
        (Some(missing), _) if !permitted || snapshot.rows.is_empty() => empty(
            gettext("Not Available"),
            &degradation::sentence(missing),
            None,
        ),
        (_, Some(concern)) if !permitted && !snapshot.rows.is_empty() => empty(
            gettext("Not Permitted"),
            &concern.not_permitted,
            Some(Remedy::BecomeAdministrator),
        ),
        _ if filtered => empty(
            gettext("No Results"),
            &match S::Row::NOUN {
                Noun::Process => gettext("No process passes the filter."),
                Noun::Connection => gettext("No connection passes the filter."),
            },
            Some(Remedy::ClearFilter),
        ),
        (_, Some(concern)) => {
            let unreadable: Vec<String> = snapshot
                .degradations
                .iter()
                .filter(|degradation| S::SOURCES.contains(&degradation.what))
                .map(degradation::sentence)
                .collect();
            empty(
                concern.nobody,
                &unreadable.join("\n"),
                Some(Remedy::ShowAll),
            )
        }
        (_, None) => {
            let title = match S::Row::NOUN {
                Noun::Process => gettext("No Processes"),
                Noun::Connection => gettext("No Connections"),
            };
            empty(title, "", None)
        }
    }
}

fn empty(title: String, description: &str, remedy: Option<Remedy>) -> Shown {
    Shown::Empty {
        title,
        description: description.to_owned(),
        remedy,
    }
}
