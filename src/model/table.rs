//! Columns as data: the window, the terminal, JSON and CSV all read the same list.

use std::cmp::Ordering;
use std::fmt::Debug;
use std::hash::Hash;
use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::past::Lifetime;
use super::process::{Pid, ProcessRef, ProcessState, StartTime};
use super::remainder::RemainderRow;
use super::units::{Bytes, BytesPerSecond, Percent};

/// A row of one of the tables.
pub trait Row: Clone + Send + Sync + 'static {
    /// What tells one row from every other, for as long as it exists.
    type Key: Copy + Debug + Eq + Hash + Ord + Send + Sync + 'static;
    /// The figures of the whole machine that go with these rows.
    type Totals: Clone + Send + Sync + 'static;
    /// What stands below these rows for what none of them accounts for.
    type Remainder: RemainderRow;

    /// The subject's name in the terminal program and in JSON.
    const SUBJECT: &'static str;
    /// Key of the column that sorts the table at first, descending.
    const DEFAULT_SORT: &'static str;
    /// What a row is about.
    const NOUN: Noun = Noun::Process;
    /// Keys of the columns whose values stand below the name where there is no room for columns.
    const BELOW_NAME: &'static [&'static str] = &["pid", "user"];
    /// All columns, in the order they stand in.
    const COLUMNS: &'static [Column<Self>];

    /// Which row this is.
    fn row_key(&self) -> Self::Key;

    /// The process that it is about; `None` where it belongs to none that is known.
    fn process(&self) -> Option<ProcessRef<'_>>;

    /// The name of its process; empty where there is none.
    fn name_of(&self) -> String {
        let name = self.process().map(|process| process.info.name.clone());
        name.unwrap_or_default()
    }

    /// The column with this key.
    fn column(key: &str) -> Option<&'static Column<Self>> {
        Self::COLUMNS.iter().find(|column| column.key == key)
    }
}

/// Key of the column that says what a row did in as long a time before a range of the past.
pub const BEFORE: &str = "before";

/// Key of the column that says what a row did in all in a range of the past.
pub const SUM: &str = "sum";
/// Key of the column that says which ends of a process's life lie in a range of the past.
pub const LIFETIME: &str = "lifetime";

/// What a row of a table is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noun {
    /// A process.
    Process,
    /// A connection, or a socket that waits for one.
    Connection,
}

/// One column of a table of `R`.
pub struct Column<R: 'static> {
    /// Its name for programs: the key in JSON, in settings and of `--sort`. Never changes.
    pub key: &'static str,
    /// Its heading in English without the unit, to be translated by the window.
    pub title: &'static str,
    /// How its values are written.
    pub format: Format,
    /// Whether it is shown unless somebody chose otherwise.
    pub shown: bool,
    /// How many characters wide it is; `None` where its format says that.
    pub chars: Option<u16>,
    /// Who offers it.
    pub place: Place,
    /// Whether the values of several rows can be added up.
    pub sums: bool,
    /// Takes the value from a row.
    pub value: for<'a> fn(&'a R) -> Value<'a>,
}

/// Where a column can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the window and in the terminal program's rows.
    Everywhere,
    /// Only in the window; no key of the JSON contract.
    Window,
    /// Only in the terminal program.
    Probe,
}

/// How the values of a column are written, and whether its heading carries their unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// As it is.
    Text,
    /// A whole number.
    Integer,
    /// A number that is a name: without marks between its digits.
    Port,
    /// A number to one decimal, the heading says "%".
    Percent,
    /// A share of one core, shown as one of what was chosen; the heading says which.
    CpuPercent,
    /// An amount with the unit that fits it.
    Bytes,
    /// A rate of the network with the unit that fits it, in bytes or bits.
    NetworkRate,
    /// A rate to two decimals, the heading says "MB/s".
    MegabytesPerSecond,
    /// An amount to one decimal, the heading says "MB".
    Megabytes,
    /// Hours, minutes, seconds.
    Duration,
    /// A short time in milliseconds, the heading says "ms".
    Milliseconds,
    /// Date and time of day.
    Time,
    /// State of a process in words.
    State,
}

impl Format {
    /// Whether values are numbers, which stand at the end of their column.
    pub fn is_numeric(self) -> bool {
        !matches!(self, Self::Text | Self::State)
    }

    /// Whether most of what is written like this can be added up.
    const fn sums(self) -> bool {
        match self {
            Self::Integer
            | Self::Percent
            | Self::CpuPercent
            | Self::Bytes
            | Self::NetworkRate
            | Self::MegabytesPerSecond
            | Self::Megabytes
            | Self::Duration => true,
            Self::Text | Self::Port | Self::Milliseconds | Self::Time | Self::State => false,
        }
    }
}

/// What one cell holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Words from outside: not to be trusted as markup, may hold control characters.
    Text(&'a str),
    /// A list of words.
    Texts(&'a [String]),
    /// A list of port numbers.
    Ports(&'a [u16]),
    /// The address of one end of a connection, without its port.
    Address(SocketAddr),
    /// A whole number.
    Integer(i64),
    /// A share.
    Percent(Percent),
    /// An amount of data.
    Bytes(Bytes),
    /// A rate of data.
    Rate(BytesPerSecond),
    /// A length of time.
    Duration(Duration),
    /// A moment.
    Time(Timestamp),
    /// State of a process.
    State(ProcessState),
    /// Which ends of a process's life lie in a range of the past.
    Lifetime(Lifetime),
    /// There is none, and that is known: no parent, no service.
    Nothing,
    /// It was not measured: not for this row, or not yet.
    NotMeasured,
    /// The system tells nobody, as of what goes through UDP.
    NotTold,
    /// The system denies it to this user.
    NotPermitted,
}

impl Value<'_> {
    /// Whether there is nothing to read in it: a zero, or nothing known.
    pub fn is_quiet(&self) -> bool {
        match self {
            Self::Integer(number) => *number == 0,
            Self::Percent(share) => share.0 == 0.0,
            Self::Bytes(amount) => amount.0 == 0,
            Self::Rate(rate) => rate.0 == 0.0,
            Self::Duration(time) => time.is_zero(),
            _ => self.is_missing(),
        }
    }

    /// Whether there is no value.
    pub fn is_missing(&self) -> bool {
        matches!(
            self,
            Self::Nothing | Self::NotMeasured | Self::NotTold | Self::NotPermitted
        )
    }

    /// Order by value: numbers as numbers, words without regard to case, what is missing below
    /// everything.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => folded(a).cmp(folded(b)),
            (Self::Texts(a), Self::Texts(b)) => a
                .iter()
                .flat_map(|text| folded(text))
                .cmp(b.iter().flat_map(|text| folded(text))),
            (Self::Ports(a), Self::Ports(b)) => a.cmp(b),
            (Self::Address(a), Self::Address(b)) => a.ip().cmp(&b.ip()),
            (Self::Integer(a), Self::Integer(b)) => a.cmp(b),
            (Self::Percent(a), Self::Percent(b)) => a.0.total_cmp(&b.0),
            (Self::Bytes(a), Self::Bytes(b)) => a.cmp(b),
            (Self::Rate(a), Self::Rate(b)) => a.0.total_cmp(&b.0),
            (Self::Duration(a), Self::Duration(b)) => a.cmp(b),
            (Self::Time(a), Self::Time(b)) => a.cmp(b),
            (Self::State(a), Self::State(b)) => a.cmp(b),
            (Self::Lifetime(a), Self::Lifetime(b)) => a.cmp(b),
            _ => other.is_missing().cmp(&self.is_missing()),
        }
    }
}

fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

macro_rules! value_from {
    ($($type:ty => $variant:ident),* $(,)?) => {$(
        impl From<$type> for Value<'_> {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        }
    )*};
}
value_from!(i64 => Integer, Percent => Percent, Bytes => Bytes, BytesPerSecond => Rate,
    Duration => Duration, Timestamp => Time, ProcessState => State, Lifetime => Lifetime);

impl From<u64> for Value<'_> {
    fn from(count: u64) -> Self {
        Self::Integer(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<Pid> for Value<'_> {
    fn from(pid: Pid) -> Self {
        Self::Integer(pid.0.into())
    }
}

/// `None` is what the kernel denies.
impl<T> From<Option<T>> for Value<'_>
where
    Self: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::NotPermitted, Self::from)
    }
}

/// Which way a table is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

impl Direction {
    /// Order of two values; what is missing comes last, either way.
    pub fn order(self, a: &Value<'_>, b: &Value<'_>) -> Ordering {
        match (a.is_missing(), b.is_missing(), self) {
            (false, false, Self::Descending) => b.compare(a),
            (false, false, Self::Ascending) => a.compare(b),
            (a, b, _) => a.cmp(&b),
        }
    }
}

impl<R: 'static> Column<R> {
    /// A column that is offered everywhere and hidden at first.
    pub const fn new(
        key: &'static str,
        title: &'static str,
        format: Format,
        value: for<'a> fn(&'a R) -> Value<'a>,
    ) -> Self {
        Self {
            key,
            title,
            format,
            shown: false,
            chars: None,
            place: Place::Everywhere,
            sums: format.sums(),
            value,
        }
    }

    /// The same, shown at first.
    #[must_use]
    pub const fn shown(self) -> Self {
        Self {
            shown: true,
            ..self
        }
    }

    /// The same, about as wide as so many characters.
    #[must_use]
    pub const fn chars(self, chars: u16) -> Self {
        Self {
            chars: Some(chars),
            ..self
        }
    }

    /// The same, hidden at first.
    #[must_use]
    pub const fn hidden(self) -> Self {
        Self {
            shown: false,
            ..self
        }
    }

    /// The same, with numbers of which a sum means nothing.
    #[must_use]
    pub const fn never_summed(self) -> Self {
        Self {
            sums: false,
            ..self
        }
    }

    /// The same, without a key in JSON.
    #[must_use]
    pub const fn window_only(self) -> Self {
        Self {
            place: Place::Window,
            ..self
        }
    }

    /// The same, not offered in the window.
    #[must_use]
    pub const fn probe_only(self) -> Self {
        Self {
            place: Place::Probe,
            ..self
        }
    }

    /// Order of two rows by this column; what is missing comes last, either way.
    pub fn order(&self, a: &R, b: &R, direction: Direction) -> Ordering {
        direction.order(&(self.value)(a), &(self.value)(b))
    }
}

/// Columns that every table with processes has.
impl<R: Row> Column<R> {
    /// The program's name.
    pub const NAME: Self = Self::new("name", "Process", Format::Text, |row| {
        let Some(process) = row.process() else {
            return Value::Nothing;
        };
        match (process.info.name.as_str(), process.key.start_time) {
            ("", StartTime::Unknown) => Value::NotPermitted,
            ("", _) => Value::Nothing,
            (name, _) => Value::Text(name),
        }
    })
    .shown();
    /// The process id.
    pub const PID: Self = Self::new("pid", "PID", Format::Integer, |row| {
        row.process()
            .map_or(Value::Nothing, |process| Value::from(process.key.pid))
    })
    .shown()
    .never_summed();
    /// The user's name, else their number.
    pub const USER: Self = Self::new("user", "User", Format::Text, |row| {
        let Some(ProcessRef { info, .. }) = row.process() else {
            return Value::Nothing;
        };
        match (&info.user, info.uid) {
            (Some(user), _) => Value::Text(user),
            (None, Some(uid)) => Value::Integer(uid.0.into()),
            (None, None) => Value::NotPermitted,
        }
    });
    /// When the process started.
    pub const STARTED: Self = Self::new("started", "Started", Format::Time, |row| {
        let started = row.process().and_then(|process| process.info.started);
        started.map_or(Value::NotMeasured, Value::from)
    })
    .window_only();
    /// Its service or application.
    pub const SERVICE: Self = Self::new("service", "Service", Format::Text, |row| {
        let service = row.process().and_then(|it| it.info.service.as_deref());
        service.map_or(Value::Nothing, Value::Text)
    });
    /// All its arguments.
    pub const COMMAND_LINE: Self =
        Self::new(
            "command_line",
            "Command Line",
            Format::Text,
            |row| match row.process().map(|it| it.info.command_line.as_slice()) {
                None | Some([]) => Value::Nothing,
                Some(arguments) => Value::Texts(arguments),
            },
        );
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by(direction: Direction) -> impl Fn(&Option<u64>, &Option<u64>) -> Ordering {
        const COLUMN: Column<Option<u64>> =
            Column::new("n", "N", Format::Integer, |row| Value::from(*row));
        move |a, b| COLUMN.order(a, b, direction)
    }

    #[test]
    fn numbers_sort_as_numbers_and_what_is_missing_comes_last() {
        let mut rows = [Some(9), None, Some(45), Some(5)];
        rows.sort_by(by(Direction::Descending));
        assert_eq!(rows, [Some(45), Some(9), Some(5), None]);
        rows.sort_by(by(Direction::Ascending));
        assert_eq!(rows, [Some(5), Some(9), Some(45), None]);
    }

    #[test]
    fn words_sort_without_regard_to_case() {
        assert_eq!(
            Value::Text("abc").compare(&Value::Text("ABD")),
            Ordering::Less
        );
        assert_eq!(
            Value::Text("Zoe").compare(&Value::Text("ann")),
            Ordering::Greater
        );
    }

    proptest! {
        #[test]
        fn the_order_is_total(a: Option<u64>, b: Option<u64>, c: Option<u64>) {
            let order = by(Direction::Descending);
            prop_assert_eq!(order(&a, &b), order(&b, &a).reverse());
            if order(&a, &b).is_le() && order(&b, &c).is_le() {
                prop_assert!(order(&a, &c).is_le());
            }
        }
    }
}
