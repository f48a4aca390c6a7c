//! What a refresh of the table costs on the thread of the window: 2000 rows, of which 5 % changed.
//! To be run in a session with a display, as `build-aux/dev bench` does.

#[path = "../tests/support/process_rows.rs"]
mod process_rows;

use std::cell::RefCell;

use criterion::Criterion;
use process_rows::{row, share};
use relm4::adw;
use relm4::gtk;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;
use sysmon::model::cpu::CpuRow;
use sysmon::model::format::Style;
use sysmon::model::table::Direction;
use sysmon::model::units::Percent;
use sysmon::ui::table::{LINGER, Layout, Sort, Table};

const ROWS: u32 = 2000;
/// One row in so many changes.
const EVERY: usize = 20;

fn main() {
    if let Err(error) = adw::init() {
        eprintln!("{error}: there is no display; run this through build-aux/dev bench");
        std::process::exit(1);
    }
    let sort = Sort {
        column: "cpu_percent",
        direction: Direction::Descending,
    };
    let keys = ["name", "pid", "user", "cpu_percent", "memory_percent"];
    let layout = Layout::new::<CpuRow>(&keys, sort);
    let table = Table::new(Style::english(), &layout, LINGER, |_| {});
    let window = gtk::Window::builder()
        .child(table.widget())
        .default_width(900)
        .default_height(600)
        .build();
    window.present();

    let rows = RefCell::new(
        (1..=ROWS)
            .map(|pid| row(pid, &format!("p{pid}"), share(pid, 0)))
            .collect::<Vec<_>>(),
    );
    table.refresh(&rows.borrow());
    settle();
    let mut round = 0;
    let mut criterion = Criterion::default().configure_from_args();
    criterion.bench_function("table: refresh 2000 rows, 5 % changed", |bencher| {
        bencher.iter_batched(
            || {
                round += 1;
                for row in rows
                    .borrow_mut()
                    .iter_mut()
                    .skip(round % EVERY)
                    .step_by(EVERY)
                {
                    row.cpu = Some(Percent(share(
                        row.key.pid.0,
                        u32::try_from(round).unwrap_or(0),
                    )));
                }
            },
            |()| {
                table.refresh(&rows.borrow());
                settle();
            },
            criterion::BatchSize::PerIteration,
        );
    });
    criterion.final_summary();
}

/// Lets GTK lay out and draw what changed.
fn settle() {
    let context = glib::MainContext::default();
    while context.pending() {
        context.iteration(false);
    }
}
