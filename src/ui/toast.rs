//! What is said in a window for a moment.

use relm4::adw;

/// A text, which may hold words from outside.
pub fn toast(text: &str) -> adw::Toast {
    adw::Toast::builder().use_markup(false).title(text).build()
}
