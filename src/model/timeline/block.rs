//! A stretch of snapshots in few bytes: the first one whole, of each other only the rows that are not
//! as they were. What rarely changes about a process is held once, beside the bytes.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::Remembers;
use crate::model::process::ProcessInfo;
use crate::model::snapshot::{Cost, Degradation, Snapshot, SnapshotOf};
use crate::model::table::Row;

/// Why a block cannot be read any further.
#[derive(Debug, thiserror::Error)]
pub enum BlockError {
    /// The bytes are not those of a frame.
    #[error("a remembered snapshot is damaged: {0}")]
    Malformed(#[from] postcard::Error),
    /// A part of a block does not begin where the one before it ended, or is not in order.
    #[error("a part of remembered snapshots does not follow the one before it")]
    OutOfOrder,
    /// A row belongs to a process of which nothing is noted.
    #[error("a remembered snapshot names process {0}, of which nothing is noted")]
    UnknownProcess(u32),
}

/// When a frame was, and where it begins among the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameHead {
    /// The end of its interval since boot.
    pub since_boot: Duration,
    /// The length of its interval.
    pub elapsed: Duration,
    at: usize,
}

impl FrameHead {
    /// The beginning of its interval since boot.
    pub fn start(&self) -> Duration {
        self.since_boot.saturating_sub(self.elapsed)
    }
}

/// Snapshots that follow one another.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Block {
    heads: Vec<FrameHead>,
    infos: Vec<Arc<ProcessInfo>>,
    #[serde(with = "as_bytes")]
    bytes: Vec<u8>,
}

/// Bytes in one piece instead of one by one, which are the same in postcard.
mod as_bytes {
    use std::fmt;

    use serde::de::{Deserializer, Error, Visitor};
    use serde::ser::Serializer;

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = Vec<u8>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.to_vec())
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

/// A frame as it is coded: what differs from the one before.
#[derive(Serialize, Deserialize)]
#[serde(bound(
    serialize = "R: Serialize, R::Key: Serialize, R::Totals: Serialize, R::Remainder: Serialize",
    deserialize = "R: Deserialize<'de>, R::Key: Deserialize<'de>, R::Totals: Deserialize<'de>, R::Remainder: Deserialize<'de>"
))]
struct Frame<R: Row> {
    at: Timestamp,
    totals: R::Totals,
    remainder: Vec<R::Remainder>,
    degradations: Vec<Degradation>,
    cost: Cost,
    gone: Vec<R::Key>,
    /// Rows with the place of what is known of their process; they hold nothing of it themselves.
    changed: Vec<(u32, R)>,
}

/// How far a block was: what comes after it is a part of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    heads: usize,
    infos: usize,
    bytes: usize,
}

/// A time from the beginning of one interval to the end of another, since boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its beginning.
    pub start: Duration,
    /// Its end.
    pub end: Duration,
}

/// Makes a block, snapshot by snapshot.
#[derive(Debug)]
pub struct Builder<R> {
    block: Block,
    /// Where the block holds what is known of a process, by its address: the block keeps it alive.
    places: FxHashMap<usize, u32>,
    /// The rows of the last snapshot, ascending by key.
    last: Vec<R>,
}

impl<R> Default for Builder<R> {
    fn default() -> Self {
        Self {
            block: Block::default(),
            places: FxHashMap::default(),
            last: Vec::new(),
        }
    }
}

impl<R: Remembers> Builder<R> {
    /// Adds a snapshot.
    ///
    /// # Errors
    /// When it cannot be coded.
    pub fn push(&mut self, snapshot: &SnapshotOf<R>) -> Result<(), BlockError> {
        let mut rows: Vec<&R> = snapshot.rows.iter().collect();
        if !rows.is_sorted_by_key(|row| row.row_key()) {
            rows.sort_by_key(|row| row.row_key());
        }
        let (mut changed, mut gone) = (Vec::new(), Vec::new());
        let mut last = self.last.iter().peekable();
        for row in &rows {
            while let Some(before) = last.next_if(|before| before.row_key() < row.row_key()) {
                gone.push(before.row_key());
            }
            let before = last.next_if(|before| before.row_key() == row.row_key());
            if before != Some(*row) {
                changed.push(*row);
            }
        }
        gone.extend(last.map(Row::row_key));
        let changed = changed.into_iter().cloned().map(|row| self.apart(row));
        let frame = Frame::<R> {
            at: snapshot.at,
            totals: snapshot.totals.clone(),
            remainder: snapshot.remainder.clone(),
            degradations: snapshot.degradations.clone(),
            cost: snapshot.cost,
            gone,
            changed: changed.collect(),
        };
        let at = self.block.bytes.len();
        let bytes = std::mem::take(&mut self.block.bytes);
        self.block.bytes = postcard::to_extend(&frame, bytes)?;
        self.block.heads.push(FrameHead {
            since_boot: snapshot.since_boot,
            elapsed: snapshot.elapsed,
            at,
        });
        self.last = rows.into_iter().cloned().collect();
        Ok(())
    }

    /// The block with what was added so far.
    pub fn block(&self) -> &Block {
        &self.block
    }

    /// Memory that it takes, with what it needs to go on.
    pub fn size(&self) -> usize {
        self.block.size()
            + self.last.capacity() * size_of::<R>()
            + self.places.capacity() * size_of::<(usize, u32)>()
    }

    /// The block, which takes no more than it needs.
    pub fn finish(mut self) -> Block {
        self.block.bytes.shrink_to_fit();
        self.block.infos.shrink_to_fit();
        self.block
    }

    /// The row without what is known of its process, and the place of that.
    fn apart(&mut self, mut row: R) -> (u32, R) {
        let info = std::mem::take(row.info_mut());
        let address = Arc::as_ptr(&info).addr();
        let next = u32::try_from(self.block.infos.len()).unwrap_or(u32::MAX);
        let place = *self.places.entry(address).or_insert(next);
        if place == next {
            self.block.infos.push(info);
        }
        (place, row)
    }
}

impl Block {
    /// When its snapshots were, ascending.
    pub fn heads(&self) -> &[FrameHead] {
        &self.heads
    }

    /// Memory that it takes. What is known of processes is counted as if no other block held it too.
    pub fn size(&self) -> usize {
        let infos = self.infos.iter().map(|info| heap(info));
        size_of::<Self>()
            + self.heads.capacity() * size_of::<FrameHead>()
            + self.bytes.capacity()
            + self.infos.capacity() * size_of::<Arc<ProcessInfo>>()
            + infos.sum::<usize>()
    }

    /// From the beginning of its first interval to the end of its last; `None` when it is empty.
    pub fn span(&self) -> Option<Span> {
        let (first, last) = self.heads.first().zip(self.heads.last())?;
        Some(Span {
            start: first.start(),
            end: last.since_boot,
        })
    }

    /// How far it is now.
    pub fn mark(&self) -> Mark {
        Mark {
            heads: self.heads.len(),
            infos: self.infos.len(),
            bytes: self.bytes.len(),
        }
    }

    /// What was added since `mark`: it is read only behind what was there.
    #[must_use]
    pub fn since(&self, mark: Mark) -> Self {
        fn rest<T: Clone>(all: &[T], from: usize) -> Vec<T> {
            all.get(from..).unwrap_or_default().to_vec()
        }
        Self {
            heads: rest(&self.heads, mark.heads),
            infos: rest(&self.infos, mark.infos),
            bytes: rest(&self.bytes, mark.bytes),
        }
    }

    /// Puts the part behind it that was taken with [`Block::since`].
    ///
    /// # Errors
    /// When it is not that part; then nothing is added.
    pub fn append(&mut self, part: Self) -> Result<(), BlockError> {
        let length = self.bytes.len() + part.bytes.len();
        let mut last = self.heads.last().map(|head| head.since_boot);
        let mut from = self.bytes.len();
        for (n, head) in part.heads.iter().enumerate() {
            let begins = n > 0 || head.at == self.bytes.len();
            let ascends = last.is_none_or(|last| head.since_boot > last);
            if !begins || !ascends || head.at < from || head.at >= length {
                return Err(BlockError::OutOfOrder);
            }
            last = Some(head.since_boot);
            from = head.at + 1;
        }
        self.heads.extend(part.heads);
        self.infos.extend(part.infos);
        self.bytes.extend(part.bytes);
        Ok(())
    }

    /// The block with something else known of its processes.
    #[must_use]
    pub fn with_infos(mut self, change: impl FnMut(Arc<ProcessInfo>) -> Arc<ProcessInfo>) -> Self {
        self.infos = self.infos.into_iter().map(change).collect();
        self
    }

    /// Its snapshots, oldest first. Ends after the first that is damaged.
    pub fn snapshots<R: Remembers>(&self) -> Snapshots<R, &Self> {
        Snapshots::of(self)
    }
}

/// The snapshots of a block, oldest first. Ends after the first that is damaged.
#[derive(Debug)]
pub struct Snapshots<R: Row, B> {
    block: B,
    next: usize,
    /// Those of the last frame.
    rows: BTreeMap<R::Key, R>,
}

impl<R: Remembers, B: Deref<Target = Block>> Snapshots<R, B> {
    /// Those of this block.
    pub fn of(block: B) -> Self {
        Self {
            block,
            next: 0,
            rows: BTreeMap::new(),
        }
    }

    /// Makes the rows of the frame before those of the next one; `None` where there is none.
    fn step(&mut self) -> Option<Result<(FrameHead, Frame<R>), BlockError>> {
        let head = *self.block.heads.get(self.next)?;
        self.next += 1;
        let stepped = self.apply(head);
        if stepped.is_err() {
            self.next = usize::MAX;
        }
        Some(stepped.map(|frame| (head, frame)))
    }

    fn apply(&mut self, head: FrameHead) -> Result<Frame<R>, BlockError> {
        let bytes = self.block.bytes.get(head.at..).unwrap_or_default();
        let (mut frame, _) = postcard::take_from_bytes::<Frame<R>>(bytes)?;
        for key in &frame.gone {
            self.rows.remove(key);
        }
        for (place, mut row) in std::mem::take(&mut frame.changed) {
            let info = usize::try_from(place).ok();
            let info = info.and_then(|place| self.block.infos.get(place));
            *row.info_mut() = Arc::clone(info.ok_or(BlockError::UnknownProcess(place))?);
            self.rows.insert(row.row_key(), row);
        }
        Ok(frame)
    }

    fn built(&self, (head, frame): (FrameHead, Frame<R>)) -> SnapshotOf<R> {
        Snapshot {
            at: frame.at,
            since_boot: head.since_boot,
            elapsed: head.elapsed,
            totals: frame.totals,
            rows: self.rows.values().cloned().collect(),
            remainder: frame.remainder,
            degradations: frame.degradations,
            cost: frame.cost,
        }
    }
}

impl<R: Remembers, B: Deref<Target = Block>> Iterator for Snapshots<R, B> {
    type Item = Result<SnapshotOf<R>, BlockError>;

    fn next(&mut self) -> Option<Self::Item> {
        let stepped = self.step()?;
        Some(stepped.map(|frame| self.built(frame)))
    }

    /// Without making those before it.
    fn nth(&mut self, n: usize) -> Option<Self::Item> {
        for _ in 0..n {
            if let Err(error) = self.step()? {
                return Some(Err(error));
            }
        }
        self.next()
    }
}

/// Memory that is held for a process beside its rows.
fn heap(info: &ProcessInfo) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::capacity);
    let arguments = info.command_line.iter().map(String::capacity);
    size_of::<ProcessInfo>()
        + 2 * size_of::<usize>()
        + info.name.capacity()
        + info.name_bytes.as_ref().map_or(0, Vec::capacity)
        + info.command_line.capacity() * size_of::<String>()
        + arguments.sum::<usize>()
        + text(&info.user)
        + text(&info.service)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{any_snapshots, snapshots};
    use super::*;
    use crate::model::cpu::CpuRow;

    fn block(snapshots: &[SnapshotOf<CpuRow>]) -> Block {
        let mut builder = Builder::default();
        for snapshot in snapshots {
            builder.push(snapshot).expect("coded");
        }
        builder.finish()
    }

    #[test]
    fn a_process_that_does_nothing_takes_no_bytes() {
        let still = snapshots(500, 2, |_, _| false);
        let first = block(&still[..1]).bytes.len();
        let both = block(&still).bytes.len();
        assert!(both - first < 100, "{} after {first}", both - first);
        let busy = snapshots(500, 2, |_, n| n % 20 == 0);
        assert!(block(&busy).bytes.len() - first < 2000);
    }

    proptest! {
        #[test]
        fn what_was_put_in_comes_out(snapshots in any_snapshots()) {
            let block = block(&snapshots);
            let out: Vec<_> = block.snapshots::<CpuRow>().collect::<Result<_, _>>().expect("whole");
            prop_assert_eq!(out, snapshots);
        }

        #[test]
        fn parts_make_the_block_and_nothing_else_does(
            snapshots in any_snapshots(), cuts in prop::collection::vec(any::<bool>(), 12),
        ) {
            let mut builder = Builder::default();
            let (mut mark, mut parts) = (Mark::default(), Vec::new());
            for (snapshot, cut) in snapshots.iter().zip(cuts) {
                builder.push(snapshot).expect("coded");
                if cut {
                    parts.push(builder.block().since(mark));
                    mark = builder.block().mark();
                }
            }
            parts.push(builder.block().since(mark));
            let mut block = Block::default();
            for part in parts.iter().cloned() {
                block.append(part).expect("it follows");
            }
            let out: Vec<_> = block.snapshots::<CpuRow>().collect::<Result<_, _>>().expect("whole");
            prop_assert_eq!(&out, &snapshots);
            for (n, snapshot) in snapshots.iter().enumerate() {
                let nth = block.snapshots::<CpuRow>().nth(n).expect("there").expect("whole");
                prop_assert_eq!(&nth, snapshot);
            }
            let again = parts.into_iter().find(|part| !part.heads.is_empty());
            prop_assert!(again.is_some_and(|part| block.append(part).is_err()));
        }

        #[test]
        fn damaged_bytes_end_it_and_no_more(
            snapshots in any_snapshots(), at in 0_usize..4000, byte: u8, cut in 0_usize..4000,
        ) {
            let mut block = block(&snapshots);
            if let Some(place) = block.bytes.get_mut(at) {
                *place = byte;
            }
            block.bytes.truncate(cut);
            let mut failures = 0;
            for snapshot in block.snapshots::<CpuRow>() {
                prop_assert_eq!(failures, 0);
                failures += usize::from(snapshot.is_err());
            }
        }
    }
}
