//! Which processes there are.

use std::mem::MaybeUninit;
use std::os::fd::BorrowedFd;

use rustix::fs::{RawDir, SeekFrom, seek};
use rustix::io::Errno;

/// Room for the entries of one `getdents64(2)`, in bytes.
const ROOM: usize = 32 * 1024;

/// Lists the folder of processes with one reused buffer.
pub struct ProcessList {
    entries: Box<[MaybeUninit<u8>]>,
}

impl Default for ProcessList {
    fn default() -> Self {
        Self {
            entries: Box::new_uninit_slice(ROOM),
        }
    }
}

impl ProcessList {
    /// Fills `pids` with the pids in `proc`, ascending, each once.
    ///
    /// # Errors
    /// What `getdents64(2)` or `lseek(2)` says.
    pub fn read(&mut self, proc: BorrowedFd<'_>, pids: &mut Vec<u32>) -> Result<(), Errno> {
        pids.clear();
        seek(proc, SeekFrom::Start(0))?;
        let mut entries = RawDir::new(proc, &mut self.entries);
        while let Some(entry) = entries.next() {
            if let Some(pid) = number(entry?.file_name().to_bytes()) {
                pids.push(pid);
            }
        }
        // The kernel lists ascending; a captured tree comes in any order.
        if !pids.is_sorted() {
            pids.sort_unstable();
        }
        pids.dedup();
        Ok(())
    }
}

/// A pid as the kernel writes it: digits without a leading zero.
pub(super) fn number(name: &[u8]) -> Option<u32> {
    if !matches!(name, [b'1'..=b'9', ..]) {
        return None;
    }
    name.iter().try_fold(0_u32, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use std::os::fd::AsFd as _;

    use super::*;

    #[test]
    fn only_numbers_are_processes_and_they_ascend() {
        let tree = tempfile::tempdir().expect("a folder");
        for name in [
            "10",
            "9",
            "self",
            "1",
            "0",
            "007",
            "4294967296",
            "12x",
            "2000000",
        ] {
            std::fs::create_dir(tree.path().join(name)).expect("made");
        }
        let folder = std::fs::File::open(tree.path()).expect("opens");
        let (mut list, mut pids) = (ProcessList::default(), vec![5]);
        for _ in 0..2 {
            list.read(folder.as_fd(), &mut pids).expect("listed");
            assert_eq!(pids, [1, 9, 10, 2_000_000]);
        }
    }

    proptest! {
        #[test]
        fn a_pid_is_read_as_it_is_written(pid in 1_u32.., name: Vec<u8>) {
            prop_assert_eq!(number(pid.to_string().as_bytes()), Some(pid));
            if let Some(pid) = number(&name) {
                let written = pid.to_string();
                prop_assert_eq!(written.as_bytes(), &name[..]);
            }
        }
    }
}
