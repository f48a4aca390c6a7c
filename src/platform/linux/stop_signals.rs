//! Signals that ask a program to stop, waited for instead of being killed by them.

#![expect(
    unsafe_code,
    reason = "rustix offers neither signalfd nor a signal mask; this module is the one door to them"
)]

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{FromRawFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// SIGINT and SIGTERM of `signal(7)`, by `signalfd(2)`.
#[derive(Debug)]
pub struct StopSignals {
    arrived: OwnedFd,
}

impl StopSignals {
    /// From now on they do not end this thread nor those that it starts. A file that grows beyond
    /// what is allowed (SIGXFSZ) is an error of the write and ends nothing either.
    ///
    /// # Errors
    /// What `pthread_sigmask(3)` or `signalfd(2)` say.
    pub fn new() -> io::Result<Self> {
        let stopping = set(&[libc::SIGINT, libc::SIGTERM])?;
        let blocked = set(&[libc::SIGINT, libc::SIGTERM, libc::SIGXFSZ])?;
        // SAFETY: the pointer is to a live set, and a null pointer says that the old one is not asked
        // for.
        let masked = unsafe {
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const blocked, std::ptr::null_mut())
        };
        if masked != 0 {
            return Err(io::Error::from_raw_os_error(masked));
        }
        // SAFETY: the pointer is to a live set, of which the kernel makes a copy.
        let descriptor = unsafe { libc::signalfd(-1, &raw const stopping, libc::SFD_CLOEXEC) };
        if descriptor < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel has just opened it, and nobody else knows of it.
        let arrived = unsafe { OwnedFd::from_raw_fd(descriptor) };
        Ok(Self { arrived })
    }

    /// Waits for `time`, or until one came: says whether it did.
    pub fn came_within(&self, time: Duration) -> bool {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let mut arrived = [PollFd::new(&self.arrived, PollFlags::IN)];
            match poll(&mut arrived, Timespec::try_from(left).ok().as_ref()) {
                Ok(0) => return false,
                Err(rustix::io::Errno::INTR) => {}
                // Where it cannot be waited for, stopping is better than never stopping.
                _ => return true,
            }
        }
    }
}

fn set(signals: &[libc::c_int]) -> io::Result<libc::sigset_t> {
    let mut set = MaybeUninit::uninit();
    // SAFETY: `sigemptyset` fills the set that the pointer is to.
    let emptied = unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    if emptied != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was filled above.
    let mut set = unsafe { set.assume_init() };
    for &signal in signals {
        // SAFETY: the pointer is to a live set.
        if unsafe { libc::sigaddset(&raw mut set, signal) } != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_ends_the_wait_and_not_the_thread() {
        let thread = std::thread::spawn(|| {
            let signals = StopSignals::new().expect("the kernel has them");
            assert!(!signals.came_within(Duration::ZERO));
            // SAFETY: it goes to this thread only, which has blocked it.
            assert_eq!(unsafe { libc::raise(libc::SIGTERM) }, 0);
            assert!(signals.came_within(Duration::from_mins(1)));
        });
        thread.join().expect("it ends by itself");
    }
}
