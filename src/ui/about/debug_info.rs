//! What whoever looks for a fault needs to know, in English whoever reads it.

use std::path::Path;
use std::time::Duration;

use adw::prelude::*;
use gtk::{gdk, glib};
use relm4::{adw, gtk};

use crate::platform::{Host, Kind, Roots};
use crate::ui::settings::Settings;

/// Where the installation keeps what the program shows; `None` for one that cargo built alone.
const DATA_FOLDER: Option<&str> = option_env!("SYSMON_PKGDATADIR");
/// There in every Flatpak.
const FLATPAK: &str = "/.flatpak-info";

/// What the main window knows.
pub struct Facts<'a> {
    /// Which recording is shown; `None` for this machine.
    pub recording: Option<&'a str>,
    /// CPU time that the last sample of the graphs took.
    pub cost: Option<Duration>,
    /// Time between two samples.
    pub interval: Duration,
}

/// A line for each fact. It names no user, no host and no process.
pub(super) fn debug_info(
    window: &adw::ApplicationWindow,
    settings: &Settings,
    facts: &Facts,
) -> String {
    let gtk = (
        gtk::major_version(),
        gtk::minor_version(),
        gtk::micro_version(),
    );
    let adw = (
        adw::major_version(),
        adw::minor_version(),
        adw::micro_version(),
    );
    let kernel = Host::of(Kind::default(), &Roots::default()).kernel;
    let display = gdk::Display::default().map(|display| display.type_().name());
    let renderer = window.renderer().map(|renderer| renderer.type_().name());
    let lines = [
        ("SysMon", Some(env!("CARGO_PKG_VERSION").to_owned())),
        ("Build", Some(build().to_owned())),
        ("Installed", Some(installed())),
        ("Flatpak", Some(yes_or_no(Path::new(FLATPAK).exists()))),
        ("GTK", Some(version(gtk))),
        ("libadwaita", Some(version(adw))),
        ("System", glib::os_info("PRETTY_NAME").map(Into::into)),
        ("Kernel", kernel),
        ("Architecture", Some(std::env::consts::ARCH.to_owned())),
        ("Desktop", std::env::var("XDG_CURRENT_DESKTOP").ok()),
        ("Session", std::env::var("XDG_SESSION_TYPE").ok()),
        ("Display", display.map(str::to_owned)),
        ("Renderer", renderer.map(str::to_owned)),
        (
            "Language",
            glib::language_names().first().map(ToString::to_string),
        ),
        ("Settings", Some(kept(settings.backend()))),
        (
            "Settings folder",
            Some(without_home(&glib::user_config_dir())),
        ),
        ("Recordings", Some("where each was saved to".to_owned())),
        ("Source", Some(source(facts.recording))),
        (
            "Interval",
            Some(format!("{} s", facts.interval.as_secs_f64())),
        ),
        ("Cost of a sample", facts.cost.map(milliseconds)),
    ];
    lines
        .into_iter()
        .map(|(what, value)| format!("{what}: {}", value.as_deref().unwrap_or("unknown")))
        .collect::<Vec<_>>()
        .join("\n")
}

fn build() -> &'static str {
    if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    }
}

fn installed() -> String {
    DATA_FOLDER.map_or_else(
        || "no, built by cargo alone".to_owned(),
        |folder| without_home(Path::new(folder)),
    )
}

fn yes_or_no(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.to_owned()
}

fn version((major, minor, micro): (u32, u32, u32)) -> String {
    format!("{major}.{minor}.{micro}")
}

fn kept(backend: Option<&str>) -> String {
    backend.map_or_else(
        || "schema not installed, kept until the program ends".to_owned(),
        |backend| format!("schema installed, kept by {backend}"),
    )
}

fn source(recording: Option<&str>) -> String {
    // The title of a recording names a host.
    recording.map_or_else(
        || format!("this machine ({:?})", Kind::default()),
        |_| "a recording".to_owned(),
    )
}

fn milliseconds(cost: Duration) -> String {
    format!("{:.2} ms of CPU time", cost.as_secs_f64() * 1000.0)
}

/// A path that does not tell whose it is.
fn without_home(path: &Path) -> String {
    match path.strip_prefix(glib::home_dir()) {
        Ok(rest) => format!("~/{}", rest.display()),
        Err(_) => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_does_not_tell_whose_it_is() {
        let settings = glib::home_dir().join(".config");
        assert_eq!(without_home(&settings), "~/.config");
        assert_eq!(without_home(Path::new("/usr/share")), "/usr/share");
    }
}
