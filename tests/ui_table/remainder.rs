//! The rows below the others, for what none of them accounts for.

use relm4::gtk;
use relm4::gtk::prelude::*;
use sysmon::model::format::Style;
use sysmon::model::network::{NetworkRemainder, NetworkRow};
use sysmon::model::process::Uid;
use sysmon::model::remainder::Remainder;
use sysmon::model::table::Direction;
use sysmon::ui::table::{LINGER, Layout, RowObject, Sort, Table, row_of};

use crate::gtk_cases::{Case, wait_until};
use crate::process_rows::row;
use crate::scripted_source::{network_row, remainder};

pub const CASES: &[Case] = &[
    (
        "remainder::it_stands_below_the_rows_and_counts_as_none",
        it_stands_below_the_rows_and_counts_as_none,
    ),
    ("remainder::the_focus_stays_on_it", the_focus_stays_on_it),
    (
        "remainder::it_is_copied_and_reads_as_a_sentence",
        it_is_copied_and_reads_as_a_sentence,
    ),
    ("remainder::it_can_be_hidden", it_can_be_hidden),
    (
        "remainder::rows_beyond_the_snapshot_are_counted",
        rows_beyond_the_snapshot_are_counted,
    ),
];

struct Fixture {
    table: Table<NetworkRow>,
    window: gtk::Window,
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.window.destroy();
    }
}

fn fixture() -> Fixture {
    let sort = Sort {
        column: "sockets",
        direction: Direction::Descending,
    };
    let keys = ["name", "pid", "sockets", "received_bytes_per_second"];
    let layout = Layout::new::<NetworkRow>(&keys, sort);
    let table = Table::new(Style::english(), &layout, LINGER, |_| {});
    let window = gtk::Window::builder()
        .child(table.widget())
        .default_width(700)
        .default_height(500)
        .build();
    window.present();
    wait_until("the window is shown", || table.view().is_mapped());
    Fixture { table, window }
}

fn rows(count: u32) -> Vec<NetworkRow> {
    (1..=count)
        .map(|pid| network_row(row(pid, &format!("p{pid}"), f64::from(pid))))
        .collect()
}

fn sshd() -> Remainder {
    Remainder::Unreadable {
        uid: Some(Uid(0)),
        user: Some("root".into()),
        service: Some("sshd\u{202e}.service".into()),
    }
}

fn two(rate: f64) -> [NetworkRemainder; 2] {
    [remainder(sshd(), rate), remainder(Remainder::NonTcp, rate)]
}

fn object(table: &Table<NetworkRow>, at: u32) -> Option<RowObject> {
    table.rows().get(at as usize).cloned()
}

fn focused(fixture: &Fixture) -> Option<RowObject> {
    row_of(&GtkWindowExt::focus(&fixture.window)?)
}

fn focus_last(fixture: &Fixture) -> RowObject {
    let table = &fixture.table;
    let at = table.places().n_items() - 1;
    let last = object(table, at).expect("a row");
    table.focus(at);
    wait_until("the focus arrives", || {
        focused(fixture).as_ref() == Some(&last)
    });
    last
}

fn it_stands_below_the_rows_and_counts_as_none() {
    let fixture = fixture();
    let table = &fixture.table;
    table.refresh(&rows(30));
    table.set_remainder(&two(5e3));
    assert_eq!(table.places().n_items(), 32);
    let counts = table.counts();
    assert_eq!((counts.shown, counts.matched, counts.total), (30, 30, 30));
    table.set_limit(Some(10));
    assert_eq!(table.places().n_items(), 10 + 1 + 2);
    table.sort_by(Sort {
        column: "sockets",
        direction: Direction::Ascending,
    });
    focus_last(&fixture);
    let label = table.focused_label().expect("a label");
    assert!(
        label.starts_with("UDP, QUIC and headers (estimate)"),
        "{label}"
    );
    assert!(table.selected().is_none(), "the remainder was selected");
}

fn the_focus_stays_on_it() {
    let fixture = fixture();
    let table = &fixture.table;
    table.refresh(&rows(5));
    table.set_remainder(&two(5e3));
    let last = focus_last(&fixture);
    let before = table.focused_label();
    for count in 3..8 {
        table.refresh(&rows(count));
        table.set_remainder(&two(f64::from(count)));
        assert_eq!(focused(&fixture).as_ref(), Some(&last));
        assert_eq!(
            table.focused_label(),
            before,
            "a focused row was spoken anew"
        );
    }
    table.set_remainder(&[
        remainder(Remainder::ShortLived, 1.0),
        remainder(Remainder::NonTcp, 1.0),
    ]);
    assert_eq!(
        focused(&fixture),
        Some(last),
        "another row in front took the focus"
    );
}

fn it_is_copied_and_reads_as_a_sentence() {
    let fixture = fixture();
    let table = &fixture.table;
    table.refresh(&rows(2));
    table.set_remainder(&[remainder(sshd(), 5e3)]);
    focus_last(&fixture);
    assert_eq!(
        table.focused_label().as_deref(),
        Some("Not readable: sshd\\u{202e}.service, Received/s 5.0\u{a0}kB/s")
    );
    assert_eq!(
        table.row_text().as_deref(),
        Some("Not readable: sshd\\u{202e}.service\t\t\t5.0\u{a0}kB/s")
    );
}

fn it_can_be_hidden() {
    let fixture = fixture();
    let table = &fixture.table;
    table.refresh(&rows(2));
    table.set_remainder(&two(1.0));
    let last = object(table, 3).expect("a row");
    table.hide_remainder(true);
    assert_eq!(table.places().n_items(), 2);
    table.set_remainder(&two(2.0));
    assert_eq!(table.places().n_items(), 2);
    table.hide_remainder(false);
    assert_eq!(object(table, 3), Some(last));
}

fn rows_beyond_the_snapshot_are_counted() {
    let fixture = fixture();
    let table = &fixture.table;
    table.refresh(&rows(20));
    table.set_beyond(100);
    assert_eq!(table.places().n_items(), 21);
    table.set_limit(Some(10));
    table.focus(10);
    wait_until("the focus arrives", || {
        table.focused_label().as_deref() == Some("110 more processes")
    });
    table.set_limit(None);
    table.set_beyond(0);
    assert_eq!(table.places().n_items(), 20);
}
