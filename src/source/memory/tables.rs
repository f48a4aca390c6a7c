//! The tables of a memory: each as it is, and as it was.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Open;
use super::past::Past;
use crate::model::connection::HostNames;
use crate::model::process::ProcessKey;
use crate::model::timeline::block::Block;
use crate::model::units::{Bytes, Percent};
use crate::source::past;
use crate::source::{Range, Remembered, Reply, Request, Source, SourceError, Table};

/// How old may be what a window shows first.
pub(super) const FIRST_AGE: Duration = Duration::from_millis(1500);
/// What a window wanted to know beside the rows is read for so long after it asked last.
const WISHES_KEPT: Duration = Duration::from_secs(90);

pub(super) struct Tables {
    source: Option<Box<dyn Source>>,
    past: Past,
    latest: [Option<(Instant, Reply)>; Table::ALL.len()],
    wishes: Wishes,
    bound: Bytes,
    remembers: bool,
    /// CPU time for the memory's own sake: of this round, of the last one, and of all.
    round: Duration,
    last_round: Duration,
    cost: Duration,
    began: Instant,
}

/// What windows wanted to know last beside the rows. It is read for all of them, or one would lose
/// what another has no use for.
#[derive(Default)]
struct Wishes {
    watched: Option<(Instant, Vec<ProcessKey>)>,
    named: Option<(Instant, HostNames)>,
}

impl Tables {
    /// Empty ones, which may take so much memory.
    pub(super) fn new(bound: Bytes) -> Self {
        Self {
            source: None,
            past: Past::new(bound),
            latest: Default::default(),
            wishes: Wishes::default(),
            bound,
            remembers: true,
            round: Duration::ZERO,
            last_round: Duration::ZERO,
            cost: Duration::ZERO,
            began: Instant::now(),
        }
    }

    /// Opens their source, where that is not done.
    pub(super) fn open(&mut self, open: &Open) -> Result<(), SourceError> {
        if self.source.is_none() {
            self.source = Some(open()?);
        }
        Ok(())
    }

    /// Remembers from now on, or forgets.
    pub(super) fn set_remembering(&mut self, remembers: bool) {
        if self.remembers && !remembers {
            self.past = Past::new(self.bound);
        }
        self.remembers = remembers;
    }

    /// Forgets what is remembered; what is read from now on is remembered again.
    pub(super) fn forget(&mut self) {
        self.past = Past::new(self.bound);
    }

    /// Takes so much memory at most.
    pub(super) fn set_bound(&mut self, bound: Bytes) {
        if self.bound != bound {
            self.bound = bound;
            self.past.set_bound(bound);
        }
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
        if self.remembers {
            self.past.push(&reply);
        }
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
        self.last_round = std::mem::take(&mut self.round);
        self.cost += self.last_round;
    }

    /// What is remembered; `None` where nothing shall be.
    pub(super) fn remembered(&self) -> Option<Remembered> {
        let age = self.began.elapsed().as_secs_f64();
        self.remembers.then(|| Remembered {
            span: self.past.span(),
            bytes: self.past.bytes(),
            bound: self.bound,
            cost: self.last_round,
            share: Percent(self.cost.as_secs_f64() / age.max(1.0) * 100.0),
        })
    }

    /// A table as it was.
    pub(super) fn at(&self, table: Table, at: Duration) -> Option<Reply> {
        self.past.at(table, at)
    }

    /// What happened in a stretch of time, and in the same length of time before it.
    pub(super) fn range(&self, table: Table, from: Duration, to: Duration) -> Option<Range> {
        past::range(|from, to| self.past.between(table, from, to), from, to)
    }

    /// All that is remembered of each table.
    pub(super) fn kept(&self) -> [(Table, Vec<Arc<Block>>); Table::ALL.len()] {
        Table::ALL.map(|table| (table, self.past.kept(table)))
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
