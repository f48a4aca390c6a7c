//! What the settings change in the main window.

use std::time::Duration;

use adw::prelude::*;
use relm4::{Sender, adw};

use super::{App, AppMsg};
use crate::ui::actions;
use crate::ui::command_line::CommandLine;
use crate::ui::settings::{Preferences, Scheme, Settings, qt};

/// The settings as they were kept, and what the command line says besides. Whether those of the earlier
/// program were just taken over.
pub(super) fn open(command_line: &CommandLine) -> (Settings, bool) {
    let settings = Settings::open();
    let imported = qt::import_once(&settings);
    if let Some(samples) = command_line.smoothing() {
        settings.pretend(|values| values.look.smoothing = samples);
    }
    (settings, imported)
}

impl App {
    /// Takes over the settings as they were kept, and from now on every change.
    pub(super) fn connect_settings(&mut self, sender: &Sender<AppMsg>) {
        let values = self.settings.now();
        self.window.set_default_size(values.size.0, values.size.1);
        self.window.set_maximized(values.maximized);
        let sender = sender.clone();
        self.settings
            .connect_changed(move |_| sender.emit(AppMsg::SettingsChanged));
        // What the command line says holds until something is set.
        let length = self.length;
        self.apply(&values, None);
        self.show_length(length);
    }

    /// Does as the settings say, where they have become others. Cards keep the focus where nothing
    /// about them changed.
    pub(super) fn apply_settings(&mut self) {
        let values = self.settings.now();
        let before = std::mem::replace(&mut self.applied, values.clone());
        self.apply(&values, Some(&before));
    }

    fn apply(&mut self, values: &Preferences, before: Option<&Preferences>) {
        fn changed<T: PartialEq>(
            values: &Preferences,
            before: Option<&Preferences>,
            part: impl Fn(&Preferences) -> T,
        ) -> bool {
            before.is_none_or(|before| part(before) != part(values))
        }
        adw::StyleManager::default().set_color_scheme(match values.scheme {
            Scheme::System => adw::ColorScheme::Default,
            Scheme::Light => adw::ColorScheme::ForceLight,
            Scheme::Dark => adw::ColorScheme::ForceDark,
        });
        if changed(values, before, |it| it.look) {
            for panel in &self.panels {
                panel.set_look(values.look);
            }
            self.drill_downs.set_look(values.look);
        }
        if changed(values, before, |it| it.per_core) {
            for panel in &self.panels {
                panel.show_cores(values.per_core);
            }
            actions::show_cores(&self.window, values.per_core);
        }
        if changed(values, before, |it| it.opacity) {
            self.show_opacity();
        }
        if self.style.follow(values) {
            self.restyle();
        }
        if changed(values, before, |it| it.interval) {
            self.machine.set_interval(values.interval);
        }
        if self.store.is_some() && changed(values, before, |it| it.window) {
            self.show_length(values.window);
        }
        if changed(values, before, |it| (it.alerts.clone(), it.remember)) {
            self.apply_alerts(values, before);
        }
        if changed(values, before, |it| it.hidden.clone()) {
            self.place_panels();
        }
        if changed(values, before, |it| (it.remember, it.memory)) {
            self.apply_memory(values, before.is_none());
        }
    }

    /// Writes times of day as the desktop's clock does.
    pub(super) fn apply_clock(&mut self) {
        if self.style.set_clock(self.clock.now()) {
            self.restyle();
        }
    }

    fn restyle(&self) {
        for panel in &self.panels {
            panel.restyle();
        }
        self.show_latest();
        self.drill_downs.restyle();
    }

    /// Has the window's background be as opaque as was chosen.
    pub(super) fn show_opacity(&self) {
        self.opacity.show(&self.window, self.settings.now().opacity);
    }

    /// Remembers, or forgets.
    fn apply_memory(&self, values: &Preferences, starting: bool) {
        let Some(store) = &self.store else { return };
        store.set_remembering(values.remember);
        store.set_bound(values.memory);
        // Both take effect with the next question, and the first was asked just now: a second one
        // would compare counters that had no time to grow.
        if !starting {
            self.memory.ask_now();
        }
        if values.remember {
            self.memory.resume();
        } else {
            self.memory.pause();
        }
        actions::show_remembering(&self.window, values.remember);
    }

    /// Has the graphs reach back so far, from now on and next time.
    pub(super) fn choose_length(&mut self, length: Duration) {
        self.show_length(length);
        if self.store.is_some() {
            self.settings.change(|values| values.window = length);
        }
    }

    /// Has the graphs reach back so far.
    pub(super) fn show_length(&mut self, length: Duration) {
        self.length = length;
        for panel in &self.panels {
            panel.chart().set_window(length);
        }
        self.show_latest();
    }
}
