//! Settings files as Qt's `QSettings` writes them (`QSettings::IniFormat`). Whatever stands in one, something
//! comes of it: what is no entry is left out.

use std::iter::Peekable;
use std::str::Chars;

/// The group of keys that stand in none.
const GENERAL: &str = "General";

/// One key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Groups and key, between them slashes. Keys without a group stand alone.
    pub path: String,
    /// The value.
    pub value: Value,
}

/// What stands behind a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text, or the texts of a list.
    Words(Vec<String>),
    /// A value of another type, of which only the name is read: `@Variant(…)`, `@Size(…)`.
    Typed(String),
}

/// All entries, in the order they stand in.
pub fn entries(text: &str) -> Vec<Entry> {
    let mut group = String::new();
    let mut found = Vec::new();
    for line in joined(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        let line = line.trim();
        if line.is_empty() || line.starts_with([';', '#']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            group = match name.split(']').next().unwrap_or_default() {
                GENERAL => String::new(),
                "%General" => GENERAL.to_owned(),
                name => unescaped_name(name),
            };
        } else if let Some((key, value)) = line.split_once('=') {
            let key = unescaped_name(key.trim());
            let path = match group.as_str() {
                "" => key,
                group => format!("{group}/{key}"),
            };
            let value = self::value(value.trim());
            found.push(Entry { path, value });
        }
    }
    found
}

/// Lines, together with those that they go on in.
fn joined(text: &str) -> impl Iterator<Item = String> {
    let mut lines = text.lines();
    std::iter::from_fn(move || {
        let mut line = lines.next()?.to_owned();
        // An even number of backslashes are characters of the value.
        while line.bytes().rev().take_while(|&it| it == b'\\').count() % 2 == 1 {
            line.pop();
            match lines.next() {
                Some(next) => line.push_str(next),
                None => break,
            }
        }
        Some(line)
    })
}

/// Groups and keys: `%20` is a byte, `%U263A` a character, and a backslash leads into a group.
fn unescaped_name(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c != '%' {
            text.push(if c == '\\' { '/' } else { c });
            continue;
        }
        let (digits, length) = match rest.strip_prefix('U') {
            Some(digits) => (digits.get(..4), 5),
            None => (rest.get(..2), 2),
        };
        let digits = digits.filter(|it| it.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if let Some(c) = number.and_then(char::from_u32) {
            text.push(c);
            rest = &rest[length..];
        } else {
            text.push('%');
        }
    }
    text
}

fn value(text: &str) -> Value {
    let words = words(text);
    let typed = match words.first().and_then(|word| word.strip_prefix('@')) {
        // A text that begins with the sign itself has it twice.
        Some(rest) if !rest.starts_with('@') => {
            let name = rest
                .split('(')
                .next()
                .filter(|name| name.len() < rest.len());
            name.filter(|name| name.bytes().all(|it| it.is_ascii_alphanumeric()))
        }
        _ => None,
    };
    if let Some(name) = typed {
        return Value::Typed(name.to_owned());
    }
    let plain = |word: String| match word.strip_prefix("@@") {
        Some(rest) => format!("@{rest}"),
        None => word,
    };
    Value::Words(words.into_iter().map(plain).collect())
}

/// The parts of a list, quoted or not, without their escapes.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    // Blanks count within quotes only.
    let mut kept = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                quoted = !quoted;
                kept = word.len();
            }
            '\\' => {
                word.extend(escaped(&mut chars));
                kept = word.len();
            }
            ',' if !quoted => {
                word.truncate(kept);
                words.push(std::mem::take(&mut word));
                kept = 0;
                while chars.next_if(|c| c.is_whitespace()).is_some() {}
            }
            c => {
                word.push(c);
                if quoted || !c.is_whitespace() {
                    kept = word.len();
                }
            }
        }
    }
    word.truncate(kept);
    words.push(word);
    words
}

/// The character that an escape stands for; `None` of one that stands for none.
fn escaped(chars: &mut Peekable<Chars<'_>>) -> Option<char> {
    let c = chars.next()?;
    Some(match c {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        'x' => return number(chars, 16, 0),
        '0'..='7' => return number(chars, 8, c.to_digit(8)?),
        c => c,
    })
}

/// The character of a number that goes on as long as its digits do.
fn number(chars: &mut Peekable<Chars<'_>>, radix: u32, first: u32) -> Option<char> {
    let mut number = first;
    while let Some(digit) = chars.peek().and_then(|c| c.to_digit(radix)) {
        number = number.saturating_mul(radix).saturating_add(digit);
        chars.next();
    }
    char::from_u32(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(path: &str, words: &[&str]) -> Entry {
        Entry {
            path: path.to_owned(),
            value: Value::Words(words.iter().map(|&word| word.to_owned()).collect()),
        }
    }

    #[test]
    fn groups_keys_and_lists_are_read() {
        let text = "\u{feff}; a comment\n[General]\nalone=1\n[graphs]\nline%20width = 2\r\n\
            colors\\cpu=#ff0000\nlist=a, \"b, c\" , d\nno entry\n\n[%General]\nx=\n";
        assert_eq!(
            entries(text),
            [
                words("alone", &["1"]),
                words("graphs/line width", &["2"]),
                words("graphs/colors/cpu", &["#ff0000"]),
                words("graphs/list", &["a", "b, c", "d"]),
                words("General/x", &[""]),
            ]
        );
    }

    #[test]
    fn escapes_become_what_they_stand_for() {
        let text = "a=\"\\x263a \\\"q\\\" \\\\ \\t\"\nb=@@home\nc=on\\\ne\nd=\\xffffffffffff!\n%U263A=1\n%zz=2";
        assert_eq!(
            entries(text),
            [
                words("a", &["\u{263a} \"q\" \\ \t"]),
                words("b", &["@home"]),
                words("c", &["one"]),
                words("d", &["!"]),
                words("\u{263a}", &["1"]),
                words("%zz", &["2"]),
            ]
        );
    }

    #[test]
    fn values_of_other_types_are_named_and_not_read() {
        let text = "color=@Variant(\\0\\0\\0\\x43\\x1\\xff\\xff)\nsize=@Size(800 600)\nnone=@Invalid()\nat=@ home";
        let typed = |path: &str, name: &str| Entry {
            path: path.to_owned(),
            value: Value::Typed(name.to_owned()),
        };
        assert_eq!(
            entries(text),
            [
                typed("color", "Variant"),
                typed("size", "Size"),
                typed("none", "Invalid"),
                words("at", &["@ home"]),
            ]
        );
    }

    proptest! {
        #[test]
        fn any_text_is_borne(text: String) {
            entries(&text);
        }

        #[test]
        fn so_is_one_of_the_signs_that_mean_something(text in "[\\[\\]=%U@\\\\x0-9a-f\", ;\nÄ\u{263a}()]{0,60}") {
            for entry in entries(&text) {
                if let Value::Words(words) = entry.value {
                    prop_assert!(!words.is_empty());
                }
            }
        }

        #[test]
        fn quoted_texts_are_read_as_they_were(texts in prop::collection::vec("[^\\p{C}@]{0,12}", 1..5)) {
            let quoted = texts.iter().map(|text| {
                format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
            });
            let line = format!("key={}", quoted.collect::<Vec<_>>().join(", "));
            let read = entries(&line);
            prop_assert_eq!(read, vec![Entry { path: "key".into(), value: Value::Words(texts) }]);
        }
    }
}
