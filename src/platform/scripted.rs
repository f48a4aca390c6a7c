//! A stand-in for an operating system: tests of the samplers say what it reads next.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{
    ClosedSocket, EndedPrograms, MachineReading, Moment, Platform, PlatformError, ProcessCounters,
    ProcessDetails, ProcessReading, SocketCounters, SocketReading, Want,
};
use crate::model::process::{Pid, ProcessInfo, ProcessKey, StartTime};

/// A process that was just started and of which nothing else is known.
pub fn process(pid: u32) -> ProcessCounters {
    ProcessCounters {
        key: ProcessKey {
            pid: Pid(pid),
            start_time: StartTime::Ticks(1),
        },
        info: Arc::new(ProcessInfo {
            name: format!("program{pid}"),
            ..ProcessInfo::default()
        }),
        cpu_time: None,
        children_cpu_time: None,
        stat: None,
        io: None,
        thread_io: None,
    }
}

/// What the next readings will be.
#[derive(Debug)]
pub struct Scripted {
    /// What [`Platform::now`] answers.
    pub now: Moment,
    /// What [`Platform::machine`] answers.
    pub machine: MachineReading,
    /// What [`Platform::processes`] lists, ascending by pid.
    pub processes: Vec<ProcessCounters>,
    /// Programs that ended unseen.
    pub ended: Vec<EndedPrograms>,
    /// What [`Platform::sockets`] lists.
    pub sockets: Vec<SocketCounters>,
    /// Who holds them.
    pub owners: Vec<(usize, usize)>,
    /// Whose descriptors are denied.
    pub denied: Vec<bool>,
    /// Which sockets were closed.
    pub closed: Vec<ClosedSocket>,
    /// How many messages about closed ones were lost.
    pub missed: Option<u64>,
    /// The machine's own addresses.
    pub addresses: Vec<IpAddr>,
    /// What [`Platform::run_queue_delay`] answers for any process.
    pub delay: Option<Duration>,
}

/// A machine just booted, on which nothing runs.
impl Default for Scripted {
    fn default() -> Self {
        Self {
            now: Moment {
                monotonic: Duration::ZERO,
                since_boot: Duration::ZERO,
                wall: Timestamp::UNIX_EPOCH,
                thread_cpu: Duration::ZERO,
            },
            machine: MachineReading::default(),
            processes: Vec::new(),
            ended: Vec::new(),
            sockets: Vec::new(),
            owners: Vec::new(),
            denied: Vec::new(),
            closed: Vec::new(),
            missed: Some(0),
            addresses: Vec::new(),
            delay: None,
        }
    }
}

impl Scripted {
    /// Lets time pass on all clocks but the thread's.
    pub fn pass(&mut self, time: Duration) {
        self.now.monotonic += time;
        self.suspend(time);
    }

    /// Lets time pass while the machine sleeps.
    pub fn suspend(&mut self, time: Duration) {
        self.now.since_boot += time;
        self.now.wall += time;
    }
}

impl Platform for Scripted {
    fn now(&self) -> Moment {
        self.now
    }

    fn machine(&mut self) -> Result<MachineReading, PlatformError> {
        Ok(self.machine.clone())
    }

    fn processes(&mut self, want: Want) -> Result<ProcessReading<'_>, PlatformError> {
        let ended = self.ended.clone();
        Ok(ProcessReading {
            processes: &self.processes,
            ended: if want.ended { ended } else { Vec::new() },
            degradations: Vec::new(),
        })
    }

    fn sockets(&mut self) -> Result<SocketReading<'_>, PlatformError> {
        Ok(SocketReading {
            sockets: &self.sockets,
            processes: &self.processes,
            owners: &self.owners,
            denied: &self.denied,
            closed: &self.closed,
            missed: self.missed,
            addresses: &self.addresses,
            degradations: Vec::new(),
        })
    }

    fn run_queue_delay(&mut self, processes: &[ProcessKey]) -> Vec<Option<Duration>> {
        vec![self.delay; processes.len()]
    }

    fn details(&mut self, _process: ProcessKey) -> Option<ProcessDetails> {
        None
    }
}
