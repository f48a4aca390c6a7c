//! Names of remote hosts, looked up in the background and remembered for a while.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::getent;

/// Questions asked at once: one slow server does not hold up the others.
const THREADS: usize = 4;
/// Questions that wait. What finds no room is asked again at the next refresh.
const QUEUE: usize = 256;
/// A name is asked for again after this long,
const FRESH: Duration = Duration::from_mins(10);
/// and one that was not found after this.
const UNKNOWN: Duration = Duration::from_mins(2);
/// Addresses that are remembered.
const REMEMBERED: usize = 4096;
/// The longest name of a host, RFC 1035.
const LONGEST: usize = 255;

type LookUp = fn(IpAddr) -> Option<String>;

/// Names of hosts. Asking never blocks.
#[derive(Debug)]
pub struct HostNames {
    known: HashMap<IpAddr, Known>,
    pool: Option<Pool>,
    look_up: LookUp,
    /// Whether the addresses are those of this machine's own networks.
    live: bool,
}

#[derive(Debug)]
struct Known {
    name: Option<Arc<str>>,
    /// `None` while it is being looked up.
    until: Option<Instant>,
}

impl HostNames {
    /// Names that the system knows. Addresses in a captured tree mean nothing here: they have none
    /// unless it is `live`.
    pub fn new(live: bool) -> Self {
        Self {
            known: HashMap::new(),
            pool: None,
            look_up,
            live,
        }
    }

    /// The name of the host at this address; `None` when there is none, or none yet.
    pub fn name(&mut self, address: IpAddr) -> Option<Arc<str>> {
        if !self.live {
            return None;
        }
        let now = Instant::now();
        self.take_answers(now);
        let known = self.known.get(&address);
        let is_due = known.is_none_or(|it| it.until.is_some_and(|until| until <= now));
        // One that is due again keeps its name until there is another.
        let name = known.and_then(|known| known.name.clone());
        if is_due && self.ask(address) {
            self.make_room(now);
            let known = Known {
                name: name.clone(),
                until: None,
            };
            self.known.insert(address, known);
        }
        name
    }

    fn take_answers(&mut self, now: Instant) {
        for (address, name) in self.pool.iter().flat_map(|pool| pool.answers.try_iter()) {
            let lasts = if name.is_some() { FRESH } else { UNKNOWN };
            let known = Known {
                name: name.map(Arc::from),
                until: Some(now + lasts),
            };
            self.known.insert(address, known);
        }
    }

    fn ask(&mut self, address: IpAddr) -> bool {
        let look_up = self.look_up;
        let pool = self.pool.get_or_insert_with(|| Pool::start(look_up));
        pool.questions.try_send(address).is_ok()
    }

    /// Forgets what is due, and all else when that is not enough.
    fn make_room(&mut self, now: Instant) {
        if self.known.len() < REMEMBERED {
            return;
        }
        let is_fresh = |known: &Known| known.until.is_some_and(|until| until > now);
        self.known.retain(|_, known| is_fresh(known));
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
    }
}

/// Threads that look hosts up. They end with their owner, after the question at hand.
#[derive(Debug)]
struct Pool {
    questions: SyncSender<IpAddr>,
    answers: Receiver<(IpAddr, Option<String>)>,
}

impl Pool {
    fn start(look_up: LookUp) -> Self {
        let (questions, asked) = sync_channel(QUEUE);
        let (answered, answers) = channel();
        let asked = Arc::new(Mutex::new(asked));
        for _ in 0..THREADS {
            let (asked, answered) = (Arc::clone(&asked), answered.clone());
            // Without any thread the channel is closed, and every question goes unanswered.
            let _ = thread::Builder::new()
                .name("host names".to_owned())
                .spawn(move || answer(&asked, &answered, look_up));
        }
        Self { questions, answers }
    }
}

fn answer(
    asked: &Mutex<Receiver<IpAddr>>,
    answered: &Sender<(IpAddr, Option<String>)>,
    look_up: LookUp,
) {
    loop {
        let next = asked.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(address) = next else { return };
        if answered.send((address, look_up(address))).is_err() {
            return;
        }
    }
}

fn look_up(address: IpAddr) -> Option<String> {
    name_in(&getent::ask("hosts", &address.to_string())?)
}

/// The name in a line of `getent hosts`: an address, a name, other names. Whoever answers for an
/// address may say what they like: only what can be the name of a host is one.
fn name_in(text: &[u8]) -> Option<String> {
    let line = text.split(|&byte| byte == b'\n').next()?;
    let name = std::str::from_utf8(line).ok()?.split_whitespace().nth(1)?;
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    (name.len() <= LONGEST && name.bytes().all(is_fit)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(look_up: LookUp) -> HostNames {
        HostNames {
            look_up,
            ..HostNames::new(true)
        }
    }

    fn address(last: u16) -> IpAddr {
        let [high, low] = last.to_be_bytes();
        [203, 0, high, low].into()
    }

    fn until<T>(mut found: impl FnMut() -> Option<T>) -> T {
        let patience = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(found) = found() {
                return found;
            }
            assert!(Instant::now() < patience);
            thread::yield_now();
        }
    }

    #[test]
    fn a_name_comes_later_and_an_address_without_one_keeps_none() {
        let mut hosts =
            names(|address| (address == IpAddr::from([203, 0, 0, 5])).then(|| "five".into()));
        assert_eq!(hosts.name(address(5)), None);
        assert_eq!(hosts.name(address(6)), None);
        let name = until(|| hosts.name(address(5)));
        assert_eq!(&*name, "five");
        until(|| {
            hosts.known[&address(6)]
                .until
                .or_else(|| hosts.name(address(6)).and(None))
        });
        assert_eq!(hosts.name(address(6)), None);
    }

    #[test]
    fn what_is_due_is_asked_again_and_keeps_its_name_meanwhile() {
        let mut hosts = names(|_| Some("now".into()));
        let before = Known {
            name: Some("before".into()),
            until: Some(Instant::now()),
        };
        hosts.known.insert(address(5), before);
        assert_eq!(hosts.name(address(5)).as_deref(), Some("before"));
        until(|| hosts.name(address(5)).filter(|name| &**name == "now"));
    }

    #[test]
    fn who_asks_much_never_waits_and_memory_is_bounded() {
        let mut hosts = names(|_| {
            thread::park_timeout(Duration::from_millis(1));
            None
        });
        for last in 0..=u16::MAX {
            assert_eq!(hosts.name(address(last)), None);
        }
        assert!(hosts.known.len() <= REMEMBERED + QUEUE + THREADS);
    }

    #[test]
    fn a_captured_tree_asks_nobody() {
        let mut hosts = HostNames::new(false);
        assert_eq!(hosts.name(address(5)), None);
        assert!(hosts.pool.is_none());
    }

    #[test]
    fn only_what_can_be_a_name_is_one() {
        let named = |text: &str| name_in(text.as_bytes());
        assert_eq!(
            named("203.0.113.5  web.example www\n").as_deref(),
            Some("web.example")
        );
        for odd in [
            "",
            "203.0.113.5",
            "203.0.113.5 <b>x</b>",
            "203.0.113.5 a\u{202e}b",
        ] {
            assert_eq!(named(odd), None, "{odd}");
        }
        assert_eq!(named(&format!("::1 {}", "x".repeat(256))), None);
    }

    #[test]
    fn this_machine_knows_itself() {
        let own = look_up([127, 0, 0, 1].into());
        assert!(own.is_none_or(|name| !name.is_empty()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_borne(bytes: Vec<u8>) {
            name_in(&bytes);
        }
    }
}
