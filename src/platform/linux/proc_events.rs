//! The names of programs that start and end between two readings, from the kernel's process
//! connector.
//!
//! The kernel tells of every process that starts, runs a program and ends, but by pid only: a name
//! is read at once, or never. So this is best effort, and about names alone; CPU time comes from
//! those who waited. Where the kernel tells nothing (to ordinary users before Linux 6.6, in another
//! pid or network namespace) there are no names, and nothing else is missing.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustc_hash::FxHashSet;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};
use rustix::net::netlink::{self, SocketAddrNetlink};
use rustix::net::sockopt::{set_socket_recv_buffer_size, set_socket_recv_buffer_size_force};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

use super::clocks;
use super::proc_messages::{Ask, Event, events};
use super::short_lived::ShortLived;
use crate::platform::{EndedPrograms, Moment};

/// `1 << (CN_IDX_PROC - 1)`: the group of processes.
const GROUP: u32 = 1;
/// The kernel drops messages when this many bytes wait. It grants less to an ordinary user.
const RECEIVE_BUFFER: usize = 1 << 20;
/// One message takes 76 bytes.
const DATAGRAM: usize = 4096;
/// The kernel tells at once. A silence of this length is its answer.
const PROOF: Duration = Duration::from_secs(5);
/// Listening stops when nobody asked for this long.
const PATIENCE: Duration = Duration::from_secs(30);
/// So many events are taken in under one lock.
const AT_ONCE: usize = 256;
/// Listening takes this part of one core at the most.
const SHARE: u32 = 120;
/// So much may be spent on a storm that comes out of nothing.
const MOST_SAVED: Duration = Duration::from_millis(20);
/// So much there is to spend after a nap: waking for less would cost more than the events.
const REFILL: Duration = Duration::from_millis(2);
/// How long it may take until somebody notices that there is time again.
const LONGEST_NAP: Duration = Duration::from_secs(1);
/// `TASK_COMM_LEN` and a newline.
const NAME: usize = 17;

/// Listens to the kernel while somebody asks.
#[derive(Debug)]
pub struct ProcEvents {
    proc: PathBuf,
    state: State,
}

#[derive(Debug)]
enum State {
    Idle,
    Listening(Listener),
    /// The kernel tells nothing, and will not do so later.
    Refused,
}

impl ProcEvents {
    /// Names are read below `proc`, which has to be that of this program's own pid namespace.
    /// Nothing is listened to yet.
    pub fn new(proc: &Path) -> Self {
        Self {
            proc: proc.to_owned(),
            state: State::Idle,
        }
    }

    /// The programs that started and ended since the last call, as far as their names are known.
    /// Empty where the kernel does not tell. The first call begins to listen.
    pub fn take(&mut self) -> Vec<EndedPrograms> {
        if let State::Listening(listener) = &self.state {
            match listener.is_listening() {
                true => return listener.take(),
                false if listener.was_proven() => self.state = State::Idle,
                false => self.state = State::Refused,
            }
        }
        if matches!(self.state, State::Idle) {
            let listener = Listener::start(&self.proc);
            self.state = listener.map_or(State::Refused, State::Listening);
        }
        Vec::new()
    }

    #[cfg(test)]
    fn is_proven(&self) -> bool {
        matches!(&self.state, State::Listening(listener) if listener.was_proven())
    }
}

/// A thread that listens. It ends with this value.
#[derive(Debug)]
struct Listener {
    heard: Arc<Mutex<Heard>>,
    stop: Arc<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Heard {
    programs: ShortLived,
    asked: Instant,
    /// Whether the kernel told of something that is known to have happened.
    proven: bool,
}

impl Listener {
    fn start(proc: &Path) -> Result<Self, Errno> {
        let socket = subscribe()?;
        let folder = rustix::fs::open(
            proc,
            OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        let stop = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let heard = Arc::new(Mutex::new(Heard {
            programs: ShortLived::default(),
            asked: Instant::now(),
            proven: false,
        }));
        let thread = {
            let (heard, stop) = (Arc::clone(&heard), Arc::clone(&stop));
            thread::Builder::new()
                .name("programs".to_owned())
                .spawn(move || {
                    listen(socket.as_fd(), &stop, folder.as_fd(), &heard);
                    // Before Linux 6.6 the kernel does not notice who is gone. If it does not take
                    // this either, it goes on telling nobody.
                    let _ = ask(socket.as_fd(), Ask::Nothing);
                })
                .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::AGAIN))?
        };
        Ok(Self {
            heard,
            stop,
            thread: Some(thread),
        })
    }

    fn take(&self) -> Vec<EndedPrograms> {
        let mut heard = lock(&self.heard);
        heard.asked = Instant::now();
        heard.programs.take()
    }

    fn is_listening(&self) -> bool {
        self.thread.as_ref().is_some_and(|it| !it.is_finished())
    }

    fn was_proven(&self) -> bool {
        lock(&self.heard).proven
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // It cannot be full: this is the only number ever written.
        let _ = rustix::io::write(&*self.stop, &1_u64.to_ne_bytes());
        if let Some(thread) = self.thread.take() {
            // One that panicked has ended too.
            let _ = thread.join();
        }
    }
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

fn subscribe() -> Result<OwnedFd, Errno> {
    let socket = rustix::net::socket_with(
        AddressFamily::NETLINK,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
        Some(netlink::CONNECTOR),
    )?;
    if set_socket_recv_buffer_size_force(&socket, RECEIVE_BUFFER).is_err() {
        set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER)?;
    }
    rustix::net::bind(&socket, &SocketAddrNetlink::new(0, GROUP))?;
    ask(socket.as_fd(), Ask::All)?;
    ask(socket.as_fd(), Ask::Understood)?;
    Ok(socket)
}

fn ask(socket: BorrowedFd<'_>, what: Ask) -> Result<(), Errno> {
    rustix::net::send(socket, &what.message(), SendFlags::empty())?;
    Ok(())
}

fn listen(socket: BorrowedFd<'_>, stop: &OwnedFd, proc: BorrowedFd<'_>, heard: &Mutex<Heard>) {
    // This thread came into being after the kernel was asked: it has to tell of it.
    let proof = Event::Thread {
        process: pid_number(rustix::process::getpid()),
        thread: pid_number(rustix::thread::gettid()),
    };
    let began = Instant::now();
    let mut allowance = Allowance::new(clocks::now());
    let mut buffer = [0; DATAGRAM];
    let mut batch = Vec::new();
    loop {
        let goes_on = drain(socket, &mut buffer, &mut batch);
        let proven = {
            let mut heard = lock(heard);
            heard.proven |= batch.contains(&proof);
            hear(&mut heard.programs, &batch, proc);
            if !goes_on || heard.asked.elapsed() > PATIENCE {
                return;
            }
            heard.proven
        };
        if !proven && began.elapsed() > PROOF {
            return;
        }
        let nap = allowance.nap(clocks::now());
        if !nap.is_zero() && !is_quiet(&mut [PollFd::new(stop, PollFlags::IN)], nap) {
            return;
        }
        let mut either = [
            PollFd::new(stop, PollFlags::IN),
            PollFd::from_borrowed_fd(socket, PollFlags::IN),
        ];
        is_quiet(&mut either, if proven { PATIENCE } else { PROOF });
        if !either[0].revents().is_empty() {
            return;
        }
    }
}

/// Waits for a time or until something happens. Whether nothing did.
fn is_quiet(what: &mut [PollFd<'_>], time: Duration) -> bool {
    let time = Timespec::try_from(time).ok();
    retry_on_intr(|| poll(what, time.as_ref())) == Ok(0)
}

/// How much CPU time listening may take.
///
/// Reading a name takes more time than some programs live. In a storm of them this thread naps,
/// and then learns the names of those only that live longer.
#[derive(Debug)]
struct Allowance {
    at: Moment,
    /// What may be spent at once.
    saved: Duration,
    /// What was spent beyond that.
    debt: Duration,
}

impl Allowance {
    fn new(now: Moment) -> Self {
        Self {
            at: now,
            saved: MOST_SAVED,
            debt: Duration::ZERO,
        }
    }

    /// For how long nothing may be done from now on.
    fn nap(&mut self, now: Moment) -> Duration {
        let earned = now.monotonic.saturating_sub(self.at.monotonic) / SHARE;
        let spent = now.thread_cpu.saturating_sub(self.at.thread_cpu);
        let before = self.saved + earned;
        let owed = self.debt + spent;
        self.saved = before.saturating_sub(owed).min(MOST_SAVED);
        self.debt = owed.saturating_sub(before);
        self.at = now;
        if self.debt.is_zero() {
            return Duration::ZERO;
        }
        ((self.debt + REFILL) * SHARE).min(LONGEST_NAP)
    }
}

fn pid_number(pid: rustix::process::Pid) -> u32 {
    pid.as_raw_nonzero().get().unsigned_abs()
}

/// Takes in what waits, as `batch`. `false` when there is no more use in listening.
fn drain(socket: BorrowedFd<'_>, buffer: &mut [u8], batch: &mut Vec<Event>) -> bool {
    batch.clear();
    while batch.len() < AT_ONCE {
        let received =
            retry_on_intr(|| rustix::net::recv(socket, &mut *buffer, RecvFlags::empty()));
        match received {
            Ok((length @ 1.., _)) => batch.extend(events(&buffer[..length])),
            Err(Errno::AGAIN) => return true,
            // Messages were lost: some programs go without a name.
            Err(Errno::NOBUFS) => {}
            Ok((0, _)) | Err(_) => return false,
        }
    }
    true
}

fn hear(programs: &mut ShortLived, batch: &[Event], proc: BorrowedFd<'_>) {
    let gone = |event: &Event| match *event {
        Event::Ended { process, .. } => Some(process),
        _ => None,
    };
    let gone: FxHashSet<u32> = batch.iter().filter_map(gone).collect();
    for event in batch {
        // Asking for the name of one that is gone would only cost.
        programs.hear(*event, |pid| {
            if gone.contains(&pid) {
                None
            } else {
                name(proc, pid)
            }
        });
    }
}

/// `/proc/PID/comm`; `None` where the process is gone already or hidden.
fn name(proc: BorrowedFd<'_>, pid: u32) -> Option<Arc<str>> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(proc, format!("{pid}/comm"), flags, Mode::empty()).ok()?;
    let mut buffer = [0; NAME];
    let length = rustix::io::read(&file, &mut buffer).ok()?;
    let name = &buffer[..length];
    let name = name.strip_suffix(b"\n").unwrap_or(name);
    (!name.is_empty()).then(|| String::from_utf8_lossy(name).into())
}

#[cfg(test)]
#[path = "proc_events_tests.rs"]
mod tests;
