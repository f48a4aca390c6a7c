//! Which programs started and ended since they were asked for, and under whom: what the kernel
//! tells of processes, put together.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::proc_messages::Event;
use crate::model::process::Pid;
use crate::platform::EndedPrograms;

/// So many processes are remembered; the oldest are forgotten first.
const KNOWN: usize = 4096;
/// So many processes can have others that ended under them.
const PARENTS: usize = 1024;
/// So many programs are counted under each.
const PROGRAMS: usize = 64;

/// How often each program ended.
type Tally = FxHashMap<Arc<str>, u64>;

/// What is known of processes from the events about them.
#[derive(Debug, Default)]
pub struct ShortLived {
    known: FxHashMap<u32, Known>,
    /// In the order they came, with their number. Those that ended stand here until it is their
    /// turn.
    order: VecDeque<(u32, u64)>,
    tallies: FxHashMap<u32, Tally>,
    /// How often it was asked.
    asked: u64,
    /// How many processes were remembered so far.
    number: u64,
}

#[derive(Debug)]
struct Known {
    /// `None` where it could not be read in time.
    name: Option<Arc<str>>,
    parent: Option<u32>,
    /// After so many questions it came into being; `None` where that was not heard.
    born: Option<u64>,
    number: u64,
}

impl ShortLived {
    /// Takes in what happened. `name` reads the name of a process.
    pub fn hear(&mut self, event: Event, name: impl Fn(u32) -> Option<Arc<str>>) {
        match event {
            Event::Forked { parent, child } => {
                // Until it runs another program it is called as its parent.
                if !self.known.contains_key(&parent) {
                    self.remember(parent, name(parent), None, None);
                }
                let known = self.known.get(&parent);
                let inherited = known.and_then(|known| known.name.clone());
                self.remember(child, inherited, Some(parent), Some(self.asked));
            }
            Event::Executed { process } => match self.known.get_mut(&process) {
                Some(known) => known.name = name(process),
                None => self.remember(process, name(process), None, None),
            },
            Event::Ended { process, parent } => self.end(process, parent),
            Event::Thread { .. } => {}
        }
    }

    /// The programs that started and ended since the last call, each under the nearest of its
    /// ancestors that is still there.
    pub fn take(&mut self) -> Vec<EndedPrograms> {
        self.asked += 1;
        let tallies = self.tallies.drain();
        tallies
            .flat_map(|(under, tally)| {
                tally.into_iter().map(move |(name, count)| EndedPrograms {
                    under: Pid(under),
                    name,
                    count,
                })
            })
            .collect()
    }

    fn remember(
        &mut self,
        process: u32,
        name: Option<Arc<str>>,
        parent: Option<u32>,
        born: Option<u64>,
    ) {
        self.number += 1;
        let number = self.number;
        let known = Known {
            name,
            parent,
            born,
            number,
        };
        self.known.insert(process, known);
        self.order.push_back((process, number));
        while self.order.len() > KNOWN {
            let Some((oldest, number)) = self.order.pop_front() else {
                return;
            };
            if self
                .known
                .get(&oldest)
                .is_some_and(|it| it.number == number)
            {
                self.known.remove(&oldest);
            }
        }
    }

    /// What ended under a process that ends itself is left to its parent, as its CPU time is.
    fn end(&mut self, process: u32, parent: Option<u32>) {
        let gone = self.known.remove(&process);
        let mut left = self.tallies.remove(&process).unwrap_or_default();
        let parent = parent.or_else(|| gone.as_ref()?.parent);
        // One that was there when somebody asked was seen.
        let unseen = gone.filter(|gone| gone.born == Some(self.asked));
        if let Some(name) = unseen.and_then(|gone| gone.name) {
            *left.entry(name).or_default() += 1;
        }
        let Some(parent) = parent.filter(|_| !left.is_empty()) else {
            return;
        };
        if self.tallies.len() >= PARENTS && !self.tallies.contains_key(&parent) {
            return;
        }
        let tally = self.tallies.entry(parent).or_default();
        for (name, count) in left {
            if tally.len() < PROGRAMS || tally.contains_key(&name) {
                *tally.entry(name).or_default() += count;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fork(parent: u32, child: u32) -> Event {
        Event::Forked { parent, child }
    }

    fn exec(process: u32) -> Event {
        Event::Executed { process }
    }

    fn end(process: u32, parent: Option<u32>) -> Event {
        Event::Ended { process, parent }
    }

    /// The process with number 7 is called `p7`.
    fn hear(short_lived: &mut ShortLived, events: &[Event]) {
        for event in events {
            short_lived.hear(*event, |pid| Some(format!("p{pid}").into()));
        }
    }

    fn taken(short_lived: &mut ShortLived) -> Vec<(u32, String, u64)> {
        let mut all: Vec<_> = short_lived
            .take()
            .into_iter()
            .map(|it| (it.under.0, it.name.to_string(), it.count))
            .collect();
        all.sort();
        all
    }

    fn told(under: u32, name: &str, count: u64) -> (u32, String, u64) {
        (under, name.to_owned(), count)
    }

    #[test]
    fn a_tree_that_came_and_went_is_told_under_who_is_left() {
        let mut short_lived = ShortLived::default();
        hear(
            &mut short_lived,
            &[
                fork(2, 3),
                exec(3),
                fork(3, 4),
                exec(4),
                fork(3, 5),
                end(4, Some(3)),
                end(5, Some(3)),
                end(3, None),
            ],
        );
        // The fifth ran no program of its own.
        assert_eq!(
            taken(&mut short_lived),
            [told(2, "p3", 2), told(2, "p4", 1)]
        );
        assert_eq!(taken(&mut short_lived), []);
    }

    #[test]
    fn one_that_was_there_at_a_reading_is_not_unseen() {
        let mut short_lived = ShortLived::default();
        hear(&mut short_lived, &[fork(2, 3), exec(3)]);
        assert_eq!(taken(&mut short_lived), []);
        hear(
            &mut short_lived,
            &[fork(3, 4), exec(4), end(4, Some(3)), end(3, Some(2))],
        );
        assert_eq!(taken(&mut short_lived), [told(2, "p4", 1)]);
    }

    #[test]
    fn an_orphan_is_told_under_who_took_it() {
        let mut short_lived = ShortLived::default();
        hear(
            &mut short_lived,
            &[
                fork(2, 3),
                fork(3, 4),
                exec(4),
                end(3, Some(2)),
                end(4, Some(1)),
            ],
        );
        assert_eq!(
            taken(&mut short_lived),
            [told(1, "p4", 1), told(2, "p2", 1)]
        );
    }

    #[test]
    fn who_is_gone_before_its_name_was_read_is_not_named() {
        let mut short_lived = ShortLived::default();
        hear(&mut short_lived, &[fork(2, 3)]);
        short_lived.hear(exec(3), |_| None);
        hear(&mut short_lived, &[end(3, Some(2))]);
        assert_eq!(taken(&mut short_lived), []);
    }

    #[test]
    fn a_pid_used_again_is_another_process() {
        let mut short_lived = ShortLived::default();
        hear(&mut short_lived, &[fork(2, 3), exec(3)]);
        short_lived.take();
        // Its end was not heard.
        hear(&mut short_lived, &[fork(9, 3), end(3, None)]);
        assert_eq!(taken(&mut short_lived), [told(9, "p9", 1)]);
    }

    fn any_event() -> impl Strategy<Value = Event> {
        let pid = 0_u32..200_000;
        prop_oneof![
            (pid.clone(), pid.clone()).prop_map(|(parent, child)| fork(parent, child)),
            pid.clone().prop_map(exec),
            (pid.clone(), prop::option::of(pid)).prop_map(|(process, parent)| end(process, parent)),
        ]
    }

    #[test]
    fn nobody_who_asks_is_no_reason_to_grow_without_bound() {
        let mut short_lived = ShortLived::default();
        for pid in 1..100_000 {
            hear(&mut short_lived, &[fork(pid / 7, pid), exec(pid)]);
            if pid % 3 == 0 {
                hear(&mut short_lived, &[end(pid, Some(pid / 50))]);
            }
        }
        assert!(short_lived.known.len() <= KNOWN && short_lived.order.len() <= KNOWN);
        assert!(short_lived.tallies.len() <= PARENTS);
        assert!(short_lived.tallies.values().all(|it| it.len() <= PROGRAMS));
    }

    proptest! {
        #[test]
        fn no_more_end_than_came(events in prop::collection::vec(any_event(), 0..300)) {
            let mut short_lived = ShortLived::default();
            hear(&mut short_lived, &events);
            let count = |wanted: fn(&Event) -> bool| events.iter().filter(|it| wanted(it)).count();
            let forked = count(|it| matches!(it, Event::Forked { .. }));
            let ended = count(|it| matches!(it, Event::Ended { .. }));
            let told: u64 = short_lived.take().iter().map(|it| it.count).sum();
            prop_assert!(told <= forked.min(ended) as u64);
        }
    }
}
