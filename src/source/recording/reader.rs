//! A recording as it lies in its file: what is whole is found, and read when it is asked for.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::about::About;
use super::damage::{Damage, Refusal};
use super::format::{Entry, Kind, LATEST, LONGEST_BODY};
use super::input::{Input, ReadSeek};
use crate::model::history::{History, Sample};
use crate::model::snapshot::{Cost, Snapshot};
use crate::model::system::SystemSnapshot;
use crate::model::timeline::block::{Block, Span};
use crate::model::timeline::seek::Blocks;
use crate::source::Table;
use crate::source::locking::lock;

/// More that is wrong than this is not told apart.
const DAMAGES_KEPT: usize = 100;
/// Samples of the graphs that come closer than this add nothing to a strip of some hundred pixels.
const GRAPHS_INTERVAL: Duration = Duration::from_secs(1);
/// So many samples tell all that a graph can show. Of a longer recording they stand further apart.
const GRAPHS_SAMPLES: u32 = 1 << 18;

pub(super) struct Reader {
    input: Mutex<Input>,
    pub(super) length: u64,
    pub(super) about: About,
    /// Chunks with system snapshots or samples, in their order.
    system: Vec<Entry>,
    tables: [Vec<Group>; Table::ALL.len()],
    /// The block of each table that was read last, and its place.
    read: Mutex<[ReadLast; Table::ALL.len()]>,
    graphs: Mutex<Option<Arc<History>>>,
    damage: Mutex<Vec<Damage>>,
    /// Whether every byte was looked at when it was opened.
    checked: bool,
}

/// A block and its place, once one was read.
type ReadLast = Option<(usize, Arc<Block>)>;

/// The chunks that make a block.
struct Group {
    span: Span,
    parts: Vec<Entry>,
}

impl Reader {
    pub(super) fn open(from: Box<dyn ReadSeek>) -> Result<Self, Refusal> {
        let mut input = Input::new(from)?;
        let found = input.chunks()?;
        let mut reader = Self {
            length: input.length(),
            input: Mutex::new(input),
            about: About::default(),
            system: Vec::new(),
            tables: Default::default(),
            read: Mutex::default(),
            graphs: Mutex::default(),
            damage: Mutex::new(found.damage),
            checked: found.checked,
        };
        let orphans = reader.sort(found.entries);
        if orphans > 0 {
            reader.note(Damage::Orphaned { snapshots: orphans });
        }
        Ok(reader)
    }

    /// Puts every chunk where it belongs: says how many snapshots belong nowhere.
    fn sort(&mut self, entries: Vec<Entry>) -> u64 {
        let mut orphans = 0;
        for entry in entries {
            let table = match Kind::of(entry.kind) {
                Some(Kind::About) => {
                    if let Some(about) = self.parsed(&entry) {
                        self.about = about;
                    }
                    continue;
                }
                Some(Kind::System | Kind::Samples) => {
                    self.system.push(entry);
                    continue;
                }
                Some(Kind::Cpu) => Table::Cpu,
                Some(Kind::Disk) => Table::Disk,
                Some(Kind::Network) => Table::Network,
                Some(Kind::Index) | None => continue,
            };
            let groups = &mut self.tables[table as usize];
            let last = groups.last().map(|group| group.span.end);
            let is_later = last.is_none_or(|last| entry.span().end > last);
            match groups.last_mut() {
                _ if entry.count == 0 || !is_later => orphans += u64::from(entry.count),
                _ if entry.part == 0 => groups.push(Group {
                    span: entry.span(),
                    parts: vec![entry],
                }),
                Some(group) if group.parts.len() == usize::from(entry.part) => {
                    group.span.end = entry.span().end;
                    group.parts.push(entry);
                }
                _ => orphans += u64::from(entry.count),
            }
        }
        orphans
    }

    /// Looks at every byte of a file whose index was believed so far.
    pub(super) fn check(&self) {
        if self.checked {
            return;
        }
        let parts = self.tables.iter().flatten().flat_map(|group| &group.parts);
        for entry in self.system.iter().chain(parts) {
            if let Err(damage) = lock(&self.input).check(entry) {
                self.note(damage);
            }
        }
    }

    pub(super) fn damage(&self) -> Vec<Damage> {
        lock(&self.damage).clone()
    }

    pub(super) fn note(&self, damage: Damage) {
        let mut all = lock(&self.damage);
        if all.len() < DAMAGES_KEPT && !all.contains(&damage) {
            all.push(damage);
        }
    }

    /// From the beginning of the first interval to the end of the last.
    pub(super) fn span(&self) -> Option<Span> {
        let groups = self.tables.iter().flatten().map(|group| group.span);
        let spans = groups.chain(self.system.iter().map(Entry::span));
        spans.reduce(|a, b| Span {
            start: a.start.min(b.start),
            end: a.end.max(b.end),
        })
    }

    /// How many snapshots of a table are announced.
    pub(super) fn count(&self, table: Table) -> u64 {
        let parts = self.tables[table as usize]
            .iter()
            .flat_map(|group| &group.parts);
        parts.map(|part| u64::from(part.count)).sum()
    }

    /// The blocks of a table.
    pub(super) fn table(&self, table: Table) -> Recorded<'_> {
        Recorded {
            reader: self,
            table,
        }
    }

    /// How many chunks of system snapshots there are.
    pub(super) fn system_chunks(&self) -> usize {
        self.system.len()
    }

    /// The snapshots of the machine in one of them. Of what was saved as samples of the graphs they
    /// hold no more than those tell.
    pub(super) fn system(&self, place: usize) -> Vec<SystemSnapshot> {
        let Some(entry) = self.system.get(place) else {
            return Vec::new();
        };
        if entry.kind == Kind::System as u8 {
            let snapshots: Vec<SystemSnapshot> = self.parsed(entry).unwrap_or_default();
            let is_sound = |it: &SystemSnapshot| it.since_boot <= LATEST && it.elapsed <= LATEST;
            return snapshots.into_iter().filter(is_sound).collect();
        }
        self.samples(entry).iter().map(told).collect()
    }

    fn samples(&self, entry: &Entry) -> Vec<Sample> {
        let samples: Vec<Sample> = self.parsed(entry).unwrap_or_default();
        let is_sound = |it: &Sample| it.since_boot <= LATEST && it.elapsed <= LATEST;
        samples
            .into_iter()
            .filter(is_sound)
            .map(Sample::drawable)
            .collect()
    }

    /// The graphs over the whole recording.
    pub(super) fn graphs(&self) -> Arc<History> {
        let mut graphs = lock(&self.graphs);
        let graphs = graphs.get_or_insert_with(|| Arc::new(self.drawn()));
        Arc::clone(graphs)
    }

    fn drawn(&self) -> History {
        let span = self
            .span()
            .map_or(Duration::ZERO, |span| span.end.saturating_sub(span.start));
        let apart = GRAPHS_INTERVAL.max(span / GRAPHS_SAMPLES);
        let most = usize::try_from(4 * GRAPHS_SAMPLES).unwrap_or(usize::MAX);
        let mut history = History::new(Duration::MAX);
        for (place, entry) in self.system.iter().enumerate() {
            if history.len() >= most {
                break;
            }
            if entry.kind == Kind::System as u8 {
                for snapshot in self.system(place) {
                    history.push_apart(&snapshot, apart);
                }
            } else {
                for sample in self.samples(entry) {
                    if history
                        .latest()
                        .is_none_or(|last| sample.since_boot > last.since_boot)
                    {
                        history.fill([sample]);
                    }
                }
            }
        }
        history
    }

    /// What a chunk holds; `None` where it is damaged, which is noted.
    fn parsed<T: DeserializeOwned>(&self, entry: &Entry) -> Option<T> {
        let body = lock(&self.input).body(entry);
        let parsed = body.and_then(|body| match postcard::take_from_bytes(&body) {
            Ok((value, [])) => Ok(value),
            Ok(_) => Err(malformed(entry, &"more stands behind it")),
            Err(error) => Err(malformed(entry, &error)),
        });
        parsed.map_err(|damage| self.note(damage)).ok()
    }

    /// The block that these chunks make, up to the first that is damaged.
    fn block(&self, group: &Group) -> Block {
        let mut block = Block::default();
        let mut size = 0;
        let mut parts = group.parts.iter();
        for entry in parts.by_ref() {
            let Some(part) = self.parsed::<Block>(entry) else {
                break;
            };
            let heads = part.heads();
            let counted = usize::try_from(entry.count).is_ok_and(|count| count == heads.len());
            let spans = part.span() == Some(entry.span());
            let bounded = heads.iter().all(|head| head.elapsed <= LATEST);
            size += part.size();
            let problem = if !counted || !spans || !bounded {
                Some(malformed(entry, &"its head does not fit what follows"))
            } else if size > 4 * LONGEST_BODY {
                Some(malformed(entry, &"the block is too large"))
            } else {
                let appended = block.append(part);
                appended.err().map(|error| malformed(entry, &error))
            };
            if let Some(problem) = problem {
                self.note(problem);
                break;
            }
        }
        let orphans = parts.map(|part| u64::from(part.count)).sum();
        if orphans > 0 {
            self.note(Damage::Orphaned { snapshots: orphans });
        }
        block
    }
}

/// A sample as a snapshot.
fn told(sample: &Sample) -> SystemSnapshot {
    Snapshot {
        at: sample.at,
        since_boot: sample.since_boot,
        elapsed: sample.elapsed,
        totals: sample.totals(),
        rows: Vec::new(),
        remainder: Vec::new(),
        degradations: Vec::new(),
        cost: Cost::default(),
    }
}

fn malformed(entry: &Entry, reason: &dyn std::fmt::Display) -> Damage {
    Damage::Malformed {
        at: entry.at,
        reason: reason.to_string(),
    }
}

/// The blocks of one table.
pub(super) struct Recorded<'a> {
    reader: &'a Reader,
    table: Table,
}

impl Recorded<'_> {
    /// Where the block at this place begins in the file.
    pub(super) fn place(&self, place: usize) -> u64 {
        let group = self.reader.tables[self.table as usize].get(place);
        group
            .and_then(|group| group.parts.first())
            .map_or(0, |part| part.at)
    }
}

impl Blocks for Recorded<'_> {
    type Held<'b>
        = Arc<Block>
    where
        Self: 'b;

    fn spans(&self) -> impl DoubleEndedIterator<Item = Span> {
        let groups = &self.reader.tables[self.table as usize];
        groups.iter().map(|group| group.span)
    }

    fn block(&self, place: usize) -> Option<Arc<Block>> {
        let mut read = lock(&self.reader.read);
        let last = &mut read[self.table as usize];
        if let Some((_, block)) = last.as_ref().filter(|(at, _)| *at == place) {
            return Some(Arc::clone(block));
        }
        let group = self.reader.tables[self.table as usize].get(place)?;
        let block = Arc::new(self.reader.block(group));
        *last = Some((place, Arc::clone(&block)));
        Some(block)
    }
}
