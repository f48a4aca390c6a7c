//! The table, the drill-down windows and a graph in a real session, driven from within.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

#[path = "ui_table/columns.rs"]
mod columns;
#[path = "ui_table/fixture.rs"]
mod fixture;
#[path = "ui_table/groups.rs"]
mod groups;
#[path = "support/gtk_cases.rs"]
mod gtk_cases;
#[path = "ui_table/motion.rs"]
mod motion;
#[path = "ui_table/places.rs"]
mod places;
#[path = "support/process_rows.rs"]
mod process_rows;
#[path = "ui_table/remainder.rs"]
mod remainder;
#[path = "support/scripted_source.rs"]
mod scripted_source;
#[path = "ui_table/selection.rs"]
mod selection;
#[path = "ui_table/shortcuts.rs"]
mod shortcuts;
#[path = "ui_table/table.rs"]
mod table;
#[path = "ui_table/window.rs"]
mod window;

fn main() {
    gtk_cases::run(
        &[
            table::CASES,
            selection::CASES,
            columns::CASES,
            places::CASES,
            groups::CASES,
            remainder::CASES,
            window::CASES,
            shortcuts::CASES,
            motion::CASES,
        ]
        .concat(),
    );
}
