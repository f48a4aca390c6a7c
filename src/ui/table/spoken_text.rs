//! Parts of a text of one line, as a screen reader asks for them.

use std::ops::Range;

use relm4::gtk::AccessibleTextGranularity as Granularity;
use relm4::gtk::glib;

/// The characters from `start` to before `end`, or to the last.
pub fn part(text: &str, start: u32, end: u32) -> glib::Bytes {
    let count = end.saturating_sub(start) as usize;
    let part = text.chars().skip(start as usize).take(count);
    // GTK reads it up to a NUL.
    let part: String = part.chain(['\0']).collect();
    glib::Bytes::from_owned(part)
}

/// Which characters are the part of this size at a character: a word goes with what follows it up to the next.
pub fn around(text: &str, at: u32, granularity: Granularity) -> Range<u32> {
    let chars: Vec<char> = text.chars().collect();
    let at = (at as usize).min(chars.len());
    let starts_word = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| chars.get(before));
        let in_word = |char: Option<&char>| char.is_some_and(|it| it.is_alphanumeric());
        in_word(chars.get(at)) && !in_word(before)
    };
    let range = match granularity {
        Granularity::Character => at..(at + 1).min(chars.len()),
        Granularity::Word => {
            let start = (0..=at).rev().find(|&at| starts_word(at)).unwrap_or(0);
            let next = (at + 1..chars.len()).find(|&at| starts_word(at));
            start..next.unwrap_or(chars.len())
        }
        _ => 0..chars.len(),
    };
    let count = |chars: usize| u32::try_from(chars).unwrap_or(u32::MAX);
    count(range.start)..count(range.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_told_apart_in_characters_and_ends_with_a_nul() {
        assert_eq!(*part("5,1 µs", 4, 5), *"µ\0".as_bytes());
        assert_eq!(*part("µs", 0, u32::MAX), *"µs\0".as_bytes());
        assert_eq!(*part("µs", 7, 9), *b"\0");
    }

    #[test]
    fn words_lead_from_the_first_character_to_the_last() {
        let text = "⟨gnome-shell⟩ 12 %";
        let mut at = 0;
        let mut words = Vec::new();
        while (at as usize) < text.chars().count() {
            let word = around(text, at, Granularity::Word);
            assert!(word.contains(&at), "{word:?} at {at}");
            words.push(
                text.chars()
                    .skip(word.start as usize)
                    .take(word.len())
                    .collect::<String>(),
            );
            at = word.end;
        }
        assert_eq!(words, ["⟨", "gnome-", "shell⟩ ", "12 %"]);
        assert_eq!(around(text, 3, Granularity::Character), 3..4);
        assert_eq!(around(text, 99, Granularity::Character), 18..18);
        assert_eq!(around(text, 5, Granularity::Line), 0..18);
        assert_eq!(around("", 0, Granularity::Word), 0..0);
    }
}
