//! Who contributes most to each graph, asked for in turn, and only while it costs next to nothing.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use gettextrs::{gettext, ngettext};

use crate::model::connection::HostNames;
use crate::model::cpu::CpuSnapshot;
use crate::model::disk::DiskSnapshot;
use crate::model::format::{Style, printable};
use crate::model::network::NetworkSnapshot;
use crate::model::process::ProcessInfo;
use crate::model::snapshot::Cost;
use crate::model::units::{Bytes, BytesPerSecond, Percent};
use crate::source::{Reply, Request};
use crate::ui::drilldown::SubjectKind;

/// Time between two questions; each table's turn comes every third time.
pub const INTERVAL: Duration = Duration::from_secs(1);
/// The time that a named contributor stands for: that between two turns of a table.
const SPAN: Duration = Duration::from_secs(3);
/// The share of one core above which a table is not asked for any more.
const LARGEST_SHARE: f64 = 0.002;
/// After so long a table that cost too much is tried again.
const RETRY: Duration = Duration::from_mins(1);
/// An answer over a longer interval spans a pause: it does not tell of the last seconds.
const LONGEST_INTERVAL: Duration = Duration::from_secs(10);

/// The tables that are asked for, in turn. Memory is read off the first.
const TABLES: [SubjectKind; 3] = [SubjectKind::Cpu, SubjectKind::Disk, SubjectKind::Network];

/// Whose turn it is, and what each turn cost.
#[derive(Debug, Default)]
pub struct Turns {
    next: Cell<usize>,
    budgets: [RefCell<Budget>; TABLES.len()],
}

impl Turns {
    /// The next question. A table that costs too much loses its turn to the machine's totals,
    /// which cost next to nothing and concern no graph here.
    pub fn request(&self) -> Request {
        let turn = self.next.get();
        self.next.set((turn + 1) % TABLES.len());
        if !self.budgets[turn].borrow_mut().may_ask(Instant::now()) {
            return Request::System;
        }
        match TABLES[turn] {
            SubjectKind::Disk => Request::Disk,
            SubjectKind::Network => Request::Network {
                names: HostNames::Off,
            },
            SubjectKind::Cpu | SubjectKind::Memory => Request::Cpu { watch: Vec::new() },
        }
    }

    /// What an answer says about each of the graphs it concerns: the contributor, or
    /// `None` when it cannot be told or costs too much.
    pub fn contributors(&self, reply: &Reply) -> Vec<(SubjectKind, Option<Contributor>)> {
        let (table, cost, elapsed) = match reply {
            Reply::Cpu(snapshot) => (0, snapshot.cost, snapshot.elapsed),
            Reply::Disk(snapshot) => (1, snapshot.cost, snapshot.elapsed),
            Reply::Network(snapshot) => (2, snapshot.cost, snapshot.elapsed),
            _ => return Vec::new(),
        };
        let affordable = self.budgets[table]
            .borrow_mut()
            .charge(cost, Instant::now());
        let tell = affordable && elapsed <= LONGEST_INTERVAL;
        let contributors = match reply {
            Reply::Cpu(snapshot) => vec![
                (SubjectKind::Cpu, largest_cpu(snapshot)),
                (SubjectKind::Memory, largest_memory(snapshot)),
            ],
            Reply::Disk(snapshot) => vec![(SubjectKind::Disk, largest_disk(snapshot))],
            Reply::Network(snapshot) => {
                vec![(SubjectKind::Network, largest_network(snapshot))]
            }
            _ => Vec::new(),
        };
        contributors
            .into_iter()
            .map(|(graph, largest)| (graph, largest.filter(|_| tell)))
            .collect()
    }
}

/// The program that contributes most to a graph by what a table of it says; to the network, by what it
/// receives and sends. `None` where none does, or the table is another's.
pub fn largest(graph: SubjectKind, table: &Reply) -> Option<Contributor> {
    match (graph, table) {
        (SubjectKind::Cpu, Reply::Cpu(snapshot)) => largest_cpu(snapshot),
        (SubjectKind::Memory, Reply::Cpu(snapshot)) => largest_memory(snapshot),
        (SubjectKind::Disk, Reply::Disk(snapshot)) => largest_disk(snapshot),
        (SubjectKind::Network, Reply::Network(snapshot)) => largest_traffic(snapshot),
        _ => None,
    }
}

/// What the last turns of one table cost.
#[derive(Debug, Default)]
struct Budget {
    costs: Vec<Duration>,
    stopped: Option<Instant>,
}

impl Budget {
    fn may_ask(&mut self, now: Instant) -> bool {
        if self
            .stopped
            .is_some_and(|since| now.duration_since(since) >= RETRY)
        {
            self.stopped = None;
            self.costs.clear();
        }
        self.stopped.is_none()
    }

    /// Whether it may go on after a turn with this cost. The first few are let through: they read
    /// what is read once for each process.
    fn charge(&mut self, cost: Cost, now: Instant) -> bool {
        const TURNS: u32 = 3;
        self.costs.push(cost.cpu);
        if self.costs.len() > 2 * TURNS as usize {
            self.costs.remove(0);
        }
        let Some(start) = self
            .costs
            .len()
            .checked_sub(TURNS as usize)
            .filter(|&n| n > 0)
        else {
            return true;
        };
        let last = self.costs[start..].iter().sum::<Duration>() / TURNS;
        if last.as_secs_f64() > SPAN.as_secs_f64() * LARGEST_SHARE {
            self.stopped = Some(now);
        }
        self.stopped.is_none()
    }
}

/// A program and how much it uses.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributor {
    name: String,
    amount: Amount,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Amount {
    /// CPU time, of one core.
    Cpu(Percent),
    Memory(Bytes),
    Disk(BytesPerSecond),
    Network(BytesPerSecond),
    Sockets(u64),
}

impl Contributor {
    fn new(process: &ProcessInfo, amount: Amount) -> Self {
        Self {
            name: process.name.clone(),
            amount,
        }
    }

    /// "firefox 38 %".
    pub fn words(&self, style: &Style) -> String {
        let value = match self.amount {
            Amount::Cpu(share) => style.cpu(share, 0),
            Amount::Memory(size) => style.bytes(size),
            Amount::Disk(rate) => style.rate(rate),
            Amount::Network(rate) => style.network_rate(rate),
            Amount::Sockets(count) => ngettext(
                "{n} socket",
                "{n} sockets",
                u32::try_from(count).unwrap_or(u32::MAX),
            )
            .replace("{n}", &count.to_string()),
        };
        // Translators: a program and how much it uses, as in "firefox 38 %".
        gettext("{name} {value}")
            .replace("{value}", &value)
            .replace("{name}", &printable(&self.name))
    }
}

fn largest_cpu(snapshot: &CpuSnapshot) -> Option<Contributor> {
    let shares = snapshot
        .rows
        .iter()
        .filter_map(|row| Some((row, row.cpu?.0)));
    let (row, share) = shares.max_by(|a, b| a.1.total_cmp(&b.1))?;
    // What rounds to nothing contributes nothing.
    (share >= 0.5).then(|| Contributor::new(&row.info, Amount::Cpu(Percent(share))))
}

fn largest_memory(snapshot: &CpuSnapshot) -> Option<Contributor> {
    let sizes = snapshot.rows.iter().filter_map(|row| Some((row, row.rss?)));
    let (row, size) = sizes.max_by_key(|(_, size)| *size)?;
    (size.0 > 0).then(|| Contributor::new(&row.info, Amount::Memory(size)))
}

fn largest_disk(snapshot: &DiskSnapshot) -> Option<Contributor> {
    let rates = snapshot.rows.iter().filter_map(|row| {
        let io = row.io?;
        Some((row, io.read_rate? + io.write_rate?))
    });
    let (row, rate) = rates.max_by(|a, b| a.1.0.total_cmp(&b.1.0))?;
    (rate.0 > 0.0).then(|| Contributor::new(&row.info, Amount::Disk(rate)))
}

fn largest_network(snapshot: &NetworkSnapshot) -> Option<Contributor> {
    let counts = snapshot
        .rows
        .iter()
        .filter_map(|row| Some((row, row.sockets?.total())));
    let (row, count) = counts.max_by_key(|(_, count)| *count)?;
    (count > 0).then(|| Contributor::new(&row.info, Amount::Sockets(count)))
}

fn largest_traffic(snapshot: &NetworkSnapshot) -> Option<Contributor> {
    let rates = snapshot
        .rows
        .iter()
        .filter_map(|row| Some((row, row.received_rate? + row.sent_rate?)));
    let (row, rate) = rates.max_by(|a, b| a.1.0.total_cmp(&b.1.0))?;
    (rate.0 > 0.0).then(|| Contributor::new(&row.info, Amount::Network(rate)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(millis: u64) -> Cost {
        Cost {
            cpu: Duration::from_millis(millis),
        }
    }

    #[test]
    fn a_table_that_costs_too_much_is_not_asked_until_it_is_tried_again() {
        let start = Instant::now();
        let mut budget = Budget::default();
        // The first reading is dear for everybody.
        assert!(budget.charge(cost(50), start));
        for _ in 0..3 {
            assert!(budget.charge(cost(1), start));
        }
        assert!(budget.may_ask(start));
        assert!(!budget.charge(cost(30), start));
        assert!(!budget.may_ask(start + RETRY / 2));
        assert!(budget.may_ask(start + RETRY));
        assert!(budget.charge(cost(1), start + RETRY));
    }

    #[test]
    fn tables_are_asked_in_turn_and_a_lost_turn_asks_no_table() {
        let turns = Turns::default();
        assert_eq!(turns.request(), Request::Cpu { watch: Vec::new() });
        assert_eq!(turns.request(), Request::Disk);
        turns.budgets[2].borrow_mut().stopped = Some(Instant::now());
        assert_eq!(turns.request(), Request::System);
        assert_eq!(turns.request(), Request::Cpu { watch: Vec::new() });
    }
}
