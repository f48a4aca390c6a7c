//! Aligned columns for people.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::arguments::Sort;
use super::subject::{PrintedRow, sort_column};
use crate::model::format::{Style, printable};
use crate::model::programs;
use crate::model::remainder::RemainderRow;
use crate::model::table::Column;

/// The widest a cell may be, in columns of the terminal.
const WIDEST_CELL: usize = 32;
const GAP: &str = "  ";
/// Stands for what was cut out of a text.
const CUT: char = '…';

/// Lines of text that stand under each other.
pub(super) struct TextTable {
    /// Whether each column's values stand at its end.
    at_end: Vec<bool>,
    lines: Vec<Vec<String>>,
}

impl TextTable {
    /// A table with these headings: text, and whether its values stand at the end.
    pub(super) fn new(headings: impl IntoIterator<Item = (String, bool)>) -> Self {
        let (headings, at_end) = headings.into_iter().unzip();
        Self {
            at_end,
            lines: vec![headings],
        }
    }

    /// Adds a line. Cells are cut in the middle where they are too wide.
    pub(super) fn push(&mut self, cells: impl IntoIterator<Item = String>) {
        self.lines.push(
            cells
                .into_iter()
                .map(|cell| cut_in_the_middle(&cell, WIDEST_CELL))
                .collect(),
        );
    }

    /// The finished lines.
    pub(super) fn lines(&self) -> Vec<String> {
        let widths: Vec<usize> = (0..self.at_end.len())
            .map(|column| {
                self.lines
                    .iter()
                    .filter_map(|cells| cells.get(column))
                    .map(|cell| cell.width())
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        self.lines
            .iter()
            .map(|cells| {
                let cells = cells.iter().zip(&widths).zip(&self.at_end);
                let padded: Vec<String> = cells
                    .map(|((cell, width), at_end)| {
                        let pad = " ".repeat(width.saturating_sub(cell.width()));
                        if *at_end {
                            format!("{pad}{cell}")
                        } else {
                            format!("{cell}{pad}")
                        }
                    })
                    .collect();
                padded.join(GAP).trim_end().to_owned()
            })
            .collect()
    }
}

/// The table of these rows: the columns shown at first, and the one that they are sorted by. Below
/// them stands what none of them accounts for.
pub(super) fn of_rows<R: PrintedRow>(
    rows: &[&R],
    remainder: &[R::Remainder],
    sort: Option<&Sort>,
    style: &Style,
) -> TextTable {
    let sorted_by = sort_column::<R>(sort);
    let columns: Vec<&Column<R>> = R::COLUMNS
        .iter()
        .filter(|column| column.shown)
        .chain(
            sorted_by
                .iter()
                .filter(|by| !R::COLUMNS.iter().any(|it| it.shown && it.key == by.key)),
        )
        .collect();
    let headings = columns.iter().map(|column| {
        (
            style.heading(column.title, column.format),
            column.format.is_numeric(),
        )
    });
    // What is only said of some rows of the remainder stands behind them, under no heading.
    let said = (String::new(), false);
    let mut table = TextTable::new(headings.chain([said]));
    for row in rows {
        table.push(
            columns
                .iter()
                .map(|column| style.cell(&(column.value)(row), column.format)),
        );
    }
    for row in remainder {
        let cells = columns.iter().map(|column| match column.key {
            "name" => printable(&row.what().english()).into_owned(),
            key if R::Remainder::COLUMNS.contains(&key) => {
                style.cell(&row.value(key), column.format)
            }
            _ => String::new(),
        });
        let programs = row.programs().filter(|programs| !programs.is_empty());
        let programs = programs.map(|programs| style.list(programs::texts(programs)));
        table.push(cells.chain(programs));
    }
    table
}

/// A text of at most `widest` columns that keeps its beginning and its end.
fn cut_in_the_middle(text: &str, widest: usize) -> String {
    if text.width() <= widest {
        return text.to_owned();
    }
    let room = widest.saturating_sub(1);
    let head: String = fitting(text.chars(), room - room / 2).collect();
    let tail: Vec<char> = fitting(text.chars().rev(), room / 2).collect();
    head.chars()
        .chain([CUT])
        .chain(tail.into_iter().rev())
        .collect()
}

/// The beginning of a text that fits into `widest` columns.
pub(super) fn cut_at_the_end(text: &str, widest: usize) -> String {
    if text.width() <= widest {
        return text.to_owned();
    }
    fitting(text.chars(), widest.saturating_sub(1))
        .chain([CUT])
        .collect()
}

fn fitting(chars: impl Iterator<Item = char>, widest: usize) -> impl Iterator<Item = char> {
    chars.scan(0, move |used, c| {
        *used += c.width().unwrap_or(0);
        (*used <= widest).then_some(c)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_stand_at_the_end_and_wide_signs_take_two_columns() {
        let mut table = TextTable::new([("Process".to_owned(), false), ("PID".to_owned(), true)]);
        table.push(["日本".to_owned(), "7".to_owned()]);
        table.push(["a".to_owned(), "4242".to_owned()]);
        assert_eq!(
            table.lines(),
            ["Process   PID", "日本        7", "a        4242"]
        );
    }

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(cut_in_the_middle("abcdefghij", 7), "abc…hij");
        assert_eq!(cut_in_the_middle("日本語日本語", 7), "日…語");
        assert_eq!(cut_in_the_middle("short", 7), "short");
        assert_eq!(cut_at_the_end("abcdefghij", 4), "abc…");
    }

    proptest! {
        #[test]
        fn a_cut_text_fits(text in "\\PC{0,80}", widest in 1_usize..60) {
            prop_assert!(cut_in_the_middle(&text, widest).width() <= widest);
            prop_assert!(cut_at_the_end(&text, widest).width() <= widest);
        }
    }
}
