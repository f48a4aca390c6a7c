//! The addresses of this machine's own interfaces, `rtnetlink(7)`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::OwnedFd;

use rustix::io::{Errno, retry_on_intr};
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

use super::sock_diag::{attributes_of, messages};

/// `RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR` of `linux/rtnetlink.h`.
const ADDRESS_GROUPS: u32 = 0x10 | 0x100;
/// `RTM_NEWADDR` of `linux/rtnetlink.h`.
const RTM_NEWADDR: u16 = 20;
/// `RTM_GETADDR` of `linux/rtnetlink.h`.
const RTM_GETADDR: u16 = 22;
/// `NLMSG_DONE` and `NLMSG_ERROR` of `linux/netlink.h`.
const ENDS: [u16; 2] = [3, 2];
/// `struct ifaddrmsg`, bytes.
const IFADDRMSG: usize = 8;
/// `IFA_ADDRESS` of `linux/if_addr.h`: of the other end, on a point-to-point link.
const IFA_ADDRESS: u16 = 1;
/// `IFA_LOCAL` of `linux/if_addr.h`.
const IFA_LOCAL: u16 = 2;
/// The kernel fills datagrams up to this size.
const BUFFER: usize = 32 * 1024;

/// Own addresses, read again when the kernel says that they changed.
#[derive(Debug, Default)]
pub struct OwnAddresses {
    changes: Option<OwnedFd>,
    known: Vec<IpAddr>,
}

impl OwnAddresses {
    /// The addresses of all interfaces of this network namespace; those known before where the
    /// kernel does not answer.
    pub fn read(&mut self) -> &[IpAddr] {
        let changed = match &self.changes {
            Some(changes) => has_changed(changes),
            None => true,
        };
        if changed && let Ok(addresses) = self.dump() {
            self.known = addresses;
        }
        &self.known
    }

    fn dump(&mut self) -> Result<Vec<IpAddr>, Errno> {
        // Joined first, so that no change falls in between.
        if self.changes.is_none() {
            self.changes = Some(open(ADDRESS_GROUPS, SocketFlags::NONBLOCK)?);
        }
        let socket = open(0, SocketFlags::empty())?;
        rustix::net::send(&socket, &request(), SendFlags::empty())?;
        let (mut addresses, mut buffer) = (Vec::new(), vec![0; BUFFER]);
        loop {
            let (length, _) =
                retry_on_intr(|| rustix::net::recv(&socket, &mut buffer, RecvFlags::empty()))?;
            if length == 0 {
                return Ok(addresses);
            }
            for (kind, body) in messages(&buffer[..length]) {
                if ENDS.contains(&kind) {
                    return Ok(addresses);
                }
                if kind == RTM_NEWADDR {
                    addresses.extend(address(body));
                }
            }
        }
    }
}

fn open(groups: u32, flags: SocketFlags) -> Result<OwnedFd, Errno> {
    let socket = rustix::net::socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC | flags,
        // Number 0, `NETLINK_ROUTE`.
        None,
    )?;
    rustix::net::bind(&socket, &SocketAddrNetlink::new(0, groups))?;
    Ok(socket)
}

/// Takes in what the kernel said since; whether it said anything, or lost count.
fn has_changed(socket: &OwnedFd) -> bool {
    let mut changed = false;
    let mut message = [0; 64];
    loop {
        match retry_on_intr(|| rustix::net::recv(socket, &mut message, RecvFlags::empty())) {
            Ok((1.., _)) | Err(Errno::NOBUFS) => changed = true,
            Ok(_) | Err(_) => return changed,
        }
    }
}

/// `struct nlmsghdr` and `struct ifaddrmsg`, of any family.
fn request() -> Vec<u8> {
    /// `NLM_F_REQUEST | NLM_F_DUMP` of `linux/netlink.h`.
    const REQUEST_DUMP: u16 = 0x301;
    let mut request = 24_u32.to_ne_bytes().to_vec();
    request.extend(RTM_GETADDR.to_ne_bytes());
    request.extend(REQUEST_DUMP.to_ne_bytes());
    request.resize(16 + IFADDRMSG, 0);
    request
}

/// The address in the body of a `RTM_NEWADDR`.
fn address(body: &[u8]) -> Option<IpAddr> {
    let attributes = body.get(IFADDRMSG..)?;
    let find = |wanted| {
        let mut all = attributes_of(attributes);
        all.find_map(|(kind, value)| (kind == wanted).then_some(value))
    };
    let value = find(IFA_LOCAL).or_else(|| find(IFA_ADDRESS))?;
    if let Ok(four) = <[u8; 4]>::try_from(value) {
        return Some(IpAddr::V4(Ipv4Addr::from(four)));
    }
    let six = <[u8; 16]>::try_from(value).ok()?;
    Some(IpAddr::V6(Ipv6Addr::from(six)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn this_machine_has_its_loopback_address() {
        let mut own = OwnAddresses::default();
        assert!(own.read().contains(&Ipv4Addr::LOCALHOST.into()));
        let first = own.read().to_vec();
        assert_eq!(own.read(), first);
    }

    #[test]
    fn on_a_point_to_point_link_the_near_end_is_ones_own() {
        let mut body = vec![0; IFADDRMSG];
        for (kind, last) in [(IFA_ADDRESS, 2_u8), (IFA_LOCAL, 1)] {
            body.extend(8_u16.to_ne_bytes());
            body.extend(kind.to_ne_bytes());
            body.extend([10, 0, 0, last]);
        }
        assert_eq!(address(&body), Some([10, 0, 0, 1].into()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_borne(bytes: Vec<u8>) {
            address(&bytes);
            messages(&bytes).for_each(drop);
        }
    }
}
