//! A table as a file for other programs.

use relm4::adw::prelude::*;
use relm4::{Sender, adw};
use serde_json::{Map, Value as Json};

use super::acting::say;
use super::message::Message;
use super::subject::Subject;
use super::widgets::Widgets;
use super::window::DrillDown;
use crate::model::table::Row;
use crate::model::{csv, plain, tsv};
use crate::ui::export::{self, Kind};
use crate::ui::table::offered;
use crate::ui::toast::toast;

impl<S: Subject> DrillDown<S> {
    /// Asks for a file, and writes all rows as they stand there now.
    pub(super) fn save(&self, root: &adw::Window, widgets: &Widgets, sender: &Sender<Message>) {
        let (toasts, sender) = (widgets.toasts.clone(), sender.clone());
        let keys: Vec<&str> = offered::<S::Row>().map(|column| column.key).collect();
        let rows = self.table.plain_rows();
        let at = self
            .snapshot
            .as_ref()
            .map(|snapshot| snapshot.at.to_string());
        export::save(
            root.upcast_ref(),
            S::Row::SUBJECT,
            &Kind::DATA,
            move |kind| Some(content(kind, S::Row::SUBJECT, at, &keys, rows).into_bytes()),
            move |text| say(&toasts, toast(text), &sender),
        );
    }
}

fn content(
    kind: Kind,
    subject: &str,
    at: Option<String>,
    keys: &[&str],
    rows: Vec<Vec<Json>>,
) -> String {
    match kind {
        Kind::Tsv => {
            let lines = rows.iter().map(tsv::line);
            let all: Vec<String> = std::iter::once(tsv::header(keys.iter().copied()))
                .chain(lines)
                .collect();
            all.join("\n") + "\n"
        }
        Kind::Json => {
            let row = |row: Vec<Json>| {
                let object: Map<_, _> = keys.iter().map(|&key| key.to_owned()).zip(row).collect();
                Json::Object(object)
            };
            let mut whole = Map::new();
            whole.insert("subject".to_owned(), subject.into());
            whole.insert("at".to_owned(), at.into());
            whole.insert("rows".to_owned(), rows.into_iter().map(row).collect());
            Json::Object(whole).to_string() + "\n"
        }
        _ => {
            let lines = rows
                .iter()
                .map(|row| csv::line(row.iter().map(plain::text)));
            std::iter::once(csv::line(keys)).chain(lines).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_from_outside_are_safe_in_every_kind() {
        let rows = || {
            vec![
                vec![json!("=1+1\n\t\","), json!(7)],
                vec![json!(null), json!(-1)],
            ]
        };
        let of = |kind| content(kind, "cpu", Some("then".into()), &["name", "pid"], rows());
        assert_eq!(of(Kind::Csv), "name,pid\r\n\"'=1+1\n\t\"\",\",7\r\n,-1\r\n");
        assert_eq!(of(Kind::Tsv), "name\tpid\n=1+1\\n\\t\",\t7\n\t-1\n");
        let read: Json = serde_json::from_str(&of(Kind::Json)).expect("JSON");
        assert_eq!(read["rows"][0]["name"], json!("=1+1\n\t\","));
        assert_eq!(read["at"], json!("then"));
    }
}
