//! Addresses of sockets as they are kept and sent: with the interface of a link-local one, which serde's
//! own compact form leaves out.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes an address with its interface.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(address: &SocketAddr, serializer: S) -> Result<S::Ok, S::Error> {
    parts(*address).serialize(serializer)
}

/// Reads an address with its interface.
///
/// # Errors
/// Those of the deserializer.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    Parts::deserialize(deserializer).map(address)
}

/// The same for one that there may not be.
pub mod option {
    use super::{
        Deserialize, Deserializer, Parts, Serialize, Serializer, SocketAddr, address, parts,
    };

    /// Writes an address with its interface, or that there is none.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(
        address: &Option<SocketAddr>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        address.map(parts).serialize(serializer)
    }

    /// Reads an address with its interface, or that there is none.
    ///
    /// # Errors
    /// Those of the deserializer.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SocketAddr>, D::Error> {
        Ok(Option::<Parts>::deserialize(deserializer)?.map(address))
    }
}

/// Address, port, and the index of the interface, 0 for none: `sockaddr_in6` of `ipv6(7)`.
type Parts = (IpAddr, u16, u32);

fn parts(address: SocketAddr) -> Parts {
    let interface = match address {
        SocketAddr::V4(_) => 0,
        SocketAddr::V6(address) => address.scope_id(),
    };
    (address.ip(), address.port(), interface)
}

fn address((ip, port, interface): Parts) -> SocketAddr {
    let mut address = SocketAddr::new(ip, port);
    if let SocketAddr::V6(address) = &mut address {
        address.set_scope_id(interface);
    }
    address
}
