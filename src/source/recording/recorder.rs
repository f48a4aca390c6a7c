//! Records a source from now on.

use std::time::{Duration, Instant};

use super::writer::{RecordError, Saved, Writer};
use crate::model::connection::HostNames;
use crate::model::cpu::CpuRow;
use crate::model::process::ProcessKey;
use crate::source::{Reply, Request, Source};

/// Of so many processes, the busiest ones, it is recorded how long they waited for a CPU.
const WATCHED: usize = 10;

/// A last interval that is shorter than this is left out: it would say little.
const SHORTEST: Duration = Duration::from_millis(100);

/// Asks a source for everything and writes it down.
pub struct Recorder<S> {
    source: S,
    writer: Writer,
    watched: Vec<ProcessKey>,
    /// When the last round began.
    last: Option<Instant>,
}

impl<S: Source> Recorder<S> {
    /// Nothing is asked yet.
    pub fn new(source: S, writer: Writer) -> Self {
        Self {
            source,
            writer,
            watched: Vec::new(),
            last: None,
        }
    }

    /// Records every table and the machine once. What a source says first may only be that it has
    /// nothing to compare with yet.
    ///
    /// # Errors
    /// When the source cannot be read or the file not be written; what was recorded before is whole.
    pub fn round(&mut self) -> Result<(), RecordError> {
        self.last = Some(Instant::now());
        let requests = [
            Request::System,
            Request::Cpu {
                watch: self.watched.clone(),
            },
            Request::Disk,
            Request::Network {
                names: HostNames::Off,
            },
        ];
        for request in &requests {
            let reply = self.source.ask(request)?;
            if let Reply::Cpu(snapshot) = &reply {
                let busy = |row: &CpuRow| row.cpu.map_or(0.0, |cpu| cpu.0);
                let mut rows: Vec<_> = snapshot.rows.iter().collect();
                rows.sort_by(|a, b| busy(b).total_cmp(&busy(a)));
                self.watched = rows.iter().take(WATCHED).map(|row| row.key).collect();
            }
            self.writer.push(&reply)?;
        }
        Ok(())
    }

    /// Records what happened since the last round, however long the interval was to be.
    ///
    /// # Errors
    /// As [`Self::round`].
    pub fn last_round(&mut self) -> Result<(), RecordError> {
        if self.last.is_some_and(|last| last.elapsed() < SHORTEST) {
            return Ok(());
        }
        self.round()
    }

    /// Ends the recording.
    ///
    /// # Errors
    /// When the file cannot be written; what is in it is whole all the same.
    pub fn finish(self) -> Result<Saved, RecordError> {
        self.writer.finish()
    }
}
