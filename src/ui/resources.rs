//! Icons and style sheets: those that were installed, else those of the source.

use std::borrow::Cow;
use std::path::Path;

use adw::prelude::*;
use gtk::{gdk, gio};
use relm4::{adw, gtk};

/// Where the installation keeps the bundle; `None` for a program that cargo built alone.
const FOLDER: Option<&str> = option_env!("SYSMON_PKGDATADIR");
const BUNDLE: &str = "sysmon.gresource";
/// The icon theme in the source.
const SOURCE_ICONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/icons");
/// The style sheets by their names in the bundle, as they were when the program was built.
const STYLE_SHEETS: [(&str, &str); 2] = [
    ("style.css", include_str!("../../data/style.css")),
    ("table.css", include_str!("../../data/table.css")),
];

/// Makes the installed bundle known, before the application starts: GTK then finds the icons in it.
pub fn register() {
    let Some(folder) = FOLDER else { return };
    let file = Path::new(folder).join(BUNDLE);
    match gio::Resource::load(&file) {
        Ok(bundle) => gio::resources_register(&bundle),
        Err(error) => eprintln!(
            "sysmon: {} cannot be read, install SysMon again: {error}",
            file.display()
        ),
    }
}

/// Loads the style sheets for the default display. To be called once.
pub fn load_style_sheets() {
    let base = relm4::main_application().resource_base_path();
    let sheets = STYLE_SHEETS.map(|(name, built_in)| {
        let installed = base
            .as_ref()
            .and_then(|base| text(&format!("{base}/css/{name}")));
        installed.map_or(Cow::Borrowed(built_in), Cow::Owned)
    });
    // As one: GTK looks each of them through for every widget that it styles.
    relm4::set_global_css(&sheets.join("\n"));
}

/// Finds the icons of a program that was not installed where it was built from.
pub fn find_icons() {
    if FOLDER.is_some() {
        return;
    }
    if let Some(display) = gdk::Display::default() {
        gtk::IconTheme::for_display(&display).add_search_path(SOURCE_ICONS);
    }
}

fn text(path: &str) -> Option<String> {
    let bytes = gio::resources_lookup_data(path, gio::ResourceLookupFlags::NONE).ok()?;
    String::from_utf8(bytes.to_vec()).ok()
}
