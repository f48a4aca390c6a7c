//! TCP sockets at their end: the kernel tells whoever joined its multicast groups of each socket
//! that it destroys, with the last counters. No reading of the sockets that are open sees one that
//! was opened and closed in between.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::io::{Errno, retry_on_intr};
use rustix::net::netlink::{self, SocketAddrNetlink};
use rustix::net::sockopt::{
    set_socket_recv_buffer_size, set_socket_recv_buffer_size_force, socket_recv_buffer_size,
};
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType};

use super::sock_diag;
use crate::platform::ClosedSocket;

/// `1 << (SKNLGRP_INET_TCP_DESTROY - 1) | 1 << (SKNLGRP_INET6_TCP_DESTROY - 1)` of
/// `linux/sock_diag.h`.
const TCP_DESTROY: u32 = 0b101;
/// The kernel drops messages when this many bytes wait. It grants less to an ordinary user.
const RECEIVE_BUFFER: usize = 8 << 20;
/// One message holds `struct inet_diag_msg` and `struct tcp_info`.
const DATAGRAM: usize = 8 * 1024;
/// What one message takes of that buffer.
const MESSAGE: usize = 1280;
/// So many sockets end in a millisecond at the most, on the fastest machine.
const FASTEST: usize = 500;
/// Waking for each message would cost more than the messages do: many are taken in at once.
const LONGEST_NAP: Duration = Duration::from_millis(25);
/// So many are handed over under one lock.
const AT_ONCE: usize = 1024;
/// So many sockets are kept for the next reading. When nobody reads for that long, listening
/// stops until somebody does.
const KEPT: usize = 1 << 16;

/// A thread that listens to the kernel. It ends with this value.
#[derive(Debug)]
pub struct Destroyed {
    heard: Arc<Mutex<Heard>>,
    stop: Arc<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

/// What the kernel told since it was taken last.
#[derive(Debug, Default)]
pub struct Heard {
    /// The sockets, in the order they ended.
    pub closed: Vec<ClosedSocket>,
    /// How often messages were lost: each time the kernel found no room it dropped at least one.
    pub missed: u64,
}

impl Destroyed {
    /// Starts to listen.
    ///
    /// # Errors
    /// Where the kernel has no such groups (before Linux 4.2), or a sandbox denies netlink.
    pub fn listen() -> Result<Self, Errno> {
        let socket = rustix::net::socket_with(
            AddressFamily::NETLINK,
            SocketType::RAW,
            SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
            Some(netlink::SOCK_DIAG),
        )?;
        if set_socket_recv_buffer_size_force(&socket, RECEIVE_BUFFER).is_err() {
            set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER)?;
        }
        rustix::net::bind(&socket, &SocketAddrNetlink::new(0, TCP_DESTROY))?;
        let nap = nap(socket_recv_buffer_size(&socket)?);
        Self::over(socket, nap)
    }

    fn over(socket: OwnedFd, nap: Duration) -> Result<Self, Errno> {
        let stop = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let heard = Arc::new(Mutex::new(Heard::default()));
        let thread = {
            let (heard, stop) = (Arc::clone(&heard), Arc::clone(&stop));
            thread::Builder::new()
                .name("closed-sockets".to_owned())
                .spawn(move || listen(&socket, &stop, nap, &heard))
                .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::AGAIN))?
        };
        Ok(Self {
            heard,
            stop,
            thread: Some(thread),
        })
    }

    /// What was heard since the last call.
    pub fn take(&self) -> Heard {
        std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether it still listens.
    pub fn is_listening(&self) -> bool {
        self.thread.as_ref().is_some_and(|it| !it.is_finished())
    }
}

impl Drop for Destroyed {
    fn drop(&mut self) {
        // It cannot be full: this is the only number ever written.
        let _ = rustix::io::write(&*self.stop, &1_u64.to_ne_bytes());
        if let Some(thread) = self.thread.take() {
            // One that panicked has ended too.
            let _ = thread.join();
        }
    }
}

/// How long messages may wait in a buffer of this size without any being lost, whatever comes.
fn nap(buffer: usize) -> Duration {
    let micros = buffer / MESSAGE * 1000 / FASTEST;
    Duration::from_micros(micros as u64).min(LONGEST_NAP)
}

fn listen(socket: &OwnedFd, stop: &OwnedFd, nap: Duration, heard: &Mutex<Heard>) {
    let mut buffer = vec![0; DATAGRAM];
    loop {
        let mut events = [
            PollFd::new(socket, PollFlags::IN),
            PollFd::new(stop, PollFlags::IN),
        ];
        if retry_on_intr(|| poll(&mut events, None)).is_err() || !events[1].revents().is_empty() {
            return;
        }
        thread::sleep(nap);
        if !drain(socket, &mut buffer, heard) {
            return;
        }
    }
}

/// Takes in all that waits. `false` when there is no more use in listening.
fn drain(socket: impl AsFd, buffer: &mut [u8], heard: &Mutex<Heard>) -> bool {
    let mut new = Heard::default();
    loop {
        let received =
            retry_on_intr(|| rustix::net::recv(&socket, &mut *buffer, RecvFlags::empty()));
        match received {
            Ok((length @ 1.., _)) => {
                new.missed += sock_diag::destroyed(&buffer[..length], &mut new.closed);
            }
            Err(Errno::AGAIN) => return keep(heard, &mut new),
            Err(Errno::NOBUFS) => new.missed += 1,
            Ok((0, _)) | Err(_) => {
                keep(heard, &mut new);
                return false;
            }
        }
        if new.closed.len() >= AT_ONCE && !keep(heard, &mut new) {
            return false;
        }
    }
}

/// Keeps what is new for whoever reads. `false` when nobody has for too long.
fn keep(heard: &Mutex<Heard>, new: &mut Heard) -> bool {
    let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
    heard.missed += std::mem::take(&mut new.missed);
    heard.closed.append(&mut new.closed);
    let has_room = heard.closed.len() < KEPT;
    heard.missed += u64::from(!has_room);
    has_room
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::time::Instant;

    use rustix::net::SendFlags;

    use super::*;

    fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
        let patience = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(found) = found() {
                return found;
            }
            assert!(Instant::now() < patience, "{what}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn both_ends_of_a_connection_are_heard_once_with_all_that_went_through() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let destroyed = Destroyed::listen().expect("netlink");
            let listener = TcpListener::bind(address).expect("a listener");
            let server = listener.local_addr().expect("an address");
            let mut one = TcpStream::connect(server).expect("connected");
            let client = one.local_addr().expect("an address");
            let (mut other, _) = listener.accept().expect("accepted");
            one.write_all(&[7; 1000]).expect("sent");
            drop(one);
            let mut received = Vec::new();
            other.read_to_end(&mut received).expect("received");
            drop(other);

            let mut heard = Vec::new();
            until("both ends", || {
                heard.extend(destroyed.take().closed);
                let ours = |it: &ClosedSocket| [it.local, it.remote].contains(&client);
                (heard.iter().filter(|it| ours(it)).count() == 2).then_some(())
            });
            let end = |local| heard.iter().find(|it| it.local == local).expect("an end");
            let at_server = heard
                .iter()
                .find(|it| it.local == server && it.remote == client);
            // The SYN and the FIN are one each.
            let sent = end(client).traffic.sent;
            assert!((1000..=1002).contains(&sent.0), "{sent:?}");
            let received = at_server.expect("an end").traffic.received;
            assert!((1000..=1001).contains(&received.0), "{received:?}");
        }
    }

    #[test]
    fn messages_wait_only_as_long_as_there_is_room_for_them() {
        assert_eq!(nap(16 << 20), LONGEST_NAP);
        // What an ordinary user gets on many systems.
        let small = 2 * 212_992;
        let room = u64::try_from(small / MESSAGE).expect("few");
        assert!(nap(small).as_micros() * FASTEST as u128 <= u128::from(room) * 1000);
        assert!(nap(small) < Duration::from_millis(1));
        assert_eq!(nap(0), Duration::ZERO);
    }

    #[test]
    fn the_thread_ends_with_the_value() {
        let destroyed = Destroyed::listen().expect("netlink");
        assert!(destroyed.is_listening());
        let stop = Arc::downgrade(&destroyed.stop);
        drop(destroyed);
        assert!(stop.upgrade().is_none());
    }

    #[test]
    fn nobody_who_reads_is_no_reason_to_grow_without_bound() {
        let (ours, kernel) = rustix::net::socketpair(
            AddressFamily::UNIX,
            SocketType::DGRAM,
            SocketFlags::CLOEXEC,
            None,
        )
        .expect("a pair of sockets");
        rustix::io::ioctl_fionbio(&ours, true).expect("does not block");
        let destroyed = Destroyed::over(ours, Duration::ZERO).expect("a thread");
        let message = sock_diag::tests::destroyed_socket(5);
        let datagram = message.repeat(DATAGRAM / message.len());
        while rustix::net::send(&kernel, &datagram, SendFlags::empty()).is_ok() {}
        until("it stops listening", || {
            (!destroyed.is_listening()).then_some(())
        });
        let heard = destroyed.take();
        assert!(heard.closed.len() < KEPT + AT_ONCE + DATAGRAM && heard.missed == 1);
    }
}
