//! Values of arguments, understood.

use std::time::Duration;

use super::Sort;
use crate::model::table::Direction;

/// Shortest interval, in seconds: below it counters of 10 ms ticks say little.
const SHORTEST: f64 = 0.1;
/// Longest interval, in seconds: a day.
const LONGEST: f64 = 86_400.0;

/// Longest recording, in seconds: a year.
const LONGEST_RECORDING: f64 = 31_536_000.0;

/// How many rows; a type of its own because `Option` means an argument that may be absent.
#[derive(Clone, Copy)]
pub(super) struct Top(pub(super) Option<usize>);

/// Seconds from one reading to the next.
pub(super) fn interval(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .filter(|seconds| (SHORTEST..=LONGEST).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("not a number of seconds from {SHORTEST} to {LONGEST}"))
}

/// Seconds that a recording takes.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .filter(|seconds| (SHORTEST..=LONGEST_RECORDING).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("not a number of seconds from {SHORTEST} to {LONGEST_RECORDING}"))
}

/// A number of rows, or all.
pub(super) fn top(text: &str) -> Result<Top, String> {
    match text.parse() {
        _ if text == "all" => Ok(Top(None)),
        Ok(rows) if rows > 0 => Ok(Top(Some(rows))),
        _ => Err("neither a number of rows from 1 nor \u{201c}all\u{201d}".to_owned()),
    }
}

/// A key, and perhaps a direction.
pub(super) fn sort(text: &str) -> Result<Sort, String> {
    let (key, direction) = match text.split_once(':') {
        None => (text, Direction::Descending),
        Some((key, "asc")) => (key, Direction::Ascending),
        Some((key, "desc")) => (key, Direction::Descending),
        Some(_) => return Err("behind the colon stands neither asc nor desc".to_owned()),
    };
    Ok(Sort {
        key: key.to_owned(),
        direction,
    })
}
