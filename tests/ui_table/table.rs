//! The table by itself.

use std::cell::Cell as StdCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use relm4::gtk;
use relm4::gtk::prelude::*;
use relm4::gtk::{gio, glib};
use sysmon::model::cpu::CpuRow;
use sysmon::model::format::Style;
use sysmon::model::process::{ProcessInfo, StartTime};
use sysmon::model::query::Query;
use sysmon::model::table::{Direction, Row};
use sysmon::model::units::Percent;
use sysmon::ui::table::{
    Cell, LINGER, Layout, RowObject, Sort, Table, TableEvent, TextCell, row_of, with_row,
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
        "table::the_selection_follows_its_process",
        the_selection_follows_its_process,
    ),
    (
        "table::several_selected_rows_stay_selected",
        several_selected_rows_stay_selected,
    ),
    (
        "table::everything_is_selected_but_what_stands_below_the_rows",
        everything_is_selected_but_what_stands_below_the_rows,
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
        "table::an_open_menu_keeps_the_focus",
        an_open_menu_keeps_the_focus,
    ),
    (
        "table::focus_goes_to_the_next_row_when_its_process_ends",
        focus_goes_to_the_next_row_when_its_process_ends,
    ),
    (
        "table::the_selection_follows_the_focus_when_its_row_goes",
        the_selection_follows_the_focus_when_its_row_goes,
    ),
    (
        "table::the_label_of_a_focused_row_stays_silent",
        the_label_of_a_focused_row_stays_silent,
    ),
    (
        "table::two_thousand_rows_are_refreshed",
        two_thousand_rows_are_refreshed,
    ),
    (
        "table::a_narrow_table_keeps_process_and_sorted_column",
        a_narrow_table_keeps_process_and_sorted_column,
    ),
    (
        "table::the_column_that_sorts_is_always_shown",
        the_column_that_sorts_is_always_shown,
    ),
    (
        "table::a_selection_grows_from_where_it_is_after_a_resort",
        a_selection_grows_from_where_it_is_after_a_resort,
    ),
    (
        "table::a_column_gives_back_the_room_that_nothing_needs",
        a_column_gives_back_the_room_that_nothing_needs,
    ),
    (
        "table::a_name_that_is_cut_has_no_hole",
        a_name_that_is_cut_has_no_hole,
    ),
];

/// A table in a window of its own.
pub struct Fixture {
    pub table: Table<CpuRow>,
    pub window: gtk::Window,
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.window.destroy();
    }
}

fn shown(linger: Duration, notify: impl Fn(TableEvent) + 'static) -> Fixture {
    let sort = Sort {
        column: "cpu_percent",
        direction: Direction::Descending,
    };
    let keys = ["name", "pid", "user", "cpu_percent", "memory_percent"];
    let table = Table::new(
        Style::english(),
        &Layout::new::<CpuRow>(&keys, sort),
        linger,
        notify,
    );
    let window = gtk::Window::builder()
        .child(table.widget())
        .default_width(700)
        .default_height(500)
        .build();
    window.present();
    wait_until("the window is shown", || table.view().is_mapped());
    Fixture { table, window }
}

pub fn fixture() -> Fixture {
    shown(LINGER, |_| {})
}

/// Processes whose CPU shares are a mixture that `seed` changes.
pub fn many(count: u32, seed: u32) -> Vec<CpuRow> {
    (1..=count)
        .map(|pid| row(pid, &format!("p{pid}"), share(pid, seed)))
        .collect()
}

/// Pids in the order they stand in; `None` is the row for those cut off.
pub fn pids(table: &Table<CpuRow>) -> Vec<Option<u32>> {
    table
        .rows()
        .iter()
        .map(|object| with_row(object, |row: &CpuRow| row.key.pid.0))
        .collect()
}

pub fn descendants(widget: &impl IsA<gtk::Widget>) -> Vec<gtk::Widget> {
    let mut found = Vec::new();
    let mut next = widget.first_child();
    while let Some(child) = next {
        found.extend(descendants(&child));
        next = child.next_sibling();
        found.push(child);
    }
    found
}

/// Texts of a row's widget, cell by cell.
pub fn texts(row: &gtk::Widget) -> Vec<String> {
    std::iter::successors(row.first_child(), WidgetExt::next_sibling)
        .filter(WidgetExt::is_visible)
        .filter_map(|cell| {
            let label = descendants(&cell)
                .into_iter()
                .find_map(|widget| widget.downcast::<TextCell>().ok())?;
            Some(label.text())
        })
        .collect()
}

pub fn row_widgets(table: &Table<CpuRow>) -> Vec<gtk::Widget> {
    let list = table.view().last_child();
    std::iter::successors(
        list.and_then(|list| list.first_child()),
        WidgetExt::next_sibling,
    )
    .filter(WidgetExt::is_mapped)
    .collect()
}

/// Compares every cell on screen with the row it should show.
pub fn assert_no_stale_cell(table: &Table<CpuRow>) {
    let style = Style::english();
    let rows = row_widgets(table);
    assert!(rows.len() > 5, "only {} rows on screen", rows.len());
    for widget in rows {
        let object = row_of(&widget).expect("a row shows an object");
        let expected = with_row(&object, |row: &CpuRow| {
            ["name", "pid", "user", "cpu_percent", "memory_percent"].map(|key| {
                let column = CpuRow::column(key).expect("a column");
                style.cell(&(column.value)(row), column.format)
            })
        })
        .expect("a process");
        assert_eq!(texts(&widget), expected);
    }
}

/// Waits until GTK has drawn so many frames.
pub fn frames(table: &Table<CpuRow>, count: u32) {
    let left = Rc::new(StdCell::new(count));
    let counting = Rc::clone(&left);
    table.view().add_tick_callback(move |_, _| {
        counting.set(counting.get().saturating_sub(1));
        glib::ControlFlow::from(counting.get() > 0)
    });
    table.view().queue_draw();
    wait_until("frames are drawn", || left.get() == 0);
}

/// What the rows are scrolled in.
pub fn scrolled(table: &Table<CpuRow>) -> gtk::ScrolledWindow {
    let parent = table.view().parent().and_downcast();
    parent.expect("a scrolled view")
}

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

fn the_selection_follows_its_process() {
    let Fixture { table, .. } = &fixture();
    table.refresh(&many(200, 0));
    table.places().select_item(20, true);
    let selected = table.selected().expect("a selection").key;
    for seed in 1..20 {
        table.refresh(&many(200, seed));
        assert_eq!(table.selected().map(|row| row.key), Some(selected));
    }
}

fn chosen(table: &Table<CpuRow>) -> Vec<u32> {
    let mut chosen: Vec<_> = table.chosen().iter().map(|row| row.key.pid.0).collect();
    chosen.sort_unstable();
    chosen
}

fn several_selected_rows_stay_selected() {
    let Fixture { table, .. } = &fixture();
    table.refresh(&many(50, 0));
    for at in [3, 20, 40] {
        table.places().select_item(at, false);
    }
    let selected = chosen(table);
    assert_eq!(selected.len(), 3);
    for seed in 1..10 {
        table.refresh(&many(50, seed));
        assert_eq!(chosen(table), selected);
    }
    // What the limit cuts off stays while it is selected; what ended is selected no more.
    table.set_limit(Some(2));
    assert_eq!(chosen(table), selected);
    table.set_limit(None);
    let left: Vec<_> = many(50, 1)
        .into_iter()
        .filter(|row| row.key.pid.0 != selected[0])
        .collect();
    table.refresh(&left);
    assert_eq!(chosen(table), selected[1..]);
    // What does not pass the filter is not selected, and not later either.
    let hidden = selected[1];
    table.set_filter(move |row| row.key.pid.0 != hidden);
    table.set_filter(|_| true);
    assert_eq!(chosen(table), selected[2..]);
}

fn everything_is_selected_but_what_stands_below_the_rows() {
    let told = Rc::new(StdCell::new(0));
    let times = Rc::clone(&told);
    let Fixture { table, .. } = &shown(LINGER, move |event| {
        if event == TableEvent::Selected {
            times.set(times.get() + 1);
        }
    });
    table.refresh(&many(50, 0));
    table.set_limit(Some(10));
    table.places().select_all();
    assert_eq!(chosen(table).len(), 10);
    assert!(!table.places().is_selected(10), "\"40 more\" was selected");
    assert!(told.get() > 0);
    let text = table.row_text().expect("rows");
    assert_eq!(text.lines().count(), 10);
    told.set(0);
    table.refresh(&many(50, 1));
    assert_eq!(told.get(), 0, "nothing was selected anew");
    table.refresh(&[]);
    assert!(told.get() > 0 && !table.has_selection());
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

pub fn focus_pid(fixture: &Fixture) -> Option<u32> {
    let focus = GtkWindowExt::focus(&fixture.window)?;
    with_row(&row_of(&focus)?, |row: &CpuRow| row.key.pid.0)
}

fn focus_goes_to_the_next_row_when_its_process_ends() {
    let fixture = fixture();
    let table = &fixture.table;
    let rows: Vec<CpuRow> = (1..=30)
        .map(|pid| row(pid, "p", f64::from(100 - pid)))
        .collect();
    table.refresh(&rows);
    frames(table, 3);
    table.focus(4);
    wait_until("the focus arrives", || focus_pid(&fixture) == Some(5));
    let mut moved = rows.clone();
    moved[4].cpu = Some(Percent(1.0));
    table.refresh(&moved);
    frames(table, 3);
    assert_eq!(focus_pid(&fixture), Some(5), "the focus left its process");
    table.refresh(&rows);
    frames(table, 3);
    assert_eq!(focus_pid(&fixture), Some(5));
    let without: Vec<CpuRow> = rows
        .iter()
        .filter(|row| row.key.pid.0 != 5)
        .cloned()
        .collect();
    table.refresh(&without);
    frames(table, 3);
    assert_eq!(focus_pid(&fixture), Some(6));
}

fn an_open_menu_keeps_the_focus() {
    let fixture = fixture();
    let table = &fixture.table;
    let actions = gio::SimpleActionGroup::new();
    actions.add_action(&gio::SimpleAction::new("act", None));
    fixture.window.insert_action_group("test", Some(&actions));
    let items = gio::Menu::new();
    items.append(Some("Act"), Some("test.act"));
    table.set_row_menu(&items);
    table.refresh(&[row(1, "a", 30.0)]);
    frames(table, 3);
    table.grab_focus();
    wait_until("the focus arrives", || focus_pid(&fixture) == Some(1));

    let menu = descendants(table.widget())
        .into_iter()
        .find_map(|widget| widget.downcast::<gtk::PopoverMenu>().ok())
        .expect("the menu of a row");
    let has_focus =
        || GtkWindowExt::focus(&fixture.window).is_some_and(|focus| focus.is_ancestor(&menu));
    menu.popup();
    wait_until("the focus is in the menu", has_focus);
    // What was done to a process before has ended, and gives the rows the focus.
    table.grab_focus();
    frames(table, 3);
    assert!(has_focus() && menu.is_visible(), "the menu went");
    menu.popdown();
    wait_until("the focus is back", || focus_pid(&fixture) == Some(1));

    menu.popup();
    wait_until("the focus is in the menu again", has_focus);
    menu.popdown();
    // What closing leads to is still under way.
    menu.popup();
    frames(table, 3);
    assert!(
        has_focus(),
        "the rows took the focus from a menu opened anew"
    );
    menu.popdown();
    wait_until("the focus is back", || focus_pid(&fixture) == Some(1));
}

fn the_selection_follows_the_focus_when_its_row_goes() {
    let fixture = fixture();
    let table = &fixture.table;
    let rows = [row(1, "a", 30.0), row(2, "b", 20.0), row(3, "c", 10.0)];
    let chosen = || -> Vec<u32> { table.chosen().iter().map(|row| row.key.pid.0).collect() };
    table.refresh(&rows);
    frames(table, 3);
    table.grab_focus();
    wait_until("the focus arrives", || focus_pid(&fixture) == Some(1));
    assert_eq!(chosen(), [1]);
    table.set_filter(|row| row.key.pid.0 != 1);
    wait_until("the focus goes on", || focus_pid(&fixture) == Some(2));
    assert_eq!(chosen(), [2]);
    table.refresh(&rows[2..]);
    wait_until("the focus goes on", || focus_pid(&fixture) == Some(3));
    assert_eq!(chosen(), [3]);
}

fn the_label_of_a_focused_row_stays_silent() {
    let fixture = fixture();
    let table = &fixture.table;
    let rows = |share| {
        [
            row(1, "a", 90.0 + share),
            row(2, "b", 20.0),
            row(3, "c", 10.0),
        ]
    };
    table.refresh(&rows(0.0));
    frames(table, 3);
    table.focus(0);
    wait_until("the focus arrives", || focus_pid(&fixture) == Some(1));
    let label = || table.focused_label();
    let before = label().expect("a label");
    assert!(
        before.contains("PID 1") && before.contains("CPU 90.0 percent"),
        "{before}"
    );
    for refresh in 1..=20 {
        table.refresh(&rows(f64::from(refresh)));
        assert_eq!(label().as_ref(), Some(&before));
    }
    table.sort_now();
    assert!(label().expect("a label").contains("CPU 110.0 percent"));
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

fn a_narrow_table_keeps_process_and_sorted_column() {
    let fixture = fixture();
    let table = &fixture.table;
    table.refresh(&many(20, 0));
    table.set_narrow(true);
    frames(table, 4);
    let headings = |table: &Table<CpuRow>| {
        ["name", "pid", "user", "cpu_percent", "memory_percent"].map(|key| table.shows(key))
    };
    assert_eq!(headings(table), [true, false, false, true, false]);
    let below: Vec<String> = descendants(&row_widgets(table)[0])
        .iter()
        .filter(|widget| widget.is_mapped() && widget.has_css_class("caption"))
        .filter_map(|cell| Some(cell.downcast_ref::<TextCell>()?.text()))
        .collect();
    assert!(
        below.iter().any(|text| text.ends_with(" · ann")),
        "{below:?}"
    );
    table.focus(0);
    wait_until("the focus arrives", || focus_pid(&fixture).is_some());
    let label = table.focused_label().expect("a label");
    assert!(
        label.contains("PID ") && label.contains("User ann"),
        "{label}"
    );
    table.sort_by(Sort {
        column: "memory_percent",
        direction: Direction::Descending,
    });
    assert_eq!(headings(table), [true, false, false, false, true]);
    table.set_narrow(false);
    assert_eq!(headings(table), [true; 5]);
    assert!(descendants(table.view()).iter().any(ObjectExt::is::<Cell>));
}

fn the_column_that_sorts_is_always_shown() {
    let by = |column| Sort {
        column,
        direction: Direction::Descending,
    };
    let layout = Layout::new::<CpuRow>(&["name", "pid"], by("threads"));
    let table = Table::<CpuRow>::new(Style::english(), &layout, LINGER, |_| {});
    assert!(table.shows("threads"), "nobody sees what sorts");
    table.choose("threads", false);
    assert!(table.shows("threads"));
    table.sort_by(by("nice"));
    assert!(table.shows("nice") && table.shows("threads"));
    table.choose("threads", false);
    assert!(!table.shows("threads"));
    let shown: Vec<_> = table.layout().shown().collect();
    assert_eq!(shown, ["name", "pid", "nice"]);
}

/// Has the rows hear of a key, and GTK do what it does with it.
fn extend_to(table: &Table<CpuRow>, key: gtk::gdk::Key, position: u32) {
    let list = table.view().last_child().expect("what rows stand in");
    for controller in list
        .observe_controllers()
        .iter::<glib::Object>()
        .flatten()
        .filter(ObjectExt::is::<gtk::EventControllerKey>)
    {
        let shift = gtk::gdk::ModifierType::SHIFT_MASK;
        let code = glib::translate::IntoGlib::into_glib(key);
        controller.emit_by_name::<bool>("key-pressed", &[&code, &0_u32, &shift]);
    }
    let extend = (position, false, true).to_variant();
    WidgetExt::activate_action(&list, "list.select-item", Some(&extend)).expect("the action");
}

fn a_selection_grows_from_where_it_is_after_a_resort() {
    use gtk::gdk::Key;
    let fixture = shown(Duration::ZERO, |_| {});
    let table = &fixture.table;
    let rows = |shares: [f64; 5]| {
        let rows = (1..).zip(shares);
        rows.map(|(pid, share)| row(pid, "p", share))
            .collect::<Vec<_>>()
    };
    table.refresh(&rows([50.0, 40.0, 30.0, 20.0, 10.0]));
    frames(table, 3);
    table.grab_focus();
    wait_until("the focus arrives", || focus_pid(&fixture) == Some(1));
    let focus = |position: u32, pid| {
        table.focus(position);
        wait_until("the focus goes on", || focus_pid(&fixture) == Some(pid));
    };
    extend_to(table, Key::Down, 1);
    focus(1, 2);
    assert_eq!(chosen(table), [1, 2]);
    // They still stand together, elsewhere.
    table.refresh(&rows([25.0, 22.0, 30.0, 20.0, 10.0]));
    assert_eq!(pids(table)[1..3], [Some(1), Some(2)]);
    extend_to(table, Key::Down, 3);
    focus(3, 4);
    assert_eq!(chosen(table), [1, 2, 4]);
    extend_to(table, Key::Up, 2);
    focus(2, 2);
    assert_eq!(chosen(table), [1, 2]);
    // They stand apart, and something else where the first of them stood.
    table.refresh(&rows([5.0, 40.0, 30.0, 20.0, 10.0]));
    assert_eq!(pids(table), [Some(2), Some(3), Some(4), Some(5), Some(1)]);
    assert_eq!(chosen(table), [1, 2]);
    extend_to(table, Key::Down, 1);
    assert_eq!(chosen(table), [2, 3]);
}

/// How many columns of pixels without a mark follow each other at most between the first and the last that have one.
fn widest_gap(widget: &gtk::Widget, window: &gtk::Window) -> usize {
    let (width, height) = (widget.width(), widget.height());
    let snapshot = gtk::Snapshot::new();
    PaintableExt::snapshot(
        &gtk::WidgetPaintable::new(Some(widget)),
        &snapshot,
        width.into(),
        height.into(),
    );
    let renderer = window.native().and_then(|native| native.renderer());
    let node = snapshot.to_node().expect("something drawn");
    let area = gtk::graphene::Rect::new(0.0, 0.0, width as f32, height as f32);
    let texture = renderer
        .expect("a renderer")
        .render_texture(&node, Some(&area));
    let pixels_of = |length: i32| usize::try_from(length).expect("a length");
    let (columns, lines) = (pixels_of(texture.width()), pixels_of(texture.height()));
    let mut pixels = vec![0; columns * lines * 4];
    texture.download(&mut pixels, columns * 4);
    let is_marked = |x: usize| (0..lines).any(|y| pixels[(y * columns + x) * 4 + 3] > 32);
    let marked: Vec<usize> = (0..columns).filter(|&x| is_marked(x)).collect();
    assert!(marked.len() > columns / 2, "nothing to read");
    let gaps = marked.windows(2).map(|pair| pair[1] - pair[0] - 1);
    gaps.max().unwrap_or(0)
}

fn a_name_that_is_cut_has_no_hole() {
    let fixture = fixture();
    let table = &fixture.table;
    let mut long = row(1, &"m".repeat(80), 1.0);
    long.info = Arc::new(ProcessInfo {
        user: Some("m".repeat(80)),
        ..(*long.info).clone()
    });
    table.refresh(&[long]);
    let columns = table.view().columns();
    let name = columns.item(0).and_downcast::<gtk::ColumnViewColumn>();
    let name = name.expect("the column of the process");
    name.set_expand(false);
    let see = |narrow: bool| {
        for width in (200..230).step_by(3) {
            name.set_fixed_width(width);
            frames(table, 3);
            let cell = descendants(&row_widgets(table)[0])
                .into_iter()
                .find(|widget| widget.is::<TextCell>() && widget.has_css_class("caption") == narrow)
                .expect("a cell of the process");
            let gap = widest_gap(&cell, &fixture.window);
            assert!(gap <= 4, "{gap} pixels are empty in a cell of {width}");
        }
    };
    see(false);
    table.set_narrow(true);
    see(true);
}

fn a_column_gives_back_the_room_that_nothing_needs() {
    let Fixture { table, .. } = &fixture();
    let of_user = |user: &str| {
        let mut rows = many(20, 0);
        for row in &mut rows {
            row.info = Arc::new(ProcessInfo {
                user: Some(user.into()),
                ..(*row.info).clone()
            });
        }
        rows
    };
    let width = || {
        frames(table, 3);
        let cell = row_widgets(table)[0].first_child();
        let cell = std::iter::successors(cell, WidgetExt::next_sibling).nth(2);
        cell.expect("the cell of the user").width()
    };
    table.refresh(&of_user("ann"));
    let usual = width();
    table.refresh(&of_user("ann-of-a-house-with-a-long-name"));
    let wide = width();
    assert!(wide > usual + 50, "{usual} to {wide}");
    // Nothing moves below a person who reads.
    table.refresh(&of_user("ann"));
    assert_eq!(width(), wide);
    // Columns move anyway.
    table.choose("memory_percent", false);
    assert_eq!(width(), usual);
    table.refresh(&of_user("ann-of-a-house-with-a-long-name"));
    assert_eq!(width(), wide);
    table.choose("memory_percent", true);
    assert_eq!(width(), wide);
}
