//! How times of day are written.

use jiff::Timestamp;

use super::format::Style;

/// How many hours the clock counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// All of a day: "14:02:10".
    #[default]
    Hours24,
    /// Half of a day: "2:02:10 PM".
    Hours12,
}

impl Clock {
    /// From GNOME's setting `clock-format`; `None` for a word that it does not have.
    pub fn of_setting(word: &str) -> Option<Self> {
        match word {
            "24h" => Some(Self::Hours24),
            "12h" => Some(Self::Hours12),
            _ => None,
        }
    }

    /// From a locale's format of the time of day, as of `strftime(3)` (`T_FMT` of `nl_langinfo(3)`).
    pub fn of_format(format: &str) -> Self {
        let format = format.replace("%%", "");
        let mut conversions = format.split('%').skip(1);
        let twelve = conversions.any(|conversion| {
            let letter = conversion.trim_start_matches(['_', '-', '0', '^', '#', 'E', 'O']);
            letter.starts_with(['I', 'l', 'r'])
        });
        if twelve { Self::Hours12 } else { Self::Hours24 }
    }
}

/// The words of a clock of twelve hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockWords {
    /// The half of the day before noon.
    pub morning: String,
    /// The half of the day from noon on.
    pub afternoon: String,
    /// Where they stand: "{time} {half}".
    pub pattern: String,
}

impl ClockWords {
    /// English.
    pub fn english() -> Self {
        Self {
            morning: "AM".into(),
            afternoon: "PM".into(),
            pattern: "{time} {half}".into(),
        }
    }
}

impl Style {
    /// A time of day to the second: "14:02:10", "2:02:10 PM".
    pub fn time_of_day(&self, at: Timestamp) -> String {
        let at = at.to_zoned(self.zone.clone());
        match self.clock {
            Clock::Hours24 => at.strftime("%H:%M:%S").to_string(),
            Clock::Hours12 => {
                let words = &self.words.clock;
                let afternoon = at.hour() >= 12;
                let half = if afternoon {
                    &words.afternoon
                } else {
                    &words.morning
                };
                words
                    .pattern
                    .replace("{time}", &at.strftime("%-I:%M:%S").to_string())
                    .replace("{half}", half)
            }
        }
    }

    /// A day: "2026-11-26".
    pub fn day(&self, at: Timestamp) -> String {
        let at = at.to_zoned(self.zone.clone());
        at.strftime("%Y-%m-%d").to_string()
    }

    /// A day and its time: "2026-11-26 14:02:10".
    pub fn moment(&self, at: Timestamp) -> String {
        format!("{} {}", self.day(at), self.time_of_day(at))
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::{TimeZone, offset};
    use proptest::prelude::*;

    use super::*;

    fn twelve() -> Style {
        Style {
            clock: Clock::Hours12,
            ..Style::english()
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    #[test]
    fn a_clock_of_twelve_hours_starts_its_halves_with_twelve() {
        for (moment, time) in [
            ("2026-11-26T00:00:00Z", "12:00:00 AM"),
            ("2026-11-26T09:05:01Z", "9:05:01 AM"),
            ("2026-11-26T11:59:59Z", "11:59:59 AM"),
            ("2026-11-26T12:00:00Z", "12:00:00 PM"),
            ("2026-11-26T23:02:10Z", "11:02:10 PM"),
        ] {
            assert_eq!(twelve().time_of_day(at(moment)), time);
        }
    }

    #[test]
    fn a_time_is_that_of_the_zone_and_in_the_order_of_the_language() {
        let mut style = Style::english();
        style.zone = TimeZone::fixed(offset(9));
        let moment = at("2026-11-26T17:02:10Z");
        assert_eq!(style.moment(moment), "2026-11-27 02:02:10");
        style.clock = Clock::Hours12;
        style.words.clock.morning = "午前".into();
        style.words.clock.pattern = "{half}{time}".into();
        assert_eq!(style.moment(moment), "2026-11-27 午前2:02:10");
    }

    #[test]
    fn a_locale_counts_twelve_hours_where_its_format_does() {
        for format in ["%r", "%I:%M:%S %p", "%l:%M:%S %P", "%-I:%M", "%p%I시 %M분"] {
            assert_eq!(Clock::of_format(format), Clock::Hours12, "{format}");
        }
        for format in ["%T", "%H:%M:%S", "%k:%M", "%Hh%M", "", "%", "I", "%%I"] {
            assert_eq!(Clock::of_format(format), Clock::Hours24, "{format}");
        }
    }

    #[test]
    fn a_setting_is_one_of_two_words() {
        assert_eq!(Clock::of_setting("12h"), Some(Clock::Hours12));
        assert_eq!(Clock::of_setting("24h"), Some(Clock::Hours24));
        assert_eq!(Clock::of_setting("auto"), None);
    }

    proptest! {
        #[test]
        fn both_clocks_tell_the_same_time(second in 0_i64..4_000_000_000) {
            let at = Timestamp::from_second(second).expect("a moment");
            let text = twelve().time_of_day(at);
            let (time, half) = text.split_once(' ').expect("two words");
            let (hour, rest) = time.split_once(':').expect("an hour");
            let hour = hour.parse::<u8>().expect("a number") % 12 + if half == "PM" { 12 } else { 0 };
            prop_assert_eq!(format!("{hour:02}:{rest}"), Style::english().time_of_day(at));
        }
    }
}
