//! Who the bytes of TCP connections belong to, those of connections that nobody saw open included.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::model::connection::NamespaceId;
use crate::model::process::{ProcessKey, Uid};
use crate::model::units::Bytes;
use crate::platform::{ClosedSocket, ProcessCounters, SocketCounters, SocketReading, TcpState};

/// For so many readings a socket is remembered that is in no dump any more: a dump that was
/// interrupted may lack it, and its last counters may be under way.
const PATIENCE: u64 = 16;
/// The same where the end of every socket is told. The message can be many readings late, as it
/// waits for the listener's thread to look, and of one forgotten too early all would count again.
const PATIENCE_WHERE_TOLD: u64 = 1024;

/// An amount in either direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// TCP payload received.
    pub received: Bytes,
    /// TCP payload sent and acknowledged.
    pub sent: Bytes,
}

impl Flow {
    /// Both directions together.
    pub fn sum(self) -> Bytes {
        self.received + self.sent
    }

    /// What was added since; nothing where it went back.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            received: self.received.saturating_sub(before.received),
            sent: self.sent.saturating_sub(before.sent),
        }
    }

    fn add(&mut self, more: Self) {
        self.received += more.received;
        self.sent += more.sent;
    }

    /// Takes the flow out, and leaves none.
    fn take_out(&mut self, less: Self) {
        *self = self.since(less);
    }
}

/// Whose sockets those are that no process is known to hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Group {
    /// Who made them.
    pub uid: Option<Uid>,
    /// The service they were made in.
    pub service: Option<Arc<str>>,
}

/// All that went through TCP since the first reading, each byte in one place.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// By process, of those that are there.
    pub processes: HashMap<ProcessKey, Flow>,
    /// By user and service, where processes may not be looked into.
    pub groups: HashMap<Group, Flow>,
    /// Of connections that were not seen open, or whose process is gone.
    pub short_lived: Flow,
    /// Of sockets that belong to nobody.
    pub unexplained: Flow,
    /// All of the above, and of processes that are gone.
    pub total: Flow,
    /// The part of it that went to or came from other machines.
    pub outside: Flow,
}

/// Accounts for every byte of every TCP socket.
///
/// A socket that several processes hold counts for one of them: who held it first, as long as it
/// does, so that one handed on follows, and one shared by a fork stays. What went through one
/// before its process was found goes to the process once it is; one that ends before that was
/// short-lived.
#[derive(Debug, Default)]
pub struct Ledger {
    figures: Figures,
    open: FxHashMap<Key, Open>,
    /// What went through each socket of the last reading since the one before.
    growth: Vec<Flow>,
    round: u64,
}

/// A socket: the kernel uses a cookie only once.
type Key = (Option<NamespaceId>, u64);

#[derive(Debug)]
struct Open {
    counted: Flow,
    account: Account,
    /// The part of it that went to that account, while it is no process.
    unheld: Flow,
    /// The readings in which it was seen first and last.
    first: u64,
    seen: u64,
}

/// Where the bytes of a socket go.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Account {
    Process(ProcessKey),
    Group(Group),
    ShortLived,
    Unexplained,
}

impl Ledger {
    /// All that is accounted for.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    /// What went through each socket of the last reading since the one before, in its order.
    pub fn growth(&self) -> &[Flow] {
        &self.growth
    }

    /// Takes in a reading. The first one says only where counting begins.
    pub fn update(&mut self, reading: &SocketReading<'_>) {
        self.round += 1;
        let holders = self.holders(reading);
        let any_denied = reading.denied.contains(&true);
        let listeners = Listeners::new(reading, &holders);
        let is_first = self.round == 1;
        self.growth.clear();
        let mut seen = 0;
        for (socket, holder) in reading.sockets.iter().zip(&holders) {
            let grown = match (key(socket), flow(socket)) {
                (Some(key), Some(now)) => {
                    seen += 1;
                    self.take_in(reading, socket, key, now, *holder, |socket| {
                        Account::of_unheld(socket, any_denied, &listeners)
                    })
                }
                _ => Flow::default(),
            };
            self.growth.push(grown);
        }
        for closed in reading.closed {
            self.close(reading, closed, &listeners, is_first);
        }
        if self.open.len() > seen {
            let patience = if reading.missed.is_some() {
                PATIENCE_WHERE_TOLD
            } else {
                PATIENCE
            };
            let round = self.round;
            self.open.retain(|_, open| open.seen + patience > round);
        }
        self.figures
            .processes
            .retain(|key, _| is_present(reading.processes, *key));
    }

    /// The process to whose account each socket goes.
    fn holders(&self, reading: &SocketReading<'_>) -> Vec<Option<ProcessKey>> {
        let mut holders = vec![None; reading.sockets.len()];
        for &(process, socket) in reading.owners {
            let process = reading.processes[process].key;
            let holder = &mut holders[socket];
            if holder.is_none() {
                *holder = Some(process);
            } else if let Some(key) = key(&reading.sockets[socket])
                && let Some(open) = self.open.get(&key)
                && open.account == Account::Process(process)
            {
                *holder = Some(process);
            }
        }
        holders
    }

    /// Takes in an open socket. Returns what went through it since it was last seen.
    fn take_in(
        &mut self,
        reading: &SocketReading<'_>,
        socket: &SocketCounters,
        key: Key,
        now: Flow,
        holder: Option<ProcessKey>,
        unheld: impl FnOnce(&SocketCounters) -> Account,
    ) -> Flow {
        let round = self.round;
        let Some(open) = self.open.get_mut(&key) else {
            let account = holder.map_or_else(|| unheld(socket), Account::Process);
            let grown = if round == 1 { Flow::default() } else { now };
            self.credit(reading, &account, grown, socket.remote.ip());
            let open = Open {
                counted: now,
                account,
                unheld: if holder.is_none() {
                    grown
                } else {
                    Flow::default()
                },
                first: round,
                seen: round,
            };
            self.open.insert(key, open);
            return grown;
        };
        let grown = now.since(open.counted);
        open.counted = now;
        open.seen = round;
        // One that nobody holds any more stays with who held it last.
        if let Some(holder) = holder
            && open.account != Account::Process(holder)
        {
            let before = std::mem::replace(&mut open.account, Account::Process(holder));
            let unheld = std::mem::take(&mut open.unheld);
            let after = Account::Process(holder);
            self.figures.slot(reading, &before).take_out(unheld);
            self.figures.slot(reading, &after).add(unheld);
            self.credit(reading, &after, grown, socket.remote.ip());
        } else if grown != Flow::default() {
            // Most sockets do nothing most of the time.
            if !matches!(open.account, Account::Process(_)) {
                open.unheld.add(grown);
            }
            let account = open.account.clone();
            self.credit(reading, &account, grown, socket.remote.ip());
        }
        grown
    }

    fn close(
        &mut self,
        reading: &SocketReading<'_>,
        closed: &ClosedSocket,
        listeners: &Listeners,
        is_first: bool,
    ) {
        let last = Flow {
            received: closed.traffic.received,
            sent: closed.traffic.sent,
        };
        let (grown, account) = match self.open.remove(&(None, closed.cookie)) {
            // Its process may well be readable, and was only slower to be found than the socket to
            // be closed.
            Some(open) if open.first == open.seen && open.account.is_guess() && open.first > 1 => {
                self.figures
                    .slot(reading, &open.account)
                    .take_out(open.unheld);
                self.figures.short_lived.add(open.unheld);
                (last.since(open.counted), Account::ShortLived)
            }
            Some(open) => (last.since(open.counted), open.account),
            None if is_first => return,
            None => {
                let listener = listeners.at(closed.local).map(Account::Process);
                (last, listener.unwrap_or(Account::ShortLived))
            }
        };
        self.credit(reading, &account, grown, closed.remote.ip());
    }

    fn credit(
        &mut self,
        reading: &SocketReading<'_>,
        account: &Account,
        grown: Flow,
        remote: IpAddr,
    ) {
        if let Account::Process(key) = account {
            // It is in the table from its first connection on.
            self.figures.processes.entry(*key).or_default();
        }
        if grown == Flow::default() {
            return;
        }
        self.figures.total.add(grown);
        if !is_own(remote, reading.addresses) {
            self.figures.outside.add(grown);
        }
        self.figures.slot(reading, account).add(grown);
    }
}

impl Figures {
    /// Where what goes to an account is counted.
    fn slot(&mut self, reading: &SocketReading<'_>, account: &Account) -> &mut Flow {
        match account {
            Account::Process(key) if is_present(reading.processes, *key) => {
                self.processes.entry(*key).or_default()
            }
            Account::Process(_) | Account::ShortLived => &mut self.short_lived,
            Account::Group(group) => self.groups.entry(group.clone()).or_default(),
            Account::Unexplained => &mut self.unexplained,
        }
    }
}

impl Account {
    /// Whether it says only that no process was found.
    fn is_guess(&self) -> bool {
        matches!(self, Self::Group(_) | Self::Unexplained)
    }

    /// Of a socket that no process is known to hold.
    fn of_unheld(socket: &SocketCounters, any_denied: bool, listeners: &Listeners) -> Self {
        // One without an inode waits in a listener's queue: no process can hold it yet.
        if socket.inode.is_some() && socket.uid.is_some() && any_denied {
            return Self::Group(Group {
                uid: socket.uid,
                service: socket.service.clone(),
            });
        }
        // Only this program's own namespace has its listeners among them.
        let listener = socket
            .namespace
            .is_none()
            .then(|| listeners.at(socket.local));
        match listener.flatten() {
            Some(listener) => Self::Process(listener),
            None if socket.inode.is_none() => Self::ShortLived,
            None => Self::Unexplained,
        }
    }
}

/// Which process accepts connections at which address.
struct Listeners(HashMap<SocketAddr, ProcessKey>);

impl Listeners {
    fn new(reading: &SocketReading<'_>, holders: &[Option<ProcessKey>]) -> Self {
        let listening =
            reading.sockets.iter().zip(holders).filter(|(socket, _)| {
                socket.state == TcpState::Listen && socket.namespace.is_none()
            });
        let at = listening.filter_map(|(socket, holder)| {
            let local = socket.local;
            Some((
                SocketAddr::new(canonical(local.ip()), local.port()),
                (*holder)?,
            ))
        });
        Self(at.collect())
    }

    /// Who listens at this address, else at its port on all of them.
    fn at(&self, local: SocketAddr) -> Option<ProcessKey> {
        let at = |address: IpAddr| self.0.get(&SocketAddr::new(address, local.port()));
        let any: [IpAddr; 2] = [[0; 4].into(), [0; 16].into()];
        at(canonical(local.ip()))
            .or_else(|| at(any[0]))
            .or_else(|| at(any[1]))
            .copied()
    }
}

/// An IPv4 address that is written as an IPv6 one as what it is.
pub(super) fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// Whether what is sent there stays on this machine.
fn is_own(address: IpAddr, own: &[IpAddr]) -> bool {
    let address = canonical(address);
    address.is_loopback() || own.contains(&address)
}

fn key(socket: &SocketCounters) -> Option<Key> {
    let namespace = socket.namespace.as_ref().map(|namespace| namespace.id);
    Some((namespace, socket.cookie?))
}

fn flow(socket: &SocketCounters) -> Option<Flow> {
    socket.traffic.map(|traffic| Flow {
        received: traffic.received,
        sent: traffic.sent,
    })
}

/// `processes` ascend by pid.
fn is_present(processes: &[ProcessCounters], key: ProcessKey) -> bool {
    let at = processes.binary_search_by_key(&key.pid, |process| process.key.pid);
    at.is_ok_and(|at| processes[at].key == key)
}

#[cfg(test)]
#[path = "traffic_tests.rs"]
mod tests;
