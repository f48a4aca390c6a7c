//! Where a desktop wants no motion, nothing in a graph moves by itself.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk;
use relm4::gtk::glib;
use sysmon::model::format::Style;
use sysmon::model::history::History;
use sysmon::model::snapshot::{Cost, Snapshot};
use sysmon::model::system::{SystemSnapshot, SystemTotals};
use sysmon::model::units::BytesPerSecond;
use sysmon::ui::drilldown::SubjectKind;
use sysmon::ui::export;
use sysmon::ui::graph::chart::{Chart, Purpose};

use crate::gtk_cases::{Case, wait_until};

pub const CASES: &[Case] = &[(
    "motion::an_axis_grows_at_once_where_nothing_is_to_move",
    an_axis_grows_at_once_where_nothing_is_to_move,
)];

/// A graph that shows the same picture in so many frames stands still: an axis that grows has arrived.
const STILL: usize = 5;

fn snapshot(since_boot: u64, rate: f64) -> SystemSnapshot {
    Snapshot {
        at: Timestamp::UNIX_EPOCH,
        since_boot: Duration::from_secs(since_boot),
        elapsed: Duration::from_secs(1),
        totals: SystemTotals {
            network_received: Some(BytesPerSecond(rate)),
            network_sent: Some(BytesPerSecond(0.0)),
            ..SystemTotals::default()
        },
        rows: Vec::new(),
        remainder: Vec::new(),
        degradations: Vec::new(),
        cost: Cost::default(),
    }
}

/// What a graph shows in each frame from a sample on that its axis grows for: until it stands still, and for `least` frames.
fn pictures(animations: bool, least: usize) -> Vec<Vec<u8>> {
    let settings = gtk::Settings::default().expect("settings");
    settings.set_gtk_enable_animations(animations);
    let history = Rc::new(RefCell::new(History::default()));
    let chart = Chart::new(
        Purpose::Card,
        SubjectKind::Network,
        Style::english().into(),
        Rc::clone(&history),
        Duration::from_secs(10),
        || {},
        |_| {},
    );
    let window = adw::Window::builder()
        .content(chart.widget())
        .default_width(400)
        .default_height(300)
        .build();
    window.present();
    let take = |second, rate| {
        history.borrow_mut().push(&snapshot(second, rate));
        chart.refresh();
    };
    take(100, 1000.0);
    take(101, 1000.0);
    wait_until("the window", || chart.widget().width() > 0);
    let clock = chart.widget().frame_clock().expect("frames");
    // Frames come as long as somebody waits for them.
    let ticking = chart
        .widget()
        .add_tick_callback(|_, _| glib::ControlFlow::Continue);
    let seen = Rc::new(RefCell::new(Vec::new()));
    let watching = clock.connect_after_paint({
        let (seen, widget) = (Rc::clone(&seen), chart.widget().clone());
        move |_| {
            let picture = export::texture(&widget).map(|picture| picture.save_to_png_bytes());
            seen.borrow_mut()
                .extend(picture.map(|bytes| bytes.to_vec()));
        }
    });
    let watch = |least| {
        wait_until("the graph stands still", || {
            let seen = seen.borrow();
            let newest = seen.last_chunk::<STILL>();
            seen.len() >= least
                && newest.is_some_and(|newest| newest.iter().all(|it| *it == newest[0]))
        });
        seen.take()
    };
    watch(0);
    take(102, 400_000.0);
    let shown = watch(least);
    clock.disconnect(watching);
    ticking.remove();
    window.destroy();
    settings.reset_property("gtk-enable-animations");
    shown
}

fn an_axis_grows_at_once_where_nothing_is_to_move() {
    let different = |pictures: &[Vec<u8>]| pictures.iter().collect::<HashSet<_>>().len();
    let growing = pictures(true, 0);
    assert!(
        different(&growing) > 1,
        "an axis that grows can be seen here"
    );
    assert_eq!(different(&pictures(false, growing.len())), 1);
}
