//! What is known of processes comes anew with each answer. It is kept once: what is remembered of
//! many snapshots holds it by its address.

use std::collections::HashMap;
use std::sync::Arc;

use super::protocol::Answer;
use crate::model::format::cut;
use crate::model::process::{ProcessInfo, ProcessKey};
use crate::model::snapshot::SnapshotOf;
use crate::model::table::Row;
use crate::model::timeline::Remembers;

/// The most text that is taken of a process, in bytes: where it is read no more than 64 KiB of a file
/// are, and each byte that is no text becomes three.
const MOST_TEXT: usize = 256 << 10;
/// Where there is more, so many characters of each name stay.
const LONG_NAME: usize = 256;

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
            Answer::Connections(snapshot) => {
                let rows = Arc::make_mut(snapshot).rows.iter_mut();
                for (_, info) in rows.filter_map(|row| row.holder.as_mut()) {
                    bound(info);
                }
            }
            Answer::Primed
            | Answer::System(_)
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
            bound(info);
            if let Some(known) = self.0.get(&key).filter(|known| *known == info) {
                *info = Arc::clone(known);
            }
            seen.insert(key, Arc::clone(info));
        }
        // Those of another table stay: all list the same processes. Who is gone is known no more.
        self.0 = seen;
    }
}

/// Nothing that reads processes says as much of one as a probe may that lies: a window that lays it out
/// would stand still.
fn bound(info: &mut Arc<ProcessInfo>) {
    let names = [Some(&info.name), info.user.as_ref(), info.service.as_ref()];
    let texts = names.into_iter().flatten().chain(&info.command_line);
    if texts.map(String::len).sum::<usize>() <= MOST_TEXT {
        return;
    }
    let info = Arc::make_mut(info);
    info.command_line.clear();
    let names = [
        Some(&mut info.name),
        info.user.as_mut(),
        info.service.as_mut(),
    ];
    for name in names.into_iter().flatten() {
        *name = cut(name, LONG_NAME).into_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_process_no_more_is_taken_than_could_be_read() {
        let long = "x".repeat(MOST_TEXT);
        let said = ProcessInfo {
            name: long.clone(),
            command_line: vec![long.clone()],
            user: Some("ann".to_owned()),
            ..ProcessInfo::default()
        };
        let mut info = Arc::new(said.clone());
        bound(&mut info);
        assert_eq!(info.name.chars().count(), LONG_NAME + 1);
        assert!(info.command_line.is_empty());
        assert_eq!(info.user, said.user);

        let mut most = Arc::new(ProcessInfo {
            name: String::new(),
            command_line: vec![long],
            user: None,
            ..said
        });
        let before = Arc::clone(&most);
        bound(&mut most);
        assert_eq!(most, before);
    }
}
