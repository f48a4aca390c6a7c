//! How a drill-down window writes its values, and that it follows when another way is chosen.

use super::menu;
use super::subject::{SnapshotOf, Subject};
use super::widgets::Widgets;
use super::window::DrillDown;
use crate::model::format::CpuScale;
use crate::model::query::Query;
use crate::model::table::Row;

impl<S: Subject> DrillDown<S> {
    /// Writes everything anew.
    pub(super) fn restyle(&mut self, widgets: &Widgets) {
        let style = self.style.now();
        self.table.rewrite();
        self.table.set_header_menu(&menu::table_menu::<S>(&style));
        let menu = menu::window_menu::<S>(&style, self.narrow);
        widgets.menu.set_menu_model(Some(&menu));
        self.strip.restyle();
        self.explain_range();
        if let Some(details) = &self.details {
            details.page.restyle();
            let snapshot = self.snapshot.as_ref();
            let row =
                snapshot.and_then(|it| it.rows.iter().find(|row| row.row_key() == details.row));
            if let Some(row) = row {
                details.page.show_row(row);
            }
        }
        if !self.query.is_empty() {
            // What is compared with a share is compared with what is shown.
            self.apply_filter();
        }
    }

    /// The filter as it is asked of rows, whose shares of CPU time are of one core.
    pub(super) fn asked_of_rows(&self) -> Query {
        let style = self.style.now();
        match (style.cpu_scale, style.cpus) {
            (CpuScale::Machine, Some(cpus)) => self.query.of_machine(cpus),
            _ => self.query.clone(),
        }
    }

    /// Takes notice of how many CPUs the machine has, by which shares are written.
    pub(super) fn count_cpus(&self, snapshot: &SnapshotOf<S::Row>) {
        if self.style.set_cpus(S::cpus(snapshot)) && self.style.now().cpu_scale == CpuScale::Machine
        {
            self.apply_filter();
            self.table.rewrite();
        }
    }
}
