//! Snapshots in a file: written as they are taken or from what is remembered, and shown again.

pub mod about;
pub mod damage;
pub mod format;
mod input;
pub mod play;
mod reader;
pub mod recorder;
mod whole_file;
pub mod writer;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::past;
use super::{Remembered, Reply, Request, Source, SourceError, Table};
use crate::model::timeline::block::Span;
use crate::model::units::{Bytes, Percent};
pub use about::{About, RecordOptions};
pub use damage::{Damage, RecordingError, Refusal};
pub use input::ReadSeek;
pub use play::Player;
use reader::Reader;
pub use recorder::Recorder;
pub(crate) use whole_file::WholeFile;
pub use writer::{RecordError, Saved, Writer};

/// A recording that is shown. A clone shows the same file to one more window.
///
/// As a source it answers for the present with the last snapshot, and for the past with what was
/// then; [`Player`] gives all snapshots in their order.
#[derive(Clone)]
pub struct Recording {
    reader: Arc<Reader>,
}

impl Recording {
    /// Opens a file and finds what is whole in it. Takes long where it has no index: never called by
    /// the UI thread.
    ///
    /// # Errors
    /// When it is no recording, one of a later version, or cannot be read.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let opened = regular(path).and_then(Self::read);
        opened.map_err(|why| RecordingError {
            path: path.to_owned(),
            why,
        })
    }

    /// As [`Recording::open`], from anything that has the bytes.
    ///
    /// # Errors
    /// As there.
    pub fn read(from: impl ReadSeek + 'static) -> Result<Self, Refusal> {
        let reader = Arc::new(Reader::open(Box::new(from))?);
        Ok(Self { reader })
    }

    /// Where and how it was made; nothing is known where that is damaged.
    pub fn about(&self) -> &About {
        &self.reader.about
    }

    /// Looks at every byte, so that [`Recording::damage`] tells all there is.
    pub fn check(&self) {
        self.reader.check();
    }

    /// What was found so far that cannot be shown.
    pub fn damage(&self) -> Vec<Damage> {
        self.reader.damage()
    }

    /// What was found so far that cannot be shown, in one sentence; `None` when nothing was.
    pub fn damage_sentence(&self) -> Option<String> {
        damage::sentence(&self.damage())
    }

    /// From the beginning of its first interval to the end of its last, since boot; `None` when it
    /// holds none.
    pub fn span(&self) -> Option<Span> {
        self.reader.span()
    }

    /// How many snapshots of a table it announces: fewer can be shown where it is damaged.
    pub fn snapshots(&self, table: Table) -> u64 {
        self.reader.count(table)
    }

    fn at(&self, table: Table, at: Duration) -> Option<Reply> {
        past::at(table, &self.reader.table(table), at)
    }

    /// A table as it was last.
    fn last(&self, table: Table) -> Result<Reply, SourceError> {
        self.at(table, Duration::MAX)
            .ok_or(SourceError::TableNotRecorded)
    }

    /// The machine as it was last.
    fn last_system(&self) -> Reply {
        let chunks = (0..self.reader.system_chunks()).rev();
        let last = chunks
            .into_iter()
            .find_map(|it| self.reader.system(it).pop());
        last.map_or(Reply::Primed, |last| Reply::System(Arc::new(last)))
    }

    /// The recording, as what a memory would have.
    fn remembered(&self) -> Option<Remembered> {
        let span = self.span()?;
        let bytes = Bytes(self.reader.length);
        Some(Remembered {
            span: span.end.saturating_sub(span.start),
            bytes,
            bound: bytes,
            cost: Duration::ZERO,
            share: Percent(0.0),
        })
    }
}

/// Opens a file, and nothing that opening would wait for, as a pipe to which nobody writes.
fn regular(path: &Path) -> Result<File, Refusal> {
    let about = path.metadata()?;
    if about.is_file() || about.is_dir() {
        // Of a folder, the system says that it is one.
        Ok(File::open(path)?)
    } else {
        Err(Refusal::NoFile)
    }
}

impl Source for Recording {
    fn ask(&mut self, request: &Request) -> Result<Reply, SourceError> {
        Ok(match request {
            Request::System => self.last_system(),
            Request::Cpu { .. } => self.last(Table::Cpu)?,
            Request::Disk => self.last(Table::Disk)?,
            Request::Network { .. } => self.last(Table::Network)?,
            Request::Connections(_) => return Err(SourceError::NotRecorded),
            Request::Details(_) => Reply::Details(None),
            Request::Choose(_) | Request::Act(_) => return Err(SourceError::Replayed),
            Request::Moment { table, at } => Reply::Moment(self.at(*table, *at).map(Box::new)),
            Request::Range { table, from, to } => {
                let blocks = self.reader.table(*table);
                Reply::Range(past::range(*table, &blocks, *from, *to).map(Box::new))
            }
            Request::Samples { since, most } => Reply::Samples {
                samples: self.reader.graphs().condensed(*since, *most),
                remembered: self.remembered(),
            },
            Request::Remember => Reply::Remembered(self.remembered()),
        })
    }
}

#[cfg(test)]
mod tests;
