//! The tables of a memory as they are.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::Open;
use super::kept::Kept;
use crate::model::connection::HostNames;
use crate::model::process::ProcessKey;
use crate::source::locking::lock;
use crate::source::{Reply, Request, Source, SourceError, Table};

/// How old may be what a window shows first.
pub(super) const FIRST_AGE: Duration = Duration::from_millis(1500);
/// What a window wanted to know beside the rows is read for so long after it asked last.
const WISHES_KEPT: Duration = Duration::from_secs(90);

pub(super) struct Tables {
    source: Option<Box<dyn Source>>,
    kept: Arc<Mutex<Kept>>,
    latest: [Option<(Instant, Reply)>; Table::ALL.len()],
    wishes: Wishes,
    /// CPU time for the memory's own sake in this round.
    round: Duration,
}

/// What windows wanted to know last beside the rows. It is read for all of them, or one would lose
/// what another has no use for.
#[derive(Default)]
struct Wishes {
    watched: Option<(Instant, Vec<ProcessKey>)>,
    named: Option<(Instant, HostNames)>,
}

impl Tables {
    /// None was read yet. All that are read will be kept there.
    pub(super) fn new(kept: Arc<Mutex<Kept>>) -> Self {
        Self {
            source: None,
            kept,
            latest: Default::default(),
            wishes: Wishes::default(),
            round: Duration::ZERO,
        }
    }

    /// Opens their source, where that is not done.
    pub(super) fn open(&mut self, open: &Open) -> Result<(), SourceError> {
        if self.source.is_none() {
            self.source = Some(open()?);
        }
        Ok(())
    }

    /// A table that is at most so old.
    pub(super) fn ask(
        &mut self,
        table: Table,
        request: &Request,
        age: Duration,
    ) -> Result<Reply, SourceError> {
        let now = Instant::now();
        let request = self.wishes.joined(request, now);
        if let Some((read, reply)) = &self.latest[table as usize]
            && now.duration_since(*read) < age
        {
            return Ok(reply.clone());
        }
        let source = self.source.as_mut().ok_or(SourceError::Closed)?;
        let reply = source.ask(&request)?;
        if reply != Reply::Primed {
            self.latest[table as usize] = Some((Instant::now(), reply.clone()));
        }
        lock(&self.kept).push(&reply);
        Ok(reply)
    }

    /// Has a table read that is older than this, to remember it.
    pub(super) fn keep(&mut self, table: Table, age: Duration) -> Result<(), SourceError> {
        let read = |tables: &Self| tables.latest[table as usize].as_ref().map(|it| it.0);
        let before = read(self);
        let request = match table {
            Table::Cpu => Request::Cpu { watch: Vec::new() },
            Table::Disk => Request::Disk,
            Table::Network => Request::Network {
                names: HostNames::Off,
            },
        };
        let reply = self.ask(table, &request, age)?;
        if before != read(self) {
            self.round += reply.cost().unwrap_or_default().cpu;
        }
        Ok(())
    }

    /// All tables were looked after once more.
    pub(super) fn end_round(&mut self) {
        lock(&self.kept).pay(std::mem::take(&mut self.round));
    }
}

impl Wishes {
    /// The request together with what others want.
    fn joined(&mut self, request: &Request, now: Instant) -> Request {
        match request {
            Request::Cpu { watch } => Request::Cpu {
                watch: wished(&mut self.watched, watch, &Vec::new(), now),
            },
            Request::Network { names } => Request::Network {
                names: wished(&mut self.named, names, &HostNames::Off, now),
            },
            other => other.clone(),
        }
    }
}

fn wished<T: Clone + PartialEq>(
    last: &mut Option<(Instant, T)>,
    wish: &T,
    nothing: &T,
    now: Instant,
) -> T {
    if wish != nothing {
        *last = Some((now, wish.clone()));
    }
    last.take_if(|(at, _)| now.duration_since(*at) > WISHES_KEPT);
    last.as_ref()
        .map_or_else(|| nothing.clone(), |(_, wish)| wish.clone())
}
