//! Options of TCP sockets that the standard library does not know, `tcp(7)`.

use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;

/// Ignores the last packet of a handshake until data follows it: `TCP_DEFER_ACCEPT`.
pub fn defer_accept(listener: &TcpListener) {
    const SECONDS: libc::c_int = 120;
    set(listener, libc::TCP_DEFER_ACCEPT, SECONDS);
}

/// Ends a socket without telling the other end: `TCP_REPAIR`, for who administers the network.
pub fn end_unheard(connection: TcpStream) {
    set(&connection, libc::TCP_REPAIR, 1);
    drop(connection);
}

fn set(socket: &impl AsRawFd, option: libc::c_int, value: libc::c_int) {
    let size = libc::socklen_t::try_from(size_of_val(&value)).expect("the size of an int");
    // SAFETY: the descriptor is open, and the option is an int, whose address and size are given.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_TCP,
            option,
            (&raw const value).cast(),
            size,
        )
    };
    assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
}
