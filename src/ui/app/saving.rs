//! The graphs as files: their data, and a picture.

use std::time::Duration;

use adw::prelude::*;
use gettextrs::gettext;
use relm4::adw;

use super::App;
use crate::model::graph_data;
use crate::ui::export::{self, Kind};
use crate::ui::toast::{self, toast};

impl App {
    /// Asks for a file, and writes all samples that the graphs hold, as they were measured.
    pub(super) fn save_data(&self) {
        let text = graph_data::csv(
            self.history.borrow().since(Duration::ZERO),
            &self.style.now().zone,
        );
        self.save(&[Kind::Csv], move |_| Some(text.into_bytes()));
    }

    /// Asks for a file, and writes the graphs as they are on screen then.
    pub(super) fn save_image(&self) {
        let grid = self.grid.clone();
        self.save(&Kind::PICTURES, move |kind| export::picture(&grid, kind));
    }

    /// Puts the graphs as they are on screen into the clipboard.
    pub(super) fn copy_image(&self) {
        let Some(texture) = export::texture(&self.grid) else {
            return;
        };
        self.window.clipboard().set_texture(&texture);
        let said = gettext("Picture of the graphs copied");
        toast::show(&self.toasts, toast(&said));
    }

    fn save(
        &self,
        kinds: &'static [Kind],
        content: impl FnOnce(Kind) -> Option<Vec<u8>> + 'static,
    ) {
        let window = self.window.upcast_ref();
        let toasts = self.toasts.clone();
        let say = move |text: &str| toast::show(&toasts, toast(text));
        export::save(window, "sysmon", kinds, content, say);
    }
}
