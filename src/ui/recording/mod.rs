//! "Save Recording…": asks what to record and where to, and says what came of it.

mod running;

use std::cell::RefCell;
use std::path::PathBuf;

use adw::prelude::*;
use gettextrs::gettext;
use gtk::gio;
use relm4::{adw, gtk};

use crate::model::format::{Style, printable};
use crate::source::recording::{RecordError, Saved};

use super::form_dialog::form;
use super::{export, failure};

pub use running::{Outcome, Running, options};

/// What recordings are called after.
const SUFFIX: &str = "smrec";

/// What is to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// All that is remembered.
    Remembered,
    /// What happens from now on, until told to stop.
    FromNowOn,
}

/// What is to be recorded, and where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What.
    pub what: What,
    /// Whether the arguments of programs are recorded.
    pub command_lines: bool,
    /// The file.
    pub path: PathBuf,
}

/// Asks what to record, then for a file. `chosen` is called unless the person thinks better of it.
pub fn ask(
    parent: &gtk::Window,
    place: &str,
    remembers: bool,
    chosen: impl FnOnce(Plan) + 'static,
) {
    let remembered = choice(
        &gettext("What Is Remembered"),
        &gettext("All that the graphs and tables can go back to"),
    );
    let from_now_on = choice(
        &gettext("From Now On"),
        &gettext("Until you stop it, every three seconds"),
    );
    from_now_on.1.set_group(Some(&remembered.1));
    remembered.0.set_sensitive(remembers);
    remembered.1.set_active(remembers);
    from_now_on.1.set_active(!remembers);
    let command_lines = adw::SwitchRow::builder()
        .title(gettext("Command Lines"))
        .subtitle(gettext(
            "Arguments of programs can hold passwords and names of files",
        ))
        .active(true)
        .build();
    let rows = adw::PreferencesGroup::builder()
        .description(gettext(
            "A recording shows graphs and processes on any machine, as they were here.",
        ))
        .build();
    rows.add(&remembered.0);
    rows.add(&from_now_on.0);
    let more = adw::PreferencesGroup::new();
    more.add(&command_lines);
    let save = gtk::Button::builder()
        .label(gettext("_Save…"))
        .use_underline(true)
        .css_classes(["suggested-action"])
        .build();
    let now = from_now_on.1;
    let dialog = form(
        &gettext("Save Recording"),
        440,
        &[&rows, &more],
        &save,
        &save,
    );
    let (window, place) = (parent.clone(), place.to_owned());
    let (chosen, weak) = (RefCell::new(Some(chosen)), dialog.downgrade());
    save.connect_clicked(move |_| {
        let what = if now.is_active() {
            What::FromNowOn
        } else {
            What::Remembered
        };
        let command_lines = command_lines.is_active();
        if let Some(dialog) = weak.upgrade() {
            dialog.close();
        }
        let Some(chosen) = chosen.take() else { return };
        ask_for_file(&window, &place, move |path| {
            chosen(Plan {
                what,
                command_lines,
                path,
            });
        });
    });
    dialog.present(Some(parent));
}

/// A row with a button of which one in a group is on.
fn choice(title: &str, subtitle: &str) -> (adw::ActionRow, gtk::CheckButton) {
    let button = gtk::CheckButton::builder()
        .valign(gtk::Align::Center)
        .build();
    let row = adw::ActionRow::builder()
        .title(title)
        .subtitle(subtitle)
        .activatable_widget(&button)
        .build();
    row.add_prefix(&button);
    (row, button)
}

fn ask_for_file(parent: &gtk::Window, place: &str, chosen: impl FnOnce(PathBuf) + 'static) {
    let dialog = export::dialog(
        &gettext("Save Recording"),
        &gettext("SysMon Recordings"),
        place,
        &[SUFFIX],
    );
    dialog.save(Some(parent), gio::Cancellable::NONE, move |file| {
        // Closing the dialog is an error to it.
        if let Some(path) = file.ok().and_then(|file| file.path()) {
            chosen(path);
        }
    });
}

/// What was saved, in a sentence.
pub fn saved_text(saved: &Saved, style: &Style) -> String {
    // Translators: a recording was saved: its length and the size of its file.
    gettext("Saved {time} in {size}")
        .replace("{time}", &crate::model::format::duration(saved.span))
        .replace("{size}", &style.bytes(saved.bytes))
}

/// Why there is no recording, or no more of it, in a sentence.
pub fn failed_text(error: &RecordError) -> String {
    let named = |text: String, path: &std::path::Path, reason: &str| {
        text.replace("{reason}", reason)
            .replace("{file}", &printable(&path.to_string_lossy()))
    };
    match error {
        RecordError::Exists { path } => named(gettext("{file} exists already"), path, ""),
        RecordError::Write { path, source } => named(
            gettext("{file} cannot be written: {reason}"),
            path,
            &source.to_string(),
        ),
        RecordError::Nothing => gettext("Nothing is remembered that could be saved"),
        RecordError::Source(error) => gettext("This machine cannot be read: {error}")
            .replace("{error}", &failure::reason(error)),
    }
}

/// How a recording from now on ended, in a sentence.
pub fn ended_text(outcome: &Outcome, style: &Style) -> String {
    match outcome {
        Outcome {
            trouble: None,
            saved: Some(saved),
        } => saved_text(saved, style),
        Outcome {
            trouble: Some(error),
            saved: Some(_),
        } => {
            // Translators: why a recording ended before it should.
            gettext("Recording stopped: {reason}. What was written before can be read.")
                .replace("{reason}", &failed_text(error))
        }
        Outcome {
            trouble: Some(error),
            saved: None,
        } => failed_text(error),
        Outcome {
            trouble: None,
            saved: None,
        } => gettext("Recording stopped"),
    }
}
