//! A table in a window of its own, and what is seen of it.

use std::cell::Cell as StdCell;
use std::rc::Rc;
use std::time::Duration;

use relm4::gtk;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;
use sysmon::model::cpu::CpuRow;
use sysmon::model::format::Style;
use sysmon::model::table::{Direction, Row};
use sysmon::ui::table::{LINGER, Layout, Sort, Table, TableEvent, TextCell, row_of, with_row};

use crate::gtk_cases::wait_until;
use crate::process_rows::{row, share};

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

pub fn shown(linger: Duration, notify: impl Fn(TableEvent) + 'static) -> Fixture {
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

pub fn chosen(table: &Table<CpuRow>) -> Vec<u32> {
    let mut chosen: Vec<_> = table.chosen().iter().map(|row| row.key.pid.0).collect();
    chosen.sort_unstable();
    chosen
}

pub fn focus_pid(fixture: &Fixture) -> Option<u32> {
    let focus = GtkWindowExt::focus(&fixture.window)?;
    with_row(&row_of(&focus)?, |row: &CpuRow| row.key.pid.0)
}
