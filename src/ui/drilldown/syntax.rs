//! What a filter can ask for, in a dialog that is made of the fields themselves.

use gettextrs::gettext;
use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk;

use crate::model::query::Field;
use crate::model::table::Row;
use crate::ui::language::translated;

/// Explains the filter of rows `R`.
pub fn dialog<R: Row>() -> adw::Dialog {
    let page = adw::PreferencesPage::new();
    let words = group(&gettext("Words"));
    for (example, meaning) in [
        (
            "fire",
            gettext("Name, command line or PID contains it, in any case"),
        ),
        (
            "fire -fox",
            gettext("All words must hold; a minus negates one"),
        ),
        (
            "\"two words\"",
            gettext("Quotation marks keep words together"),
        ),
        (
            "/^python3?$/",
            gettext("A regular expression matches name or command line"),
        ),
    ] {
        words.add(&line(example, &meaning));
    }
    page.add(&words);

    let fields = group(&gettext("Fields"));
    for field in Field::ALL.into_iter().filter(|field| field.is_in::<R>()) {
        fields.add(&line(field.example(), &translated(field.description())));
    }
    page.add(&fields);

    let values = group(&gettext("Values"));
    for (example, meaning) in [
        (
            "name:/^g/",
            gettext("A field can be matched by a regular expression"),
        ),
        ("pid:100-200", gettext("A range of numbers")),
        (
            "> >= < <= =",
            gettext("Comparisons, as in cpu>=50; units are k, M, G, Ki, Mi, Gi and %"),
        ),
        (
            "-port:443",
            gettext("What is not known passes no term, and each negated one"),
        ),
    ] {
        values.add(&line(example, &meaning));
    }
    page.add(&values);

    let view = adw::ToolbarView::builder().content(&page).build();
    view.add_top_bar(&adw::HeaderBar::new());
    adw::Dialog::builder()
        .title(gettext("Filter Syntax"))
        .content_width(520)
        .content_height(560)
        .child(&view)
        .build()
}

fn group(title: &str) -> adw::PreferencesGroup {
    adw::PreferencesGroup::builder().title(title).build()
}

fn line(example: &str, meaning: &str) -> adw::ActionRow {
    let row = adw::ActionRow::builder()
        .use_markup(false)
        .title(meaning)
        .build();
    let example = gtk::Label::builder()
        .label(example)
        .width_chars(14)
        .xalign(0.0)
        .css_classes(["monospace"])
        .build();
    row.add_prefix(&example);
    row
}
