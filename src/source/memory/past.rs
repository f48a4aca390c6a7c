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
    /// Nothing yet. By CPU, rows change most.
    pub(super) fn new(bound: Bytes) -> Self {
        let share = |parts: u64| Bytes(bound.0 / 8 * parts);
        Self {
            cpu: Timeline::new(share(4)),
            disk: Timeline::new(share(2)),
            network: Timeline::new(share(2)),
        }
    }

    pub(super) fn push(&mut self, reply: &Reply) {
        match reply {
            Reply::Cpu(snapshot) => self.cpu.push(snapshot),
            Reply::Disk(snapshot) => self.disk.push(snapshot),
            Reply::Network(snapshot) => self.network.push(snapshot),
            _ => {}
        }
    }

    pub(super) fn at(&self, table: Table, at: Duration) -> Option<Reply> {
        Some(match table {
            Table::Cpu => Reply::Cpu(self.cpu.at(at)?),
            Table::Disk => Reply::Disk(self.disk.at(at)?),
            Table::Network => Reply::Network(self.network.at(at)?),
        })
    }

    pub(super) fn between(&self, table: Table, from: Duration, to: Duration) -> Option<Reply> {
        Some(match table {
            Table::Cpu => Reply::Cpu(Arc::new(self.cpu.range(from, to)?)),
            Table::Disk => Reply::Disk(Arc::new(self.disk.range(from, to)?)),
            Table::Network => Reply::Network(Arc::new(self.network.range(from, to)?)),
        })
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
