//! The columns of a table.

use std::sync::Arc;

use relm4::gtk;
use relm4::gtk::prelude::*;
use sysmon::model::cpu::CpuRow;
use sysmon::model::format::Style;
use sysmon::model::process::ProcessInfo;
use sysmon::model::table::Direction;
use sysmon::ui::table::{Cell, LINGER, Layout, Sort, Table, TextCell};

use crate::fixture::{Fixture, descendants, fixture, focus_pid, frames, many, row_widgets};
use crate::gtk_cases::{Case, wait_until};
use crate::process_rows::row;

pub const CASES: &[Case] = &[
    (
        "columns::a_narrow_table_keeps_process_and_sorted_column",
        a_narrow_table_keeps_process_and_sorted_column,
    ),
    (
        "columns::the_column_that_sorts_is_always_shown",
        the_column_that_sorts_is_always_shown,
    ),
    (
        "columns::a_name_that_is_cut_has_no_hole",
        a_name_that_is_cut_has_no_hole,
    ),
    (
        "columns::a_column_gives_back_the_room_that_nothing_needs",
        a_column_gives_back_the_room_that_nothing_needs,
    ),
];

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
