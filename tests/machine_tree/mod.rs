//! Captured trees of `/proc` and `/sys` that tests can change.

use std::fs;
use std::path::{Path, PathBuf};

use sysmon::platform::Roots;
use tempfile::TempDir;

/// A copy of a captured tree, gone when dropped.
pub struct MachineTree {
    folder: TempDir,
}

impl MachineTree {
    /// A copy of `tests/fixtures/machine/NAME`. The folders of `/sys`, some of them empty, are
    /// made from the list `sys.txt`; without it there is no `/sys`.
    pub fn new(name: &str) -> Self {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures/machine")
            .join(name);
        let folder = tempfile::tempdir().expect("a folder");
        copy(&fixture.join("proc"), &folder.path().join("proc"));
        if let Ok(list) = fs::read_to_string(fixture.join("sys.txt")) {
            for line in list.lines() {
                fs::create_dir_all(folder.path().join("sys").join(line)).expect("a folder");
            }
        }
        Self { folder }
    }

    /// A tree of nothing.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("proc")).expect("a folder");
        Self { folder }
    }

    /// Where the tree stands.
    pub fn roots(&self) -> Roots {
        Roots {
            proc: self.proc(""),
            sys: self.folder.path().join("sys"),
            etc: self.folder.path().join("etc"),
        }
    }

    /// A path below `/proc`.
    pub fn proc(&self, path: &str) -> PathBuf {
        self.folder.path().join("proc").join(path)
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a fixture") {
        let entry = entry.expect("readable");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
