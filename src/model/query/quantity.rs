//! Quantities that rows are compared with.

use std::fmt;

/// A quantity and how a row is to compare with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// How.
    pub operator: Operator,
    /// The number as it was written.
    pub number: f64,
    /// Its unit.
    pub unit: Unit,
}

/// How two quantities compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `=`
    Equal,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Nothing was written.
    None,
    /// `%`
    Percent,
    /// Bytes, by the factor that the letters stand for: `k` is 1000, `Ki` 1024.
    Bytes(&'static str, u64),
}

/// The letters and what they stand for, longer ones first.
const FACTORS: [(&str, u64); 9] = [
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
    ("k", 1_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("T", 1_000_000_000_000),
    ("B", 1),
];

impl Operator {
    /// All of them, longer ones first.
    const ALL: [Self; 5] = [
        Self::AtLeast,
        Self::AtMost,
        Self::Above,
        Self::Below,
        Self::Equal,
    ];

    fn text(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Equal => "=",
        }
    }

    /// The operator at the beginning of a text, and what follows it.
    pub fn split(text: &str) -> Option<(Self, &str)> {
        let mut all = Self::ALL.into_iter();
        all.find_map(|operator| Some((operator, text.strip_prefix(operator.text())?)))
    }

    fn holds(self, a: f64, b: f64) -> bool {
        match self {
            Self::Above => a > b,
            Self::AtLeast => a >= b,
            Self::Below => a < b,
            Self::AtMost => a <= b,
            Self::Equal => a.total_cmp(&b).is_eq(),
        }
    }
}

impl Comparison {
    /// A number with its unit: `1.5M`, `2 MB/s` without the space, `5%`.
    pub fn parse(operator: Operator, text: &str) -> Option<Self> {
        let digits = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let (number, letters) = text.split_at(digits);
        let number: f64 = number.parse().ok()?;
        Some(Self {
            operator,
            number,
            unit: Unit::parse(letters)?,
        })
    }

    /// Whether a quantity, in bytes or per cent, compares so.
    pub fn holds(&self, quantity: f64) -> bool {
        let factor = match self.unit {
            Unit::Bytes(_, factor) => factor as f64,
            Unit::None | Unit::Percent => 1.0,
        };
        self.operator.holds(quantity, self.number * factor)
    }
}

impl Unit {
    fn parse(letters: &str) -> Option<Self> {
        let letters = letters.strip_suffix("/s").unwrap_or(letters);
        if letters.is_empty() {
            return Some(Self::None);
        }
        if letters == "%" {
            return Some(Self::Percent);
        }
        FACTORS.iter().find_map(|&(prefix, factor)| {
            let start = letters.get(..prefix.len())?;
            let rest = &letters[prefix.len()..];
            let fits = start.eq_ignore_ascii_case(prefix)
                && (rest.is_empty() || rest.eq_ignore_ascii_case("B"));
            fits.then_some(Self::Bytes(prefix, factor))
        })
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::None => "",
            Unit::Percent => "%",
            Unit::Bytes(prefix, _) => prefix,
        };
        write!(f, "{}{}{unit}", self.operator.text(), self.number)
    }
}
