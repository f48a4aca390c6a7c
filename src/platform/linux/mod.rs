//! Linux: procfs, sysfs and the kernel's socket diagnosis.

mod descriptors;
mod netlink;
mod proc_net;
mod sock_diag;
mod socket_owners;
pub mod sockets;

use std::path::PathBuf;

/// Where the kernel's file systems are found. Tests put captured trees in their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    /// `/proc`
    pub proc: PathBuf,
    /// `/sys`
    pub sys: PathBuf,
    /// `/etc`
    pub etc: PathBuf,
}

impl Default for Roots {
    fn default() -> Self {
        Self {
            proc: "/proc".into(),
            sys: "/sys".into(),
            etc: "/etc".into(),
        }
    }
}
