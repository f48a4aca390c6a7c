//! Reading the small files below a process's folder.

use std::ffi::CStr;
use std::io::Write as _;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::buffer::spare_capacity;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, fstat, openat, statat};
use rustix::io::{Errno, read};

use crate::model::process::{Pid, Uid};
use crate::platform::PlatformError;

/// No more of a file is read, in bytes: `cmdline` is as long as its process likes.
const LONGEST: usize = 64 * 1024;
/// What is read at first, in bytes: enough for `stat`, `io` and most command lines.
const USUAL: usize = 4096;

/// The folder of processes, kept open, and a buffer that every read uses again.
pub struct ProcessFiles {
    root: PathBuf,
    proc: OwnedFd,
    buffer: Vec<u8>,
}

/// Why a file of a process cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// The process ended: no error, it happens at every refresh.
    Gone,
    /// The kernel denies it to this user.
    Denied,
    /// Anything else.
    Failed(Errno),
}

impl From<Errno> for Unread {
    fn from(error: Errno) -> Self {
        match error {
            Errno::NOENT | Errno::SRCH | Errno::NOTDIR => Self::Gone,
            Errno::ACCESS | Errno::PERM => Self::Denied,
            error => Self::Failed(error),
        }
    }
}

/// It ended in the midst of being read: no error, it happens at every refresh.
#[derive(Debug)]
pub struct Gone;

/// What may not be read is absent.
///
/// # Errors
/// When the process is gone.
pub fn present<T>(read: Result<T, Unread>) -> Result<Option<T>, Gone> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(Unread::Gone) => Err(Gone),
        Err(Unread::Denied | Unread::Failed(_)) => Ok(None),
    }
}

/// The content of a file of a process.
#[derive(Debug, PartialEq, Eq)]
pub struct Content<'a> {
    /// At most 64 KiB of it.
    pub bytes: &'a [u8],
    /// Who owns the file: the effective user of the process, or root when the process is not
    /// dumpable. When it changes, so does what may be read.
    pub owner: Uid,
}

impl ProcessFiles {
    /// Opens the folder of processes.
    ///
    /// # Errors
    /// When there is none or it may not be read.
    pub fn open(root: &Path) -> Result<Self, PlatformError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let proc =
            openat(CWD, root, flags, Mode::empty()).map_err(|error| PlatformError::Unreadable {
                path: root.to_owned(),
                error: error.into(),
            })?;
        Ok(Self {
            root: root.to_owned(),
            proc,
            buffer: Vec::with_capacity(USUAL),
        })
    }

    /// The folder of processes.
    pub fn folder(&self) -> BorrowedFd<'_> {
        self.proc.as_fd()
    }

    /// Its path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Reads `name` of the process `pid`, into the buffer that the next read uses again.
    ///
    /// # Errors
    /// When the process is gone or its file may not be read.
    pub fn read(&mut self, pid: Pid, name: &str) -> Result<Content<'_>, Unread> {
        self.read_path(format_args!("{pid}/{name}"))
    }

    /// Reads the file at `path` below the folder of processes.
    ///
    /// # Errors
    /// When it is missing or may not be read.
    pub fn read_path(&mut self, path: std::fmt::Arguments<'_>) -> Result<Content<'_>, Unread> {
        let mut room = [0; 128];
        let file = openat(
            &self.proc,
            c_path(&mut room, path)?,
            OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK,
            Mode::empty(),
        )?;
        let owner = Uid(fstat(&file)?.st_uid);
        self.buffer.clear();
        loop {
            // Only a read of nothing is the end: a file of many records gives as many of them as
            // fit into the kernel's own buffer.
            if read(&file, spare_capacity(&mut self.buffer))? == 0 || self.buffer.len() >= LONGEST {
                break;
            }
            self.buffer.reserve(1);
        }
        self.buffer.truncate(LONGEST);
        Ok(Content {
            bytes: &self.buffer,
            owner,
        })
    }

    /// The effective user of a process: the owner of its folder, which `hidepid=1` shows too.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn uid(&self, pid: Pid) -> Result<Uid, Unread> {
        let mut room = [0; 128];
        let path = c_path(&mut room, format_args!("{pid}"))?;
        Ok(Uid(statat(&self.proc, path, AtFlags::empty())?.st_uid))
    }
}

/// Writes a path with its final zero into `room`: no allocation for each file.
fn c_path<'a>(room: &'a mut [u8; 128], path: std::fmt::Arguments<'_>) -> Result<&'a CStr, Errno> {
    let mut rest = &mut room[..];
    rest.write_fmt(path)
        .and_then(|()| rest.write_all(&[0]))
        .map_err(|_| Errno::NAMETOOLONG)?;
    CStr::from_bytes_until_nul(room).map_err(|_| Errno::NAMETOOLONG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_whole_up_to_a_limit_and_the_buffer_forgets_the_last_one() {
        let tree = tempfile::tempdir().expect("a folder");
        let folder = tree.path().join("7");
        std::fs::create_dir(&folder).expect("made");
        for (name, length) in [
            ("long", 200_000),
            ("exact", USUAL),
            ("short", 3),
            ("empty", 0),
        ] {
            std::fs::write(folder.join(name), vec![b'x'; length]).expect("written");
        }
        let mut files = ProcessFiles::open(tree.path()).expect("opens");
        let mut length = |name| files.read(Pid(7), name).map(|content| content.bytes.len());
        assert_eq!(length("long"), Ok(LONGEST));
        assert_eq!(length("exact"), Ok(USUAL));
        assert_eq!(length("short"), Ok(3));
        assert_eq!(length("empty"), Ok(0));
        assert_eq!(length("missing"), Err(Unread::Gone));
        assert_eq!(
            length(&"n".repeat(300)),
            Err(Unread::Failed(Errno::NAMETOOLONG))
        );
        assert_eq!(files.read(Pid(8), "stat"), Err(Unread::Gone));
    }

    #[test]
    fn a_file_of_many_records_is_read_to_its_end() {
        const THREADS: usize = 100;

        // The stack of each thread is a record of `maps`; that of the first one is among the last.
        let end = std::sync::Barrier::new(THREADS + 1);
        let maps = std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| end.wait());
            }
            let mut files = ProcessFiles::open(Path::new("/proc"));
            let maps = files.as_mut().ok().and_then(|files| {
                let maps = files.read_path(format_args!("self/maps")).ok()?;
                Some(maps.bytes.to_vec())
            });
            end.wait();
            maps.expect("readable")
        });
        assert!(maps.len() > USUAL);
        let mut words = maps.split(u8::is_ascii_whitespace);
        assert!(words.any(|word| word == b"[stack]"));
    }

    #[test]
    fn without_the_folder_the_error_names_it() {
        let error = ProcessFiles::open(Path::new("/nonexistent/proc"))
            .err()
            .expect("fails");
        assert!(error.to_string().contains("/nonexistent/proc"), "{error}");
    }
}
