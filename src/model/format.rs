//! From values to text. Nothing here reads a setting: the style is handed in.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::process::ProcessState;
use super::table::{Format, Value};
use super::units::{Bytes, BytesPerSecond, Percent};

/// Which multiples of a byte are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnitStyle {
    /// Powers of 1024: KiB, MiB.
    Iec,
    /// Powers of 1000: kB, MB.
    #[default]
    Si,
}

/// The words and signs of a language that values are written with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The sign before the decimals.
    pub decimal_point: String,
    /// For what the system tells nobody.
    pub not_told: String,
    /// For what the system denies.
    pub no_permission: String,
    /// Sign of the byte: "B", in French "o".
    pub byte: String,
    /// Pattern of a rate of an amount `{}`: "{}/s".
    pub per_second: String,
    /// States of a process, in the order of [`STATES`].
    pub states: [String; STATES.len()],
    /// Which ends of a process's life lie in a range of time, in the order of [`LIFETIMES`].
    pub lifetimes: [String; LIFETIMES.len()],
}

/// States of a process in `proc_pid_stat(5)` and their English words.
pub const STATES: [(char, &str); 8] = [
    ('R', "Running"),
    ('S', "Sleeping"),
    ('D', "Waiting for Disk"),
    ('Z', "Zombie"),
    ('T', "Stopped"),
    ('t', "Traced"),
    ('X', "Dead"),
    ('I', "Idle"),
];

/// How values are written: units, language, time zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Style {
    /// Multiples of the byte.
    pub units: UnitStyle,
    /// The language's words.
    pub words: Words,
    /// Where times of day are read.
    pub zone: TimeZone,
}

/// Words for [`Lifetime`](super::past::Lifetime), in its order, to be translated by the window.
pub const LIFETIMES: [&str; 3] = ["started", "ended", "started, ended"];

/// What stands for zero and for nothing.
pub const QUIET: &str = "–";
/// What stands for a value that was not measured.
pub const NOT_MEASURED: &str = "…";

impl Style {
    /// English words and SI units, times in UTC.
    pub fn english() -> Self {
        Self {
            units: UnitStyle::Si,
            words: Words {
                decimal_point: ".".into(),
                not_told: "unknown".into(),
                no_permission: "no permission".into(),
                byte: "B".into(),
                per_second: "{}/s".into(),
                states: STATES.map(|(_, word)| word.to_owned()),
                lifetimes: LIFETIMES.map(str::to_owned),
            },
            zone: TimeZone::UTC,
        }
    }

    /// A cell's text. Control and direction characters of words from outside are escaped.
    pub fn cell(&self, value: &Value<'_>, format: Format) -> String {
        match *value {
            Value::NotPermitted => self.words.no_permission.clone(),
            Value::NotMeasured => NOT_MEASURED.to_owned(),
            Value::NotTold => self.words.not_told.clone(),
            Value::Nothing | Value::Text("") | Value::Texts([]) | Value::Ports([]) => {
                QUIET.to_owned()
            }
            // Among words a number stands for a name that is not known: user 0 is no amount.
            ref value if value.is_quiet() && format != Format::Text => QUIET.to_owned(),
            Value::Text(text) => printable(text).into_owned(),
            Value::Texts(texts) => printable(&texts.join(" ")).into_owned(),
            Value::Ports(ports) => ports
                .iter()
                .map(u16::to_string)
                .collect::<Vec<_>>()
                .join(", "),
            Value::Address(end) => address(end),
            Value::Integer(number) => number.to_string(),
            Value::Percent(share) => self.decimal(share.0, 1),
            Value::Bytes(amount) if format == Format::Megabytes => {
                self.decimal(amount.0 as f64 / self.mega(), 1)
            }
            Value::Bytes(amount) => self.bytes(amount),
            Value::Rate(rate) if format == Format::MegabytesPerSecond => {
                self.decimal(rate.0 / self.mega(), 2)
            }
            Value::Rate(rate) => self.rate(rate),
            Value::Duration(time) if format == Format::Milliseconds => {
                self.decimal(time.as_secs_f64() * 1e3, 1)
            }
            Value::Duration(time) => duration(time),
            Value::Time(time) => time
                .to_zoned(self.zone.clone())
                .strftime("%Y-%m-%d %H:%M:%S")
                .to_string(),
            Value::State(state) => self.state(state),
            Value::Lifetime(lifetime) => self.words.lifetimes[lifetime as usize].clone(),
        }
    }

    /// A column's heading: its translated title, with the unit where all cells share it.
    pub fn heading(&self, title: &str, format: Format) -> String {
        match format {
            Format::Percent => format!("{title} %"),
            Format::Milliseconds => format!("{title} ms"),
            Format::Megabytes => format!("{title} {}", self.mega_unit()),
            Format::MegabytesPerSecond => {
                format!(
                    "{title} {}",
                    self.words.per_second.replace("{}", &self.mega_unit())
                )
            }
            _ => title.to_owned(),
        }
    }

    /// A share with its sign: "12.5 %".
    pub fn percent(&self, share: Percent, decimals: usize) -> String {
        format!("{}\u{a0}%", self.decimal(share.0, decimals))
    }

    /// An amount in the largest unit in which it is at least one: "1.2 GB".
    pub fn bytes(&self, amount: Bytes) -> String {
        self.scaled(amount.0 as f64)
    }

    /// A rate in the largest unit in which it is at least one: "1.2 MB/s".
    pub fn rate(&self, rate: BytesPerSecond) -> String {
        self.words.per_second.replace("{}", &self.scaled(rate.0))
    }

    /// The end of an axis of rates that ends at a round number, with its unit, and half of it in
    /// the same unit: "1 MB/s" and "0.5".
    pub fn rate_ticks(&self, end: BytesPerSecond) -> [String; 2] {
        let (scaled, prefix, _) = self.scale(end.0);
        let number = |number: f64| {
            let text = self.decimal(number, 1);
            let zero = format!("{}0", self.words.decimal_point);
            text.strip_suffix(&zero).map_or(text.clone(), str::to_owned)
        };
        let end = format!("{}\u{a0}{prefix}{}", number(scaled), self.words.byte);
        [
            self.words.per_second.replace("{}", &end),
            number(scaled / 2.0),
        ]
    }

    /// A number with this many decimals and the language's decimal sign.
    pub fn decimal(&self, number: f64, decimals: usize) -> String {
        let text = format!("{number:.decimals$}");
        if self.words.decimal_point == "." {
            text
        } else {
            text.replace('.', &self.words.decimal_point)
        }
    }

    fn state(&self, state: ProcessState) -> String {
        STATES
            .iter()
            .position(|(letter, _)| *letter == state.0)
            .map_or_else(
                || state.0.escape_default().to_string(),
                |at| self.words.states[at].clone(),
            )
    }

    fn mega(&self) -> f64 {
        match self.units {
            UnitStyle::Iec => 1024.0 * 1024.0,
            UnitStyle::Si => 1e6,
        }
    }

    fn mega_unit(&self) -> String {
        match self.units {
            UnitStyle::Iec => format!("Mi{}", self.words.byte),
            UnitStyle::Si => format!("M{}", self.words.byte),
        }
    }

    fn scaled(&self, amount: f64) -> String {
        let (scaled, prefix, decimals) = self.scale(amount);
        let number = self.decimal(scaled, decimals);
        format!("{number}\u{a0}{prefix}{}", self.words.byte)
    }

    /// An amount in the largest unit in which it is at least one, the unit's prefix, and the
    /// decimals it is shown with.
    fn scale(&self, amount: f64) -> (f64, &'static str, usize) {
        let (base, prefixes) = match self.units {
            UnitStyle::Iec => (1024.0, ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]),
            UnitStyle::Si => (1000.0, ["", "k", "M", "G", "T", "P", "E"]),
        };
        let (mut scaled, mut at) = (amount, 0);
        // Below what rounds up to the next unit: 999.96 kB reads "1.0 MB", never "1000.0 kB".
        while at + 1 < prefixes.len() && scaled >= base - if at == 0 { 0.5 } else { 0.05 } {
            scaled /= base;
            at += 1;
        }
        (scaled, prefixes[at], usize::from(at > 0))
    }
}

/// A length of time as hours, minutes and seconds: "0:12.4", "3:02:07", "2d 03:02:07".
pub fn duration(time: Duration) -> String {
    let tenths = time.as_millis() / 100;
    let (seconds, minutes) = (tenths / 10 % 60, tenths / 600 % 60);
    let (hours, days) = (tenths / 36_000 % 24, tenths / 864_000);
    match (days, hours) {
        (0, 0) => format!("{minutes}:{seconds:02}.{}", tenths % 10),
        (0, _) => format!("{hours}:{minutes:02}:{seconds:02}"),
        _ => format!("{days}d {hours:02}:{minutes:02}:{seconds:02}"),
    }
}

/// Words from outside as they may be shown: control characters, which a terminal would obey, and
/// direction characters, which would reorder what stands beside them, become visible escapes.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_deceptive) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_deceptive(c) {
            // Writing to a String cannot fail.
            let _ = write!(shown, "{}", c.escape_default());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The address of one end of a connection; an IPv6 one with its scope. One that stands for any
/// address is an asterisk.
pub fn address(end: SocketAddr) -> String {
    match end {
        _ if end.ip().is_unspecified() => "*".to_owned(),
        SocketAddr::V6(end) if end.scope_id() != 0 => format!("{}%{}", end.ip(), end.scope_id()),
        end => end.ip().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_written_as_the_columns_say() {
        let style = Style::english();
        let cell = |value: Value<'_>, format| style.cell(&value, format);
        assert_eq!(cell(Value::Percent(Percent(9.46)), Format::Percent), "9.5");
        assert_eq!(
            cell(
                Value::Rate(BytesPerSecond(12.345e6)),
                Format::MegabytesPerSecond
            ),
            "12.35"
        );
        assert_eq!(
            cell(Value::Bytes(Bytes(67_108_864)), Format::Megabytes),
            "67.1"
        );
        assert_eq!(cell(Value::Integer(0), Format::Integer), QUIET);
        assert_eq!(cell(Value::Integer(0), Format::Text), "0");
        assert_eq!(cell(Value::NotPermitted, Format::Integer), "no permission");
        assert_eq!(cell(Value::NotMeasured, Format::Percent), NOT_MEASURED);
        assert_eq!(cell(Value::NotTold, Format::Rate), "unknown");
        assert_eq!(
            cell(Value::Text("a\u{1b}[31m\u{202e}b"), Format::Text),
            "a\\u{1b}[31m\\u{202e}b"
        );
        assert_eq!(
            cell(Value::State(ProcessState('Z')), Format::State),
            "Zombie"
        );
        assert_eq!(
            style.heading("Read", Format::MegabytesPerSecond),
            "Read MB/s"
        );
    }

    #[test]
    fn no_cell_is_blank() {
        let style = Style::english();
        for nothing in [
            Value::Nothing,
            Value::Text(""),
            Value::Texts(&[]),
            Value::Ports(&[]),
        ] {
            assert_eq!(style.cell(&nothing, Format::Text), QUIET);
        }
    }

    #[test]
    fn amounts_use_the_unit_that_fits() {
        let mut style = Style::english();
        assert_eq!(style.bytes(Bytes(0)), "0\u{a0}B");
        assert_eq!(style.bytes(Bytes(999)), "999\u{a0}B");
        assert_eq!(style.bytes(Bytes(999_960)), "1.0\u{a0}MB");
        assert_eq!(style.rate(BytesPerSecond(1.25e6)), "1.2\u{a0}MB/s");
        style.units = UnitStyle::Iec;
        assert_eq!(style.bytes(Bytes(1 << 30)), "1.0\u{a0}GiB");
        style.words.decimal_point = ",".into();
        assert_eq!(style.bytes(Bytes(3 << 29)), "1,5\u{a0}GiB");
    }

    #[test]
    fn times_are_written_as_clocks_do() {
        assert_eq!(duration(Duration::from_millis(12_440)), "0:12.4");
        assert_eq!(duration(Duration::from_secs(3 * 3600 + 127)), "3:02:07");
        assert_eq!(duration(Duration::from_secs(2 * 86_400 + 3)), "2d 00:00:03");
    }

    proptest! {
        #[test]
        fn an_amount_never_shows_four_digits_before_the_point(amount: u64) {
            let text = Style::english().bytes(Bytes(amount));
            let digits = text.chars().take_while(char::is_ascii_digit).count();
            prop_assert!(digits <= 3, "{}", text);
        }

        #[test]
        fn what_is_shown_holds_no_control_character(text: String) {
            prop_assert!(!printable(&text).chars().any(is_deceptive));
        }
    }
}
