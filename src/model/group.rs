//! Processes of one program together, as one row of a table.

use std::sync::Arc;

use super::process::ProcessRef;
use super::table::{Column, Row, Value};
use super::units::Percent;

/// Key of the column that says what a row is about.
const NAME: &str = "name";

/// What processes are put together by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Program {
    /// The service, application or container that they belong to.
    Service(Arc<str>),
    /// The name of what they execute, where they belong to none.
    Name(Arc<str>),
}

impl Program {
    /// The program that this process belongs to.
    ///
    /// All that a user's service manager started without a unit of its own is in that manager's
    /// service (`user@1000.service`), which says nothing.
    pub fn of(process: ProcessRef<'_>) -> Self {
        let service = process.info.service.as_deref();
        match service.filter(|service| !service.starts_with("user@")) {
            Some(service) => Self::Service(service.into()),
            None => Self::Name(process.info.name.as_str().into()),
        }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        match self {
            Self::Service(name) | Self::Name(name) => name,
        }
    }
}

/// The processes of a program.
#[derive(Clone, Debug)]
pub struct Group<R> {
    program: Program,
    name: String,
    members: Vec<R>,
}

impl<R: Row> Group<R> {
    /// A group; `None` without members.
    pub fn new(program: Program, members: Vec<R>) -> Option<Self> {
        let first = members.first()?.name_of();
        let name = if members.iter().all(|member| member.name_of() == first) {
            first
        } else {
            program.name().to_owned()
        };
        Some(Self {
            program,
            name,
            members,
        })
    }

    /// Whose processes they are.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The name that all processes have, else that of the program.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its processes, at least one.
    pub fn members(&self) -> &[R] {
        &self.members
    }

    /// The only process, where there is no other.
    pub fn single(&self) -> Option<&R> {
        match self.members.as_slice() {
            [single] => Some(single),
            _ => None,
        }
    }

    /// What the processes have in this column together: the sum of what can be summed, else what
    /// they have in common.
    pub fn value(&self, column: &Column<R>) -> Value<'_> {
        if let Some(single) = self.single() {
            return (column.value)(single);
        }
        if column.key == NAME {
            return Value::Text(&self.name);
        }
        let values = self.members.iter().map(column.value);
        if column.sums {
            sum(values)
        } else {
            common(values)
        }
    }
}

/// The sum of what is known; where nothing is, why.
fn sum<'a>(values: impl Iterator<Item = Value<'a>>) -> Value<'a> {
    values
        .reduce(|sum, value| match (sum, value) {
            (Value::Integer(a), Value::Integer(b)) => Value::Integer(a.saturating_add(b)),
            (Value::Percent(a), Value::Percent(b)) => Value::Percent(Percent(a.0 + b.0)),
            (Value::Bytes(a), Value::Bytes(b)) => Value::Bytes(a + b),
            (Value::Rate(a), Value::Rate(b)) => Value::Rate(a + b),
            (Value::Duration(a), Value::Duration(b)) => Value::Duration(a.saturating_add(b)),
            (missing, value) if missing.is_missing() => value,
            (sum, _) => sum,
        })
        .unwrap_or(Value::Nothing)
}

fn common<'a>(mut values: impl Iterator<Item = Value<'a>>) -> Value<'a> {
    let Some(first) = values.next() else {
        return Value::Nothing;
    };
    if values.all(|value| value == first) {
        first
    } else {
        Value::Nothing
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::cpu::CpuRow;
    use crate::model::past::Past;
    use crate::model::process::{Pid, ProcessInfo, ProcessKey, StartTime};
    use crate::model::units::Bytes;

    fn row(pid: u32, name: &str, service: Option<&str>, cpu: Option<f64>) -> CpuRow {
        CpuRow {
            key: ProcessKey {
                pid: Pid(pid),
                start_time: StartTime::Ticks(1),
            },
            info: Arc::new(ProcessInfo {
                name: name.into(),
                service: service.map(str::to_owned),
                user: Some("ann".into()),
                ..ProcessInfo::default()
            }),
            cpu: cpu.map(Percent),
            memory: None,
            rss: Some(Bytes(u64::MAX)),
            threads: Some(2),
            state: None,
            nice: Some(i64::from(pid)),
            parent: Some(Pid(1)),
            cpu_time: None,
            wait: None,
            past: Past::default(),
        }
    }

    fn program(row: &CpuRow) -> Program {
        Program::of(row.process().expect("a process"))
    }

    fn value<'a>(group: &'a Group<CpuRow>, key: &str) -> Value<'a> {
        group.value(CpuRow::column(key).expect("a column"))
    }

    #[test]
    fn a_service_is_a_program_and_a_users_manager_is_none() {
        assert_eq!(
            program(&row(1, "postgres", Some("postgresql.service"), None)),
            Program::Service("postgresql.service".into())
        );
        assert_eq!(
            program(&row(1, "cc1", Some("user@1000.service"), None)),
            Program::Name("cc1".into())
        );
        assert_eq!(
            program(&row(1, "cc1", None, None)),
            Program::Name("cc1".into())
        );
    }

    #[test]
    fn what_can_be_summed_is_and_what_is_common_stays() {
        let rows = vec![
            row(7, "cc1", None, None),
            row(8, "cc1", None, Some(1.5)),
            row(9, "cc1", None, Some(2.0)),
        ];
        let group = Group::new(program(&rows[0]), rows).expect("members");
        assert_eq!(value(&group, "cpu_percent"), Value::Percent(Percent(3.5)));
        assert_eq!(value(&group, "memory_percent"), Value::NotPermitted);
        assert_eq!(value(&group, "rss_bytes"), Value::Bytes(Bytes(u64::MAX)));
        assert_eq!(value(&group, "threads"), Value::Integer(6));
        assert_eq!(value(&group, "user"), Value::Text("ann"));
        assert_eq!(value(&group, "parent_pid"), Value::Integer(1));
        assert_eq!(value(&group, "nice"), Value::Nothing);
        assert_eq!(value(&group, "pid"), Value::Nothing);
        assert_eq!(value(&group, "name"), Value::Text("cc1"));
    }

    #[test]
    fn a_program_of_one_process_reads_as_that_process() {
        let only = row(7, "cc1", Some("build.service"), Some(1.0));
        let group = Group::new(program(&only), vec![only.clone()]).expect("a member");
        for column in CpuRow::COLUMNS {
            assert_eq!(group.value(column), (column.value)(&only), "{}", column.key);
        }
        assert!(Group::<CpuRow>::new(program(&only), Vec::new()).is_none());
    }

    #[test]
    fn different_programs_of_a_service_bear_its_name() {
        let rows = vec![
            row(7, "master", Some("postfix.service"), None),
            row(8, "qmgr", Some("postfix.service"), None),
        ];
        let group = Group::new(program(&rows[0]), rows).expect("members");
        assert_eq!(value(&group, "name"), Value::Text("postfix.service"));
    }

    proptest! {
        #[test]
        fn a_sum_is_that_of_all_that_is_known(
            parts in prop::collection::vec(prop::option::of(0.0..1e6_f64), 2..20),
        ) {
            let rows: Vec<_> = (1..).zip(&parts).map(|(pid, cpu)| row(pid, "a", None, *cpu)).collect();
            let group = Group::new(program(&rows[0]), rows).expect("members");
            let known: Vec<f64> = parts.iter().copied().flatten().collect();
            match value(&group, "cpu_percent") {
                Value::Percent(sum) => {
                    prop_assert!((sum.0 - known.iter().sum::<f64>()).abs() < 1e-3);
                }
                value => prop_assert!(known.is_empty() && value == Value::NotPermitted),
            }
        }
    }
}
