//! A socket to the kernel's socket diagnosis, `sock_diag(7)`.

use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::netlink::{self, SocketAddrNetlink};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

use super::sock_diag::{Content, DecodeError, Dump, Listed, Message, Messages};
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
        Ok(Self::over(socket))
    }

    fn over(socket: OwnedFd) -> Self {
        Self {
            socket,
            sequence: 0,
            buffer: vec![0; BUFFER],
        }
    }

    /// Appends every socket of `dump` to `sockets`, as `name` names it.
    ///
    /// # Errors
    /// When the kernel refuses or is not understood; `sockets` is then as it was, and this socket
    /// is of no more use: answers may still be under way.
    pub fn dump(
        &mut self,
        dump: Dump,
        name: &mut impl FnMut(Listed) -> SocketCounters,
        sockets: &mut Vec<SocketCounters>,
    ) -> Result<Completeness, DumpError> {
        let start = sockets.len();
        for _ in 0..ATTEMPTS {
            sockets.truncate(start);
            match self.attempt(dump, name, sockets) {
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
        name: &mut impl FnMut(Listed) -> SocketCounters,
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
            if length == 0 || length > filled {
                return Err(DecodeError::Truncated.into());
            }
            if let Some(completeness) = answer.take(&self.buffer[..filled], name, sockets)? {
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
        name: &mut impl FnMut(Listed) -> SocketCounters,
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
                Content::Socket(listed) => sockets.push(name(listed)),
                Content::Failed(code) => return Err(Errno::from_raw_os_error(code).into()),
                Content::Done if self.interrupted => return Ok(Some(Completeness::Interrupted)),
                Content::Done => return Ok(Some(Completeness::Complete)),
                Content::Other => {}
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
pub mod tests {
    use std::os::unix::net::UnixDatagram;
    use std::thread;

    use super::super::sock_diag::tests::listed_socket;
    use super::*;

    const DONE: u16 = 3;
    const ERROR: u16 = 2;
    const INTERRUPTED: u16 = 0x10;

    /// A message with this kind, flags, sequence and code.
    fn message(kind: u16, flags: u16, sequence: u32, code: i32) -> Vec<u8> {
        let mut message = 20_u32.to_ne_bytes().to_vec();
        message.extend(kind.to_ne_bytes());
        message.extend(flags.to_ne_bytes());
        message.extend(sequence.to_ne_bytes());
        message.extend([0; 4]);
        message.extend(code.to_ne_bytes());
        message
    }

    /// A socket diagnosis that gives the nth answer to the nth request, and then hangs up. The
    /// answer is made from the request's sequence.
    pub fn scripted(answers: Vec<fn(u32) -> Vec<u8>>) -> SockDiag {
        scripted_in_parts(answers, |answer, sequence| vec![answer(sequence)])
    }

    /// The same with answers of several datagrams.
    fn scripted_in_parts<A: Send + 'static>(
        answers: Vec<A>,
        datagrams: fn(A, u32) -> Vec<Vec<u8>>,
    ) -> SockDiag {
        let (ours, kernel) = UnixDatagram::pair().expect("a pair of sockets");
        thread::spawn(move || {
            for answer in answers {
                let mut request = [0; 256];
                let length = kernel.recv(&mut request).expect("a request");
                assert!(length >= 16);
                let sequence = u32::from_ne_bytes(*request[8..].first_chunk().expect("4 bytes"));
                for datagram in datagrams(answer, sequence) {
                    kernel.send(&datagram).expect("sent");
                }
            }
        });
        SockDiag::over(ours.into())
    }

    type InParts = fn(u32) -> Vec<Vec<u8>>;

    /// What a dump comes to, and the inodes that are listed then; 99 was before it.
    fn dump_in_parts(answers: Vec<InParts>) -> (Result<Completeness, DumpError>, Vec<u64>) {
        let before: InParts = |sequence| {
            let mut whole = listed_socket(sequence, 0, 99);
            whole.extend(message(DONE, 0, sequence, 0));
            vec![whole]
        };
        let answers = [vec![before], answers].concat();
        let mut diagnosis = scripted_in_parts(answers, |answer, sequence| answer(sequence));
        let mut sockets = Vec::new();
        let mut dump = || diagnosis.dump(Dump::Tcp, &mut |it| it.socket, &mut sockets);
        assert_eq!(dump(), Ok(Completeness::Complete));
        let result = dump();
        let inodes = sockets.iter().filter_map(|it| it.inode).collect();
        (result, inodes)
    }

    fn dump(answers: Vec<fn(u32) -> Vec<u8>>) -> Result<Completeness, DumpError> {
        let mut sockets = Vec::new();
        let result = scripted(answers).dump(Dump::Tcp, &mut |it| it.socket, &mut sockets);
        assert_eq!(sockets, []);
        result
    }

    #[test]
    fn an_interrupted_dump_is_made_again() {
        let interrupted = |sequence| message(DONE, INTERRUPTED, sequence, 0);
        let complete = |sequence| message(DONE, 0, sequence, 0);
        let complete_at_last: Vec<fn(u32) -> Vec<u8>> = vec![interrupted, interrupted, complete];
        assert_eq!(dump(complete_at_last), Ok(Completeness::Complete));
        assert_eq!(dump(vec![interrupted; 3]), Ok(Completeness::Interrupted));
    }

    #[test]
    fn an_error_is_not_the_end_of_a_dump() {
        let refused = |sequence| message(ERROR, 0, sequence, -1);
        assert_eq!(dump(vec![refused]), Err(DumpError::Kernel(Errno::PERM)));
        let broken_off = |sequence| message(DONE, 0, sequence, -2);
        assert_eq!(dump(vec![broken_off]), Err(DumpError::Kernel(Errno::NOENT)));
    }

    #[test]
    fn answers_to_others_are_passed_over() {
        let late = |sequence: u32| {
            let mut datagram = message(ERROR, 0, sequence.wrapping_sub(1), -1);
            datagram.extend(message(DONE, 0, sequence, 0));
            datagram
        };
        assert_eq!(dump(vec![late]), Ok(Completeness::Complete));
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let huge = |_| vec![0; BUFFER + 1];
        let truncated = DumpError::Malformed(DecodeError::Truncated);
        assert_eq!(dump(vec![huge]), Err(truncated));
        assert_eq!(dump(vec![|_| vec![0; 16]]), Err(truncated));
        assert_eq!(dump(vec![|_| Vec::new()]), Err(truncated));
    }

    #[test]
    fn a_dump_goes_over_several_datagrams_and_messages_of_another_stand_between() {
        let answer: InParts = |sequence| {
            let late = sequence.wrapping_sub(1);
            let mut mixed = listed_socket(late, 0, 7);
            mixed.extend(listed_socket(sequence, 0, 2));
            mixed.extend(message(DONE, 0, late, 0));
            vec![
                listed_socket(sequence, 0, 1),
                mixed,
                listed_socket(sequence, 0, 3),
                message(DONE, 0, sequence, 0),
            ]
        };
        let (result, inodes) = dump_in_parts(vec![answer]);
        assert_eq!(result, Ok(Completeness::Complete));
        assert_eq!(inodes, [99, 1, 2, 3]);
    }

    #[test]
    fn the_sockets_of_an_interrupted_attempt_are_not_kept_beside_those_of_the_next() {
        // Any message of a dump may say so, and the last does not repeat it.
        let interrupted: InParts = |sequence| {
            vec![
                listed_socket(sequence, 0, 1),
                listed_socket(sequence, INTERRUPTED, 2),
                message(DONE, 0, sequence, 0),
            ]
        };
        let complete: InParts =
            |sequence| vec![listed_socket(sequence, 0, 2), message(DONE, 0, sequence, 0)];
        let (result, inodes) = dump_in_parts(vec![interrupted, complete]);
        assert_eq!(result, Ok(Completeness::Complete));
        assert_eq!(inodes, [99, 2]);
        // What was seen at last is better than nothing.
        let (result, inodes) = dump_in_parts(vec![interrupted; ATTEMPTS]);
        assert_eq!(result, Ok(Completeness::Interrupted));
        assert_eq!(inodes, [99, 1, 2]);
    }

    #[test]
    fn a_dump_that_breaks_off_leaves_nothing_of_itself() {
        let refused: InParts = |sequence| {
            vec![
                listed_socket(sequence, 0, 1),
                message(ERROR, 0, sequence, -1),
            ]
        };
        let cut: InParts = |sequence| {
            let mut datagram = listed_socket(sequence, 0, 1);
            datagram.extend(listed_socket(sequence, 0, 2));
            datagram.truncate(datagram.len() - 4);
            vec![datagram]
        };
        let given_up: InParts = |sequence| {
            vec![
                listed_socket(sequence, 0, 1),
                message(DONE, 0, sequence, -105),
            ]
        };
        for (answer, error) in [
            (refused, DumpError::Kernel(Errno::PERM)),
            (cut, DumpError::Malformed(DecodeError::Truncated)),
            (given_up, DumpError::Kernel(Errno::NOBUFS)),
        ] {
            assert_eq!(dump_in_parts(vec![answer]), (Err(error), vec![99]));
        }
    }

    #[test]
    fn this_kernel_lists_a_socket_that_was_just_made() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
        let address = listener.local_addr().expect("an address");
        let mut sockets = Vec::new();
        let mut diagnosis = SockDiag::open().expect("netlink");
        diagnosis
            .dump(Dump::Tcp, &mut |it| it.socket, &mut sockets)
            .expect("a dump");
        let found = sockets.iter().filter(|socket| socket.local == address);
        assert_eq!(found.count(), 1);
    }
}
