//! What is installed for the desktop speaks of the same application as the program does.

use std::path::{Path, PathBuf};
use std::{fs, io};

use regex::Regex;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

fn read(name: &str) -> String {
    let file = data().join(name);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The one place.
fn id() -> String {
    read("app-id").trim_ascii().to_owned()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files(&path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

/// `data/app-id` is the one place; names of files and the schema, which plain cargo uses as it is,
/// repeat it.
#[test]
fn every_file_speaks_of_the_same_application() {
    let id = id();
    let path = format!("{}/", id.replace('.', "/"));
    let an_id = Regex::new(r"io[./]github[./][A-Za-z0-9_]+[./][A-Za-z0-9_]+/?").unwrap();
    let mut found = Vec::new();
    files(&data(), &mut found).unwrap();
    assert!(found.len() > 8, "{found:?}");
    for file in found {
        let name = file.file_name().unwrap().to_str().unwrap();
        if name.starts_with("io.") {
            assert!(name.starts_with(&id), "{name}");
        }
        let text = fs::read_to_string(&file).unwrap();
        for named in an_id.find_iter(&text).map(|found| found.as_str()) {
            assert!(named == id || named == path, "{named} in {name}");
        }
    }
    for icon in ["scalable/apps/{}.svg", "symbolic/apps/{}-symbolic.svg"] {
        let file = data().join("icons/hicolor").join(icon.replace("{}", &id));
        assert!(file.exists(), "{}", file.display());
    }
    let schema = read(&format!("{id}.gschema.xml"));
    assert!(schema.contains(&format!("<schema id=\"{id}\" path=\"/{path}\"")));
    assert!(schema.contains(&format!("<schema id=\"{id}.Table\"")));
}

#[test]
fn the_newest_release_is_this_one() {
    let metainfo = read("sysmon.metainfo.xml.in");
    let newest = metainfo.split("<release version=\"").nth(1).unwrap();
    let version = newest.split('"').next().unwrap();
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
}

/// GTK gives a symbolic icon the colour of the text through its fills.
#[test]
fn the_symbolic_icon_can_be_recoloured() {
    let icon = format!("icons/hicolor/symbolic/apps/{}-symbolic.svg", id());
    let icon = read(&icon);
    assert!(
        icon.contains("fill=") && !icon.contains("stroke="),
        "{icon}"
    );
}

#[cfg(feature = "ui")]
#[test]
fn each_action_of_the_launcher_opens_the_table_of_a_graph() {
    use sysmon::ui::app;
    use sysmon::ui::command_line::CommandLine;
    use sysmon::ui::graph::GRAPHS;

    assert_eq!(app::ID, id());
    let entry = read("sysmon.desktop.in");
    let listed = entry
        .lines()
        .find_map(|line| line.strip_prefix("Actions="))
        .unwrap();
    let mut opened = Vec::new();
    for action in listed.split_terminator(';') {
        let head = format!("[Desktop Action {action}]");
        let group = entry.split(&head).nth(1).unwrap();
        let command = group
            .lines()
            .find_map(|line| line.strip_prefix("Exec="))
            .unwrap();
        let line = CommandLine::understand(command.split(' ')).expect("understood");
        opened.extend(line.subjects());
    }
    assert_eq!(opened, GRAPHS);
    let start = entry.lines().find_map(|line| line.strip_prefix("Exec="));
    CommandLine::understand(start.unwrap().split(' ')).expect("understood");

    let service = read("sysmon.service.in");
    let command = service.lines().find_map(|line| line.strip_prefix("Exec="));
    let line = CommandLine::understand(command.unwrap().split(' ')).expect("understood");
    assert!(line.is_service());
}
