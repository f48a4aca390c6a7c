//! Asks again only when the last answer has arrived and the interval has passed, so that a slow
//! machine gets fewer questions instead of a backlog. Where answers are dear it asks less often than
//! it was told, so that it never uses more than a tenth of a core.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use relm4::{ComponentBuilder, WorkerController};

use super::source_worker::{Answer, OpenSource, SourceWorker};
use crate::source::{Reply, Request};
use relm4::gtk::glib;

/// So many times what an answer cost passes at least from one question to the next, unless told
/// otherwise.
const RESERVE: u32 = 10;

/// Regular snapshots for one view. Dropping it ends the work.
pub struct Pull(Rc<Inner>);

struct Inner {
    worker: RefCell<Option<WorkerController<SourceWorker>>>,
    request: Box<dyn Fn() -> Request>,
    deliver: Box<dyn Fn(Answer)>,
    priming: Duration,
    interval: Cell<Duration>,
    reserve: Cell<u32>,
    // CPU time that the last snapshot took.
    cost: Cell<Duration>,
    asked: Cell<Instant>,
    in_flight: Cell<bool>,
    // The first answer after a pause spans the pause: it sets the counters and is not shown.
    discard_next: Cell<bool>,
    running: Cell<bool>,
    again: Cell<bool>,
    // An update was wanted and its answer has not come: it is worth a second question while paused.
    owed: Cell<bool>,
    timer: RefCell<Option<glib::SourceId>>,
}

impl Pull {
    /// Starts at once. `request` is called for every question; `deliver` gets every answer but
    /// [`Reply::Primed`], after which the next question follows `priming` later.
    pub fn start(
        open: OpenSource,
        interval: Duration,
        priming: Duration,
        request: impl Fn() -> Request + 'static,
        deliver: impl Fn(Answer) + 'static,
    ) -> Self {
        let inner = Rc::new(Inner {
            worker: RefCell::new(None),
            request: Box::new(request),
            deliver: Box::new(deliver),
            priming,
            interval: Cell::new(interval),
            reserve: Cell::new(RESERVE),
            cost: Cell::new(Duration::ZERO),
            asked: Cell::new(Instant::now()),
            in_flight: Cell::new(false),
            discard_next: Cell::new(false),
            running: Cell::new(true),
            again: Cell::new(false),
            owed: Cell::new(false),
            timer: RefCell::new(None),
        });
        let weak = Rc::downgrade(&inner);
        let worker = ComponentBuilder::<SourceWorker>::default()
            .detach_worker(open)
            .connect_receiver(move |_, answer| Inner::arrived(&weak, answer));
        inner.worker.replace(Some(worker));
        Inner::ask(&inner);
        Self(inner)
    }

    /// Changes the interval from the next question on.
    pub fn set_interval(&self, interval: Duration) {
        self.0.interval.set(interval);
        if self.0.timer.borrow().is_some() {
            Inner::ask_in(&self.0, self.0.left());
        }
    }

    /// Has so many times what an answer cost pass at least from one question to the next.
    pub fn set_reserve(&self, reserve: u32) {
        self.0.reserve.set(reserve);
    }

    /// Time between two questions now: the interval, or more where answers are dear.
    pub fn pace(&self) -> Duration {
        self.0.pace()
    }

    /// Asks nothing more until [`Self::resume`] or [`Self::ask_now`].
    pub fn pause(&self) {
        self.0.running.set(false);
        self.0.stop_timer();
    }

    /// Goes on after [`Self::pause`].
    pub fn resume(&self) {
        if !self.0.running.replace(true) {
            self.0.discard_next.set(true);
            Inner::ask(&self.0);
        }
    }

    /// Asks once more at once, also while paused.
    pub fn ask_now(&self) {
        self.0.owed.set(true);
        Inner::ask(&self.0);
    }

    /// Whether it asks by itself.
    pub fn is_running(&self) -> bool {
        self.0.running.get()
    }
}

impl Drop for Pull {
    fn drop(&mut self) {
        self.0.running.set(false);
        self.0.stop_timer();
        self.0.worker.take();
    }
}

/// Time between two questions of which each costs so much CPU time.
fn pace(interval: Duration, cost: Duration, reserve: u32) -> Duration {
    interval.max(cost.saturating_mul(reserve))
}

impl Inner {
    fn pace(&self) -> Duration {
        pace(self.interval.get(), self.cost.get(), self.reserve.get())
    }

    /// Time until the next question.
    fn left(&self) -> Duration {
        self.pace().saturating_sub(self.asked.get().elapsed())
    }

    fn stop_timer(&self) {
        if let Some(timer) = self.timer.take() {
            timer.remove();
        }
    }

    fn ask(self: &Rc<Self>) {
        self.stop_timer();
        if self.in_flight.get() {
            self.again.set(true);
            return;
        }
        let worker = self.worker.borrow();
        let Some(worker) = worker.as_ref() else {
            return;
        };
        if worker.sender().send((self.request)()).is_ok() {
            self.asked.set(Instant::now());
            self.in_flight.set(true);
        }
    }

    fn ask_in(self: &Rc<Self>, wait: Duration) {
        self.stop_timer();
        let weak = Rc::downgrade(self);
        let timer = glib::timeout_add_local_once(wait, move || {
            if let Some(inner) = weak.upgrade() {
                // The source has fired and is gone: removing it again would be an error.
                inner.timer.take();
                Self::ask(&inner);
            }
        });
        self.timer.replace(Some(timer));
    }

    fn arrived(weak: &Weak<Self>, answer: Answer) {
        let Some(inner) = weak.upgrade() else { return };
        inner.in_flight.set(false);
        if let Ok(Some(cost)) = answer.as_ref().map(Reply::cost) {
            inner.cost.set(cost.cpu);
        }
        let primed = matches!(answer, Ok(Reply::Primed)) || inner.discard_next.replace(false);
        let wanted = inner.again.replace(false);
        if !primed {
            inner.owed.set(wanted);
            (inner.deliver)(answer);
        }
        if primed {
            if inner.running.get() || inner.owed.get() {
                Self::ask_in(&inner, inner.priming);
            }
        } else if wanted {
            Self::ask(&inner);
        } else if inner.running.get() {
            Self::ask_in(&inner, inner.left());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cheap_answers_come_in_the_chosen_interval() {
        let three = Duration::from_secs(3);
        assert_eq!(pace(three, Duration::ZERO, RESERVE), three);
        assert_eq!(pace(three, Duration::from_millis(300), RESERVE), three);
        assert_eq!(
            pace(three, Duration::from_millis(800), RESERVE),
            Duration::from_secs(8)
        );
    }

    proptest! {
        #[test]
        fn no_more_than_a_tenth_of_a_core_is_used(interval in 0_u64..1 << 40, cost in 0_u64..1 << 40) {
            let (interval, cost) = (Duration::from_nanos(interval), Duration::from_nanos(cost));
            let pace = pace(interval, cost, RESERVE);
            prop_assert!(pace >= interval);
            prop_assert!(cost.as_nanos() * 10 <= pace.as_nanos());
        }
    }
}
