//! Reads `OpenMetrics` 1.0 as strictly as its specification is.

use std::collections::BTreeMap;

/// Names of labels and their values.
pub type Labels = BTreeMap<String, String>;

/// A page that is well formed.
#[derive(Debug, Default, PartialEq)]
pub struct Metrics {
    /// The samples of each family by their own name, in their order.
    pub samples: BTreeMap<String, Vec<(Labels, f64)>>,
}

impl Metrics {
    /// The samples of this name; none where there is no such family.
    pub fn of(&self, name: &str) -> &[(Labels, f64)] {
        self.samples.get(name).map_or(&[], Vec::as_slice)
    }

    /// The sum of the samples of this name that have these labels.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |all: &Labels| {
            let mut wanted = labels.iter();
            wanted.all(|(name, value)| all.get(*name).is_some_and(|it| it == value))
        };
        let samples = self.of(name).iter();
        samples
            .filter(|(all, _)| has(all))
            .map(|(_, value)| value)
            .sum()
    }
}

/// Reads a page.
///
/// # Errors
/// What is wrong with it, with its line.
pub fn parse(text: &str) -> Result<Metrics, String> {
    let body = text
        .strip_suffix("# EOF\n")
        .ok_or("the end is not marked")?;
    let mut metrics = Metrics::default();
    let mut families = Vec::new();
    let mut lines = body.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let of = |why: &str| format!("{why}: {line:?}");
        let line = line.strip_suffix('\n').ok_or_else(|| of("no newline"))?;
        let described = line
            .strip_prefix("# TYPE ")
            .and_then(|it| it.split_once(' '));
        let (name, kind) = described.ok_or_else(|| of("no family begins"))?;
        if !is_name(name) || families.contains(&name) {
            return Err(of("no name for one more family"));
        }
        families.push(name);
        let suffix = match kind {
            "gauge" => "",
            "counter" => "_total",
            "info" => "_info",
            _ => return Err(of("unknown type")),
        };
        let mut described = |word: &str| {
            let start = format!("# {word} {name} ");
            let line = lines.next_if(|it| it.starts_with(&start))?;
            Some(line.trim_end_matches('\n')[start.len()..].to_owned())
        };
        if let Some(unit) = described("UNIT")
            && (!name.ends_with(&format!("_{unit}")) || kind == "info")
        {
            return Err(of("the name does not end with the unit"));
        }
        let help = described("HELP").ok_or_else(|| of("no help"))?;
        if help.contains(['\\', '"']) {
            return Err(of("the help needs escapes"));
        }
        let sample_name = format!("{name}{suffix}");
        let mut samples: Vec<(Labels, f64)> = Vec::new();
        while let Some(line) = lines.next_if(|it| !it.starts_with('#')) {
            let (labels, value) =
                sample(line, &sample_name).ok_or_else(|| format!("no sample: {line:?}"))?;
            let fits = match kind {
                "counter" => value >= 0.0,
                "info" => value.to_bits() == 1.0_f64.to_bits(),
                _ => true,
            };
            if !fits || samples.iter().any(|(other, _)| *other == labels) {
                return Err(format!("no sample more of a {kind}: {line:?}"));
            }
            samples.push((labels, value));
        }
        metrics.samples.insert(sample_name, samples);
    }
    Ok(metrics)
}

fn is_name(name: &str) -> bool {
    let starts = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(starts) && name.chars().all(|c| starts(c) || c.is_ascii_digit())
}

fn sample(line: &str, name: &str) -> Option<(Labels, f64)> {
    let rest = line.strip_suffix('\n')?.strip_prefix(name)?;
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (Labels::new(), rest),
    };
    let value = rest.strip_prefix(' ')?;
    let is_number = value.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && value.ends_with(|c: char| c.is_ascii_digit());
    is_number
        .then(|| value.parse().ok())
        .flatten()
        .map(|value| (labels, value))
}

/// Labels behind the brace that opens them, and what stands behind that which closes them.
fn labels(text: &str) -> Option<(Labels, &str)> {
    let mut labels = Labels::new();
    let mut rest = text;
    loop {
        let (name, behind) = rest.split_once("=\"")?;
        let (value, behind) = quoted(behind)?;
        if !is_name(name) || labels.insert(name.to_owned(), value).is_some() {
            return None;
        }
        if let Some(behind) = behind.strip_prefix('}') {
            return Some((labels, behind));
        }
        rest = behind.strip_prefix(',')?;
    }
}

/// Text up to the quote that ends it, and what stands behind.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((place, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[place + 1..])),
            '\n' => return None,
            '\\' => value.push(match chars.next()?.1 {
                'n' => '\n',
                c @ ('\\' | '"') => c,
                _ => return None,
            }),
            c => value.push(c),
        }
    }
    None
}
