//! A process with a pid of one's choice, as after all pids were used once.

#![expect(
    unsafe_code,
    reason = "nothing else offers clone3(2); this module is the one door to it"
)]

use std::io;
use std::ptr::from_ref;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

/// A process that does nothing. It is ended and reaped with this value.
pub struct Idle(Pid);

impl Idle {
    /// Starts one with this pid, which must be free. Needs `CAP_CHECKPOINT_RESTORE`, which root has.
    pub fn with_pid(pid: u32) -> io::Result<Self> {
        let wanted = libc::pid_t::try_from(pid).expect("a pid");
        let arguments = libc::clone_args {
            flags: 0,
            pidfd: 0,
            child_tid: 0,
            parent_tid: 0,
            exit_signal: libc::SIGCHLD.unsigned_abs().into(),
            stack: 0,
            stack_size: 0,
            tls: 0,
            set_tid: from_ref(&wanted).expose_provenance() as u64,
            set_tid_size: 1,
            cgroup: 0,
        };
        let length = size_of_val(&arguments);
        // SAFETY: the arguments and the pid that they point to live through the call. Without
        // CLONE_VM the child has a copy of this memory and no other thread; it only makes system
        // calls that may be made there, and never returns.
        let child = unsafe { libc::syscall(libc::SYS_clone3, from_ref(&arguments), length) };
        if child == 0 {
            // SAFETY: as above; the child ends with the thread that started it.
            unsafe {
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                loop {
                    libc::pause();
                }
            }
        }
        let child = i32::try_from(child).expect("a pid or -1");
        if child < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self(Pid::from_raw(child).expect("not zero")))
    }

    /// Whether it has not ended.
    pub fn is_alive(&self) -> bool {
        waitpid(Some(self.0), WaitOptions::NOHANG).is_ok_and(|ended| ended.is_none())
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        let _: rustix::io::Result<()> = kill_process(self.0, Signal::KILL);
        let _: rustix::io::Result<_> = waitpid(Some(self.0), WaitOptions::empty());
    }
}
