//! What a drill-down window says of its state: title, footer, what stands in the place of rows.

use gettextrs::{gettext, ngettext};
use jiff::Timestamp;
use relm4::adw::prelude::*;
use relm4::gtk::glib;

use super::empty::shown;
use super::subject::Subject;
use super::widgets::Widgets;
use super::window::DrillDown;
use super::{degradation, menu, notes};
use crate::model::table::{Direction, Row};

impl<S: Subject> DrillDown<S> {
    pub(super) fn show(&mut self, widgets: &Widgets) {
        let counts = self.table.counts();
        let what = shown::<S>(
            self.snapshot.as_ref(),
            self.failure.as_deref(),
            counts.matched,
            !self.filter.trim().is_empty(),
            self.state.show_all,
        );
        widgets.show(&what, self.patient);
        widgets.show_paused(self.paused.is_some());
        widgets.title.set_subtitle(&self.subtitle());
        let lost = self.failure.as_deref().filter(|_| self.snapshot.is_some());
        if let Some(lost) = lost {
            widgets.banner.set_title(&glib::markup_escape_text(lost));
        }
        widgets.banner.set_revealed(lost.is_some());
        self.show_badge(widgets);
        if let Some(snapshot) = &self.snapshot {
            let note = notes::short(
                snapshot.cost,
                self.state.interval,
                &snapshot.degradations,
                &self.style,
            );
            widgets.notes.set_label(&note);
            widgets.notes.set_visible(true);
            widgets.notes_text.set_label(&notes::full(
                snapshot.cost,
                snapshot.degradations.iter().map(degradation::sentence),
                &self.style,
            ));
        }
    }

    fn show_badge(&mut self, widgets: &Widgets) {
        let moving = if self.table.hold().is_held() {
            self.table.would_move()
        } else {
            0
        };
        if moving > 0 {
            let count = u32::try_from(moving).unwrap_or(u32::MAX);
            let text = ngettext(
                "Order held · {} would move: Sort Now",
                "Order held · {} would move: Sort Now",
                count,
            );
            widgets
                .badge
                .set_label(&text.replace("{}", &count.to_string()));
        }
        widgets.badge.set_visible(moving > 0);
        let held = moving > 0;
        if held && !self.hold_announced {
            self.table.announce(&gettext("Order held"));
        }
        self.hold_announced = held;
    }

    fn subtitle(&self) -> String {
        let rate = match self.paused {
            // Translators: a time of day.
            Some(at) => gettext("Paused at {}").replace("{}", &self.time_of_day(at)),
            None => menu::interval_text(self.state.interval),
        };
        if self.snapshot.is_none() {
            return rate;
        }
        format!("{rate} · {}", self.matches_text())
    }

    pub(super) fn matches_text(&self) -> String {
        let counts = self.table.counts();
        // Translators: so many of so many processes are shown.
        gettext("{shown} of {total}")
            .replace("{shown}", &counts.shown.to_string())
            .replace("{total}", &counts.total.to_string())
    }

    pub(super) fn sorted_text(&self) -> String {
        let sort = self.table.sort();
        let title =
            S::Row::column(sort.column).map_or_else(String::new, |column| gettext(column.title));
        let text = match sort.direction {
            // Translators: spoken when the table was sorted, as in "sorted by CPU, descending".
            Direction::Ascending => gettext("sorted by {}, ascending"),
            Direction::Descending => gettext("sorted by {}, descending"),
        };
        text.replace("{}", &title)
    }

    fn time_of_day(&self, at: Timestamp) -> String {
        at.to_zoned(self.style.zone.clone())
            .strftime("%H:%M:%S")
            .to_string()
    }
}
