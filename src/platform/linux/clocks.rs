//! The clocks of this machine.

use std::time::Duration;

use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};

use crate::platform::Moment;

/// This moment on all of them.
pub fn now() -> Moment {
    Moment {
        monotonic: read(ClockId::Monotonic),
        since_boot: since_boot(),
        wall: Timestamp::now(),
        thread_cpu: thread_cpu(),
    }
}

/// `CLOCK_THREAD_CPUTIME_ID`: CPU time of the calling thread.
pub fn thread_cpu() -> Duration {
    read(ClockId::ThreadCPUTime)
}

/// `CLOCK_PROCESS_CPUTIME_ID`: CPU time of this program.
pub fn process_cpu() -> Duration {
    read(ClockId::ProcessCPUTime)
}

/// `CLOCK_BOOTTIME`: time since boot, suspended time included.
pub fn since_boot() -> Duration {
    read(ClockId::Boottime)
}

/// These clocks start at zero, so none is ever negative.
fn read(clock: ClockId) -> Duration {
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_clock_goes_back_and_boot_time_includes_monotonic_time() {
        let (a, b) = (now(), now());
        assert!(a.monotonic <= b.monotonic && a.since_boot <= b.since_boot);
        assert!(a.thread_cpu <= b.thread_cpu);
        assert!(a.monotonic <= b.since_boot);
        assert!(process_cpu() >= b.thread_cpu);
    }
}
