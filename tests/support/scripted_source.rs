//! A source that answers what a test says.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use sysmon::model::cpu::{CpuRow, CpuTotals};
use sysmon::model::disk::{DiskIo, DiskRow, DiskTotals};
use sysmon::model::network::{NetworkRemainder, NetworkRow, NetworkTotals, SocketCounts};
use sysmon::model::past::Past;
use sysmon::model::remainder::Remainder;
use sysmon::model::snapshot::{Cost, Degradation, Snapshot};
use sysmon::model::units::BytesPerSecond;
use sysmon::source::{Reply, Request, Source, SourceError};
use sysmon::ui::source_worker::OpenSource;

/// What the machine of the test looks like now, and how often it was asked.
#[derive(Clone, Default)]
pub struct Script {
    /// Processes.
    pub rows: Arc<Mutex<Vec<CpuRow>>>,
    /// What no process of the network accounts for.
    pub remainder: Arc<Mutex<Vec<NetworkRemainder>>>,
    /// CPU time that a snapshot takes.
    pub cost: Arc<Mutex<Duration>>,
    /// What cannot be had.
    pub degradations: Arc<Mutex<Vec<Degradation>>>,
    /// Whether the source fails.
    pub fails: Arc<Mutex<bool>>,
    /// Questions so far, but for those that only primed.
    pub asked: Arc<AtomicUsize>,
    /// Sources that exist.
    pub open: Arc<AtomicUsize>,
}

impl Script {
    /// Opens sources over this script.
    pub fn opener(&self) -> OpenSource {
        let script = self.clone();
        Box::new(move || {
            script.open.fetch_add(1, Ordering::SeqCst);
            Ok(Box::new(Scripted {
                script,
                primed: false,
            }))
        })
    }

    /// Puts rows in the place of the present ones.
    pub fn set_rows(&self, rows: Vec<CpuRow>) {
        *self.rows.lock().expect("no test panicked") = rows;
    }

    /// Questions so far.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Sources that exist.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    fn snapshot<R, T, M>(
        &self,
        rows: Vec<R>,
        totals: T,
        remainder: Vec<M>,
    ) -> Arc<Snapshot<R, T, M>> {
        Arc::new(Snapshot {
            at: Timestamp::UNIX_EPOCH,
            since_boot: Duration::from_secs(1),
            elapsed: Duration::from_secs(1),
            totals,
            rows,
            remainder,
            degradations: self.degradations.lock().expect("no test panicked").clone(),
            cost: Cost {
                cpu: *self.cost.lock().expect("no test panicked"),
            },
        })
    }
}

struct Scripted {
    script: Script,
    primed: bool,
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.script.open.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Source for Scripted {
    fn ask(&mut self, request: &Request) -> Result<Reply, SourceError> {
        match request {
            Request::Details(_) => return Ok(Reply::Details(None)),
            Request::Samples { .. } => {
                return Ok(Reply::Samples {
                    samples: Vec::new(),
                    remembered: None,
                });
            }
            _ => {}
        }
        if !std::mem::replace(&mut self.primed, true) {
            return Ok(Reply::Primed);
        }
        self.script.asked.fetch_add(1, Ordering::SeqCst);
        if *self.script.fails.lock().expect("no test panicked") {
            return Err(SourceError::Closed);
        }
        let rows = self.script.rows.lock().expect("no test panicked").clone();
        Ok(match request {
            Request::Disk => Reply::Disk(self.script.snapshot(
                rows.into_iter().map(disk_row).collect(),
                DiskTotals::default(),
                Vec::new(),
            )),
            Request::Network { .. } => Reply::Network(
                self.script.snapshot(
                    rows.into_iter().map(network_row).collect(),
                    NetworkTotals::default(),
                    self.script
                        .remainder
                        .lock()
                        .expect("no test panicked")
                        .clone(),
                ),
            ),
            _ => Reply::Cpu(self.script.snapshot(rows, CpuTotals::default(), Vec::new())),
        })
    }
}

fn disk_row(row: CpuRow) -> DiskRow {
    let rate = row.cpu.map(|cpu| BytesPerSecond(cpu.0 * 1e5));
    DiskRow {
        key: row.key,
        info: row.info,
        io: row.cpu.map(|_| DiskIo {
            read_rate: rate,
            write_rate: Some(BytesPerSecond(0.0)),
            ..DiskIo::default()
        }),
        past: Past::default(),
    }
}

/// A process that holds as many TCP sockets as `row` has CPU.
pub fn network_row(row: CpuRow) -> NetworkRow {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the test's small shares serve as numbers of sockets"
    )]
    let tcp = row.cpu.map(|cpu| cpu.0 as u64);
    NetworkRow {
        key: row.key,
        info: row.info,
        sockets: tcp.map(|tcp| SocketCounts {
            tcp,
            ..SocketCounts::default()
        }),
        received_rate: None,
        sent_rate: None,
        received: None,
        sent: None,
        remotes: None,
        ports: Some(Vec::new()),
        past: Past::default(),
    }
}

/// So many bytes a second, received, that no process accounts for.
pub fn remainder(what: Remainder, received: f64) -> NetworkRemainder {
    NetworkRemainder {
        what,
        sockets: None,
        received_rate: Some(BytesPerSecond(received)),
        sent_rate: None,
        received: None,
        sent: None,
    }
}
