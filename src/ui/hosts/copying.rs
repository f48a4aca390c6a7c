//! The probe is copied to a host when a person has read what that means.

use adw::prelude::*;
use gettextrs::gettext;
use gtk::{gio, glib};
use relm4::{adw, gtk};

use super::page::Trouble;
use crate::model::host::CopyTrouble;
use crate::model::units::Bytes;
use crate::source::remote::ssh::{FOLDER, Route, copy, probe_file};
use crate::ui::failure::first_capital;
use crate::ui::language::translated;
use crate::ui::shared_style::SharedStyle;

/// The response that copies.
const COPY: &str = "copy";

/// Says what is done, and does it when that is wanted: `begun` is called then, and `ended` when it is
/// done or cannot be.
pub fn ask(
    window: &impl IsA<gtk::Widget>,
    route: &Route,
    style: &SharedStyle,
    begun: impl FnOnce() + 'static,
    ended: impl FnOnce(Result<(), Trouble>) + 'static,
) {
    let host = route.target.shown();
    let told = |error: &CopyTrouble, host: &str| Trouble {
        text: gettext("The probe was not copied: {reason}.")
            .replace("{reason}", &error.sentence(host, translated)),
        wants_probe: true,
    };
    let file = match probe_file() {
        Ok(file) => file,
        Err(error) => {
            let text = first_capital(&error.sentence(&host, translated));
            ended(Err(Trouble {
                text,
                wants_probe: false,
            }));
            return;
        }
    };
    let size = std::fs::metadata(&file).map_or(0, |it| it.len());
    // Translators: {size} as "4.2 MB", {folder} is a path.
    let body = gettext(
        "The probe is a small program that reads what happens on {host}. It runs there as you, and only while a window shows {host}.\n\nA file of {size} is written to {folder} there. Only you may read and run it. Copies of older versions there are removed, and nothing else is changed. To remove it, delete that folder.",
    )
    .replace("{size}", &style.now().bytes(Bytes(size)))
    .replace("{folder}", &format!("~/{FOLDER}"))
    .replace("{host}", &host);
    let dialog = adw::AlertDialog::builder()
        .heading(gettext("Copy the Probe?"))
        .body(body)
        .default_response("cancel")
        .close_response("cancel")
        .build();
    dialog.add_responses(&[("cancel", &gettext("_Cancel")), (COPY, &gettext("C_opy"))]);
    dialog.set_response_appearance(COPY, adw::ResponseAppearance::Suggested);
    let route = route.clone();
    dialog.choose(Some(window), gio::Cancellable::NONE, move |response| {
        if response != COPY {
            return;
        }
        begun();
        glib::spawn_future_local(async move {
            let copied = gio::spawn_blocking(move || copy(&route, &file)).await;
            // It panicked, and said so.
            let Ok(copied) = copied else { return };
            ended(copied.map_err(|error| told(&error, &host)));
        });
    });
}
