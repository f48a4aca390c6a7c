//! Whether a row answers a term with yes.

use std::net::IpAddr;

use super::super::format::{STATES, address};
use super::super::table::{Row, Value};
use super::field::Field;
use super::quantity::{Comparison, Unit};
use super::{Pattern, Test};

/// Whether what is asked is known to be so.
pub fn holds<R: Row>(test: &Test, row: &R) -> bool {
    match test {
        Test::Anywhere(pattern) => anywhere(pattern, row),
        Test::Text(Field::Proto, pattern) => any_of(Field::Proto, row, |key, value| match key {
            "protocol" => is_in(pattern, value),
            column => matches!(value, Value::Integer(1..)) && pattern.is_in(column),
        }),
        Test::Text(field, pattern) => any_of(*field, row, |_, value| is_in(pattern, value)),
        Test::Number(field, range) => any_of(*field, row, |_, value| match value {
            Value::Integer(number) => {
                u64::try_from(*number).is_ok_and(|number| range.contains(&number))
            }
            Value::Ports(ports) => ports.iter().any(|&port| range.contains(&u64::from(port))),
            _ => false,
        }),
        Test::Network {
            address: network,
            prefix,
        } => any_of(Field::Host, row, |_, value| match value {
            Value::Address(end) => is_in_network(end.ip(), *network, *prefix),
            Value::Texts(texts) => texts.iter().any(|text| {
                let address: Option<IpAddr> = text.parse().ok();
                address.is_some_and(|address| is_in_network(address, *network, *prefix))
            }),
            _ => false,
        }),
        Test::Compared(field, comparison) => {
            any_of(*field, row, |_, value| compares(comparison, value))
        }
    }
}

fn any_of<R: Row>(field: Field, row: &R, is: impl Fn(&'static str, &Value<'_>) -> bool) -> bool {
    field
        .columns::<R>()
        .any(|column| is(column.key, &(column.value)(row)))
}

/// Name, command line or pid; of a connection also its service.
fn anywhere<R: Row>(pattern: &Pattern, row: &R) -> bool {
    let Some(process) = row.process() else {
        return any_of(Field::Service, row, |_, value| is_in(pattern, value));
    };
    pattern.is_in(&process.info.name)
        || is_in(pattern, &Value::Texts(&process.info.command_line))
        || matches!(pattern, Pattern::Contains(needle)
            if process.key.pid.to_string().contains(needle.as_str()))
}

fn is_in(pattern: &Pattern, value: &Value<'_>) -> bool {
    match value {
        Value::Text(text) => pattern.is_in(text),
        // A pattern may go beyond one of several words.
        Value::Texts([text]) => pattern.is_in(text),
        Value::Texts(texts) => pattern.is_in(&texts.join(" ")),
        Value::Address(end) => pattern.is_in(&address(*end)),
        Value::Integer(number) => pattern.is_in(&number.to_string()),
        Value::State(state) => match pattern {
            Pattern::Contains(letter) if letter.chars().count() == 1 => {
                letter.chars().eq(state.0.to_lowercase())
            }
            pattern => STATES
                .iter()
                .any(|(letter, word)| *letter == state.0 && pattern.is_in(word)),
        },
        _ => false,
    }
}

impl Pattern {
    fn is_in(&self, text: &str) -> bool {
        match self {
            Self::Matches(regex) => regex.is_match(text),
            Self::Contains(needle) if needle.is_ascii() && text.is_ascii() => {
                contains_ascii(text.as_bytes(), needle.as_bytes())
            }
            Self::Contains(needle) => text.to_lowercase().contains(needle.as_str()),
        }
    }
}

/// Whether `text` holds `needle`, which is in small letters, in any case.
fn contains_ascii(text: &[u8], needle: &[u8]) -> bool {
    needle.is_empty()
        || text
            .windows(needle.len())
            .any(|window| window.eq_ignore_ascii_case(needle))
}

fn compares(comparison: &Comparison, value: &Value<'_>) -> bool {
    match (value, comparison.unit) {
        (Value::Percent(share), Unit::None | Unit::Percent) => comparison.holds(share.0),
        (Value::Bytes(amount), Unit::Bytes(..)) => comparison.holds(amount.0 as f64),
        (Value::Rate(rate), Unit::None | Unit::Bytes(..)) => comparison.holds(rate.0),
        (Value::Integer(number), Unit::None) => comparison.holds(*number as f64),
        _ => false,
    }
}

fn is_in_network(address: IpAddr, network: IpAddr, prefix: u8) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    let ((address, length), (network, of_network)) =
        (bits(address.to_canonical()), bits(network.to_canonical()));
    let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
    length == of_network && (address ^ network) & mask == 0
}
