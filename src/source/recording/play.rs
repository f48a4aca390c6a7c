//! A recording from its beginning to its end.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Damage, Recording};
use crate::model::cpu::CpuRow;
use crate::model::disk::DiskRow;
use crate::model::network::NetworkRow;
use crate::model::system::SystemSnapshot;
use crate::model::timeline::Remembers;
use crate::model::timeline::block::{Block, Snapshots};
use crate::model::timeline::seek::Blocks;
use crate::source::past::OfTable;
use crate::source::{Reply, Request, Source, SourceError};

/// Answers each question for the present with the next snapshot, and after the last with
/// [`SourceError::Ended`].
pub struct Player {
    recording: Recording,
    system: (usize, VecDeque<SystemSnapshot>),
    cpu: Track<CpuRow>,
    disk: Track<DiskRow>,
    network: Track<NetworkRow>,
}

/// How far a table was played.
struct Track<R: Remembers> {
    /// The place of the next block.
    next: usize,
    block: Option<Snapshots<R, Arc<Block>>>,
}

impl<R: Remembers> Default for Track<R> {
    fn default() -> Self {
        Self {
            next: 0,
            block: None,
        }
    }
}

impl Player {
    /// Plays from the beginning on.
    pub fn new(recording: Recording) -> Self {
        Self {
            recording,
            system: Default::default(),
            cpu: Track::default(),
            disk: Track::default(),
            network: Track::default(),
        }
    }

    fn next_system(&mut self) -> Option<Reply> {
        let (next, snapshots) = &mut self.system;
        while snapshots.is_empty() && *next < self.recording.reader.system_chunks() {
            snapshots.extend(self.recording.reader.system(*next));
            *next += 1;
        }
        let snapshot = snapshots.pop_front()?;
        Some(Reply::System(Arc::new(snapshot)))
    }
}

impl<R: OfTable> Track<R> {
    fn next(&mut self, recording: &Recording) -> Option<Reply> {
        let blocks = recording.reader.table(R::TABLE);
        loop {
            match self.block.as_mut().and_then(Iterator::next) {
                Some(Ok(snapshot)) => return Some(R::reply(snapshot)),
                Some(Err(error)) => recording.reader.note(Damage::Malformed {
                    at: blocks.place(self.next.saturating_sub(1)),
                    reason: error.to_string(),
                }),
                None => {}
            }
            self.block = Some(Snapshots::of(blocks.block(self.next)?));
            self.next += 1;
        }
    }
}

impl Source for Player {
    fn ask(&mut self, request: &Request) -> Result<Reply, SourceError> {
        let next = match request {
            Request::System => self.next_system(),
            Request::Cpu { .. } => self.cpu.next(&self.recording),
            Request::Disk => self.disk.next(&self.recording),
            Request::Network { .. } => self.network.next(&self.recording),
            _ => return self.recording.ask(request),
        };
        next.ok_or(SourceError::Ended)
    }
}
