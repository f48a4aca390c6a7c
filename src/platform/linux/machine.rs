//! Counters of the whole machine out of `/proc` and `/sys`.

mod counted;
mod cpu;
mod disks;
mod fields;
mod interfaces;
mod kept_file;
mod load;
mod memory;
mod pressure;

use std::io;

use super::Roots;
use crate::model::snapshot::{Degradation, Missing, Reason};
use crate::platform::{MachineReading, PlatformError};

use cpu::CpuSource;
use disks::DiskSource;
use interfaces::InterfaceSource;
use kept_file::KeptFile;
use pressure::PressureSource;

/// Reads the machine's counters, again and again: files stay open, and what rarely changes is
/// kept.
pub struct MachineReader {
    cpu: CpuSource,
    memory: KeptFile,
    load: KeptFile,
    disks: DiskSource,
    interfaces: InterfaceSource,
    pressure: PressureSource,
}

impl MachineReader {
    /// A reader of the trees below `roots`. Nothing is opened yet.
    pub fn new(roots: &Roots) -> Self {
        let proc = |path: &str| KeptFile::new(roots.proc.join(path));
        Self {
            cpu: CpuSource::new(proc("stat")),
            memory: proc("meminfo"),
            load: proc("loadavg"),
            disks: DiskSource::new(proc("diskstats"), roots.sys.join("block")),
            interfaces: InterfaceSource::new(proc("net/dev"), roots.sys.join("class/net")),
            pressure: PressureSource::new(
                ["pressure/cpu", "pressure/memory", "pressure/io"].map(proc),
            ),
        }
    }

    /// Reads everything once. A source that is missing is a degradation.
    ///
    /// # Errors
    /// When not one of the sources can be read; the error is that of `/proc/stat`.
    pub fn read(&mut self) -> Result<MachineReading, PlatformError> {
        let mut degradations = Vec::new();
        let cpu = self.cpu.read(&mut degradations);
        let memory = self.memory.read().and_then(memory::parse);
        let load = self.load.read().and_then(load::parse);
        let disks = self.disks.read(&mut degradations);
        let interfaces = self.interfaces.read(&mut degradations);
        let (pressure, stalls) = self.pressure.read(&mut degradations);

        if let Err(error) = cpu.as_ref()
            && memory.is_err()
            && load.is_err()
            && disks.is_err()
            && interfaces.is_err()
            && pressure.is_none()
        {
            return Err(PlatformError::Unreadable {
                path: self.cpu.path().to_owned(),
                error: io::Error::new(error.kind(), error.to_string()),
            });
        }
        Ok(MachineReading {
            cpu: had(cpu, Missing::Cpu, &mut degradations),
            memory: had(memory, Missing::Memory, &mut degradations),
            load: had(load, Missing::Load, &mut degradations),
            disks: had(disks, Missing::Disks, &mut degradations).unwrap_or_default(),
            interfaces: had(interfaces, Missing::Interfaces, &mut degradations).unwrap_or_default(),
            pressure,
            stalls,
            degradations,
        })
    }
}

/// What was read, or nothing and a word about it.
fn had<T>(read: io::Result<T>, what: Missing, degradations: &mut Vec<Degradation>) -> Option<T> {
    read.inspect_err(|error| {
        degradations.push(Degradation {
            what,
            reason: reason(error),
            count: None,
        });
    })
    .ok()
}

/// Why a source is missing, in the terms of the model.
fn reason(error: &io::Error) -> Reason {
    match error.kind() {
        io::ErrorKind::PermissionDenied => Reason::PermissionDenied,
        io::ErrorKind::InvalidData => Reason::Malformed,
        _ => Reason::NotAvailable,
    }
}

/// Says that `count` lines of a source could not be understood, if any.
fn note_malformed(count: u64, what: Missing, degradations: &mut Vec<Degradation>) {
    if count > 0 {
        degradations.push(Degradation {
            what,
            reason: Reason::Malformed,
            count: Some(count),
        });
    }
}
