//! The tables of a memory as they were, and what remembering them costs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::past::Past;
use crate::model::timeline::block::Block;
use crate::model::units::{Bytes, Percent};
use crate::source::{Remembered, Reply, Table};

/// What is remembered of the tables.
pub(super) struct Kept {
    past: Past,
    bound: Bytes,
    remembers: bool,
    /// CPU time for the memory's own sake: of the last round, and of all.
    last_round: Duration,
    cost: Duration,
    began: Instant,
}

impl Kept {
    /// Nothing yet, which may take so much memory.
    pub(super) fn new(bound: Bytes) -> Self {
        Self {
            past: Past::new(bound),
            bound,
            remembers: true,
            last_round: Duration::ZERO,
            cost: Duration::ZERO,
            began: Instant::now(),
        }
    }

    /// Remembers from now on, or forgets.
    pub(super) fn set_remembering(&mut self, remembers: bool) {
        if self.remembers && !remembers {
            self.forget();
        }
        self.remembers = remembers;
    }

    /// Forgets what is remembered; what comes from now on is remembered again.
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

    /// Remembers a table, where anything shall be.
    pub(super) fn push(&mut self, reply: &Reply) {
        if self.remembers {
            self.past.push(reply);
        }
    }

    /// Notes what a round for the memory's own sake took.
    pub(super) fn pay(&mut self, round: Duration) {
        self.last_round = round;
        self.cost += round;
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

    /// All that is remembered of a table, to be looked through while others go on.
    pub(super) fn blocks(&self, table: Table) -> Vec<Arc<Block>> {
        self.past.kept(table)
    }
}
