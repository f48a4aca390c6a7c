//! About this program.

use gettextrs::gettext;
use relm4::{adw, gtk};

use super::app::ID;

/// A dialog that says what this program is and under which terms it may be passed on.
pub fn dialog() -> adw::AboutDialog {
    adw::AboutDialog::builder()
        .application_name("SysMon")
        .application_icon(ID)
        .version(env!("CARGO_PKG_VERSION"))
        .developer_name(gettext("The SysMon maintainers"))
        .comments(gettext(
            "What is making this machine busy, slow or talkative, now or a moment ago.",
        ))
        .license_type(gtk::License::Gpl30)
        .build()
}
