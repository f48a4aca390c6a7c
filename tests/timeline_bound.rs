//! What is remembered takes no more memory than it says, counted where memory is handed out.

#[expect(dead_code, reason = "other tests need more of it")]
#[path = "support/memory.rs"]
mod memory;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sysmon::model::network::{NetworkRow, NetworkTotals};
use sysmon::model::past::Past;
use sysmon::model::process::{Pid, ProcessInfo, ProcessKey, StartTime};
use sysmon::model::snapshot::{Cost, Snapshot, SnapshotOf};
use sysmon::model::timeline::Timeline;
use sysmon::model::units::{Bytes, BytesPerSecond};

const PROCESSES: u32 = 300;
const BOUND: Bytes = Bytes(2 << 20);

/// Processes of which one in a hundred is new each time, and one in five talks. `infos` holds what is known
/// of each as long as it is there, as samplers do.
fn snapshot(n: u32, infos: &mut HashMap<u32, (u32, Arc<ProcessInfo>)>) -> SnapshotOf<NetworkRow> {
    let rows = (0..PROCESSES).map(|pid| {
        let generation = (n + pid) / 100;
        let rate = if (pid + n).is_multiple_of(5) {
            f64::from(n)
        } else {
            0.0
        };
        let new = || {
            let info = ProcessInfo {
                name: format!("program-{pid}"),
                command_line: vec![format!("--number={generation}"); 4],
                ..ProcessInfo::default()
            };
            (generation, Arc::new(info))
        };
        let info = infos.entry(pid).or_insert_with(new);
        if info.0 != generation {
            *info = new();
        }
        NetworkRow {
            key: ProcessKey {
                pid: Pid(pid),
                start_time: StartTime::Ticks(generation.into()),
            },
            info: Arc::clone(&info.1),
            sockets: None,
            received_rate: Some(BytesPerSecond(rate)),
            sent_rate: Some(BytesPerSecond(0.0)),
            received: Some(Bytes(n.into())),
            sent: Some(Bytes(0)),
            remotes: Some(vec![format!("192.0.2.{}", pid % 250); 3]),
            ports: Some(vec![443, 8080]),
            past: Past::default(),
        }
    });
    Snapshot {
        at: Timestamp::UNIX_EPOCH,
        since_boot: Duration::from_secs(u64::from(n) * 3),
        elapsed: Duration::from_secs(3),
        totals: NetworkTotals::default(),
        rows: rows.collect(),
        remainder: Vec::new(),
        degradations: Vec::new(),
        cost: Cost::default(),
    }
}

#[test]
fn what_is_remembered_takes_no_more_memory_than_it_may() {
    let mut infos = HashMap::new();
    drop(snapshot(0, &mut infos));
    let memory = memory::Since::now();
    let mut timeline = Timeline::new(BOUND);
    let bound = usize::try_from(BOUND.0).expect("a size");
    for n in 1..600 {
        timeline.push(&snapshot(n, &mut infos));
        let used = memory.used();
        // The last snapshot is held as it came: its lists are not counted.
        assert!(used < bound + bound / 4, "{used} of {bound} after {n}");
    }
    assert!(timeline.bytes() <= BOUND);
    assert!(timeline.span() > Some(Duration::from_mins(3)));
}
