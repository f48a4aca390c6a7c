//! Rows that are sorted move no widgets, and cells have room for their texts and draw them.

use std::cell::Cell as StdCell;
use std::rc::Rc;

use relm4::gtk;
use relm4::gtk::prelude::*;
use sysmon::model::cpu::CpuRow;
use sysmon::ui::table::{Table, TextCell, row_of};

use crate::fixture::{
    Fixture, assert_no_stale_cell, descendants, fixture, focus_pid, frames, many, pids,
    row_widgets, scrolled,
};
use crate::gtk_cases::{Case, wait_until};
use crate::process_rows::row;

pub const CASES: &[Case] = &[
    (
        "places::sorting_moves_no_widget_and_scrolls_nothing",
        sorting_moves_no_widget_and_scrolls_nothing,
    ),
    (
        "places::the_focused_row_takes_its_widget_along_in_silence",
        the_focused_row_takes_its_widget_along_in_silence,
    ),
    (
        "places::the_focus_comes_back_to_its_process",
        the_focus_comes_back_to_its_process,
    ),
    (
        "places::rows_that_come_and_go_while_held_keep_their_widgets",
        rows_that_come_and_go_while_held_keep_their_widgets,
    ),
    (
        "places::the_last_row_stays_in_sight_while_it_moves",
        the_last_row_stays_in_sight_while_it_moves,
    ),
    ("places::a_wide_number_gets_room", a_wide_number_gets_room),
    (
        "places::what_scrolls_into_sight_is_drawn",
        what_scrolls_into_sight_is_drawn,
    ),
];

/// Counts what the list model tells.
fn count_changes(table: &Table<CpuRow>) -> Rc<StdCell<u32>> {
    let changes = Rc::new(StdCell::new(0));
    let counted = Rc::clone(&changes);
    table
        .places()
        .connect_items_changed(move |_, _, _, _| counted.set(counted.get() + 1));
    changes
}

fn sorting_moves_no_widget_and_scrolls_nothing() {
    let Fixture { table, .. } = &fixture();
    table.refresh(&many(400, 0));
    frames(table, 3);
    let changes = count_changes(table);
    let scroll = scrolled(table).vadjustment();
    for offset in [0.0, 3_000.0] {
        scroll.set_value(offset);
        frames(table, 3);
        let widgets = row_widgets(table);
        // Whatever scrolls shows its scroll bar, which fades away over many frames.
        let scrolls = Rc::new(StdCell::new(0));
        let counted = Rc::clone(&scrolls);
        let handler = scroll.connect_value_changed(move |_| counted.set(counted.get() + 1));
        for seed in 1..6 {
            table.refresh(&many(400, seed));
            frames(table, 2);
            assert_no_stale_cell(table);
        }
        scroll.disconnect(handler);
        assert_eq!((changes.get(), scrolls.get()), (0, 0), "at {offset}");
        assert_eq!(row_widgets(table), widgets);
    }
}

/// Sixty rows, of which one has the focus.
fn with_focus_in_rows() -> Fixture {
    let fixture = fixture();
    let table = &fixture.table;
    table.refresh(&many(60, 0));
    frames(table, 3);
    table.focus(7);
    wait_until("the focus arrives", || focus_pid(&fixture).is_some());
    fixture
}

fn the_focused_row_takes_its_widget_along_in_silence() {
    let fixture = with_focus_in_rows();
    let table = &fixture.table;
    let (pid, label) = (focus_pid(&fixture), table.focused_label());
    let widget = GtkWindowExt::focus(&fixture.window);
    // The first of all, the last, with others that came and went.
    for (share, count) in [(1000.0, 60), (0.0, 80), (500.0, 80), (0.0, 40), (3.0, 60)] {
        let mut rows = many(count, 7);
        rows.retain(|row| Some(row.key.pid.0) != pid);
        rows.push(row(pid.expect("a pid"), "focused", share));
        table.refresh(&rows);
        frames(table, 2);
        assert_eq!(focus_pid(&fixture), pid, "with {share} % among {count}");
        assert_eq!(GtkWindowExt::focus(&fixture.window), widget);
        assert_eq!(table.focused_label(), label, "it was spoken anew");
        assert_eq!(pids(table).len(), rows.len());
    }
}

fn the_focus_comes_back_to_its_process() {
    let fixture = with_focus_in_rows();
    let table = &fixture.table;
    let pid = focus_pid(&fixture);
    GtkWindowExt::set_focus(&fixture.window, None::<&gtk::Widget>);
    for seed in 1..4 {
        table.refresh(&many(60, seed));
        frames(table, 2);
    }
    // As Tab does.
    let rows = table.view().last_child().expect("what rows stand in");
    rows.grab_focus();
    wait_until("the focus comes back", || focus_pid(&fixture).is_some());
    assert_eq!(focus_pid(&fixture), pid);
}

fn rows_that_come_and_go_while_held_keep_their_widgets() {
    let Fixture { table, .. } = &fixture();
    table.refresh(&many(100, 0));
    frames(table, 3);
    table.hold().set_for_good(true);
    let shown: Vec<_> = row_widgets(table)
        .iter()
        .map(|widget| (widget.clone(), row_of(widget)))
        .collect();
    let changes = count_changes(table);
    let mut rows = many(100, 3);
    rows.retain(|row| row.key.pid.0 != 50);
    rows.push(row(500, "new", 1000.0));
    table.refresh(&rows);
    frames(table, 2);
    assert_eq!(changes.get(), 2, "one that went and one that came");
    let stayed = shown
        .iter()
        .filter(|(widget, row)| row_of(widget) == *row)
        .count();
    assert!(stayed + 2 >= shown.len(), "{stayed} of {}", shown.len());
}

fn the_last_row_stays_in_sight_while_it_moves() {
    let fixture = fixture();
    let table = &fixture.table;
    // Only the last three change places, and the one with the focus is one of them.
    let rows = |seed: u32| {
        let share = |pid: u32| match pid {
            58..=60 => f64::from((pid + seed) % 3),
            _ => 1000.0 - f64::from(pid),
        };
        let rows = (1..=60).map(|pid| row(pid, &format!("p{pid}"), share(pid)));
        rows.collect::<Vec<_>>()
    };
    table.refresh(&rows(0));
    frames(table, 3);
    let scroll = scrolled(table).vadjustment();
    table.focus(59);
    wait_until("the focus arrives", || focus_pid(&fixture).is_some());
    frames(table, 5);
    let at_the_end = scroll.upper() - scroll.page_size();
    for seed in 0..20 {
        table.refresh(&rows(seed));
        frames(table, 2);
        assert!(
            (scroll.value() - at_the_end).abs() < 1.0,
            "refresh {seed} went from {at_the_end} to {}",
            scroll.value()
        );
    }
}

fn a_wide_number_gets_room() {
    let Fixture { table, .. } = &fixture();
    table.refresh(&many(30, 0));
    frames(table, 3);
    table.refresh(&[row(4_294_967_295, "wide", 1.0)]);
    frames(table, 3);
    let widgets = row_widgets(table);
    let cells = descendants(&widgets[0]);
    let cell = cells
        .iter()
        .filter_map(|widget| widget.downcast_ref::<TextCell>())
        .find(|cell| cell.text() == "4294967295")
        .expect("the cell of the pid");
    let (needed, _) = cell.create_pango_layout(Some("4294967295")).pixel_size();
    assert!(cell.width() >= needed, "{} of {needed}", cell.width());
}

/// Pixels of the window as it would be drawn now, four bytes each, and how many there are in a line.
#[expect(clippy::cast_precision_loss, reason = "pixels on a screen")]
fn pixels(window: &gtk::Window) -> (Vec<u8>, usize) {
    let snapshot = gtk::Snapshot::new();
    let (width, height) = (window.width(), window.height());
    gtk::WidgetPaintable::new(Some(window)).snapshot(
        &snapshot,
        f64::from(width),
        f64::from(height),
    );
    let node = snapshot.to_node().expect("something is drawn");
    let renderer = window.native().and_then(|native| native.renderer());
    let area = gtk::graphene::Rect::new(0.0, 0.0, width as f32, height as f32);
    let texture = renderer
        .expect("a renderer")
        .render_texture(&node, Some(&area));
    let stride = usize::try_from(width).expect("a width") * 4;
    let mut data = vec![0; stride * usize::try_from(height).expect("a height")];
    texture.download(&mut data, stride);
    (data, stride)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "pixels on a screen"
)]
fn what_scrolls_into_sight_is_drawn() {
    let fixture = fixture();
    let table = &fixture.table;
    table.refresh(&many(150, 0));
    frames(table, 3);
    let scroller = scrolled(table);
    for offset in [4_000.0, 0.0, 2_000.0] {
        scroller.vadjustment().set_value(offset);
        frames(table, 4);
        let (data, stride) = pixels(&fixture.window);
        let height = scroller.height() as f32;
        let in_sight = row_widgets(table).into_iter().filter(|row| {
            let bounds = row.compute_bounds(&scroller);
            bounds.is_some_and(|it| it.y() > 30.0 && it.y() + it.height() < height)
        });
        let mut seen = 0;
        for widget in in_sight {
            seen += 1;
            for cell in descendants(&widget).iter().filter(|it| it.is_mapped()) {
                let bounds = cell.compute_bounds(&fixture.window);
                if let Some((cell, bounds)) = cell.downcast_ref::<TextCell>().zip(bounds) {
                    let (left, top) = (bounds.x() as usize, bounds.y() as usize);
                    let (right, bottom) = (
                        left + bounds.width() as usize,
                        top + bounds.height() as usize,
                    );
                    let is_written = (top..bottom).any(|line| {
                        let line = &data[line * stride + left * 4..line * stride + right * 4];
                        line.chunks_exact(4).any(|pixel| pixel != &line[..4])
                    });
                    assert!(is_written, "{} at {left}, {top} is not drawn", cell.text());
                }
            }
        }
        assert!(seen > 8, "only {seen} rows");
    }
}
