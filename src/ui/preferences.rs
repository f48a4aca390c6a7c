//! The dialog in which a person sets what the program keeps. Everything takes effect at once.

mod colours;
mod units;

use std::ops::RangeInclusive;
use std::time::Duration;

use adw::prelude::*;
use gettextrs::gettext;
use relm4::{adw, gtk};

use super::alerts;
use super::settings::keys;
use super::settings::{Preferences, Scheme, Settings};
use super::tight_rows::{keep_whole, put_choices_below};
use crate::model::connection::HostNames;
use crate::model::units::Bytes;

/// Rows of a table that can be chosen; zero stands for all.
const LIMITS: [u32; 4] = [0, 10, 25, 50];
const SCHEMES: [Scheme; 3] = [Scheme::System, Scheme::Light, Scheme::Dark];
const NAMES: [HostNames; 3] = [HostNames::Off, HostNames::Public, HostNames::All];
/// The response that sets everything back.
const RESET: &str = "reset";

/// Shows the dialog over a window.
pub fn show(parent: &impl IsA<gtk::Widget>, settings: &Settings) {
    let dialog = adw::PreferencesDialog::builder()
        .title(gettext("Preferences"))
        .search_enabled(true)
        .build();
    dialog.add(&graphs(settings, &dialog));
    dialog.add(&tables(settings));
    dialog.add(&general(settings, &dialog));
    dialog.add(&alerts::page::page(settings, &dialog));
    put_choices_below(&dialog);
    dialog.present(Some(parent));
}

fn graphs(settings: &Settings, dialog: &adw::PreferencesDialog) -> adw::PreferencesPage {
    let now = settings.now();
    let time = group(&gettext("Time"));
    let (seconds, window) = (now.interval.as_secs_f64(), now.window.as_secs_f64());
    let range = keys::WINDOW;
    time.add(&number(
        &gettext("Update Interval"),
        &gettext("Seconds between two samples"),
        (seconds, keys::INTERVAL, 0.1),
        settings,
        |values, seconds| values.interval = Duration::from_secs_f64(seconds),
    ));
    time.add(&number(
        &gettext("Time Window"),
        &gettext("Seconds that the graphs reach back"),
        (
            window,
            f64::from(*range.start())..=f64::from(*range.end()),
            5.0,
        ),
        settings,
        |values, seconds| values.window = Duration::from_secs_f64(seconds.round()),
    ));
    time.add(&switch(
        &gettext("Newest on the Left"),
        &gettext("Time runs from right to left"),
        now.look.inverted,
        settings,
        |values, on| values.look.inverted = on,
    ));
    let lines = group(&gettext("Lines"));
    lines.add(&number(
        &gettext("Smoothing"),
        &gettext("Samples that are averaged into each that is drawn"),
        whole(now.look.smoothing, &keys::SMOOTHING),
        settings,
        |values, samples| values.look.smoothing = rounded(samples),
    ));
    lines.add(&number(
        &gettext("Line Width"),
        &gettext("Pixels"),
        whole(now.look.line_width, &keys::LINE_WIDTH),
        settings,
        |values, pixels| values.look.line_width = rounded(pixels),
    ));
    lines.add(&switch(
        &gettext("Fill"),
        &gettext("Tint the area below the first line"),
        now.look.fill,
        settings,
        |values, on| values.look.fill = on,
    ));
    lines.add(&switch(
        &gettext("Grid"),
        &gettext("Quarters of both axes"),
        now.look.grid,
        settings,
        |values, on| values.look.grid = on,
    ));
    lines.add(&switch(
        &gettext("Each CPU"),
        &gettext("A small graph for each below the one of all CPUs"),
        now.per_core,
        settings,
        |values, on| values.per_core = on,
    ));
    lines.add(&colours::row(settings, dialog));
    page(
        &gettext("Graphs"),
        "power-profile-performance-symbolic",
        &[time, lines],
    )
}

fn tables(settings: &Settings) -> adw::PreferencesPage {
    let now = settings.now();
    let usual = adw::PreferencesGroup::builder()
        .title(gettext("New Windows"))
        .description(gettext("Taken over by windows that are opened from now on"))
        .build();
    usual.add(&number(
        &gettext("Interval"),
        &gettext("Seconds between two updates"),
        whole(now.table_interval, &keys::TABLE_INTERVAL),
        settings,
        |values, seconds| values.table_interval = rounded(seconds),
    ));
    let limits = LIMITS.map(|rows| match rows {
        0 => gettext("All"),
        rows => gettext("Top {}").replace("{}", &rows.to_string()),
    });
    let limit = now.table_limit.unwrap_or(0);
    usual.add(&choice(
        &gettext("Rows"),
        &gettext("How many a table shows at most"),
        (&limits, LIMITS.iter().position(|&rows| rows == limit)),
        settings,
        |values, at| values.table_limit = LIMITS.get(at).copied().filter(|&rows| rows > 0),
    ));
    let names = [
        gettext("Never"),
        gettext("Public Only"),
        gettext("Private Too"),
    ];
    usual.add(&choice(
        &gettext("Look Up Host Names"),
        &gettext("Asks the name server"),
        (&names, NAMES.iter().position(|&it| it == now.names)),
        settings,
        |values, at| values.names = NAMES.get(at).copied().unwrap_or_default(),
    ));
    page(&gettext("Tables"), "view-list-symbolic", &[usual])
}

fn general(settings: &Settings, dialog: &adw::PreferencesDialog) -> adw::PreferencesPage {
    let now = settings.now();
    let looks = group(&gettext("Appearance"));
    let schemes = [gettext("As the Desktop"), gettext("Light"), gettext("Dark")];
    looks.add(&choice(
        &gettext("Style"),
        "",
        (&schemes, SCHEMES.iter().position(|&it| it == now.scheme)),
        settings,
        |values, at| values.scheme = SCHEMES.get(at).copied().unwrap_or_default(),
    ));
    looks.add(&number(
        &gettext("Opacity"),
        &gettext("Percent, of the background of the main window"),
        whole(now.opacity, &keys::OPACITY),
        settings,
        |values, percent| values.opacity = rounded(percent),
    ));
    let history = group(&gettext("History"));
    history.add(&switch(
        &gettext("Background History"),
        &gettext(
            "Reads processes every five seconds while no table is open, so that one can go back",
        ),
        now.remember,
        settings,
        |values, on| values.remember = on,
    ));
    let mebibytes = u32::try_from(now.memory.0 >> 20).unwrap_or(u32::MAX);
    history.add(&number(
        &gettext("Memory"),
        &gettext("MiB that the history may take"),
        whole(mebibytes, &keys::MEMORY),
        settings,
        |values, mebibytes| values.memory = Bytes(u64::from(rounded(mebibytes)) << 20),
    ));
    let reset = adw::ActionRow::builder()
        .title(gettext("Reset All Settings…"))
        .activatable(true)
        .css_classes(["error"])
        .build();
    let (weak, kept) = (dialog.downgrade(), settings.clone());
    reset.connect_activated(move |_| {
        if let Some(dialog) = weak.upgrade() {
            confirm_reset(&dialog, &kept);
        }
    });
    let back = adw::PreferencesGroup::new();
    back.add(&reset);
    page(
        &gettext("General"),
        "preferences-system-symbolic",
        &[looks, units::rows(settings), history, back],
    )
}

fn confirm_reset(dialog: &adw::PreferencesDialog, settings: &Settings) {
    let question = adw::AlertDialog::builder()
        .heading(gettext("Reset All Settings?"))
        .body(gettext(
            "Everything in this dialog becomes what it was at first.",
        ))
        .default_response("cancel")
        .close_response("cancel")
        .build();
    question.add_responses(&[("cancel", &gettext("_Cancel")), (RESET, &gettext("_Reset"))]);
    question.set_response_appearance(RESET, adw::ResponseAppearance::Destructive);
    let (weak, settings) = (dialog.downgrade(), settings.clone());
    question.choose(Some(dialog), gtk::gio::Cancellable::NONE, move |answer| {
        if answer == RESET {
            settings.reset();
            // Its rows show what was set before.
            if let Some(dialog) = weak.upgrade() {
                dialog.close();
            }
        }
    });
}

fn page(title: &str, icon: &str, groups: &[adw::PreferencesGroup]) -> adw::PreferencesPage {
    let page = adw::PreferencesPage::builder()
        .title(title)
        .icon_name(icon)
        .build();
    for group in groups {
        page.add(group);
    }
    page
}

fn group(title: &str) -> adw::PreferencesGroup {
    adw::PreferencesGroup::builder().title(title).build()
}

/// A value, its range and a step.
type Numbers = (f64, RangeInclusive<f64>, f64);

fn whole(value: u32, range: &RangeInclusive<u32>) -> Numbers {
    (
        value.into(),
        f64::from(*range.start())..=f64::from(*range.end()),
        1.0,
    )
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a row's value is in a range of small numbers"
)]
fn rounded(value: f64) -> u32 {
    value.round() as u32
}

fn number(
    title: &str,
    subtitle: &str,
    (value, range, step): Numbers,
    settings: &Settings,
    set: fn(&mut Preferences, f64),
) -> adw::SpinRow {
    let row = adw::SpinRow::with_range(*range.start(), *range.end(), step);
    row.set_title(title);
    row.set_subtitle(subtitle);
    row.set_digits(u32::from(step < 1.0));
    row.set_value(value);
    keep_whole(&row);
    let settings = settings.clone();
    row.connect_value_notify(move |row| settings.change(|values| set(values, row.value())));
    row
}

fn switch(
    title: &str,
    subtitle: &str,
    on: bool,
    settings: &Settings,
    set: fn(&mut Preferences, bool),
) -> adw::SwitchRow {
    let row = adw::SwitchRow::builder()
        .title(title)
        .subtitle(subtitle)
        .active(on)
        .build();
    let settings = settings.clone();
    row.connect_active_notify(move |row| settings.change(|values| set(values, row.is_active())));
    row
}

fn choice(
    title: &str,
    subtitle: &str,
    (names, chosen): (&[String], Option<usize>),
    settings: &Settings,
    set: fn(&mut Preferences, usize),
) -> adw::ComboRow {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let row = adw::ComboRow::builder()
        .title(title)
        .subtitle(subtitle)
        .model(&gtk::StringList::new(&names))
        .build();
    let none = gtk::INVALID_LIST_POSITION;
    row.set_selected(chosen.and_then(|at| u32::try_from(at).ok()).unwrap_or(none));
    let settings = settings.clone();
    row.connect_selected_notify(move |row| {
        if let Ok(at) = usize::try_from(row.selected()) {
            settings.change(|values| set(values, at));
        }
    });
    row
}
