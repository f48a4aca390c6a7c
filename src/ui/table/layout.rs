//! What a person chose about a table: its columns and its order.

use super::columns::{PROCESS, offered};
use super::order::Sort;
use crate::model::table::Row;

/// Columns in their order, and the sorting.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// All columns that the window offers, from the start of the row to its end.
    pub columns: Vec<ColumnLayout>,
    /// The sorting.
    pub sort: Sort,
}

/// What was chosen about one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColumnLayout {
    /// Its key.
    pub key: &'static str,
    /// Whether it is shown.
    pub shown: bool,
    /// Its width in pixels; `None` where it follows from what is in it.
    pub width: Option<i32>,
}

impl Layout {
    /// Shows these columns first, in this order; then come the others, hidden.
    pub fn new<R: Row>(shown: &[&str], sort: Sort) -> Self {
        let column = |key: &'static str, shown| ColumnLayout {
            key,
            shown,
            width: None,
        };
        let first = shown.iter().filter_map(|key| R::column(key));
        let others = offered::<R>().filter(|column| !shown.contains(&column.key));
        let columns = first
            .map(|data| column(data.key, true))
            .chain(others.map(|data| column(data.key, data.key == PROCESS)))
            .collect();
        Self { columns, sort }
    }

    /// Keys of the columns that are shown, in their order.
    pub fn shown(&self) -> impl Iterator<Item = &'static str> {
        let shown = self.columns.iter().filter(|column| column.shown);
        shown.map(|column| column.key)
    }
}
