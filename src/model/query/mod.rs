//! The filter language: text becomes a question that every row answers with yes or no.
//!
//! Terms stand side by side and must all hold; `-` before one negates it:
//!
//! | term | holds for |
//! | --- | --- |
//! | `word`, `"two words"` | a process whose name, command line or pid contains it, in any case |
//! | `/regex/` | a process whose name or command line it matches |
//! | `name:word`, `name:/regex/` | what a column contains or matches; see [`Field`] |
//! | `pid:7`, `port:8000-8100` | a number, or one from a range |
//! | `rx>1.5M`, `mem<=5%` | what is compared: `>`, `>=`, `<`, `<=`, `=` |
//!
//! A value that is not known passes no term, and so passes each negated one.

mod completion;
mod field;
mod matching;
mod parser;
mod quantity;

pub use completion::{Completion, completions};
pub use field::Field;
pub use quantity::{Comparison, Unit};

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU64;
use std::ops::{Range, RangeInclusive};

use regex::Regex;

use super::degradation::{Phrase, plain};
use super::table::Row;

/// A filter is at most this long, in characters.
const LENGTH: usize = 1000;

/// What a filter asks of a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    terms: Vec<Term>,
}

/// One of the things that are asked.
#[derive(Clone, Debug)]
struct Term {
    /// Where it stands in the text, in characters.
    at: Range<usize>,
    negated: bool,
    test: Test,
}

/// Equal where they ask the same.
impl PartialEq for Term {
    fn eq(&self, other: &Self) -> bool {
        (self.negated, &self.test) == (other.negated, &other.test)
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    /// Name, command line or pid.
    Anywhere(Pattern),
    /// The text of a field.
    Text(Field, Pattern),
    /// A number from a range.
    Number(Field, RangeInclusive<u64>),
    /// An address of a network.
    Network { address: IpAddr, prefix: u8 },
    /// A quantity.
    Compared(Field, Comparison),
}

/// What a text is searched for.
#[derive(Clone, Debug)]
enum Pattern {
    /// Small letters, which the text holds in any case.
    Contains(String),
    Matches(Regex),
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Contains(a), Self::Contains(b)) => a == b,
            (Self::Matches(a), Self::Matches(b)) => a.as_str() == b.as_str(),
            _ => false,
        }
    }
}

/// Why a filter cannot be understood, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}, at character {}", self.problem.english(), self.at.start + 1)]
pub struct QueryError {
    /// The part of the text that is at fault, in characters.
    pub at: Range<usize>,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// No field has this name.
    UnknownKey(String),
    /// This table has no such field.
    NotHere(Field),
    /// `name:` and nothing behind it.
    NoValue(Field),
    /// `-` and nothing behind it.
    NothingToNegate,
    /// A quotation mark without its counterpart.
    OpenQuote,
    /// A field that is no number is compared.
    NotComparable(Field),
    /// A number was expected.
    NotANumber(String),
    /// A regular expression that is malformed, or would need too much memory.
    BadRegex(String),
    /// TCP or UDP was expected.
    NotAProtocol(String),
    /// More than can be asked.
    TooLong,
}

impl Problem {
    /// What is said of it, and the word that takes the place of `{word}`.
    pub fn phrase(&self) -> (Phrase, &str) {
        match self {
            Self::UnknownKey(key) => (
                plain("there is no “{word}:” to filter by; put quotes around it to search for it"),
                key,
            ),
            Self::NotHere(field) => (plain("this table has no “{word}:”"), field.key()),
            Self::NoValue(field) => (plain("a value is missing after “{word}”"), field.key()),
            Self::NothingToNegate => (plain("“{word}” stands before nothing"), "-"),
            Self::OpenQuote => (plain("the closing “{word}” is missing"), "\""),
            Self::NotComparable(field) => (
                plain("“{word}” is no quantity; write “{word}:…”"),
                field.key(),
            ),
            Self::NotANumber(text) => (plain("“{word}” is not a number"), text),
            Self::BadRegex(text) => (plain("“{word}” is not a regular expression"), text),
            Self::NotAProtocol(text) => (plain("“{word}” is neither tcp nor udp"), text),
            Self::TooLong => (plain("the filter is too long"), ""),
        }
    }

    /// The same in English.
    fn english(&self) -> String {
        let (phrase, word) = self.phrase();
        phrase.english().replace("{word}", word)
    }
}

impl Query {
    /// Understands a filter.
    ///
    /// # Errors
    /// With the place of the first fault.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        parser::parse(text).map(|terms| Self { terms })
    }

    /// Whether rows `R` have all that is asked for.
    ///
    /// # Errors
    /// With the place of the first term that no such row could ever answer.
    pub fn check<R: Row>(&self) -> Result<(), QueryError> {
        let missing = |term: &&Term| term.field().is_some_and(|field| !field.is_in::<R>());
        match self.terms.iter().find(missing) {
            Some(term) => Err(QueryError {
                at: term.at.clone(),
                problem: Problem::NotHere(term.field().unwrap_or(Field::Name)),
            }),
            None => Ok(()),
        }
    }

    /// The same, asked of rows whose shares of CPU time are of one core, where a person read shares
    /// of a machine of so many.
    #[must_use]
    pub fn of_machine(&self, cpus: NonZeroU64) -> Self {
        let mut query = self.clone();
        for term in &mut query.terms {
            if let Test::Compared(Field::Cpu, comparison) = &mut term.test {
                comparison.number *= cpus.get() as f64;
            }
        }
        query
    }

    /// Whether every row passes.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether this row passes.
    pub fn matches<R: Row>(&self, row: &R) -> bool {
        self.terms
            .iter()
            .all(|term| matching::holds(&term.test, row) != term.negated)
    }
}

impl Term {
    fn field(&self) -> Option<Field> {
        match &self.test {
            Test::Anywhere(_) => None,
            Test::Text(field, _) | Test::Number(field, _) | Test::Compared(field, _) => {
                Some(*field)
            }
            Test::Network { .. } => Some(Field::Host),
        }
    }
}

/// Text that is understood as the same query.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, term) in self.terms.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            if term.negated {
                f.write_str("-")?;
            }
            term.test.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anywhere(pattern) => pattern.fmt(f),
            Self::Text(field, pattern) => write!(f, "{}:{pattern}", field.key()),
            Self::Number(field, range) if range.start() == range.end() => {
                write!(f, "{}:{}", field.key(), range.start())
            }
            Self::Number(field, range) => {
                write!(f, "{}:{}-{}", field.key(), range.start(), range.end())
            }
            Self::Network { address, prefix } => write!(f, "host:{address}/{prefix}"),
            Self::Compared(field, comparison) => write!(f, "{}{comparison}", field.key()),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Matches(regex) => write!(f, "/{regex}/"),
            Self::Contains(text) => {
                let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
                write!(f, "\"{escaped}\"")
            }
        }
    }
}

#[cfg(test)]
mod tests;
