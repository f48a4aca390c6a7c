use std::process::Command;

use proptest::prelude::*;

use super::super::proc_messages::tests::message;
use super::*;
use crate::model::process::Pid;

fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let patience = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < patience, "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A listener that was proven; `None`, said aloud, where the kernel does not tell this user.
fn proven() -> Option<ProcEvents> {
    let mut events = ProcEvents::new(Path::new("/proc"));
    let is_heard = until("it is proven or refused", || {
        events.take();
        match &events.state {
            State::Idle => None,
            State::Refused => Some(false),
            State::Listening(_) => events.is_proven().then_some(true),
        }
    });
    if !is_heard {
        eprintln!("SKIPPED: this kernel tells this user of no processes");
    }
    is_heard.then_some(events)
}

#[test]
fn programs_that_came_and_went_are_named_under_who_started_them() {
    let Some(mut events) = proven() else { return };
    let mut programs: Vec<EndedPrograms> = Vec::new();
    let ours = Pid(std::process::id());
    until("true is named", || {
        let mut child = Command::new("/bin/true").spawn().expect("true runs");
        child.wait().expect("the child is ours");
        programs.extend(events.take());
        let named = |it: &EndedPrograms| it.under == ours && &*it.name == "true";
        programs.iter().any(named).then_some(())
    });
}

#[test]
fn a_folder_that_is_not_there_is_no_reason_to_fail() {
    let mut events = ProcEvents::new(Path::new("/nowhere"));
    assert_eq!(events.take(), []);
    assert!(matches!(events.state, State::Refused));
    assert_eq!(events.take(), []);
}

#[test]
fn the_thread_ends_with_the_value() {
    let Ok(listener) = Listener::start(Path::new("/proc")) else {
        eprintln!("SKIPPED: this kernel tells this user of no processes");
        return;
    };
    let heard = Arc::downgrade(&listener.heard);
    drop(listener);
    assert!(heard.upgrade().is_none());
}

#[test]
fn it_ends_when_nobody_asks_and_begins_again_when_somebody_does() {
    let Some(mut events) = proven() else { return };
    let State::Listening(listener) = &events.state else {
        unreachable!("it is proven");
    };
    let long_ago = Instant::now().checked_sub(PATIENCE * 2);
    lock(&listener.heard).asked = long_ago.expect("the machine is up for long enough");
    until("it notices", || {
        // Whatever happens wakes it.
        let mut child = Command::new("/bin/true").spawn().expect("true runs");
        child.wait().expect("the child is ours");
        (!listener.is_listening()).then_some(())
    });
    events.take();
    until("it listens again", || events.is_proven().then_some(()));
}

#[test]
fn only_what_is_whole_is_taken_in() {
    let (ours, kernel) = rustix::net::socketpair(
        AddressFamily::UNIX,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC,
        None,
    )
    .expect("a pair of sockets");
    rustix::io::ioctl_fionbio(&ours, true).expect("does not block");
    let (mut buffer, mut batch) = ([0; DATAGRAM], Vec::new());
    let mut drained = |batch: &mut Vec<Event>| drain(ours.as_fd(), &mut buffer, batch);
    let send = |bytes: &[u8]| rustix::net::send(&kernel, bytes, SendFlags::empty()).expect("sent");
    assert!(drained(&mut batch) && batch.is_empty());
    send(&[1, 2, 3]);
    send(&message(2, &[7, 7])[..50]);
    assert!(drained(&mut batch) && batch.is_empty());
    send(&message(2, &[7, 7]).repeat(20));
    let executed = Event::Executed { process: 7 };
    assert!(drained(&mut batch) && batch == [executed; 20]);
    assert!(drained(&mut batch) && batch.is_empty());
    send(&[]);
    assert!(!drained(&mut batch), "the other end is gone");
}

proptest! {
    #[test]
    fn no_storm_takes_more_than_its_share(
        storm in prop::collection::vec((0_u64..100_000, 0_u64..50_000), 1..200),
    ) {
        let mut now = clocks::now();
        let (start, mut spent) = (now, Duration::ZERO);
        let mut allowance = Allowance::new(now);
        let mut owed = Duration::ZERO;
        for (waited, worked) in storm {
            let worked = Duration::from_micros(worked);
            now.thread_cpu += worked;
            now.monotonic += Duration::from_micros(waited) + worked;
            spent += worked;
            let nap = allowance.nap(now);
            prop_assert_eq!(nap.is_zero(), allowance.debt.is_zero());
            now.monotonic += nap;
            owed = allowance.debt;
        }
        let earned = now.monotonic.saturating_sub(start.monotonic) / SHARE;
        prop_assert!(spent <= MOST_SAVED + earned + owed + Duration::from_micros(1));
    }
}

/// What it costs: `cargo test --release -- --ignored --nocapture cost_of_a_storm`.
#[test]
#[ignore = "a measurement, for people"]
fn cost_of_a_storm() {
    let Some(mut events) = proven() else { return };
    let name_of = |task: &std::fs::DirEntry| std::fs::read_to_string(task.path().join("comm"));
    let tasks = std::fs::read_dir("/proc/self/task").expect("tasks");
    let listener = tasks
        .flatten()
        .find(|task| name_of(task).is_ok_and(|name| name.trim() == "programs"))
        .expect("the thread that listens");
    let spent = || {
        let text = std::fs::read_to_string(listener.path().join("schedstat")).expect("schedstat");
        let time = text.split(' ').next().and_then(|it| it.parse::<f64>().ok());
        time.expect("nanoseconds") / 1e9
    };
    for rate in [0_u32, 100, 400, 1600] {
        events.take();
        let (before, began) = (spent(), Instant::now());
        let mut started = 0_u32;
        while began.elapsed() < Duration::from_secs(5) {
            let due = began.elapsed().as_secs_f64() * f64::from(rate);
            if f64::from(started) < due {
                let mut child = Command::new("/bin/true").spawn().expect("true runs");
                child.wait().expect("the child is ours");
                started += 1;
            } else {
                thread::sleep(Duration::from_millis(1));
            }
        }
        let elapsed = began.elapsed().as_secs_f64();
        let named: u64 = events
            .take()
            .iter()
            .filter(|it| &*it.name == "true")
            .map(|it| it.count)
            .sum();
        println!(
            "{:.0} programs/s: {:.3} % of a core, {named} of {started} named",
            f64::from(started) / elapsed,
            (spent() - before) / elapsed * 100.0,
        );
    }
}
