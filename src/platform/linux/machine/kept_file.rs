//! A file that stays open and is read again from its start.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Far above what any of the machine's files holds: a `/proc/stat` of 8192 CPUs has 1 MiB.
const LARGEST: usize = 16 << 20;
const FIRST_BUFFER: usize = 8 << 10;

/// A file of a kernel's file system, which writes it anew for each reader that starts at 0: opened
/// once, read with `pread(2)` into the same buffer.
pub(super) struct KeptFile {
    path: PathBuf,
    file: Option<File>,
    buffer: Vec<u8>,
}

impl KeptFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            file: None,
            buffer: Vec::new(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The whole content as it is now. After an error the file is opened anew next time: a source
    /// may come back, or come late.
    pub(super) fn read(&mut self) -> io::Result<&[u8]> {
        match self.fill() {
            Ok(length) => Ok(&self.buffer[..length]),
            Err(error) => {
                self.file = None;
                Err(error)
            }
        }
    }

    fn fill(&mut self) -> io::Result<usize> {
        let file = match &mut self.file {
            Some(file) => file,
            // A captured tree may hold anything: a FIFO must not block the reader.
            none => none.insert(
                File::options()
                    .read(true)
                    .custom_flags(libc::O_NONBLOCK)
                    .open(&self.path)?,
            ),
        };
        if self.buffer.is_empty() {
            self.buffer.resize(FIRST_BUFFER, 0);
        }
        let mut length = 0;
        loop {
            match file.read_at(&mut self.buffer[length..], length as u64) {
                Ok(0) => return Ok(length),
                Ok(read) => length += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if length == self.buffer.len() {
                if length >= LARGEST {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "larger than any such file",
                    ));
                }
                self.buffer.resize(length * 2, 0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_read_anew_each_time_and_found_when_it_comes_late() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("stat");
        let mut kept = KeptFile::new(path.clone());
        assert_eq!(
            kept.read().expect_err("missing").kind(),
            io::ErrorKind::NotFound
        );
        fs::write(&path, "first").expect("writable");
        assert_eq!(kept.read().expect("readable"), b"first");
        let long = "x".repeat(3 * FIRST_BUFFER);
        fs::write(&path, &long).expect("writable");
        assert_eq!(kept.read().expect("readable"), long.as_bytes());
        fs::write(&path, "").expect("writable");
        assert_eq!(kept.read().expect("readable"), b"");
    }

    #[test]
    fn what_has_no_end_is_refused() {
        let mut kept = KeptFile::new("/dev/zero".into());
        assert_eq!(
            kept.read().expect_err("endless").kind(),
            io::ErrorKind::InvalidData
        );
    }

    #[test]
    fn a_fifo_does_not_block() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("stat");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &path,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
            0,
        )
        .expect("a FIFO");
        KeptFile::new(path).read().expect_err("a FIFO has no start");
    }
}
