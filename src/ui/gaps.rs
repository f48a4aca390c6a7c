//! For developers: tells of every time in which the main loop did not come round.

use std::time::{Duration, Instant};

use relm4::gtk::glib;

/// Has the gaps told on standard error when it is set.
const VARIABLE: &str = "SYSMON_DEBUG_GAPS";
/// So often the loop should come round.
const PERIOD: Duration = Duration::from_millis(4);
/// A person notices what takes longer than a frame.
const FRAME: Duration = Duration::from_millis(16);

/// Watches the main loop, where that was asked for: nothing else may wake an idle program so often.
pub fn watch_if_asked() {
    if std::env::var_os(VARIABLE).is_none() {
        return;
    }
    let began = Instant::now();
    let mut last = began;
    let round = move || {
        let gap = last.elapsed().saturating_sub(PERIOD);
        last = Instant::now();
        if gap > FRAME {
            let millis = gap.as_secs_f64() * 1000.0;
            let at = began.elapsed().as_secs_f64();
            eprintln!("sysmon: gap of {millis:.1} ms, {at:.2} s after start");
        }
        glib::ControlFlow::Continue
    };
    glib::timeout_add_local_full(PERIOD, glib::Priority::HIGH, round);
}
