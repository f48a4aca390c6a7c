//! How much of what lies behind the main window shows through its background. Text, lines and buttons stay
//! as they are, and in high contrast nothing shows through.

use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk;

/// The class of a window whose background is not opaque.
const CLASS: &str = "see-through";

/// The style sheet that says how opaque the background is.
pub(super) struct Opacity(gtk::CssProvider);

impl Opacity {
    /// The style sheet for the display of a window.
    pub(super) fn of(window: &adw::ApplicationWindow) -> Self {
        let provider = gtk::CssProvider::new();
        gtk::style_context_add_provider_for_display(
            &WidgetExt::display(window),
            &provider,
            gtk::STYLE_PROVIDER_PRIORITY_APPLICATION,
        );
        Self(provider)
    }

    /// Gives the window's background so many per cent.
    pub(super) fn show(&self, window: &adw::ApplicationWindow, percent: u32) {
        let is_opaque = percent >= 100 || adw::StyleManager::default().is_high_contrast();
        if is_opaque {
            window.remove_css_class(CLASS);
            return;
        }
        self.0.load_from_string(&style_sheet(percent));
        window.add_css_class(CLASS);
    }
}

fn style_sheet(percent: u32) -> String {
    let share = format!("{}.{:02}", percent / 100, percent % 100);
    format!(
        "window.{CLASS} {{ background-color: alpha(@window_bg_color, {share}); }}\n\
         window.{CLASS} .graph-card {{ background-color: alpha(@card_bg_color, {share}); }}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::style_sheet;

    #[test]
    fn per_cent_become_shares() {
        assert!(style_sheet(5).contains("@window_bg_color, 0.05"));
        assert!(style_sheet(60).contains("@card_bg_color, 0.60"));
    }
}
