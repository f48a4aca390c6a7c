//! Another host is shown by another process of this program.

use std::ffi::{OsStr, OsString};

use gtk::gdk::prelude::*;
use gtk::{gdk, gio, glib};
use relm4::gtk;

use crate::model::host::HostTarget;

/// Starts this program once more, for this host. Its window may take the focus.
///
/// # Errors
/// When it cannot be started.
pub fn start(target: &HostTarget) -> Result<(), String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    // One word: whatever the name begins with, it is no option of its own.
    let mut host = OsString::from("--host=");
    host.push(target.as_str());
    let launcher = gio::SubprocessLauncher::new(gio::SubprocessFlags::NONE);
    if let Some(token) = token() {
        launcher.setenv("XDG_ACTIVATION_TOKEN", token, true);
    }
    // It is waited for when it has ended.
    let words: [&OsStr; 2] = [program.as_os_str(), &host];
    launcher
        .spawn(&words)
        .map(drop)
        .map_err(|error| error.to_string())
}

/// What lets a window of another process take the focus.
fn token() -> Option<glib::GString> {
    let context = gdk::Display::default()?.app_launch_context();
    context.startup_notify_id(None::<&gio::AppInfo>, &[])
}
