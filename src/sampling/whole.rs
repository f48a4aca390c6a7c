//! The figures of the whole machine that a table's totals are compared with.

use super::system;
use crate::model::snapshot::{Degradation, Missing, Reason};
use crate::model::system::SystemTotals;
use crate::platform::{MachineReading, Moment, Platform};

/// Reads the machine beside the processes. Without it a table lacks only totals.
#[derive(Debug, Default)]
pub struct WholeMachine {
    previous: Option<(Moment, MachineReading)>,
}

impl WholeMachine {
    /// The machine since the last call, and which of the sources `needed` is missing.
    pub fn sample(
        &mut self,
        platform: &mut dyn Platform,
        needed: &[Missing],
    ) -> (SystemTotals, Vec<Degradation>) {
        let now = platform.now();
        let Ok(mut reading) = platform.machine() else {
            self.previous = None;
            let missing = needed.iter().map(|&what| Degradation {
                what,
                reason: Reason::NotAvailable,
                count: None,
            });
            return (SystemTotals::default(), missing.collect());
        };
        let mut degradations = std::mem::take(&mut reading.degradations);
        degradations.retain(|missing| needed.contains(&missing.what));
        let (before, earlier) = self
            .previous
            .take()
            .unwrap_or_else(|| (now, MachineReading::default()));
        let elapsed = now.monotonic.saturating_sub(before.monotonic);
        let totals = system::totals(&earlier, &reading, elapsed, now.since_boot);
        self.previous = Some((now, reading));
        (totals, degradations)
    }
}
