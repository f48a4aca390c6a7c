//! From columns as data to the columns of the view, and how their cells are written.

use std::cell::Cell as StdCell;
use std::rc::Rc;

use gettextrs::{gettext, ngettext};
use relm4::gtk;
use relm4::gtk::gio;
use relm4::gtk::glib;
use relm4::gtk::pango;
use relm4::gtk::prelude::*;
use serde_json::Value as Json;

use super::cell::Cell;
use super::groups::{group_of, is_open, with_group};
use super::icon::{self, Icons};
use super::place::watch_row;
use super::remainder::{title, with_remainder};
use super::row_object::RowObject;
use super::rows::with_row;
use super::store::Content;
use super::text_cell::{TextCell, TextColumn};
use crate::model::format::{Style, printable};
use crate::model::group::Group;
use crate::model::plain;
use crate::model::remainder::RemainderRow;
use crate::model::table::{Column, Direction, Format, Place, Row, Value};
use crate::ui::shared_style::SharedStyle;

/// What all cells of a table need to be written.
pub struct Writing {
    /// How values are written.
    pub style: SharedStyle,
    /// Whether the process column has a second line.
    pub narrow: StdCell<bool>,
    /// Whether rows are grouped by program.
    pub grouped: StdCell<bool>,
    /// Icons of applications.
    pub icons: Rc<Icons>,
    /// Opens a group, or closes it.
    pub toggle: Box<dyn Fn(&RowObject)>,
}

/// Key of the column that stands first and is always shown.
pub const PROCESS: &str = "name";

/// Room for the name of a process, in characters, and in a narrow table: what it is sorted by is to be seen too.
const NAME_CHARS: (i32, i32) = (12, 6);

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
    let texts = Rc::new(texts_of(column));
    let below = Rc::new(texts_below());
    factory.connect_setup(move |_, item| {
        if let Some(item) = item.downcast_ref::<gtk::ListItem>() {
            if column.key == PROCESS {
                process_cell::<R>(item, column, (&texts, &below), &shared);
            } else {
                text_cell(item, column, &texts, &shared);
            }
        }
    });
    gtk::ColumnViewColumn::builder()
        .id(column.key)
        .title(heading(column, &writing.style.now()))
        .factory(&factory)
        .resizable(true)
        .expand(column.key == PROCESS)
        .build()
}

fn texts_of<R>(column: &Column<R>) -> TextColumn {
    let is_numeric = column.format.is_numeric();
    let chars = if column.key == PROCESS {
        NAME_CHARS.0
    } else {
        width(column.format)
    };
    TextColumn {
        chars: StdCell::new(column.chars.map_or(chars, i32::from)),
        is_numeric,
        has_even_digits: is_numeric,
        ellipsize: match is_numeric {
            _ if column.key == PROCESS => pango::EllipsizeMode::Middle,
            true => pango::EllipsizeMode::None,
            false => pango::EllipsizeMode::End,
        },
        widest: StdCell::default(),
        char_width: StdCell::default(),
        line_height: StdCell::default(),
    }
}

/// Of the second line of the process column.
fn texts_below() -> TextColumn {
    TextColumn {
        chars: StdCell::new(3),
        is_numeric: false,
        has_even_digits: true,
        // Its last part is a port, which is short and tells much.
        ellipsize: pango::EllipsizeMode::Middle,
        widest: StdCell::default(),
        char_width: StdCell::default(),
        line_height: StdCell::default(),
    }
}

fn text_cell<R: Row>(
    item: &gtk::ListItem,
    column: &'static Column<R>,
    texts: &Rc<TextColumn>,
    writing: &Rc<Writing>,
) {
    let cell = TextCell::new(texts);
    // Nothing around it: GTK styles and places each widget of two hundred rows.
    item.set_child(Some(&cell));
    let writing = Rc::clone(writing);
    let weak = cell.downgrade();
    watch_row(item, move |row| {
        let (Some(cell), Some(row)) = (weak.upgrade(), row) else {
            return;
        };
        let (text, quiet) = text_of(row, column, &writing.style.now());
        cell.set_text(&text);
        set_class(&cell, "dim-label", quiet);
    });
}

/// What a row of the remainder has in this column; empty where the column is not about it.
fn remainder_cell<R: Row>(row: &R::Remainder, column: &Column<R>, style: &Style) -> String {
    if column.key == PROCESS {
        return title(row);
    }
    match row.value(column.key) {
        Value::Nothing => String::new(),
        value => style.cell(&value, column.format),
    }
}

/// A cell's text, and whether it stands back.
fn text_of<R: Row>(row: &RowObject, column: &Column<R>, style: &Style) -> (String, bool) {
    row.with(|content: &Content<R>| match content {
        Content::Row { row, .. } => {
            let value = (column.value)(row);
            (style.cell(&value, column.format), value.is_quiet())
        }
        Content::Group { group, .. } => {
            let value = group.value(column);
            (style.cell(&value, column.format), value.is_quiet())
        }
        Content::Remainder { row, .. } => (remainder_cell(row, column, style), true),
        Content::More(_) => Default::default(),
    })
    .unwrap_or_default()
}

fn process_cell<R: Row>(
    item: &gtk::ListItem,
    column: &'static Column<R>,
    (texts, texts_below): (&Rc<TextColumn>, &Rc<TextColumn>),
    writing: &Rc<Writing>,
) {
    let expander = gtk::Image::builder()
        .pixel_size(16)
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build();
    let icon = gtk::Image::builder()
        .pixel_size(16)
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build();
    let name = TextCell::new(texts);
    let below = TextCell::new(texts_below);
    below.add_css_class("caption");
    below.add_css_class("dim-label");
    let lines = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .valign(gtk::Align::Center)
        .hexpand(true)
        .build();
    lines.append(&name);
    lines.append(&below);
    let line = gtk::Box::new(gtk::Orientation::Horizontal, 8);
    line.append(&expander);
    line.append(&icon);
    line.append(&lines);

    let cell = Cell::new(&line);
    // Written only when somebody asks: most command lines are never looked at.
    cell.set_has_tooltip(true);
    cell.connect_query_tooltip(|cell, _, _, _, tooltip| {
        let text = cell.row().filter(|_| !is_below_menu(cell)).and_then(|row| {
            let whole = || with_remainder::<R, _>(&row, title);
            command_line::<R>(&row).or_else(whole)
        });
        tooltip.set_text(text.as_deref());
        text.is_some()
    });
    // A row that has no parent yet belongs to nobody, and must not be asked for.
    cell.connect_map(mark_row::<R>);
    item.set_child(Some(&cell));

    let click = gtk::GestureClick::new();
    let (weak, shared) = (cell.downgrade(), Rc::clone(writing));
    click.connect_pressed(move |click, _, _, _| {
        if let Some(row) = weak.upgrade().and_then(|cell| cell.row())
            && is_open::<R>(&row).is_some()
        {
            // The second of two clicks would open it again as that of a row.
            click.set_state(gtk::EventSequenceState::Claimed);
            (shared.toggle)(&row);
        }
    });
    expander.add_controller(click);

    let writing = Rc::clone(writing);
    let texts = Rc::clone(texts);
    let asked = StdCell::new(0);
    let weak = cell.downgrade();
    watch_row(item, move |row| {
        let Some(cell) = weak.upgrade() else { return };
        cell.set_row(row);
        let Some(row) = row else { return };
        let named = named(row, column, &writing);
        let is_remainder = with_remainder::<R, _>(row, |_| ()).is_some();
        let is_narrow = writing.narrow.get();
        let chars = if is_narrow {
            NAME_CHARS.1
        } else {
            NAME_CHARS.0
        };
        texts.chars.set(chars);
        // Each cell remembers how much it asked for.
        if asked.replace(chars) != chars {
            name.queue_resize();
        }
        if let Some(named) = &named {
            name.set_text(&named.name);
            if is_narrow {
                below.set_text(&named.below);
            }
            show_icon(&icon, &writing.icons.of(named.service.as_deref()));
        } else {
            name.set_text(&tail_text::<R>(row));
        }
        // Its place is kept: names stand below one another.
        let is_known = named.as_ref().is_some_and(|named| named.is_known);
        icon.set_opacity(f64::from(u8::from(is_known || is_remainder)));
        if is_remainder {
            icon.set_icon_name(Some(icon::REMAINDER));
        }
        icon.set_visible(named.is_some() || is_remainder);
        set_class(&icon, "dim-label", is_remainder);
        show_expander::<R>(&expander, row, writing.grouped.get());
        if cell.is_mapped() {
            mark_row::<R>(&cell);
        }
        below.set_visible(named.is_some() && is_narrow);
        set_class(&name, "dim-label", !is_known);
    });
}

fn show_icon(image: &gtk::Image, icon: &gio::Icon) {
    // An image loads again what it is given, also where that is what it shows.
    if image.gicon().as_ref() != Some(icon) {
        image.set_from_gicon(icon);
    }
}

/// What the process column says of a row.
struct Named {
    name: String,
    is_known: bool,
    below: String,
    service: Option<String>,
}

/// `None` of a row that is about no process.
fn named<R: Row>(row: &RowObject, column: &Column<R>, writing: &Writing) -> Option<Named> {
    let of_row = |row: &R| {
        let value = (column.value)(row);
        Named {
            name: writing.style.now().cell(&value, column.format),
            is_known: !value.is_missing(),
            below: second_line(row, &writing.style.now()),
            service: service(row),
        }
    };
    let of_group = |group: &Group<R>| Named {
        // Translators: a program and how many processes it has, as in "firefox (12)".
        name: gettext("{name} ({n})")
            .replace("{n}", &group.members().len().to_string())
            .replace("{name}", &printable(group.name())),
        is_known: true,
        below: processes(group),
        service: group.members().first().and_then(service),
    };
    with_row(row, of_row).or_else(|| with_group(row, of_group))
}

fn service<R: Row>(row: &R) -> Option<String> {
    row.process().and_then(|it| it.info.service.clone())
}

/// "12 processes".
pub fn processes<R: Row>(group: &Group<R>) -> String {
    let count = u32::try_from(group.members().len()).unwrap_or(u32::MAX);
    ngettext("{} process", "{} processes", count).replace("{}", &count.to_string())
}

/// Shows whether a group is open. Processes in one are set in, all other names stand below those of
/// groups.
fn show_expander<R: Row>(expander: &gtk::Image, row: &RowObject, grouped: bool) {
    expander.set_visible(grouped);
    let icon = is_open::<R>(row).map(|open| {
        if open {
            "pan-down-symbolic"
        } else {
            "pan-end-symbolic"
        }
    });
    if expander.icon_name().as_deref() != icon {
        expander.set_icon_name(icon);
    }
    expander.set_margin_start(if group_of::<R>(row).is_some() { 16 } else { 0 });
}

/// What stands below the name in a narrow table, as in "123 · ann".
fn second_line<R: Row>(row: &R, style: &Style) -> String {
    let columns = R::BELOW_NAME.iter().filter_map(|key| R::column(key));
    let values = columns.filter_map(|column| {
        let value = (column.value)(row);
        (!value.is_missing()).then(|| style.cell(&value, column.format))
    });
    values.collect::<Vec<_>>().join(" · ")
}

/// What a row below the others is called: the one for what the limit cut off, and the remainder.
pub fn tail_text<R: Row>(row: &RowObject) -> String {
    row.with(|content: &Content<R>| match content {
        Content::More(count) => R::NOUN.more(*count),
        Content::Remainder { row, .. } => title(row),
        Content::Row { .. } | Content::Group { .. } => String::new(),
    })
    .unwrap_or_default()
}

fn is_first_of_remainder<R: Row>(row: &RowObject) -> bool {
    row.with(|content: &Content<R>| matches!(content, Content::Remainder { first: true, .. }))
        == Some(true)
}

/// Draws a line above the row of this cell where it is the first of the remainder, and has a screen
/// reader say whether it can be opened.
fn mark_row<R: Row>(cell: &Cell) {
    let widget = cell.parent().and_then(|cell| cell.parent());
    let (Some(widget), Some(row)) = (widget, cell.row()) else {
        return;
    };
    set_class(&widget, "sysmon-apart", is_first_of_remainder::<R>(&row));
    match is_open::<R>(&row) {
        Some(open) => widget.update_state(&[gtk::accessible::State::Expanded(Some(open))]),
        None => widget.reset_state(gtk::AccessibleState::Expanded),
    }
}

/// Whether a menu is open, which a tooltip would cover.
fn is_below_menu(cell: &Cell) -> bool {
    let focus = cell.root().and_then(|root| root.focus());
    focus.is_some_and(|focus| focus.ancestor(gtk::Popover::static_type()).is_some())
}

/// All arguments of a row's process, as they may be shown.
fn command_line<R: Row>(row: &RowObject) -> Option<String> {
    let arguments = with_row(row, |row: &R| {
        row.process().map(|it| it.info.command_line.join(" "))
    })??;
    (!arguments.is_empty()).then(|| printable(&arguments).into_owned())
}

fn set_class(widget: &impl IsA<gtk::Widget>, class: &str, on: bool) {
    if on == widget.has_css_class(class) {
        return;
    }
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
        Format::Percent | Format::CpuPercent => 6,
        Format::Bytes | Format::MegabytesPerSecond | Format::Megabytes | Format::NetworkRate => 9,
        Format::Duration | Format::State => 10,
        Format::Time => 19,
        Format::Text => 12,
    }
}

/// A row for programs: the values of all columns that are offered; `None` of the row that stands for
/// those that were cut off.
pub fn plain_values<R: Row>(row: &RowObject) -> Option<Vec<Json>> {
    let values = |of: &dyn Fn(&Column<R>) -> Json| offered::<R>().map(of).collect();
    row.with(|content: &Content<R>| match content {
        Content::Row { row, .. } => Some(values(&|column| plain::value(&(column.value)(row)))),
        Content::Group { group, .. } => Some(values(&|column| plain::value(&group.value(column)))),
        Content::Remainder { row, .. } => Some(values(&|column| {
            if column.key == PROCESS {
                title(row).into()
            } else {
                plain::value(&row.value(column.key))
            }
        })),
        Content::More(_) => None,
    })
    .flatten()
}

/// A row for the clipboard: its visible cells, between them tabs; `None` of the row that stands for
/// those that were cut off.
pub fn tab_separated<R: Row>(
    row: &RowObject,
    keys: &[glib::GString],
    style: &Style,
) -> Option<String> {
    if row.with(|content: &Content<R>| matches!(content, Content::More(_))) != Some(false) {
        return None;
    }
    let columns = keys.iter().filter_map(|key| R::column(key));
    let cells: Vec<_> = columns
        .map(|column| text_of::<R>(row, column, style).0)
        .collect();
    Some(cells.join("\t"))
}
