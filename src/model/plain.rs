//! Values for programs: raw numbers, without units and without the language of anybody.

use serde_json::Value as Json;

use super::format::address;
use super::table::Value;

/// Decimals of a number that is written for programs.
const PRECISION: f64 = 1e6;

/// A cell's value; `null` for what is missing.
pub fn value(value: &Value<'_>) -> Json {
    match value {
        Value::Text(text) => (*text).into(),
        Value::Texts(texts) => texts.to_vec().into(),
        Value::Ports(ports) => ports.to_vec().into(),
        Value::Address(end) => address(*end).into(),
        Value::Integer(number) => (*number).into(),
        Value::Percent(share) => number(share.0),
        Value::Bytes(amount) => amount.0.into(),
        Value::Rate(rate) => number(rate.0),
        Value::Duration(time) => number(time.as_secs_f64()),
        Value::Time(time) => time.to_string().into(),
        Value::State(state) => state.0.to_string().into(),
        Value::Lifetime(lifetime) => lifetime.name().into(),
        Value::Nothing | Value::NotMeasured | Value::NotTold | Value::NotPermitted => Json::Null,
    }
}

/// A number without the noise of its last digits.
pub fn number(number: f64) -> Json {
    ((number * PRECISION).round() / PRECISION).into()
}

/// Numbers as they are, nothing for what is missing, a list of plain values with spaces between
/// them, everything else as JSON.
pub fn text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Array(items) if items.iter().all(|item| !item.is_object()) => {
            items.iter().map(text).collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::model::process::ProcessState;
    use crate::model::units::{Bytes, BytesPerSecond, Percent};

    #[test]
    fn values_are_numbers_where_they_are_and_null_where_they_are_missing() {
        assert_eq!(value(&Value::Percent(Percent(97.100_000_04))), json!(97.1));
        assert_eq!(value(&Value::Rate(BytesPerSecond(f64::NAN))), Json::Null);
        assert_eq!(value(&Value::Bytes(Bytes(u64::MAX))), json!(u64::MAX));
        assert_eq!(
            value(&Value::Duration(Duration::from_millis(12_400))),
            json!(12.4)
        );
        assert_eq!(value(&Value::State(ProcessState('R'))), json!("R"));
        assert_eq!(value(&Value::Ports(&[80, 443])), json!([80, 443]));
        assert_eq!(value(&Value::NotPermitted), Json::Null);
        assert_eq!(value(&Value::Integer(0)), json!(0));
    }
}
