//! Which machine this is.

use serde::{Deserialize, Serialize};

use super::{Kind, Roots};

/// Which machine it is; `None` where it does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Its name in the network.
    pub name: Option<String>,
    /// The release of its kernel.
    pub kernel: Option<String>,
}

impl Host {
    /// The machine that this platform reads.
    pub fn of(kind: Kind, roots: &Roots) -> Self {
        match kind {
            Kind::Linux => Self::linux(roots),
            Kind::Portable => Self::portable(),
        }
    }

    /// From `proc_sys_kernel(5)`.
    fn linux(roots: &Roots) -> Self {
        let read = |name: &str| {
            let bytes = std::fs::read(roots.proc.join("sys/kernel").join(name)).ok()?;
            let text = String::from_utf8_lossy(&bytes).trim().to_owned();
            (!text.is_empty()).then_some(text)
        };
        Self {
            name: read("hostname"),
            kernel: read("osrelease"),
        }
    }

    #[cfg(any(feature = "portable", not(target_os = "linux")))]
    fn portable() -> Self {
        Self {
            name: sysinfo::System::host_name().ok(),
            kernel: sysinfo::System::kernel_version().ok(),
        }
    }

    #[cfg(not(any(feature = "portable", not(target_os = "linux"))))]
    fn portable() -> Self {
        Self::default()
    }
}
