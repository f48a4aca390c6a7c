//! Samples of the network against the running kernel.

use std::time::{Duration, Instant};

use sysmon::model::connection::HostNames;
use sysmon::model::network::{NetworkRow, NetworkSnapshot};
use sysmon::model::units::{Bytes, BytesPerSecond};
use sysmon::platform::linux::LinuxPlatform;
use sysmon::sampling::network::NetworkSampler;
use sysmon::sampling::traffic::Ledger;

/// Samples of the network, one after the other.
pub struct Watch {
    platform: LinuxPlatform,
    sampler: NetworkSampler,
    ledger: Ledger,
    /// What each process with this pid was said to have received and sent, summed over samples.
    from_rates: Vec<(u32, f64, f64)>,
}

impl Watch {
    /// Begins to count. Everything before this is over.
    pub fn begin() -> Self {
        let mut watch = Self {
            platform: LinuxPlatform::default(),
            sampler: NetworkSampler::default(),
            ledger: Ledger::default(),
            from_rates: Vec::new(),
        };
        assert_eq!(watch.try_sample(), None);
        watch
    }

    /// Takes a sample; the first one gives nothing.
    fn try_sample(&mut self) -> Option<NetworkSnapshot> {
        self.sampler
            .sample(&mut self.platform, &mut self.ledger, HostNames::Off)
            .expect("a reading")
    }

    /// Takes a sample, not the first.
    pub fn sample(&mut self) -> NetworkSnapshot {
        let snapshot = self.try_sample().expect("a snapshot");
        let seconds = snapshot.elapsed.as_secs_f64();
        let amount = |rate: Option<BytesPerSecond>| rate.map_or(0.0, |rate| rate.0 * seconds);
        for row in &snapshot.rows {
            let (received, sent) = (amount(row.received_rate), amount(row.sent_rate));
            if received + sent > 0.0 {
                self.from_rates.push((row.key.pid.0, received, sent));
            }
        }
        snapshot
    }

    /// Samples until it holds, and gives what was seen then.
    pub fn until<T>(&mut self, what: &str, found: impl Fn(&NetworkSnapshot) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            let snapshot = self.sample();
            if let Some(found) = found(&snapshot) {
                return found;
            }
            let waited = start.elapsed() > Duration::from_mins(1);
            assert!(!waited, "{what}: {:#?}", snapshot.remainder);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What a process was said to have (received, sent) per second, times the time.
    pub fn summed_rates(&self, pid: u32) -> (f64, f64) {
        let of_pid = self.from_rates.iter().filter(|it| it.0 == pid);
        of_pid.fold((0.0, 0.0), |sum, it| (sum.0 + it.1, sum.1 + it.2))
    }
}

/// What is told of a process.
pub fn row(snapshot: &NetworkSnapshot, pid: u32) -> Option<&NetworkRow> {
    snapshot.rows.iter().find(|row| row.key.pid.0 == pid)
}

/// What a process (received, sent) since it was first seen.
pub fn amounts(snapshot: &NetworkSnapshot, pid: u32) -> (u64, u64) {
    let row = row(snapshot, pid);
    row.map_or((0, 0), |row| (number(row.received), number(row.sent)))
}

/// Bytes; none where they are not known.
pub fn number(bytes: Option<Bytes>) -> u64 {
    bytes.map_or(0, |bytes| bytes.0)
}
