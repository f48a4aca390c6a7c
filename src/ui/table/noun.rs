//! Words for what the rows of a table are about.

use gettextrs::{gettext, ngettext};

use crate::model::format::printable;
use crate::model::table::Noun;

impl Noun {
    /// What the row says that stands for `count` rows beyond the limit.
    pub(super) fn more(self, count: u32) -> String {
        let text = match self {
            Self::Process => ngettext("{} more process", "{} more processes", count),
            Self::Connection => ngettext("{} more connection", "{} more connections", count),
        };
        text.replace("{}", &count.to_string())
    }

    /// Said above the last values of a row that is gone.
    pub fn gone(self) -> String {
        match self {
            Self::Process => gettext("This process has ended; its last values are shown"),
            Self::Connection => gettext("This connection was closed; its last values are shown"),
        }
    }

    /// What is announced when the row with the focus is gone. `name` is that of its process.
    pub(super) fn ended(self, name: &str) -> String {
        let text = match self {
            // Translators: a process of this name ended.
            Self::Process => gettext("{} ended"),
            Self::Connection if name.is_empty() => gettext("Connection closed"),
            // Translators: a connection of the process of this name was closed.
            Self::Connection => gettext("Connection of {} closed"),
        };
        text.replace("{}", &printable(name))
    }
}
