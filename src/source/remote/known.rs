//! What is known of processes comes anew with each answer. It is kept once: what is remembered of
//! many snapshots holds it by its address.

use std::collections::HashMap;
use std::sync::Arc;

use super::protocol::Answer;
use crate::model::process::{ProcessInfo, ProcessKey};
use crate::model::snapshot::SnapshotOf;
use crate::model::table::Row;
use crate::model::timeline::Remembers;

/// What is known of the processes of the last answer about them.
#[derive(Debug, Default)]
pub(super) struct Known(HashMap<ProcessKey, Arc<ProcessInfo>>);

impl Known {
    /// Puts what is known already in the place of what came anew, where that is the same.
    pub(super) fn share(&mut self, answer: &mut Answer) {
        match answer {
            Answer::Cpu(snapshot) => self.share_rows(Arc::make_mut(snapshot)),
            Answer::Disk(snapshot) => self.share_rows(Arc::make_mut(snapshot)),
            Answer::Network(snapshot) => self.share_rows(Arc::make_mut(snapshot)),
            Answer::Primed
            | Answer::System(_)
            | Answer::Connections(_)
            | Answer::Details(_)
            | Answer::Chosen(_)
            | Answer::Acted(_) => {}
        }
    }

    fn share_rows<R: Remembers + Row<Key = ProcessKey>>(&mut self, snapshot: &mut SnapshotOf<R>) {
        let mut seen = HashMap::with_capacity(snapshot.rows.len());
        for row in &mut snapshot.rows {
            let key = row.row_key();
            let info = row.info_mut();
            if let Some(known) = self.0.get(&key).filter(|known| *known == info) {
                *info = Arc::clone(known);
            }
            seen.insert(key, Arc::clone(info));
        }
        // Those of another table stay: all list the same processes. Who is gone is known no more.
        self.0 = seen;
    }
}
