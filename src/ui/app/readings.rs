//! What is read for the main window, and what becomes of the answers.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use adw::prelude::*;
use relm4::{Sender, adw};

use super::{App, AppMsg, Sources};
use crate::model::format::CpuScale;
use crate::model::system::SystemSnapshot;
use crate::source::memory::{INTERVAL, REST};
use crate::source::{Reply, Request};
use crate::ui::alerts::Watcher;
use crate::ui::graph::GRAPHS;
use crate::ui::graph::contributor::{self, Turns};
use crate::ui::hosts::Elsewhere;
use crate::ui::pull::Pull;
use crate::ui::shared_style::SharedStyle;
use crate::ui::shown::Shown;
use crate::ui::source_worker::Answer;

/// Between the first two questions, so that first values stand there within half a second.
const PRIMING: Duration = Duration::from_millis(200);
/// So many samples fill the longest window of time with more than there are pixels.
const MOST_MISSED: usize = 7200;

impl App {
    /// Nothing is asked while paused or while nobody can see it.
    pub(super) fn ask_while_seen(&self) {
        // A recording does not change.
        if self.store.is_none() {
            return;
        }
        let is_seen = self.window.is_visible() && !self.window.is_suspended();
        let asks = self.paused.is_none() && is_seen;
        if let Some(watcher) = &self.watcher {
            watcher.set_fed(asks);
        }
        if asks && !self.machine.is_running() {
            let latest = self.history.borrow().latest().map(|it| it.since_boot);
            // What is seen already is not asked for again.
            self.missed
                .set(latest.map(|latest| latest + Duration::from_millis(1)));
            self.memory.ask_now();
        }
        for pull in [&self.machine, &self.processes] {
            if asks {
                pull.resume();
            } else {
                pull.pause();
            }
        }
    }

    pub(super) fn machine_arrived(&mut self, answer: Answer) {
        if let Some(watcher) = &self.watcher {
            watcher.machine(&answer);
        }
        let wanted = std::mem::take(&mut self.update_wanted);
        if self.paused.is_some() && !wanted {
            return;
        }
        match answer {
            Ok(Reply::System(snapshot)) => {
                self.machine_is_read();
                self.history.borrow_mut().push(&snapshot);
                self.cores.borrow_mut().push(&snapshot);
                self.count_cpus(&snapshot);
                self.latest = Some(snapshot);
                self.show_contributors();
                self.show_latest();
                if wanted {
                    for panel in &self.panels {
                        panel.describe();
                    }
                }
            }
            Ok(_) => {}
            Err(error) => self.machine_failed(&error),
        }
    }

    /// A machine can come by CPUs, and lose them.
    fn count_cpus(&self, snapshot: &SystemSnapshot) {
        let changed = self.style.set_cpus(Some(snapshot.totals.cpus.len() as u64));
        if changed && self.style.now().cpu_scale == CpuScale::Machine {
            self.drill_downs.restyle();
        }
    }

    /// The graphs get what they did not see while they were paused or hidden.
    pub(super) fn memory_arrived(&mut self, answer: Answer) {
        if let Ok(Reply::Samples { samples, .. }) = answer
            && let Some(since) = self.missed.take()
        {
            self.history.borrow_mut().fill(samples);
            if let Some(store) = &self.store {
                store.fill_cores(since, &mut self.cores.borrow_mut());
            }
            self.show_latest();
        }
    }

    pub(super) fn show_latest(&self) {
        if let Some(snapshot) = &self.latest {
            for panel in &self.panels {
                panel.update(snapshot, self.length);
            }
        }
    }

    fn show_contributors(&mut self) {
        for (graph, contributor) in self.contributors.drain(..) {
            if let Some(panel) = self.panels.iter().find(|panel| panel.graph() == graph) {
                panel.set_contributor(contributor);
            }
        }
    }

    /// Keeps who contributes most until the next sample is shown: one frame serves both.
    pub(super) fn processes_arrived(&mut self, answer: Answer) {
        if self.paused.is_some() {
            return;
        }
        match answer {
            Ok(reply) => {
                self.processes_are_read(&reply);
                let found = self.turns.contributors(&reply);
                self.contributors.extend(found);
            }
            Err(error) => {
                self.processes_failed(&error);
                self.contributors.extend(GRAPHS.map(|graph| (graph, None)));
            }
        }
    }
}

/// Has the machine read for the graphs.
pub(super) fn machine(sources: &Sources, interval: Duration, sender: &Sender<AppMsg>) -> Pull {
    let input = sender.clone();
    let request = || Request::System;
    Pull::start(sources(), interval, PRIMING, request, move |answer| {
        input.emit(AppMsg::MachineArrived(answer));
    })
}

/// What tells of rules about this machine.
pub(super) fn watcher(
    shown: &Shown,
    elsewhere: Option<&Elsewhere>,
    sources: &Sources,
    style: &SharedStyle,
) -> Option<Watcher> {
    match shown {
        Shown::Machine(memory) if elsewhere.is_none() => {
            let application = relm4::main_application();
            Some(Watcher::new(&application, sources, memory, style))
        }
        Shown::Machine(_) | Shown::Recording(_) => None,
    }
}

/// Has the largest contributors read for the cards.
pub(super) fn contributors(sources: &Sources, turns: &Rc<Turns>, sender: &Sender<AppMsg>) -> Pull {
    let input = sender.clone();
    let turns = Rc::clone(turns);
    Pull::start(
        sources(),
        contributor::INTERVAL,
        PRIMING,
        move || turns.request(),
        move |answer| input.emit(AppMsg::ProcessesArrived(answer)),
    )
}

/// Has what no window asks for read from time to time, and what the graphs missed.
pub(super) fn remember(
    sources: &Sources,
    missed: &Rc<Cell<Option<Duration>>>,
    sender: &Sender<AppMsg>,
) -> Pull {
    let input = sender.clone();
    let missed = Rc::clone(missed);
    let request = move || match missed.get() {
        Some(since) => Request::Samples {
            since,
            most: MOST_MISSED,
        },
        None => Request::Remember,
    };
    let pull = Pull::start(sources(), INTERVAL, INTERVAL, request, move |answer| {
        input.emit(AppMsg::MemoryArrived(answer));
    });
    pull.set_reserve(REST);
    pull
}
