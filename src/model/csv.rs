//! Comma-separated values as RFC 4180 has them, safe to be opened in a spreadsheet.

/// A line with its end. Cells that hold what separates cells or lines are quoted; those that a
/// spreadsheet would take for a formula begin with an apostrophe, which makes them text there.
pub fn line<C: AsRef<str>>(cells: impl IntoIterator<Item = C>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|cell| field(cell.as_ref())).collect();
    cells.join(",") + "\r\n"
}

fn field(text: &str) -> String {
    let is_formula =
        text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    let text = if is_formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    // A single empty cell would be an empty line.
    if text.contains([',', '"', '\n', '\r']) || is_formula {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads a line as RFC 4180 says.
    fn cells(line: &str) -> Vec<String> {
        let mut cells = vec![String::new()];
        let mut quoted = false;
        let mut characters = line
            .strip_suffix("\r\n")
            .expect("an end")
            .chars()
            .peekable();
        while let Some(character) = characters.next() {
            let cell = cells.last_mut().expect("a cell");
            match character {
                '"' if quoted && characters.next_if_eq(&'"').is_some() => cell.push('"'),
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                character => cell.push(character),
            }
        }
        assert!(!quoted);
        cells
    }

    #[test]
    fn what_separates_cells_is_quoted() {
        assert_eq!(
            line(["a", "b,c", "d\"e", "f\ng", ""]),
            "a,\"b,c\",\"d\"\"e\",\"f\ng\",\r\n"
        );
    }

    #[test]
    fn a_formula_is_made_text_and_a_number_stays_one() {
        assert_eq!(
            line(["=1+1", "-1.5", "+x", "@a", "-rf"]),
            "\"'=1+1\",-1.5,\"'+x\",\"'@a\",\"'-rf\"\r\n"
        );
    }

    proptest! {
        #[test]
        fn every_cell_is_read_again(texts in prop::collection::vec(any::<String>(), 1..6)) {
            let read = cells(&line(&texts));
            prop_assert_eq!(read.len(), texts.len());
            for (read, text) in read.iter().zip(&texts) {
                prop_assert!(read == text || read.strip_prefix('\'') == Some(text));
                prop_assert!(!read.starts_with(['=', '@']));
            }
        }
    }
}
