//! From text to terms.

use std::net::IpAddr;
use std::ops::{Range, RangeInclusive};

use regex::RegexBuilder;

use super::field::{Field, Kind};
use super::quantity::{Comparison, Operator};
use super::{LENGTH, Pattern, Problem, QueryError, Term, Test};

/// A regular expression may take this much memory, bytes: it runs for every row.
const REGEX_SIZE: usize = 1 << 20;

type Result<T> = std::result::Result<T, QueryError>;

/// Understands a whole filter.
pub fn parse(text: &str) -> Result<Vec<Term>> {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() > LENGTH {
        return Err(error(LENGTH..characters.len(), Problem::TooLong));
    }
    let mut parser = Parser {
        text: &characters,
        at: 0,
    };
    let mut terms = Vec::new();
    loop {
        parser.skip_spaces();
        if parser.at == characters.len() {
            return Ok(terms);
        }
        terms.push(parser.term()?);
    }
}

fn error(at: Range<usize>, problem: Problem) -> QueryError {
    QueryError { at, problem }
}

struct Parser<'a> {
    text: &'a [char],
    at: usize,
}

/// A value as it was written.
enum Written {
    /// Without quotes or slashes.
    Plain(String),
    /// Between quotes.
    Quoted(String),
    /// Between slashes.
    Regex(String),
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn skip_spaces(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn term(&mut self) -> Result<Term> {
        let start = self.at;
        let negated = self.peek() == Some('-');
        if negated {
            self.at += 1;
            if self.peek().is_none_or(char::is_whitespace) {
                return Err(error(start..self.at, Problem::NothingToNegate));
            }
        }
        let test = match self.key() {
            Some((key, separator)) => self.of_key(&key, separator)?,
            None => Test::Anywhere(self.pattern()?),
        };
        Ok(Term {
            at: start..self.at,
            negated,
            test,
        })
    }

    /// The letters before a colon or an operator, and that one. Stays where it is.
    fn key(&self) -> Option<(String, char)> {
        let rest = &self.text[self.at..];
        let letters = rest.iter().take_while(|c| c.is_ascii_alphabetic()).count();
        let separator = *rest.get(letters)?;
        let key: String = rest[..letters].iter().collect();
        (letters > 0 && ":<>=".contains(separator)).then_some((key, separator))
    }

    fn of_key(&mut self, key: &str, separator: char) -> Result<Test> {
        let start = self.at;
        self.at += key.len();
        let at_key = start..self.at;
        let Some(field) = Field::of_key(key) else {
            return Err(error(at_key, Problem::UnknownKey(key.to_owned())));
        };
        if separator != ':' {
            return self.comparison(field, at_key);
        }
        self.at += 1;
        let value_start = self.at;
        let value = match self.peek().filter(|c| !c.is_whitespace()) {
            Some(_) => self.written()?,
            None => return Err(error(start..self.at, Problem::NoValue(field))),
        };
        let at_value = value_start..self.at;
        match (field.kind(), value) {
            (Kind::Text, value) => text_test(field, value, at_value),
            (Kind::Number, Written::Plain(text) | Written::Quoted(text)) => match range(&text) {
                Some(range) => Ok(Test::Number(field, range)),
                None => Err(error(at_value, Problem::NotANumber(text))),
            },
            (_, Written::Plain(text) | Written::Quoted(text)) => {
                // `cpu:50` is what a person means by `cpu>=50`.
                let comparison = Operator::split(&text).unwrap_or((Operator::AtLeast, &text));
                Comparison::parse(comparison.0, comparison.1)
                    .map(|comparison| Test::Compared(field, comparison))
                    .ok_or_else(|| error(at_value, Problem::NotANumber(text.clone())))
            }
            (_, Written::Regex(text)) => Err(error(at_value, Problem::NotANumber(text))),
        }
    }

    fn comparison(&mut self, field: Field, at_key: Range<usize>) -> Result<Test> {
        if field.kind() == Kind::Text {
            return Err(error(at_key, Problem::NotComparable(field)));
        }
        let start = self.at;
        let text = self.plain();
        let Some((operator, number)) = Operator::split(&text) else {
            return Err(error(start..self.at, Problem::NoValue(field)));
        };
        if number.is_empty() {
            return Err(error(at_key.start..self.at, Problem::NoValue(field)));
        }
        Comparison::parse(operator, number)
            .map(|comparison| Test::Compared(field, comparison))
            .ok_or_else(|| error(start..self.at, Problem::NotANumber(number.to_owned())))
    }

    fn pattern(&mut self) -> Result<Pattern> {
        let start = self.at;
        let value = self.written()?;
        pattern(value, start..self.at)
    }

    fn written(&mut self) -> Result<Written> {
        match self.peek() {
            Some('"') => self.quoted().map(Written::Quoted),
            Some('/') => match self.regex() {
                Some(regex) => Ok(Written::Regex(regex)),
                // The path of a file.
                None => Ok(Written::Plain(self.plain())),
            },
            _ => Ok(Written::Plain(self.plain())),
        }
    }

    /// All up to the next space.
    fn plain(&mut self) -> String {
        let start = self.at;
        while self.peek().is_some_and(|c| !c.is_whitespace()) {
            self.at += 1;
        }
        self.text[start..self.at].iter().collect()
    }

    /// All up to the closing quotation mark. A backslash keeps what follows it.
    fn quoted(&mut self) -> Result<String> {
        let start = self.at;
        let mut quoted = String::new();
        self.at += 1;
        while let Some(character) = self.peek() {
            self.at += 1;
            match character {
                '"' => return Ok(quoted),
                '\\' => {
                    quoted.extend(self.peek());
                    self.at += 1;
                }
                _ => quoted.push(character),
            }
        }
        self.at = self.text.len();
        Err(error(start..self.at, Problem::OpenQuote))
    }

    /// All up to a slash that ends a term. `None`, and nothing taken, where there is none.
    fn regex(&mut self) -> Option<String> {
        let start = self.at + 1;
        let mut end = start;
        loop {
            match self.text.get(end)? {
                '\\' => end += 1,
                '/' if self.text.get(end + 1).is_none_or(|c| c.is_whitespace()) => break,
                _ => {}
            }
            end += 1;
        }
        if end == start {
            return None;
        }
        self.at = end + 1;
        Some(self.text[start..end].iter().collect())
    }
}

fn text_test(field: Field, value: Written, at: Range<usize>) -> Result<Test> {
    if let (Field::Host, Written::Plain(text)) = (field, &value) {
        if let Some((address, prefix)) = network(text) {
            return Ok(Test::Network { address, prefix });
        }
        // As in the address of a page: `host:[::1]`.
        let bare = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        if let Some(bare) = bare {
            return Ok(Test::Text(field, Pattern::Contains(bare.to_lowercase())));
        }
    }
    if let (Field::Proto, Written::Plain(text) | Written::Quoted(text)) = (field, &value)
        && !["tcp", "udp"]
            .iter()
            .any(|it| it.eq_ignore_ascii_case(text))
    {
        return Err(error(at, Problem::NotAProtocol(text.clone())));
    }
    Ok(Test::Text(field, pattern(value, at)?))
}

fn pattern(value: Written, at: Range<usize>) -> Result<Pattern> {
    match value {
        Written::Plain(text) | Written::Quoted(text) => Ok(Pattern::Contains(text.to_lowercase())),
        Written::Regex(text) => RegexBuilder::new(&text)
            .case_insensitive(true)
            .size_limit(REGEX_SIZE)
            .dfa_size_limit(REGEX_SIZE)
            .build()
            .map(Pattern::Matches)
            .map_err(|_| error(at, Problem::BadRegex(text))),
    }
}

/// `10.0.0.0/8`
fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, prefix) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let prefix = prefix.parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    (prefix <= longest).then_some((address, prefix))
}

/// `443` or `8000-8100`
fn range(text: &str) -> Option<RangeInclusive<u64>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some(first..=last)
}
