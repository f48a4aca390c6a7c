//! The text forms of metrics: `OpenMetrics` 1.0, and Prometheus's older one.

use std::fmt::Write as _;

use crate::model::format::{cut, printable};

/// Longest value of a label, in characters: a name is a stranger's choice.
const LONGEST: usize = 128;

/// Which text form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `OpenMetrics` 1.0, what Prometheus asks a page for.
    OpenMetrics,
    /// Prometheus's text format 0.0.4, the only one that its node exporter takes from a file.
    Prometheus,
}

/// What the figures of a family are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A sum that only grows.
    Counter,
    /// A figure that goes up and down.
    Gauge,
    /// Labels, with a figure that is always one.
    Info,
}

/// A metric family: samples of one meaning that differ in their labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Family {
    /// Its name, without the suffix that samples of its kind have.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// The unit, which the name ends with.
    pub(super) unit: Option<&'static str>,
    /// What it is, in a sentence.
    pub(super) help: &'static str,
}

impl Family {
    /// The name of its samples.
    pub(super) fn sample_name(&self) -> String {
        let suffix = match self.kind {
            Kind::Counter => "_total",
            Kind::Gauge => "",
            Kind::Info => "_info",
        };
        format!("{}{suffix}", self.name)
    }
}

/// A figure of a family.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample {
    /// Names and values.
    pub(super) labels: Vec<(&'static str, String)>,
    pub(super) value: f64,
}

impl Sample {
    /// The only figure of a family.
    pub(super) fn only(value: f64) -> Self {
        let labels = Vec::new();
        Self { labels, value }
    }

    /// One of several.
    pub(super) fn of<const N: usize>(labels: [(&'static str, &str); N], value: f64) -> Self {
        Self {
            labels: labels.map(|(name, text)| (name, text.to_owned())).into(),
            value,
        }
    }
}

/// A page of metrics while it is written.
pub(super) struct Page {
    dialect: Dialect,
    text: String,
}

impl Page {
    pub(super) fn new(dialect: Dialect) -> Self {
        let text = String::new();
        Self { dialect, text }
    }

    /// Adds a family. One without any sample is left out, and so is a figure that is none.
    pub(super) fn add(&mut self, family: &Family, samples: impl IntoIterator<Item = Sample>) {
        let mut samples = samples
            .into_iter()
            .filter(|sample| sample.value.is_finite())
            .peekable();
        if samples.peek().is_none() {
            return;
        }
        self.describe(family);
        let name = family.sample_name();
        for sample in samples {
            self.text.push_str(&name);
            self.labels(&sample.labels);
            // Writing to a String cannot fail.
            let _ = writeln!(self.text, " {}", sample.value);
        }
    }

    fn describe(&mut self, family: &Family) {
        let (name, kind) = match (self.dialect, family.kind) {
            (Dialect::OpenMetrics, kind) => (family.name.to_owned(), kind),
            (Dialect::Prometheus, Kind::Info) => (family.sample_name(), Kind::Gauge),
            (Dialect::Prometheus, kind) => (family.sample_name(), kind),
        };
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Info => "info",
        };
        let _ = writeln!(self.text, "# TYPE {name} {kind}");
        if let (Dialect::OpenMetrics, Some(unit)) = (self.dialect, family.unit) {
            let _ = writeln!(self.text, "# UNIT {name} {unit}");
        }
        let _ = writeln!(self.text, "# HELP {name} {}", family.help);
    }

    fn labels(&mut self, labels: &[(&'static str, String)]) {
        for (place, (name, value)) in labels.iter().enumerate() {
            self.text.push(if place == 0 { '{' } else { ',' });
            let _ = write!(self.text, "{name}=\"{}\"", escaped(value));
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
    }

    /// The whole text.
    pub(super) fn finish(mut self) -> String {
        if self.dialect == Dialect::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }
}

/// A name as it may stand in a label: no longer than need be, and without what a terminal or a
/// dashboard would obey.
pub(super) fn label(name: &str) -> String {
    cut(&printable(name), LONGEST).into_owned()
}

fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
#[path = "format_tests.rs"]
mod tests;
