//! Writes a recording, chunk by chunk: after each, the file can be read as far as it goes.

use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, Write};
#[cfg(unix)]
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use zstd::bulk::Compressor;

use super::about::{About, RecordOptions};
use super::format::{ChunkHead, Entry, Kind, chunk, file_head, nanoseconds, trailer};
use super::whole_file::private;
use crate::model::cpu::CpuRow;
use crate::model::disk::DiskRow;
use crate::model::format::printable;
use crate::model::history::Sample;
use crate::model::network::NetworkRow;
use crate::model::process::ProcessInfo;
use crate::model::snapshot::SnapshotOf;
use crate::model::system::SystemSnapshot;
use crate::model::timeline::block::{Block, Builder, Mark, Span};
use crate::model::timeline::{FRAMES, Remembers};
use crate::model::units::Bytes;
use crate::source::past::OfTable;
use crate::source::{Reply, SourceError, Table};

/// A block that would take more memory than this is followed by a new one.
const LONGEST_BLOCK: usize = 16 << 20;
/// So many snapshots are a block: finding the last of them means reading all. In a file, half as many
/// as in memory make up for unpacking each.
const BLOCK: usize = FRAMES / 2;
/// Samples of the graphs in a chunk.
const SAMPLES: usize = 1024;

/// Why recording ended before it should, or did not begin.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// There is a file of this name.
    #[error("{} exists already", shown(path))]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be made or written, as on a full disk.
    #[error("{} cannot be written: {source}", shown(path))]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is nothing to save.
    #[error("nothing is remembered that could be saved")]
    Nothing,
    /// What is to be recorded cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
}

fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy()).into_owned()
}

/// What a recording holds in the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// Snapshots of the table that has most.
    pub snapshots: u64,
    /// From the beginning of the first interval to the end of the last.
    pub span: Duration,
    /// Size of the file.
    pub bytes: Bytes,
}

/// A recording while it is written.
pub struct Writer {
    file: File,
    path: PathBuf,
    command_lines: bool,
    /// Where the next chunk begins.
    at: u64,
    entries: Vec<Entry>,
    packer: Compressor<'static>,
    cpu: Track<CpuRow>,
    disk: Track<DiskRow>,
    network: Track<NetworkRow>,
    last_system: Option<Duration>,
}

/// The block of a table that grows.
struct Track<R> {
    builder: Builder<R>,
    written: Mark,
    part: u16,
    last: Option<Duration>,
}

impl<R> Default for Track<R> {
    fn default() -> Self {
        Self {
            builder: Builder::default(),
            written: Mark::default(),
            part: 0,
            last: None,
        }
    }
}

impl Writer {
    /// Begins a new file, or one in the place of another.
    ///
    /// # Errors
    /// When there is one and it shall not be replaced, or it cannot be made.
    pub fn create(
        path: &Path,
        replace: bool,
        options: &RecordOptions,
    ) -> Result<Self, RecordError> {
        let failed = |source: io::Error| {
            let path = path.to_owned();
            match source.kind() {
                io::ErrorKind::AlreadyExists => RecordError::Exists { path },
                _ => RecordError::Write { path, source },
            }
        };
        let mut how = OpenOptions::new();
        private(&mut how).write(true);
        if replace {
            let kind = fs::symlink_metadata(path).map(|it| it.file_type());
            if kind.as_ref().is_ok_and(FileType::is_file) {
                // Written over, it would be readable to whom the one before was.
                fs::remove_file(path).map_err(failed)?;
            }
            #[cfg(unix)]
            if fs::metadata(path).is_ok_and(|it| it.file_type().is_fifo()) {
                let pipe = io::Error::new(io::ErrorKind::InvalidInput, "it is a pipe");
                return Err(failed(pipe));
            }
            how.create(true).truncate(true);
        } else {
            how.create_new(true);
        }
        let file = how.open(path).map_err(failed)?;
        let begun = Self::begin(file, path, options);
        if begun.is_err() && !replace {
            // It is this writer's own, and nothing is in it.
            let _ = fs::remove_file(path);
        }
        begun
    }

    /// Begins a recording in a file that is empty; `path` is its name in errors.
    pub(in crate::source) fn begin(
        file: File,
        path: &Path,
        options: &RecordOptions,
    ) -> Result<Self, RecordError> {
        let failed = |source| RecordError::Write {
            path: path.to_owned(),
            source,
        };
        let mut writer = Self {
            file,
            path: path.to_owned(),
            command_lines: options.command_lines,
            at: 0,
            entries: Vec::new(),
            packer: Compressor::new(zstd::DEFAULT_COMPRESSION_LEVEL).map_err(failed)?,
            cpu: Track::default(),
            disk: Track::default(),
            network: Track::default(),
            last_system: None,
        };
        let head = file_head();
        writer.file.write_all(&head).map_err(failed)?;
        writer.at = head.len() as u64;
        let none = Span {
            start: Duration::ZERO,
            end: Duration::ZERO,
        };
        writer.chunk(Kind::About, 0, 1, none, &About::now(options))?;
        Ok(writer)
    }

    /// Writes a snapshot. One that is not later than the last of its kind is left out, as is what
    /// is none.
    ///
    /// # Errors
    /// When the file cannot be written; all before this snapshot is whole.
    pub fn push(&mut self, reply: &Reply) -> Result<(), RecordError> {
        match reply {
            Reply::System(snapshot) => self.system(snapshot),
            Reply::Cpu(snapshot) => self.snapshot(|it| &mut it.cpu, snapshot),
            Reply::Disk(snapshot) => self.snapshot(|it| &mut it.disk, snapshot),
            Reply::Network(snapshot) => self.snapshot(|it| &mut it.network, snapshot),
            _ => Ok(()),
        }
    }

    fn system(&mut self, snapshot: &Arc<SystemSnapshot>) -> Result<(), RecordError> {
        if self
            .last_system
            .is_some_and(|last| snapshot.since_boot <= last)
        {
            return Ok(());
        }
        self.last_system = Some(snapshot.since_boot);
        let span = Span {
            start: snapshot.since_boot.saturating_sub(snapshot.elapsed),
            end: snapshot.since_boot,
        };
        self.chunk(Kind::System, 0, 1, span, &[snapshot].as_slice())
    }

    fn snapshot<R: OfTable>(
        &mut self,
        track: fn(&mut Self) -> &mut Track<R>,
        snapshot: &SnapshotOf<R>,
    ) -> Result<(), RecordError> {
        let path = self.path.clone();
        let table = track(self);
        if table.last.is_some_and(|last| snapshot.since_boot <= last) {
            return Ok(());
        }
        if table.is_full() {
            *table = Track::default();
        }
        let pushed = table.builder.push(snapshot);
        pushed.map_err(|error| RecordError::Write {
            path,
            source: io::Error::other(error),
        })?;
        let block = table.builder.block().since(table.written);
        let part = table.part;
        table.written = table.builder.block().mark();
        table.part += 1;
        table.last = Some(snapshot.since_boot);
        let written = self.block(R::TABLE, part, block);
        if written.is_err() {
            // What comes after it would continue what is not there.
            let table = track(self);
            let last = table.last;
            *table = Track::default();
            table.last = last;
        }
        written
    }

    /// Writes a part of a block, or all of it, whose snapshots are later than those written so far.
    pub(in crate::source) fn block(
        &mut self,
        table: Table,
        part: u16,
        block: Block,
    ) -> Result<(), RecordError> {
        let Some(span) = block.span() else {
            return Ok(());
        };
        let kind = match table {
            Table::Cpu => Kind::Cpu,
            Table::Disk => Kind::Disk,
            Table::Network => Kind::Network,
        };
        let block = if self.command_lines {
            block
        } else {
            block.with_infos(without_arguments)
        };
        self.chunk(kind, part, block.heads().len(), span, &block)
    }

    /// Writes samples of the graphs, oldest first.
    pub(in crate::source) fn samples(&mut self, samples: &[Sample]) -> Result<(), RecordError> {
        for samples in samples.chunks(SAMPLES) {
            if let (Some(first), Some(last)) = (samples.first(), samples.last()) {
                let span = Span {
                    start: first.since_boot.saturating_sub(first.elapsed),
                    end: last.since_boot,
                };
                self.chunk(Kind::Samples, 0, samples.len(), span, &samples)?;
            }
        }
        Ok(())
    }

    /// Writes the index.
    ///
    /// # Errors
    /// When the file cannot be written; what is in it is whole all the same.
    pub fn finish(mut self) -> Result<Saved, RecordError> {
        let entries = std::mem::take(&mut self.entries);
        let saved = saved(&entries);
        let all = Span {
            start: Duration::ZERO,
            end: saved.span,
        };
        let before = self.at;
        let indexed = self.packed(Kind::Index, 0, entries.len(), all, &entries);
        // Without one, the chunks are found by walking through the file.
        let (index, bytes) = indexed.map_or((0, Vec::new()), |(_, bytes)| (before, bytes));
        self.append(&[bytes.as_slice(), &trailer(index)].concat())?;
        Ok(Saved {
            bytes: Bytes(self.at),
            ..saved
        })
    }

    fn chunk(
        &mut self,
        kind: Kind,
        part: u16,
        count: usize,
        span: Span,
        body: &impl Serialize,
    ) -> Result<(), RecordError> {
        let packed = self.packed(kind, part, count, span, body);
        let (head, bytes) = packed.map_err(|source| RecordError::Write {
            path: self.path.clone(),
            source,
        })?;
        let entry = head.entry(self.at);
        self.append(&bytes)?;
        self.entries.push(entry);
        Ok(())
    }

    fn packed(
        &mut self,
        kind: Kind,
        part: u16,
        count: usize,
        span: Span,
        body: &impl Serialize,
    ) -> io::Result<(ChunkHead, Vec<u8>)> {
        let head = ChunkHead {
            kind: kind as u8,
            part,
            packed: 0,
            body: 0,
            count: u32::try_from(count).map_err(io::Error::other)?,
            start: nanoseconds(span.start),
            end: nanoseconds(span.end),
            checksum: 0,
        };
        let body = postcard::to_stdvec(body).map_err(io::Error::other)?;
        chunk(&mut self.packer, head, &body)
    }

    /// Writes these bytes, all or none of them as far as the system allows.
    fn append(&mut self, bytes: &[u8]) -> Result<(), RecordError> {
        self.file.write_all(bytes).map_err(|source| {
            // A reader takes what was written of it for a chunk that is cut short.
            let _ = self.file.set_len(self.at);
            let _ = io::Seek::seek(&mut self.file, io::SeekFrom::Start(self.at));
            RecordError::Write {
                path: self.path.clone(),
                source,
            }
        })?;
        self.at += bytes.len() as u64;
        Ok(())
    }
}

impl<R: Remembers> Track<R> {
    fn is_full(&self) -> bool {
        usize::from(self.part) >= BLOCK || self.builder.block().size() > LONGEST_BLOCK
    }
}

/// What these chunks hold.
fn saved(entries: &[Entry]) -> Saved {
    let of = |kind: Kind| entries.iter().filter(move |entry| entry.kind == kind as u8);
    let tables = [Kind::Cpu, Kind::Disk, Kind::Network, Kind::System];
    let count = |kind| of(kind).map(|entry| u64::from(entry.count)).sum();
    let timed = || entries.iter().filter(|it| it.kind != Kind::About as u8);
    let start = timed().map(|entry| entry.span().start).min();
    let end = timed().map(|entry| entry.span().end).max();
    let span = start.zip(end).map(|(start, end)| end.saturating_sub(start));
    Saved {
        snapshots: tables.into_iter().map(count).max().unwrap_or(0),
        span: span.unwrap_or_default(),
        bytes: Bytes(0),
    }
}

/// What is known of a process but its arguments.
fn without_arguments(info: Arc<ProcessInfo>) -> Arc<ProcessInfo> {
    if info.command_line.is_empty() {
        return info;
    }
    Arc::new(ProcessInfo {
        command_line: Vec::new(),
        ..ProcessInfo::clone(&info)
    })
}
