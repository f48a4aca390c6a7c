//! What a probe says first: that it is one, of which version, and where and as whom it runs.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use super::frame::fill;
use crate::model::format::printable;
use crate::platform::Host;

/// What a greeting begins with. No text holds it.
pub const MAGIC: [u8; 8] = *b"\0SysMon\x1b";
/// The version of what is spoken: of the greeting's second part, and of all that follows. It changes
/// with every change to a type that travels.
pub const PROTOCOL: u16 = 2;
/// The version of this program.
pub const PROGRAM: &str = env!("CARGO_PKG_VERSION");
/// So many bytes may come before the greeting: what a login says.
pub const BANNER: usize = 64 << 10;
/// The most that a probe tells of itself, in bytes.
const MOST: u16 = 4096;

/// What a probe is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The processor it was built for, as `x86_64`.
    pub architecture: String,
    /// As whom it runs; `None` where the system has no such numbers.
    pub uid: Option<u32>,
    /// The machine it reads.
    pub host: Host,
}

impl About {
    /// This program, which reads this machine.
    pub fn this(host: Host) -> Self {
        Self {
            architecture: std::env::consts::ARCH.to_owned(),
            uid: uid(),
            host,
        }
    }

    /// Whether the kernel denies it nothing.
    pub fn is_root(&self) -> bool {
        self.uid == Some(0)
    }
}

#[cfg(target_os = "linux")]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere there is none")]
fn uid() -> Option<u32> {
    Some(rustix::process::geteuid().as_raw())
}

#[cfg(not(target_os = "linux"))]
fn uid() -> Option<u32> {
    None
}

/// Why there was no greeting.
#[derive(Debug, thiserror::Error)]
pub enum GreetingError {
    /// The pipe cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The pipe ended.
    #[error("the pipe ended before there was a greeting")]
    Ended,
    /// Something else came, and much of it.
    #[error("no greeting in the first {BANNER} bytes")]
    NotFound,
    /// Of another version, which speaks otherwise.
    #[error("a probe of SysMon {program} speaks protocol {protocol}, not {PROTOCOL}")]
    OtherVersion {
        /// The version of the program.
        program: String,
        /// The version of what it speaks.
        protocol: u16,
    },
    /// What follows its beginning cannot be understood.
    #[error("the greeting cannot be understood")]
    Malformed,
}

/// Greets.
///
/// # Errors
/// When nobody reads.
pub fn write(output: &mut impl Write, about: &About) -> io::Result<()> {
    output.write_all(&greeting(PROTOCOL, PROGRAM, about)?)?;
    output.flush()
}

/// A greeting of these versions. The part up to the program's version is the same for ever.
///
/// # Errors
/// When there is too much to say.
pub fn greeting(protocol: u16, program: &str, about: &About) -> io::Result<Vec<u8>> {
    let about = postcard::to_stdvec(about).map_err(io::Error::other)?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend(protocol.to_le_bytes());
    bytes.push(u8::try_from(program.len()).map_err(io::Error::other)?);
    bytes.extend(program.as_bytes());
    bytes.extend(
        u16::try_from(about.len())
            .map_err(io::Error::other)?
            .to_le_bytes(),
    );
    bytes.extend(about);
    Ok(bytes)
}

/// Reads a greeting, and past what comes before it.
///
/// # Errors
/// When there is none, or one of another version.
pub fn read(input: &mut impl Read) -> Result<About, GreetingError> {
    skip_banner(input)?;
    let protocol = u16::from_le_bytes(array(input)?);
    let [length] = array(input)?;
    let program = bytes(input, length.into())?;
    if protocol != PROTOCOL {
        let program = String::from_utf8_lossy(&program);
        return Err(GreetingError::OtherVersion {
            program: printable(&program).into_owned(),
            protocol,
        });
    }
    let length = u16::from_le_bytes(array(input)?);
    if length > MOST {
        return Err(GreetingError::Malformed);
    }
    let about = bytes(input, length.into())?;
    postcard::from_bytes(&about).map_err(|_| GreetingError::Malformed)
}

fn skip_banner(input: &mut impl Read) -> Result<(), GreetingError> {
    let mut last = [0xff; MAGIC.len()];
    for _ in 0..BANNER + MAGIC.len() {
        let [byte] = array(input)?;
        last.rotate_left(1);
        last[MAGIC.len() - 1] = byte;
        if last == MAGIC {
            return Ok(());
        }
    }
    Err(GreetingError::NotFound)
}

fn array<const N: usize>(input: &mut impl Read) -> Result<[u8; N], GreetingError> {
    let mut buffer = [0; N];
    if fill(input, &mut buffer)? < N {
        return Err(GreetingError::Ended);
    }
    Ok(buffer)
}

fn bytes(input: &mut impl Read, length: usize) -> Result<Vec<u8>, GreetingError> {
    let mut buffer = vec![0; length];
    if fill(input, &mut buffer)? < length {
        return Err(GreetingError::Ended);
    }
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn about() -> About {
        About {
            architecture: "x86_64".to_owned(),
            uid: Some(1000),
            host: Host {
                name: Some("host".to_owned()),
                kernel: None,
            },
        }
    }

    #[test]
    fn a_greeting_is_found_behind_what_a_login_says() {
        let greeting = greeting(PROTOCOL, PROGRAM, &about()).expect("short");
        let long = "Welcome!\n".repeat(BANNER / 9);
        for banner in ["", "Last login: \0SysMo\0SysMon", &long] {
            let said = [banner.as_bytes(), &greeting, b"more"].concat();
            let mut input = said.as_slice();
            assert_eq!(read(&mut input).expect("it is there"), about());
            assert_eq!(input, b"more");
        }
        let longer = [&vec![b' '; BANNER + 1], greeting.as_slice()].concat();
        assert!(matches!(
            read(&mut longer.as_slice()),
            Err(GreetingError::NotFound)
        ));
    }

    #[test]
    fn another_version_is_known_whatever_else_it_says() {
        let mut said = greeting(PROTOCOL + 1, "9.0\n", &about()).expect("short");
        said.truncate(MAGIC.len() + 2 + 1 + 4);
        let error = read(&mut said.as_slice()).expect_err("another version");
        assert!(
            error.to_string().contains("9.0") && !error.to_string().contains('\n'),
            "{error}"
        );
    }

    #[test]
    fn a_greeting_that_is_cut_short_is_none() {
        let greeting = greeting(PROTOCOL, PROGRAM, &about()).expect("short");
        for length in 0..greeting.len() {
            let error = read(&mut &greeting[..length]).expect_err("cut");
            assert!(matches!(error, GreetingError::Ended), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_borne(bytes: Vec<u8>) {
            let _ = read(&mut bytes.as_slice());
            let _ = read(&mut [MAGIC.as_slice(), &PROTOCOL.to_le_bytes(), &bytes].concat().as_slice());
        }
    }
}
