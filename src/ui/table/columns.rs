//! From columns as data to the columns of the view, and how their cells are written.

use std::cell::Cell as StdCell;
use std::rc::Rc;

use gettextrs::{gettext, ngettext};
use relm4::gtk;
use relm4::gtk::glib;
use relm4::gtk::pango;
use relm4::gtk::prelude::*;

use super::cell::{Cell, watch_row};
use super::icon::Icons;
use super::row_object::RowObject;
use super::rows::with_process;
use super::store::Content;
use crate::model::format::{Style, printable};
use crate::model::table::{Column, Direction, Format, Place, Row};

/// What all cells of a table need to be written.
pub struct Writing {
    /// How values are written.
    pub style: Style,
    /// Whether the process column has a second line.
    pub narrow: StdCell<bool>,
    /// Icons of applications.
    pub icons: Rc<Icons>,
}

/// Key of the column that stands first and is always shown.
pub const PROCESS: &str = "name";

/// The columns that the window offers.
pub fn offered<R: Row>() -> impl Iterator<Item = &'static Column<R>> {
    R::COLUMNS
        .iter()
        .filter(|column| column.place != Place::Probe)
}

/// A column's heading in the user's language, with the unit where all cells share it.
pub fn heading<R>(column: &Column<R>, style: &Style) -> String {
    style.heading(&gettext(column.title), column.format)
}

/// A column of the view.
pub fn view_column<R: Row>(
    column: &'static Column<R>,
    writing: &Rc<Writing>,
) -> gtk::ColumnViewColumn {
    let factory = gtk::SignalListItemFactory::new();
    let shared = Rc::clone(writing);
    factory.connect_setup(move |_, item| {
        if let Some(item) = item.downcast_ref::<gtk::ListItem>() {
            if column.key == PROCESS {
                process_cell::<R>(item, &shared);
            } else {
                text_cell(item, column, &shared);
            }
        }
    });
    gtk::ColumnViewColumn::builder()
        .id(column.key)
        .title(heading(column, &writing.style))
        .factory(&factory)
        .resizable(true)
        .expand(column.key == PROCESS)
        .build()
}

fn text_cell<R: Row>(item: &gtk::ListItem, column: &'static Column<R>, writing: &Rc<Writing>) {
    let label = gtk::Label::builder()
        .width_chars(width(column.format))
        .build();
    if column.format.is_numeric() {
        label.add_css_class("numeric");
        label.set_xalign(1.0);
    } else {
        label.set_xalign(0.0);
        label.set_ellipsize(pango::EllipsizeMode::End);
    }
    let cell = Cell::new(&label);
    item.set_child(Some(&cell));
    let writing = Rc::clone(writing);
    let weak = cell.downgrade();
    watch_row(item, move |row| {
        let Some(cell) = weak.upgrade() else { return };
        let (text, quiet) = row
            .as_ref()
            .map_or_else(Default::default, |row| text_of(row, column, &writing.style));
        cell.set_row(row.as_ref());
        label.set_label(&text);
        set_class(&label, "dim-label", quiet);
    });
}

/// A cell's text, and whether there is nothing to read in it.
fn text_of<R: Row>(row: &RowObject, column: &Column<R>, style: &Style) -> (String, bool) {
    with_process(row, |row: &R| {
        let value = (column.value)(row);
        (style.cell(&value, column.format), value.is_quiet())
    })
    .unwrap_or_default()
}

fn process_cell<R: Row>(item: &gtk::ListItem, writing: &Rc<Writing>) {
    let icon = gtk::Image::builder()
        .pixel_size(16)
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build();
    let name = gtk::Label::builder()
        .xalign(0.0)
        .ellipsize(pango::EllipsizeMode::Middle)
        .width_chars(16)
        .build();
    let below = gtk::Label::builder()
        .xalign(0.0)
        .ellipsize(pango::EllipsizeMode::End)
        .css_classes(["caption", "dim-label", "numeric"])
        .build();
    let lines = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .valign(gtk::Align::Center)
        .hexpand(true)
        .build();
    lines.append(&name);
    lines.append(&below);
    let line = gtk::Box::new(gtk::Orientation::Horizontal, 8);
    line.append(&icon);
    line.append(&lines);

    let cell = Cell::new(&line);
    // Written only when somebody asks: most command lines are never looked at.
    cell.set_has_tooltip(true);
    cell.connect_query_tooltip(|cell, _, _, _, tooltip| {
        let text = cell
            .row()
            .filter(|_| !is_below_menu(cell))
            .and_then(|row| command_line::<R>(&row));
        tooltip.set_text(text.as_deref());
        text.is_some()
    });
    item.set_child(Some(&cell));

    let writing = Rc::clone(writing);
    let weak = cell.downgrade();
    watch_row(item, move |row| {
        let Some(cell) = weak.upgrade() else { return };
        cell.set_row(row.as_ref());
        let Some(row) = row else { return };
        let is_process = with_process(&row, |row: &R| {
            let service = row.process().and_then(|it| it.info.service.as_deref());
            let value = (Column::<R>::NAME.value)(row);
            name.set_label(&writing.style.cell(&value, Column::<R>::NAME.format));
            icon.set_from_gicon(&writing.icons.of(service));
            below.set_label(&second_line(row));
        })
        .is_some();
        if !is_process {
            name.set_label(&more_text::<R>(&row));
        }
        icon.set_visible(is_process);
        below.set_visible(is_process && writing.narrow.get());
        set_class(&name, "dim-label", !is_process);
    });
}

fn second_line<R: Row>(row: &R) -> String {
    let Some(process) = row.process() else {
        return String::new();
    };
    let pid = process.key.pid;
    match &process.info.user {
        Some(user) => format!("{pid} · {}", printable(user)),
        None => pid.to_string(),
    }
}

/// The text of the row that stands for what the limit cut off.
pub fn more_text<R: Row>(row: &RowObject) -> String {
    row.with(|content: &Content<R>| match content {
        Content::More(count) => {
            let text = ngettext("{} more process", "{} more processes", *count);
            text.replace("{}", &count.to_string())
        }
        Content::Process { .. } => String::new(),
    })
    .unwrap_or_default()
}

/// All arguments of a row's process, as they may be shown.
/// Whether a menu is open, which a tooltip would cover.
fn is_below_menu(cell: &Cell) -> bool {
    let focus = cell.root().and_then(|root| root.focus());
    focus.is_some_and(|focus| focus.ancestor(gtk::Popover::static_type()).is_some())
}

fn command_line<R: Row>(row: &RowObject) -> Option<String> {
    let arguments = with_process(row, |row: &R| {
        row.process().map(|it| it.info.command_line.join(" "))
    })??;
    (!arguments.is_empty()).then(|| printable(&arguments).into_owned())
}

fn set_class(widget: &impl IsA<gtk::Widget>, class: &str, on: bool) {
    if on {
        widget.add_css_class(class);
    } else {
        widget.remove_css_class(class);
    }
}

/// Which way a first click on a heading sorts: words from A, numbers from the largest.
pub fn first_direction<R: Row>(key: &str) -> Direction {
    if R::column(key).is_some_and(|column| column.format.is_numeric()) {
        Direction::Descending
    } else {
        Direction::Ascending
    }
}

/// Room that usual values need, in characters, so that columns do not change their width with them.
fn width(format: Format) -> i32 {
    match format {
        Format::Integer | Format::Port | Format::Milliseconds => 7,
        Format::Percent => 6,
        Format::Bytes | Format::MegabytesPerSecond | Format::Megabytes => 9,
        Format::Rate | Format::Duration => 11,
        Format::Time => 19,
        Format::State => 10,
        Format::Text => 12,
    }
}

/// Text of a row for the clipboard: its visible cells, between them tabs.
pub fn tab_separated<R: Row>(row: &R, keys: &[glib::GString], style: &Style) -> String {
    keys.iter()
        .filter_map(|key| R::column(key))
        .map(|column| style.cell(&(column.value)(row), column.format))
        .collect::<Vec<_>>()
        .join("\t")
}
