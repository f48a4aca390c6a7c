//! A session of its own for what is started, `setsid(2)`, which ends with this program.

use std::process::Command;

#[cfg(target_os = "linux")]
use rustix::process::Signal;

/// Starts it in a session of its own, and in a group of its own so that all it starts can be ended with
/// it. It has no terminal then, also where this program has: ssh, and what leads it through another
/// host, would ask there for what nobody sees asked, and wait.
///
/// On Linux it is told to end when the thread ends that starts it, as threads do when this program is
/// killed: ssh that waits for a host that hangs would not see that its pipes have ended.
pub(super) fn detach(command: &mut Command) {
    #[cfg(target_os = "linux")]
    {
        let detached = || {
            rustix::process::setsid()?;
            rustix::process::set_parent_process_death_signal(Some(Signal::TERM))?;
            Ok(())
        };
        // SAFETY: between fork and exec it does two system calls, and allocates nothing.
        unsafe { std::os::unix::process::CommandExt::pre_exec(command, detached) };
    }
    #[cfg(all(unix, not(target_os = "linux")))]
    std::os::unix::process::CommandExt::process_group(command, 0);
}
