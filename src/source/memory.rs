//! What was read is remembered: tables and graphs as they were.
//!
//! All windows share one memory and in it one sampler a table, so that what was read for one window
//! a moment ago is not read again for another.

mod kept;
mod past;
mod tables;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::locking::lock;
use super::recording::{RecordError, RecordOptions, Saved, WholeFile, Writer};
use super::{Reply, Request, Source, SourceError, Table};
use crate::model::cores::CoreHistory;
use crate::model::history::History;
use crate::model::units::Bytes;
use kept::Kept;
use tables::Tables;

/// Makes the source that is read. Called once for the tables, and once for each clone that asks
/// for what is nobody else's.
pub type Open = dyn Fn() -> Result<Box<dyn Source>, SourceError> + Send + Sync;

/// How old a table is when it is read for the memory's own sake, unless it is told otherwise.
pub const INTERVAL: Duration = Duration::from_secs(5);

/// So many times what reading for the memory's own sake cost passes at least until the next time, so
/// that it takes less than half a per cent of a core on a machine with thousands of processes too.
pub const REST: u32 = 250;

/// How a memory remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// What it may take.
    pub bytes: Bytes,
    /// How old a table is when it is read for the memory's own sake.
    pub interval: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: Bytes(64 << 20),
            interval: INTERVAL,
        }
    }
}

/// The graphs reach back so far. They take little memory of their own: 2 MB a day at the default
/// interval.
const GRAPHS_KEPT: Duration = Duration::from_hours(24);
/// Samples of the graphs that come closer than this add nothing to a strip of some hundred pixels.
const GRAPHS_INTERVAL: Duration = Duration::from_secs(1);

/// A part in a shared memory. A clone is one more source, for one more window.
pub struct Memory {
    shared: Arc<Shared>,
    /// Reads what is nobody else's: the machine, connections, one process.
    own: Option<Box<dyn Source>>,
    /// When each table was asked for here.
    asked: [Option<Instant>; Table::ALL.len()],
}

struct Shared {
    open: Box<Open>,
    limits: Limits,
    remembers: AtomicBool,
    /// Bytes.
    bound: AtomicU64,
    /// Held while tables are read. Whoever needs one of the others as well locks this one first.
    tables: Mutex<Tables>,
    /// Apart from the tables: neither the graphs nor the past wait for a long list of sockets.
    graphs: Mutex<History>,
    cores: Mutex<CoreHistory>,
    kept: Arc<Mutex<Kept>>,
}

impl Clone for Memory {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            own: None,
            asked: Default::default(),
        }
    }
}

impl Memory {
    /// An empty one. Nothing is opened before the first question.
    pub fn new(
        open: impl Fn() -> Result<Box<dyn Source>, SourceError> + Send + Sync + 'static,
        limits: Limits,
    ) -> Self {
        let kept = Arc::new(Mutex::new(Kept::new(limits.bytes)));
        Self {
            shared: Arc::new(Shared {
                open: Box::new(open),
                limits,
                remembers: AtomicBool::new(true),
                bound: AtomicU64::new(limits.bytes.0),
                tables: Mutex::new(Tables::new(Arc::clone(&kept))),
                graphs: Mutex::new(History::new(GRAPHS_KEPT)),
                cores: Mutex::default(),
                kept,
            }),
            own: None,
            asked: Default::default(),
        }
    }

    /// Remembers, or forgets everything and remembers nothing. Takes effect with the next question,
    /// so that no window ever waits for a table to be read.
    pub fn set_remembering(&self, remembers: bool) {
        self.shared.remembers.store(remembers, Ordering::Relaxed);
    }

    /// Forgets everything, and goes on remembering. Whoever asks after this is told nothing of before.
    pub fn forget(&self) {
        lock(&self.shared.kept).forget();
        *lock(&self.shared.graphs) = History::new(GRAPHS_KEPT);
        *lock(&self.shared.cores) = CoreHistory::default();
    }

    /// Adds to a history what is remembered of each CPU from `since` (since boot) on.
    pub fn fill_cores(&self, since: Duration, history: &mut CoreHistory) {
        history.fill(since, &lock(&self.shared.cores));
    }

    /// Takes so much memory at most. Takes effect as [`Memory::set_remembering`] does.
    pub fn set_bound(&self, bound: Bytes) {
        self.shared.bound.store(bound.0, Ordering::Relaxed);
    }

    /// Writes all that is remembered into a file, which is there whole in the end or not at all.
    /// Takes as long as packing it does: never called by the UI thread. Meanwhile everything goes on.
    ///
    /// # Errors
    /// When nothing is remembered, or the file cannot be written.
    pub fn save(&self, path: &Path, options: &RecordOptions) -> Result<Saved, RecordError> {
        let tables = {
            let kept = lock(&self.shared.kept);
            Table::ALL.map(|table| (table, kept.blocks(table)))
        };
        let graphs = lock(&self.shared.graphs).clone();
        if graphs.is_empty() && tables.iter().all(|(_, blocks)| blocks.is_empty()) {
            return Err(RecordError::Nothing);
        }
        let failed = |source| RecordError::Write {
            path: path.to_owned(),
            source,
        };
        let (whole, file) = WholeFile::create(path).map_err(failed)?;
        let mut writer = Writer::begin(file, path, options)?;
        writer.samples(&graphs.since(Duration::ZERO).cloned().collect::<Vec<_>>())?;
        for (table, blocks) in tables {
            for block in blocks {
                writer.block(table, 0, Arc::unwrap_or_clone(block))?;
            }
        }
        let saved = writer.finish()?;
        whole.keep().map_err(failed)?;
        Ok(saved)
    }

    fn own(&mut self) -> Result<&mut Box<dyn Source>, SourceError> {
        if self.own.is_none() {
            self.own = Some((self.shared.open)()?);
        }
        self.own.as_mut().ok_or(SourceError::Closed)
    }

    /// The tables, with their source open.
    fn tables(&self) -> Result<MutexGuard<'_, Tables>, SourceError> {
        let mut tables = lock(&self.shared.tables);
        tables.open(&*self.shared.open)?;
        let mut kept = lock(&self.shared.kept);
        kept.set_remembering(self.shared.remembers.load(Ordering::Relaxed));
        kept.set_bound(Bytes(self.shared.bound.load(Ordering::Relaxed)));
        drop(kept);
        Ok(tables)
    }

    /// The machine as it is. The graphs remember it.
    fn system(&mut self) -> Result<Reply, SourceError> {
        let reply = self.own()?.ask(&Request::System)?;
        if let Reply::System(snapshot) = &reply {
            let mut graphs = lock(&self.shared.graphs);
            let mut cores = lock(&self.shared.cores);
            if !self.shared.remembers.load(Ordering::Relaxed) {
                *graphs = History::new(GRAPHS_KEPT);
                *cores = CoreHistory::default();
            }
            graphs.push_apart(snapshot, GRAPHS_INTERVAL);
            cores.push_apart(snapshot);
        }
        Ok(reply)
    }

    /// A table as it is: read now, unless somebody else had it read lately.
    fn table(&mut self, table: Table, request: &Request) -> Result<Reply, SourceError> {
        let now = Instant::now();
        let asked = &mut self.asked[table as usize];
        // Whoever asks every three seconds can do with what is one and a half seconds old.
        let age = asked.map_or(tables::FIRST_AGE, |asked| (now - asked) / 2);
        *asked = Some(now);
        self.tables()?.ask(table, request, age)
    }

    /// Reads what nobody has read for an interval.
    fn remember(&mut self) -> Result<Reply, SourceError> {
        if !self.shared.remembers.load(Ordering::Relaxed) {
            drop(self.tables()?);
            return Ok(Reply::Remembered(None));
        }
        self.system()?;
        let interval = self.shared.limits.interval;
        let mut tables = self.tables()?;
        // The timer may be a little early.
        let age = interval * 9 / 10;
        for table in Table::ALL {
            tables.keep(table, age)?;
        }
        tables.end_round();
        Ok(Reply::Remembered(lock(&self.shared.kept).remembered()))
    }
}

impl Source for Memory {
    fn ask(&mut self, request: &Request) -> Result<Reply, SourceError> {
        match request {
            Request::System => self.system(),
            Request::Cpu { .. } => self.table(Table::Cpu, request),
            Request::Disk => self.table(Table::Disk, request),
            Request::Network { .. } => self.table(Table::Network, request),
            Request::Connections(_)
            | Request::Details(_)
            | Request::Choose(_)
            | Request::Act(_) => self.own()?.ask(request),
            Request::Moment { table, at } => {
                let blocks = lock(&self.shared.kept).blocks(*table);
                let then = super::past::at(*table, &blocks, *at);
                Ok(Reply::Moment(then.map(Box::new)))
            }
            Request::Range { table, from, to } => {
                let blocks = lock(&self.shared.kept).blocks(*table);
                let range = super::past::range(*table, &blocks, *from, *to);
                Ok(Reply::Range(range.map(Box::new)))
            }
            Request::Samples { since, most } => {
                let samples = lock(&self.shared.graphs).condensed(*since, *most);
                let remembered = lock(&self.shared.kept).remembered();
                Ok(Reply::Samples {
                    samples,
                    remembered,
                })
            }
            Request::Remember => self.remember(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc;
    use std::thread;

    use jiff::Timestamp;

    use super::*;
    use crate::model::cpu::CpuTotals;
    use crate::model::disk::DiskTotals;
    use crate::model::network::NetworkTotals;
    use crate::model::snapshot::{Cost, Snapshot};
    use crate::model::system::{CpuLoad, SystemTotals};
    use crate::model::units::Percent;

    /// A machine on which each question takes a second, and the n-th one finds n per cent busy.
    struct Counting(Arc<AtomicUsize>);

    impl Source for Counting {
        fn ask(&mut self, request: &Request) -> Result<Reply, SourceError> {
            let n = self.0.fetch_add(1, Ordering::SeqCst) + 1;
            let n = u32::try_from(n).expect("few");
            Ok(match request {
                Request::System => Reply::System(Arc::new(snapshot(
                    n,
                    SystemTotals {
                        cpu: Some(Percent(f64::from(n))),
                        cpus: vec![CpuLoad {
                            cpu: 0,
                            busy: Some(Percent(f64::from(n))),
                        }],
                        ..SystemTotals::default()
                    },
                ))),
                Request::Disk => Reply::Disk(Arc::new(snapshot(n, DiskTotals::default()))),
                Request::Network { .. } => {
                    Reply::Network(Arc::new(snapshot(n, NetworkTotals::default())))
                }
                Request::Cpu { .. } => Reply::Cpu(Arc::new(snapshot(n, CpuTotals::default()))),
                _ => Reply::Details(None),
            })
        }
    }

    fn snapshot<R, T, M>(n: u32, totals: T) -> Snapshot<R, T, M> {
        Snapshot {
            at: Timestamp::UNIX_EPOCH,
            since_boot: Duration::from_secs(n.into()),
            elapsed: Duration::from_secs(1),
            totals,
            rows: Vec::new(),
            remainder: Vec::new(),
            degradations: Vec::new(),
            cost: Cost {
                cpu: Duration::from_millis(2),
            },
        }
    }

    /// A machine that has something to say, and takes its time for processes by CPU from the second
    /// time on: it says that it was asked, and waits to be let go.
    struct Slow {
        inner: Counting,
        times: usize,
        asked: mpsc::Sender<()>,
        released: Arc<Mutex<mpsc::Receiver<()>>>,
    }

    impl Source for Slow {
        fn ask(&mut self, request: &Request) -> Result<Reply, SourceError> {
            if matches!(request, Request::Cpu { .. }) {
                self.times += 1;
                if self.times > 1 {
                    self.asked.send(()).expect("somebody listens");
                    lock(&self.released).recv().expect("it is let go");
                }
            }
            self.inner.ask(request)
        }
    }

    #[test]
    fn what_is_remembered_is_told_while_a_table_is_read() {
        let (asked, was_asked) = mpsc::channel();
        let (release, released) = mpsc::channel();
        let released = Arc::new(Mutex::new(released));
        let open = move || -> Result<Box<dyn Source>, SourceError> {
            Ok(Box::new(Slow {
                inner: Counting(Arc::default()),
                times: 0,
                asked: asked.clone(),
                released: Arc::clone(&released),
            }))
        };
        let limits = Limits {
            interval: Duration::ZERO,
            ..Limits::default()
        };
        let mut memory = Memory::new(open, limits);
        memory.ask(&Request::Remember).expect("read");
        let mut other = memory.clone();
        let reading = thread::spawn(move || other.ask(&Request::Remember));
        was_asked.recv().expect("it is read");

        let (told, was_told) = mpsc::channel();
        thread::spawn(move || {
            let (from, to) = (Duration::ZERO, Duration::MAX);
            for request in [
                Request::Samples {
                    since: from,
                    most: 10,
                },
                Request::System,
                Request::Moment {
                    table: Table::Cpu,
                    at: to,
                },
                Request::Range {
                    table: Table::Disk,
                    from,
                    to,
                },
            ] {
                told.send(memory.ask(&request)).expect("somebody listens");
            }
        });
        for _ in 0..4 {
            let reply = was_told.recv_timeout(Duration::from_secs(30));
            let reply = reply.expect("nobody waits for the reading");
            assert!(!matches!(
                reply.expect("told"),
                Reply::Moment(None) | Reply::Range(None)
            ));
        }
        release.send(()).expect("it waits");
        reading.join().expect("it ends").expect("read");
    }

    fn memory(interval: Duration) -> (Memory, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let limits = Limits {
            interval,
            ..Limits::default()
        };
        let open = move || -> Result<Box<dyn Source>, SourceError> {
            Ok(Box::new(Counting(Arc::clone(&counter))))
        };
        (Memory::new(open, limits), asked)
    }

    const CPU: Request = Request::Cpu { watch: Vec::new() };

    #[test]
    fn what_was_read_for_one_a_moment_ago_is_not_read_again_for_another() {
        let (mut one, asked) = memory(Duration::from_secs(5));
        let mut other = one.clone();
        let first = one.ask(&CPU).expect("read");
        assert_eq!(other.ask(&CPU).expect("read"), first);
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        other.ask(&Request::Disk).expect("read");
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn each_cpu_is_remembered_for_who_was_not_looking() {
        let (mut memory, _) = memory(Duration::ZERO);
        for _ in 0..3 {
            memory.ask(&Request::System).expect("read");
        }
        let mut seen = CoreHistory::default();
        memory.fill_cores(Duration::from_secs(2), &mut seen);
        let values: Vec<f64> = seen.points(0, Duration::ZERO).map(|it| it.value).collect();
        assert_eq!(values, [2.0, 3.0]);
        memory.forget();
        let mut forgotten = CoreHistory::default();
        memory.fill_cores(Duration::ZERO, &mut forgotten);
        assert_eq!(forgotten.points(0, Duration::ZERO).count(), 0);
    }

    #[test]
    fn what_was_read_is_remembered_until_it_shall_be_forgotten() {
        let (mut memory, _) = memory(Duration::ZERO);
        for _ in 0..3 {
            let Reply::Remembered(Some(remembered)) = memory.ask(&Request::Remember).expect("read")
            else {
                panic!("it remembers")
            };
            assert_eq!(remembered.cost, Duration::from_millis(6));
            assert!(remembered.bytes > Bytes(0) && remembered.bytes < remembered.bound);
        }
        // The machine, then each table, in each of the rounds.
        let at = |memory: &mut Memory, seconds| {
            let moment = Request::Moment {
                table: Table::Cpu,
                at: Duration::from_secs(seconds),
            };
            match memory.ask(&moment).expect("answered") {
                Reply::Moment(Some(reply)) => match *reply {
                    Reply::Cpu(snapshot) => Some(snapshot.since_boot.as_secs()),
                    _ => None,
                },
                _ => None,
            }
        };
        assert_eq!(at(&mut memory, 6), Some(6));
        assert_eq!(at(&mut memory, 9), Some(6), "the last one before");
        let range = Request::Range {
            table: Table::Cpu,
            from: Duration::from_secs(4),
            to: Duration::from_secs(10),
        };
        let Reply::Range(Some(range)) = memory.ask(&range).expect("answered") else {
            panic!("it is remembered")
        };
        let Reply::Cpu(whole) = &range.table else {
            panic!("of the table that was asked for")
        };
        assert_eq!(whole.elapsed, Duration::from_secs(2));
        assert!(range.before.is_some());
        let within = Request::Range {
            table: Table::Cpu,
            from: Duration::from_millis(9200),
            to: Duration::from_millis(9700),
        };
        let Reply::Range(Some(within)) = memory.ask(&within).expect("answered") else {
            panic!("it is remembered")
        };
        assert_ne!(Some(&within.table), within.before.as_ref());
        let all = Request::Samples {
            since: Duration::ZERO,
            most: 10,
        };
        let Reply::Samples { samples, .. } = memory.ask(&all).expect("answered") else {
            panic!("the graphs are remembered")
        };
        assert_eq!(samples.len(), 3);

        memory.forget();
        assert_eq!(at(&mut memory, 9), None);
        let Reply::Samples {
            samples: none,
            remembered: Some(remembered),
        } = memory.ask(&all).expect("answered")
        else {
            panic!("it goes on remembering")
        };
        assert_eq!((none.len(), remembered.span), (0, Duration::ZERO));
        memory.ask(&Request::Remember).expect("read");
        assert!(at(&mut memory, 100).is_some());

        memory.set_remembering(false);
        let forgotten = memory.ask(&Request::Remember).expect("answered");
        assert_eq!(forgotten, Reply::Remembered(None));
        assert_eq!(at(&mut memory, 6), None);
    }
}
