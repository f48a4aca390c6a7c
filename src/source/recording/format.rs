//! The bytes of a recording. `docs/recording.md` tells the same for people.
//!
//! All numbers are little-endian. A file is
//!
//! ```text
//! magic      8 bytes  "SysMonRc"
//! version    u16      1
//! chunk      any number of them
//! trailer    20 bytes, written when recording ends
//! ```
//!
//! and a chunk is
//!
//! ```text
//!  0  marker     4 bytes  "SMch"
//!  4  kind       u8       1 about, 2 system, 3 samples, 4 CPU, 5 disk, 6 network, 7 index
//!  5  unused     u8       0
//!  6  part       u16      0, or n for the n-th continuation of the last chunk of this kind with part 0
//!  8  packed     u32      length of what follows the head
//! 12  body       u32      length of it once unpacked, at most 64 MiB
//! 16  count      u32      snapshots or samples in it
//! 20  start      u64      beginning of the first interval, nanoseconds since boot
//! 28  end        u64      end of the last interval, nanoseconds since boot
//! 36  checksum   u32      CRC-32 (IEEE) of the packed bytes
//! 40  checksum   u32      CRC-32 of the 40 bytes above
//! 44  packed     bytes    a zstd frame of a postcard body
//! ```
//!
//! The bodies are: of 1 an [`About`](super::About); of 2 a list of system snapshots; of 3 a list of
//! samples of the graphs; of 4 to 6 a [`Block`](crate::model::timeline::block::Block), or for parts
//! behind 0 what was added to it; of 7 a list of [`Entry`], one for each chunk before it. A chunk of
//! part 0 needs no other. Kinds that a reader does not know it skips.
//!
//! ```text
//!  0  index      u64      where the index chunk begins; 0 where there is none: it would be too large
//!  8  magic      8 bytes  "SysMonRe"
//! 16  checksum   u32      CRC-32 of the 16 bytes above
//! ```
//!
//! Without a whole trailer and index, the chunks are found by walking from head to head, and behind
//! damage by looking for the next marker with a whole head.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::timeline::block::Span;

/// What a recording begins with.
pub const MAGIC: [u8; 8] = *b"SysMonRc";
/// The version that is written, and the newest that is read.
pub const VERSION: u16 = 1;
/// Length of magic and version.
pub const FILE_HEAD: usize = 10;
/// What a chunk begins with.
pub const MARKER: [u8; 4] = *b"SMch";
/// Length of a chunk's head.
pub const CHUNK_HEAD: usize = 44;
/// Length of the trailer.
pub const TRAILER: usize = 20;
/// No chunk is longer than this once it is unpacked, and no block that is made of several.
pub const LONGEST_BODY: usize = 64 << 20;
/// No moment since boot is later than this.
pub const LATEST: Duration = Duration::from_secs(1 << 32);

const TRAILER_MAGIC: [u8; 8] = *b"SysMonRe";
const HEAD_CHECKED: usize = CHUNK_HEAD - 4;
const TRAILER_CHECKED: usize = TRAILER - 4;

/// What a chunk holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Where and how the recording was made.
    About = 1,
    /// The whole machine.
    System = 2,
    /// What its graphs remember of it.
    Samples = 3,
    /// Processes by CPU and memory.
    Cpu = 4,
    /// Processes by storage.
    Disk = 5,
    /// Processes by sockets and throughput.
    Network = 6,
    /// Where all chunks are.
    Index = 7,
}

impl Kind {
    /// The kind with this number; `None` for one that is not known.
    pub fn of(number: u8) -> Option<Self> {
        [
            Self::About,
            Self::System,
            Self::Samples,
            Self::Cpu,
            Self::Disk,
            Self::Network,
            Self::Index,
        ]
        .into_iter()
        .find(|kind| *kind as u8 == number)
    }
}

/// A chunk and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Where its head begins in the file.
    pub at: u64,
    /// The number of its [`Kind`].
    pub kind: u8,
    /// Which part of a block it is.
    pub part: u16,
    /// Snapshots or samples in it.
    pub count: u32,
    /// The beginning of its first interval, in nanoseconds since boot.
    pub start: u64,
    /// The end of its last one.
    pub end: u64,
}

impl Entry {
    /// When it was.
    pub fn span(&self) -> Span {
        Span {
            start: Duration::from_nanos(self.start),
            end: Duration::from_nanos(self.end),
        }
    }
}

/// The head of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkHead {
    /// The number of its [`Kind`].
    pub kind: u8,
    /// Which part of a block it is.
    pub part: u16,
    /// Length of what follows the head.
    pub packed: u32,
    /// Length of that once unpacked.
    pub body: u32,
    /// Snapshots or samples in it.
    pub count: u32,
    /// The beginning of its first interval, in nanoseconds since boot.
    pub start: u64,
    /// The end of its last one.
    pub end: u64,
    /// CRC-32 of what follows.
    pub checksum: u32,
}

impl ChunkHead {
    /// Its bytes.
    pub fn bytes(&self) -> [u8; CHUNK_HEAD] {
        let mut bytes = [0; CHUNK_HEAD];
        let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
        put(0, &MARKER);
        put(4, &[self.kind, 0]);
        put(6, &self.part.to_le_bytes());
        put(8, &self.packed.to_le_bytes());
        put(12, &self.body.to_le_bytes());
        put(16, &self.count.to_le_bytes());
        put(20, &self.start.to_le_bytes());
        put(28, &self.end.to_le_bytes());
        put(36, &self.checksum.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[..HEAD_CHECKED]);
        bytes[HEAD_CHECKED..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// The head that these bytes are; `None` where they are none, or one beyond the bounds.
    pub fn parse(bytes: &[u8; CHUNK_HEAD]) -> Option<Self> {
        let checksum = crc32fast::hash(&bytes[..HEAD_CHECKED]);
        if bytes[..4] != MARKER || u32_at(bytes, HEAD_CHECKED)? != checksum {
            return None;
        }
        let head = Self {
            kind: bytes[4],
            part: u16::from_le_bytes([bytes[6], bytes[7]]),
            packed: u32_at(bytes, 8)?,
            body: u32_at(bytes, 12)?,
            count: u32_at(bytes, 16)?,
            start: u64_at(bytes, 20)?,
            end: u64_at(bytes, 28)?,
            checksum: u32_at(bytes, 36)?,
        };
        let is_bounded = usize::try_from(head.body).is_ok_and(|body| body <= LONGEST_BODY);
        let is_in_time = head.start <= head.end && Duration::from_nanos(head.end) <= LATEST;
        (is_bounded && is_in_time).then_some(head)
    }

    /// The chunk as an entry of the index.
    pub fn entry(&self, at: u64) -> Entry {
        Entry {
            at,
            kind: self.kind,
            part: self.part,
            count: self.count,
            start: self.start,
            end: self.end,
        }
    }
}

/// Nanoseconds since boot.
pub fn nanoseconds(moment: Duration) -> u64 {
    u64::try_from(moment.as_nanos()).unwrap_or(u64::MAX)
}

/// Magic and version.
pub fn file_head() -> [u8; FILE_HEAD] {
    let mut bytes = [0; FILE_HEAD];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..].copy_from_slice(&VERSION.to_le_bytes());
    bytes
}

/// The trailer of a file whose index chunk begins here.
pub fn trailer(index: u64) -> [u8; TRAILER] {
    let mut bytes = [0; TRAILER];
    bytes[..8].copy_from_slice(&index.to_le_bytes());
    bytes[8..TRAILER_CHECKED].copy_from_slice(&TRAILER_MAGIC);
    let checksum = crc32fast::hash(&bytes[..TRAILER_CHECKED]);
    bytes[TRAILER_CHECKED..].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

/// Where the index chunk begins, from the last bytes of a file; `None` where they are no trailer.
pub fn index_at(bytes: &[u8; TRAILER]) -> Option<u64> {
    let index = u64_at(bytes, 0)?;
    (*bytes == trailer(index)).then_some(index)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// A whole chunk, packed.
///
/// # Errors
/// When the body is longer than [`LONGEST_BODY`], or cannot be packed.
pub fn chunk(
    compressor: &mut zstd::bulk::Compressor<'_>,
    mut head: ChunkHead,
    body: &[u8],
) -> std::io::Result<(ChunkHead, Vec<u8>)> {
    if body.len() > LONGEST_BODY {
        return Err(std::io::Error::other(format!(
            "a snapshot takes {} bytes, more than fit into a recording",
            body.len()
        )));
    }
    let packed = compressor.compress(body)?;
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).map_err(std::io::Error::other);
    head.packed = length(&packed)?;
    head.body = length(body)?;
    head.checksum = crc32fast::hash(&packed);
    Ok((head, [head.bytes().as_slice(), &packed].concat()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_head() -> impl Strategy<Value = ChunkHead> {
        let lengths = (any::<u32>(), 0..=64_u32 << 20, any::<u32>(), any::<u32>());
        (
            any::<u8>(),
            any::<u16>(),
            lengths,
            0_u64..1 << 60,
            0_u64..1 << 60,
        )
            .prop_map(
                |(kind, part, (packed, body, count, checksum), start, length)| ChunkHead {
                    kind,
                    part,
                    packed,
                    body,
                    count,
                    start,
                    end: start + length,
                    checksum,
                },
            )
    }

    proptest! {
        #[test]
        fn heads_are_understood_and_no_flipped_bit_is(head in any_head(), bit in 0..CHUNK_HEAD * 8) {
            let mut bytes = head.bytes();
            prop_assert_eq!(ChunkHead::parse(&bytes), Some(head));
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(ChunkHead::parse(&bytes), None);
        }

        #[test]
        fn trailers_are_understood_and_no_flipped_bit_is(index: u64, bit in 0..TRAILER * 8) {
            let mut bytes = trailer(index);
            prop_assert_eq!(index_at(&bytes), Some(index));
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(index_at(&bytes), None);
        }
    }

    #[test]
    fn what_is_beyond_the_bounds_is_no_head() {
        let head = ChunkHead {
            kind: Kind::Cpu as u8,
            part: 0,
            packed: 10,
            body: 10,
            count: 1,
            start: 1,
            end: 2,
            checksum: 0,
        };
        assert_eq!(ChunkHead::parse(&head.bytes()), Some(head));
        for beyond in [
            ChunkHead {
                body: u32::MAX,
                ..head
            },
            ChunkHead { start: 3, ..head },
            ChunkHead {
                end: u64::MAX,
                ..head
            },
        ] {
            assert_eq!(ChunkHead::parse(&beyond.bytes()), None);
        }
    }
}
