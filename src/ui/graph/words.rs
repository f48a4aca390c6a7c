//! What a graph says in words.

use std::time::Duration;

use gettextrs::{gettext, ngettext};

use super::axis::Quantity;
use crate::model::cores::CoreHistory;
use crate::model::format::{NOT_MEASURED, Style, UnitStyle};
use crate::model::history::{History, Sample, Series};
use crate::model::system::{Memory, SystemTotals};
use crate::model::units::{BytesPerSecond, Percent};
use crate::ui::drilldown::SubjectKind;

/// The heading of a graph.
pub fn title(graph: SubjectKind) -> String {
    match graph {
        SubjectKind::Cpu => gettext("CPU"),
        SubjectKind::Memory => gettext("Memory"),
        SubjectKind::Disk => gettext("Disk"),
        SubjectKind::Network => gettext("Network"),
    }
}

/// The name of a line.
pub fn name(series: Series) -> String {
    match series {
        Series::Cpu => gettext("All CPUs"),
        Series::Ram => gettext("RAM"),
        Series::Swap => gettext("Swap"),
        Series::Read => gettext("Read"),
        Series::Write => gettext("Write"),
        Series::Received => gettext("Received"),
        Series::Sent => gettext("Sent"),
    }
}

/// A value of a line as it is read off the graph: "12.5 %", "1.2 MB/s".
pub fn value(style: &Style, series: Series, value: f64) -> String {
    match Quantity::of(series) {
        Quantity::Percent => style.percent(Percent(value), 1),
        Quantity::Rate => style.rate(BytesPerSecond(value)),
        Quantity::NetworkRate => style.network_rate(BytesPerSecond(value)),
    }
}

/// All graphs of single CPUs.
pub fn cores() -> String {
    gettext("Each CPU")
}

/// The name of one CPU.
pub fn core_name(cpu: u32) -> String {
    // Translators: one of several CPUs, by its number, as in "CPU 3".
    gettext("CPU {n}").replace("{n}", &cpu.to_string())
}

/// How busy one CPU is: "12 %".
pub fn core_value(style: &Style, busy: Option<Percent>) -> String {
    busy.map_or_else(|| NOT_MEASURED.to_owned(), |share| style.percent(share, 0))
}

/// One CPU and how busy it is: "CPU 3: 12 %".
pub fn core(style: &Style, cpu: u32, busy: Option<Percent>) -> String {
    // Translators: one of several CPUs and how busy it is, as in "CPU 3: 12 %".
    gettext("{name}: {value}")
        .replace("{name}", &core_name(cpu))
        .replace("{value}", &core_value(style, busy))
}

/// All CPUs for a screen reader; of many only the busiest.
pub fn cores_spoken(style: &Style, history: &CoreHistory) -> String {
    const MOST: usize = 16;
    const BUSIEST: usize = 5;
    let known = |&cpu: &u32| Some((cpu, history.latest(cpu)?));
    let mut busy: Vec<(u32, Percent)> = history.cpus().iter().filter_map(known).collect();
    let count = busy.len();
    if count == 0 {
        return gettext("no values yet");
    }
    let many = count > MOST;
    if many {
        busy.sort_by(|a, b| b.1.0.total_cmp(&a.1.0));
        busy.truncate(BUSIEST);
    }
    let parts = busy.into_iter().map(|(cpu, share)| {
        let share = gettext("{n} percent").replace("{n}", &style.decimal(share.0, 0));
        format!("{} {share}", core_name(cpu))
    });
    let list = style.list(parts);
    if many {
        // Translators: of many CPUs, those that do most: "The busiest of 64 CPUs: CPU 3 80 percent, …".
        gettext("The busiest of {count} CPUs: {list}")
            .replace("{count}", &count.to_string())
            .replace("{list}", &list)
    } else {
        list
    }
}

/// Why a line has no value.
pub fn missing(series: Series, totals: &SystemTotals) -> String {
    match (series, totals.memory) {
        (Series::Swap, Some(_)) => gettext("none"),
        _ => gettext("not available"),
    }
}

/// How much memory is in use: "3.5 of 15.6 GiB". Memory is counted in powers of 1024.
pub fn amount(style: &Style, series: Series, memory: Memory) -> Option<String> {
    let (used, total) = match series {
        Series::Ram => (memory.used(), memory.total),
        Series::Swap if memory.swap_total.0 > 0 => (memory.swap_used, memory.swap_total),
        _ => return None,
    };
    let style = Style {
        units: UnitStyle::Iec,
        ..style.clone()
    };
    let [used, total] = style.part_of(used, total);
    Some(
        // Translators: an amount of memory, as in "3.5 of 15.6 GiB".
        gettext("{used} of {total}")
            .replace("{used}", &used)
            .replace("{total}", &total),
    )
}

/// The highest value of a graph within its window.
pub fn peak(style: &Style, series: Series, peak: f64) -> String {
    // Translators: the highest value in a graph, as in "Peak 80.0 %".
    gettext("Peak {value}").replace("{value}", &value(style, series, peak))
}

/// How much of the time something waited, from the kernel's pressure stall information.
pub fn pressure(style: &Style, share: Percent) -> String {
    // Translators: share of time in which programs waited, as in "waiting 12 %".
    gettext("waiting {share}").replace("{share}", &style.percent(share, 0))
}

/// What [`pressure`] means.
pub fn pressure_explained(graph: SubjectKind, style: &Style, share: Percent) -> String {
    let pattern = match graph {
        SubjectKind::Cpu => {
            gettext("In {share} of the last 10 seconds a program waited for a CPU.")
        }
        SubjectKind::Memory => {
            gettext("In {share} of the last 10 seconds a program waited for memory.")
        }
        SubjectKind::Disk | SubjectKind::Network => {
            gettext("In {share} of the last 10 seconds a program waited for storage.")
        }
    };
    pattern.replace("{share}", &style.percent(share, 1))
}

/// Load average and uptime.
pub fn load_and_uptime(style: &Style, totals: &SystemTotals) -> Option<String> {
    let load = totals.load.map(|load| {
        let [one, five, fifteen] = load.map(|load| style.decimal(load, 2));
        gettext("Load average {one} · {five} · {fifteen} (1, 5, 15 minutes)")
            .replace("{one}", &one)
            .replace("{five}", &five)
            .replace("{fifteen}", &fifteen)
    });
    let up = totals.uptime.map(|time| {
        let minutes = time.as_secs() / 60;
        let (days, hours) = (minutes / 1440, minutes / 60 % 24);
        gettext("Up {time}").replace(
            "{time}",
            &if days > 0 {
                let days =
                    ngettext("{n} day", "{n} days", plural(days)).replace("{n}", &days.to_string());
                format!("{days} {hours}:{:02}", minutes % 60)
            } else {
                format!("{hours}:{:02}", minutes % 60)
            },
        )
    });
    match (load, up) {
        (Some(load), Some(up)) => Some(format!("{load}\n{up}")),
        (load, up) => load.or(up),
    }
}

/// A stretch of time: "14:02:10 to 14:02:40, 30 s".
pub fn range(style: &Style, ends: &[String; 2], length: Duration) -> String {
    let seconds = length.as_secs_f64();
    // Translators: a stretch of time and its length, as in "14:02:10 to 14:02:40, 30 s".
    gettext("{from} to {to}, {length} s")
        .replace("{from}", &ends[0])
        .replace("{to}", &ends[1])
        .replace(
            "{length}",
            &style.decimal(seconds, usize::from(seconds < 10.0)),
        )
}

/// One sample, a line to each value below the moment.
pub fn sample(style: &Style, lines: &[Series], sample: &Sample) -> String {
    let mut text = style.time_of_day(sample.at);
    for &series in lines {
        text.push('\n');
        text.push_str(&reading(style, series, sample));
    }
    text
}

fn reading(style: &Style, series: Series, sample: &Sample) -> String {
    let value = sample
        .value(series)
        .map_or_else(|| gettext("not available"), |v| value(style, series, v));
    // Translators: the value of a line of a graph, as in "Read 1.2 MB/s".
    gettext("{name} {value}")
        .replace("{name}", &name(series))
        .replace("{value}", &value)
}

/// One sample for a screen reader.
pub fn sample_spoken(style: &Style, lines: &[Series], sample: &Sample) -> String {
    let values = lines.iter().map(|&series| reading(style, series, sample));
    gettext("At {time}: {values}")
        .replace("{time}", &style.time_of_day(sample.at))
        .replace("{values}", &style.list(values))
}

/// A graph for a screen reader: what each line is now, and what its highest was.
pub fn description(style: &Style, lines: &[Series], history: &History, window: Duration) -> String {
    let Some(latest) = history.latest() else {
        return gettext("no values yet");
    };
    let start = history.start_of(window);
    let lines = lines.iter().map(|&series| {
        let now = latest.value(series).map_or_else(
            || gettext("not available"),
            |value| spoken(style, series, value),
        );
        let Some((highest, when)) = history.peak(series, start) else {
            return gettext("{name} {now}")
                .replace("{name}", &name(series))
                .replace("{now}", &now);
        };
        let ago = latest.since_boot.saturating_sub(when).as_secs();
        ngettext(
            "{name} {now}, highest {highest} {ago} second ago",
            "{name} {now}, highest {highest} {ago} seconds ago",
            plural(ago),
        )
        .replace("{name}", &name(series))
        .replace("{now}", &now)
        .replace("{highest}", &spoken(style, series, highest))
        .replace("{ago}", &ago.to_string())
    });
    lines.collect::<Vec<_>>().join("; ")
}

fn spoken(style: &Style, series: Series, amount: f64) -> String {
    match Quantity::of(series) {
        Quantity::Percent => gettext("{n} percent").replace("{n}", &style.decimal(amount, 0)),
        Quantity::Rate | Quantity::NetworkRate => value(style, series, amount),
    }
}

/// The newest end of the axis of time: the present, or the end of a recording.
pub fn newest(replayed: bool) -> String {
    if replayed {
        // Translators: the end of a recording, on the axis of time.
        gettext("end")
    } else {
        gettext("now")
    }
}

/// The quarters of the axis of time, from the oldest to the newest: "60 s", "45", "30", "15", "now".
pub fn time_axis(style: &Style, window: Duration, newest: &str) -> [String; 5] {
    let seconds = window.as_secs_f64();
    let (length, unit) = if seconds < 180.0 {
        // Translators: seconds on the axis of time, as in "60 s".
        (seconds, gettext("{n} s"))
    } else {
        // Translators: minutes on the axis of time, as in "5 min".
        (seconds / 60.0, gettext("{n} min"))
    };
    let number = |share: f64| {
        let number = length * share;
        let decimals = [(0, 1.0), (1, 10.0)].into_iter().find(|(_, scale)| {
            let scaled = number * scale;
            (scaled - scaled.round()).abs() < 1e-6
        });
        style.decimal(number, decimals.map_or(2, |(decimals, _)| decimals))
    };
    [
        unit.replace("{n}", &number(1.0)),
        number(0.75),
        number(0.5),
        number(0.25),
        newest.to_owned(),
    ]
}

/// The upper end and the middle of the axis of values.
pub fn value_axis(style: &Style, quantity: Quantity, maximum: f64) -> [String; 2] {
    match quantity {
        Quantity::Percent => [
            style.percent(Percent(maximum), 0),
            style.decimal(maximum / 2.0, 0),
        ],
        _ => style.rate_ticks(BytesPerSecond(maximum), quantity.unit(style)),
    }
}

/// The count in the form that gettext chooses a plural by.
fn plural(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_of_time_counts_down_to_now() {
        let axis =
            |seconds| time_axis(&Style::english(), Duration::from_secs(seconds), "now").join(", ");
        assert_eq!(axis(60), "60 s, 45, 30, 15, now");
        assert_eq!(axis(5), "5 s, 3.75, 2.5, 1.25, now");
        assert_eq!(axis(300), "5 min, 3.75, 2.5, 1.25, now");
        assert_eq!(axis(3600), "60 min, 45, 30, 15, now");
    }

    #[test]
    fn the_axis_of_values_names_its_unit_once() {
        let style = Style::english();
        assert_eq!(
            value_axis(&style, Quantity::Percent, 100.0),
            ["100\u{a0}%", "50"]
        );
        assert_eq!(
            value_axis(&style, Quantity::Rate, 1e6),
            ["1\u{a0}MB/s", "0.5"]
        );
        assert_eq!(
            value_axis(&style, Quantity::Rate, 2e5),
            ["200\u{a0}kB/s", "100"]
        );
    }

    #[test]
    fn a_graph_without_samples_says_so() {
        let text = description(
            &Style::english(),
            &[Series::Cpu],
            &History::default(),
            Duration::from_mins(1),
        );
        assert_eq!(text, "no values yet");
    }
}
