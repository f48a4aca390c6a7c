//! The messages of `sock_diag(7)`: requests for a dump of sockets, and the answers, as pure
//! functions over bytes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use super::tcp_info;
use crate::model::process::Uid;
use crate::platform::{ClosedSocket, Protocol, Queues, SocketCounters, TcpState};

/// `struct nlmsghdr`, bytes.
const HEADER: usize = 16;
/// `struct inet_diag_sockid`, bytes.
const SOCKET_ID: usize = 48;
/// `struct inet_diag_msg`, bytes. Attributes follow it.
const INET_DIAG_MSG: usize = 72;

/// `INET_DIAG_INFO` of `linux/inet_diag.h`: `struct tcp_info`.
const INET_DIAG_INFO: u16 = 2;
/// `INET_DIAG_CGROUP_ID` of `linux/inet_diag.h`: the control group that the socket was made in.
const INET_DIAG_CGROUP_ID: u16 = 21;

/// `NLMSG_ERROR` of `linux/netlink.h`.
const NLMSG_ERROR: u16 = 2;
/// `NLMSG_DONE` of `linux/netlink.h`.
const NLMSG_DONE: u16 = 3;
/// `NLM_F_REQUEST | NLM_F_DUMP` of `linux/netlink.h`.
const REQUEST_DUMP: u16 = 0x301;
/// `NLM_F_DUMP_INTR` of `linux/netlink.h`: the table changed while it was walked.
const DUMP_INTERRUPTED: u16 = 0x10;

/// `TCPDIAG_GETSOCK` of `linux/inet_diag.h`: one walk over the TCP sockets of both families.
const TCPDIAG_GETSOCK: u16 = 18;
/// `SOCK_DIAG_BY_FAMILY` of `linux/sock_diag.h`.
const SOCK_DIAG_BY_FAMILY: u16 = 20;

/// `AF_INET` of `linux/socket.h`.
const AF_INET: u8 = 2;
/// `AF_INET6` of `linux/socket.h`.
const AF_INET6: u8 = 10;
/// `IPPROTO_UDP` of `linux/in.h`.
const IPPROTO_UDP: u8 = 17;

/// States 1 (`ESTABLISHED`) to 12 (`NEW_SYN_RECV`). The kernel's 13th, a socket that is bound and
/// neither listens nor connects, is no state of TCP and stands in no other list of sockets.
const ALL_STATES: u32 = 0x1ffe;

/// One dump that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dump {
    /// TCP over IPv4 and IPv6.
    Tcp,
    /// UDP over IPv4.
    Udp4,
    /// UDP over IPv6.
    Udp6,
}

impl Dump {
    /// The protocol of the sockets in it.
    pub fn protocol(self) -> Protocol {
        match self {
            Self::Tcp => Protocol::Tcp,
            Self::Udp4 | Self::Udp6 => Protocol::Udp,
        }
    }

    /// The request to send; `sequence` comes back in every answer.
    pub fn request(self, sequence: u32) -> Vec<u8> {
        match self {
            Self::Tcp => tcp_request(sequence),
            Self::Udp4 => udp_request(AF_INET, sequence),
            Self::Udp6 => udp_request(AF_INET6, sequence),
        }
    }
}

/// `struct nlmsghdr` and `struct inet_diag_req`.
fn tcp_request(sequence: u32) -> Vec<u8> {
    const BODY: usize = 4 + SOCKET_ID + 8;
    let mut request = header(TCPDIAG_GETSOCK, BODY, sequence);
    request.extend([AF_INET, 0, 0, 1 << (INET_DIAG_INFO - 1)]);
    request.extend([0; SOCKET_ID]);
    request.extend(ALL_STATES.to_ne_bytes());
    request.extend([0; 4]);
    request
}

/// `struct nlmsghdr` and `struct inet_diag_req_v2`.
fn udp_request(family: u8, sequence: u32) -> Vec<u8> {
    const BODY: usize = 8 + SOCKET_ID;
    let mut request = header(SOCK_DIAG_BY_FAMILY, BODY, sequence);
    request.extend([family, IPPROTO_UDP, 0, 0]);
    request.extend(ALL_STATES.to_ne_bytes());
    request.extend([0; SOCKET_ID]);
    request
}

fn header(kind: u16, body: usize, sequence: u32) -> Vec<u8> {
    let length = u32::try_from(HEADER + body).unwrap_or(u32::MAX);
    let mut header = Vec::with_capacity(HEADER + body);
    header.extend(length.to_ne_bytes());
    header.extend(kind.to_ne_bytes());
    header.extend(REQUEST_DUMP.to_ne_bytes());
    header.extend(sequence.to_ne_bytes());
    header.extend([0; 4]);
    header
}

/// Why an answer is not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The length in a header goes beyond the datagram, or a message is shorter than its kind.
    #[error("a netlink message was cut short")]
    Truncated,
    /// A family of addresses that was not asked for.
    #[error("a socket of the unknown address family {0}")]
    Family(u8),
    /// A state that no kernel is known to have.
    #[error("a socket in the unknown state {0}")]
    State(u8),
}

/// One message of an answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// The `sequence` of the request that it answers.
    pub sequence: u32,
    /// `NLM_F_DUMP_INTR`: sockets may be missing from this dump.
    pub interrupted: bool,
    /// What it says.
    pub content: Content,
}

/// What a [`Message`] says.
#[derive(Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "a box would cost an allocation for each socket"
)]
pub enum Content {
    /// Here is a socket.
    Socket(Listed),
    /// The dump is complete.
    Done,
    /// The kernel gave up, with this `errno(3)`: in `NLMSG_ERROR`, or in `NLMSG_DONE` when it had
    /// begun.
    Failed(i32),
    /// Something that concerns nobody.
    Other,
}

/// A socket as a dump lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// What is known of it; its interface and its service are not named yet.
    pub socket: SocketCounters,
    /// The number of the interface it is bound to.
    pub interface: Option<u32>,
    /// The control group it was made in, by the inode of its folder.
    pub cgroup: Option<u64>,
}

/// Goes through the messages of one datagram. Ends after the first that is not understood, for
/// what follows it cannot be found.
#[derive(Clone, Debug)]
pub struct Messages<'a> {
    datagram: &'a [u8],
    protocol: Protocol,
}

impl<'a> Messages<'a> {
    /// The messages of `datagram`, an answer to the request of `dump`.
    pub fn new(datagram: &'a [u8], dump: Dump) -> Self {
        Self {
            datagram,
            protocol: dump.protocol(),
        }
    }
}

impl Iterator for Messages<'_> {
    type Item = Result<Message, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.datagram.is_empty() {
            return None;
        }
        let Some((message, rest)) = split(self.datagram) else {
            self.datagram = &[];
            return Some(Err(DecodeError::Truncated));
        };
        let decoded = decode(message, self.protocol);
        self.datagram = if decoded.is_ok() { rest } else { &[] };
        Some(decoded)
    }
}

/// The messages of a datagram as (type, body), whatever they are about.
pub fn messages(mut datagram: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let (message, rest) = split(datagram)?;
        datagram = rest;
        let kind = u16::from_ne_bytes(bytes_at(message, 4)?);
        Some((kind, message.get(HEADER..)?))
    })
}

/// The first message with its header, and what follows it. Messages begin at multiples of four.
fn split(datagram: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = usize::try_from(u32_at(datagram, 0)?).ok()?;
    let message = datagram.get(..length).filter(|_| length >= HEADER)?;
    let rest = datagram.get(length.next_multiple_of(4)..);
    Some((message, rest.unwrap_or_default()))
}

fn decode(message: &[u8], protocol: Protocol) -> Result<Message, DecodeError> {
    let kind = bytes_at(message, 4).map(u16::from_ne_bytes);
    let flags = bytes_at(message, 6).map(u16::from_ne_bytes);
    let sequence = u32_at(message, 8);
    let (Some(kind), Some(flags), Some(sequence), Some(body)) =
        (kind, flags, sequence, message.get(HEADER..))
    else {
        return Err(DecodeError::Truncated);
    };
    let code = bytes_at(body, 0).map(i32::from_ne_bytes);
    let content = match (kind, code) {
        (NLMSG_ERROR, None) => return Err(DecodeError::Truncated),
        (NLMSG_DONE, None | Some(0..)) => Content::Done,
        (NLMSG_ERROR | NLMSG_DONE, Some(code @ ..0)) => Content::Failed(code.saturating_neg()),
        (TCPDIAG_GETSOCK | SOCK_DIAG_BY_FAMILY, _) => Content::Socket(listed(body, protocol)?),
        _ => Content::Other,
    };
    Ok(Message {
        sequence,
        interrupted: flags & DUMP_INTERRUPTED != 0,
        content,
    })
}

/// `struct inet_diag_msg` and the attributes that follow it.
fn listed(body: &[u8], protocol: Protocol) -> Result<Listed, DecodeError> {
    let (body, attributes) = body
        .split_first_chunk::<INET_DIAG_MSG>()
        .ok_or(DecodeError::Truncated)?;
    let word = |at| u32_at(body, at).ok_or(DecodeError::Truncated);
    let family = body[0];
    let state = tcp_state(body[1]).ok_or(DecodeError::State(body[1]))?;
    let interface = word(40)?;
    let (mut traffic, mut cgroup) = (None, None);
    for (kind, value) in attributes_of(attributes) {
        match kind {
            // One that listens has counters of another meaning in the same place.
            INET_DIAG_INFO if state != TcpState::Listen => traffic = tcp_info::traffic(value),
            INET_DIAG_CGROUP_ID => cgroup = bytes_at(value, 0).map(u64::from_ne_bytes),
            _ => {}
        }
    }
    let end = |port, address| {
        end_at(body, family, port, address, interface).ok_or(DecodeError::Family(family))
    };
    let (uid, inode) = owner(word(64)?, u64::from(word(68)?));
    let socket = SocketCounters {
        inode,
        uid,
        cookie: Some(u64::from(word(48)?) << 32 | u64::from(word(44)?)),
        traffic,
        queues: Some(Queues {
            receive: u64::from(word(56)?),
            send: u64::from(word(60)?),
        }),
        ..SocketCounters::new(protocol, state, end(4, 8)?, end(6, 24)?)
    };
    Ok(Listed {
        socket,
        interface: (interface != 0).then_some(interface),
        cgroup,
    })
}

/// The attributes (`struct nlattr`) in `bytes`, as (type, value). Ends at the first that is cut
/// short.
pub fn attributes_of(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    /// `struct nlattr`, bytes.
    const NLATTR: usize = 4;
    /// `NLA_F_NESTED | NLA_F_NET_BYTEORDER` of `linux/netlink.h`.
    const FLAGS: u16 = 0xc000;
    std::iter::from_fn(move || {
        let length = usize::from(u16::from_ne_bytes(bytes_at(bytes, 0)?));
        let kind = u16::from_ne_bytes(bytes_at(bytes, 2)?) & !FLAGS;
        let value = bytes.get(NLATTR..length)?;
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, value))
    })
}

/// Appends the TCP sockets that a datagram says were destroyed. Returns how many of its messages
/// are not understood.
pub fn destroyed(datagram: &[u8], closed: &mut Vec<ClosedSocket>) -> u64 {
    let mut unknown = 0;
    for message in Messages::new(datagram, Dump::Tcp) {
        match message.map(|message| message.content) {
            Ok(Content::Socket(Listed { socket, .. })) => {
                // One that only listened, or never connected, carried nothing.
                let traffic = socket.traffic.unwrap_or_default();
                closed.extend(socket.cookie.map(|cookie| ClosedSocket {
                    cookie,
                    local: socket.local,
                    remote: socket.remote,
                    traffic,
                }));
            }
            Ok(_) => {}
            Err(_) => unknown += 1,
        }
    }
    unknown
}

/// The end of a connection whose port and address stand at these offsets, in network byte order.
/// `None` for a family other than IPv4 and IPv6.
fn end_at(
    body: &[u8],
    family: u8,
    port: usize,
    address: usize,
    interface: u32,
) -> Option<SocketAddr> {
    let port = u16::from_be_bytes(bytes_at(body, port)?);
    match family {
        AF_INET => {
            let address = Ipv4Addr::from(bytes_at::<4>(body, address)?);
            Some(SocketAddr::new(IpAddr::V4(address), port))
        }
        AF_INET6 => {
            let address = Ipv6Addr::from(bytes_at::<16>(body, address)?);
            let scope = if address.is_unicast_link_local() {
                interface
            } else {
                0
            };
            Some(SocketAddrV6::new(address, port, 0, scope).into())
        }
        _ => None,
    }
}

/// A state by its number in the kernel's `tcp_states.h`. `NEW_SYN_RECV`, a connection request that
/// has no socket yet, is shown as `SYN_RECV` as the kernel itself does elsewhere.
pub fn tcp_state(number: u8) -> Option<TcpState> {
    Some(match number {
        1 => TcpState::Established,
        2 => TcpState::SynSent,
        3 | 12 => TcpState::SynRecv,
        4 => TcpState::FinWait1,
        5 => TcpState::FinWait2,
        6 => TcpState::TimeWait,
        7 => TcpState::Close,
        8 => TcpState::CloseWait,
        9 => TcpState::LastAck,
        10 => TcpState::Listen,
        11 => TcpState::Closing,
        _ => return None,
    })
}

/// Who made a socket, and its inode. Where the kernel has forgotten both (`TIME_WAIT`), it gives 0
/// for each: that is not root.
pub fn owner(uid: u32, inode: u64) -> (Option<Uid>, Option<u64>) {
    let known = uid != 0 || inode != 0;
    (known.then_some(Uid(uid)), (inode != 0).then_some(inode))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes_at(bytes, at).map(u32::from_ne_bytes)
}

fn bytes_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

#[cfg(test)]
#[path = "sock_diag_tests.rs"]
pub(super) mod tests;
