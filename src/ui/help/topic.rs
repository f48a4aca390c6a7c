//! What the help consists of, as data, and how it is searched.

use gettextrs::gettext;

use crate::model::connection::ConnectionRow;
use crate::model::cpu::CpuRow;
use crate::model::disk::DiskRow;
use crate::model::network::NetworkRow;
use crate::model::query::Field;
use crate::model::table::Row;
use crate::ui::language::{list, translated};
use crate::ui::shortcuts::{self, SECTIONS};

/// A page of the help.
pub struct Topic {
    /// Its name in the action that opens it.
    pub name: &'static str,
    /// What it is about, in English.
    pub title: &'static str,
    /// What it says.
    pub parts: &'static [Part],
}

/// A piece of a topic, in English.
pub enum Part {
    /// What the following parts are about.
    Heading(&'static str),
    /// A paragraph.
    Text(&'static str),
    /// Something to type, as it is, and what it means.
    Term(&'static str, &'static str),
    /// What the program says, and what it means.
    Said(&'static str, &'static str),
    /// A column of a table, by its key, and what it says.
    Column(Table, &'static str, &'static str),
    /// All fields of the filter.
    Fields,
    /// All keys.
    Keys,
}

/// A table with columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Processes by CPU and memory.
    Cpu,
    /// Processes by storage.
    Disk,
    /// Processes by sockets.
    Network,
    /// Sockets.
    Connections,
}

/// A line of a topic in the user's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// What the following lines are about.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// Something to type, as it is, and what it means.
    Term(String, String),
    /// Something that the program says or shows, and what it means.
    Said(String, String),
}

/// A topic in the user's language.
pub struct Page {
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub title: String,
    /// What it says.
    pub lines: Vec<Line>,
    /// All of it, in lower case.
    searched: String,
}

impl Table {
    /// Title of the column of this key, in English.
    pub fn title(self, key: &str) -> Option<&'static str> {
        fn of<R: Row>(key: &str) -> Option<&'static str> {
            R::column(key).map(|column| column.title)
        }
        match self {
            Self::Cpu => of::<CpuRow>(key),
            Self::Disk => of::<DiskRow>(key),
            Self::Network => of::<NetworkRow>(key),
            Self::Connections => of::<ConnectionRow>(key),
        }
    }
}

impl Page {
    /// The topic in the user's language.
    pub fn of(topic: &Topic) -> Self {
        let title = gettext(topic.title);
        let lines: Vec<Line> = topic.parts.iter().flat_map(lines).collect();
        let mut searched = title.to_lowercase();
        for line in &lines {
            searched.push('\n');
            searched.push_str(&line.text().to_lowercase());
        }
        Self {
            name: topic.name,
            title,
            lines,
            searched,
        }
    }

    /// Whether all of these words stand somewhere in it, in any case.
    pub fn matches(&self, words: &str) -> bool {
        let words = words.to_lowercase();
        words
            .split_whitespace()
            .all(|word| self.searched.contains(word))
    }
}

impl Line {
    /// Its words.
    pub fn text(&self) -> String {
        match self {
            Self::Heading(text) | Self::Text(text) => text.clone(),
            Self::Term(term, meaning) | Self::Said(term, meaning) => format!("{term}\t{meaning}"),
        }
    }
}

fn lines(part: &Part) -> Vec<Line> {
    match *part {
        Part::Heading(text) => vec![Line::Heading(gettext(text))],
        Part::Text(text) => vec![Line::Text(gettext(text))],
        Part::Term(term, meaning) => vec![Line::Term(term.to_owned(), gettext(meaning))],
        Part::Said(words, meaning) => vec![Line::Said(gettext(words), gettext(meaning))],
        Part::Column(table, key, meaning) => {
            let title = table.title(key).map(gettext);
            vec![Line::Said(title.unwrap_or_default(), gettext(meaning))]
        }
        Part::Fields => Field::ALL
            .into_iter()
            .map(|field| Line::Term(field.example().to_owned(), field_text(field)))
            .collect(),
        Part::Keys => SECTIONS.into_iter().flat_map(keys).collect(),
    }
}

/// What a field stands for, and which tables have it where that is not all.
fn field_text(field: Field) -> String {
    let meaning = translated(field.description());
    let tables = [
        (field.is_in::<CpuRow>(), gettext("CPU")),
        (field.is_in::<CpuRow>(), gettext("Memory")),
        (field.is_in::<DiskRow>(), gettext("Disk")),
        (field.is_in::<NetworkRow>(), gettext("Network")),
        (field.is_in::<ConnectionRow>(), gettext("Connections")),
    ];
    if tables.iter().all(|(has, _)| *has) {
        return meaning;
    }
    let names: Vec<String> = tables
        .into_iter()
        .filter_map(|(has, name)| has.then_some(name))
        .collect();
    // Translators: what a field of the filter stands for, and which tables have it.
    gettext("{meaning} · {tables}")
        .replace("{meaning}", &meaning)
        .replace("{tables}", &list(&names))
}

fn keys((section, groups): (&str, &[shortcuts::Group])) -> Vec<Line> {
    let mut lines = Vec::new();
    for group in groups {
        // Translators: where keys work: a window, and a part of it.
        let heading = gettext("{window}: {part}")
            .replace("{window}", &gettext(section))
            .replace("{part}", &gettext(group.title));
        lines.push(Line::Heading(heading));
        lines.extend(
            group.keys.iter().map(|shortcut| {
                Line::Said(shortcuts::names(shortcut.all()), gettext(shortcut.does))
            }),
        );
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::ui::help::topics::TOPICS;
    use crate::ui::table::offered;

    fn all_parts() -> impl Iterator<Item = &'static Part> {
        TOPICS.iter().flat_map(|topic| topic.parts)
    }

    #[test]
    fn every_topic_has_a_name_of_its_own_and_something_to_say() {
        let names: HashSet<&str> = TOPICS.iter().map(|topic| topic.name).collect();
        assert_eq!(names.len(), TOPICS.len());
        assert!(TOPICS.iter().all(|topic| !topic.parts.is_empty()));
    }

    #[test]
    fn the_columns_that_are_explained_are_those_that_are_offered() {
        fn check<R: Row>(table: Table) {
            let explained: HashSet<&str> = all_parts()
                .filter_map(|part| match part {
                    Part::Column(of, key, _) if *of == table => Some(*key),
                    _ => None,
                })
                .collect();
            let offered: HashSet<&str> = offered::<R>().map(|column| column.key).collect();
            assert_eq!(explained, offered, "{table:?}");
        }
        check::<CpuRow>(Table::Cpu);
        check::<DiskRow>(Table::Disk);
        check::<NetworkRow>(Table::Network);
        check::<ConnectionRow>(Table::Connections);
    }

    #[test]
    fn words_are_found_in_title_and_text_in_any_case() {
        const PARTS: &[Part] = &[
            Part::Text("A Spike that is over"),
            Part::Term("rx>1M", "Received per second"),
        ];
        let page = Page::of(&Topic {
            name: "test",
            title: "Going Back",
            parts: PARTS,
        });
        for found in ["", "going", "BACK spike", "rx>1m", "received  over"] {
            assert!(page.matches(found), "{found}");
        }
        for missing in ["forward", "spike forward"] {
            assert!(!page.matches(missing), "{missing}");
        }
    }
}
