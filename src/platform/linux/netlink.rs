//! A socket to the kernel's socket diagnosis, `sock_diag(7)`.

use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::netlink::{self, SocketAddrNetlink};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

use super::sock_diag::{Content, DecodeError, Dump, Message, Messages};
use crate::platform::SocketCounters;

/// The kernel fills datagrams of a dump up to this size when the reader's buffer is as large.
const BUFFER: usize = 32 * 1024;
/// A dump that was interrupted by changes is made again this often.
const ATTEMPTS: usize = 3;
/// The kernel answers at once; a stand-in for it (a sandbox) may never do.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why a dump could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DumpError {
    /// A call failed, or the kernel answered with an error.
    #[error("the kernel's socket diagnosis refused: {0}")]
    Kernel(#[from] Errno),
    /// The answer is not understood.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
}

/// Whether a dump can be trusted to hold every socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// It does.
    Complete,
    /// The table changed at every attempt; sockets may be missing or stand there twice.
    Interrupted,
}

/// A netlink socket of the family `NETLINK_SOCK_DIAG`.
#[derive(Debug)]
pub struct SockDiag {
    socket: OwnedFd,
    sequence: u32,
    buffer: Vec<u8>,
}

impl SockDiag {
    /// Opens the socket.
    ///
    /// # Errors
    /// Where the kernel has no socket diagnosis or a sandbox denies it.
    pub fn open() -> Result<Self, DumpError> {
        let socket = rustix::net::socket_with(
            AddressFamily::NETLINK,
            SocketType::RAW,
            SocketFlags::CLOEXEC,
            Some(netlink::SOCK_DIAG),
        )?;
        set_socket_timeout(&socket, Timeout::Recv, Some(PATIENCE))?;
        rustix::net::connect(&socket, &SocketAddrNetlink::new(0, 0))?;
        Ok(Self {
            socket,
            sequence: 0,
            buffer: vec![0; BUFFER],
        })
    }

    /// Appends every socket of `dump` to `sockets`.
    ///
    /// # Errors
    /// When the kernel refuses or is not understood; `sockets` is then as it was, and this socket
    /// is of no more use: answers may still be under way.
    pub fn dump(
        &mut self,
        dump: Dump,
        sockets: &mut Vec<SocketCounters>,
    ) -> Result<Completeness, DumpError> {
        let start = sockets.len();
        for _ in 0..ATTEMPTS {
            sockets.truncate(start);
            match self.attempt(dump, sockets) {
                Ok(Completeness::Complete) => return Ok(Completeness::Complete),
                Ok(Completeness::Interrupted) => {}
                Err(error) => {
                    sockets.truncate(start);
                    return Err(error);
                }
            }
        }
        Ok(Completeness::Interrupted)
    }

    fn attempt(
        &mut self,
        dump: Dump,
        sockets: &mut Vec<SocketCounters>,
    ) -> Result<Completeness, DumpError> {
        self.sequence = self.sequence.wrapping_add(1);
        let request = dump.request(self.sequence);
        rustix::net::send(&self.socket, &request, SendFlags::empty())?;
        let mut answer = Answer::new(dump, self.sequence);
        loop {
            let received = rustix::io::retry_on_intr(|| {
                rustix::net::recv(&self.socket, self.buffer.as_mut_slice(), RecvFlags::TRUNC)
            });
            let (filled, length) = received?;
            if length > filled {
                return Err(DecodeError::Truncated.into());
            }
            if let Some(completeness) = answer.take(&self.buffer[..filled], sockets)? {
                return Ok(completeness);
            }
        }
    }
}

/// The answer to one request, datagram by datagram.
#[derive(Debug)]
struct Answer {
    dump: Dump,
    sequence: u32,
    interrupted: bool,
}

impl Answer {
    fn new(dump: Dump, sequence: u32) -> Self {
        Self {
            dump,
            sequence,
            interrupted: false,
        }
    }

    /// Takes the sockets out of a datagram. `Some` when the answer ended with it.
    fn take(
        &mut self,
        datagram: &[u8],
        sockets: &mut Vec<SocketCounters>,
    ) -> Result<Option<Completeness>, DumpError> {
        for message in Messages::new(datagram, self.dump) {
            let Message {
                sequence,
                interrupted,
                content,
            } = message?;
            if sequence != self.sequence {
                continue;
            }
            self.interrupted |= interrupted;
            match content {
                Content::Socket(socket) => sockets.push(socket),
                Content::Failed(code) => return Err(Errno::from_raw_os_error(code).into()),
                Content::Done if self.interrupted => return Ok(Some(Completeness::Interrupted)),
                Content::Done => return Ok(Some(Completeness::Complete)),
                Content::Other => {}
            }
        }
        Ok(None)
    }
}
