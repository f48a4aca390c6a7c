//! Sockets from `/proc/net`, `proc_pid_net(5)`: for kernels without `sock_diag(7)` and for captured
//! trees.

use std::fs::File;
use std::io::{self, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use procfs_core::net::{TcpNetEntries, UdpNetEntries};
use procfs_core::{ExplicitSystemInfo, FromBufReadSI, ProcError};

use super::sock_diag::{owner, tcp_state};
use crate::model::snapshot::Reason;
use crate::platform::{Protocol, SocketCounters, TcpState};

/// The kernel writes addresses in its own byte order; the other figures concern other files.
const SYSTEM: ExplicitSystemInfo = ExplicitSystemInfo {
    boot_time_secs: 0,
    ticks_per_second: 1,
    page_size: 1,
    is_little_endian: cfg!(target_endian = "little"),
};

/// Appends the sockets of both families. The two files of a protocol are read apart: what one of
/// them holds is kept when the other cannot be read.
///
/// # Errors
/// Why some or all sockets are missing. A machine without IPv6 has no file for it, and misses none.
pub fn read(
    proc: &Path,
    protocol: Protocol,
    sockets: &mut Vec<SocketCounters>,
) -> Result<(), Reason> {
    let (four, six) = match protocol {
        Protocol::Tcp => ("net/tcp", "net/tcp6"),
        Protocol::Udp => ("net/udp", "net/udp6"),
    };
    let four = read_file(&proc.join(four), protocol, sockets);
    let six = read_file(&proc.join(six), protocol, sockets);
    match (four, six) {
        (Ok(()), Err(Reason::NotAvailable)) | (Err(Reason::NotAvailable), Ok(())) => Ok(()),
        (four, six) => four.and(six),
    }
}

fn read_file(
    path: &Path,
    protocol: Protocol,
    sockets: &mut Vec<SocketCounters>,
) -> Result<(), Reason> {
    // A captured tree may hold anything: a FIFO must not block the reader.
    let file = File::options()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)
        .map_err(|error| io_reason(&error))?;
    let reader = BufReader::with_capacity(64 * 1024, file);
    let read: Vec<SocketCounters> = match protocol {
        Protocol::Tcp => TcpNetEntries::from_buf_read(reader, &SYSTEM)
            .map_err(|error| reason(&error))?
            .0
            .into_iter()
            .map(|entry| {
                let ends = (entry.local_address, entry.remote_address);
                socket(protocol, entry.state.to_u8(), ends, entry.uid, entry.inode)
            })
            .collect(),
        Protocol::Udp => UdpNetEntries::from_buf_read(reader, &SYSTEM)
            .map_err(|error| reason(&error))?
            .0
            .into_iter()
            .map(|entry| {
                let ends = (entry.local_address, entry.remote_address);
                socket(protocol, entry.state.to_u8(), ends, entry.uid, entry.inode)
            })
            .collect(),
    };
    sockets.extend(read);
    Ok(())
}

fn socket(
    protocol: Protocol,
    state: u8,
    (local, remote): (SocketAddr, SocketAddr),
    uid: u32,
    inode: u64,
) -> SocketCounters {
    let (uid, inode) = owner(uid, inode);
    SocketCounters {
        inode,
        uid,
        ..SocketCounters::new(
            protocol,
            tcp_state(state).unwrap_or(TcpState::Close),
            local,
            remote,
        )
    }
}

fn reason(error: &ProcError) -> Reason {
    match error {
        ProcError::PermissionDenied(_) => Reason::PermissionDenied,
        ProcError::NotFound(_) => Reason::NotAvailable,
        ProcError::Io(error, _) if error.kind() != io::ErrorKind::InvalidData => io_reason(error),
        _ => Reason::Malformed,
    }
}

fn io_reason(error: &io::Error) -> Reason {
    match error.kind() {
        io::ErrorKind::PermissionDenied => Reason::PermissionDenied,
        _ => Reason::NotAvailable,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    const HEADING: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    fn tree(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let proc = tempfile::tempdir().expect("a folder");
        fs::create_dir(proc.path().join("net")).expect("net");
        for (name, content) in files {
            let content = [HEADING.as_bytes(), content].concat();
            fs::write(proc.path().join("net").join(name), content).expect("written");
        }
        proc
    }

    #[test]
    fn both_families_are_read() {
        let four = "   0: 0100007F:01BB 0200007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 99 1 0 20 4 30 10 -1\n";
        let six = "   0: 000080FE000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5 1 0 100 0 0 10 0\n   1: 0000000000000000FFFF00000100007F:0050 0000000000000000FFFF00000100007F:0051 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0\n";
        let proc = tree(&[("tcp", four.as_bytes()), ("tcp6", six.as_bytes())]);
        let mut sockets = Vec::new();
        assert_eq!(read(proc.path(), Protocol::Tcp, &mut sockets), Ok(()));
        let [established, listen, time_wait] = sockets.as_slice() else {
            panic!("{sockets:?}")
        };
        assert_eq!(
            established.local,
            "127.0.0.1:443".parse().expect("an address")
        );
        assert_eq!(
            established.remote,
            "127.0.0.2:50000".parse().expect("an address")
        );
        assert_eq!(
            (established.inode, established.state),
            (Some(99), TcpState::Established)
        );
        assert_eq!(listen.local, "[fe80::1]:80".parse().expect("an address"));
        assert_eq!(listen.state, TcpState::Listen);
        assert_eq!(
            time_wait.remote,
            "[::ffff:127.0.0.1]:81".parse().expect("an address")
        );
        assert_eq!((time_wait.uid, time_wait.inode), (None, None));
    }

    #[test]
    fn what_is_missing_has_a_reason() {
        let mut sockets = Vec::new();
        let empty = tree(&[]);
        assert_eq!(
            read(empty.path(), Protocol::Udp, &mut sockets),
            Err(Reason::NotAvailable)
        );
        let no_ipv6 = tree(&[("udp", b"")]);
        assert_eq!(read(no_ipv6.path(), Protocol::Udp, &mut sockets), Ok(()));
        let odd = tree(&[("udp", b"\xff\xfe\n"), ("udp6", b"")]);
        assert_eq!(
            read(odd.path(), Protocol::Udp, &mut sockets),
            Err(Reason::Malformed)
        );
        assert_eq!(sockets, []);
    }

    #[test]
    fn a_fifo_does_not_block() {
        let proc = tree(&[("tcp6", b"")]);
        rustix::fs::mknodat(
            rustix::fs::CWD,
            proc.path().join("net/tcp"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
            0,
        )
        .expect("a FIFO");
        let mut sockets = Vec::new();
        assert_eq!(read(proc.path(), Protocol::Tcp, &mut sockets), Ok(()));
        assert_eq!(sockets, []);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_bytes_give_sockets_or_a_reason(content: Vec<u8>) {
            let proc = tree(&[("tcp", &content)]);
            let mut sockets = Vec::new();
            if let Err(reason) = read(proc.path(), Protocol::Tcp, &mut sockets) {
                prop_assert_eq!(reason, Reason::Malformed);
            }
        }
    }
}
