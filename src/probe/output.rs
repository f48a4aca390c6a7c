//! Standard output: how wide it is, and whether anybody reads it still.

use std::io::{self, Stdout, Write};
use std::time::Duration;

/// Standard output.
pub(super) struct Output(Stdout);

impl Output {
    pub(super) fn stdout() -> Self {
        Self(io::stdout())
    }

    /// Writes all of `text` through to the reader.
    pub(super) fn write(&mut self, text: &str) -> io::Result<()> {
        let mut stdout = self.0.lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }

    /// Columns of the terminal; `None` when it is none, or does not tell.
    #[cfg(target_os = "linux")]
    pub(super) fn width(&self) -> Option<usize> {
        let size = rustix::termios::tcgetwinsize(&self.0).ok()?;
        (size.ws_col > 0).then_some(size.ws_col.into())
    }

    /// Columns of the terminal; unknown on this system.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn width(&self) -> Option<usize> {
        None
    }

    /// Waits for `time`, or until the reader at the other end of a pipe is gone: says whether it is.
    #[cfg(target_os = "linux")]
    pub(super) fn closed_within(&self, time: Duration) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        use std::time::Instant;

        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let mut output = [PollFd::new(&self.0, PollFlags::empty())];
            match (
                poll(&mut output, Timespec::try_from(left).ok().as_ref()),
                output[0].revents(),
            ) {
                (Ok(0), _) => return false,
                (Ok(_), gone) if gone.contains(PollFlags::ERR) => return true,
                (Err(rustix::io::Errno::INTR), _) => {}
                // A closed descriptor cannot be waited for: the next write says what is wrong.
                _ => {
                    std::thread::sleep(left);
                    return false;
                }
            }
        }
    }

    /// Waits for `time`. The next write tells whether anybody reads.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn closed_within(&self, time: Duration) -> bool {
        std::thread::sleep(time);
        false
    }
}
