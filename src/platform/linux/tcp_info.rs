//! `struct tcp_info` of `linux/tcp.h`, as any kernel gives it.

use std::time::Duration;

use crate::model::units::Bytes;
use crate::platform::Traffic;

/// `tcpi_rtt`: microseconds.
const RTT: usize = 68;
/// `tcpi_total_retrans`.
const TOTAL_RETRANS: usize = 100;
/// `tcpi_bytes_acked`, since Linux 4.1.
const BYTES_ACKED: usize = 120;
/// `tcpi_bytes_received`, since Linux 4.1.
const BYTES_RECEIVED: usize = 128;

/// What went through a socket. Each kernel's structure is a beginning of the next one's; `None`
/// where it ends before the counters of bytes.
///
/// The kernel counts in sequence numbers: the SYN of the end that connected and the FIN of either
/// end are one byte each.
pub fn traffic(info: &[u8]) -> Option<Traffic> {
    let rtt = word(info, RTT).filter(|&micros| micros > 0);
    Some(Traffic {
        received: Bytes(long(info, BYTES_RECEIVED)?),
        sent: Bytes(long(info, BYTES_ACKED)?),
        rtt: rtt.map(|micros| Duration::from_micros(micros.into())),
        retransmits: word(info, TOTAL_RETRANS).map(u64::from),
    })
}

fn word(info: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*info.get(at..)?.first_chunk()?))
}

fn long(info: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_ne_bytes(*info.get(at..)?.first_chunk()?))
}

#[cfg(test)]
pub mod tests {
    use std::mem::offset_of;

    use proptest::prelude::*;

    use super::*;

    /// A structure of `length` bytes with these counters.
    pub fn info(length: usize, received: u64, sent: u64) -> Vec<u8> {
        let mut info = vec![0; 256];
        info[RTT..][..4].copy_from_slice(&1500_u32.to_ne_bytes());
        info[TOTAL_RETRANS..][..4].copy_from_slice(&3_u32.to_ne_bytes());
        info[BYTES_ACKED..][..8].copy_from_slice(&sent.to_ne_bytes());
        info[BYTES_RECEIVED..][..8].copy_from_slice(&received.to_ne_bytes());
        info.truncate(length);
        info
    }

    #[test]
    fn fields_stand_where_the_c_library_has_them() {
        assert_eq!(RTT, offset_of!(libc::tcp_info, tcpi_rtt));
        assert_eq!(
            TOTAL_RETRANS,
            offset_of!(libc::tcp_info, tcpi_total_retrans)
        );
    }

    #[test]
    fn counters_are_read_and_a_kernel_without_them_gives_none() {
        let traffic_of = |length| traffic(&info(length, 7, 9));
        let known = traffic_of(136).expect("counters");
        assert_eq!((known.received, known.sent), (Bytes(7), Bytes(9)));
        assert_eq!(known.rtt, Some(Duration::from_micros(1500)));
        assert_eq!(known.retransmits, Some(3));
        assert_eq!(traffic_of(240), Some(known));
        for short in [0, 104, 120, 135] {
            assert_eq!(traffic_of(short), None);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_borne(bytes: Vec<u8>) {
            prop_assert_eq!(traffic(&bytes).is_some(), bytes.len() >= 136);
        }
    }
}
