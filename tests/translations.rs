//! Translators get every string: `po/POTFILES.in` lists each file that holds one.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// What a string to translate stands in: calls of gettext, and values of model, which knows no
/// gettext and has the window translate them.
const MARKS: [&str; 7] = [
    "gettext(",
    "gettext_noop(",
    "Column::new(",
    "Self::new(\"",
    "Phrase::Plain(",
    "plain(\"",
    "pub const STATES",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// What the desktop and its software centre show of the program.
fn data_with_strings(top: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(top.join("data"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let ends = [".desktop.in", ".metainfo.xml.in", ".gschema.xml"];
        if ends.iter().any(|end| name.ends_with(end)) {
            found.push(format!("data/{name}"));
        }
    }
    Ok(found)
}

#[test]
fn every_file_with_strings_is_listed_for_translators() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    // The terminal program speaks English.
    for folder in ["src/model", "src/ui"] {
        sources(&top.join(folder), &mut found).unwrap();
    }
    let mut with_strings: Vec<String> = found
        .into_iter()
        .filter(|path| {
            let text = fs::read_to_string(path).unwrap();
            MARKS.iter().any(|mark| text.contains(mark))
        })
        .map(|path| path.strip_prefix(top).unwrap().to_str().unwrap().to_owned())
        .collect();
    with_strings.extend(data_with_strings(top).unwrap());
    with_strings.sort();
    let listed = fs::read_to_string(top.join("po/POTFILES.in")).unwrap();
    let listed: Vec<_> = listed
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    assert_eq!(
        listed, with_strings,
        "po/POTFILES.in must list these files, sorted"
    );
}
