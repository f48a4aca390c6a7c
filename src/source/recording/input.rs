//! The file that a recording is read from: whole chunks of it, or what is wrong with them.

use std::io::{self, Read, Seek, SeekFrom};

use zstd::bulk::Decompressor;
use zstd::zstd_safe::compress_bound;

use super::damage::{Damage, Refusal};
use super::format::{
    CHUNK_HEAD, ChunkHead, Entry, FILE_HEAD, Kind, LONGEST_BODY, MAGIC, MARKER, TRAILER, VERSION,
    index_at,
};

/// Bytes that can be read from any place.
pub trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

/// So much is read at once where nothing is kept.
const PIECE: usize = 64 << 10;

pub(super) struct Input {
    from: Box<dyn ReadSeek>,
    length: u64,
    unpacker: Decompressor<'static>,
}

/// All chunks of a file, in their order.
pub(super) struct Found {
    pub(super) entries: Vec<Entry>,
    pub(super) damage: Vec<Damage>,
    /// Whether every byte was looked at.
    pub(super) checked: bool,
}

impl Input {
    /// Reads magic and version.
    pub(super) fn new(mut from: Box<dyn ReadSeek>) -> Result<Self, Refusal> {
        let length = from.seek(SeekFrom::End(0))?;
        if length == 0 {
            return Err(Refusal::Empty);
        }
        let mut input = Self {
            from,
            length,
            unpacker: Decompressor::new()?,
        };
        let head: [u8; FILE_HEAD] = match input.array(0) {
            Ok(head) => head,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(Refusal::Foreign);
            }
            Err(error) => return Err(error.into()),
        };
        match u16::from_le_bytes([head[8], head[9]]) {
            _ if head[..8] != MAGIC => Err(Refusal::Foreign),
            0 => Err(Refusal::Foreign),
            version if version > VERSION => Err(Refusal::Newer { version }),
            _ => Ok(input),
        }
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Its chunks, from the index or else by walking through it.
    pub(super) fn chunks(&mut self) -> io::Result<Found> {
        let trailer = self.length.checked_sub(TRAILER as u64);
        let index = match trailer.filter(|at| *at >= FILE_HEAD as u64) {
            Some(at) => index_at(&self.array(at)?),
            None => None,
        };
        // The index ends where the trailer begins.
        let end = self.length - if index.is_some() { TRAILER as u64 } else { 0 };
        if let Some(entries) = index.and_then(|at| self.index(at, end)) {
            return Ok(Found {
                entries,
                damage: Vec::new(),
                checked: false,
            });
        }
        let mut found = self.walk(end)?;
        let is_cut = matches!(found.damage.last(), Some(Damage::CutShort { .. }));
        if index.is_none() && !is_cut {
            found.damage.push(Damage::Unfinished);
        }
        Ok(found)
    }

    fn index(&mut self, at: u64, end: u64) -> Option<Vec<Entry>> {
        if at == 0 {
            return None;
        }
        let head = self.head(at).ok()??;
        if head.kind != Kind::Index as u8 || after(at, &head) != Some(end) {
            return None;
        }
        let body = self.unpacked(at, &head).ok()?;
        let (entries, rest) = postcard::take_from_bytes::<Vec<Entry>>(&body).ok()?;
        rest.is_empty().then_some(entries)
    }

    /// What is whole from the first chunk up to `end`.
    fn walk(&mut self, end: u64) -> io::Result<Found> {
        let mut found = Found {
            entries: Vec::new(),
            damage: Vec::new(),
            checked: true,
        };
        let mut at = FILE_HEAD as u64;
        while at < end {
            let head = if at + CHUNK_HEAD as u64 <= end {
                self.head(at)?
            } else {
                None
            };
            let next = head.and_then(|head| Some((head, after(at, &head)?)));
            if let Some((head, next)) = next.filter(|(_, next)| *next <= end) {
                if self.checksum(at + CHUNK_HEAD as u64, head.packed)? == head.checksum {
                    found.entries.push(head.entry(at));
                } else {
                    found.damage.push(changed(at, &head));
                }
                at = next;
            } else if let Some(next) = self.next_chunk(at + 1, end)? {
                let bytes = next - at;
                found.damage.push(Damage::Changed { at, bytes });
                at = next;
            } else {
                found.damage.push(Damage::CutShort { at });
                break;
            }
        }
        Ok(found)
    }

    /// Where the first whole head from `at` on begins.
    fn next_chunk(&mut self, mut at: u64, end: u64) -> io::Result<Option<u64>> {
        let mut piece = vec![0; PIECE];
        while at + CHUNK_HEAD as u64 <= end {
            let length = usize::try_from(end - at).map_or(PIECE, |left| left.min(PIECE));
            self.read_at(at, &mut piece[..length])?;
            let marked = piece[..length].windows(CHUNK_HEAD).position(|window| {
                window[..MARKER.len()] == MARKER
                    && window
                        .first_chunk()
                        .is_some_and(|head| ChunkHead::parse(head).is_some())
            });
            if let Some(marked) = marked {
                return Ok(Some(at + marked as u64));
            }
            at += (length - CHUNK_HEAD + 1) as u64;
        }
        Ok(None)
    }

    /// What a chunk of the index holds, unpacked.
    pub(super) fn body(&mut self, entry: &Entry) -> Result<Vec<u8>, Damage> {
        let head = self.head_of(entry)?;
        self.unpacked(entry.at, &head)
    }

    /// Whether a chunk of the index is what was written.
    pub(super) fn check(&mut self, entry: &Entry) -> Result<(), Damage> {
        let head = self.head_of(entry)?;
        match self.checksum(entry.at + CHUNK_HEAD as u64, head.packed) {
            Ok(checksum) if checksum == head.checksum => Ok(()),
            Ok(_) => Err(changed(entry.at, &head)),
            Err(error) => Err(unreadable(entry.at, &error)),
        }
    }

    fn head_of(&mut self, entry: &Entry) -> Result<ChunkHead, Damage> {
        let head = self.head(entry.at);
        let head = head.map_err(|error| unreadable(entry.at, &error))?;
        head.filter(|head| head.entry(entry.at) == *entry)
            .ok_or(Damage::Changed {
                at: entry.at,
                bytes: CHUNK_HEAD as u64,
            })
    }

    fn head(&mut self, at: u64) -> io::Result<Option<ChunkHead>> {
        match self.array(at) {
            Ok(bytes) => Ok(ChunkHead::parse(&bytes)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What follows a head, unpacked. Nothing is set aside for more than the file holds, nor for
    /// more than a body may have.
    fn unpacked(&mut self, at: u64, head: &ChunkHead) -> Result<Vec<u8>, Damage> {
        let body = at + CHUNK_HEAD as u64;
        if after(at, head).is_none_or(|next| next > self.length) {
            return Err(Damage::CutShort { at });
        }
        let malformed = |reason: String| Damage::Malformed { at, reason };
        if length(head.packed) > compress_bound(LONGEST_BODY) {
            return Err(malformed("it is longer than a snapshot can be".to_owned()));
        }
        let mut packed = vec![0; length(head.packed)];
        self.read_at(body, &mut packed)
            .map_err(|error| unreadable(at, &error))?;
        if crc32fast::hash(&packed) != head.checksum {
            return Err(changed(at, head));
        }
        let unpacked = self.unpacker.decompress(&packed, length(head.body));
        let unpacked = unpacked.map_err(|error| malformed(error.to_string()))?;
        if unpacked.len() != length(head.body) {
            return Err(malformed("its length is not the one it names".to_owned()));
        }
        Ok(unpacked)
    }

    fn checksum(&mut self, mut at: u64, length: u32) -> io::Result<u32> {
        let mut left = self::length(length);
        let mut hasher = crc32fast::Hasher::new();
        let mut piece = vec![0; left.min(PIECE)];
        while left > 0 {
            let length = left.min(PIECE);
            self.read_at(at, &mut piece[..length])?;
            hasher.update(&piece[..length]);
            at += length as u64;
            left -= length;
        }
        Ok(hasher.finalize())
    }

    fn array<const N: usize>(&mut self, at: u64) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.read_at(at, &mut bytes)?;
        Ok(bytes)
    }

    fn read_at(&mut self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.from.seek(SeekFrom::Start(at))?;
        self.from.read_exact(bytes)
    }
}

fn changed(at: u64, head: &ChunkHead) -> Damage {
    Damage::Changed {
        at,
        bytes: CHUNK_HEAD as u64 + u64::from(head.packed),
    }
}

fn unreadable(at: u64, error: &io::Error) -> Damage {
    Damage::Unreadable {
        at,
        reason: error.to_string(),
    }
}

/// Where the chunk behind this one begins.
fn after(at: u64, head: &ChunkHead) -> Option<u64> {
    at.checked_add(CHUNK_HEAD as u64 + u64::from(head.packed))
}

fn length(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
