//! Pressure stall information: `/proc/pressure`.

use std::io;
use std::time::Duration;

use super::fields::{counter, fraction, lines, malformed, words};
use super::kept_file::KeptFile;
use super::reason;
use crate::model::snapshot::{Degradation, Missing};
use crate::model::system::Pressure;
use crate::model::units::Percent;
use crate::platform::{StallTimes, Stalls};

/// The files `cpu`, `memory` and `io`. A kernel may have none (no `CONFIG_PSI`, or `psi=0`).
pub(super) struct PressureSource {
    files: [KeptFile; 3],
}

impl PressureSource {
    pub(super) fn new(files: [KeptFile; 3]) -> Self {
        Self { files }
    }

    /// Shares and times. Where the kernel tells of no resource, the shares are `None`.
    pub(super) fn read(
        &mut self,
        degradations: &mut Vec<Degradation>,
    ) -> (Option<Pressure>, Stalls) {
        let read = self
            .files
            .each_mut()
            .map(|file| file.read().and_then(parse));
        let first_error = read.iter().find_map(|read| read.as_ref().err());
        if let Some(error) = first_error {
            degradations.push(Degradation {
                what: Missing::Pressure,
                reason: reason(error),
                count: None,
            });
        }
        let [cpu, memory, io] = read.map(Result::ok);
        let stalls = Stalls {
            cpu: cpu.and_then(|resource| resource.stalls),
            memory: memory.and_then(|resource| resource.stalls),
            io: io.and_then(|resource| resource.stalls),
        };
        let [cpu, memory, io] = [cpu, memory, io].map(|it| it.map(|it| it.average));
        let pressure = (cpu.is_some() || memory.is_some() || io.is_some()).then_some(Pressure {
            cpu,
            memory,
            io,
        });
        (pressure, stalls)
    }
}

/// What a file says.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Resource {
    /// `avg10` of the line `some`.
    average: Percent,
    /// `total` of both lines.
    stalls: Option<StallTimes>,
}

/// Kernels before 5.13 have no line `full` for the CPU.
fn parse(content: &[u8]) -> io::Result<Resource> {
    let average = field(content, b"some", b"avg10=")
        .and_then(fraction)
        .map(Percent)
        .ok_or_else(|| malformed("no average"))?;
    let total = |line| {
        let micros = field(content, line, b"total=").and_then(counter)?;
        Some(Duration::from_micros(micros))
    };
    let stalls = total(b"some").map(|some| StallTimes {
        some,
        full: total(b"full"),
    });
    Ok(Resource { average, stalls })
}

/// What stands behind `key` in the line that begins with `kind`.
fn field<'a>(content: &'a [u8], kind: &[u8], key: &[u8]) -> Option<&'a [u8]> {
    lines(content).find_map(|line| {
        let mut words = words(line);
        words.next().filter(|first| *first == kind)?;
        words.find_map(|word| word.strip_prefix(key))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_ten_second_average_is_read_with_and_without_a_second_line() {
        let some = "some avg10=4.28 avg60=1.48 avg300=0.69 total=21937561\n";
        let both = format!("{some}full avg10=9.00 avg60=0.00 avg300=0.00 total=7\n");
        let times = |full| StallTimes {
            some: Duration::from_micros(21_937_561),
            full,
        };
        for (content, stalls) in [
            (some, Some(times(None))),
            (&both, Some(times(Some(Duration::from_micros(7))))),
            ("some avg10=4.28 total=-1", None),
            ("some avg10=4.28", None),
        ] {
            let read = parse(content.as_bytes()).expect("well formed");
            let average = Percent(4.28);
            assert_eq!(read, Resource { average, stalls }, "{content}");
        }
        for odd in ["", "some", "some é", "full avg10=1.0", "some avg10=x"] {
            parse(odd.as_bytes()).expect_err("no average");
        }
    }

    proptest! {
        #[test]
        fn any_content_is_borne(content: Vec<u8>, text in "(some|full)?.{0,40}") {
            let _ = parse(&content);
            let _ = parse(text.as_bytes());
        }
    }
}
