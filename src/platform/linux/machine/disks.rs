//! Block devices: `/proc/diskstats`, and which of them count out of `/sys/block`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::counted::{Choice, CountedDevices, Line, each_once, folder};
use super::fields::{counter, lines, malformed, name, words};
use super::kept_file::KeptFile;
use super::note_malformed;
use crate::model::snapshot::{Degradation, Missing, Reason};
use crate::model::units::Bytes;
use crate::platform::DiskCounters;

/// The unit of `/proc/diskstats`, whatever the device's own sector size.
const SECTOR: u64 = 512;
/// Devices that keep their data in memory or in a file of another device.
const NO_DISKS: [&[u8]; 3] = [b"loop", b"ram", b"zram"];

pub(super) struct DiskSource {
    diskstats: KeptFile,
    block: PathBuf,
    counted: CountedDevices,
}

impl DiskSource {
    pub(super) fn new(diskstats: KeptFile, block: PathBuf) -> Self {
        Self {
            diskstats,
            block,
            counted: CountedDevices::default(),
        }
    }

    pub(super) fn read(
        &mut self,
        degradations: &mut Vec<Degradation>,
    ) -> io::Result<Vec<DiskCounters>> {
        let (lines, bad_lines) = parse(self.diskstats.read()?);
        if lines.is_empty() {
            return Err(if bad_lines > 0 {
                malformed("no line of a device")
            } else {
                io::Error::new(io::ErrorKind::NotFound, "no block device")
            });
        }
        note_malformed(bad_lines, Missing::Disks, degradations);
        let block = &self.block;
        let choice = self.counted.choose(&lines, |lines| choose(lines, block));
        if choice.all {
            degradations.push(Degradation {
                what: Missing::Disks,
                reason: Reason::AllCounted,
                count: None,
            });
        }
        Ok(lines
            .iter()
            .zip(&choice.counted)
            .map(|(line, &counted)| DiskCounters {
                name: name(line.name),
                counted,
                read: Bytes(line.inward.saturating_mul(SECTOR)),
                written: Bytes(line.outward.saturating_mul(SECTOR)),
            })
            .collect())
    }
}

/// Every device once, and how many lines could not be understood.
fn parse(content: &[u8]) -> (Vec<Line<'_>>, u64) {
    let mut found = Vec::new();
    let mut bad_lines = 0;
    for line in lines(content) {
        match device(line) {
            Some(device) => found.push(device),
            None => bad_lines += 1,
        }
    }
    bad_lines += each_once(&mut found);
    (found, bad_lines)
}

/// Fields 3, 6 and 10 of a line: name, sectors read, sectors written.
fn device(line: &[u8]) -> Option<Line<'_>> {
    let mut words = words(line);
    let name = words.nth(2)?;
    let inward = counter(words.nth(2)?)?;
    let outward = counter(words.nth(3)?)?;
    Some(Line {
        name,
        inward,
        outward,
    })
}

/// A disk counts that is whole, lies upon no other and is no memory. Where that leaves nothing, all
/// whole ones count; where sysfs names none of them, all count.
fn choose(lines: &[Line<'_>], block: &Path) -> Choice {
    let whole: Vec<Option<PathBuf>> = lines
        .iter()
        .map(|line| folder(block, line.name).filter(|folder| folder.is_dir()))
        .collect();
    let physical: Vec<bool> = lines
        .iter()
        .zip(&whole)
        .map(|(line, folder)| {
            folder.as_ref().is_some_and(|folder| {
                !NO_DISKS.iter().any(|kind| line.name.starts_with(kind)) && !has_slaves(folder)
            })
        })
        .collect();
    if physical.contains(&true) {
        return Choice {
            counted: physical,
            all: false,
        };
    }
    let nothing_known = whole.iter().all(Option::is_none);
    Choice {
        counted: whole
            .iter()
            .map(|folder| nothing_known || folder.is_some())
            .collect(),
        all: true,
    }
}

fn has_slaves(device: &Path) -> bool {
    fs::read_dir(device.join("slaves")).is_ok_and(|mut entries| entries.next().is_some())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sectors_are_taken_from_their_fields() {
        let content = b"   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n \
            254 0 vda 85012 10979 9497698 50117 69647 54843 17159632 80390 0 21976 136787\n\
            8 0 old 1 2 3 4 5 6 x 8\n8 1\n";
        let (lines, bad_lines) = parse(content);
        assert_eq!(bad_lines, 2);
        assert_eq!(lines.len(), 2);
        assert_eq!((lines[1].inward, lines[1].outward), (9_497_698, 17_159_632));
        assert_eq!(lines[1].name, b"vda");
    }

    proptest! {
        #[test]
        fn any_content_is_borne(content: Vec<u8>, fields in "([0-9a-zé/]{0,25} ?){0,14}\n") {
            let _ = parse(&content);
            let _ = parse(fields.as_bytes());
        }
    }
}
