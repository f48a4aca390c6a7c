//! What was chosen about the windows of tables.

use relm4::gtk::gio;
use relm4::gtk::gio::prelude::*;
use relm4::gtk::glib;

use std::collections::HashMap;

use super::keys::{number, set, size};
use super::{ID, Preferences, Settings, has_schema, keep, report, value};
use crate::model::table::Direction;
use crate::ui::drilldown::ViewState;
use crate::ui::table::{ColumnLayout, Layout, Sort};

/// Takes a value over. Returns whether it was as it should be.
type Read = fn(&mut ViewState, &glib::Variant) -> bool;

impl Settings {
    /// What was chosen about the window of this table; `usual` where nothing was.
    pub fn table(&self, name: &str, usual: Layout) -> ViewState {
        let values = self.now();
        let mut state = ViewState::new(usual);
        state.interval = values.table_interval;
        state.limit = values.table_limit;
        state.names = values.names;
        if let Some(kept) = self.kept_table(name) {
            read(&kept, name, &mut state);
        }
        state
    }

    /// Keeps what was chosen about the window of this table.
    pub fn keep_table(&self, name: &str, state: &ViewState) {
        if let Some(kept) = self.kept_table(name) {
            write(&kept, name, state, &self.now());
        }
    }

    fn kept_table(&self, name: &str) -> Option<gio::Settings> {
        let schema = format!("{ID}.Table");
        self.0.kept.as_ref()?;
        has_schema(&schema).then(|| {
            let path = format!("/{}/tables/{name}/", ID.replace('.', "/"));
            gio::Settings::with_path(&schema, &path)
        })
    }
}

/// Takes over what was chosen about this table.
pub(super) fn read(kept: &gio::Settings, name: &str, state: &mut ViewState) {
    let read: [(&str, Read); 8] = [
        ("size", |to, value| set(&mut to.size, size(value))),
        ("hold-order", |to, value| {
            set(&mut to.hold_order, (value.get(), true))
        }),
        ("compact", |to, value| {
            set(&mut to.compact, (value.get(), true))
        }),
        ("grouped", |to, value| {
            set(&mut to.grouped, (value.get(), true))
        }),
        ("show-all", |to, value| {
            set(&mut to.show_all, (value.get(), true))
        }),
        ("interval", |to, value| {
            let (seconds, right) = number(value, &(0..=60_u32));
            seconds.is_some_and(|seconds| {
                if seconds > 0 {
                    to.interval = seconds;
                }
                right
            })
        }),
        ("limit", |to, value| {
            let (rows, right) = number(value, &(-1..=1000_i32));
            rows.is_some_and(|rows| {
                if let Ok(rows) = u32::try_from(rows) {
                    to.limit = Some(rows).filter(|&rows| rows > 0);
                }
                right
            })
        }),
        ("columns", |to, value| {
            value.get::<Vec<String>>().is_some_and(|keys| {
                put_first(&mut to.layout.columns, &keys);
                true
            })
        }),
    ];
    for (key, read) in read {
        if let Some(value) = value(kept, key)
            && !read(state, &value)
        {
            report(&format!(
                "the setting {key} of the table {name} has the value {value}, which is none it can have"
            ));
        }
    }
    read_columns(kept, &mut state.layout);
}

/// Keeps what was chosen about this table, and nothing that is as `values` say.
pub(super) fn write(kept: &gio::Settings, name: &str, state: &ViewState, values: &Preferences) {
    let columns = &state.layout.columns;
    let keys = |only: fn(&ColumnLayout) -> bool| -> Vec<&str> {
        let columns = columns.iter().filter(|&column| only(column));
        columns.map(|column| column.key).collect()
    };
    let widths: HashMap<&str, i32> = columns
        .iter()
        .filter_map(|column| Some((column.key, column.width?)))
        .collect();
    // What is as everywhere follows when that changes.
    let interval = Some(state.interval).filter(|&it| it != values.table_interval);
    let limit = Some(state.limit).filter(|&it| it != values.table_limit);
    let rows = |limit: Option<u32>| i32::try_from(limit.unwrap_or(0)).unwrap_or(0);
    let descending = state.layout.sort.direction == Direction::Descending;
    let written = [
        ("size", state.size.to_variant()),
        ("sort-column", state.layout.sort.column.to_variant()),
        ("sort-descending", descending.to_variant()),
        ("columns", keys(|_| true).to_variant()),
        ("hidden-columns", keys(|column| !column.shown).to_variant()),
        ("column-widths", widths.to_variant()),
        ("interval", interval.unwrap_or(0).to_variant()),
        ("limit", limit.map_or(-1, rows).to_variant()),
        ("hold-order", state.hold_order.to_variant()),
        ("compact", state.compact.to_variant()),
        ("grouped", state.grouped.to_variant()),
        ("show-all", state.show_all.to_variant()),
    ];
    for (key, value) in written {
        if super::value(kept, key).as_ref() != Some(&value)
            && let Err(error) = keep(kept, key, &value)
        {
            report(&format!(
                "{key} of the table {name} cannot be kept: {error}"
            ));
        }
    }
}

/// Which columns are shown, how wide, and which of them sorts.
fn read_columns(kept: &gio::Settings, layout: &mut Layout) {
    let names = |key| value(kept, key)?.get::<Vec<String>>();
    let (hidden, shown) = (names("hidden-columns"), names("columns"));
    if let Some((hidden, shown)) = hidden.zip(shown).filter(|(_, shown)| !shown.is_empty()) {
        for column in &mut layout.columns {
            if shown.iter().any(|key| key == column.key) {
                column.shown = !hidden.iter().any(|key| key == column.key);
            }
        }
    }
    // Asking for a map in what is none panics.
    let widths = value(kept, "column-widths").filter(glib::Variant::is::<HashMap<String, i32>>);
    let widths = widths.and_then(|value| value.get::<HashMap<String, i32>>());
    for (key, width) in widths.unwrap_or_default() {
        let column = layout.columns.iter_mut().find(|column| column.key == key);
        if let Some(column) = column {
            column.width = Some(width).filter(|width| (1..=5000).contains(width));
        }
    }
    let sorted = value(kept, "sort-column").and_then(|value| value.get::<String>());
    let sorted = sorted.unwrap_or_default();
    if let Some(column) = layout.columns.iter().find(|column| column.key == sorted) {
        layout.sort = Sort {
            column: column.key,
            direction: match value(kept, "sort-descending").and_then(|value| value.get()) {
                Some(false) => Direction::Ascending,
                _ => Direction::Descending,
            },
        };
    }
}

/// Puts the columns of these keys first, in this order.
fn put_first(columns: &mut [ColumnLayout], keys: &[String]) {
    let place = |column: &ColumnLayout| keys.iter().position(|key| key == column.key);
    columns.sort_by_key(|column| place(column).unwrap_or(keys.len()));
}
