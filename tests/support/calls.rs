//! System calls for tests that rustix does not offer.

#![expect(unsafe_code, reason = "this module is the one door to them")]

use std::mem::MaybeUninit;
use std::time::Duration;

/// CPU time that this process used, `getrusage(2)`.
pub fn used() -> Duration {
    of(libc::RUSAGE_SELF)
}

/// CPU time of those that it waited for, and those that they waited for.
pub fn used_by_children() -> Duration {
    of(libc::RUSAGE_CHILDREN)
}

fn of(whom: libc::c_int) -> Duration {
    let mut usage = MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: the pointer is to memory of the right size that nothing else refers to.
    let answer = unsafe { libc::getrusage(whom, usage.as_mut_ptr()) };
    assert_eq!(answer, 0);
    // SAFETY: the call succeeded, so it filled the value.
    let usage = unsafe { usage.assume_init() };
    [usage.ru_utime, usage.ru_stime]
        .iter()
        .map(|time| {
            let seconds = u64::try_from(time.tv_sec).expect("not negative");
            let micros = u64::try_from(time.tv_usec).expect("not negative");
            Duration::from_secs(seconds) + Duration::from_micros(micros)
        })
        .sum()
}

/// From now on nobody waits for the children of this process, `signal(2)`: the kernel forgets them
/// when they end.
pub fn ignore_children() {
    // SAFETY: no handler is installed that could be called.
    let before = unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
    assert_ne!(before, libc::SIG_ERR);
}
