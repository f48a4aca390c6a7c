//! What is asked and answered arrives as it was, and what is not whole does not arrive at all.

use std::net::SocketAddr;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::model::action::{Nice, Outcome, Refused};
use crate::model::process::{Pid, ProcessInfo, StartTime};
use crate::model::table::Direction;
use crate::model::units::Bytes;
use crate::platform::scripted::{Scripted, process};
use crate::platform::{
    IoCounters, MachineReading, Platform, ProcessCounters, Protocol, SocketCounters, TcpState,
    Traffic,
};
use crate::sampling::connections::ConnectionSampler;
use crate::sampling::cpu::CpuSampler;
use crate::sampling::disk::DiskSampler;
use crate::sampling::network::NetworkSampler;
use crate::sampling::system::SystemSampler;
use crate::sampling::traffic::Ledger;

fn key() -> impl Strategy<Value = ProcessKey> {
    let start = prop_oneof![
        any::<u64>().prop_map(StartTime::Ticks),
        Just(StartTime::Unknown)
    ];
    (any::<u32>(), start).prop_map(|(pid, start_time)| ProcessKey {
        pid: Pid(pid),
        start_time,
    })
}

fn names() -> impl Strategy<Value = HostNames> {
    prop::sample::select(vec![HostNames::Off, HostNames::Public, HostNames::All])
}

fn connections() -> impl Strategy<Value = ConnectionRequest> {
    let limit = prop::option::of(any::<usize>());
    let process = prop::option::of(key());
    (".{0,20}", ".{0,20}", any::<bool>(), limit, process, names()).prop_map(
        |(filter, sort, ascending, limit, process, names)| ConnectionRequest {
            filter,
            sort,
            direction: if ascending {
                Direction::Ascending
            } else {
                Direction::Descending
            },
            limit,
            process,
            names,
        },
    )
}

fn message() -> impl Strategy<Value = Message> {
    let question = prop_oneof![
        Just(Question::System),
        prop::collection::vec(key(), 0..5).prop_map(|watch| Question::Cpu { watch }),
        Just(Question::Disk),
        names().prop_map(|names| Question::Network { names }),
        connections().prop_map(Question::Connections),
        key().prop_map(Question::Details),
        prop::collection::vec(key(), 0..5).prop_map(Question::Choose),
        action().prop_map(Question::Act),
    ];
    let session = any::<u32>().prop_map(Session);
    prop_oneof![
        (session.clone(), question).prop_map(|(session, question)| Message::Ask(session, question)),
        session.prop_map(Message::Forget),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let nice = (-20_i64..=19).prop_map(|nice| Nice::new(nice).expect("one"));
    prop_oneof![
        prop::sample::select(vec![
            Action::End,
            Action::Kill,
            Action::Stop,
            Action::Continue
        ]),
        nice.prop_map(Action::SetNice),
    ]
}

fn acted() -> impl Strategy<Value = Vec<Acted>> {
    let refused = vec![
        Refused::KernelThread,
        Refused::FirstProcess,
        Refused::Itself,
    ];
    let outcome = prop_oneof![
        Just(Outcome::Done),
        any::<(u64, u64)>().prop_map(|(done, threads)| Outcome::Partly { done, threads }),
        Just(Outcome::Gone),
        Just(Outcome::NotPermitted),
        prop::sample::select(refused).prop_map(Outcome::Refused),
        Just(Outcome::Unsupported),
        ".{0,20}".prop_map(Outcome::Failed),
    ];
    let one = (key(), outcome).prop_map(|(process, outcome)| Acted { process, outcome });
    prop::collection::vec(one, 0..5)
}

fn failure() -> impl Strategy<Value = Failure> {
    let refusal = prop_oneof![
        Just(Refusal::NotUnderstood),
        Just(Refusal::Busy),
        Just(Refusal::TooMany),
        Just(Refusal::TooLarge),
        ".{0,20}".prop_map(Refusal::Told),
    ];
    prop_oneof![
        (".{0,20}", any::<Option<i32>>(), ".{0,20}")
            .prop_map(|(path, code, reason)| Failure::Unreadable { path, code, reason }),
        Just(Failure::NoProcesses),
        Just(Failure::TooManyChosen),
        Just(Failure::NothingChosen),
        ".{0,20}".prop_map(Failure::Unsupported),
        ".{0,20}".prop_map(Failure::NotBuilt),
        refusal.prop_map(Failure::Refused),
    ]
}

/// Any address. Flow labels are none of its own.
fn address() -> impl Strategy<Value = SocketAddr> {
    any::<SocketAddr>().prop_map(|mut address| {
        if let SocketAddr::V6(address) = &mut address {
            address.set_flowinfo(0);
        }
        address
    })
}

/// A machine with processes and sockets.
fn machine() -> impl Strategy<Value = Scripted> {
    let one = (".{0,20}", any::<u32>(), any::<Option<u32>>());
    let processes = prop::collection::vec(one, 1..5);
    let sockets = prop::collection::vec((address(), any::<u32>()), 0..5);
    (processes, sockets, any::<Option<[u16; 3]>>()).prop_map(|(processes, sockets, load)| {
        let processes: Vec<ProcessCounters> = (1..)
            .zip(processes)
            .map(|(pid, (name, cpu, read))| ProcessCounters {
                info: Arc::new(ProcessInfo {
                    command_line: vec![name.clone(), String::new()],
                    name,
                    ..ProcessInfo::default()
                }),
                cpu_time: Some(Duration::from_micros(cpu.into())),
                io: read.map(|read| IoCounters {
                    read: Bytes(read.into()),
                    ..IoCounters::default()
                }),
                ..process(pid)
            })
            .collect();
        let sockets: Vec<SocketCounters> = (0..)
            .zip(sockets)
            .map(|(cookie, (address, received))| SocketCounters {
                cookie: (cookie > 0).then_some(cookie),
                traffic: Some(Traffic {
                    received: Bytes(received.into()),
                    ..Traffic::default()
                }),
                ..SocketCounters::new(Protocol::Tcp, TcpState::Established, address, address)
            })
            .collect();
        Scripted {
            machine: MachineReading {
                load: load.map(|load| load.map(f64::from)),
                ..MachineReading::default()
            },
            denied: vec![false; processes.len()],
            owners: (0..sockets.len()).map(|socket| (0, socket)).collect(),
            processes,
            sockets,
            ..Scripted::default()
        }
    })
}

/// A second reading of each kind, when everything has grown.
fn answers(machine: &mut Scripted, asked: &ConnectionRequest) -> Vec<Answer> {
    let (mut system, mut cpu) = (SystemSampler::default(), CpuSampler::default());
    let (mut disk, mut network) = (DiskSampler::default(), NetworkSampler::default());
    let mut connections = ConnectionSampler::default();
    let mut ledger = Ledger::default();
    let mut round = |machine: &mut Scripted| {
        let platform: &mut dyn Platform = machine;
        [
            system
                .sample(platform)
                .ok()?
                .map(|it| Answer::System(Arc::new(it))),
            cpu.sample(platform, &[])
                .ok()?
                .map(|it| Answer::Cpu(Arc::new(it))),
            disk.sample(platform)
                .ok()?
                .map(|it| Answer::Disk(Arc::new(it))),
            network
                .sample(platform, &mut ledger, HostNames::Off)
                .ok()?
                .map(|it| Answer::Network(Arc::new(it))),
            connections
                .sample(platform, &mut ledger, asked)
                .ok()?
                .map(|it| Answer::Connections(Arc::new(it))),
        ]
        .into_iter()
        .collect::<Option<Vec<_>>>()
    };
    let _ = round(machine);
    machine.pass(Duration::from_secs(1));
    for process in &mut machine.processes {
        process.cpu_time = process.cpu_time.map(|time| time + Duration::from_millis(7));
    }
    for socket in &mut machine.sockets {
        if let Some(traffic) = &mut socket.traffic {
            traffic.received = Bytes(traffic.received.0 + 1000);
        }
    }
    let mut answers = round(machine).expect("it was primed");
    answers.extend([Answer::Primed, Answer::Details(None)]);
    answers
}

fn details() -> impl Strategy<Value = Answer> {
    let path = prop::collection::vec(any::<u8>(), 0..20);
    (prop::option::of(path), any::<Option<u64>>()).prop_map(|(path, descriptors)| {
        #[cfg(unix)]
        let path = path.map(|path| {
            PathBuf::from(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(path))
        });
        #[cfg(not(unix))]
        let path = path.map(|_| PathBuf::from("a path"));
        Answer::Details(Some(ProcessDetails {
            executable: path,
            descriptors,
            ..ProcessDetails::default()
        }))
    })
}

/// Arrives as it was; no part of it arrives, nor it with more behind it; and changed, it is borne.
fn travels<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    what: &T,
    flip: (usize, u8),
) -> Result<(), TestCaseError> {
    let bytes = encode(what).expect("it can be said");
    let arrived = decode::<T>(&bytes);
    prop_assert_eq!(arrived.as_ref(), Some(what));
    for length in 0..bytes.len() {
        prop_assert!(decode::<T>(&bytes[..length]).is_none());
    }
    prop_assert!(decode::<T>(&[bytes.as_slice(), b"x"].concat()).is_none());
    let mut changed = bytes;
    let at = flip.0 % changed.len();
    changed[at] ^= flip.1;
    decode::<T>(&changed);
    Ok(())
}

proptest! {
    #[test]
    fn messages_travel(message in message(), flip: (usize, u8)) {
        travels(&message, flip)?;
    }

    #[test]
    fn failures_travel(failure in failure(), flip: (usize, u8)) {
        travels(&Answered::Err(failure), flip)?;
    }

    #[test]
    fn details_travel(answer in details(), flip: (usize, u8)) {
        travels(&Answered::Ok(answer), flip)?;
    }

    #[test]
    fn what_came_of_an_action_travels(acted in acted(), flip: (usize, u8)) {
        travels(&Answered::Ok(Answer::Chosen(acted.clone())), flip)?;
        travels(&Answered::Ok(Answer::Acted(acted)), flip)?;
    }

    #[test]
    fn answers_travel(mut machine in machine(), asked in connections(), flip: (usize, u8)) {
        for answer in answers(&mut machine, &asked) {
            travels(&Answered::Ok(answer), flip)?;
        }
    }

    #[test]
    fn any_bytes_are_borne(bytes: Vec<u8>) {
        decode::<Message>(&bytes);
        decode::<Answered>(&bytes);
    }
}

#[test]
fn what_a_probe_complains_about_is_short_and_fit_to_be_shown() {
    let long = "\u{1b}[2J".repeat(1 << 20);
    let failures = [
        Failure::Unreadable {
            path: long.clone(),
            code: None,
            reason: long.clone(),
        },
        Failure::Unsupported(long.clone()),
        Failure::NotBuilt(long.clone()),
        Failure::Refused(Refusal::Told(long)),
    ];
    for failure in failures {
        let shown = SourceError::from(failure).to_string();
        assert!(!shown.contains('\u{1b}'), "{shown}");
        assert!(shown.chars().count() < 4000, "{}", shown.chars().count());
    }
}

#[test]
fn no_more_outcomes_are_taken_than_processes_were_chosen() {
    let process = ProcessKey {
        pid: Pid(1),
        start_time: StartTime::Ticks(1),
    };
    let outcomes = |count| {
        let outcome = Outcome::Failed("no".to_owned());
        vec![Acted { process, outcome }; count]
    };
    let choose = Question::Choose(vec![process]);
    assert!(choose.is_answered_by(&Answer::Chosen(outcomes(1))));
    assert!(!choose.is_answered_by(&Answer::Chosen(outcomes(2))));
    let act = Question::Act(Action::End);
    assert!(act.is_answered_by(&Answer::Acted(outcomes(MOST_CHOSEN))));
    assert!(!act.is_answered_by(&Answer::Acted(outcomes(MOST_CHOSEN + 1))));
}
