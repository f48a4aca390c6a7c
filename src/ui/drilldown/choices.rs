//! What follows when something is chosen in a drill-down window.

use std::time::Duration;

use super::message::Choice;
use super::subject::Subject;
use super::widgets::Widgets;
use super::window::DrillDown;
use crate::model::table::Direction;
use crate::ui::table::{Sort, first_direction};

impl<S: Subject> DrillDown<S> {
    pub(super) fn chosen(&mut self, choice: Choice, widgets: &Widgets) {
        match choice {
            Choice::Interval(seconds) => {
                self.state.interval = seconds;
                let interval = Duration::from_secs(seconds.into());
                self.pull.set_interval(interval);
                if let Some(watch) = self.watch() {
                    watch.set_interval(interval);
                }
                self.actions.show_interval(seconds);
                widgets.show_interval(seconds);
            }
            Choice::Limit(limit) => {
                self.state.limit = limit;
                self.table.set_limit(limit);
                self.ask_for_rows();
                self.actions.show_limit(limit);
                widgets.show_limit(limit);
            }
            Choice::HoldOrder(held) => {
                self.state.hold_order = held;
                self.table.hold().set_for_good(held);
            }
            Choice::Compact(compact) => {
                self.state.compact = compact;
                self.table.set_compact(compact);
            }
            Choice::Group(grouped) => {
                self.state.grouped = grouped;
                self.table.set_grouped(grouped);
            }
            Choice::HostNames(names) => {
                self.state.names = names;
                self.ask_for_rows();
            }
            Choice::ShowAll(all) => {
                self.state.show_all = all;
                self.apply_filter();
            }
            Choice::Column(key, shown) => {
                self.table.choose(key, shown);
                if let Some(compared) = &mut self.compared {
                    compared.leave_alone(key);
                }
            }
            Choice::SortColumn(column) => self.table.sort_by(Sort {
                column,
                direction: first_direction::<S::Row>(column),
            }),
            Choice::Descending(descending) => self.table.sort_by(Sort {
                direction: if descending {
                    Direction::Descending
                } else {
                    Direction::Ascending
                },
                ..self.table.sort()
            }),
        }
    }
}
