//! For developers: tells of every time in which the main loop did not come round, and of the longest
//! one of each refresh of a table.

use std::cell::RefCell;
use std::fmt;
use std::time::{Duration, Instant};

use relm4::gtk::glib;

use crate::platform::thread_cpu_time;

/// Has the gaps told on standard error when it is set.
const VARIABLE: &str = "SYSMON_DEBUG_GAPS";
/// So often the loop should come round.
const PERIOD: Duration = Duration::from_millis(4);
/// A person notices what takes longer than a frame.
const FRAME: Duration = Duration::from_millis(16);

thread_local! {
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

/// What is known of the loop.
struct Watch {
    began: Instant,
    last: Instant,
    last_cpu: Duration,
    refresh: Option<Refresh>,
}

/// A refresh whose frames may still come.
struct Refresh {
    what: &'static str,
    rows: usize,
    /// The longest gap.
    longest: Duration,
    /// What this thread computed at most between two rounds.
    computed: Duration,
}

/// A time in which the loop did not come round.
#[derive(Clone, Copy, Debug)]
struct Gap {
    /// How long it was.
    time: Duration,
    /// What of it this thread computed; in the rest the machine had other things to do.
    cpu: Duration,
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.1} ms, {:.1} ms of it computing",
            millis(self.time),
            millis(self.cpu)
        )
    }
}

/// Watches the main loop, where that was asked for: nothing else may wake an idle program so often.
pub fn watch_if_asked() {
    if std::env::var_os(VARIABLE).is_none() {
        return;
    }
    let now = Instant::now();
    WATCH.set(Some(Watch {
        began: now,
        last: now,
        last_cpu: thread_cpu_time(),
        refresh: None,
    }));
    glib::timeout_add_local_full(PERIOD, glib::Priority::HIGH, || {
        WATCH.with_borrow_mut(|watch| {
            if let Some(watch) = watch {
                watch.round();
            }
        });
        glib::ControlFlow::Continue
    });
}

/// A table is about to take over so many rows. What the refresh before it cost is told now, because
/// its frames were drawn in the meantime.
pub fn refresh_begins(what: &'static str, rows: usize) {
    WATCH.with_borrow_mut(|watch| {
        let Some(watch) = watch else { return };
        // What came before in this turn of the loop is no part of it.
        watch.round();
        let next = Refresh {
            what,
            rows,
            longest: Duration::ZERO,
            computed: Duration::ZERO,
        };
        if let Some(Refresh {
            what,
            rows,
            longest,
            computed,
        }) = watch.refresh.replace(next)
        {
            let (longest, computed) = (millis(longest), millis(computed));
            eprintln!(
                "sysmon: refresh of {what}, {rows} rows: longest gap {longest:.1} ms, at most {computed:.1} ms computing"
            );
        }
    });
}

impl Watch {
    fn round(&mut self) {
        let (now, cpu) = (Instant::now(), thread_cpu_time());
        let gap = Gap {
            time: now.duration_since(self.last).saturating_sub(PERIOD),
            cpu: cpu.saturating_sub(self.last_cpu),
        };
        (self.last, self.last_cpu) = (now, cpu);
        if let Some(refresh) = &mut self.refresh {
            refresh.longest = refresh.longest.max(gap.time);
            refresh.computed = refresh.computed.max(gap.cpu);
        }
        if gap.time > FRAME {
            let at = now.duration_since(self.began).as_secs_f64();
            eprintln!("sysmon: gap of {gap}, {at:.2} s after start");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_gap_of_a_refresh_is_kept() {
        let began = Instant::now();
        let mut watch = Watch {
            began,
            last: began,
            last_cpu: thread_cpu_time(),
            refresh: Some(Refresh {
                what: "cpu",
                rows: 1,
                longest: Duration::ZERO,
                computed: Duration::ZERO,
            }),
        };
        std::thread::sleep(Duration::from_millis(30));
        watch.round();
        watch.round();
        let kept = watch.refresh.map(|it| (it.longest, it.computed));
        assert!(kept.is_some_and(|(longest, computed)| {
            longest >= Duration::from_millis(26) && computed < longest
        }));
    }
}
