//! What `/proc/PID/stat` and `/proc/PID/io` say. No content makes it panic.

use std::time::Duration;

use procfs_core::process::{Io, Stat, StatFlags};
use procfs_core::{FromBufRead as _, FromRead as _};

use crate::model::process::{Pid, ProcessState};
use crate::model::units::Bytes;
use crate::platform::{IoCounters, ProcessStat};

/// Units that `stat` counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units {
    /// Clock ticks per second, `sysconf(_SC_CLK_TCK)`.
    pub ticks_per_second: u64,
    /// Bytes per page, `sysconf(_SC_PAGESIZE)`.
    pub page_size: u64,
}

impl Units {
    /// Those of this system.
    pub fn of_this_system() -> Self {
        Self {
            ticks_per_second: rustix::param::clock_ticks_per_second().max(1),
            page_size: rustix::param::page_size() as u64,
        }
    }

    /// The time in `ticks`.
    pub fn time(self, ticks: u64) -> Duration {
        let nanos = ticks % self.ticks_per_second * 1_000_000_000 / self.ticks_per_second;
        Duration::new(
            ticks / self.ticks_per_second,
            u32::try_from(nanos).unwrap_or(0),
        )
    }
}

/// What is taken from `proc_pid_stat(5)`.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedStat<'a> {
    /// Field 2, any bytes but zero.
    pub comm: &'a [u8],
    /// What a row shows.
    pub shown: ProcessStat,
    /// Fields 14 and 15, `utime + stime`.
    pub cpu_time: Duration,
    /// Fields 16 and 17, `cutime + cstime`; `None` should they be negative.
    pub children_cpu_time: Option<Duration>,
    /// Field 22, in clock ticks since boot.
    pub start_ticks: u64,
    /// `PF_KTHREAD` of field 9.
    pub kernel_thread: bool,
    /// Field 28, the bottom of the stack: another one after each exec, 0 where that is denied.
    pub stack: u64,
}

/// Reads `proc_pid_stat(5)`; `None` when it is malformed.
///
/// `comm` may hold anything, `) S 1 (` and line ends too: it ends at the last parenthesis, since
/// only numbers follow it.
pub fn stat(content: &[u8], units: Units) -> Option<ParsedStat<'_>> {
    let open = content.iter().position(|&byte| byte == b'(')?;
    let close = content.iter().rposition(|&byte| byte == b')')?;
    let comm = content.get(open + 1..close)?;
    let (pid, rest) = (content.get(..open)?, content.get(close + 1..)?);
    // The parser slices around the parentheses without asking what is there.
    let pid_is_number = pid
        .strip_suffix(b" ")
        .is_some_and(|pid| !pid.is_empty() && pid.iter().all(u8::is_ascii_digit));
    let state_follows = matches!(rest, [b' ', state, b' ', ..] if state.is_ascii_alphabetic());
    if !pid_is_number || !state_follows || !rest.is_ascii() {
        return None;
    }
    let stat = Stat::from_read(content).ok()?;
    let children = |ticks: i64| u64::try_from(ticks).ok();
    Some(ParsedStat {
        comm,
        shown: ProcessStat {
            state: ProcessState(stat.state),
            parent: u32::try_from(stat.ppid)
                .ok()
                .filter(|&pid| pid > 0)
                .map(Pid),
            nice: Some(stat.nice),
            threads: u64::try_from(stat.num_threads).ok(),
            rss: Bytes(stat.rss.saturating_mul(units.page_size)),
        },
        cpu_time: units.time(stat.utime.saturating_add(stat.stime)),
        children_cpu_time: children(stat.cutime)
            .zip(children(stat.cstime))
            .map(|(user, system)| units.time(user.saturating_add(system))),
        start_ticks: stat.starttime,
        kernel_thread: stat.flags & StatFlags::PF_KTHREAD.bits() != 0,
        stack: stat.startstack,
    })
}

/// Reads `proc_pid_io(5)`; `None` when it is malformed.
pub fn io(content: &[u8]) -> Option<IoCounters> {
    // The parser cuts off the last byte of each name, which must not be half a character.
    if !content.is_ascii() {
        return None;
    }
    let io = Io::from_buf_read(content).ok()?;
    Some(IoCounters {
        read: Bytes(io.read_bytes),
        written: Bytes(io.write_bytes),
        cancelled: Some(Bytes(io.cancelled_write_bytes)),
        read_calls: Some(io.syscr),
        write_calls: Some(io.syscw),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UNITS: Units = Units {
        ticks_per_second: 100,
        page_size: 4096,
    };
    const AFTER_COMM: &[u8] = b" S 1 7 7 0 -1 4194560 9 8 7 6 250 50 3 4 20 5 2 0 1234 999 10 \
        18446744073709551615 0 0 140 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

    const PARTS: &[&[u8]] = &[
        b"1",
        b" ",
        b"(",
        b")",
        b"S",
        b"\n",
        b"\xc3",
        b"\xa9",
        b"-1 ",
        b"99999999999999999999 ",
        b" S 1 7 7 0 -1 4194560 9 8 7 6 ",
        b"rchar: ",
        b"\xc2\xa0",
    ];

    fn with_name(comm: &[u8]) -> Vec<u8> {
        [b"7 (", comm, b")", AFTER_COMM].concat()
    }

    #[test]
    fn the_fields_are_those_of_the_manual() {
        let content = with_name(b"cat");
        let stat = stat(&content, UNITS).expect("well formed");
        assert_eq!(stat.comm, b"cat");
        assert_eq!(
            stat.shown,
            ProcessStat {
                state: ProcessState('S'),
                parent: Some(Pid(1)),
                nice: Some(5),
                threads: Some(2),
                rss: Bytes(40_960),
            }
        );
        assert_eq!(stat.cpu_time, Duration::from_secs(3));
        assert_eq!(stat.children_cpu_time, Some(Duration::from_millis(70)));
        assert_eq!(stat.start_ticks, 1234);
        assert_eq!(stat.stack, 140);
        assert!(!stat.kernel_thread);
    }

    #[test]
    fn malformed_content_that_breaks_the_librarys_parser_is_refused() {
        for content in [
            &b""[..],
            b"(x) S 1",
            b" (x) S 1",
            b"1 (x",
            b"1 x)",
            b"1 )x(",
            b"1 (x)",
            b"1 (x) ",
            b"1 (x) \n",
            b"1 (x)S",
            "1 (x)é S 1".as_bytes(),
            "1é(x) S 1".as_bytes(),
            b"1 (x) S -",
        ] {
            assert_eq!(
                stat(content, UNITS),
                None,
                "{:?}",
                content.escape_ascii().to_string()
            );
        }
        assert_eq!(io("é 1\n".as_bytes()), None);
        assert_eq!(io(b"rchar: 1\n"), None);
        assert_eq!(io(b"rchar:\n \n"), None);
    }

    #[test]
    fn io_is_read_by_name() {
        let content = b"rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 6\n\
            cancelled_write_bytes: 7\n";
        assert_eq!(
            io(content),
            Some(IoCounters {
                read: Bytes(5),
                written: Bytes(6),
                cancelled: Some(Bytes(7)),
                read_calls: Some(3),
                write_calls: Some(4),
            })
        );
    }

    proptest! {
        #[test]
        fn a_name_of_any_bytes_is_given_back(comm: Vec<u8>) {
            let content = with_name(&comm);
            let stat = stat(&content, UNITS).expect("well formed");
            prop_assert_eq!(stat.comm, &comm[..]);
            prop_assert_eq!(stat.shown.parent, Some(Pid(1)));
        }

        #[test]
        fn no_content_panics(
            bytes: Vec<u8>,
            parts in prop::collection::vec(prop::sample::select(PARTS), 0..12),
            cut in 0_usize..200,
        ) {
            let whole = with_name(&bytes);
            for content in [&bytes[..], &parts.concat(), &whole[..cut.min(whole.len())]] {
                stat(content, UNITS);
                io(content);
            }
        }

        #[test]
        fn ticks_become_time(ticks: u64, ticks_per_second in 1_u64..100_000) {
            let units = Units { ticks_per_second, page_size: 1 };
            let time = units.time(ticks);
            prop_assert_eq!(time.as_secs(), ticks / ticks_per_second);
        }
    }
}
