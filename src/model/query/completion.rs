//! What a filter that is being typed may go on with.

use std::ops::Range;

use super::super::degradation::{Phrase, plain};
use super::super::table::Row;
use super::field::{Field, Kind};

/// One way to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What it takes the place of, in characters.
    pub range: Range<usize>,
    /// The text.
    pub text: String,
    /// What it stands for.
    pub description: Phrase,
}

/// Ways to go on with the word before `cursor`, a place in the text in characters. None while
/// nothing of a word stands there.
pub fn completions<R: Row>(text: &str, cursor: usize) -> Vec<Completion> {
    let before: Vec<char> = text.chars().take(cursor).collect();
    let start = before
        .iter()
        .rposition(|character| character.is_whitespace())
        .map_or(0, |space| space + 1);
    let start = start + usize::from(before.get(start) == Some(&'-'));
    let word: String = before[start..].iter().collect();
    if word.is_empty() {
        return Vec::new();
    }
    let of_value = word.split_once(':').and_then(|(key, value)| {
        let values = values(Field::of_key(key)?);
        Some((start + key.len() + 1, value.to_lowercase(), values))
    });
    if let Some((start, value, values)) = of_value {
        return values
            .iter()
            .filter(|(text, _)| text.starts_with(&value) && *text != value)
            .map(|&(text, description)| Completion {
                range: start..before.len(),
                text: text.to_owned(),
                description,
            })
            .collect();
    }
    let word = word.to_lowercase();
    Field::ALL
        .into_iter()
        .filter(|field| field.is_in::<R>() && field.key().starts_with(&word))
        .map(|field| Completion {
            range: start..before.len(),
            text: format!("{}{}", field.key(), separator(field)),
            description: field.description(),
        })
        .collect()
}

fn separator(field: Field) -> char {
    match field.kind() {
        Kind::Text | Kind::Number => ':',
        Kind::Percent | Kind::Memory | Kind::Rate => '>',
    }
}

/// The values that a field can have, where they are few.
fn values(field: Field) -> Vec<(&'static str, Phrase)> {
    match field {
        Field::Proto => vec![("tcp", plain("Connections")), ("udp", plain("Datagrams"))],
        Field::State => vec![
            ("established", plain("Open connection")),
            ("listen", plain("Waits for connections")),
            ("running", plain("Uses a CPU or waits for one")),
            ("sleeping", plain("Waits for something")),
        ],
        _ => Vec::new(),
    }
}
