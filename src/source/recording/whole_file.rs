//! A file that comes to its place whole or not at all.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// A file beside the place where it will be. Dropped before it is there, nothing is left of it.
pub struct WholeFile {
    beside: NamedTempFile,
    path: PathBuf,
}

impl WholeFile {
    /// Makes it, readable to nobody else: command lines can hold secrets.
    pub fn create(path: &Path) -> io::Result<(Self, File)> {
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        // Nothing of the name that it will have, which can be as long as a name can be.
        let beside = Builder::new()
            .prefix(".sysmon-")
            .suffix(".part")
            // Opened here, so that an error is the system's own and does not tell of that name.
            .make_in(folder, |beside| {
                private(OpenOptions::new().write(true).create_new(true)).open(beside)
            })?;
        let file = beside.as_file().try_clone()?;
        let path = path.to_owned();
        Ok((Self { beside, path }, file))
    }

    /// Puts it in its place, where it replaces what was there.
    pub fn keep(self) -> io::Result<()> {
        self.beside.as_file().sync_all()?;
        self.keep_for_a_while()
    }

    /// The same for what is written anew before long: it does not wait for the storage, so a crash of
    /// the machine can leave an empty file.
    pub fn keep_for_a_while(self) -> io::Result<()> {
        self.beside.persist(&self.path)?;
        Ok(())
    }
}

/// A new file is its owner's only.
pub fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_name_may_be_as_long_as_a_name_can_be() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("n".repeat(255));
        let (whole, mut file) = WholeFile::create(&path).expect("a file");
        file.write_all(b"whole").expect("written");
        assert!(!path.exists());
        whole.keep().expect("kept");
        assert_eq!(fs::read(&path).expect("there"), b"whole");
        let (unfinished, _) = WholeFile::create(&path).expect("a file");
        drop(unfinished);
        assert_eq!(fs::read(&path).expect("there"), b"whole");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn an_error_is_the_systems_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("absent/name");
        let error = WholeFile::create(&path).map(|_| ()).expect_err("no folder");
        assert!(error.raw_os_error().is_some(), "{error}");
    }
}
