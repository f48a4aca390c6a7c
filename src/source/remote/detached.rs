//! A session of its own for what is started, `setsid(2)`.

use std::process::Command;

/// Starts it in a session of its own, and in a group of its own so that all it starts can be ended with
/// it. It has no terminal then, also where this program has: ssh, and what leads it through another
/// host, would ask there for what nobody sees asked, and wait.
pub(super) fn detach(command: &mut Command) {
    #[cfg(target_os = "linux")]
    {
        let detached = || {
            rustix::process::setsid()?;
            Ok(())
        };
        // SAFETY: between fork and exec it does one system call, and allocates nothing.
        unsafe { std::os::unix::process::CommandExt::pre_exec(command, detached) };
    }
    #[cfg(all(unix, not(target_os = "linux")))]
    std::os::unix::process::CommandExt::process_group(command, 0);
}
