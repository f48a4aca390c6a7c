//! From values to text. Nothing here reads a setting: the style is handed in.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::clock::{Clock, ClockWords};
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

impl UnitStyle {
    /// How many of a unit the next larger one is.
    pub const fn base(self) -> f64 {
        match self {
            Self::Iec => 1024.0,
            Self::Si => 1000.0,
        }
    }

    /// How many bytes a megabyte is, or a mebibyte.
    pub const fn mega(self) -> f64 {
        self.base() * self.base()
    }
}

/// What the rates of the network are counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DataUnit {
    /// Bytes: "1.2 MB/s".
    #[default]
    Bytes,
    /// Bits, eight to a byte: "9.6 Mbit/s".
    Bits,
}

impl DataUnit {
    /// How many of them are a byte.
    pub const fn per_byte(self) -> f64 {
        match self {
            Self::Bytes => 1.0,
            Self::Bits => 8.0,
        }
    }
}

/// What a process's CPU time is a share of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CpuScale {
    /// One core: two busy threads are 200 %.
    #[default]
    Core,
    /// The whole machine, which is never more than 100 % busy.
    Machine,
}

/// The words and signs of a language that values are written with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The sign before the decimals.
    pub decimal_point: String,
    /// What stands between the items of a list: ", ".
    pub separator: String,
    /// For what the system tells nobody.
    pub not_told: String,
    /// For what the system denies.
    pub no_permission: String,
    /// Sign of the byte: "B", in French "o".
    pub byte: String,
    /// Sign of the bit: "bit".
    pub bit: String,
    /// Heading of shares of one core below a title `{}`: "{} %".
    pub of_core: String,
    /// Heading of shares of the whole machine: "{} % of Machine".
    pub of_machine: String,
    /// Pattern of a rate of an amount `{}`: "{}/s".
    pub per_second: String,
    /// Whether it is written from right to left, where an amount is kept in its order: else its unit
    /// would stand before its number.
    pub right_to_left: bool,
    /// Of a clock of twelve hours.
    pub clock: ClockWords,
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
    /// Multiples of the byte, and of the bit.
    pub units: UnitStyle,
    /// What the rates of the network are counted in.
    pub network: DataUnit,
    /// What a process's CPU time is a share of.
    pub cpu_scale: CpuScale,
    /// How many CPUs the machine has in use; `None` until it was read.
    pub cpus: Option<NonZeroU64>,
    /// The language's words.
    pub words: Words,
    /// Where times of day are read.
    pub zone: TimeZone,
    /// How they are written.
    pub clock: Clock,
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
            network: DataUnit::Bytes,
            cpu_scale: CpuScale::Core,
            cpus: None,
            words: Words {
                decimal_point: ".".into(),
                separator: ", ".into(),
                not_told: "unknown".into(),
                no_permission: "no permission".into(),
                byte: "B".into(),
                bit: "bit".into(),
                of_core: "{} %".into(),
                of_machine: "{} % of Machine".into(),
                per_second: "{}/s".into(),
                right_to_left: false,
                clock: ClockWords::english(),
                states: STATES.map(|(_, word)| word.to_owned()),
                lifetimes: LIFETIMES.map(str::to_owned),
            },
            zone: TimeZone::UTC,
            clock: Clock::Hours24,
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
            Value::Ports(ports) => self.list(ports.iter().map(u16::to_string)),
            Value::Address(end) => address(end),
            Value::Integer(number) => number.to_string(),
            Value::Percent(share) if format == Format::CpuPercent => {
                self.cpu_share(share).map_or_else(
                    || NOT_MEASURED.to_owned(),
                    |share| self.decimal(share.0, self.cpu_decimals()),
                )
            }
            Value::Percent(share) => self.decimal(share.0, 1),
            Value::Bytes(amount) if format == Format::Megabytes => {
                self.decimal(amount.0 as f64 / self.units.mega(), 1)
            }
            Value::Bytes(amount) => self.bytes(amount),
            Value::Rate(rate) if format == Format::MegabytesPerSecond => {
                self.decimal(rate.0 / self.units.mega(), 2)
            }
            Value::Rate(rate) if format == Format::NetworkRate => self.network_rate(rate),
            Value::Rate(rate) => self.rate(rate),
            Value::Duration(time) if format == Format::Milliseconds => {
                self.decimal(time.as_secs_f64() * 1e3, 1)
            }
            Value::Duration(time) => duration(time),
            Value::Time(time) => self.moment(time),
            Value::State(state) => self.state(state),
            Value::Lifetime(lifetime) => self.words.lifetimes[lifetime as usize].clone(),
        }
    }

    /// Items one after another, as in "22, 443".
    pub fn list(&self, items: impl IntoIterator<Item = String>) -> String {
        let items: Vec<String> = items.into_iter().collect();
        items.join(&self.words.separator)
    }

    /// A value with its unit, as it stands alone without a heading.
    pub fn alone(&self, value: &Value<'_>, format: Format) -> String {
        match *value {
            Value::Percent(share) if format == Format::CpuPercent => {
                self.cpu(share, self.cpu_decimals())
            }
            Value::Percent(share) => self.percent(share, 1),
            Value::Bytes(amount) => self.bytes(amount),
            Value::Rate(rate) if format == Format::NetworkRate => self.network_rate(rate),
            Value::Rate(rate) => self.rate(rate),
            ref value if value.is_quiet() && !value.is_missing() => "0".to_owned(),
            ref value => self.cell(value, format),
        }
    }

    /// A column's heading: its translated title, with the unit where all cells share it.
    pub fn heading(&self, title: &str, format: Format) -> String {
        match format {
            Format::Percent => format!("{title} %"),
            Format::CpuPercent => match self.cpu_scale {
                CpuScale::Core => &self.words.of_core,
                CpuScale::Machine => &self.words.of_machine,
            }
            .replace("{}", title),
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
        self.kept_in_order(format!("{}\u{a0}%", self.decimal(share.0, decimals)))
    }

    /// An amount as it is read, also among words that are written from right to left: between
    /// U+2066 and U+2069.
    fn kept_in_order(&self, amount: String) -> String {
        if self.words.right_to_left {
            format!("\u{2066}{amount}\u{2069}")
        } else {
            amount
        }
    }

    /// A share of one core as a share of what was chosen; `None` where that is a machine whose CPUs
    /// were not counted yet.
    pub fn cpu_share(&self, of_core: Percent) -> Option<Percent> {
        match self.cpu_scale {
            CpuScale::Core => Some(of_core),
            CpuScale::Machine => self.cpus.map(|cpus| Percent(of_core.0 / cpus.get() as f64)),
        }
    }

    /// A share of one core, written as a share of what was chosen: "12.5 %".
    pub fn cpu(&self, of_core: Percent, decimals: usize) -> String {
        self.cpu_share(of_core).map_or_else(
            || NOT_MEASURED.to_owned(),
            |share| self.percent(share, decimals),
        )
    }

    /// A small share of a machine is a large one of a core.
    fn cpu_decimals(&self) -> usize {
        match self.cpu_scale {
            CpuScale::Core => 1,
            CpuScale::Machine => 2,
        }
    }

    /// An amount in the largest unit in which it is at least one: "1.2 GB".
    pub fn bytes(&self, amount: Bytes) -> String {
        self.kept_in_order(self.scaled(amount.0 as f64, DataUnit::Bytes))
    }

    /// A part of an amount, and the amount with the unit of both: "3.5" and "15.6 GB". A part too small to
    /// be seen in that unit has its own.
    pub fn part_of(&self, part: Bytes, whole: Bytes) -> [String; 2] {
        let (scaled, _, decimals) = self.scale(whole.0 as f64);
        let share = part.0 as f64 / whole.0 as f64;
        let in_unit = share * scaled;
        let part = if in_unit * 10.0_f64.powi(i32::try_from(decimals).unwrap_or(0)) < 1.0 {
            self.bytes(part)
        } else {
            self.decimal(in_unit, decimals)
        };
        [part, self.bytes(whole)]
    }

    /// A rate in the largest unit in which it is at least one: "1.2 MB/s".
    pub fn rate(&self, rate: BytesPerSecond) -> String {
        self.rate_in(rate, DataUnit::Bytes)
    }

    /// A rate of the network in bytes or bits, as was chosen: "9.6 Mbit/s".
    pub fn network_rate(&self, rate: BytesPerSecond) -> String {
        self.rate_in(rate, self.network)
    }

    fn rate_in(&self, rate: BytesPerSecond, unit: DataUnit) -> String {
        let scaled = self.scaled(rate.0, unit);
        self.kept_in_order(self.words.per_second.replace("{}", &scaled))
    }

    /// The end of an axis of rates that ends at a round number, with its unit, and half of it in
    /// the same unit: "1 MB/s" and "0.5".
    pub fn rate_ticks(&self, end: BytesPerSecond, unit: DataUnit) -> [String; 2] {
        let (scaled, prefix, _) = self.scale(end.0 * unit.per_byte());
        let number = |number: f64| {
            let text = self.decimal(number, 1);
            let zero = format!("{}0", self.words.decimal_point);
            text.strip_suffix(&zero).map_or(text.clone(), str::to_owned)
        };
        let end = format!("{}\u{a0}{prefix}{}", number(scaled), self.sign(unit));
        [
            self.kept_in_order(self.words.per_second.replace("{}", &end)),
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

    fn mega_unit(&self) -> String {
        match self.units {
            UnitStyle::Iec => format!("Mi{}", self.words.byte),
            UnitStyle::Si => format!("M{}", self.words.byte),
        }
    }

    /// An amount in bytes, written in one of the units.
    fn scaled(&self, bytes: f64, unit: DataUnit) -> String {
        let (scaled, prefix, decimals) = self.scale(bytes * unit.per_byte());
        let number = self.decimal(scaled, decimals);
        format!("{number}\u{a0}{prefix}{}", self.sign(unit))
    }

    fn sign(&self, unit: DataUnit) -> &str {
        match unit {
            DataUnit::Bytes => &self.words.byte,
            DataUnit::Bits => &self.words.bit,
        }
    }

    /// An amount in the largest unit in which it is at least one, the unit's prefix, and the
    /// decimals it is shown with.
    fn scale(&self, amount: f64) -> (f64, &'static str, usize) {
        let base = self.units.base();
        let prefixes = match self.units {
            UnitStyle::Iec => ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"],
            UnitStyle::Si => ["", "k", "M", "G", "T", "P", "E"],
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

/// The beginning of a text, so many characters long; an ellipsis stands for what was cut off.
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}\u{2026}", &text[..end])),
    }
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
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(cut("", 0), "");
        assert_eq!(cut("\u{e9}\u{e9}", 2), "\u{e9}\u{e9}");
        assert_eq!(cut("\u{e9}\u{e9}\u{e9}", 2), "\u{e9}\u{e9}\u{2026}");
    }

    #[test]
    fn a_part_is_in_the_unit_of_the_whole_unless_it_would_be_nothing() {
        let style = Style::english();
        let part = |part, whole| style.part_of(Bytes(part), Bytes(whole)).join(" of ");
        assert_eq!(part(7_040_000_000, 16_000_000_000), "7.0 of 16.0\u{a0}GB");
        assert_eq!(part(440_000_000, 4_000_000_000), "0.4 of 4.0\u{a0}GB");
        assert_eq!(part(5_000_000, 4_000_000_000), "5.0\u{a0}MB of 4.0\u{a0}GB");
        assert_eq!(part(0, 4_000_000_000), "0\u{a0}B of 4.0\u{a0}GB");
    }

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
        assert_eq!(cell(Value::NotTold, Format::NetworkRate), "unknown");
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
    fn rates_of_the_network_may_be_counted_in_bits() {
        let mut style = Style::english();
        let rate = BytesPerSecond(1.25e6);
        assert_eq!(style.network_rate(rate), style.rate(rate));
        style.network = DataUnit::Bits;
        assert_eq!(style.network_rate(rate), "10.0\u{a0}Mbit/s");
        assert_eq!(style.rate(rate), "1.2\u{a0}MB/s");
        let cell = |format| style.cell(&Value::Rate(rate), format);
        assert_eq!(cell(Format::NetworkRate), "10.0\u{a0}Mbit/s");
        assert_eq!(cell(Format::MegabytesPerSecond), "1.25");
        let ticks = |style: &Style, end| style.rate_ticks(BytesPerSecond(end), style.network);
        assert_eq!(ticks(&style, 125e3), ["1\u{a0}Mbit/s", "0.5"]);
        style.units = UnitStyle::Iec;
        assert_eq!(
            style.network_rate(BytesPerSecond(131_072.0)),
            "1.0\u{a0}Mibit/s"
        );
        assert_eq!(
            style.network_rate(BytesPerSecond(256.0)),
            "2.0\u{a0}Kibit/s"
        );
        assert_eq!(
            style.heading("Read", Format::MegabytesPerSecond),
            "Read MiB/s"
        );
    }

    #[test]
    fn an_amount_keeps_its_order_among_words_from_right_to_left() {
        let mut style = Style::english();
        style.words.right_to_left = true;
        let share = style.percent(Percent(17.0), 1);
        assert_eq!(share, "\u{2066}17.0\u{a0}%\u{2069}");
        let rate = style.rate(BytesPerSecond(1_200_000.0));
        assert_eq!(rate, "\u{2066}1.2\u{a0}MB/s\u{2069}");
        assert_eq!(
            style.cell(&Value::Percent(Percent(17.0)), Format::Percent),
            "17.0"
        );
    }

    #[test]
    fn cpu_time_is_a_share_of_a_core_or_of_the_machine_and_the_heading_says_which() {
        let mut style = Style::english();
        let share = Value::Percent(Percent(150.0));
        let written = |style: &Style| {
            (
                style.heading("CPU", Format::CpuPercent),
                style.cell(&share, Format::CpuPercent),
                style.alone(&share, Format::CpuPercent),
                style.cell(&share, Format::Percent),
            )
        };
        let texts = |texts: [&str; 4]| {
            let [heading, cell, alone, other] = texts.map(str::to_owned);
            (heading, cell, alone, other)
        };
        assert_eq!(
            written(&style),
            texts(["CPU %", "150.0", "150.0\u{a0}%", "150.0"])
        );
        style.cpu_scale = CpuScale::Machine;
        let unknown = texts(["CPU % of Machine", NOT_MEASURED, NOT_MEASURED, "150.0"]);
        assert_eq!(written(&style), unknown);
        style.cpus = NonZeroU64::new(8);
        assert_eq!(
            written(&style),
            texts(["CPU % of Machine", "18.75", "18.75\u{a0}%", "150.0"])
        );
    }

    #[test]
    fn a_list_has_the_signs_of_its_language() {
        let mut style = Style::english();
        let ports = Value::Ports(&[22, 443]);
        assert_eq!(style.cell(&ports, Format::Text), "22, 443");
        style.words.separator = "、".into();
        assert_eq!(style.cell(&ports, Format::Text), "22、443");
        assert_eq!(style.list(["one".into()]), "one");
        assert_eq!(style.list([]), "");
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
        fn a_rate_in_bits_reads_as_eight_times_the_rate_in_bytes(rate in 0.0..1e15_f64, iec: bool) {
            let mut style = Style::english();
            style.network = DataUnit::Bits;
            style.units = if iec { UnitStyle::Iec } else { UnitStyle::Si };
            let bits = style.network_rate(BytesPerSecond(rate));
            let bytes = style.rate(BytesPerSecond(rate * 8.0));
            prop_assert_eq!(bits.replace("bit", "B"), bytes);
        }

        #[test]
        fn shares_of_the_machine_add_up_to_what_those_of_a_core_are_of_it(
            shares in prop::collection::vec(0.0..800.0_f64, 0..20), cpus in 1_u64..512,
        ) {
            let mut style = Style::english();
            style.cpu_scale = CpuScale::Machine;
            style.cpus = NonZeroU64::new(cpus);
            let of_machine = shares.iter().filter_map(|&share| style.cpu_share(Percent(share)));
            let sum: f64 = of_machine.map(|share| share.0).sum();
            let expected = shares.iter().sum::<f64>() / cpus as f64;
            prop_assert!((sum - expected).abs() <= expected * 1e-9);
        }

        #[test]
        fn what_is_shown_holds_no_control_character(text: String) {
            prop_assert!(!printable(&text).chars().any(is_deceptive));
        }
    }
}
