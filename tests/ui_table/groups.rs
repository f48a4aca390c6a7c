//! A table grouped by program.

use std::sync::Arc;

use relm4::gtk::prelude::*;
use sysmon::model::cpu::CpuRow;
use sysmon::model::format::Style;
use sysmon::model::process::ProcessInfo;
use sysmon::model::table::Direction;
use sysmon::ui::table::{LINGER, Layout, RowObject, Sort, Table};

use crate::gtk_cases::{Case, wait_until};
use crate::process_rows::row;

pub const CASES: &[Case] = &[
    (
        "groups::a_program_is_a_row_with_the_sum_of_its_processes",
        a_program_is_a_row_with_the_sum_of_its_processes,
    ),
    (
        "groups::processes_stand_below_their_open_program",
        processes_stand_below_their_open_program,
    ),
    (
        "groups::a_program_keeps_its_row_while_processes_come_and_go",
        a_program_keeps_its_row_while_processes_come_and_go,
    ),
    (
        "groups::a_selected_program_stands_for_its_processes",
        a_selected_program_stands_for_its_processes,
    ),
    (
        "groups::the_filter_leaves_only_processes_that_pass",
        the_filter_leaves_only_processes_that_pass,
    ),
    (
        "groups::the_limit_counts_programs",
        the_limit_counts_programs,
    ),
    (
        "groups::a_held_order_holds_programs_too",
        a_held_order_holds_programs_too,
    ),
];

struct Fixture {
    table: Table<CpuRow>,
    window: relm4::gtk::Window,
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.window.destroy();
    }
}

fn fixture() -> Fixture {
    let sort = Sort {
        column: "cpu_percent",
        direction: Direction::Descending,
    };
    let layout = Layout::new::<CpuRow>(&["name", "pid", "cpu_percent"], sort);
    let table = Table::new(Style::english(), &layout, LINGER, |_| {});
    let window = relm4::gtk::Window::builder()
        .child(table.widget())
        .default_width(700)
        .default_height(500)
        .build();
    window.present();
    wait_until("the window is shown", || table.view().is_mapped());
    table.set_grouped(true);
    Fixture { table, window }
}

/// What stands in the table, as it would be copied.
fn lines(table: &Table<CpuRow>) -> Vec<String> {
    let text = table.all_text();
    text.lines().skip(1).map(str::to_owned).collect()
}

fn some() -> Vec<CpuRow> {
    vec![
        row(1, "init", 1.0),
        row(10, "cc1", 20.0),
        row(11, "cc1", 30.0),
        row(12, "firefox", 40.0),
        row(13, "sh", 0.0),
    ]
}

fn object(table: &Table<CpuRow>, at: u32) -> RowObject {
    table.rows()[at as usize].clone()
}

/// Enter on the row at this position.
fn activate(table: &Table<CpuRow>, at: u32) {
    table.view().emit_by_name::<()>("activate", &[&at]);
}

fn a_program_is_a_row_with_the_sum_of_its_processes() {
    let Fixture { table, .. } = &fixture();
    table.refresh(&some());
    let grouped = [
        "cc1\t–\t50.0",
        "firefox\t12\t40.0",
        "init\t1\t1.0",
        "sh\t13\t–",
    ];
    assert_eq!(lines(table), grouped);
    let counts = table.counts();
    assert_eq!((counts.shown, counts.matched, counts.total), (4, 4, 4));
    table.set_grouped(false);
    assert_eq!(lines(table).len(), 5);
    assert_eq!(table.counts().total, 5);
    table.set_grouped(true);
    assert_eq!(lines(table), grouped);

    // A service is one program whatever its processes are called.
    let mut rows = some();
    for row in &mut rows[2..4] {
        row.info = Arc::new(ProcessInfo {
            service: Some("build.service".into()),
            ..(*row.info).clone()
        });
    }
    table.refresh(&rows);
    assert_eq!(lines(table)[0], "build.service\t–\t70.0");
    assert_eq!(lines(table)[1], "cc1\t10\t20.0");
}

fn processes_stand_below_their_open_program() {
    let Fixture { table, .. } = &fixture();
    table.refresh(&some());
    activate(table, 0);
    let opened = ["cc1\t–\t50.0", "cc1\t11\t30.0", "cc1\t10\t20.0"];
    assert_eq!(lines(table)[..3], opened);
    assert_eq!(lines(table).len(), 6);
    assert_eq!(table.counts().shown, 4);

    // They go with it wherever it stands.
    let mut rows = some();
    rows[3].cpu = Some(sysmon::model::units::Percent(90.0));
    table.refresh(&rows);
    table.sort_now();
    assert_eq!(lines(table)[0], "firefox\t12\t90.0");
    assert_eq!(lines(table)[1..4], opened);

    // Nothing is selected for a row that is about several processes.
    table.places().select_item(1, true);
    assert!(table.selected().is_none());
    assert_eq!(table.row_text().as_deref(), Some(opened[0]));
    table.places().select_item(2, true);
    assert_eq!(table.selected().map(|row| row.key.pid.0), Some(11));

    activate(table, 1);
    assert_eq!(lines(table).len(), 4);
}

fn a_program_keeps_its_row_while_processes_come_and_go() {
    let Fixture { table, .. } = &fixture();
    table.refresh(&some());
    table.places().select_item(0, true);
    let cc1 = object(table, 0);
    activate(table, 0);
    for rows in [
        vec![row(10, "cc1", 20.0)],
        vec![row(20, "cc1", 5.0)],
        vec![row(20, "cc1", 5.0), row(21, "cc1", 5.0), row(3, "sh", 1.0)],
    ] {
        table.refresh(&rows);
        assert_eq!(object(table, 0), cc1);
        assert!(table.places().is_selected(0));
    }
    // It was left open.
    assert_eq!(lines(table).len(), 4);
    table.refresh(&[row(3, "sh", 1.0)]);
    assert_eq!(lines(table), ["sh\t3\t1.0"]);
}

fn a_selected_program_stands_for_its_processes() {
    let Fixture { table, .. } = &fixture();
    table.refresh(&some());
    activate(table, 0);
    table.places().select_all();
    let chosen: Vec<_> = table.chosen().iter().map(|row| row.key.pid.0).collect();
    let mut each = chosen.clone();
    each.sort_unstable();
    each.dedup();
    assert_eq!(each.len(), chosen.len(), "{chosen:?}");
    assert_eq!(each.len(), some().len());
    // Those that do not pass the filter are none of it.
    table.set_filter(|row| row.key.pid.0 == 10);
    table.places().select_item(0, true);
    assert_eq!(table.chosen().len(), 1);
}

fn the_filter_leaves_only_processes_that_pass() {
    let Fixture { table, .. } = &fixture();
    table.refresh(&some());
    table.set_filter(|row| row.key.pid.0 > 10 && row.info.name != "sh");
    assert_eq!(lines(table), ["firefox\t12\t40.0", "cc1\t11\t30.0"]);
    let counts = table.counts();
    assert_eq!((counts.matched, counts.total), (2, 4));
    table.set_filter(|_| true);
    assert_eq!(lines(table)[0], "cc1\t–\t50.0");
}

fn the_limit_counts_programs() {
    let Fixture { table, .. } = &fixture();
    table.refresh(&some());
    table.set_limit(Some(2));
    activate(table, 0);
    assert_eq!(lines(table).len(), 4, "two programs, one of them open");
    let counts = table.counts();
    assert_eq!((counts.shown, counts.matched), (2, 4));
    activate(table, 0);
    assert_eq!(lines(table).len(), 2);
}

fn a_held_order_holds_programs_too() {
    let Fixture { table, .. } = &fixture();
    table.refresh(&some());
    table.hold().touch();
    let mut rows = some();
    rows[3].cpu = Some(sysmon::model::units::Percent(90.0));
    table.refresh(&rows);
    assert_eq!(lines(table)[..2], ["cc1\t–\t50.0", "firefox\t12\t90.0"]);
    assert_eq!(table.would_move(), 1);
    table.sort_now();
    assert_eq!(lines(table)[0], "firefox\t12\t90.0");
    assert_eq!(table.would_move(), 0);
}
