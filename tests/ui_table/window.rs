//! The drill-down windows over a source that the test writes.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk;
use relm4::gtk::gio;
use sysmon::model::format::Style;
use sysmon::model::remainder::Remainder;
use sysmon::model::snapshot::{Degradation, Missing, Reason};
use sysmon::ui::drilldown::{DrillDowns, Origin, SubjectKind};
use sysmon::ui::settings::Settings;
use sysmon::ui::table::Place;

use crate::gtk_cases::{Case, wait_until};
use crate::process_rows::row;
use crate::scripted_source::{Script, remainder};

pub const CASES: &[Case] = &[
    (
        "window::rows_arrive_and_stay_fresh",
        rows_arrive_and_stay_fresh,
    ),
    (
        "window::it_is_a_dialog_of_its_own",
        it_is_a_dialog_of_its_own,
    ),
    (
        "window::opened_again_it_is_raised",
        opened_again_it_is_raised,
    ),
    (
        "window::closing_by_any_way_ends_the_work",
        closing_by_any_way_ends_the_work,
    ),
    ("window::pause_asks_for_nothing", pause_asks_for_nothing),
    ("window::what_is_chosen_is_kept", what_is_chosen_is_kept),
    ("window::no_rows_say_why", no_rows_say_why),
    (
        "window::a_filter_hides_the_remainder_and_says_so",
        a_filter_hides_the_remainder_and_says_so,
    ),
    (
        "window::dear_answers_slow_it_down",
        dear_answers_slow_it_down,
    ),
    ("window::an_error_is_a_sentence", an_error_is_a_sentence),
    (
        "window::details_stay_when_the_process_ends",
        details_stay_when_the_process_ends,
    ),
];

struct Fixture {
    script: Script,
    drilldowns: DrillDowns,
    closed: Rc<RefCell<Vec<SubjectKind>>>,
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.drilldowns.close_all();
        let script = self.script.clone();
        wait_until("all work has ended", move || script.open() == 0);
    }
}

/// The one application of this process.
fn application() -> adw::Application {
    thread_local! {
        static APPLICATION: adw::Application = {
            let application = adw::Application::builder()
                .flags(gio::ApplicationFlags::NON_UNIQUE)
                .build();
            application.register(gio::Cancellable::NONE).expect("an application");
            application
        };
    }
    APPLICATION.with(Clone::clone)
}

fn fixture() -> Fixture {
    let application = application();
    let script = Script::default();
    script.set_rows(
        (1..=40)
            .map(|pid| row(pid, &format!("p{pid}"), f64::from(pid)))
            .collect(),
    );
    let opener = script.clone();
    let drilldowns = DrillDowns::new(
        Rc::new(move || opener.opener()),
        &application,
        Origin::default(),
        Settings::open(),
        Style::english().into(),
    );
    let closed = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&closed);
    drilldowns.connect_closed(move |kind| seen.borrow_mut().push(kind));
    Fixture {
        script,
        drilldowns,
        closed,
    }
}

impl Fixture {
    fn open(&self, kind: SubjectKind) -> adw::Window {
        self.drilldowns.open(kind, None);
        self.drilldowns.window(kind).expect("a window")
    }

    /// Another snapshot has arrived and is shown.
    fn next(&self, window: &adw::Window) {
        let asked = self.script.asked();
        activate(window, "update", None);
        wait_until("a snapshot arrives", || self.script.asked() > asked);
    }
}

fn all<W: IsA<gtk::Widget>>(widget: &impl IsA<gtk::Widget>) -> Vec<W> {
    let mut found = Vec::new();
    let mut next = widget.first_child();
    while let Some(child) = next {
        found.extend(all(&child));
        next = child.next_sibling();
        found.extend(child.downcast::<W>().ok());
    }
    found
}

fn only<W: IsA<gtk::Widget>>(window: &adw::Window) -> W {
    all::<W>(window).into_iter().next().expect("the widget")
}

fn rows(window: &adw::Window) -> u32 {
    only::<gtk::ColumnView>(window)
        .model()
        .map_or(0, |rows| rows.n_items())
}

fn activate(window: &adw::Window, action: &str, target: Option<&str>) {
    let target = target.map(ToVariant::to_variant);
    WidgetExt::activate_action(window, &format!("drilldown.{action}"), target.as_ref())
        .expect("the action");
}

fn subtitle(window: &adw::Window) -> String {
    only::<adw::WindowTitle>(window).subtitle().to_string()
}

fn page(window: &adw::Window) -> String {
    let stack = all::<gtk::Stack>(window)
        .into_iter()
        .find(|stack| stack.child_by_name("rows").is_some())
        .expect("the stack of the rows");
    stack
        .visible_child_name()
        .map_or_else(String::new, Into::into)
}

fn rows_arrive_and_stay_fresh() {
    let fixture = fixture();
    for kind in [
        SubjectKind::Cpu,
        SubjectKind::Memory,
        SubjectKind::Disk,
        SubjectKind::Network,
    ] {
        let window = fixture.open(kind);
        wait_until("rows arrive", || rows(&window) == 40);
        wait_until("they are counted", || {
            subtitle(&window) == "Every 3 s · 40 of 40"
        });
        assert_eq!(page(&window), "rows");
    }
    fixture.script.set_rows(vec![row(1, "p1", 1.0)]);
    let window = fixture.open(SubjectKind::Cpu);
    fixture.next(&window);
    wait_until("rows leave", || rows(&window) == 1);
}

fn it_is_a_dialog_of_its_own() {
    let fixture = fixture();
    let window = fixture.open(SubjectKind::Network);
    assert_eq!(
        window.upcast_ref::<gtk::Widget>().accessible_role(),
        gtk::AccessibleRole::Dialog
    );
    assert!(!window.is_modal());
    assert!(window.transient_for().is_none());
    assert!(window.application().is_some());
}

/// Of the rows, and of the strip above them.
const SOURCES: usize = 2;

fn opened_again_it_is_raised() {
    let fixture = fixture();
    let window = fixture.open(SubjectKind::Cpu);
    only::<gtk::SearchEntry>(&window).set_text("p7");
    wait_until("the filter is used", || rows(&window) == 1);
    assert_eq!(fixture.open(SubjectKind::Cpu), window);
    assert_eq!(only::<gtk::SearchEntry>(&window).text(), "p7");
    assert_eq!(rows(&window), 1);
    assert_eq!(fixture.script.open(), SOURCES);
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

fn closing_by_any_way_ends_the_work() {
    type Close = fn(&Fixture, &adw::Window);
    let ways: [Close; 3] = [
        |_, window| window.close(),
        |_, window| activate(window, "close", None),
        |fixture, _| fixture.drilldowns.close_all(),
    ];
    // Threads that GTK keeps for itself are there after the first round.
    let mut before = None;
    for _ in 0..2 {
        for close in ways {
            let fixture = fixture();
            let window = fixture.open(SubjectKind::Cpu);
            wait_until("rows arrive", || rows(&window) == 40);
            assert_eq!(fixture.script.open(), SOURCES);
            close(&fixture, &window);
            wait_until("the source is gone", || fixture.script.open() == 0);
            wait_until("the window is gone", || {
                fixture.drilldowns.window(SubjectKind::Cpu).is_none()
            });
            assert_eq!(*fixture.closed.borrow(), [SubjectKind::Cpu]);
        }
        match before {
            None => before = Some(threads()),
            Some(before) => wait_until("the threads have ended", || threads() <= before),
        }
    }
}

fn pause_asks_for_nothing() {
    let fixture = fixture();
    let window = fixture.open(SubjectKind::Cpu);
    activate(&window, "interval", Some("1"));
    wait_until("snapshots come by themselves", || {
        fixture.script.asked() > 2
    });
    activate(&window, "pause", None);
    wait_until("it says so", || subtitle(&window).starts_with("Paused at "));
    // A question may have been on its way; another window's clock shows that none follows.
    let other = fixture.open(SubjectKind::Memory);
    activate(&other, "interval", Some("1"));
    wait_until("the other window has rows", || rows(&other) == 40);
    let revision = || {
        let rows = only::<gtk::ColumnView>(&window).model().expect("rows");
        let first = rows.item(0).and_downcast::<Place>().and_then(|it| it.row());
        first.expect("a row").revision()
    };
    let frozen = revision();
    fixture.script.set_rows(
        (1..=40)
            .map(|pid| row(pid, &format!("p{pid}"), f64::from(pid * 2)))
            .collect(),
    );
    let asked = fixture.script.asked();
    wait_until("the other window goes on", || {
        fixture.script.asked() > asked + 2
    });
    assert_eq!(revision(), frozen, "a paused view changed");
    fixture.next(&window);
    wait_until("an update shows new values", || revision() > frozen);
    assert!(subtitle(&window).starts_with("Paused at "));
    activate(&window, "pause", None);
    wait_until("it goes on", || subtitle(&window) == "Every 1 s · 40 of 40");
}

fn what_is_chosen_is_kept() {
    let fixture = fixture();
    let window = fixture.open(SubjectKind::Cpu);
    wait_until("rows arrive", || rows(&window) == 40);
    activate(&window, "limit", Some("10"));
    activate(&window, "sort", Some("memory_percent"));
    activate(&window, "column-threads", None);
    wait_until("the limit is used", || rows(&window) == 11);
    window.close();
    wait_until("the window is gone", || {
        fixture.drilldowns.window(SubjectKind::Cpu).is_none()
    });
    let again = fixture.open(SubjectKind::Cpu);
    wait_until("rows arrive with the limit", || rows(&again) == 11);
    let columns = only::<gtk::ColumnView>(&again).columns();
    let visible = |key: &str| {
        (0..columns.n_items())
            .filter_map(|at| columns.item(at).and_downcast::<gtk::ColumnViewColumn>())
            .any(|column| column.id().as_deref() == Some(key) && column.is_visible())
    };
    assert!(visible("threads"));
    let sorter = only::<gtk::ColumnView>(&again)
        .sorter()
        .and_downcast::<gtk::ColumnViewSorter>();
    let by = sorter.and_then(|sorter| sorter.primary_sort_column()?.id());
    assert_eq!(by.as_deref(), Some("memory_percent"));
    // Each subject has its own choices.
    let memory = fixture.open(SubjectKind::Memory);
    wait_until("all rows arrive", || rows(&memory) == 40);
}

fn no_rows_say_why() {
    let fixture = fixture();
    let title = |window: &adw::Window| only::<adw::StatusPage>(window).title().to_string();
    let window = fixture.open(SubjectKind::Disk);
    wait_until("rows arrive", || rows(&window) == 40);
    only::<gtk::SearchEntry>(&window).set_text("nobody has this name");
    wait_until("there is no result", || {
        page(&window) == "empty" && title(&window) == "No Results"
    });
    activate(&window, "clear-filter", None);
    wait_until("rows are back", || page(&window) == "rows");

    fixture
        .script
        .set_rows((1..=4).map(|pid| row(pid, "idle", 0.0)).collect());
    fixture.next(&window);
    wait_until("nobody uses the disk", || {
        title(&window) == "Nothing Is Using the Disk" && page(&window) == "empty"
    });
    activate(&window, "show-all", None);
    wait_until("all are shown", || {
        rows(&window) == 4 && page(&window) == "rows"
    });
    activate(&window, "show-all", None);

    let mut denied = row(1, "other", 0.0);
    denied.cpu = None;
    fixture.script.set_rows(vec![denied]);
    fixture.next(&window);
    wait_until("it is not permitted", || title(&window) == "Not Permitted");
    *fixture
        .script
        .degradations
        .lock()
        .expect("no test panicked") = vec![Degradation {
        what: Missing::Io,
        reason: Reason::NotAvailable,
        count: None,
    }];
    fixture.next(&window);
    wait_until("it is not available", || title(&window) == "Not Available");
}

fn a_filter_hides_the_remainder_and_says_so() {
    let fixture = fixture();
    *fixture.script.remainder.lock().expect("no test panicked") =
        vec![remainder(Remainder::NonTcp, 4e4)];
    let window = fixture.open(SubjectKind::Network);
    wait_until("rows and the remainder arrive", || rows(&window) == 41);
    wait_until("only processes are counted", || {
        subtitle(&window) == "Every 3 s · 40 of 40"
    });
    let partial = || {
        all::<gtk::Label>(&window)
            .iter()
            .any(|label| label.label().starts_with("Filtered: sums are partial"))
    };
    assert!(!partial());
    only::<gtk::SearchEntry>(&window).set_text("p7");
    wait_until("the filter hides it", || rows(&window) == 1 && partial());
    activate(&window, "clear-filter", None);
    wait_until("it is back", || rows(&window) == 41 && !partial());
}

fn dear_answers_slow_it_down() {
    let fixture = fixture();
    let window = fixture.open(SubjectKind::Cpu);
    wait_until("rows arrive", || rows(&window) == 40);
    *fixture.script.cost.lock().expect("no test panicked") = Duration::from_millis(830);
    fixture.next(&window);
    wait_until("it says so", || {
        subtitle(&window) == "Slowed to 8.3 s: reading takes 0.83 s · 40 of 40"
    });
    *fixture.script.cost.lock().expect("no test panicked") = Duration::ZERO;
    fixture.next(&window);
    wait_until("it recovers", || {
        subtitle(&window) == "Every 3 s · 40 of 40"
    });
}

fn an_error_is_a_sentence() {
    let fixture = fixture();
    let window = fixture.open(SubjectKind::Cpu);
    wait_until("rows arrive", || rows(&window) == 40);
    *fixture.script.fails.lock().expect("no test panicked") = true;
    fixture.next(&window);
    let banner = only::<adw::Banner>(&window);
    wait_until("the banner says so", || {
        banner.is_revealed() && !banner.title().is_empty()
    });
    assert_eq!(rows(&window), 40, "rows went away with an error");
    *fixture.script.fails.lock().expect("no test panicked") = false;
    fixture.next(&window);
    wait_until("the banner goes", || !banner.is_revealed());
}

fn details_stay_when_the_process_ends() {
    let fixture = fixture();
    let window = fixture.open(SubjectKind::Cpu);
    wait_until("rows arrive", || rows(&window) == 40);
    let selection = only::<gtk::ColumnView>(&window)
        .model()
        .and_downcast::<gtk::MultiSelection>();
    selection.expect("a selection").select_item(0, true);
    wait_until("the action can be used", || {
        WidgetExt::activate_action(&window, "drilldown.details", None).expect("the action");
        fixture.script.open() == SOURCES + 1
    });
    let field = |title: &str| {
        all::<adw::ActionRow>(&window)
            .into_iter()
            .find(|row| row.title() == title)
            .and_then(|row| row.subtitle())
    };
    wait_until("the command line is shown", || {
        field("Command Line").as_deref() == Some("/usr/bin/p40 --serve")
    });
    assert_eq!(field("CPU").as_deref(), Some("40.0\u{a0}%"));
    fixture.script.set_rows(vec![row(1, "p1", 1.0)]);
    fixture.next(&window);
    wait_until("it says that the process has ended", || {
        all::<adw::Banner>(&window)
            .iter()
            .any(adw::Banner::is_revealed)
    });
    assert_eq!(
        field("Command Line").as_deref(),
        Some("/usr/bin/p40 --serve")
    );
    only::<adw::NavigationView>(&window).pop();
    wait_until("the page's work has ended", || {
        fixture.script.open() == SOURCES
    });
}
