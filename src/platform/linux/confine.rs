//! A program that was started as root gives up all of root's rights but those that reading takes.
//!
//! `docs/administrator.md` says what each is for, and what whoever takes such a program over could do.

#![expect(
    unsafe_code,
    reason = "rustix closes no descriptors by number; this module is the one door to it"
)]

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::process::{DumpableBehavior, Gid, Uid, set_dumpable_behavior, umask};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, capability_is_in_bounding_set,
    clear_ambient_capability_set, remove_capability_from_bounding_set, set_capabilities,
    set_keep_capabilities, set_no_new_privs, set_thread_groups, set_thread_res_gid,
    set_thread_res_uid,
};

/// What is used all the time.
const USED: CapabilitySet = CapabilitySet::SYS_PTRACE
    .union(CapabilitySet::DAC_READ_SEARCH)
    .union(CapabilitySet::NET_ADMIN)
    .union(CapabilitySet::KILL)
    .union(CapabilitySet::SYS_NICE);
/// What a thread of its own takes up where it enters a network namespace.
const KEPT: CapabilitySet = USED.union(CapabilitySet::SYS_ADMIN);

/// Where programs are looked for.
const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";
/// The variable in which `pkexec(1)` says who started it.
const CALLER: &str = "PKEXEC_UID";
/// `nobody` and `nogroup`, who own nothing.
const NOBODY: u32 = 65_534;

/// Why a program cannot be confined. It must not go on then.
#[derive(Debug, thiserror::Error)]
pub enum ConfineError {
    /// It has no rights to give up.
    #[error(
        "administrator mode has to be started as root; SysMon does that with pkexec when it is asked to"
    )]
    NotRoot,
    /// Threads keep what they have.
    #[error("other threads run already, and would keep root's rights")]
    Threads,
    /// The system refused.
    #[error("root\u{2019}s rights cannot be given up: {call}: {error}")]
    Refused {
        /// The call.
        call: &'static str,
        /// What it said.
        error: io::Error,
    },
}

/// Gives up what is not needed, for good. What it does not start with, an environment of root's
/// making, it gets by starting this program once more with the same arguments.
///
/// Called before anything is opened and before any thread is started.
///
/// # Errors
/// When that cannot be done, or there is nothing to give up.
pub fn confine() -> Result<(), ConfineError> {
    if !rustix::process::geteuid().is_root() {
        return Err(ConfineError::NotRoot);
    }
    close_inherited().map_err(refused("close_range"))?;
    env::set_current_dir("/").map_err(refused("chdir"))?;
    if !environment_is(env::vars_os(), &environment()) {
        // It only comes back where it failed.
        return Err(refused("execve")(start_again()));
    }
    umask(Mode::from_raw_mode(0o077));
    let threads = fs::read_dir("/proc/self/task").map_err(refused("/proc/self/task"))?;
    if threads.count() != 1 {
        return Err(ConfineError::Threads);
    }
    become_user(caller())?;
    set_no_new_privs(true).map_err(refused("PR_SET_NO_NEW_PRIVS"))?;
    // Another user id has set it to what the system is told to do with such programs.
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(refused("PR_SET_DUMPABLE"))
}

/// Becomes an ordinary user that has a few capabilities: root would still own root's files, and
/// whatever it starts would be root.
fn become_user(user: Uid) -> Result<(), ConfineError> {
    for bit in 0..u64::BITS {
        let capability = CapabilitySet::from_bits_retain(1 << bit);
        match capability_is_in_bounding_set(capability) {
            Ok(true) => {
                remove_capability_from_bounding_set(capability)
                    .map_err(refused("PR_CAPBSET_DROP"))?;
            }
            Ok(false) => {}
            // The kernel knows no more of them.
            Err(Errno::INVAL) => break,
            Err(error) => return Err(refused("PR_CAPBSET_READ")(error)),
        }
    }
    set_keep_capabilities(true).map_err(refused("PR_SET_KEEPCAPS"))?;
    let group = Gid::from_raw(NOBODY);
    set_thread_groups(&[]).map_err(refused("setgroups"))?;
    set_thread_res_gid(group, group, group).map_err(refused("setresgid"))?;
    set_thread_res_uid(user, user, user).map_err(refused("setresuid"))?;
    set_keep_capabilities(false).map_err(refused("PR_SET_KEEPCAPS"))?;
    // A container's root may lack some.
    let had = capabilities(None).map_err(refused("capget"))?.permitted;
    let kept = CapabilitySets {
        effective: had & USED,
        permitted: had & KEPT,
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, kept).map_err(refused("capset"))?;
    // Kernels before 4.3 have no such set.
    match clear_ambient_capability_set() {
        Ok(()) | Err(Errno::INVAL) => Ok(()),
        Err(error) => Err(refused("PR_CAP_AMBIENT")(error)),
    }
}

/// Who has started `pkexec(1)`: that user may end this program.
fn caller() -> Uid {
    named_caller(env::var(CALLER).ok().as_deref())
}

/// The user of this number; nobody for root, and for the number that leaves ids as they are,
/// `setresuid(2)`.
fn named_caller(uid: Option<&str>) -> Uid {
    let uid: Option<u32> = uid.and_then(|uid| uid.parse().ok());
    Uid::from_raw(
        uid.filter(|uid| ![0, u32::MAX].contains(uid))
            .unwrap_or(NOBODY),
    )
}

/// All that remains of the environment.
fn environment() -> Vec<(OsString, OsString)> {
    let mut kept = vec![("PATH".into(), PATH.into())];
    if env::var_os(CALLER).is_some() {
        kept.push((CALLER.into(), caller().as_raw().to_string().into()));
    }
    kept
}

fn environment_is(
    variables: impl Iterator<Item = (OsString, OsString)>,
    wanted: &[(OsString, OsString)],
) -> bool {
    let mut variables: Vec<_> = variables.collect();
    variables.sort();
    let mut wanted = wanted.to_vec();
    wanted.sort();
    variables == wanted
}

fn start_again() -> io::Error {
    let mut arguments = env::args_os();
    let name = arguments.next().unwrap_or_default();
    Command::new("/proc/self/exe")
        .arg0(name)
        .args(arguments)
        .env_clear()
        .envs(environment())
        .exec()
}

/// Closes all but standard input, output and error.
fn close_inherited() -> Result<(), io::Error> {
    const FIRST: libc::c_uint = 3;
    const NO_FLAGS: libc::c_uint = 0;
    // SAFETY: nothing in this program owns a descriptor yet, as the caller promises; the numbers are
    // those of the kernel's `close_range(2)`, which takes no pointer.
    let answer =
        unsafe { libc::syscall(libc::SYS_close_range, FIRST, libc::c_uint::MAX, NO_FLAGS) };
    if answer == 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    // Before Linux 5.9 there is no such call, and pkexec has closed them.
    if error.raw_os_error() == Some(libc::ENOSYS) {
        return Ok(());
    }
    Err(error)
}

fn refused<E: Into<io::Error>>(call: &'static str) -> impl Fn(E) -> ConfineError {
    move |error| ConfineError::Refused {
        call,
        error: error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asked_the_probe_does_not_stay_root() {
        assert_eq!(named_caller(Some("1000")), Uid::from_raw(1000));
        for odd in [
            None,
            Some(""),
            Some("0"),
            Some("-1"),
            Some("4294967295"),
            Some("ann"),
        ] {
            assert_eq!(named_caller(odd), Uid::from_raw(NOBODY), "{odd:?}");
        }
    }
}
