//! The selection and the focus in a table.

use std::cell::Cell as StdCell;
use std::rc::Rc;
use std::time::Duration;

use relm4::gtk;
use relm4::gtk::prelude::*;
use relm4::gtk::{gio, glib};
use sysmon::model::cpu::CpuRow;
use sysmon::model::units::Percent;
use sysmon::ui::table::{LINGER, Table, TableEvent};

use crate::fixture::{Fixture, chosen, descendants, fixture, focus_pid, frames, many, pids, shown};
use crate::gtk_cases::{Case, wait_until};
use crate::process_rows::row;

pub const CASES: &[Case] = &[
    (
        "selection::the_selection_follows_its_process",
        the_selection_follows_its_process,
    ),
    (
        "selection::several_selected_rows_stay_selected",
        several_selected_rows_stay_selected,
    ),
    (
        "selection::everything_is_selected_but_what_stands_below_the_rows",
        everything_is_selected_but_what_stands_below_the_rows,
    ),
    (
        "selection::focus_goes_to_the_next_row_when_its_process_ends",
        focus_goes_to_the_next_row_when_its_process_ends,
    ),
    (
        "selection::an_open_menu_keeps_the_focus",
        an_open_menu_keeps_the_focus,
    ),
    (
        "selection::the_selection_follows_the_focus_when_its_row_goes",
        the_selection_follows_the_focus_when_its_row_goes,
    ),
    (
        "selection::the_label_of_a_focused_row_stays_silent",
        the_label_of_a_focused_row_stays_silent,
    ),
    (
        "selection::a_selection_grows_from_where_it_is_after_a_resort",
        a_selection_grows_from_where_it_is_after_a_resort,
    ),
];

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
