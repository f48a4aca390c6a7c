//! CPU time of the machine and of each CPU: `/proc/stat`.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::fields::{counter, lines, malformed, words};
use super::kept_file::KeptFile;
use super::note_malformed;
use crate::model::snapshot::{Degradation, Missing};
use crate::platform::{CpuReading, CpuTimes};

/// The kernel's largest CPU number is 8191 (`NR_CPUS`); a larger one is a broken line.
const LARGEST_CPU: u64 = u16::MAX as u64;

pub(super) struct CpuSource {
    stat: KeptFile,
    ticks_per_second: u64,
}

impl CpuSource {
    pub(super) fn new(stat: KeptFile) -> Self {
        Self {
            stat,
            ticks_per_second: rustix::param::clock_ticks_per_second().max(1),
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.stat.path()
    }

    pub(super) fn read(&mut self, degradations: &mut Vec<Degradation>) -> io::Result<CpuReading> {
        let ticks_per_second = self.ticks_per_second;
        let (reading, bad_lines) = parse(self.stat.read()?, ticks_per_second)?;
        note_malformed(bad_lines, Missing::Cpu, degradations);
        Ok(reading)
    }
}

/// The reading, and how many lines of single CPUs could not be understood.
fn parse(content: &[u8], ticks_per_second: u64) -> io::Result<(CpuReading, u64)> {
    let mut machine = None;
    let mut cpus: Vec<(u32, CpuTimes)> = Vec::new();
    let mut bad_lines = 0;
    // The lines of CPUs stand first; behind them is one of every interrupt, often the longest.
    for line in lines(content).take_while(|line| line.starts_with(b"cpu")) {
        let mut words = words(line);
        let name = words.next().unwrap_or_default();
        let times = times(words, ticks_per_second);
        if name == b"cpu" {
            machine = machine.or(times);
        } else if let (Some(number), Some(times)) = (cpu_number(name), times)
            && cpus.iter().all(|(known, _)| *known != number)
        {
            cpus.push((number, times));
        } else {
            bad_lines += 1;
        }
    }
    let machine = machine.ok_or_else(|| malformed("no line \u{201c}cpu\u{201d}"))?;
    cpus.sort_unstable_by_key(|(number, _)| *number);
    Ok((CpuReading::Counters { machine, cpus }, bad_lines))
}

fn cpu_number(name: &[u8]) -> Option<u32> {
    let digits = name
        .strip_prefix(b"cpu")
        .filter(|digits| !digits.is_empty())?;
    let number = counter(digits).filter(|number| *number <= LARGEST_CPU)?;
    u32::try_from(number).ok()
}

/// The fields of one line; those that old kernels do not have are no time. The last two, guest
/// time, are contained in the first two.
fn times<'a>(mut words: impl Iterator<Item = &'a [u8]>, ticks_per_second: u64) -> Option<CpuTimes> {
    let mut field = |required: bool| -> Option<Duration> {
        match words.next() {
            Some(word) => Some(ticks(counter(word)?, ticks_per_second)),
            None if required => None,
            None => Some(Duration::ZERO),
        }
    };
    Some(CpuTimes {
        user: field(true)?,
        nice: field(true)?,
        system: field(true)?,
        idle: field(true)?,
        iowait: field(false)?,
        irq: field(false)?,
        softirq: field(false)?,
        steal: field(false)?,
    })
}

fn ticks(count: u64, per_second: u64) -> Duration {
    let part = u128::from(count % per_second) * 1_000_000_000 / u128::from(per_second);
    Duration::from_secs(count / per_second) + Duration::from_nanos_u128(part)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn cpus_are_read_with_their_numbers_and_gaps() {
        let stat = b"cpu  30 2 10 300 4 5 6 7 8 9\ncpu0 10 1 5 100 4 0 0 0 0 0\n\
            cpu3 20 1 5 200 0 5 6 7 8 9\nintr 5 0 0\nctxt 7\n";
        let (reading, bad_lines) = parse(stat, 100).expect("well formed");
        let CpuReading::Counters { machine, cpus } = reading else {
            panic!("Linux counts")
        };
        assert_eq!(bad_lines, 0);
        assert_eq!(machine.user, seconds(0.3));
        assert_eq!(machine.steal, seconds(0.07));
        assert_eq!(
            cpus.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
            [0, 3]
        );
        assert_eq!(cpus[1].1.softirq, seconds(0.06));
    }

    #[test]
    fn a_kernel_with_four_fields_and_odd_lines_beside_good_ones_are_read() {
        let stat = b"cpu  1 2 3 4\ncpu0 1 2 3 4\ncpu1 1 2 x 4\ncpu2 1 2\ncpu0 1 2 3 4\n\
            cpu99999999 1 2 3 4\ncpu\xff 1 2 3 4\n";
        let (reading, bad_lines) = parse(stat, 100).expect("the machine's line is good");
        let CpuReading::Counters { cpus, .. } = reading else {
            panic!("Linux counts")
        };
        assert_eq!(cpus.len(), 1);
        assert_eq!(bad_lines, 5);
    }

    #[test]
    fn without_the_machines_line_there_is_nothing() {
        for stat in [&b""[..], b"cpu0 1 2 3 4\n", b"cpu 1 2\n", b"intr 1\n"] {
            parse(stat, 100).expect_err("no machine");
        }
    }

    proptest! {
        #[test]
        fn any_content_is_borne(content: Vec<u8>, fields in "(cpu[0-9]{0,3}( [0-9]{1,25}){0,11}\n){0,4}") {
            let _ = parse(&content, 100);
            let _ = parse(fields.as_bytes(), 100);
        }

        #[test]
        fn ticks_are_exact(count: u64, per_second in 1_u64..2000) {
            let whole = ticks(count, per_second).as_secs();
            prop_assert_eq!(whole, count / per_second);
        }
    }
}
