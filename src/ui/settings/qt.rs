//! The settings of the earlier program for Qt, which kept them with `QSettings`: they are looked for once, at the first
//! start, and what this program has too is taken over.
//!
//! Its file has no description, so every obvious spelling counts, in any case, with or without signs between
//! words (`updateInterval`, `update_interval`, `Update Interval`), in any group:
//!
//! | what | spellings of the key | values |
//! | --- | --- | --- |
//! | update interval | `updateinterval`, `refreshinterval`, `interval`, `updaterate`, these with `ms` | milliseconds; seconds below 20 |
//! | time window | `timewindow`, `window`, `timespan`, `historylength`, these with `seconds` | seconds |
//! | smoothing | `smoothing`, `smoothingwindow`, `smoothwindow`, `smooth` | samples |
//! | line width | `linewidth`, `penwidth`, `graphlinewidth` | pixels |
//! | inverted axis | `invertedaxis`, `invertaxis`, `invertxaxis`, `invertedtime`, `inverttimeaxis`, `inverted` | yes or no |
//! | grid | `grid`, `showgrid` | yes or no |
//! | opacity | `opacity`, `windowopacity` | per cent; a share up to 1 |
//! | theme | `theme`, `colorscheme`, `colourscheme`, `appearance` | system, light, dark |
//! | colours | the name of a line, with `color` or `colour` in it or in its group | `#rrggbb` |
//!
//! Yes is `true`, `1`, `yes` or `on`. Names of lines: `cpu`; `ram`, `memory`, `mem`; `swap`; `read`; `write`,
//! `written`; `received`, `recv`, `rx`, `download`; `sent`, `tx`, `upload`; also with `disk`, `network`, `net`,
//! `memory`, `line`, `graph` or `usage` beside them.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use relm4::gtk::glib;

use super::keys::{INTERVAL, LINE_WIDTH, OPACITY, SMOOTHING, WINDOW};
use super::preferences::{Preferences, Scheme};
use super::{Settings, report};
use crate::model::history::Series;
use crate::model::ini::{Entry, Value, entries};
use crate::ui::graph::palette::Rgb;

/// No settings file is larger, in bytes.
const LARGEST: u64 = 1 << 20;

/// What came of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// How many settings were taken over.
    pub taken: usize,
    /// What was not usable, a sentence each.
    pub unusable: Vec<String>,
}

/// Takes over the old settings, unless they were looked for before. Returns whether any were found. What
/// was not usable is logged.
pub fn import_once(settings: &Settings) -> bool {
    if !settings.keeps("qt-settings-imported") || settings.now().qt_imported {
        return false;
    }
    let mut imported = Imported::default();
    settings.change(|values| {
        values.qt_imported = true;
        if let Some(path) = file(&glib::user_config_dir()) {
            imported = match read(&path) {
                Ok(text) => take(&entries(&text), values),
                Err(error) => Imported {
                    taken: 0,
                    unusable: vec![format!("{} cannot be read: {error}", path.display())],
                },
            };
        }
    });
    for what in &imported.unusable {
        report(&format!("of the settings of SysMon for Qt, {what}"));
    }
    imported.taken > 0
}

/// The file of the old settings, if there is one.
fn file(folder: &Path) -> Option<PathBuf> {
    let usual = folder.join("SysMon").join("SysMon.conf");
    if usual.is_file() {
        return Some(usual);
    }
    let others = fs::read_dir(folder.join("sysmon")).ok()?;
    let others = others.filter_map(|entry| Some(entry.ok()?.path()));
    others
        .filter(|path| path.extension().is_some_and(|it| it == "conf") && path.is_file())
        .min()
}

fn read(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > LARGEST {
        return Err(io::Error::other("it is too large for settings"));
    }
    Ok(String::from_utf8_lossy(&fs::read(path)?).into_owned())
}

/// Takes over what there is of it here. Keys that mean nothing here are passed over.
fn take(entries: &[Entry], to: &mut Preferences) -> Imported {
    let mut imported = Imported::default();
    for entry in entries {
        let Some(setting) = Setting::of(&entry.path) else {
            continue;
        };
        let text = match &entry.value {
            Value::Words(words) => words.join(","),
            Value::Typed(name) => {
                let path = &entry.path;
                imported
                    .unusable
                    .push(format!("{path} is a {name}, which cannot be read"));
                continue;
            }
        };
        let right = setting.take(text.trim(), to);
        imported.taken += usize::from(right.is_some());
        match right {
            Some(true) => {}
            Some(false) => {
                imported.unusable.push(format!(
                    "{} has the value {text:?}, which was brought into its range",
                    entry.path
                ));
            }
            None => imported.unusable.push(format!(
                "{} has the value {text:?}, which is none it can have here",
                entry.path
            )),
        }
    }
    imported
}

/// A setting that this program has too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setting {
    Interval,
    Window,
    Smoothing,
    LineWidth,
    Inverted,
    Grid,
    Opacity,
    Theme,
    Colour(Series),
}

impl Setting {
    fn of(path: &str) -> Option<Self> {
        let plain = |text: &str| -> String {
            let letters = text.chars().filter(|c| c.is_alphanumeric());
            letters.flat_map(char::to_lowercase).collect()
        };
        let (group, key) = path.rsplit_once('/').unwrap_or(("", path));
        let (group, key) = (plain(group), plain(key));
        Some(match key.as_str() {
            "updateinterval" | "updateintervalms" | "refreshinterval" | "refreshintervalms"
            | "interval" | "intervalms" | "updaterate" | "updateratems" => Self::Interval,
            "timewindow"
            | "timewindowseconds"
            | "window"
            | "windowseconds"
            | "timespan"
            | "timespanseconds"
            | "historylength"
            | "historylengthseconds" => Self::Window,
            "smoothing" | "smoothingwindow" | "smoothwindow" | "smooth" => Self::Smoothing,
            "linewidth" | "penwidth" | "graphlinewidth" => Self::LineWidth,
            "invertedaxis" | "invertaxis" | "invertxaxis" | "invertedtime" | "inverttimeaxis"
            | "inverted" => Self::Inverted,
            "grid" | "showgrid" => Self::Grid,
            "opacity" | "windowopacity" => Self::Opacity,
            "theme" | "colorscheme" | "colourscheme" | "appearance" => Self::Theme,
            key => {
                let is_colour = |text: &str| text.contains("color") || text.contains("colour");
                (is_colour(key) || is_colour(&group)).then_some(())?;
                Self::Colour(series(key)?)
            }
        })
    }

    /// Takes its value over. Returns whether it was in its range; `None` where it is no value.
    fn take(self, text: &str, to: &mut Preferences) -> Option<bool> {
        match self {
            Self::Interval => {
                let number = number(text)?;
                let seconds = if number < 20.0 {
                    number
                } else {
                    number / 1000.0
                };
                let (seconds, right) = within(seconds, &INTERVAL);
                to.interval = Duration::from_secs_f64(seconds);
                Some(right)
            }
            Self::Window => {
                let (seconds, right) = whole(number(text)?, &WINDOW);
                to.window = Duration::from_secs(seconds.into());
                Some(right)
            }
            Self::Smoothing => Some(set(
                &mut to.look.smoothing,
                whole(number(text)?, &SMOOTHING),
            )),
            Self::LineWidth => Some(set(
                &mut to.look.line_width,
                whole(number(text)?, &LINE_WIDTH),
            )),
            Self::Inverted => Some(set(&mut to.look.inverted, (yes(text)?, true))),
            Self::Grid => Some(set(&mut to.look.grid, (yes(text)?, true))),
            Self::Opacity => {
                let number = number(text)?;
                let percent = if number <= 1.0 {
                    number * 100.0
                } else {
                    number
                };
                Some(set(&mut to.opacity, whole(percent, &OPACITY)))
            }
            Self::Theme => {
                let scheme = match text.to_lowercase().as_str() {
                    "system" | "auto" | "automatic" | "default" => Scheme::System,
                    "light" => Scheme::Light,
                    "dark" => Scheme::Dark,
                    _ => return None,
                };
                Some(set(&mut to.scheme, (scheme, true)))
            }
            Self::Colour(series) => {
                let colour: Rgb = text.parse().ok()?;
                to.look.colours.choose(series, Some(colour));
                Some(true)
            }
        }
    }
}

/// The line that a key of a colour is about.
fn series(key: &str) -> Option<Series> {
    let mut name = key.to_owned();
    for beside in ["colour", "color", "usage", "line", "graph"] {
        name = name.replace(beside, "");
    }
    Some(match name.trim_end_matches('s') {
        "cpu" => Series::Cpu,
        "ram" | "memory" | "mem" | "memoryram" | "rammemory" => Series::Ram,
        "swap" | "memoryswap" | "swapmemory" => Series::Swap,
        "read" | "diskread" => Series::Read,
        "write" | "written" | "diskwrite" | "diskwritten" => Series::Write,
        "received" | "recv" | "rx" | "download" | "networkreceived" | "networkrecv"
        | "networkrx" | "networkdownload" | "netreceived" | "netrecv" | "netrx" | "netdownload" => {
            Series::Received
        }
        "sent" | "tx" | "upload" | "networksent" | "networktx" | "networkupload" | "netsent"
        | "nettx" | "netupload" => Series::Sent,
        _ => return None,
    })
}

fn set<T>(to: &mut T, (value, right): (T, bool)) -> bool {
    *to = value;
    right
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn yes(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// A number brought into its range, and whether it was in it.
fn within(number: f64, range: &RangeInclusive<f64>) -> (f64, bool) {
    let clamped = number.clamp(*range.start(), *range.end());
    (clamped, range.contains(&number))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the number was brought into a range of small ones"
)]
fn whole(number: f64, range: &RangeInclusive<u32>) -> (u32, bool) {
    let range = f64::from(*range.start())..=f64::from(*range.end());
    let (number, right) = within(number.round(), &range);
    (number as u32, right)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn taken(text: &str) -> (Preferences, Imported) {
        let mut to = Preferences::default();
        let imported = take(&entries(text), &mut to);
        (to, imported)
    }

    #[test]
    fn what_both_programs_have_is_taken_over() {
        let (to, imported) = taken(
            "[General]\nupdateInterval=1500\nTheme=Dark\nunknown=7\n\
             [graphs]\ntime_window=300\nsmoothing=4\nlineWidth=3\ninvertedAxis=true\nShow%20Grid=false\n\
             [colors]\ncpu=\"#102030\"\nnetwork_sent=#405060\n[window]\nopacity=0.8\n",
        );
        assert_eq!((imported.taken, imported.unusable), (10, vec![]));
        let mut wanted = Preferences {
            interval: Duration::from_millis(1500),
            window: Duration::from_mins(5),
            scheme: Scheme::Dark,
            opacity: 80,
            ..Preferences::default()
        };
        wanted.look.smoothing = 4;
        wanted.look.line_width = 3;
        wanted.look.inverted = true;
        wanted.look.grid = false;
        let colours = &mut wanted.look.colours;
        colours.choose(Series::Cpu, Some(Rgb(0x10, 0x20, 0x30)));
        colours.choose(Series::Sent, Some(Rgb(0x40, 0x50, 0x60)));
        assert_eq!(to, wanted);
    }

    #[test]
    fn every_spelling_finds_its_setting() {
        for (path, setting) in [
            ("Update_Interval_MS", Setting::Interval),
            ("main/refresh-interval", Setting::Interval),
            ("TimeWindow", Setting::Window),
            ("smooth_window", Setting::Smoothing),
            ("plot/InvertXAxis", Setting::Inverted),
            ("colours/diskRead", Setting::Colour(Series::Read)),
            ("cpuColor", Setting::Colour(Series::Cpu)),
            ("graph_color_swap", Setting::Colour(Series::Swap)),
            ("Colors/RAM", Setting::Colour(Series::Ram)),
            ("colors/Net_Recv", Setting::Colour(Series::Received)),
        ] {
            assert_eq!(Setting::of(path), Some(setting), "{path}");
        }
        for other in ["cpu", "geometry", "colors/background", "", "/", "interval2"] {
            assert_eq!(Setting::of(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_not_usable_is_told_and_nothing_else_is_lost() {
        let (to, imported) = taken(
            "interval=9999999\nwindow=soon\nsmoothing=-3\n[colors]\ncpu=@Variant(\\0\\0)\nram=red\nswap=#010203\n",
        );
        assert_eq!(imported.taken, 3);
        assert_eq!(imported.unusable.len(), 5, "{:?}", imported.unusable);
        assert_eq!(to.interval, Duration::from_secs(5));
        assert_eq!(to.window, Preferences::default().window);
        assert_eq!(to.look.smoothing, 1);
        assert_eq!(to.look.colours.chosen(Series::Cpu), None);
        assert_eq!(to.look.colours.chosen(Series::Swap), Some(Rgb(1, 2, 3)));
    }

    #[test]
    fn the_usual_file_comes_before_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        assert_eq!(file(folder.path()), None);
        fs::create_dir(path("sysmon")).expect("made");
        for name in ["sysmon/b.conf", "sysmon/a.conf", "sysmon/0.txt"] {
            fs::write(path(name), "").expect("written");
        }
        assert_eq!(file(folder.path()), Some(path("sysmon/a.conf")));
        fs::create_dir(path("SysMon")).expect("made");
        fs::write(path("SysMon/SysMon.conf"), [b'a', 0xff]).expect("written");
        assert_eq!(file(folder.path()), Some(path("SysMon/SysMon.conf")));
        assert_eq!(
            read(&path("SysMon/SysMon.conf")).expect("read"),
            "a\u{fffd}"
        );
    }

    proptest! {
        #[test]
        fn any_file_leaves_settings_in_their_range(
            lines in prop::collection::vec(("[a-zA-Z_/]{0,8}(interval|window|opacity|smoothing|lineWidth|theme|colors/cpu)", "\\PC{0,12}|-?[0-9]{1,20}(\\.[0-9])?"), 0..20),
        ) {
            let lines: Vec<String> = lines.iter().map(|(key, value)| format!("{key}={value}")).collect();
            let text = lines.join("\n");
            let (to, _) = taken(&text);
            prop_assert!(INTERVAL.contains(&to.interval.as_secs_f64()));
            prop_assert!(WINDOW.contains(&u32::try_from(to.window.as_secs()).expect("short")));
            prop_assert!(OPACITY.contains(&to.opacity) && SMOOTHING.contains(&to.look.smoothing));
            prop_assert!(LINE_WIDTH.contains(&to.look.line_width));
        }
    }
}
