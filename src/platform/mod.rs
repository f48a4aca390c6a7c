//! The only code that asks an operating system anything. It gives raw counters, never rates.
//!
//! A failure that concerns one process is an `Option` in its counters; one that concerns a whole
//! source is a [`Degradation`]; only what nothing can be shown without is a [`PlatformError`].

mod host;
#[cfg(target_os = "linux")]
pub mod linux;
mod open;
mod path_bytes;
#[cfg(any(feature = "portable", not(target_os = "linux")))]
pub mod portable;
#[cfg(test)]
pub mod scripted;
#[cfg(not(target_os = "linux"))]
mod stop;

pub use host::Host;
#[cfg(target_os = "linux")]
pub use linux::{rights::reads_everything, stop_signals::StopSignals};
pub use open::{Kind, Roots, open};
#[cfg(not(target_os = "linux"))]
pub use stop::{StopSignals, reads_everything};

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use crate::model::connection::{NamespaceId, Protocol, TcpState};

use crate::model::action::{Acted, Action, Outcome};
use crate::model::process::{Pid, ProcessInfo, ProcessKey, ProcessState, Uid};
use crate::model::snapshot::{Degradation, Missing, Reason};
use crate::model::system::{Memory, Pressure};
use crate::model::units::{Bytes, Percent};

/// An operating system, or a stand-in for one in tests of what lies above.
///
/// Readings are borrowed from the platform, which keeps what did not change since the last one.
pub trait Platform: Send {
    /// This moment on all clocks that matter.
    fn now(&self) -> Moment;

    /// Counters of the whole machine.
    ///
    /// # Errors
    /// When not one of its sources can be read.
    fn machine(&mut self) -> Result<MachineReading, PlatformError>;

    /// Counters of every process, ascending by pid.
    ///
    /// # Errors
    /// When processes cannot be listed.
    fn processes(&mut self, want: Want) -> Result<ProcessReading<'_>, PlatformError>;

    /// Every socket, and the processes. Owners are found among the
    /// processes, so both are read together.
    ///
    /// # Errors
    /// When processes cannot be listed. Sockets that cannot be read are a degradation.
    fn sockets(&mut self) -> Result<SocketReading<'_>, PlatformError>;

    /// Time that all threads of each process waited in a run queue since they started,
    /// `task/*/schedstat`, in the order asked for; `None` where it is not to be had.
    fn run_queue_delay(&mut self, processes: &[ProcessKey]) -> Vec<Option<Duration>>;

    /// The name of the host at this address, as far as it is known by now. Never blocks: the first
    /// call has it looked up in the background. `None` where names cannot be looked up.
    fn host_name(&mut self, _address: IpAddr) -> Option<Arc<str>> {
        None
    }

    /// What a port is for, `services(5)`.
    fn port_name(&mut self, _protocol: Protocol, _port: u16) -> Option<Arc<str>> {
        None
    }

    /// A user's name.
    fn user_name(&mut self, _uid: Uid) -> Option<Arc<str>> {
        None
    }

    /// What is read only for the one process a person looks at; `None` when it is gone.
    fn details(&mut self, process: ProcessKey) -> Option<ProcessDetails>;

    /// Holds these processes, so that what is done to them later is done to no other that has the pid
    /// then. Those that were held before are let go. Returns the ones that cannot be held, and why.
    ///
    /// # Errors
    /// When processes cannot be read.
    fn choose(&mut self, processes: &[ProcessKey]) -> Result<Vec<Acted>, PlatformError> {
        let unsupported = |&process: &ProcessKey| Acted {
            process,
            outcome: Outcome::Unsupported,
        };
        Ok(processes.iter().map(unsupported).collect())
    }

    /// Acts on the processes that are held. Returns what came of each that was chosen, in the order
    /// of [`Platform::choose`].
    fn act(&mut self, _action: Action) -> Vec<Acted> {
        Vec::new()
    }
}

/// CPU time that the calling thread has used since it started.
pub fn thread_cpu_time() -> Duration {
    #[cfg(target_os = "linux")]
    let time = linux::clocks::thread_cpu();
    #[cfg(not(target_os = "linux"))]
    let time = cpu_time::ThreadTime::now().as_duration();
    time
}

/// CPU time that this program has used since it started, all its threads together.
pub fn own_cpu_time() -> Duration {
    #[cfg(target_os = "linux")]
    let time = linux::clocks::process_cpu();
    #[cfg(not(target_os = "linux"))]
    let time = cpu_time::ProcessTime::now().as_duration();
    time
}

/// What is wanted of processes beside their `stat`: what is not wanted is not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Want {
    /// `/proc/PID/io`.
    pub io: bool,
    /// Programs that started and ended unseen.
    pub ended: bool,
}

/// One moment on several clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// `CLOCK_MONOTONIC`: does not count suspended time. Rates are over this.
    pub monotonic: Duration,
    /// `CLOCK_BOOTTIME`: counts suspended time.
    pub since_boot: Duration,
    /// The wall clock, which people and daemons set: for reading only.
    pub wall: Timestamp,
    /// CPU time of this thread, `CLOCK_THREAD_CPUTIME_ID`, and of those that it started to read
    /// for it and waited for: what the reading itself costs.
    pub thread_cpu: Duration,
}

/// Counters of the whole machine. Empty or `None` where a source is missing, with its degradation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MachineReading {
    /// CPU time of the machine and of each CPU.
    pub cpu: Option<CpuReading>,
    /// Memory and swap.
    pub memory: Option<Memory>,
    /// Load average over one, five and fifteen minutes.
    pub load: Option<[f64; 3]>,
    /// Block devices by name, each once.
    pub disks: Vec<DiskCounters>,
    /// Network interfaces by name, each once.
    pub interfaces: Vec<InterfaceCounters>,
    /// Pressure stall information.
    pub pressure: Option<Pressure>,
    /// How long tasks stalled since boot.
    pub stalls: Stalls,
    /// What is missing.
    pub degradations: Vec<Degradation>,
}

/// How long tasks stalled since boot for want of each resource, `/proc/pressure`; `None` where the
/// kernel does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stalls {
    /// Waiting for a CPU.
    pub cpu: Option<StallTimes>,
    /// Waiting for memory.
    pub memory: Option<StallTimes>,
    /// Waiting for storage.
    pub io: Option<StallTimes>,
}

/// `total` of a file of `/proc/pressure`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StallTimes {
    /// Time in which at least one task waited.
    pub some: Duration,
    /// Time in which all tasks that had anything to do waited; `None` for the CPU before Linux 5.13.
    pub full: Option<Duration>,
}

/// CPU time, as counters where the system has them.
#[derive(Clone, Debug, PartialEq)]
pub enum CpuReading {
    /// `/proc/stat`: the machine, then each CPU in use with its number.
    Counters {
        /// The line `cpu`: all CPUs together.
        machine: CpuTimes,
        /// The lines `cpuN`.
        cpus: Vec<(u32, CpuTimes)>,
    },
    /// A system that tells only shares since the last reading.
    Shares {
        /// Of the whole machine.
        machine: Percent,
        /// Of each CPU.
        cpus: Vec<(u32, Percent)>,
    },
}

/// CPU time by what it was spent on, `proc_stat(5)`. Guest time is part of `user` and `nice`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuTimes {
    /// In programs.
    pub user: Duration,
    /// In programs of lowered priority.
    pub nice: Duration,
    /// In the kernel.
    pub system: Duration,
    /// Idle.
    pub idle: Duration,
    /// Idle while storage was awaited.
    pub iowait: Duration,
    /// In interrupts.
    pub irq: Duration,
    /// In deferred interrupts.
    pub softirq: Duration,
    /// Taken by the hypervisor for others.
    pub steal: Duration,
}

/// What went through a block device since boot, `/proc/diskstats`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskCounters {
    /// Its name, `sda`.
    pub name: String,
    /// Whether it counts: a whole disk without slaves, no loop, RAM or zram device.
    pub counted: bool,
    /// Fetched from it.
    pub read: Bytes,
    /// Sent to it.
    pub written: Bytes,
}

/// What went through a network interface since it came, `/proc/net/dev`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceCounters {
    /// Its name, `eth0`.
    pub name: String,
    /// Whether it counts: it has a device behind it.
    pub counted: bool,
    /// Received.
    pub received: Bytes,
    /// Sent.
    pub sent: Bytes,
}

/// Every process, and what could not be read of them.
#[derive(Clone, Debug)]
pub struct ProcessReading<'a> {
    /// Ascending by pid, each pid once.
    pub processes: &'a [ProcessCounters],
    /// Programs that started and ended since the last reading that wanted them, as far as their
    /// names are known; empty where the system does not tell.
    pub ended: Vec<EndedPrograms>,
    /// What is missing, counted over all processes.
    pub degradations: Vec<Degradation>,
}

/// Processes of one program that started and ended between two readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedPrograms {
    /// The nearest of their ancestors that was still there.
    pub under: Pid,
    /// The program's name, `comm` of `proc_pid_comm(5)`.
    pub name: Arc<str>,
    /// How many there were.
    pub count: u64,
}

/// Counters of one process.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessCounters {
    /// Its identity. Even the start time can be hidden (`hidepid=1`).
    pub key: ProcessKey,
    /// What rarely changes about it.
    pub info: Arc<ProcessInfo>,
    /// CPU time used since it started by all its threads.
    pub cpu_time: Option<Duration>,
    /// CPU time of the children it reaped, `cutime + cstime`.
    pub children_cpu_time: Option<Duration>,
    /// What `stat` says; `None` where it is denied.
    pub stat: Option<ProcessStat>,
    /// What `io` says; `None` where it is denied or was not wanted.
    pub io: Option<IoCounters>,
    /// What its only thread did itself, `/proc/PID/task/PID/io`: unlike `io` it never holds what
    /// reaped children did. Read only where the two can differ, for a process that has reaped
    /// children; `None` for one that has several threads, whose ended ones it would miss.
    pub thread_io: Option<IoCounters>,
}

/// From `proc_pid_stat(5)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessStat {
    /// Field 3.
    pub state: ProcessState,
    /// Field 4; `None` for the first process and kernel threads' root.
    pub parent: Option<Pid>,
    /// Field 19; `None` where the system has none.
    pub nice: Option<i64>,
    /// Field 20; `None` where the system does not tell.
    pub threads: Option<u64>,
    /// Field 24, as bytes.
    pub rss: Bytes,
}

/// From `proc_pid_io(5)`, as the kernel tells: the counters of reaped children are in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IoCounters {
    /// `read_bytes`.
    pub read: Bytes,
    /// `write_bytes`.
    pub written: Bytes,
    /// `cancelled_write_bytes`; `None` where the system does not tell.
    pub cancelled: Option<Bytes>,
    /// `syscr`; `None` where the system does not tell.
    pub read_calls: Option<u64>,
    /// `syscw`; `None` where the system does not tell.
    pub write_calls: Option<u64>,
}

/// Every socket, every process, and who holds what.
#[derive(Clone, Debug)]
pub struct SocketReading<'a> {
    /// TCP and UDP sockets, IPv4 and IPv6, of every network namespace that can be read.
    pub sockets: &'a [SocketCounters],
    /// Every process, ascending by pid.
    pub processes: &'a [ProcessCounters],
    /// Which process holds which socket: (index into `processes`, index into `sockets`), ascending.
    /// A socket that several processes hold stands here for each.
    pub owners: &'a [(usize, usize)],
    /// Whether the descriptors of a process may not be read, by index into `processes`.
    pub denied: &'a [bool],
    /// TCP sockets that were closed since the last reading, each once, with their last counters.
    pub closed: &'a [ClosedSocket],
    /// Messages about closed sockets that were lost since the last reading; `None` where the
    /// system sends none, so that connections shorter than the interval are not counted.
    pub missed: Option<u64>,
    /// Addresses of this machine's own interfaces, and of containers on it.
    pub addresses: &'a [IpAddr],
    /// What is missing.
    pub degradations: Vec<Degradation>,
}

/// That the descriptors of some processes may not be read, where there are such.
fn owners_denied(denied: &[bool]) -> Option<Degradation> {
    let count = denied.iter().filter(|&&denied| denied).count();
    (count > 0).then(|| Degradation {
        what: Missing::SocketOwners,
        reason: Reason::PermissionDenied,
        count: u64::try_from(count).ok(),
    })
}

/// One socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketCounters {
    /// TCP or UDP.
    pub protocol: Protocol,
    /// TCP state; for UDP what the kernel says: `ESTABLISHED` when connected, else `CLOSE`.
    pub state: TcpState,
    /// Its own end.
    pub local: SocketAddr,
    /// The other end; address and port unspecified when there is none.
    pub remote: SocketAddr,
    /// Its inode, which links it to a descriptor; `None` for sockets no process holds any more.
    pub inode: Option<u64>,
    /// Who made it.
    pub uid: Option<Uid>,
    /// The kernel's own name for it, never used twice; `None` where the system has none.
    pub cookie: Option<u64>,
    /// What went through it; `None` where the system does not tell: UDP, and `/proc/net`.
    pub traffic: Option<Traffic>,
    /// What waits in it; `None` where the system does not tell.
    pub queues: Option<Queues>,
    /// The interface it is bound to.
    pub interface: Option<Arc<str>>,
    /// The service or application whose control group it was made in.
    pub service: Option<Arc<str>>,
    /// The network namespace it is in; `None` for this program's own.
    pub namespace: Option<Arc<Namespace>>,
}

impl SocketCounters {
    /// A socket of this network namespace of which nothing else is known.
    pub fn new(protocol: Protocol, state: TcpState, local: SocketAddr, remote: SocketAddr) -> Self {
        Self {
            protocol,
            state,
            local,
            remote,
            inode: None,
            uid: None,
            cookie: None,
            traffic: None,
            queues: None,
            interface: None,
            service: None,
            namespace: None,
        }
    }
}

/// What went through a TCP socket since it was opened, `struct tcp_info`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Payload received, `tcpi_bytes_received`.
    pub received: Bytes,
    /// Payload sent and acknowledged, `tcpi_bytes_acked`.
    pub sent: Bytes,
    /// Smoothed round-trip time, `tcpi_rtt`; `None` before the first measurement.
    pub rtt: Option<Duration>,
    /// Segments sent again, `tcpi_total_retrans`.
    pub retransmits: Option<u64>,
}

/// What waits in a socket, `idiag_rqueue` and `idiag_wqueue`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Queues {
    /// Received and not yet read, bytes; for one that listens, connections not yet accepted.
    pub receive: u64,
    /// Sent and not yet acknowledged, bytes; for one that listens, how many may wait.
    pub send: u64,
}

/// A network namespace other than this program's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// Which one.
    pub id: NamespaceId,
    /// The container or service it belongs to.
    pub name: Arc<str>,
}

/// A TCP socket at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedSocket {
    /// The kernel's own name for it.
    pub cookie: u64,
    /// Its own end.
    pub local: SocketAddr,
    /// The other end.
    pub remote: SocketAddr,
    /// What went through it in all.
    pub traffic: Traffic,
}

/// What a person sees of the one process they look at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessDetails {
    /// The program's file, `/proc/PID/exe`; `None` where it is denied or there is none.
    #[serde(with = "path_bytes")]
    pub executable: Option<PathBuf>,
    /// Proportional share of memory: pages shared with others are divided among them, `Pss` of
    /// `/proc/PID/smaps_rollup`. `None` where denied.
    pub pss: Option<Bytes>,
    /// Swapped out, `VmSwap` of `proc_pid_status(5)`.
    pub swap: Option<Bytes>,
    /// Open descriptors; `None` where denied.
    pub descriptors: Option<u64>,
    /// Voluntary context switches since it started.
    pub voluntary_switches: Option<u64>,
    /// Involuntary context switches since it started.
    pub involuntary_switches: Option<u64>,
}

/// Without this nothing can be shown.
#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    /// A file or folder that everything depends on.
    #[error("{path}: {error}; is /proc mounted and may this user read it?")]
    Unreadable {
        /// What was to be read.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// The system lists no process at all.
    #[error("the system lists no processes; may this program read them?")]
    NoProcesses,
    /// The system is not known to the library that reads it.
    #[error("this system cannot be read: {0}")]
    Unsupported(String),
    /// The platform asked for is not one that this program has.
    #[error("the platform \u{201c}{0}\u{201d} is not built into this program")]
    NotBuilt(String),
}
