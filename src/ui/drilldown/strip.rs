//! The strip above the table: the subject's graph over all that is remembered. What is selected in it
//! is what the table shows.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use gettextrs::gettext;
use relm4::gtk;
use relm4::gtk::prelude::*;

use super::SubjectKind;
use super::widgets::EDGE;
use crate::model::history::{History, Sample};
use crate::source::{Remembered, Reply, Request};
use crate::ui::graph::chart::{Chart, Purpose, Selection};
use crate::ui::graph::words;
use crate::ui::pull::Pull;
use crate::ui::settings::Look;
use crate::ui::shared_style::SharedStyle;
use crate::ui::source_worker::OpenSource;

/// Time between two questions about what is remembered by now.
const INTERVAL: Duration = Duration::from_secs(5);
/// The same while nothing is.
const FIRST_INTERVAL: Duration = Duration::from_secs(1);
/// More samples than this could not be told apart.
const MOST: usize = 720;
/// Height of the graph with the labels of its axis, in pixels.
const HEIGHT: i32 = 68;
/// What the strip keeps: nothing is remembered for longer.
const KEPT: Duration = Duration::from_hours(24 * 7);
/// Lengths of its axis, in seconds.
const LENGTHS: [u64; 11] = [
    60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 86_400,
];

/// The strip. Dropping it ends its work.
pub struct Strip {
    root: gtk::Box,
    chart: Chart,
    history: Rc<RefCell<History>>,
    pull: Option<Pull>,
}

impl Strip {
    /// A strip with nothing in it yet; without `open` nothing is asked, and it stays hidden.
    /// `selected` is called with what a person selects, `told` with what is remembered.
    pub fn new(
        open: Option<OpenSource>,
        kind: SubjectKind,
        style: &SharedStyle,
        selected: impl Fn(Option<Selection>) + 'static,
        told: impl Fn(Vec<Sample>, Option<Remembered>) + 'static,
    ) -> Self {
        let history = Rc::new(RefCell::new(History::new(KEPT)));
        let chart = Chart::new(
            Purpose::Strip,
            kind,
            style.clone(),
            Rc::clone(&history),
            Duration::from_secs(LENGTHS[0]),
            || {},
            selected,
        );
        chart.set_least_height(HEIGHT);
        // Translators: name of the graph above a table, as in "CPU, remembered".
        let name = gettext("{graph}, remembered").replace("{graph}", &words::title(kind));
        chart.set_name(&name);
        let root = gtk::Box::builder()
            .margin_start(EDGE)
            .margin_end(EDGE)
            .margin_bottom(6)
            // From the start: what comes later would move the rows below a person's hand.
            .visible(open.is_some())
            .build();
        chart.widget().set_hexpand(true);
        root.append(chart.widget());
        let pull = open.map(|open| {
            let request = || Request::Samples {
                since: Duration::ZERO,
                most: MOST,
            };
            Pull::start(
                open,
                FIRST_INTERVAL,
                FIRST_INTERVAL,
                request,
                move |answer| {
                    if let Ok(Reply::Samples {
                        samples,
                        remembered,
                    }) = answer
                    {
                        told(samples, remembered);
                    }
                },
            )
        });
        let strip = Self {
            root,
            chart,
            history,
            pull,
        };
        strip.offer(false);
        strip
    }

    /// The widget to show.
    pub fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Shows what is remembered by now.
    pub fn show(&self, samples: Vec<Sample>) {
        let mut history = History::new(KEPT);
        history.fill(samples);
        let length = {
            let first = history.since(Duration::ZERO).next();
            let first = first.map(|sample| sample.since_boot.saturating_sub(sample.elapsed));
            let last = history.latest().map(|sample| sample.since_boot);
            last.zip(first)
                .map_or(Duration::ZERO, |(last, first)| last.saturating_sub(first))
        };
        let remembers = history.len() > 1;
        self.history.replace(history);
        self.chart.set_window(axis(length));
        self.offer(remembers);
        if let Some(pull) = &self.pull {
            pull.set_interval(if remembers { INTERVAL } else { FIRST_INTERVAL });
        }
    }

    /// Without a moment to go to there is nothing to do or to hear in it.
    fn offer(&self, remembers: bool) {
        let graph = self.chart.widget();
        graph.set_can_focus(remembers);
        graph.update_state(&[gtk::accessible::State::Hidden(!remembers)]);
    }

    /// Selects this without telling of it.
    pub fn select(&self, selection: Option<Selection>) {
        self.chart.select(selection);
    }

    /// Moves the focus to it.
    pub fn grab_focus(&self) {
        self.chart.grab_focus();
    }

    /// Takes the crosshair away. Whether it was there.
    pub fn forget_crosshair(&self) -> bool {
        self.chart.forget_crosshair()
    }

    /// Has its lines be drawn like this.
    pub fn set_look(&self, look: Look) {
        self.chart.set_look(look);
    }

    /// Shows values anew: they are written in another way.
    pub fn restyle(&self) {
        self.chart.restyle();
    }

    /// Has it end where a recording does.
    pub fn set_replayed(&self) {
        self.chart.set_replayed();
    }

    /// The moments of the selection in words.
    pub fn words(&self, selection: Selection) -> String {
        self.chart.selection_text(selection)
    }

    /// Whether there is no room for it.
    pub fn set_low(&self, low: bool) {
        self.root.set_visible(self.pull.is_some() && !low);
    }

    /// Asks only while `running`.
    pub fn set_running(&self, running: bool) {
        match &self.pull {
            Some(pull) if running => pull.resume(),
            Some(pull) => pull.pause(),
            None => {}
        }
    }
}

/// The shortest axis that a length of time fits on, so that its quarters are round numbers.
fn axis(length: Duration) -> Duration {
    let mut lengths = LENGTHS.map(Duration::from_secs).into_iter();
    lengths.find(|&axis| axis >= length).unwrap_or(KEPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_remembered_fits_on_the_axis() {
        for seconds in [0, 59, 61, 3000, 86_401, 500_000] {
            let length = Duration::from_secs(seconds);
            assert!(axis(length) >= length, "{seconds}");
        }
        assert_eq!(axis(Duration::from_secs(61)), Duration::from_mins(2));
    }
}
