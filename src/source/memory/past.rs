//! Every table as it was.

use std::sync::Arc;
use std::time::Duration;

use crate::model::cpu::CpuRow;
use crate::model::disk::DiskRow;
use crate::model::network::NetworkRow;
use crate::model::timeline::Timeline;
use crate::model::timeline::block::Block;
use crate::model::units::Bytes;
use crate::source::{Reply, Table};

/// What is remembered of each table.
pub(super) struct Past {
    cpu: Timeline<CpuRow>,
    disk: Timeline<DiskRow>,
    network: Timeline<NetworkRow>,
}

impl Past {
    /// Nothing yet.
    pub(super) fn new(bound: Bytes) -> Self {
        let [cpu, disk, network] = shares(bound);
        Self {
            cpu: Timeline::new(cpu),
            disk: Timeline::new(disk),
            network: Timeline::new(network),
        }
    }

    pub(super) fn set_bound(&mut self, bound: Bytes) {
        let [cpu, disk, network] = shares(bound);
        self.cpu.set_bound(cpu);
        self.disk.set_bound(disk);
        self.network.set_bound(network);
    }

    pub(super) fn push(&mut self, reply: &Reply) {
        match reply {
            Reply::Cpu(snapshot) => self.cpu.push(snapshot),
            Reply::Disk(snapshot) => self.disk.push(snapshot),
            Reply::Network(snapshot) => self.network.push(snapshot),
            _ => {}
        }
    }

    pub(super) fn kept(&self, table: Table) -> Vec<Arc<Block>> {
        match table {
            Table::Cpu => self.cpu.kept(),
            Table::Disk => self.disk.kept(),
            Table::Network => self.network.kept(),
        }
    }

    pub(super) fn bytes(&self) -> Bytes {
        self.cpu.bytes() + self.disk.bytes() + self.network.bytes()
    }

    pub(super) fn span(&self) -> Duration {
        let spans = [self.cpu.span(), self.disk.span(), self.network.span()];
        spans.into_iter().flatten().max().unwrap_or_default()
    }
}

/// What each table may take. By CPU, rows change most.
fn shares(bound: Bytes) -> [Bytes; 3] {
    [4, 2, 2].map(|parts| Bytes(bound.0 / 8 * parts))
}
