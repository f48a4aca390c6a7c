//! Pressure stall information: `/proc/pressure`.

use std::io;

use super::fields::{fraction, lines, malformed, words};
use super::kept_file::KeptFile;
use super::reason;
use crate::model::snapshot::{Degradation, Missing};
use crate::model::system::Pressure;
use crate::model::units::Percent;

/// The files `cpu`, `memory` and `io`. A kernel may have none (no `CONFIG_PSI`, or `psi=0`).
pub(super) struct PressureSource {
    files: [KeptFile; 3],
}

impl PressureSource {
    pub(super) fn new(files: [KeptFile; 3]) -> Self {
        Self { files }
    }

    pub(super) fn read(&mut self, degradations: &mut Vec<Degradation>) -> Option<Pressure> {
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
        (cpu.is_some() || memory.is_some() || io.is_some()).then_some(Pressure { cpu, memory, io })
    }
}

/// `avg10` of the line `some`. The line `full` is not needed, and kernels before 5.13 have none
/// for the CPU.
fn parse(content: &[u8]) -> io::Result<Percent> {
    lines(content)
        .find_map(|line| {
            let mut words = words(line);
            words.next().filter(|kind| *kind == b"some")?;
            words.find_map(|word| word.strip_prefix(b"avg10="))
        })
        .and_then(fraction)
        .map(Percent)
        .ok_or_else(|| malformed("no average"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_ten_second_average_is_read_with_and_without_a_second_line() {
        let some = "some avg10=4.28 avg60=1.48 avg300=0.69 total=21937561\n";
        assert_eq!(parse(some.as_bytes()).expect("well formed"), Percent(4.28));
        let both = format!("{some}full avg10=9.00 avg60=0.00 avg300=0.00 total=0\n");
        assert_eq!(parse(both.as_bytes()).expect("well formed"), Percent(4.28));
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
