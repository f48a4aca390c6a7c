//! Reading as a user who may not read everything.

use std::panic::resume_unwind;
use std::thread;

use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

/// Does `before` with all rights, then `work` as `nobody` where this test runs as root, else as who
/// runs it.
///
/// Rights belong to threads on Linux, so only a thread of its own gives them up.
pub fn as_ordinary_user<T: Send>(
    before: impl FnOnce() + Send,
    work: impl FnOnce() -> T + Send,
) -> T {
    let in_thread = || {
        before();
        if rustix::process::geteuid().is_root() {
            let (uid, gid) = (Uid::from_raw(65_534), Gid::from_raw(65_534));
            set_thread_groups(&[]).expect("root may");
            set_thread_res_gid(gid, gid, gid).expect("root may");
            set_thread_res_uid(uid, uid, uid).expect("root may");
        }
        work()
    };
    thread::scope(|scope| {
        let worker = scope.spawn(in_thread);
        worker.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}
