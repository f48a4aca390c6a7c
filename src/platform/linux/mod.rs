//! Linux: procfs, sysfs and the kernel's socket diagnosis.

mod addresses;
pub mod asker;
mod cgroup;
pub(super) mod clocks;
pub mod confine;
mod control;
mod cpu_clock;
mod descriptors;
pub mod destroyed;
mod getent;
mod host_names;
pub mod machine;
mod namespaces;
mod netlink;
mod proc_events;
mod proc_messages;
mod proc_net;
mod proc_root;
mod process_details;
mod process_files;
mod process_info;
mod process_list;
mod process_parse;
mod process_reader;
pub mod process_table;
pub mod rights;
mod services;
mod short_lived;
pub mod sock_diag;
mod socket_names;
mod socket_owners;
pub mod sockets;
pub mod stop_signals;
mod tcp_info;
mod users;
mod visibility;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use self::control::Control;
use self::host_names::HostNames;
use self::machine::MachineReader;
use self::proc_events::ProcEvents;
use self::proc_root::{CpuClocks, is_live};
use self::process_list::ProcessList;
use self::process_table::ProcessTable;
use self::services::Services;
use self::sockets::SocketTable;
use self::users::Users;
pub use super::Roots;
use super::{
    MachineReading, Moment, Platform, PlatformError, ProcessDetails, ProcessReading, Protocol,
    SocketReading, Want,
};
use crate::model::action::{Acted, Action};
use crate::model::process::{ProcessKey, Uid};

/// This machine, or a captured one.
pub struct LinuxPlatform {
    machine: MachineReader,
    processes: ProcessTable,
    programs: ProcEvents,
    sockets: SocketTable,
    hosts: HostNames,
    services: Services,
    users: Users,
    threads: ProcessList,
    control: Control,
}

impl LinuxPlatform {
    /// The machine whose file systems stand at `roots`. Nothing is read yet.
    pub fn new(roots: &Roots) -> Self {
        Self {
            machine: MachineReader::new(roots),
            processes: ProcessTable::new(roots),
            programs: ProcEvents::new(&roots.proc),
            sockets: SocketTable::new(roots),
            hosts: HostNames::new(is_live(&roots.proc)),
            services: Services::new(&roots.etc),
            users: Users::new(&roots.etc),
            threads: ProcessList::default(),
            control: Control::new(&roots.proc),
        }
    }

    /// Whether the processes that are listed have the pids that the kernel tells this program.
    fn has_own_pids(&mut self) -> bool {
        let reader = self.processes.reader();
        reader.is_some_and(|reader| reader.cpu_clocks() == CpuClocks::Own)
    }
}

/// The running one.
impl Default for LinuxPlatform {
    fn default() -> Self {
        Self::new(&Roots::default())
    }
}

impl Platform for LinuxPlatform {
    fn now(&self) -> Moment {
        let now = clocks::now();
        Moment {
            thread_cpu: now.thread_cpu + self.sockets.threads_cpu(),
            ..now
        }
    }

    fn machine(&mut self) -> Result<MachineReading, PlatformError> {
        self.machine.read()
    }

    fn processes(&mut self, want: Want) -> Result<ProcessReading<'_>, PlatformError> {
        self.processes.refresh(want)?;
        let ended = if want.ended && self.has_own_pids() {
            self.programs.take()
        } else {
            Vec::new()
        };
        Ok(ProcessReading {
            degradations: self.processes.degradations(),
            processes: self.processes.processes(),
            ended,
        })
    }

    fn sockets(&mut self) -> Result<SocketReading<'_>, PlatformError> {
        // Before the processes: whoever made a socket that is listed has run when they are read.
        self.sockets.list();
        self.processes.refresh(Want::default())?;
        self.users.refresh();
        let mut reading = self
            .sockets
            .find_owners(self.processes.processes(), self.processes.last_ran());
        reading.degradations.extend(self.processes.degradations());
        Ok(reading)
    }

    fn run_queue_delay(&mut self, processes: &[ProcessKey]) -> Vec<Option<Duration>> {
        let Some(reader) = self.processes.reader() else {
            return vec![None; processes.len()];
        };
        let (units, files) = (reader.units(), reader.files());
        processes
            .iter()
            .map(|&process| {
                process_details::run_queue_delay(files, &mut self.threads, units, process)
            })
            .collect()
    }

    fn host_name(&mut self, address: IpAddr) -> Option<Arc<str>> {
        self.hosts.name(address)
    }

    fn port_name(&mut self, protocol: Protocol, port: u16) -> Option<Arc<str>> {
        self.services.name(protocol, port)
    }

    fn user_name(&mut self, uid: Uid) -> Option<Arc<str>> {
        self.users.name(uid).map(Arc::from)
    }

    fn details(&mut self, process: ProcessKey) -> Option<ProcessDetails> {
        if self.processes.reader().is_none() {
            self.processes.refresh(Want::default()).ok()?;
        }
        let reader = self.processes.reader()?;
        let units = reader.units();
        process_details::details(reader.files(), units, process)
    }

    fn choose(&mut self, processes: &[ProcessKey]) -> Result<Vec<Acted>, PlatformError> {
        self.control.choose(processes)
    }

    fn act(&mut self, action: Action) -> Vec<Acted> {
        self.control.act(action)
    }
}
