//! Sockets of known number in every state that can be reached.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::net::{
    IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket,
};
use std::os::fd::OwnedFd;
use std::str::FromStr;

use rustix::net::sockopt::set_socket_recv_buffer_size;
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, listen, socket_with};
use sysmon::platform::{Protocol, TcpState};

use super::tcp_options::defer_accept;

/// Sockets by protocol and state.
pub type Counts = BTreeMap<(Protocol, TcpState), u64>;

/// What was made.
#[derive(Debug, Default)]
pub struct SocketStates {
    /// All sockets.
    pub listed: Counts,
    /// Those of them that a descriptor of this process holds.
    pub held: Counts,
    descriptors: Vec<OwnedFd>,
}

impl SocketStates {
    /// Makes sockets over IPv4, IPv6 and both.
    pub fn make() -> Self {
        let mut made = Self::default();
        for address in [
            IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(Ipv6Addr::LOCALHOST),
        ] {
            made.make_tcp(address);
            made.make_udp(address);
        }
        made.make_mapped();
        made
    }

    fn make_tcp(&mut self, address: IpAddr) {
        use TcpState::{
            CloseWait, Closing, Established, FinWait1, FinWait2, LastAck, Listen, SynRecv, SynSent,
            TimeWait,
        };
        let accepting = listener(address);
        for _ in 0..2 {
            let another = listener(address);
            self.keep(another, Listen);
        }
        for _ in 0..4 {
            let (client, server) = pair(&accepting);
            self.keep(client, Established);
            self.keep(server, Established);
        }
        for _ in 0..2 {
            let (client, server) = pair(&accepting);
            client.shutdown(Shutdown::Write).expect("half closed");
            self.keep(client, FinWait2);
            self.keep(server, CloseWait);
        }
        for _ in 0..3 {
            let (client, server) = pair(&accepting);
            drop(client);
            drop(server);
            self.list(Protocol::Tcp, TimeWait);
        }
        // What was sent last waits behind data that the other end has no room for.
        let (client, server) = pair(&accepting);
        fill(&client, &server);
        client.shutdown(Shutdown::Write).expect("half closed");
        self.keep(client, FinWait1);
        self.keep(server, Established);

        let (client, server) = pair(&accepting);
        fill(&server, &client);
        client.shutdown(Shutdown::Write).expect("half closed");
        server.shutdown(Shutdown::Write).expect("closed");
        self.keep(client, FinWait2);
        self.keep(server, LastAck);

        let (client, server) = pair(&accepting);
        fill(&client, &server);
        client.shutdown(Shutdown::Write).expect("half closed");
        server.shutdown(Shutdown::Write).expect("half closed");
        self.keep(client, Closing);
        self.keep(server, FinWait2);
        self.keep(accepting, Listen);

        // A full queue of connections that nobody accepts drops the next request.
        let full = listener(address);
        listen(&full, 0).expect("a queue of one");
        let first = TcpStream::connect(local(&full)).expect("the one in the queue");
        self.keep(first, Established);
        self.list(Protocol::Tcp, Established);
        self.keep_descriptor(connecting(local(&full)), Protocol::Tcp, SynSent);
        self.keep(full, Listen);

        // The last packet of the handshake is ignored until data follows.
        let deferring = listener(address);
        defer_accept(&deferring);
        let client = TcpStream::connect(local(&deferring)).expect("connected");
        self.keep(client, Established);
        self.list(Protocol::Tcp, SynRecv);
        self.keep(deferring, Listen);
    }

    fn make_udp(&mut self, address: IpAddr) {
        let bind = || UdpSocket::bind((address, 0)).expect("a socket");
        for _ in 0..3 {
            self.keep_descriptor(bind().into(), Protocol::Udp, TcpState::Close);
        }
        for _ in 0..2 {
            let (one, other) = (bind(), bind());
            one.connect(other.local_addr().expect("an address"))
                .expect("connected");
            self.keep_descriptor(one.into(), Protocol::Udp, TcpState::Established);
            self.keep_descriptor(other.into(), Protocol::Udp, TcpState::Close);
        }
    }

    /// A connection from IPv4 to a listener of IPv6.
    fn make_mapped(&mut self) {
        let accepting = listener(Ipv6Addr::UNSPECIFIED.into());
        let port = local(&accepting).port();
        let client = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("connected");
        let (server, from) = accepting.accept().expect("accepted");
        assert!(matches!(from.ip(), IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some()));
        self.keep(client, TcpState::Established);
        self.keep(server, TcpState::Established);
        self.keep(accepting, TcpState::Listen);
    }

    fn list(&mut self, protocol: Protocol, state: TcpState) {
        *self.listed.entry((protocol, state)).or_default() += 1;
    }

    fn keep(&mut self, socket: impl Into<OwnedFd>, state: TcpState) {
        self.keep_descriptor(socket.into(), Protocol::Tcp, state);
    }

    fn keep_descriptor(&mut self, socket: OwnedFd, protocol: Protocol, state: TcpState) {
        self.list(protocol, state);
        *self.held.entry((protocol, state)).or_default() += 1;
        self.descriptors.push(socket);
    }
}

/// Counts as one line of text.
pub fn to_line(counts: &Counts) -> String {
    let entries = counts
        .iter()
        .map(|((protocol, state), count)| format!("{protocol:?} {state:?} {count}"));
    entries.collect::<Vec<_>>().join(",")
}

/// Counts from [`to_line`].
pub fn from_line(line: &str) -> Counts {
    let entry = |entry: &str| {
        let words: Vec<&str> = entry.split(' ').collect();
        let protocol = serde_json::from_str(&format!("\"{}\"", words[0])).expect("a protocol");
        let state = serde_json::from_str(&format!("\"{}\"", words[1])).expect("a state");
        ((protocol, state), u64::from_str(words[2]).expect("a count"))
    };
    line.split(',').map(entry).collect()
}

fn listener(address: IpAddr) -> TcpListener {
    TcpListener::bind((address, 0)).expect("a listener")
}

fn local(listener: &TcpListener) -> SocketAddr {
    listener.local_addr().expect("an address")
}

fn pair(listener: &TcpListener) -> (TcpStream, TcpStream) {
    let client = TcpStream::connect(local(listener)).expect("connected");
    let (server, _) = listener.accept().expect("accepted");
    (client, server)
}

/// Writes until neither end has room: less than one end wants to send fits into the other.
fn fill(from: &TcpStream, to: &TcpStream) {
    set_socket_recv_buffer_size(to, 4096).expect("a small buffer");
    from.set_nonblocking(true).expect("set");
    let mut stream = from;
    loop {
        match stream.write(&[0; 4096]) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(error) => panic!("{error}"),
        }
    }
}

fn connecting(to: SocketAddr) -> OwnedFd {
    let family = match to {
        SocketAddr::V4(_) => AddressFamily::INET,
        SocketAddr::V6(_) => AddressFamily::INET6,
    };
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(family, SocketType::STREAM, flags, None).expect("a socket");
    assert_eq!(connect(&socket, &to), Err(rustix::io::Errno::INPROGRESS));
    socket
}
