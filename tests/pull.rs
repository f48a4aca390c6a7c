//! The pull over a source whose answers this test holds back: no backlog, no work while paused, and
//! none after the view is gone. Needs no display.
#![cfg(feature = "ui")]
#![expect(
    clippy::expect_used,
    reason = "a test ends where what it needs is missing"
)]

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::ThreadId;
use std::time::Duration;

use jiff::Timestamp;
use relm4::gtk::glib;
use sysmon::model::cpu::CpuTotals;
use sysmon::model::snapshot::{Cost, Snapshot};
use sysmon::source::{Reply, Request, Source, SourceError};
use sysmon::ui::pull::Pull;

const INTERVAL: Duration = Duration::from_millis(1);
const PRIMING: Duration = Duration::from_millis(1);

/// Answers when the test lets it.
struct HeldBack {
    shared: Arc<Shared>,
    allowed: Receiver<Reply>,
}

#[derive(Default)]
struct Shared {
    asked: AtomicUsize,
    dropped: AtomicBool,
}

impl Source for HeldBack {
    fn ask(&mut self, _request: &Request) -> Result<Reply, SourceError> {
        self.shared.asked.fetch_add(1, Ordering::SeqCst);
        self.allowed.recv().map_err(|_| SourceError::Closed)
    }
}

impl Drop for HeldBack {
    fn drop(&mut self) {
        self.shared.dropped.store(true, Ordering::SeqCst);
    }
}

struct Bench {
    pull: Option<Pull>,
    shared: Arc<Shared>,
    allow: Sender<Reply>,
    delivered: Rc<Cell<usize>>,
    opened_on: Receiver<ThreadId>,
}

impl Bench {
    fn new() -> Self {
        let shared = Arc::new(Shared::default());
        let delivered = Rc::new(Cell::new(0));
        let (allow, allowed) = channel();
        let (opening, opened_on) = channel();
        let open = {
            let shared = Arc::clone(&shared);
            move || {
                // The receiver may be gone when the test has failed.
                let _ = opening.send(std::thread::current().id());
                Ok(Box::new(HeldBack { shared, allowed }) as Box<dyn Source>)
            }
        };
        let counted = Rc::clone(&delivered);
        let pull = Pull::start(
            Box::new(open),
            INTERVAL,
            PRIMING,
            || Request::System,
            move |_| counted.set(counted.get() + 1),
        );
        Self {
            pull: Some(pull),
            shared,
            allow,
            delivered,
            opened_on,
        }
    }

    fn pull(&self) -> &Pull {
        self.pull.as_ref().expect("still there")
    }

    fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::SeqCst)
    }

    fn answer(&self, reply: Reply) {
        self.allow.send(reply).expect("the source listens");
    }
}

/// Runs the main loop until `condition`, which other threads can make true without waking it; the
/// test runner ends what never comes true.
fn until(condition: impl Fn() -> bool) {
    let waker = glib::timeout_add_local(INTERVAL, || glib::ControlFlow::Continue);
    while !condition() {
        glib::MainContext::default().iteration(true);
    }
    waker.remove();
}

/// Lets many intervals pass: as many turns of a timer of the same length, set after the pull's.
fn pass_intervals() {
    let turns = Rc::new(Cell::new(0));
    let counted = Rc::clone(&turns);
    let timer = glib::timeout_add_local(INTERVAL, move || {
        counted.set(counted.get() + 1);
        glib::ControlFlow::Continue
    });
    until(|| turns.get() >= 50);
    timer.remove();
}

fn one_question_is_in_flight(bench: &Bench) {
    until(|| bench.asked() == 1);
    assert_ne!(
        bench.opened_on.recv().expect("opened"),
        std::thread::current().id(),
        "a source is opened and asked off the thread of the window"
    );
    pass_intervals();
    assert_eq!(
        bench.asked(),
        1,
        "a slow answer must not let questions pile up"
    );
    bench.answer(Reply::Primed);
    until(|| bench.asked() == 2);
    assert_eq!(
        bench.delivered.get(),
        0,
        "the first counters are nothing to show"
    );
    bench.pull().ask_now();
    bench.pull().ask_now();
    pass_intervals();
    assert_eq!(bench.asked(), 2);
    bench.answer(Reply::Details(None));
    until(|| bench.delivered.get() == 1 && bench.asked() == 3);
    pass_intervals();
    assert_eq!(
        bench.asked(),
        3,
        "several wishes for an update are one question"
    );
}

fn nothing_is_asked_while_paused(bench: &Bench) {
    bench.pull().pause();
    bench.answer(Reply::Details(None));
    until(|| bench.delivered.get() == 2);
    pass_intervals();
    assert_eq!(bench.asked(), 3, "paused");
    bench.pull().ask_now();
    until(|| bench.asked() == 4);
    bench.answer(Reply::Details(None));
    until(|| bench.delivered.get() == 3);
    pass_intervals();
    assert_eq!(bench.asked(), 4, "an update while paused is one question");
    bench.pull().resume();
    until(|| bench.asked() == 5);
    bench.answer(Reply::Details(None));
    until(|| bench.asked() == 6);
    assert_eq!(
        bench.delivered.get(),
        3,
        "what spans the pause sets the counters and is not shown"
    );
}

fn dropping_ends_the_work(mut bench: Bench) {
    bench.pull = None;
    // The answer under way comes too late for anybody.
    let _ = bench.allow.send(Reply::Details(None));
    until(|| bench.shared.dropped.load(Ordering::SeqCst));
    assert_eq!(bench.asked(), 6);
    assert_eq!(bench.delivered.get(), 3);
}

fn a_pause_holds_from_the_first_question_on(bench: &Bench) {
    until(|| bench.asked() == 1);
    bench.pull().pause();
    bench.answer(Reply::Primed);
    pass_intervals();
    assert_eq!(bench.asked(), 1, "paused before there was anything to show");
    bench.pull().ask_now();
    until(|| bench.asked() == 2);
    bench.answer(Reply::Primed);
    until(|| bench.asked() == 3);
    bench.answer(Reply::Details(None));
    until(|| bench.delivered.get() == 1);
    pass_intervals();
    assert_eq!(
        bench.asked(),
        3,
        "an update while paused asks until it has an answer"
    );
}

fn costing(cpu: Duration) -> Reply {
    Reply::Cpu(Arc::new(Snapshot {
        at: Timestamp::UNIX_EPOCH,
        since_boot: INTERVAL,
        elapsed: INTERVAL,
        totals: CpuTotals::default(),
        rows: Vec::new(),
        remainder: Vec::new(),
        degradations: Vec::new(),
        cost: Cost { cpu },
    }))
}

fn dear_answers_slow_it_down_until_they_are_cheap(bench: &Bench) {
    const DEAR: Duration = Duration::from_secs(1000);
    until(|| bench.asked() == 1);
    bench.answer(costing(DEAR));
    until(|| bench.delivered.get() == 1);
    assert_eq!(bench.pull().pace(), DEAR * 10);
    pass_intervals();
    assert_eq!(
        bench.asked(),
        1,
        "the chosen interval was kept at any price"
    );
    bench.pull().set_interval(INTERVAL);
    pass_intervals();
    assert_eq!(bench.asked(), 1, "choosing an interval again went round it");
    bench.pull().ask_now();
    until(|| bench.asked() == 2);
    bench.answer(costing(Duration::ZERO));
    until(|| bench.asked() == 3);
    assert_eq!(bench.pull().pace(), INTERVAL);
}

#[test]
fn a_view_asks_no_more_than_it_can_show() {
    let context = glib::MainContext::default();
    let _owned = context.acquire().expect("nobody else runs the main loop");
    let bench = Bench::new();
    one_question_is_in_flight(&bench);
    nothing_is_asked_while_paused(&bench);
    dropping_ends_the_work(bench);
    a_pause_holds_from_the_first_question_on(&Bench::new());
    dear_answers_slow_it_down_until_they_are_cheap(&Bench::new());
}
