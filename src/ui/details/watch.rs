//! Asks for one process while its page shows.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use crate::model::connection::{ConnectionRequest, ConnectionRow, HostNames};
use crate::model::process::ProcessKey;
use crate::model::table::{Direction, Row};
use crate::source::{Reply, Request};
use crate::ui::pull::Pull;
use crate::ui::source_worker::{Answer, OpenSource};

/// So many connections stand on the page.
const MOST_CONNECTIONS: usize = 50;

/// Regular answers about one process. Dropping it ends the work.
pub struct DetailsWatch {
    pull: Pull,
    /// How many questions make a round, and which of them comes next.
    round: usize,
    next: Rc<Cell<usize>>,
}

impl DetailsWatch {
    /// Starts at once. A round asks for the details and the connections, and `with_resources` for
    /// the CPU row as well, where the table the page was opened from has another. `deliver` gets
    /// every answer.
    pub fn start(
        open: OpenSource,
        key: ProcessKey,
        with_resources: bool,
        names: HostNames,
        (interval, priming): (Duration, Duration),
        deliver: impl Fn(Answer) + 'static,
    ) -> Self {
        let mut round = vec![Request::Details(key)];
        if with_resources {
            round.push(Request::Cpu { watch: vec![key] });
        }
        round.push(Request::Connections(ConnectionRequest {
            filter: String::new(),
            sort: ConnectionRow::DEFAULT_SORT.to_owned(),
            direction: Direction::Descending,
            limit: Some(MOST_CONNECTIONS),
            process: Some(key),
            names,
        }));
        let count = round.len();
        let next = Rc::new(Cell::new(0));
        let at = Rc::clone(&next);
        let pull = Pull::start(
            open,
            interval,
            priming,
            move || round[at.get().min(round.len() - 1)].clone(),
            deliver,
        );
        Self {
            pull,
            round: count,
            next,
        }
    }

    /// To be told of every answer: the next question of the round follows at once.
    pub fn answered(&self, answer: &Answer) {
        let is_there = !matches!(answer, Err(_) | Ok(Reply::Details(None)));
        let next = if is_there {
            (self.next.get() + 1) % self.round
        } else {
            0
        };
        self.next.set(next);
        if next != 0 {
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
