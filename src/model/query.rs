//! The filter language: text becomes a question that every row answers with yes or no.

use super::table::Row;

/// What a filter asks of a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    words: Vec<String>,
}

/// Why a filter cannot be understood, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}")]
pub struct QueryError {
    /// Where in the text the fault begins, in characters.
    pub at: usize,
}

impl Query {
    /// Understands a filter.
    ///
    /// # Errors
    /// With the place of the first fault.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let words = text.split_whitespace().map(str::to_lowercase).collect();
        Ok(Self { words })
    }

    /// Whether every row passes.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether this row passes.
    pub fn matches<R: Row>(&self, row: &R) -> bool {
        let Some(process) = row.process() else {
            return self.is_empty();
        };
        let pid = process.key.pid.to_string();
        self.words.iter().all(|word| {
            pid.contains(word.as_str())
                || process.info.name.to_lowercase().contains(word.as_str())
                || process
                    .info
                    .command_line
                    .join(" ")
                    .to_lowercase()
                    .contains(word.as_str())
        })
    }
}
