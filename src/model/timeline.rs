//! Snapshots of one subject as far back as a bound of memory reaches. Where it is full, the oldest
//! become coarser before they are forgotten: neighbours are put together, which keeps every sum.

pub mod block;
pub mod seek;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::average::{Average, joined};
use super::cpu::CpuRow;
use super::disk::DiskRow;
use super::network::NetworkRow;
use super::process::ProcessInfo;
use super::remainder::RemainderRow;
use super::snapshot::SnapshotOf;
use super::table::Row;
use super::units::Bytes;
use block::{Block, Builder};

/// A block ends after so many snapshots: reading any of them means reading those before it.
pub const FRAMES: usize = 64;
/// The oldest snapshots are put together in pairs so many times before they are forgotten.
const THINNEST: u32 = 3;

/// A row of a process that can be remembered.
pub trait Remembers:
    Row<
        Key: Serialize + DeserializeOwned,
        Totals: Serialize + DeserializeOwned + Average + PartialEq,
        Remainder: RemainderRow + Serialize + DeserializeOwned + Average + PartialEq,
    > + Serialize
    + DeserializeOwned
    + Average
    + PartialEq
{
    /// What rarely changes about its process.
    fn info_mut(&mut self) -> &mut Arc<ProcessInfo>;
}

macro_rules! remembers {
    ($($row:ty),*) => {$(
        impl Remembers for $row {
            fn info_mut(&mut self) -> &mut Arc<ProcessInfo> {
                &mut self.info
            }
        }
    )*};
}
remembers!(CpuRow, DiskRow, NetworkRow);

/// What is remembered of one subject.
#[derive(Debug)]
pub struct Timeline<R> {
    bound: usize,
    /// Oldest first.
    blocks: VecDeque<Kept>,
    size: usize,
    open: Builder<R>,
}

/// A block and how often its snapshots were put together in pairs.
#[derive(Debug)]
struct Kept {
    block: Arc<Block>,
    size: usize,
    thinned: u32,
}

impl Kept {
    fn new(block: Block, thinned: u32) -> Self {
        Self {
            size: block.size(),
            block: Arc::new(block),
            thinned,
        }
    }
}

impl<R: Remembers> Timeline<R> {
    /// Remembers nothing yet, and will take so much memory at most.
    pub fn new(bound: Bytes) -> Self {
        Self {
            bound: usize::try_from(bound.0).unwrap_or(usize::MAX),
            blocks: VecDeque::new(),
            size: 0,
            open: Builder::default(),
        }
    }

    /// Remembers a snapshot. One that is not later than the last is not taken.
    pub fn push(&mut self, snapshot: &SnapshotOf<R>) {
        let last = self.heads().next_back().map(|head| head.since_boot);
        if last.is_some_and(|last| snapshot.since_boot <= last) {
            return;
        }
        // Coding to memory fails for no value that these types can have.
        if self.open.push(snapshot).is_err() {
            self.open = Builder::default();
        }
        let is_large = self.open.size() > self.bound / 4;
        if self.open.block().heads().len() >= FRAMES || is_large {
            let block = std::mem::take(&mut self.open).finish();
            let kept = Kept::new(block, 0);
            self.size += kept.size;
            self.blocks.push_back(kept);
        }
        self.shrink();
    }

    /// Takes so much memory at most, from now on.
    pub fn set_bound(&mut self, bound: Bytes) {
        self.bound = usize::try_from(bound.0).unwrap_or(usize::MAX);
        self.shrink();
    }

    /// Memory that it takes.
    pub fn bytes(&self) -> Bytes {
        Bytes((self.size + self.open.size()) as u64)
    }

    /// From the beginning of the first interval to the end of the last; `None` where nothing is
    /// remembered.
    pub fn span(&self) -> Option<Duration> {
        let mut heads = self.heads();
        let first = heads.next()?;
        let last = heads.next_back().unwrap_or(first);
        Some(last.since_boot.saturating_sub(first.start()))
    }

    /// The snapshot whose interval holds this moment since boot, else the one before it, else the
    /// first.
    pub fn at(&self, moment: Duration) -> Option<Arc<SnapshotOf<R>>> {
        seek::at(&self.kept(), moment).map(Arc::new)
    }

    /// All that ended in a stretch of time, from after `from` up to `to`, as one snapshot. Where
    /// nothing did, what was at its end; `None` where it is not remembered at all.
    pub fn range(&self, from: Duration, to: Duration) -> Option<SnapshotOf<R>> {
        seek::range(&self.kept(), from, to)
    }

    /// All that is remembered as it is now, none of it empty: taking it takes no time.
    pub fn kept(&self) -> Vec<Arc<Block>> {
        let closed = self.blocks.iter().map(|kept| Arc::clone(&kept.block));
        let open = Some(self.open.block()).filter(|block| !block.heads().is_empty());
        closed.chain(open.cloned().map(Arc::new)).collect()
    }

    fn blocks(&self) -> impl DoubleEndedIterator<Item = &Block> {
        let closed = self.blocks.iter().map(|kept| &*kept.block);
        closed.chain(std::iter::once(self.open.block()).filter(|it| !it.heads().is_empty()))
    }

    fn heads(&self) -> impl DoubleEndedIterator<Item = &block::FrameHead> {
        self.blocks().flat_map(Block::heads)
    }

    /// Makes room: the oldest block that may become thinner does, else the oldest is forgotten.
    fn shrink(&mut self) {
        while self.size + self.open.size() > self.bound {
            let thick = self.blocks.iter().position(|kept| kept.thinned < THINNEST);
            // The newest stay as they are: they are looked at most.
            let thick = thick.filter(|&at| at + 1 < self.blocks.len());
            let Some(at) = thick else {
                let Some(oldest) = self.blocks.pop_front() else {
                    return;
                };
                self.size -= oldest.size;
                continue;
            };
            let thinner = thinner::<R>(&self.blocks[at]);
            self.size = self.size - self.blocks[at].size + thinner.size;
            self.blocks[at] = thinner;
        }
    }
}

/// The block with its snapshots put together in pairs.
fn thinner<R: Remembers>(kept: &Kept) -> Kept {
    let mut builder = Builder::<R>::default();
    let snapshots = kept.block.snapshots::<R>().map_while(Result::ok);
    let mut snapshots = snapshots.peekable();
    while let Some(first) = snapshots.next() {
        // No interval reaches over a time in which the machine slept.
        let next = snapshots.next_if(|next| next.continues(first.since_boot));
        let pair = match next {
            Some(second) => joined(&first, &second),
            None => first,
        };
        // As in `push`.
        if builder.push(&pair).is_err() {
            break;
        }
    }
    Kept::new(builder.finish(), kept.thinned + 1)
}

#[cfg(test)]
#[path = "timeline/tests.rs"]
pub(crate) mod tests;
