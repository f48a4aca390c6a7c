//! Finding a moment or a stretch of time in blocks, wherever they are kept.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use super::Remembers;
use super::block::{Block, FrameHead, Span};
use crate::model::average::joined;
use crate::model::snapshot::SnapshotOf;

/// Blocks that follow one another.
pub trait Blocks {
    /// A block while it is looked at.
    type Held<'a>: Deref<Target = Block>
    where
        Self: 'a;

    /// When the snapshots of each are, oldest first.
    fn spans(&self) -> impl DoubleEndedIterator<Item = Span>;

    /// The block at this place among the spans; `None` where it cannot be had.
    fn block(&self, place: usize) -> Option<Self::Held<'_>>;
}

impl Blocks for Vec<Arc<Block>> {
    type Held<'a> = &'a Block;

    fn spans(&self) -> impl DoubleEndedIterator<Item = Span> {
        self.iter().filter_map(|block| block.span())
    }

    fn block(&self, place: usize) -> Option<&Block> {
        self.get(place).map(|block| &**block)
    }
}

/// The snapshot whose interval holds this moment since boot, else the one before it, else the first.
pub fn at<R: Remembers>(blocks: &impl Blocks, moment: Duration) -> Option<SnapshotOf<R>> {
    let spans: Vec<Span> = blocks.spans().collect();
    let begun = spans.partition_point(|span| span.start < moment);
    // Where a block cannot be had, the ones before it come into question, then those behind it.
    let (before, after) = (0..begun, begun..spans.len());
    before.rev().chain(after).find_map(|place| {
        let block = blocks.block(place)?;
        let there = nearest(block.heads(), moment)?;
        (0..=there)
            .rev()
            .find_map(|place| block.snapshots::<R>().nth(place)?.ok())
    })
}

/// All that ended in a stretch of time, from after `from` up to `to`, as one snapshot. Where nothing
/// did, what was at its end; `None` where there is nothing of it at all.
pub fn range<R: Remembers>(
    blocks: &impl Blocks,
    from: Duration,
    to: Duration,
) -> Option<SnapshotOf<R>> {
    let mut whole: Option<SnapshotOf<R>> = None;
    for (place, span) in blocks.spans().enumerate() {
        if span.end <= from || span.start >= to {
            continue;
        }
        let Some(block) = blocks.block(place) else {
            continue;
        };
        let within = |end: Duration| from < end && end <= to;
        if !block.heads().iter().any(|head| within(head.since_boot)) {
            continue;
        }
        for snapshot in block.snapshots::<R>().map_while(Result::ok) {
            if within(snapshot.since_boot) {
                whole = Some(match whole {
                    Some(before) => joined(&before, &snapshot),
                    None => snapshot,
                });
            }
        }
    }
    whole.or_else(|| {
        let at = at::<R>(blocks, to)?;
        let starts = at.since_boot.saturating_sub(at.elapsed);
        (starts < to && at.since_boot > from).then_some(at)
    })
}

/// The place of the first that does not end before the moment, unless that begins after it: then of
/// the one before. `None` where there is none at all.
fn nearest(heads: &[FrameHead], moment: Duration) -> Option<usize> {
    let next = heads.partition_point(|head| head.since_boot < moment);
    let holds = |head: &FrameHead| next == 0 || head.start() < moment;
    let place = if heads.get(next).is_some_and(holds) {
        next
    } else {
        next.saturating_sub(1)
    };
    (!heads.is_empty()).then_some(place)
}
