//! Which devices count in the machine's total, looked up only when the devices change.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::fields::name;

/// A device can begin to lie upon another without a change of names: a RAID gets its disks after
/// it got its name. So the look-up is repeated once in so many readings.
const READINGS_PER_LOOK_UP: u32 = 60;

/// A device's counters: bytes from it and bytes to it.
pub(super) struct Line<'a> {
    pub(super) name: &'a [u8],
    pub(super) inward: u64,
    pub(super) outward: u64,
}

/// What a look-up found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Choice {
    /// Whether each device counts, in their order.
    pub(super) counted: Vec<bool>,
    /// Whether all had to be counted because which of them are physical could not be told.
    pub(super) all: bool,
}

/// The last choice and the names it was made for.
#[derive(Default)]
pub(super) struct CountedDevices {
    names: Vec<u8>,
    choice: Choice,
    readings: u32,
}

impl CountedDevices {
    /// The choice for these devices; `look_up` makes it when the kept one is not for them.
    pub(super) fn choose(
        &mut self,
        lines: &[Line<'_>],
        look_up: impl FnOnce(&[Line<'_>]) -> Choice,
    ) -> &Choice {
        // No device name holds a newline: it stood in a line.
        let names = || lines.iter().flat_map(|line| line.name.iter().chain(b"\n"));
        let same = self.names.iter().eq(names());
        if !same || self.readings >= READINGS_PER_LOOK_UP {
            if !same {
                self.names = names().copied().collect();
            }
            self.choice = look_up(lines);
            self.readings = 0;
        }
        self.readings += 1;
        &self.choice
    }
}

/// Drops lines whose names stood before, and says how many.
pub(super) fn each_once(lines: &mut Vec<Line<'_>>) -> u64 {
    let before = lines.len();
    let mut known = HashSet::with_capacity(before);
    // By the name as it will be shown: an escaped one may read like another.
    lines.retain(|line| known.insert(name(line.name)));
    (before - lines.len()) as u64
}

/// The folder of a device in sysfs, which writes a `/` of its name as `!`; `None` for what no
/// device is called and what would lead elsewhere.
pub(super) fn folder(class: &Path, name: &[u8]) -> Option<PathBuf> {
    if name.is_empty() || name == b"." || name == b".." {
        return None;
    }
    let entry: Vec<u8> = name
        .iter()
        .map(|&byte| if byte == b'/' { b'!' } else { byte })
        .collect();
    Some(class.join(OsStr::from_bytes(&entry)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &[u8]) -> Line<'_> {
        Line {
            name,
            inward: 0,
            outward: 0,
        }
    }

    #[test]
    fn the_look_up_is_repeated_when_names_change_and_once_in_a_while() {
        let mut devices = CountedDevices::default();
        let mut look_ups = 0;
        let mut choose = |names: &[&'static [u8]]| {
            let lines: Vec<_> = names.iter().map(|name| line(name)).collect();
            devices.choose(&lines, |lines| {
                look_ups += 1;
                Choice {
                    counted: vec![true; lines.len()],
                    all: false,
                }
            });
            look_ups
        };
        assert_eq!(choose(&[b"sda"]), 1);
        assert_eq!(choose(&[b"sda"]), 1);
        assert_eq!(choose(&[b"sda", b"sdb"]), 2);
        assert_eq!(choose(&[b"sdb", b"sda"]), 3);
        assert_eq!(choose(&[b"sd", b"bsda"]), 4);
        for _ in 1..READINGS_PER_LOOK_UP {
            assert_eq!(choose(&[b"sd", b"bsda"]), 4);
        }
        assert_eq!(choose(&[b"sd", b"bsda"]), 5);
    }

    #[test]
    fn a_name_never_leads_out_of_its_folder() {
        let class = Path::new("/sys/block");
        assert_eq!(folder(class, b".."), None);
        assert_eq!(folder(class, b""), None);
        assert_eq!(
            folder(class, b"cciss/c0d0"),
            Some("/sys/block/cciss!c0d0".into())
        );
        assert_eq!(folder(class, b"/etc"), Some("/sys/block/!etc".into()));
    }

    #[test]
    fn names_that_read_alike_are_taken_once() {
        let mut lines = vec![line(b"a\xff"), line(b"a\\xff"), line(b"b"), line(b"b")];
        assert_eq!(each_once(&mut lines), 2);
        assert_eq!(lines.len(), 2);
    }
}
