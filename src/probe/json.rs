//! Values as JSON: an object for each refresh.

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use super::subject::{Field, PrintedRow};
use crate::model::plain::{number, value};
use crate::model::process::StartTime;
use crate::model::programs::ProgramCount;
use crate::model::remainder::{Remainder, RemainderRow};
use crate::model::snapshot::Snapshot;

/// A row's object.
pub(super) fn row<R: PrintedRow>(fields: &[Field<R>], row: &R) -> Map<String, Json> {
    fields
        .iter()
        .map(|field| (field.key.to_owned(), field.json(row)))
        .collect()
}

/// The object of what no row accounts for.
pub(super) fn remainder<R: RemainderRow>(row: &R) -> Map<String, Json> {
    let what = row.what();
    let mut object = Map::new();
    let mut add = |key: &str, value: Json| object.insert(key.to_owned(), value);
    add("kind", what.kind().into());
    match what {
        Remainder::Exited { parent, name } => {
            add("parent_pid", parent.pid.0.into());
            let ticks = match parent.start_time {
                StartTime::Ticks(ticks) => ticks.into(),
                _ => Json::Null,
            };
            add("parent_start_time_ticks", ticks);
            add("name", name.as_str().into());
        }
        Remainder::Unreadable { uid, user, service } => {
            add("user", user.clone().into());
            add("uid", uid.map(|uid| uid.0).into());
            add("service", service.clone().into());
        }
        _ => {}
    }
    if let Some(programs) = row.programs() {
        let program = |it: &ProgramCount| json!({"name": &*it.name, "count": it.count});
        add("programs", programs.iter().map(program).collect());
    }
    for key in R::COLUMNS {
        add(key, value(&row.value(key)));
    }
    object
}

/// The moment of a snapshot as RFC 3339 in UTC with milliseconds.
pub(super) fn at<R, T, M>(snapshot: &Snapshot<R, T, M>) -> String {
    snapshot.at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// One refresh.
#[derive(Serialize)]
struct Refresh<'a, D: Serialize> {
    subject: &'static str,
    at: String,
    elapsed_seconds: Json,
    totals: Map<String, Json>,
    degraded: &'a [D],
    cost: Cost,
    rows: Vec<Map<String, Json>>,
}

#[derive(Serialize)]
struct Cost {
    cpu_seconds: Json,
}

/// The line of one refresh.
pub(super) fn line<R, T, M>(
    subject: &'static str,
    snapshot: &Snapshot<R, T, M>,
    totals: Map<String, Json>,
    rows: Vec<Map<String, Json>>,
) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Refresh {
        subject,
        at: at(snapshot),
        elapsed_seconds: number(snapshot.elapsed.as_secs_f64()),
        totals,
        degraded: &snapshot.degradations,
        cost: Cost {
            cpu_seconds: number(snapshot.cost.cpu.as_secs_f64()),
        },
        rows,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::cpu::CpuRemainder;
    use crate::model::process::{Pid, ProcessKey};
    use crate::model::snapshot::{Cost as SnapshotCost, Degradation, Missing, Reason};
    use crate::model::units::Percent;
    use jiff::Timestamp;

    #[test]
    fn a_line_has_the_keys_of_the_contract_in_order() {
        let snapshot = Snapshot::<(), ()> {
            at: Timestamp::from_millisecond(1_795_377_603_004).expect("a moment"),
            since_boot: Duration::ZERO,
            elapsed: Duration::from_millis(3001),
            totals: (),
            rows: Vec::new(),
            remainder: Vec::new(),
            degradations: vec![Degradation {
                what: Missing::Io,
                reason: Reason::PermissionDenied,
                count: Some(61),
            }],
            cost: SnapshotCost {
                cpu: Duration::from_micros(1100),
            },
        };
        assert_eq!(
            line("cpu", &snapshot, Map::new(), Vec::new()).expect("serialises"),
            "{\"subject\":\"cpu\",\"at\":\"2026-11-22T20:00:03.004Z\",\"elapsed_seconds\":3.001,\
             \"totals\":{},\"degraded\":[{\"what\":\"io\",\"reason\":\"permission_denied\",\
             \"count\":61}],\"cost\":{\"cpu_seconds\":0.0011},\"rows\":[]}"
        );
    }

    #[test]
    fn exited_processes_have_their_programs() {
        let row = CpuRemainder {
            what: Remainder::Exited {
                parent: ProcessKey {
                    pid: Pid(4100),
                    start_time: StartTime::Ticks(9),
                },
                name: "make".to_owned(),
            },
            cpu: Percent(16.0),
            programs: vec![ProgramCount {
                name: "cc1".into(),
                count: 412,
            }],
        };
        assert_eq!(
            Json::Object(remainder(&row)),
            json!({"kind": "exited", "parent_pid": 4100, "parent_start_time_ticks": 9,
                   "name": "make", "programs": [{"name": "cc1", "count": 412}],
                   "cpu_percent": 16.0})
        );
        let kernel = CpuRemainder {
            what: Remainder::Kernel,
            programs: Vec::new(),
            ..row
        };
        assert!(!remainder(&kernel).contains_key("programs"));
    }
}
