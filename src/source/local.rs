//! Snapshots of this machine.

use std::sync::Arc;

use super::{Reply, Request, Source, SourceError};
use crate::model::action::MOST_CHOSEN;
use crate::platform::{MachineReading, Moment, Platform};
use crate::sampling::connections::ConnectionSampler;
use crate::sampling::cpu::CpuSampler;
use crate::sampling::disk::DiskSampler;
use crate::sampling::network::NetworkSampler;
use crate::sampling::system::SystemSampler;
use crate::sampling::traffic::Ledger;

/// Takes snapshots of the machine that a [`Platform`] reads. Each kind has a sampler of its own,
/// which its first request only primes.
pub struct LocalSource {
    platform: Box<dyn Platform>,
    system: SystemSampler,
    cpu: CpuSampler,
    disk: DiskSampler,
    network: NetworkSampler,
    connections: ConnectionSampler,
    /// Of both: a socket that was closed is told only once.
    traffic: Ledger,
}

impl LocalSource {
    /// A source that has not read anything yet.
    pub fn new(platform: Box<dyn Platform>) -> Self {
        Self {
            platform,
            system: SystemSampler::default(),
            cpu: CpuSampler::default(),
            disk: DiskSampler::default(),
            network: NetworkSampler::default(),
            traffic: Ledger::default(),
            connections: ConnectionSampler::default(),
        }
    }
}

impl LocalSource {
    /// What the machine has counted until this moment, for whoever makes rates of it elsewhere.
    ///
    /// # Errors
    /// When nothing of the machine can be read.
    pub fn counters(&mut self) -> Result<(Moment, MachineReading), SourceError> {
        let reading = self.platform.machine()?;
        Ok((self.platform.now(), reading))
    }
}

impl Source for LocalSource {
    fn ask(&mut self, request: &Request) -> Result<Reply, SourceError> {
        let platform = &mut *self.platform;
        Ok(match request {
            Request::System => reply(self.system.sample(platform)?, Reply::System),
            Request::Cpu { watch } => reply(self.cpu.sample(platform, watch)?, Reply::Cpu),
            Request::Disk => reply(self.disk.sample(platform)?, Reply::Disk),
            Request::Network { names } => reply(
                self.network.sample(platform, &mut self.traffic, *names)?,
                Reply::Network,
            ),
            Request::Connections(asked) => reply(
                self.connections
                    .sample(platform, &mut self.traffic, asked)?,
                Reply::Connections,
            ),
            Request::Details(process) => Reply::Details(platform.details(*process)),
            Request::Choose(processes) if processes.len() > MOST_CHOSEN => {
                return Err(SourceError::TooManyChosen);
            }
            Request::Choose(processes) => Reply::Chosen(platform.choose(processes)?),
            Request::Act(action) => match platform.act(*action) {
                acted if acted.is_empty() => return Err(SourceError::NothingChosen),
                acted => Reply::Acted(acted),
            },
            past @ (Request::Moment { .. }
            | Request::Range { .. }
            | Request::Samples { .. }
            | Request::Remember) => past.nothing_remembered(),
        })
    }
}

fn reply<S>(snapshot: Option<S>, of: fn(Arc<S>) -> Reply) -> Reply {
    snapshot.map_or(Reply::Primed, |snapshot| of(Arc::new(snapshot)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::connection::HostNames;
    use crate::model::process::{Pid, ProcessKey, StartTime};
    use crate::platform::scripted::Scripted;

    #[test]
    fn each_kind_of_snapshot_is_primed_by_its_first_request() {
        let mut source = LocalSource::new(Box::new(Scripted {
            machine: MachineReading {
                load: Some([0.0; 3]),
                ..MachineReading::default()
            },
            ..Scripted::default()
        }));
        let requests = [
            Request::System,
            Request::Cpu { watch: Vec::new() },
            Request::Disk,
            Request::Network {
                names: HostNames::Off,
            },
        ];
        for request in &requests {
            assert_eq!(source.ask(request).expect("scripted"), Reply::Primed);
        }
        let replies: Vec<_> = requests
            .iter()
            .map(|request| source.ask(request).expect("scripted"))
            .collect();
        assert!(matches!(
            replies.as_slice(),
            [
                Reply::System(_),
                Reply::Cpu(_),
                Reply::Disk(_),
                Reply::Network(_)
            ]
        ));
        let Reply::System(snapshot) = &replies[0] else {
            return;
        };
        assert_eq!(snapshot.elapsed, Duration::ZERO);
    }

    #[test]
    fn details_of_a_process_that_is_gone_are_none() {
        let mut source = LocalSource::new(Box::new(Scripted::default()));
        let gone = ProcessKey {
            pid: Pid(1),
            start_time: StartTime::Ticks(1),
        };
        assert_eq!(
            source.ask(&Request::Details(gone)).expect("scripted"),
            Reply::Details(None)
        );
    }
}
