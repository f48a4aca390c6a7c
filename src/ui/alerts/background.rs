//! The program without its window, while there is something to watch.

use adw::prelude::*;
use gettextrs::gettext;
use gtk::{gio, glib};
use relm4::{adw, gtk};

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const BACKGROUND: &str = "org.freedesktop.portal.Background";
const KEEP: &str = "keep";
const QUIT: &str = "quit";

/// What was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Go on without a window.
    Keep,
    /// End the program.
    Quit,
    /// Leave everything as it is.
    Cancel,
}

/// Says that closing the window leaves the program running, and asks whether it shall.
pub fn ask(window: &adw::ApplicationWindow, chosen: impl FnOnce(Choice) + 'static) {
    let dialog = adw::AlertDialog::builder()
        .heading(gettext("Keep Watching?"))
        .body(gettext(
            "Alerts are on. SysMon can go on without a window and tell you when something lasts. Start it again to see the window.",
        ))
        .default_response(KEEP)
        .close_response("cancel")
        .build();
    dialog.add_responses(&[
        ("cancel", &gettext("_Cancel")),
        (QUIT, &gettext("_Quit")),
        (KEEP, &gettext("_Keep Watching")),
    ]);
    dialog.set_response_appearance(KEEP, adw::ResponseAppearance::Suggested);
    dialog.choose(Some(window), gio::Cancellable::NONE, move |answer| {
        chosen(match answer.as_str() {
            KEEP => Choice::Keep,
            QUIT => Choice::Quit,
            _ => Choice::Cancel,
        });
    });
}

/// Asks the desktop to let the program run without a window, and has its list of such programs say
/// what for. A desktop without such a list needs no asking.
pub fn enter(application: &gtk::Application) {
    let Some(bus) = application.dbus_connection() else {
        return;
    };
    let reason = gettext("Watches for what you set alerts about");
    glib::spawn_future_local(async move {
        let options = glib::VariantDict::new(None);
        options.insert("reason", &reason);
        options.insert("autostart", false);
        let asked = call(&bus, "RequestBackground", &("", options.end()).to_variant()).await;
        let status = glib::VariantDict::new(None);
        status.insert("message", &reason);
        let said = call(&bus, "SetStatus", &(status.end(),).to_variant()).await;
        if let Err(error) = asked.and(said) {
            glib::g_debug!("sysmon", "no background portal: {error}");
        }
    });
}

async fn call(
    bus: &gio::DBusConnection,
    method: &str,
    arguments: &glib::Variant,
) -> Result<glib::Variant, glib::Error> {
    bus.call_future(
        Some(PORTAL),
        PATH,
        BACKGROUND,
        method,
        Some(arguments),
        None,
        gio::DBusCallFlags::NO_AUTO_START,
        -1,
    )
    .await
}
