//! The main window's part in recordings: they are made here, and shown.

use std::time::Duration;

use adw::prelude::*;
use gettextrs::gettext;
use gtk::{gio, glib};
use relm4::{Sender, adw, gtk};

use super::{App, AppMsg};
use crate::source::recording::{RecordError, Saved};
use crate::ui::recording::{self, Outcome, Plan, Running, What};
use crate::ui::shown::Replay;
use crate::ui::toast::{self, toast};
use crate::ui::{actions, pull::Pull, time_window};

impl App {
    /// Asks what to record and where to.
    pub(super) fn ask_for_recording(&self, sender: &Sender<AppMsg>) {
        let sender = sender.clone();
        recording::ask(
            self.window.upcast_ref(),
            &self.place(),
            self.settings.now().remember,
            move |plan| {
                sender.emit(AppMsg::RecordingPlanned(plan));
            },
        );
    }

    /// Records what was chosen.
    pub(super) fn record(&mut self, plan: Plan, sender: &Sender<AppMsg>) {
        let Some(memory) = self.store.clone() else {
            return;
        };
        let elsewhere = self.elsewhere.as_ref().map(|it| it.elsewhere.clone());
        let sender = sender.clone();
        match plan.what {
            What::Remembered => {
                glib::spawn_future_local(async move {
                    let saved = gio::spawn_blocking(move || {
                        memory.save(&plan.path, &recording::options(&plan, elsewhere.as_ref()))
                    });
                    if let Ok(saved) = saved.await {
                        sender.emit(AppMsg::RecordingSaved(saved));
                    }
                });
            }
            What::FromNowOn => {
                let ended = move |outcome| {
                    // The window may be gone together with the program.
                    drop(sender.send(AppMsg::RecordingEnded(outcome)));
                };
                self.recording
                    .replace(Some(Running::start(memory, elsewhere, plan, ended)));
                self.show_recording();
            }
        }
    }

    /// Says what came of saving what is remembered.
    pub(super) fn recording_saved(&self, saved: &Result<Saved, RecordError>) {
        self.say(&match saved {
            Ok(saved) => recording::saved_text(saved, &self.style.now()),
            Err(error) => recording::failed_text(error),
        });
    }

    /// Has the recording from now on end.
    pub(super) fn stop_recording(&self) {
        if let Some(running) = self.recording.borrow_mut().as_mut() {
            running.stop();
        }
    }

    /// Says what came of recording from now on.
    pub(super) fn recording_ended(&self, outcome: &Outcome) {
        self.recording.take();
        self.show_recording();
        self.say(&recording::ended_text(outcome, &self.style.now()));
    }

    /// Says that there is a recording, and lets it be stopped.
    fn show_recording(&self) {
        let since = self.recording.borrow().as_ref().map(Running::since);
        if let Some(since) = since {
            // Translators: a time of day.
            let text = gettext("Recording since {time}")
                .replace("{time}", &self.style.now().time_of_day(since));
            self.recorder.set_title(&text);
            self.announce(&text);
        }
        self.recorder.set_revealed(since.is_some());
        actions::enable_recording(&self.window, since.is_none());
    }

    pub(super) fn say(&self, text: &str) {
        let toast = toast(text);
        toast.set_timeout(0);
        toast::show(&self.toasts, toast);
    }

    /// Shows a recording: all of it, as far as the graphs reach, and nothing is asked again.
    pub(super) fn show_replay(&mut self, replay: &Replay) {
        self.title.set_subtitle(&replay.title);
        if let Some(damage) = &replay.damage {
            self.banner.set_title(damage);
            self.banner.set_revealed(true);
        }
        self.missed.set(Some(Duration::ZERO));
        self.memory.ask_now();
        for pull in [&self.machine, &self.processes, &self.memory] {
            Pull::pause(pull);
        }
        self.pause.set_visible(false);
        actions::disable_live(&self.window);
        for panel in &self.panels {
            panel.chart().set_replayed();
        }
        self.show_length(time_window::window_for(replay.length));
    }
}
