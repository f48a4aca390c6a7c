//! The connections of one process, a line each, kept up to date in place.

use std::cell::RefCell;

use gettextrs::gettext;
use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk;

use crate::model::connection::{ConnectionKey, ConnectionRow, ConnectionSnapshot};
use crate::model::format::{Style, printable};
use crate::model::table::{Row, Value};

/// The group of lines.
pub struct ConnectionList {
    group: adw::PreferencesGroup,
    lines: RefCell<Vec<(ConnectionKey, adw::ActionRow)>>,
}

impl ConnectionList {
    /// An empty one, which is hidden. `all` is the action that shows them in a table of their own.
    pub fn new(all: &str) -> Self {
        let group = adw::PreferencesGroup::builder()
            .title(gettext("Connections"))
            .visible(false)
            .build();
        let button = gtk::Button::builder()
            .label(gettext("Show in Table"))
            .action_name(all)
            .valign(gtk::Align::Center)
            .css_classes(["flat"])
            .build();
        group.set_header_suffix(Some(&button));
        Self {
            group,
            lines: RefCell::default(),
        }
    }

    /// The widget to show.
    pub fn widget(&self) -> &adw::PreferencesGroup {
        &self.group
    }

    /// Shows what a snapshot holds of them. Lines stay where they are, and new ones come last.
    pub fn show(&self, snapshot: &ConnectionSnapshot, style: &Style) {
        let mut lines = self.lines.borrow_mut();
        lines.retain(|(key, line)| {
            let stays = snapshot.rows.iter().any(|row| row.key == *key);
            if !stays {
                self.group.remove(line);
            }
            stays
        });
        for row in &snapshot.rows {
            let at = lines.iter().position(|(key, _)| *key == row.key);
            let line = if let Some(at) = at {
                lines[at].1.clone()
            } else {
                let line = adw::ActionRow::builder()
                    .use_markup(false)
                    .title_selectable(true)
                    .css_classes(["numeric"])
                    .build();
                self.group.add(&line);
                lines.push((row.key, line.clone()));
                line
            };
            set(&line, &title(row, style), &subtitle(row, style));
        }
        self.group.set_visible(!lines.is_empty());
        let shown = snapshot.rows.len() as u64;
        let text = if shown < snapshot.totals.total {
            // Translators: so many of so many connections are listed.
            gettext("The busiest {shown} of {total}")
                .replace("{shown}", &shown.to_string())
                .replace("{total}", &snapshot.totals.total.to_string())
        } else {
            String::new()
        };
        self.group.set_description(Some(&text));
    }
}

fn set(line: &adw::ActionRow, title: &str, subtitle: &str) {
    if line.title() != title {
        line.set_title(title);
    }
    if line.subtitle().as_deref() != Some(subtitle) {
        line.set_subtitle(subtitle);
    }
}

/// Where it leads: the other end, or the port at which anybody is heard.
fn title(row: &ConnectionRow, style: &Style) -> String {
    let use_of = |port: u16| match &row.port_name {
        Some(name) => format!("{port} ({})", printable(name)),
        None => port.to_string(),
    };
    let Some(remote) = row.remote else {
        // Translators: a socket that waits at a port, as in "Port 443 (https)".
        return gettext("Port {port}").replace("{port}", &use_of(row.local.port()));
    };
    let host = ConnectionRow::column("remote").map(|column| (column.value)(row));
    let host = host.unwrap_or(Value::Address(remote));
    let text = style.cell(&host, crate::model::table::Format::Text);
    // Translators: the other end of a connection, as in "example.org, port 443 (https)".
    gettext("{host}, port {port}")
        .replace("{host}", &text)
        .replace("{port}", &use_of(remote.port()))
}

fn subtitle(row: &ConnectionRow, style: &Style) -> String {
    let state = row.state.map(|state| state.name().to_owned());
    let rate = |words: String, rate: Option<_>| {
        rate.map(|rate| words.replace("{rate}", &style.network_rate(rate)))
    };
    let parts = [
        Some(row.protocol.name().to_owned()),
        state,
        rate(gettext("{rate} received"), row.received_rate),
        rate(gettext("{rate} sent"), row.sent_rate),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
