//! Asks for one process while its page shows.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use crate::model::process::ProcessKey;
use crate::source::{Reply, Request};
use crate::ui::pull::Pull;
use crate::ui::source_worker::{Answer, OpenSource};

/// Regular answers about one process. Dropping it ends the work.
pub struct DetailsWatch {
    pull: Pull,
    resources_next: Rc<Cell<bool>>,
    with_resources: bool,
}

impl DetailsWatch {
    /// Starts at once. `with_resources` has it ask for the CPU row as well, where the table the
    /// page was opened from has another. `deliver` gets every answer.
    pub fn start(
        open: OpenSource,
        key: ProcessKey,
        with_resources: bool,
        interval: Duration,
        priming: Duration,
        deliver: impl Fn(Answer) + 'static,
    ) -> Self {
        let resources_next = Rc::new(Cell::new(false));
        let next = Rc::clone(&resources_next);
        let pull = Pull::start(
            open,
            interval,
            priming,
            move || {
                if next.get() {
                    Request::Cpu { watch: vec![key] }
                } else {
                    Request::Details(key)
                }
            },
            deliver,
        );
        Self {
            pull,
            resources_next,
            with_resources,
        }
    }

    /// To be told of every answer: the CPU row is asked for right after the details.
    pub fn answered(&self, answer: &Answer) {
        let more = self.with_resources && matches!(answer, Ok(Reply::Details(Some(_))));
        self.resources_next.set(more);
        if more && self.pull.is_running() {
            self.pull.ask_now();
        }
    }

    /// Asks once more at once.
    pub fn ask_now(&self) {
        self.pull.ask_now();
    }

    /// Asks only while `running`.
    pub fn set_running(&self, running: bool) {
        if running {
            self.pull.resume();
        } else {
            self.pull.pause();
        }
    }

    /// Changes the interval from the next question on.
    pub fn set_interval(&self, interval: Duration) {
        self.pull.set_interval(interval);
    }
}
