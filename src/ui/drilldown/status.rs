//! What a drill-down window says of its state: title, footer, what stands in the place of rows.

use std::time::Duration;

use gettextrs::{gettext, ngettext};
use relm4::adw::prelude::*;
use relm4::gtk::glib;

use super::empty::shown;
use super::subject::Subject;
use super::widgets::Widgets;
use super::window::DrillDown;
use super::{degradation, menu, notes};
use crate::model::snapshot::{Degradation, Reason};

impl<S: Subject> DrillDown<S> {
    pub(super) fn show(&mut self, widgets: &Widgets) {
        let style = self.style.now();
        let counts = self.table.counts();
        let what = shown::<S>(
            self.snapshot.as_ref(),
            self.failure.as_deref(),
            counts.matched,
            !self.query.is_empty(),
            self.state.show_all,
        );
        widgets.show(&what, self.patient);
        widgets.show_problem(self.problem.as_deref());
        widgets.show_paused(self.paused.is_some());
        widgets.title.set_subtitle(&self.subtitle());
        let lost = self.failure.as_deref().filter(|_| self.snapshot.is_some());
        if let Some(lost) = lost {
            widgets.banner.set_title(&glib::markup_escape_text(lost));
        }
        widgets.banner.set_revealed(lost.is_some());
        self.show_time(widgets);
        self.show_badge(widgets);
        if let Some(snapshot) = &self.snapshot {
            // What was not taken for this window was taken at a pace of its own, and a range cost what all in it did.
            let length = if self.then.is_some() || self.replayed.is_some() {
                snapshot.elapsed
            } else {
                self.pull.pace()
            };
            let mut note = notes::short(snapshot.cost, length, &snapshot.degradations, &style);
            if let Some(share) = self.explained {
                note = format!("{} · {note}", notes::explained(share, &style));
            }
            if !self.query.is_empty() && !snapshot.remainder.is_empty() {
                // Translators: below a table whose filter hides a part of what its sums are of.
                note = format!("{} · {note}", gettext("Filtered: sums are partial"));
            }
            widgets.notes.set_label(&note);
            widgets.notes.set_visible(true);
            let missing = snapshot.degradations.iter().map(degradation::sentence);
            let remainder = S::breakdown(snapshot, &style);
            let sentences = remainder.into_iter().chain(missing);
            let mut text = notes::full(snapshot.cost, sentences, &style);
            if let Some(remembered) = self.remembered.as_ref().filter(|_| self.replayed.is_none()) {
                text = format!("{text}\n{}", notes::memory(remembered, &style));
            }
            widgets.show_notes(&text);
            let denied =
                |it: &Degradation| matches!(it.reason, Reason::PermissionDenied | Reason::Hidden);
            widgets.offer_administrator(snapshot.degradations.iter().any(denied));
        }
    }

    fn show_badge(&mut self, widgets: &Widgets) {
        let is_held = self.table.hold().is_held();
        let moving = if is_held { self.table.would_move() } else { 0 };
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
        if moving == 0 && widgets.badge.is_focus() {
            self.table.grab_focus();
        }
        widgets.badge.set_visible(moving > 0);
        // Once while it is held: rows may stand right by themselves for a moment.
        if moving > 0 && !self.hold_announced {
            self.table.announce(&gettext("Order held"));
        }
        self.hold_announced = is_held && (self.hold_announced || moving > 0);
    }

    fn subtitle(&self) -> String {
        let rate = match (&self.replayed, self.paused) {
            (Some(recording), _) => recording.to_string(),
            // Translators: a time of day.
            (None, Some(at)) => {
                gettext("Paused at {}").replace("{}", &self.style.now().time_of_day(at))
            }
            (None, None) => self.pace_text(),
        };
        let rate = match &self.host {
            Some(host) => format!("{host} · {rate}"),
            None => rate,
        };
        if self.snapshot.is_none() {
            return rate;
        }
        let matches = self.matches_text();
        if self.replayed.is_some() || self.host.is_some() {
            // Where there is little room, it is the long name of a file or a host that is cut.
            format!("{matches} · {rate}")
        } else {
            format!("{rate} · {matches}")
        }
    }

    /// How often values are taken, and why that is not as often as was chosen.
    fn pace_text(&self) -> String {
        let pace = self.pull.pace();
        match &self.snapshot {
            Some(snapshot) if pace > Duration::from_secs(self.state.interval.into()) => {
                // Translators: lengths of time in seconds, as in "Slowed to 8.0 s".
                gettext("Slowed to {pace} s: reading takes {cost} s")
                    .replace("{pace}", &self.style.now().decimal(pace.as_secs_f64(), 1))
                    .replace(
                        "{cost}",
                        &self.style.now().decimal(snapshot.cost.cpu.as_secs_f64(), 2),
                    )
            }
            _ => menu::interval_text(self.state.interval),
        }
    }

    pub(super) fn matches_text(&self) -> String {
        let counts = self.table.counts();
        let counted = self.snapshot.as_ref().and_then(S::counted);
        let total = counted.map_or(counts.total.into(), |counted| counted.total);
        // Translators: so many of so many processes are shown.
        gettext("{shown} of {total}")
            .replace("{shown}", &counts.shown.to_string())
            .replace("{total}", &total.to_string())
    }
}
