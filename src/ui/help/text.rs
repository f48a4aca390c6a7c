//! A topic as text that can be selected, and read with the arrow keys.

use adw::prelude::*;
use gtk::glib::translate::IntoGlib;
use gtk::pango;
use relm4::{adw, gtk};

use super::topic::{Line, Page};

const TITLE: &str = "title";
const HEADING: &str = "heading";
const PARAGRAPH: &str = "paragraph";
const TERM: &str = "term";
const SAID: &str = "said";
const MEANING: &str = "meaning";
const FOUND: &str = "found";

/// Shows one topic at a time.
pub struct TopicText {
    view: gtk::TextView,
}

impl TopicText {
    /// Shows none yet.
    pub fn new() -> Self {
        let view = gtk::TextView::builder()
            .editable(false)
            .accepts_tab(false)
            .wrap_mode(gtk::WrapMode::WordChar)
            .left_margin(24)
            .right_margin(24)
            .top_margin(12)
            .bottom_margin(24)
            .css_classes(["help-text"])
            .build();
        let buffer = view.buffer();
        let table = buffer.tag_table();
        for tag in tags() {
            table.add(&tag);
        }
        Self { view }
    }

    /// The widget to show.
    pub fn widget(&self) -> &gtk::TextView {
        &self.view
    }

    /// Shows this topic from its beginning, with these words marked in it.
    pub fn show(&self, page: &Page, words: &str) {
        let buffer = self.view.buffer();
        buffer.set_text("");
        append(&buffer, &page.title, TITLE);
        for line in &page.lines {
            append(&buffer, "\n", PARAGRAPH);
            match line {
                Line::Heading(text) => append(&buffer, text, HEADING),
                Line::Text(text) => append(&buffer, text, PARAGRAPH),
                Line::Term(term, meaning) => append_term(&buffer, term, TERM, meaning),
                Line::Said(term, meaning) => append_term(&buffer, term, SAID, meaning),
            }
        }
        mark(&buffer, words);
        buffer.place_cursor(&buffer.start_iter());
        self.view
            .update_property(&[gtk::accessible::Property::Label(&page.title)]);
        if let Some(scroll) = self.view.vadjustment() {
            scroll.set_value(0.0);
        }
    }

    /// Marks these words in what is shown, and no others.
    pub fn mark(&self, words: &str) {
        mark(&self.view.buffer(), words);
    }
}

fn tags() -> [gtk::TextTag; 7] {
    let tag = |name: &str| gtk::TextTag::builder().name(name);
    let bold = pango::Weight::Bold.into_glib();
    [
        tag(TITLE)
            .weight(bold)
            .scale(1.4)
            .pixels_below_lines(6)
            .build(),
        tag(HEADING)
            .weight(bold)
            .scale(1.1)
            .pixels_above_lines(18)
            .build(),
        tag(PARAGRAPH).pixels_above_lines(9).build(),
        tag(TERM)
            .family("monospace")
            .weight(bold)
            .left_margin(36)
            .pixels_above_lines(9)
            .build(),
        tag(SAID)
            .weight(bold)
            .left_margin(36)
            .pixels_above_lines(9)
            .build(),
        tag(MEANING).left_margin(36).pixels_above_lines(1).build(),
        tag(FOUND)
            .background("#f9f06b")
            .foreground("#241f31")
            .build(),
    ]
}

fn append_term(buffer: &gtk::TextBuffer, term: &str, tag: &str, meaning: &str) {
    append(buffer, term, tag);
    append(buffer, "\n", tag);
    append(buffer, meaning, MEANING);
}

fn append(buffer: &gtk::TextBuffer, text: &str, tag: &str) {
    buffer.insert_with_tags_by_name(&mut buffer.end_iter(), text, &[tag]);
}

fn mark(buffer: &gtk::TextBuffer, words: &str) {
    let (start, end) = buffer.bounds();
    buffer.remove_tag_by_name(FOUND, &start, &end);
    let flags = gtk::TextSearchFlags::CASE_INSENSITIVE | gtk::TextSearchFlags::TEXT_ONLY;
    for word in words.split_whitespace() {
        let mut at = start;
        while let Some((from, to)) = at.forward_search(word, flags, None) {
            buffer.apply_tag_by_name(FOUND, &from, &to);
            at = to;
        }
    }
}
