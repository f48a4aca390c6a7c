//! The keys of the schema, and the values that stand behind them. What somebody else wrote there may be
//! anything: numbers are brought into their range, and what is no value is left out.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use relm4::gtk::glib;
use relm4::gtk::glib::prelude::*;
use relm4::gtk::glib::variant::StaticVariantType;

use super::preferences::{Preferences, Scheme};
use crate::model::connection::HostNames;
use crate::model::format::{CpuScale, DataUnit, UnitStyle};
use crate::model::history::Series;
use crate::model::host::HostTarget;
use crate::model::units::Bytes;
use crate::ui::actions::{subject_name, subject_of};
use crate::ui::alerts::kept;
use crate::ui::graph::palette::Colours;
use crate::ui::hosts::MOST_REMEMBERED;

/// A key of the schema.
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// Takes a value over. Returns whether it was as it should be.
    pub read: fn(&mut Preferences, &glib::Variant) -> bool,
    /// The value.
    pub write: fn(&Preferences) -> glib::Variant,
}

/// Seconds between two samples.
pub const INTERVAL: RangeInclusive<f64> = 0.1..=5.0;
/// Seconds on the axis of time.
pub const WINDOW: RangeInclusive<u32> = 5..=3600;
/// Samples.
pub const SMOOTHING: RangeInclusive<u32> = 1..=20;
/// Pixels.
pub const LINE_WIDTH: RangeInclusive<u32> = 1..=10;
/// Per cent.
pub const OPACITY: RangeInclusive<u32> = 10..=100;
/// Mebibytes.
pub const MEMORY: RangeInclusive<u32> = 16..=1024;
/// Seconds between two snapshots of a table.
pub const TABLE_INTERVAL: RangeInclusive<u32> = 1..=60;
/// Rows of a table, zero for all.
pub const TABLE_LIMIT: RangeInclusive<u32> = 0..=1000;
const SCHEMES: [(&str, Scheme); 3] = [
    ("system", Scheme::System),
    ("light", Scheme::Light),
    ("dark", Scheme::Dark),
];
const UNITS: [(&str, UnitStyle); 2] = [("si", UnitStyle::Si), ("iec", UnitStyle::Iec)];
/// The names of lines.
pub const SERIES: [(&str, Series); 7] = [
    ("cpu", Series::Cpu),
    ("ram", Series::Ram),
    ("swap", Series::Swap),
    ("read", Series::Read),
    ("write", Series::Write),
    ("received", Series::Received),
    ("sent", Series::Sent),
];
const SCALES: [(&str, CpuScale); 2] = [("core", CpuScale::Core), ("machine", CpuScale::Machine)];
const NAMES: [(&str, HostNames); 3] = [
    ("off", HostNames::Off),
    ("public", HostNames::Public),
    ("all", HostNames::All),
];
/// A window that is smaller than this shows nothing, and one that is larger is on no screen.
const SIDES: RangeInclusive<i32> = 100..=20_000;

/// All keys of the main schema that this program knows.
pub const KEYS: &[Key] = &[
    Key {
        name: "update-interval",
        read: |to, value| {
            let (seconds, right) = number(value, &INTERVAL);
            seconds.is_some_and(|seconds| {
                to.interval = Duration::from_secs_f64(seconds);
                right
            })
        },
        write: |from| from.interval.as_secs_f64().to_variant(),
    },
    Key {
        name: "time-window",
        read: |to, value| {
            let (seconds, right) = number(value, &WINDOW);
            seconds.is_some_and(|seconds| {
                to.window = Duration::from_secs(seconds.into());
                right
            })
        },
        write: |from| whole(from.window.as_secs()).to_variant(),
    },
    Key {
        name: "smoothing",
        read: |to, value| set(&mut to.look.smoothing, number(value, &SMOOTHING)),
        write: |from| from.look.smoothing.to_variant(),
    },
    Key {
        name: "line-width",
        read: |to, value| set(&mut to.look.line_width, number(value, &LINE_WIDTH)),
        write: |from| from.look.line_width.to_variant(),
    },
    Key {
        name: "fill",
        read: |to, value| set(&mut to.look.fill, (value.get(), true)),
        write: |from| from.look.fill.to_variant(),
    },
    Key {
        name: "grid",
        read: |to, value| set(&mut to.look.grid, (value.get(), true)),
        write: |from| from.look.grid.to_variant(),
    },
    Key {
        name: "inverted-time",
        read: |to, value| set(&mut to.look.inverted, (value.get(), true)),
        write: |from| from.look.inverted.to_variant(),
    },
    Key {
        name: "series-colors",
        read: |to, value| {
            // Asking for a map in what is none panics.
            let named = value.is::<BTreeMap<String, String>>().then(|| value.get());
            let named: Option<BTreeMap<String, String>> = named.flatten();
            named.is_some_and(|named| {
                to.look.colours = Colours::default();
                let taken = named.iter().filter(|(name, colour)| {
                    let series = SERIES.iter().find(|(it, _)| it == name);
                    let chosen = series.zip(colour.parse().ok());
                    if let Some(((_, series), colour)) = chosen {
                        to.look.colours.choose(*series, Some(colour));
                    }
                    chosen.is_some()
                });
                taken.count() == named.len()
            })
        },
        write: |from| {
            let named = SERIES.iter().filter_map(|&(name, series)| {
                let colour = from.look.colours.chosen(series)?;
                Some((name.to_owned(), colour.to_string()))
            });
            named.collect::<BTreeMap<String, String>>().to_variant()
        },
    },
    Key {
        name: "per-core-graphs",
        read: |to, value| set(&mut to.per_core, (value.get(), true)),
        write: |from| from.per_core.to_variant(),
    },
    Key {
        name: "color-scheme",
        read: |to, value| set(&mut to.scheme, named(value, &SCHEMES)),
        write: |from| name_of(from.scheme, &SCHEMES),
    },
    Key {
        name: "opacity",
        read: |to, value| set(&mut to.opacity, number(value, &OPACITY)),
        write: |from| from.opacity.to_variant(),
    },
    Key {
        name: "units",
        read: |to, value| set(&mut to.units, named(value, &UNITS)),
        write: |from| name_of(from.units, &UNITS),
    },
    Key {
        name: "network-bits",
        read: |to, value| {
            let unit = value.get().map(|bits| {
                if bits {
                    DataUnit::Bits
                } else {
                    DataUnit::Bytes
                }
            });
            set(&mut to.network, (unit, true))
        },
        write: |from| (from.network == DataUnit::Bits).to_variant(),
    },
    Key {
        name: "cpu-scale",
        read: |to, value| set(&mut to.cpu_scale, named(value, &SCALES)),
        write: |from| name_of(from.cpu_scale, &SCALES),
    },
    Key {
        name: "host-names",
        read: |to, value| set(&mut to.names, named(value, &NAMES)),
        write: |from| name_of(from.names, &NAMES),
    },
    Key {
        name: "hidden-graphs",
        read: |to, value| {
            let names: Option<Vec<String>> = value.get();
            names.is_some_and(|names| {
                to.hidden = names.iter().filter_map(|name| subject_of(name)).collect();
                to.hidden.len() == names.len()
            })
        },
        write: |from| {
            let names: Vec<&str> = from
                .hidden
                .iter()
                .map(|&graph| subject_name(graph))
                .collect();
            names.to_variant()
        },
    },
    Key {
        name: "background-history",
        read: |to, value| set(&mut to.remember, (value.get(), true)),
        write: |from| from.remember.to_variant(),
    },
    Key {
        name: "history-megabytes",
        read: |to, value| {
            let (mebibytes, right) = number(value, &MEMORY);
            mebibytes.is_some_and(|mebibytes| {
                to.memory = Bytes(u64::from(mebibytes) << 20);
                right
            })
        },
        write: |from| whole(from.memory.0 >> 20).to_variant(),
    },
    Key {
        name: "table-interval",
        read: |to, value| set(&mut to.table_interval, number(value, &TABLE_INTERVAL)),
        write: |from| from.table_interval.to_variant(),
    },
    Key {
        name: "table-limit",
        read: |to, value| {
            let (rows, right) = number(value, &TABLE_LIMIT);
            rows.is_some_and(|rows| {
                to.table_limit = Some(rows).filter(|&rows| rows > 0);
                right
            })
        },
        write: |from| from.table_limit.unwrap_or(0).to_variant(),
    },
    Key {
        name: "alerts",
        read: |to, value| set(&mut to.alerts.on, (value.get(), true)),
        write: |from| from.alerts.on.to_variant(),
    },
    Key {
        name: "alert-rules",
        read: |to, value| set(&mut to.alerts.rules, kept::read(value)),
        write: |from| kept::write(&from.alerts.rules),
    },
    Key {
        name: "told-of-background",
        read: |to, value| set(&mut to.told_of_background, (value.get(), true)),
        write: |from| from.told_of_background.to_variant(),
    },
    Key {
        name: "hosts",
        read: |to, value| {
            let hosts: Option<Vec<String>> = value.get();
            hosts.is_some_and(|hosts| {
                let count = hosts.len();
                to.hosts = hosts;
                // What ssh would take for an option is no host.
                to.hosts.retain(|host| host.parse::<HostTarget>().is_ok());
                to.hosts.truncate(MOST_REMEMBERED);
                to.hosts.len() == count
            })
        },
        write: |from| from.hosts.to_variant(),
    },
    Key {
        name: "window-size",
        read: |to, value| set(&mut to.size, size(value)),
        write: |from| from.size.to_variant(),
    },
    Key {
        name: "window-maximized",
        read: |to, value| set(&mut to.maximized, (value.get(), true)),
        write: |from| from.maximized.to_variant(),
    },
    Key {
        name: "opened-before",
        read: |to, value| set(&mut to.opened_before, (value.get(), true)),
        write: |from| from.opened_before.to_variant(),
    },
    Key {
        name: "qt-settings-imported",
        read: |to, value| set(&mut to.qt_imported, (value.get(), true)),
        write: |from| from.qt_imported.to_variant(),
    },
];

/// Takes over a value, where there is one. Returns whether it was as it should be.
pub(super) fn set<T>(to: &mut T, (value, right): (Option<T>, bool)) -> bool {
    value.is_some_and(|value| {
        *to = value;
        right
    })
}

/// A number in its range, and whether it was in it.
pub(super) fn number<T>(value: &glib::Variant, range: &RangeInclusive<T>) -> (Option<T>, bool)
where
    T: Copy + PartialOrd + StaticVariantType + FromVariant,
{
    let Some(number) = value.get::<T>() else {
        return (None, false);
    };
    if range.contains(&number) {
        (Some(number), true)
    } else if number < *range.start() {
        (Some(*range.start()), false)
    } else if number > *range.end() {
        (Some(*range.end()), false)
    } else {
        // It is no number.
        (None, false)
    }
}

/// The size of a window.
pub(super) fn size(value: &glib::Variant) -> (Option<(i32, i32)>, bool) {
    let Some((width, height)) = value.get::<(i32, i32)>() else {
        return (None, false);
    };
    let side = |side: i32| side.clamp(*SIDES.start(), *SIDES.end());
    let clamped = (side(width), side(height));
    (Some(clamped), clamped == (width, height))
}

fn named<T: Copy>(value: &glib::Variant, names: &[(&str, T)]) -> (Option<T>, bool) {
    let found = names.iter().find(|(name, _)| value.str() == Some(name));
    (found.map(|(_, value)| *value), true)
}

fn name_of<T: Copy + PartialEq>(value: T, names: &[(&str, T)]) -> glib::Variant {
    let found = names.iter().find(|(_, other)| *other == value);
    found.map_or("", |(name, _)| name).to_variant()
}

fn whole(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::alert::{Alerts, Condition, Rule};
    use crate::model::units::Percent;
    use crate::ui::drilldown::SubjectKind;
    use crate::ui::settings::preferences::Look;

    fn key(name: &str) -> &'static Key {
        KEYS.iter().find(|key| key.name == name).expect("a key")
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut colours = Colours::default();
        colours.choose(Series::Sent, "#102030".parse().ok());
        let changed = Preferences {
            interval: Duration::from_millis(1500),
            window: Duration::from_mins(5),
            look: Look {
                smoothing: 4,
                line_width: 3,
                fill: false,
                grid: false,
                inverted: true,
                colours,
            },
            per_core: true,
            scheme: Scheme::Dark,
            opacity: 40,
            units: UnitStyle::Iec,
            network: DataUnit::Bits,
            cpu_scale: CpuScale::Machine,
            names: HostNames::All,
            hidden: vec![SubjectKind::Disk, SubjectKind::Network],
            remember: false,
            memory: Bytes(128 << 20),
            table_interval: 10,
            table_limit: Some(25),
            alerts: Alerts {
                on: true,
                rules: vec![Rule {
                    condition: Condition::Cpu {
                        above: Percent(90.0),
                    },
                    lasting: Duration::from_secs(30),
                }],
            },
            told_of_background: true,
            hosts: vec!["ann@server".to_owned(), "box".to_owned()],
            size: (800, 500),
            maximized: true,
            opened_before: true,
            qt_imported: true,
        };
        for from in [changed, Preferences::default()] {
            let mut to = Preferences::default();
            for key in KEYS {
                assert!((key.read)(&mut to, &(key.write)(&from)), "{}", key.name);
            }
            assert_eq!(to, from);
        }
    }

    #[test]
    fn numbers_are_brought_into_their_range() {
        let mut to = Preferences::default();
        assert!(!(key("update-interval").read)(&mut to, &0.0.to_variant()));
        assert_eq!(to.interval, Duration::from_millis(100));
        assert!(!(key("time-window").read)(
            &mut to,
            &1_000_000_u32.to_variant()
        ));
        assert_eq!(to.window, Duration::from_hours(1));
        assert!(!(key("history-megabytes").read)(
            &mut to,
            &0_u32.to_variant()
        ));
        assert_eq!(to.memory, Bytes(16 << 20));
        assert!(!(key("update-interval").read)(
            &mut to,
            &f64::NAN.to_variant()
        ));
        assert_eq!(to.interval, Duration::from_millis(100));
        assert!(!(key("window-size").read)(
            &mut to,
            &(-5, 1 << 30).to_variant()
        ));
        assert_eq!(to.size, (100, 20_000));
    }

    #[test]
    fn what_is_no_value_is_left_out() {
        for key in KEYS {
            let mut to = Preferences::default();
            assert!(
                !(key.read)(&mut to, &(1_u8, "x").to_variant()),
                "{}",
                key.name
            );
            assert_eq!(to, Preferences::default(), "{}", key.name);
        }
        let mut to = Preferences::default();
        assert!(!(key("units").read)(&mut to, &"stones".to_variant()));
        assert!(!(key("hidden-graphs").read)(
            &mut to,
            &vec!["cpu", "gpu"].to_variant()
        ));
        assert_eq!(to.hidden, [SubjectKind::Cpu]);
        let named = [("cpu", "#102030"), ("gpu", "#102030"), ("ram", "red")];
        let named: BTreeMap<_, _> = named.into_iter().collect();
        assert!(!(key("series-colors").read)(&mut to, &named.to_variant()));
        let colours = to.look.colours;
        assert_eq!(colours.chosen(Series::Cpu), "#102030".parse().ok());
        assert_eq!(colours.chosen(Series::Ram), None);
    }

    proptest! {
        #[test]
        fn any_number_is_borne(seconds: f64, number: u32) {
            let mut to = Preferences::default();
            (key("update-interval").read)(&mut to, &seconds.to_variant());
            prop_assert!(INTERVAL.contains(&to.interval.as_secs_f64()));
            for name in ["opacity", "time-window", "smoothing", "line-width", "table-interval", "table-limit"] {
                (key(name).read)(&mut to, &number.to_variant());
            }
            prop_assert!(WINDOW.contains(&u32::try_from(to.window.as_secs()).expect("short")));
            prop_assert!(OPACITY.contains(&to.opacity));
            prop_assert!(SMOOTHING.contains(&to.look.smoothing));
        }
    }
}
