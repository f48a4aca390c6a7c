//! A file that comes to its place whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// A file beside the place where it will be. Dropped before it is there, nothing is left of it.
pub struct WholeFile {
    beside: PathBuf,
    path: PathBuf,
    is_there: bool,
}

impl WholeFile {
    /// Makes it, readable to nobody else: command lines can hold secrets.
    pub fn create(path: &Path) -> io::Result<(Self, File)> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
        let mut beside = std::ffi::OsString::from(".");
        beside.push(name);
        beside.push(format!(".{}.part", std::process::id()));
        let beside = path.with_file_name(beside);
        let file = private(OpenOptions::new().write(true).create_new(true)).open(&beside)?;
        let whole = Self {
            beside,
            path: path.to_owned(),
            is_there: false,
        };
        Ok((whole, file))
    }

    /// Puts it in its place, where it replaces what was there.
    pub fn keep(mut self, file: &File) -> io::Result<()> {
        file.sync_all()?;
        fs::rename(&self.beside, &self.path)?;
        self.is_there = true;
        Ok(())
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if !self.is_there {
            // It failed already, and that is told.
            let _ = fs::remove_file(&self.beside);
        }
    }
}

/// A new file is its owner's only.
pub fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}
