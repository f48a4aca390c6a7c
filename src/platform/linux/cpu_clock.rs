//! The CPU clock of any process.
//!
//! It needs no privilege, counts nanoseconds, and stands still exactly while the process does not
//! run: what `/proc/PID` says of a process whose clock has not moved has not changed either.

#![expect(
    unsafe_code,
    reason = "rustix offers no clock of another process; this module is the one door to it"
)]

use std::time::Duration;

use crate::model::process::Pid;

/// `PID_MAX_LIMIT` of the kernel's `linux/threads.h`: no larger pid exists.
const PID_MAX: u32 = 1 << 22;
/// `CPUCLOCK_SCHED` of the kernel's `linux/posix-timers_types.h`: run time as the scheduler
/// measures it. The bit for a single thread is not set, so all threads count.
const CPUCLOCK_SCHED: libc::clockid_t = 2;

/// CPU time used since it started by all threads of the process `pid`, those that ended included,
/// by `clock_gettime(2)`. `None` when there is no such process.
///
/// `pid` is one of this program's own pid namespace.
pub fn process_cpu_time(pid: Pid) -> Option<Duration> {
    if pid.0 == 0 || pid.0 > PID_MAX {
        return None;
    }
    let pid = libc::pid_t::try_from(pid.0).ok()?;
    let clock = (!pid << 3) | CPUCLOCK_SCHED;
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the pointer is to a live `timespec` that nothing else refers to; the kernel refuses
    // a clock it does not know with EINVAL and then leaves it alone.
    let answer = unsafe { libc::clock_gettime(clock, &raw mut time) };
    if answer != 0 {
        return None;
    }
    Some(Duration::new(
        u64::try_from(time.tv_sec).ok()?,
        u32::try_from(time.tv_nsec).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ones_own_clock_is_the_one_of_clock_process_cputime_id() {
        let own = || rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        let before = Duration::try_from(own()).expect("not negative");
        let read = process_cpu_time(Pid(std::process::id())).expect("this process is there");
        let after = Duration::try_from(own()).expect("not negative");
        assert!(
            before <= read && read <= after,
            "{before:?} {read:?} {after:?}"
        );
    }

    #[test]
    fn a_pid_that_no_process_can_have_has_no_clock() {
        // Pid 0 would name the clock of whoever asks.
        assert_eq!(process_cpu_time(Pid(0)), None);
        assert_eq!(process_cpu_time(Pid(PID_MAX + 1)), None);
        assert_eq!(process_cpu_time(Pid(u32::MAX)), None);
    }

    #[test]
    fn a_process_has_a_clock_until_it_is_reaped() {
        let mut child = std::process::Command::new("true")
            .spawn()
            .expect("true runs");
        let pid = Pid(child.id());
        assert!(process_cpu_time(pid).is_some());
        child.wait().expect("the child is ours");
        assert_eq!(process_cpu_time(pid), None);
    }
}
