//! Reads the machine for a page of metrics.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::families as f;
use super::format::{Dialect, Page, Sample};
use super::{machine, programs};
use crate::model::connection::HostNames;
use crate::model::snapshot::Degradation;
use crate::platform::own_cpu_time;
use crate::source::local::LocalSource;
use crate::source::{Reply, Request, Source, SourceError};

/// Reads, and keeps what it read for those who ask soon after.
pub(super) struct Reader {
    source: LocalSource,
    dialect: Dialect,
    top: usize,
    /// A page that is younger is offered again.
    good_for: Duration,
    last: (Instant, Arc<str>),
    readings: u64,
}

impl Reader {
    /// Reads the machine for the first time: the page of that moment has no programs, whose rates
    /// are over the time from one reading to the next.
    ///
    /// # Errors
    /// When nothing can be read.
    pub(super) fn new(
        source: LocalSource,
        dialect: Dialect,
        top: usize,
        good_for: Duration,
    ) -> Result<Self, SourceError> {
        let mut reader = Self {
            source,
            dialect,
            top,
            good_for,
            last: (Instant::now(), Arc::from("")),
            readings: 0,
        };
        reader.read()?;
        Ok(reader)
    }

    /// The page, read anew unless the last one is good still.
    ///
    /// # Errors
    /// When nothing can be read.
    pub(super) fn page(&mut self) -> Result<Arc<str>, SourceError> {
        if self.last.0.elapsed() >= self.good_for {
            self.read()?;
        }
        Ok(Arc::clone(&self.last.1))
    }

    /// Reads the machine and makes the page of it.
    pub(super) fn read(&mut self) -> Result<(), SourceError> {
        let mut page = Page::new(self.dialect);
        let (moment, reading) = self.source.counters()?;
        machine::add(&mut page, &moment, &reading);
        let mut degradations = reading.degradations;
        let requests = [
            Request::Cpu { watch: Vec::new() },
            Request::Disk,
            Request::Network {
                names: HostNames::Off,
            },
        ];
        for request in &requests {
            match self.source.ask(request)? {
                Reply::Cpu(snapshot) => {
                    programs::add_cpu(&mut page, &snapshot, self.top);
                    degradations.extend_from_slice(&snapshot.degradations);
                }
                Reply::Disk(snapshot) => {
                    programs::add_disk(&mut page, &snapshot, self.top);
                    degradations.extend_from_slice(&snapshot.degradations);
                }
                Reply::Network(snapshot) => {
                    programs::add_network(&mut page, &snapshot, self.top);
                    degradations.extend_from_slice(&snapshot.degradations);
                }
                _ => {}
            }
        }
        self.readings += 1;
        page.add(&f::DEGRADED, degraded(&degradations));
        self.own(&mut page);
        self.last = (Instant::now(), page.finish().into());
        Ok(())
    }

    /// What the exporter says of itself.
    fn own(&self, page: &mut Page) {
        page.add(&f::OWN_CPU, [Sample::only(own_cpu_time().as_secs_f64())]);
        page.add(&f::READINGS, [Sample::only(self.readings as f64)]);
        let version = env!("CARGO_PKG_VERSION");
        page.add(&f::BUILD, [Sample::of([("version", version)], 1.0)]);
    }
}

/// Each once, whichever of the tables miss it.
fn degraded(degradations: &[Degradation]) -> Vec<Sample> {
    let text = |value: serde_json::Result<serde_json::Value>| {
        let value = value.unwrap_or_default();
        value.as_str().unwrap_or_default().to_owned()
    };
    let mut all: Vec<(String, String)> = degradations
        .iter()
        .map(|it| {
            let what = text(serde_json::to_value(it.what));
            (what, text(serde_json::to_value(it.reason)))
        })
        .collect();
    all.sort();
    all.dedup();
    all.iter()
        .map(|(what, reason)| Sample::of([("what", what), ("reason", reason)], 1.0))
        .collect()
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
