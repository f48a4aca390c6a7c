//! Tab-separated values.

use serde_json::Value as Json;

use super::plain::text;

/// A line of values, each escaped so that it holds no tab and no newline.
pub fn line<'a>(values: impl IntoIterator<Item = &'a Json>) -> String {
    values
        .into_iter()
        .map(|value| escaped(&text(value)))
        .collect::<Vec<_>>()
        .join("\t")
}

/// The line of keys that goes before the first.
pub fn header<'a>(keys: impl IntoIterator<Item = &'a str>) -> String {
    keys.into_iter().collect::<Vec<_>>().join("\t")
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('\t', "\\t")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_raw_and_separators_in_them_escaped() {
        let values = [
            json!(null),
            json!(1.5),
            json!("a\tb\nc\\"),
            json!(["x", "-y"]),
            json!([80, 443]),
            json!({"name": "sda"}),
        ];
        assert_eq!(
            line(&values),
            "\t1.5\ta\\tb\\nc\\\\\tx -y\t80 443\t{\"name\":\"sda\"}"
        );
    }

    proptest! {
        #[test]
        fn a_line_has_one_field_for_each_value(texts in prop::collection::vec(any::<String>(), 1..5)) {
            let values: Vec<Json> = texts.into_iter().map(Json::from).collect();
            let line = line(&values);
            prop_assert_eq!(line.split('\t').count(), values.len());
            prop_assert_eq!(line.lines().count().max(1), 1);
        }
    }
}
