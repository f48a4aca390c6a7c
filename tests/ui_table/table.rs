//! The rows of a table.

use std::cell::Cell as StdCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use relm4::gtk;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;
use sysmon::model::cpu::CpuRow;
use sysmon::model::process::{ProcessInfo, StartTime};
use sysmon::model::query::Query;
use sysmon::model::table::Direction;
use sysmon::model::units::Percent;
use sysmon::ui::table::{RowObject, Sort, TableEvent, with_row};

use crate::fixture::{
    Fixture, assert_no_stale_cell, descendants, fixture, frames, many, pids, row_widgets, scrolled,
    shown, texts,
};
use crate::gtk_cases::{Case, wait_until};
use crate::process_rows::{row, share};

pub const CASES: &[Case] = &[
    (
        "table::cells_show_their_row_after_scrolling_and_refreshing",
        cells_show_their_row_after_scrolling_and_refreshing,
    ),
    ("table::rows_keep_their_object", rows_keep_their_object),
    (
        "table::a_reused_pid_is_another_row",
        a_reused_pid_is_another_row,
    ),
    ("table::values_sort_as_numbers", values_sort_as_numbers),
    (
        "table::missing_values_stand_last_either_way",
        missing_values_stand_last_either_way,
    ),
    (
        "table::the_scroll_offset_stays_over_resorts",
        the_scroll_offset_stays_over_resorts,
    ),
    (
        "table::rows_that_take_the_place_of_all_are_shown",
        rows_that_take_the_place_of_all_are_shown,
    ),
    (
        "table::a_person_s_scrolling_comes_first",
        a_person_s_scrolling_comes_first,
    ),
    (
        "table::a_held_order_stays_while_values_change",
        a_held_order_stays_while_values_change,
    ),
    (
        "table::processes_come_and_go_while_the_order_is_held",
        processes_come_and_go_while_the_order_is_held,
    ),
    (
        "table::a_row_that_comes_finds_its_place_in_a_held_order",
        a_row_that_comes_finds_its_place_in_a_held_order,
    ),
    ("table::a_hold_ends_by_itself", a_hold_ends_by_itself),
    (
        "table::the_filter_stays_and_looks_beyond_the_limit",
        the_filter_stays_and_looks_beyond_the_limit,
    ),
    (
        "table::rows_pass_the_filter_by_their_values_and_stay_selected",
        rows_pass_the_filter_by_their_values_and_stay_selected,
    ),
    (
        "table::rows_that_come_and_go_all_over_are_one_change_and_keep_the_widgets_of_others",
        rows_that_come_and_go_all_over_are_one_change_and_keep_the_widgets_of_others,
    ),
    (
        "table::the_limit_keeps_the_selected_row_and_says_how_many_more",
        the_limit_keeps_the_selected_row_and_says_how_many_more,
    ),
    (
        "table::names_from_outside_are_shown_as_text",
        names_from_outside_are_shown_as_text,
    ),
    (
        "table::two_thousand_rows_are_refreshed",
        two_thousand_rows_are_refreshed,
    ),
];

fn cells_show_their_row_after_scrolling_and_refreshing() {
    let Fixture { table, .. } = &fixture();
    let scroll = scrolled(table).vadjustment();
    for seed in 0..12 {
        table.refresh(&many(500, seed));
        let far = f64::from(seed * 977 % 4000);
        scroll.set_value(far);
        frames(table, 5);
        scroll.set_value(far);
        frames(table, 2);
        assert_no_stale_cell(table);
    }
}

fn rows_keep_their_object() {
    let Fixture { table, .. } = &fixture();
    table.refresh(&many(100, 1));
    let before: HashMap<Option<u32>, RowObject> =
        pids(table).into_iter().zip(table.rows()).collect();
    let mut rows = many(100, 2);
    rows.remove(50);
    rows.push(row(4000, "new", 1.0));
    table.refresh(&rows);
    for (pid, object) in pids(table).into_iter().zip(table.rows()) {
        assert_eq!(before.get(&pid), (pid != Some(4000)).then_some(&object));
    }
    let unchanged: Vec<u64> = table.rows().iter().map(RowObject::revision).collect();
    table.refresh(&rows);
    let again: Vec<u64> = table.rows().iter().map(RowObject::revision).collect();
    assert_eq!(
        unchanged, again,
        "a row that did not change was written again"
    );
}

fn a_reused_pid_is_another_row() {
    let Fixture { table, .. } = &fixture();
    table.refresh(&[row(7, "old", 5.0)]);
    let before = table.rows();
    table.places().select_item(0, true);
    let mut reused = row(7, "young", 5.0);
    reused.key.start_time = StartTime::Ticks(9_999);
    table.refresh(&[reused]);
    assert_ne!(before, table.rows());
    assert_eq!(
        table.selected(),
        None,
        "the selection went to another process"
    );
}

fn values_sort_as_numbers() {
    let Fixture { table, .. } = &fixture();
    table.refresh(&[row(1, "a", 9.5), row(2, "b", 45.0), row(3, "c", 100.0)]);
    assert_eq!(pids(table), [Some(3), Some(2), Some(1)]);
    // A refresh after sorting mixes nothing up.
    table.refresh(&[row(1, "a", 46.0), row(2, "b", 45.0), row(3, "c", 5.0)]);
    assert_eq!(pids(table), [Some(1), Some(2), Some(3)]);
    frames(table, 3);
    let shown: Vec<String> = row_widgets(table)
        .iter()
        .map(|row| texts(row)[3].clone())
        .collect();
    assert_eq!(shown, ["46.0", "45.0", "5.0"]);
}

fn missing_values_stand_last_either_way() {
    let Fixture { table, .. } = &fixture();
    let mut denied = row(2, "b", 0.0);
    denied.cpu = None;
    let rows = [row(1, "a", 1.0), denied, row(3, "c", 2.0)];
    table.refresh(&rows);
    assert_eq!(pids(table), [Some(3), Some(1), Some(2)]);
    table.sort_by(Sort {
        column: "cpu_percent",
        direction: Direction::Ascending,
    });
    assert_eq!(pids(table), [Some(1), Some(3), Some(2)]);
}

fn the_scroll_offset_stays_over_resorts() {
    for selected in [None, Some(3)] {
        let Fixture { table, .. } = &fixture();
        table.refresh(&many(500, 0));
        if let Some(at) = selected {
            table.places().select_item(at, true);
        }
        frames(table, 4);
        let scroll = scrolled(table).vadjustment();
        scroll.set_value(3000.0);
        frames(table, 4);
        let before = scroll.value();
        for seed in 1..=20 {
            table.refresh(&many(500, seed));
            frames(table, 5);
            assert!(
                (scroll.value() - before).abs() < 1.0,
                "refresh {seed} moved the offset from {before} to {}",
                scroll.value()
            );
        }
        // At the top a new first row is seen at once.
        scroll.set_value(0.0);
        frames(table, 4);
        let mut rows = many(500, 3);
        rows.push(row(9000, "first", 5000.0));
        table.refresh(&rows);
        frames(table, 5);
        assert!(scroll.value() < 1.0);
        assert_eq!(pids(table)[0], Some(9000));
    }
}

/// As in a table of which a snapshot holds only the first rows.
fn rows_that_take_the_place_of_all_are_shown() {
    let fixture = fixture();
    let table = &fixture.table;
    for round in 0..6 {
        let rows: Vec<_> = (0..1000)
            .map(|n| row(round * 1000 + n, "other", f64::from(n)))
            .collect();
        table.refresh(&rows);
        frames(table, 6);
        let shown = table.on_screen();
        assert!(shown.len() > 5, "{round}: {}", shown.len());
        let of_round = |pid: u32| pid / 1000 == round;
        assert!(shown.iter().all(|key| of_round(key.pid.0)), "{round}");
    }
}

fn a_person_s_scrolling_comes_first() {
    let Fixture { table, .. } = &fixture();
    table.refresh(&many(500, 0));
    frames(table, 4);
    let scroll = scrolled(table).vadjustment();
    table.refresh(&many(500, 1));
    // The guard of the refresh still stands. A turn of the wheel ends it.
    let controllers = scrolled(table).observe_controllers();
    for controller in controllers.iter::<glib::Object>().flatten() {
        if controller.is::<gtk::EventControllerScroll>() {
            controller.emit_by_name::<bool>("scroll", &[&0.0_f64, &1.0_f64]);
        }
    }
    scroll.set_value(2000.0);
    frames(table, 4);
    assert!(
        (scroll.value() - 2000.0).abs() < 40.0,
        "at {}",
        scroll.value()
    );
}

fn a_held_order_stays_while_values_change() {
    let Fixture { table, .. } = &fixture();
    let three = |a, b, c| [row(1, "a", a), row(2, "b", b), row(3, "c", c)];
    table.refresh(&three(30.0, 20.0, 10.0));
    table.hold().touch();
    table.refresh(&three(5.0, 20.0, 10.0));
    assert_eq!(pids(table), [Some(1), Some(2), Some(3)]);
    assert_eq!(table.would_move(), 1);
    frames(table, 3);
    let shown: Vec<String> = row_widgets(table)
        .iter()
        .map(|row| texts(row)[3].clone())
        .collect();
    assert_eq!(
        shown,
        ["5.0", "20.0", "10.0"],
        "values must change while the order is held"
    );
    table.sort_now();
    assert_eq!(pids(table), [Some(2), Some(3), Some(1)]);
    assert_eq!(table.would_move(), 0);

    table.hold().set_for_good(true);
    table.refresh(&three(50.0, 20.0, 10.0));
    assert_eq!(pids(table), [Some(2), Some(3), Some(1)]);
    table.hold().set_for_good(false);
    table.hold().pin();
    table.refresh(&three(50.0, 20.0, 10.0));
    assert_eq!(
        pids(table),
        [Some(2), Some(3), Some(1)],
        "an open menu holds the order"
    );
}

fn processes_come_and_go_while_the_order_is_held() {
    let Fixture { table, .. } = &fixture();
    table.refresh(&many(300, 0));
    table.hold().set_for_good(true);
    let held = pids(table);
    for seed in 1..20 {
        let mut rows = many(300, seed);
        rows.extend((1000..1000 + seed).map(|pid| row(pid, "new", share(pid, seed))));
        table.refresh(&rows);
        let mut old = pids(table);
        old.retain(|pid| *pid < Some(1000));
        assert_eq!(old, held, "rows that stayed changed places");
    }
}

fn a_row_that_comes_finds_its_place_in_a_held_order() {
    let Fixture { table, .. } = &fixture();
    table.refresh(&many(300, 0));
    table.hold().set_for_good(true);
    for seed in 1..20 {
        let mut rows = many(300, seed);
        rows.push(row(1000 + seed, "new", 50.0));
        table.refresh(&rows);
        // Those that were there stand by the values they had when they were sorted.
        let placed: Vec<f64> = pids(table)
            .into_iter()
            .flatten()
            .map(|pid| if pid < 1000 { share(pid, 0) } else { 50.0 })
            .collect();
        assert!(
            placed.is_sorted_by(|a, b| a >= b),
            "refresh {seed}: {placed:?}"
        );
    }
}

fn a_hold_ends_by_itself() {
    let ended = Rc::new(StdCell::new(false));
    let told = Rc::clone(&ended);
    let fixture = shown(Duration::from_millis(50), move |event| {
        told.set(told.get() || event == TableEvent::HoldEnded);
    });
    fixture.table.hold().touch();
    assert!(fixture.table.hold().is_held());
    wait_until("the hold ends", || ended.get());
    assert!(!fixture.table.hold().is_held());
}

fn the_filter_stays_and_looks_beyond_the_limit() {
    let Fixture { table, .. } = &fixture();
    let with_rare = |seed| {
        let mut rows = many(300, seed);
        rows.push(row(5000, "Rare-Daemon", 0.0));
        rows
    };
    table.refresh(&with_rare(0));
    table.set_limit(Some(10));
    assert!(!pids(table).contains(&Some(5000)));
    let query = Query::parse("rare daemon").expect("two words");
    table.set_filter(move |row| query.matches(row));
    assert_eq!(pids(table), [Some(5000)]);
    for seed in 1..5 {
        table.refresh(&with_rare(seed));
        assert_eq!(
            pids(table),
            [Some(5000)],
            "the filter was forgotten at a refresh"
        );
    }
    // Rows whose answer changes come and go with their values.
    table.set_filter(|row| row.cpu > Some(Percent(50.0)));
    table.refresh(&[row(1, "a", 60.0), row(2, "b", 10.0)]);
    assert_eq!(pids(table), [Some(1)]);
    table.refresh(&[row(1, "a", 10.0), row(2, "b", 60.0)]);
    assert_eq!(pids(table), [Some(2)]);
}

fn rows_that_come_and_go_all_over_are_one_change_and_keep_the_widgets_of_others() {
    let Fixture { table, .. } = &fixture();
    let some = |leave_out: u32| {
        let mut rows = many(300, 0);
        rows.retain(|row| row.key.pid.0 % 7 != leave_out);
        rows
    };
    table.refresh(&some(0));
    let changes = Rc::new(StdCell::new(0));
    let counted = Rc::clone(&changes);
    table
        .places()
        .connect_items_changed(move |_, _, _, _| counted.set(counted.get() + 1));
    for leave_out in 1..7 {
        frames(table, 1);
        let shown = row_widgets(table);
        changes.set(0);
        table.refresh(&some(leave_out));
        // The rows, then their order.
        assert!(changes.get() <= 2, "{} changes", changes.get());
        frames(table, 1);
        let stayed = row_widgets(table);
        let stayed = stayed.iter().filter(|row| shown.contains(row)).count();
        assert!(stayed >= shown.len() / 2, "{stayed} of {}", shown.len());
        assert_no_stale_cell(table);
    }
}

fn rows_pass_the_filter_by_their_values_and_stay_selected() {
    let Fixture { table, .. } = &fixture();
    let passes = |row: &CpuRow| row.cpu > Some(Percent(50.0));
    table.refresh(&many(300, 0));
    table.set_filter(passes);
    for seed in 1..20 {
        table.places().select_item(seed % 5, true);
        let selected = table.selected().expect("a selection").key;
        let mut rows = many(300, seed);
        table.refresh(&rows);
        rows.retain(passes);
        rows.sort_by(|a, b| {
            b.cpu
                .partial_cmp(&a.cpu)
                .expect("numbers")
                .then(a.key.cmp(&b.key))
        });
        let expected: Vec<_> = rows.iter().map(|row| Some(row.key.pid.0)).collect();
        assert_eq!(pids(table), expected, "seed {seed}");
        if rows.iter().any(|row| row.key == selected) {
            assert_eq!(table.selected().map(|row| row.key), Some(selected));
        }
    }
}

fn the_limit_keeps_the_selected_row_and_says_how_many_more() {
    let Fixture { table, .. } = &fixture();
    let rows: Vec<CpuRow> = (1..=30)
        .map(|pid| row(pid, "p", f64::from(100 - pid)))
        .collect();
    table.refresh(&rows);
    table.set_limit(Some(10));
    assert_eq!(pids(table).len(), 11);
    assert_eq!(pids(table)[10], None);
    let counts = table.counts();
    assert_eq!((counts.shown, counts.matched, counts.total), (10, 30, 30));
    frames(table, 3);
    let last = row_widgets(table).last().map(texts).expect("rows");
    assert_eq!(last[0], "20 more processes");

    table.places().select_item(4, true);
    let selected = table.selected().expect("a selection").key;
    let mut fallen = rows.clone();
    fallen[4].cpu = Some(Percent(0.5));
    table.refresh(&fallen);
    assert_eq!(
        pids(table)[10],
        Some(selected.pid.0),
        "the selected row left the screen"
    );
    assert_eq!(table.selected().map(|row| row.key), Some(selected));
    assert_eq!(pids(table).len(), 12);
    table.refresh(&rows);
    assert_eq!(pids(table).len(), 11);
    assert_eq!(table.selected().map(|row| row.key), Some(selected));
    table.set_limit(None);
    assert_eq!(pids(table).len(), 30);
}

fn names_from_outside_are_shown_as_text() {
    let Fixture { table, .. } = &fixture();
    let mut hostile = row(1, "", 1.0);
    hostile.info = Arc::new(ProcessInfo {
        name: "<b>a</b>&amp;\n\u{202e}gpj".into(),
        ..(*hostile.info).clone()
    });
    table.refresh(&[hostile]);
    frames(table, 3);
    let shown = &texts(&row_widgets(table)[0])[0];
    assert_eq!(shown, "<b>a</b>&amp;\\n\\u{202e}gpj");
    for label in descendants(table.view())
        .iter()
        .filter_map(|widget| widget.downcast_ref::<gtk::Label>())
    {
        assert!(!label.uses_markup());
    }
}

fn two_thousand_rows_are_refreshed() {
    let Fixture { table, .. } = &fixture();
    let mut rows = many(2000, 0);
    table.refresh(&rows);
    for seed in 1..=5 {
        for pid in (seed..2000).step_by(20) {
            rows[pid as usize] = row(pid + 1, &format!("p{}", pid + 1), share(pid, seed));
        }
        table.refresh(&rows);
        frames(table, 4);
        assert_no_stale_cell(table);
    }
    let shares: Vec<f64> = table
        .rows()
        .iter()
        .filter_map(|object| with_row(object, |row: &CpuRow| row.cpu.map(|cpu| cpu.0))?)
        .collect();
    assert_eq!(shares.len(), 2000);
    assert!(shares.is_sorted_by(|a, b| a >= b));
}
