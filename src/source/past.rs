//! Tables as they were, wherever they are kept.

use std::sync::Arc;
use std::time::Duration;

use super::{Range, Reply, Table};
use crate::model::cpu::CpuRow;
use crate::model::disk::DiskRow;
use crate::model::network::NetworkRow;
use crate::model::snapshot::SnapshotOf;
use crate::model::timeline::Remembers;
use crate::model::timeline::seek::{self, Blocks};

/// Intervals that touch are measured on two clocks.
const TOLERANCE: Duration = Duration::from_millis(100);

/// A row of a table that is remembered.
pub(super) trait OfTable: Remembers {
    /// Which table it is.
    const TABLE: Table;

    /// A snapshot as an answer.
    fn reply(snapshot: SnapshotOf<Self>) -> Reply;
}

macro_rules! of_table {
    ($($row:ty => $table:ident),*) => {$(
        impl OfTable for $row {
            const TABLE: Table = Table::$table;

            fn reply(snapshot: SnapshotOf<Self>) -> Reply {
                Reply::$table(Arc::new(snapshot))
            }
        }
    )*};
}
of_table!(CpuRow => Cpu, DiskRow => Disk, NetworkRow => Network);

/// The snapshot of a table whose interval holds a moment since boot: [`seek::at`].
pub(super) fn at(table: Table, blocks: &impl Blocks, at: Duration) -> Option<Reply> {
    Some(match table {
        Table::Cpu => CpuRow::reply(seek::at(blocks, at)?),
        Table::Disk => DiskRow::reply(seek::at(blocks, at)?),
        Table::Network => NetworkRow::reply(seek::at(blocks, at)?),
    })
}

/// All of a table that ended in a stretch of time: [`seek::range`].
pub(super) fn between(
    table: Table,
    blocks: &impl Blocks,
    from: Duration,
    to: Duration,
) -> Option<Reply> {
    Some(match table {
        Table::Cpu => CpuRow::reply(seek::range(blocks, from, to)?),
        Table::Disk => DiskRow::reply(seek::range(blocks, from, to)?),
        Table::Network => NetworkRow::reply(seek::range(blocks, from, to)?),
    })
}

/// What happened in a stretch of time, and in the same length of time before it.
pub(super) fn range(
    table: Table,
    blocks: &impl Blocks,
    from: Duration,
    to: Duration,
) -> Option<Range> {
    let between = |from, to| between(table, blocks, from, to);
    let shown = between(from, to)?;
    let start = interval(&shown).0;
    let before = from.saturating_sub(to.saturating_sub(from));
    // Where snapshots are longer than the range, one can stand for both.
    let before = between(before, from);
    let before = before.filter(|before| interval(before).1 <= start + TOLERANCE);
    Some(Range {
        table: shown,
        before,
    })
}

/// From when to when a table is, since boot.
fn interval(reply: &Reply) -> (Duration, Duration) {
    let (end, elapsed) = match reply {
        Reply::Cpu(snapshot) => (snapshot.since_boot, snapshot.elapsed),
        Reply::Disk(snapshot) => (snapshot.since_boot, snapshot.elapsed),
        Reply::Network(snapshot) => (snapshot.since_boot, snapshot.elapsed),
        _ => (Duration::ZERO, Duration::ZERO),
    };
    (end.saturating_sub(elapsed), end)
}
