//! The colour of each line. What is chosen is seen in the graphs at once; a colour that is hard to see is
//! taken, and that is said below it.

use std::rc::Rc;

use gettextrs::gettext;
use gtk::gdk;
use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk;

use super::group;
use crate::model::history::Series;
use crate::ui::graph::legibility::{Trouble, troubles};
use crate::ui::graph::palette::{Colours, Rgb};
use crate::ui::graph::{GRAPHS, series, words};
use crate::ui::settings::Settings;

/// The row that leads to the colours.
pub(super) fn row(settings: &Settings, dialog: &adw::PreferencesDialog) -> adw::ActionRow {
    let row = adw::ActionRow::builder()
        .title(gettext("Colors"))
        .subtitle(gettext("Of every line"))
        .activatable(true)
        .build();
    row.add_suffix(&gtk::Image::from_icon_name("go-next-symbolic"));
    let (weak, settings) = (dialog.downgrade(), settings.clone());
    row.connect_activated(move |_| {
        if let Some(dialog) = weak.upgrade() {
            dialog.push_subpage(&page(&settings));
        }
    });
    row
}

fn page(settings: &Settings) -> adw::NavigationPage {
    let page = adw::PreferencesPage::new();
    let mut lines = Vec::new();
    for graph in GRAPHS {
        let group = group(&words::title(graph));
        for &series in series(graph) {
            let line = Line::new(series);
            group.add(&line.row);
            lines.push(line);
        }
        page.add(&group);
    }
    let reset = adw::ActionRow::builder()
        .title(gettext("Reset All Colors"))
        .activatable(true)
        .build();
    let last = adw::PreferencesGroup::new();
    last.add(&reset);
    page.add(&last);

    let lines: Rc<[Line]> = lines.into();
    for line in &*lines {
        line.connect(&lines, settings);
    }
    show(&lines, settings);
    let (shown, kept) = (Rc::downgrade(&lines), settings.clone());
    reset.connect_activated(move |_| {
        kept.change(|values| values.look.colours = Colours::default());
        if let Some(lines) = shown.upgrade() {
            show(&lines, &kept);
        }
    });
    let looks = adw::StyleManager::default();
    let (shown, kept) = (Rc::downgrade(&lines), settings.clone());
    let handler = looks.connect_dark_notify(move |_| {
        if let Some(lines) = shown.upgrade() {
            show(&lines, &kept);
        }
    });

    let view = adw::ToolbarView::builder().content(&page).build();
    view.add_top_bar(&adw::HeaderBar::new());
    let page = adw::NavigationPage::builder()
        .title(gettext("Colors"))
        .child(&view)
        .build();
    let handler = std::cell::Cell::new(Some((handler, lines)));
    page.connect_destroy(move |_| {
        if let Some((handler, _)) = handler.take() {
            looks.disconnect(handler);
        }
    });
    page
}

/// Shows in all rows what is chosen.
fn show(lines: &[Line], settings: &Settings) {
    let colours = settings.now().look.colours;
    let dark = adw::StyleManager::default().is_dark();
    for line in lines {
        let colour = gdk::RGBA::from(colours.of(line.series, dark));
        if line.button.rgba() != colour {
            line.button.set_rgba(&colour);
        }
        line.reset
            .set_sensitive(colours.chosen(line.series).is_some());
        let said: Vec<_> = troubles(line.series, &colours)
            .into_iter()
            .map(sentence)
            .collect();
        let said = said.join(" ");
        if line.row.subtitle().as_deref() != Some(&said) {
            line.row.set_subtitle(&said);
        }
    }
}

fn sentence(trouble: Trouble) -> String {
    match trouble {
        Trouble::Faint { dark: false } => gettext("Hard to see on a light background."),
        Trouble::Faint { dark: true } => gettext("Hard to see on a dark background."),
        Trouble::Alike(other) => {
            // Translators: of the color of a line, whose neighbour has this name.
            gettext("Hard to tell from {line}.").replace("{line}", &words::name(other))
        }
    }
}

/// The row of one line.
struct Line {
    series: Series,
    row: adw::ActionRow,
    button: gtk::ColorDialogButton,
    reset: gtk::Button,
}

impl Line {
    fn new(series: Series) -> Self {
        let name = words::name(series);
        // Translators: the color of a line of a graph, as in "Color of RAM".
        let title = gettext("Color of {line}").replace("{line}", &name);
        let dialog = gtk::ColorDialog::builder()
            .title(&title)
            .with_alpha(false)
            .modal(true)
            .build();
        let button = gtk::ColorDialogButton::builder()
            .dialog(&dialog)
            .valign(gtk::Align::Center)
            .build();
        button.update_property(&[gtk::accessible::Property::Label(&title)]);
        let reset = gtk::Button::builder()
            .icon_name("edit-undo-symbolic")
            .tooltip_text(gettext("Reset the color of {line}").replace("{line}", &name))
            .valign(gtk::Align::Center)
            .css_classes(["flat"])
            .build();
        let row = adw::ActionRow::builder()
            .title(name)
            .activatable_widget(&button)
            .build();
        row.add_suffix(&reset);
        row.add_suffix(&button);
        Self {
            series,
            row,
            button,
            reset,
        }
    }

    fn connect(&self, all: &Rc<[Self]>, settings: &Settings) {
        let series = self.series;
        let (lines, kept) = (Rc::downgrade(all), settings.clone());
        self.button.connect_rgba_notify(move |button| {
            let colour = Rgb::from(button.rgba());
            let dark = adw::StyleManager::default().is_dark();
            // What the row shows is no choice.
            if colour == kept.now().look.colours.of(series, dark) {
                return;
            }
            kept.change(|values| values.look.colours.choose(series, Some(colour)));
            if let Some(lines) = lines.upgrade() {
                show(&lines, &kept);
            }
        });
        let (lines, kept) = (Rc::downgrade(all), settings.clone());
        self.reset.connect_clicked(move |_| {
            kept.change(|values| values.look.colours.choose(series, None));
            if let Some(lines) = lines.upgrade() {
                show(&lines, &kept);
            }
        });
    }
}
