//! Network interfaces: `/proc/net/dev`, and which of them count out of `/sys/class/net`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::counted::{Choice, CountedDevices, Line, each_once, folder};
use super::fields::{counter, lines, malformed, name, words};
use super::kept_file::KeptFile;
use super::note_malformed;
use crate::model::snapshot::{Degradation, Missing, Reason};
use crate::model::units::Bytes;
use crate::platform::InterfaceCounters;

pub(super) struct InterfaceSource {
    dev: KeptFile,
    class: PathBuf,
    counted: CountedDevices,
}

impl InterfaceSource {
    pub(super) fn new(dev: KeptFile, class: PathBuf) -> Self {
        Self {
            dev,
            class,
            counted: CountedDevices::default(),
        }
    }

    pub(super) fn read(
        &mut self,
        degradations: &mut Vec<Degradation>,
    ) -> io::Result<Vec<InterfaceCounters>> {
        let (lines, bad_lines) = parse(self.dev.read()?);
        if lines.is_empty() {
            return Err(if bad_lines > 0 {
                malformed("no line of an interface")
            } else {
                io::Error::new(io::ErrorKind::NotFound, "no network interface")
            });
        }
        note_malformed(bad_lines, Missing::Interfaces, degradations);
        let class = &self.class;
        let choice = self.counted.choose(&lines, |lines| choose(lines, class));
        if choice.all {
            degradations.push(Degradation {
                what: Missing::Interfaces,
                reason: Reason::AllCounted,
                count: None,
            });
        }
        Ok(lines
            .iter()
            .zip(&choice.counted)
            .map(|(line, &counted)| InterfaceCounters {
                name: name(line.name),
                counted,
                received: Bytes(line.inward),
                sent: Bytes(line.outward),
            })
            .collect())
    }
}

/// Every interface once, and how many lines could not be understood. The two lines of headings
/// have no colon.
fn parse(content: &[u8]) -> (Vec<Line<'_>>, u64) {
    let mut found = Vec::new();
    let mut bad_lines = 0;
    for (place, line) in lines(content).enumerate() {
        match interface(line) {
            Some(interface) => found.push(interface),
            None if place < 2 => {}
            None => bad_lines += 1,
        }
    }
    bad_lines += each_once(&mut found);
    (found, bad_lines)
}

/// The name, and the first field of each direction. The colon may touch the first number.
fn interface(line: &[u8]) -> Option<Line<'_>> {
    let colon = line.iter().rposition(|&byte| byte == b':')?;
    let name = line[..colon].trim_ascii();
    let mut words = words(&line[colon + 1..]);
    let inward = counter(words.next()?)?;
    let outward = counter(words.nth(7)?)?;
    (!name.is_empty()).then_some(Line {
        name,
        inward,
        outward,
    })
}

/// An interface counts that has a device behind it. In a container or on a dial-up line there is
/// none: then each one counts that lies upon no other, without the loopback. Where sysfs knows none
/// of them, all others count, and that is said.
fn choose(lines: &[Line<'_>], class: &Path) -> Choice {
    let folders: Vec<Option<PathBuf>> = lines
        .iter()
        .map(|line| folder(class, line.name).filter(|folder| folder.is_dir()))
        .collect();
    let physical: Vec<bool> = lines
        .iter()
        .zip(&folders)
        .map(|(line, folder)| {
            line.name != b"lo"
                && folder
                    .as_ref()
                    .is_some_and(|folder| folder.join("device").exists())
        })
        .collect();
    if physical.contains(&true) {
        return Choice {
            counted: physical,
            all: false,
        };
    }
    let others = || {
        lines
            .iter()
            .zip(&folders)
            .filter(|(line, _)| line.name != b"lo")
    };
    Choice {
        counted: lines
            .iter()
            .zip(&folders)
            .map(|(line, folder)| {
                line.name != b"lo"
                    && !folder
                        .as_ref()
                        .is_some_and(|folder| lies_upon_another(folder))
            })
            .collect(),
        all: others().next().is_some() && others().all(|(_, folder)| folder.is_none()),
    }
}

fn lies_upon_another(interface: &Path) -> bool {
    fs::read_dir(interface).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name().as_encoded_bytes().starts_with(b"lower_"))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEADINGS: &str = "Inter-|   Receive  |  Transmit\n face |bytes    packets |bytes\n";

    #[test]
    fn bytes_are_taken_from_their_fields_even_where_the_colon_touches_them() {
        let content = format!(
            "{HEADINGS}    lo:    3193      29    0    0    0     0          0         0     3194      29    0    0    0     0       0          0\n\
             wlan0:385598015 1 0 0 0 0 0 0 723946 7273 0 0 0 0 0 0\n  eth1: 1 2\nnonsense\n"
        );
        let (lines, bad_lines) = parse(content.as_bytes());
        assert_eq!(bad_lines, 2);
        let read: Vec<_> = lines
            .iter()
            .map(|line| (line.name, line.inward, line.outward))
            .collect();
        assert_eq!(
            read,
            [
                (&b"lo"[..], 3193, 3194),
                (&b"wlan0"[..], 385_598_015, 723_946)
            ]
        );
    }

    proptest! {
        #[test]
        fn any_content_is_borne(content: Vec<u8>, fields in "[a-zé:]{0,4}:([0-9]{0,25} ?){0,12}\n") {
            let _ = parse(&content);
            let _ = parse(fields.as_bytes());
        }
    }
}
