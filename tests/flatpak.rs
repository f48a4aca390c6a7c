//! The Flatpak's manifest and its list of crates agree with the rest of the project.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

use serde_json::Value;

fn read(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn id() -> String {
    read("data/app-id").trim_ascii().to_owned()
}

fn json(path: &str) -> Value {
    serde_json::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn manifest() -> Value {
    json(&format!("build-aux/{}.json", id()))
}

fn texts(list: &Value) -> Vec<&str> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(Value::as_str).collect()
}

/// Name, version and checksum of every crate that comes from outside.
fn locked() -> BTreeSet<[String; 3]> {
    let lock = read("Cargo.lock");
    let of = |package: &str, key: &str| {
        let head = format!("{key} = \"");
        let mut lines = package.lines();
        let found = lines.find_map(|line| line.strip_prefix(&head)?.strip_suffix('"'));
        found.map(str::to_owned)
    };
    lock.split("[[package]]\n")
        .filter_map(|package| {
            Some([
                of(package, "name")?,
                of(package, "version")?,
                of(package, "checksum")?,
            ])
        })
        .collect()
}

#[test]
fn the_flatpak_is_built_of_the_crates_of_the_lock_file() {
    let sources = json("build-aux/cargo-sources.json");
    let text = |source: &Value, key: &str| source[key].as_str().map(str::to_owned);
    let mut archives = BTreeSet::new();
    let mut checksums = BTreeSet::new();
    for source in sources.as_array().expect("a list") {
        let Some(folder) = text(source, "dest") else {
            panic!("nowhere: {source}");
        };
        if source["type"] == "archive" {
            archives.insert((folder, text(source, "url"), text(source, "sha256")));
        } else if source["dest-filename"] == ".cargo-checksum.json" {
            let contents: Value =
                serde_json::from_str(source["contents"].as_str().expect("text")).expect("valid");
            checksums.insert((folder, text(&contents, "package")));
        }
    }
    let folder = |name: &str, version: &str| format!("cargo/vendor/{name}-{version}");
    let crates = locked();
    assert!(crates.len() > 100, "{crates:?}");
    let expected: BTreeSet<_> = crates
        .iter()
        .map(|[name, version, checksum]| {
            let url = format!("https://static.crates.io/crates/{name}/{name}-{version}.crate");
            (folder(name, version), Some(url), Some(checksum.clone()))
        })
        .collect();
    let stale = "Cargo.lock has changed; run build-aux/cargo-sources";
    assert!(
        archives == expected,
        "{stale}: {:?}",
        archives.symmetric_difference(&expected)
    );
    let expected = crates
        .iter()
        .map(|[name, version, checksum]| (folder(name, version), Some(checksum.clone())))
        .collect();
    assert_eq!(checksums, expected, "{stale}");
}

#[test]
fn the_manifest_speaks_of_this_application() {
    let manifest = manifest();
    assert_eq!(manifest["id"], *id());
    let modules = manifest["modules"].as_array().expect("a list");
    let module = modules.last().expect("the program");
    // The folder in which flatpak-builder unpacks the sources of a module has its name.
    let home = format!(
        "/run/build/{}/cargo",
        module["name"].as_str().expect("text")
    );
    assert_eq!(manifest["build-options"]["env"]["CARGO_HOME"], *home);
    let options = read("meson.options");
    for option in texts(&module["config-opts"]) {
        let (name, _) = option
            .strip_prefix("-D")
            .and_then(|option| option.split_once('='))
            .expect("an option");
        assert!(options.contains(&format!("option('{name}'")), "{name}");
    }
}

/// What a person is asked to allow has its reason in the README.
#[test]
fn every_permission_is_explained() {
    let readme = read("README.md");
    let explained: BTreeSet<_> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `--")?.split_once('`'))
        .map(|(permission, _)| format!("--{permission}"))
        .collect();
    let manifest = manifest();
    let asked = texts(&manifest["finish-args"]);
    assert_eq!(explained, asked.into_iter().map(str::to_owned).collect());
}
