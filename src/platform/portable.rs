//! Systems other than Linux, through what the sysinfo and netstat2 crates know of all of them. On
//! Linux it is built for comparison only.
//!
//! Less is known here: CPU of the machine comes as a share and not as time, start times are whole
//! seconds, there is no pressure information, and whether a device lies upon another cannot be told.

mod processes;
mod sockets;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use jiff::Timestamp;
use sysinfo::{DiskRefreshKind, Disks, Networks, Pid, ProcessRefreshKind, ProcessesToUpdate};
use sysinfo::{System, UpdateKind, Users};

use self::sockets::Sockets;
use super::{
    CpuReading, DiskCounters, InterfaceCounters, MachineReading, Moment, Platform, PlatformError,
    ProcessCounters, ProcessDetails, ProcessReading, SocketReading, Stalls, Want,
};
use crate::model::process::ProcessKey;
use crate::model::snapshot::{Degradation, Missing, Reason};
use crate::model::system::Memory;
use crate::model::units::{Bytes, Percent};

/// The uptime is told in whole seconds: a smaller difference to the clock says nothing.
const UPTIME_GRAIN: Duration = Duration::from_secs(2);

/// A system read through sysinfo and netstat2.
#[derive(Debug)]
pub struct PortablePlatform {
    clock: Clock,
    system: System,
    networks: Networks,
    disks: Disks,
    users: Users,
    processes: Vec<ProcessCounters>,
    sockets: Sockets,
}

impl PortablePlatform {
    /// Opens the system this program runs on.
    ///
    /// # Errors
    /// Where sysinfo does not know the system.
    pub fn new() -> Result<Self, PlatformError> {
        let unsupported = |error: sysinfo::Error| PlatformError::Unsupported(error.to_string());
        let mut system = System::new().map_err(unsupported)?;
        system.refresh_cpu_usage();
        Ok(Self {
            clock: Clock::new(),
            system,
            networks: Networks::new().map_err(unsupported)?,
            disks: Disks::new().map_err(unsupported)?,
            users: Users::new_with_refreshed_list().map_err(unsupported)?,
            processes: Vec::new(),
            sockets: Sockets::default(),
        })
    }

    fn cpu(&mut self) -> CpuReading {
        self.system.refresh_cpu_usage();
        let percent = |share: f32| Percent(f64::from(share));
        CpuReading::Shares {
            machine: percent(self.system.global_cpu_usage()),
            cpus: (0..)
                .zip(self.system.cpus())
                .map(|(number, cpu)| (number, percent(cpu.usage())))
                .collect(),
        }
    }

    fn memory(&mut self) -> Memory {
        self.system.refresh_memory();
        Memory {
            total: Bytes(self.system.total_memory()),
            available: Bytes(self.system.available_memory()),
            swap_total: Bytes(self.system.total_swap()),
            swap_used: Bytes(self.system.used_swap()),
        }
    }

    /// Devices that hold mounted file systems, each once however often it is mounted.
    fn disks(&mut self) -> Vec<DiskCounters> {
        let io_only = DiskRefreshKind::nothing().with_io_usage();
        self.disks.refresh_specifics(true, io_only);
        let by_name: BTreeMap<String, DiskCounters> = self
            .disks
            .iter()
            .map(|disk| {
                let device = disk.name().to_string_lossy();
                let name = device.strip_prefix("/dev/").unwrap_or(&device).to_owned();
                let usage = disk.usage();
                let counters = DiskCounters {
                    counted: !["loop", "ram", "zram"]
                        .iter()
                        .any(|it| name.starts_with(it)),
                    name: name.clone(),
                    read: Bytes(usage.total_read_bytes),
                    written: Bytes(usage.total_written_bytes),
                };
                (name, counters)
            })
            .collect();
        by_name.into_values().collect()
    }

    fn interfaces(&mut self) -> Vec<InterfaceCounters> {
        self.networks.refresh(true);
        let mut interfaces: Vec<InterfaceCounters> = self
            .networks
            .iter()
            .map(|(name, data)| InterfaceCounters {
                name: name.to_string_lossy().into_owned(),
                counted: !data.ip_networks().iter().any(|it| it.addr.is_loopback()),
                received: Bytes(data.total_received()),
                sent: Bytes(data.total_transmitted()),
            })
            .collect();
        interfaces.sort_by(|a, b| a.name.cmp(&b.name));
        interfaces
    }

    fn refresh_processes(&mut self, want: Want) -> Result<(), PlatformError> {
        let mut kind = ProcessRefreshKind::nothing()
            .without_tasks()
            .with_cpu()
            .with_memory()
            .with_user(UpdateKind::Always)
            .with_cmd(UpdateKind::Always);
        if want.io {
            kind = kind.with_disk_usage();
        }
        self.system
            .refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
        let known = std::mem::take(&mut self.processes);
        self.processes = processes::read(&self.system, &self.users, want, known);
        if self.processes.is_empty() {
            return Err(PlatformError::NoProcesses);
        }
        Ok(())
    }
}

impl Platform for PortablePlatform {
    fn now(&self) -> Moment {
        self.clock.now()
    }

    fn machine(&mut self) -> Result<MachineReading, PlatformError> {
        let load = System::load_average().ok();
        let disks = self.disks();
        let interfaces = self.interfaces();
        let counted_disks = disks.iter().filter(|it| it.counted).count();
        let counted_interfaces = interfaces.iter().filter(|it| it.counted).count();
        let mut degradations = Vec::new();
        let mut missing = |what, reason| {
            degradations.push(Degradation {
                what,
                reason,
                count: None,
            });
        };
        missing(Missing::Pressure, Reason::NotAvailable);
        if load.is_none() {
            missing(Missing::Load, Reason::NotAvailable);
        }
        for (what, counted) in [
            (Missing::Disks, counted_disks),
            (Missing::Interfaces, counted_interfaces),
        ] {
            match counted {
                0 => missing(what, Reason::NotAvailable),
                1 => {}
                _ => missing(what, Reason::AllCounted),
            }
        }
        Ok(MachineReading {
            cpu: Some(self.cpu()),
            memory: Some(self.memory()),
            load: load.map(|load| [load.one, load.five, load.fifteen]),
            disks,
            interfaces,
            pressure: None,
            stalls: Stalls::default(),
            degradations,
        })
    }

    fn processes(&mut self, want: Want) -> Result<ProcessReading<'_>, PlatformError> {
        self.refresh_processes(want)?;
        let denied = self.processes.iter().filter(|it| it.io.is_none()).count();
        let degradations = if want.io && denied > 0 {
            vec![Degradation {
                what: Missing::Io,
                reason: Reason::PermissionDenied,
                count: u64::try_from(denied).ok(),
            }]
        } else {
            Vec::new()
        };
        Ok(ProcessReading {
            processes: &self.processes,
            ended: Vec::new(),
            degradations,
        })
    }

    fn sockets(&mut self) -> Result<SocketReading<'_>, PlatformError> {
        self.refresh_processes(Want::default())?;
        let permitted = processes::permitted(&self.system);
        Ok(self.sockets.read(&self.processes, permitted))
    }

    fn run_queue_delay(&mut self, processes: &[ProcessKey]) -> Vec<Option<Duration>> {
        vec![None; processes.len()]
    }

    fn details(&mut self, process: ProcessKey) -> Option<ProcessDetails> {
        let pid = Pid::from_u32(process.pid.0);
        let kind = ProcessRefreshKind::nothing()
            .without_tasks()
            .with_exe(UpdateKind::Always);
        self.system
            .refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, kind);
        let found = self.system.process(pid)?;
        if processes::key(found) != process {
            return None;
        }
        Some(ProcessDetails {
            executable: found.exe().map(Path::to_path_buf),
            descriptors: found
                .open_files()
                .and_then(|count| u64::try_from(count).ok()),
            ..ProcessDetails::default()
        })
    }
}

/// The clocks that every system has.
#[derive(Debug)]
struct Clock {
    start: Instant,
    /// Uptime at `start`, whole seconds, where the system tells it.
    uptime: Duration,
    /// How long the machine slept since `start`.
    slept: Cell<Duration>,
}

impl Clock {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            uptime: uptime().unwrap_or_default(),
            slept: Cell::default(),
        }
    }

    fn now(&self) -> Moment {
        let monotonic = self.start.elapsed();
        let awake = self.uptime + monotonic;
        self.slept.set(slept(awake, self.slept.get(), uptime()));
        Moment {
            monotonic,
            since_boot: awake + self.slept.get(),
            wall: Timestamp::now(),
            thread_cpu: ThreadTime::now().as_duration(),
        }
    }
}

fn uptime() -> Option<Duration> {
    System::uptime().ok().map(Duration::from_secs)
}

/// How long the machine slept: what its uptime is ahead of the time it was awake. Sleep once seen
/// is kept, so that the clock does not jump with the grain of the uptime.
fn slept(awake: Duration, slept: Duration, uptime: Option<Duration>) -> Duration {
    let ahead = uptime.unwrap_or_default().saturating_sub(awake + slept);
    if ahead >= UPTIME_GRAIN {
        slept + ahead
    } else {
        slept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleep_is_seen_once_and_does_not_jitter() {
        let second = Duration::from_secs;
        assert_eq!(slept(second(100), second(0), Some(second(101))), second(0));
        assert_eq!(slept(second(100), second(0), None), second(0));
        let nap = slept(second(100), second(0), Some(second(160)));
        assert_eq!(nap, second(60));
        assert_eq!(slept(second(101), nap, Some(second(162))), second(60));
        assert_eq!(slept(second(101), nap, Some(second(160))), second(60));
    }

    #[test]
    fn clocks_go_forward() {
        let clock = Clock::new();
        let (before, after) = (clock.now(), clock.now());
        assert!(before.monotonic <= after.monotonic);
        assert!(before.since_boot <= after.since_boot);
        assert!(before.thread_cpu <= after.thread_cpu);
    }
}
