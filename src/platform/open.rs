//! Which platform reads this machine, and where it is found.

use std::path::PathBuf;
use std::str::FromStr;

use super::{Platform, PlatformError};

/// Where the kernel's file systems of Linux are found. Tests put captured trees in their place.
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

/// By which means a machine is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The kernel's own files and messages.
    Linux,
    /// What many systems have in common, through sysinfo and netstat2.
    Portable,
}

/// What suits the system this program was built for.
impl Default for Kind {
    fn default() -> Self {
        if cfg!(target_os = "linux") {
            Self::Linux
        } else {
            Self::Portable
        }
    }
}

impl FromStr for Kind {
    type Err = PlatformError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "linux" => Ok(Self::Linux),
            "portable" => Ok(Self::Portable),
            other => Err(PlatformError::NotBuilt(other.to_owned())),
        }
    }
}

/// Opens this machine, or the captured one at `roots`, which only [`Kind::Linux`] can read.
///
/// # Errors
/// When the platform is not built into this program, or does not know this system.
pub fn open(kind: Kind, roots: Roots) -> Result<Box<dyn Platform>, PlatformError> {
    match kind {
        Kind::Linux => linux(roots),
        Kind::Portable => portable(),
    }
}

#[cfg(target_os = "linux")]
#[expect(
    clippy::unnecessary_wraps,
    clippy::needless_pass_by_value,
    reason = "the same signature where it is not built"
)]
fn linux(roots: Roots) -> Result<Box<dyn Platform>, PlatformError> {
    Ok(Box::new(super::linux::LinuxPlatform::new(&roots)))
}

#[cfg(not(target_os = "linux"))]
fn linux(_roots: Roots) -> Result<Box<dyn Platform>, PlatformError> {
    Err(PlatformError::NotBuilt("linux".to_owned()))
}

#[cfg(any(feature = "portable", not(target_os = "linux")))]
fn portable() -> Result<Box<dyn Platform>, PlatformError> {
    Ok(Box::new(super::portable::PortablePlatform::new()?))
}

#[cfg(not(any(feature = "portable", not(target_os = "linux"))))]
fn portable() -> Result<Box<dyn Platform>, PlatformError> {
    Err(PlatformError::NotBuilt("portable".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_are_known_by_name() {
        assert_eq!("linux".parse::<Kind>().ok(), Some(Kind::Linux));
        assert_eq!("portable".parse::<Kind>().ok(), Some(Kind::Portable));
        let error = "amiga".parse::<Kind>().expect_err("unknown");
        assert!(error.to_string().contains("amiga"));
    }

    #[test]
    fn what_is_built_opens_and_what_is_not_says_so() {
        assert!(open(Kind::default(), Roots::default()).is_ok());
        let portable = open(Kind::Portable, Roots::default());
        let built = cfg!(any(feature = "portable", not(target_os = "linux")));
        assert_eq!(portable.is_ok(), built);
    }
}
