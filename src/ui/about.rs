//! About this program, and what whoever looks for a fault needs to know.

mod debug_info;

use gettextrs::gettext;
use relm4::{adw, gtk};

use super::app::ID;
use super::settings::Settings;
pub use debug_info::Facts;

/// What was installed beside the program says of its releases.
const METAINFO: &str = include_str!("../../data/sysmon.metainfo.xml.in");
/// A dialog that says what this program is and under which terms it may be passed on.
pub fn dialog(
    window: &adw::ApplicationWindow,
    settings: &Settings,
    facts: &Facts,
) -> adw::AboutDialog {
    let dialog = adw::AboutDialog::builder()
        .application_name("SysMon")
        .application_icon(ID)
        .version(env!("CARGO_PKG_VERSION"))
        .developer_name(gettext("The SysMon maintainers"))
        .comments(gettext(
            "What is making this machine busy, slow or talkative, now or a moment ago.",
        ))
        .license_type(gtk::License::Gpl30)
        .debug_info(debug_info::debug_info(window, settings, facts))
        .debug_info_filename("sysmon-debug-info.txt")
        .build();
    if let Some((version, notes)) = release(METAINFO) {
        dialog.set_release_notes_version(version);
        dialog.set_release_notes(notes);
    }
    dialog
}

/// The newest release: its version, and what is said of it in the markup of metainfo.
fn release(metainfo: &str) -> Option<(&str, &str)> {
    let (_, releases) = metainfo
        .split_once("<release ")?
        .1
        .split_once("version=\"")?;
    let (version, rest) = releases.split_once('"')?;
    let (release, _) = rest.split_once("</release>")?;
    let (_, description) = release.split_once("<description")?;
    let (_, notes) = description.split_once('>')?;
    let (notes, _) = notes.split_once("</description>")?;
    Some((version, notes.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notes_are_those_of_this_version() {
        let (version, notes) = release(METAINFO).expect("a release");
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
        assert!(notes.starts_with("<p>") && notes.ends_with('>'), "{notes}");
        assert_eq!(release("<releases/>"), None);
    }
}
