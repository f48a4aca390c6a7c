//! Alerts: tells by a notification of the desktop when something lasts that a person set a rule about.

pub mod background;
mod edit;
pub mod kept;
pub mod page;
mod words;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use adw::prelude::*;
use gtk::{gio, glib};
use jiff::Timestamp;
use relm4::{adw, gtk};

use super::actions;
use super::app::{ID, Sources};
use super::drilldown::SubjectKind;
use super::graph::contributor;
use super::pull::Pull;
use super::shared_style::SharedStyle;
use super::source_worker::Answer;
use crate::model::alert::{Alerts, Condition, Rule, Watch};
use crate::model::connection::HostNames;
use crate::source::memory::{INTERVAL, Memory, REST};
use crate::source::{Reply, Request, Source as _};

/// Watches the rules. Without any, or while alerts are off, it does nothing at all.
pub struct Watcher(Rc<Inner>);

struct Inner {
    application: gtk::Application,
    sources: Sources,
    memory: Memory,
    style: SharedStyle,
    watches: RefCell<Vec<Watch>>,
    // Whether a window has the machine read, and hands over what it is answered.
    is_fed: Cell<bool>,
    remembers: Cell<bool>,
    machine: RefCell<Option<Pull>>,
    processes: RefCell<Option<Pull>>,
    // `Instant` stands still while the machine sleeps, as a watch wants it.
    began: Instant,
}

/// The moment of a table, since boot and on the wall.
type At = (Duration, Timestamp);

impl Watcher {
    /// Watches nothing yet.
    pub fn new(
        application: &gtk::Application,
        sources: &Sources,
        memory: &Memory,
        style: &SharedStyle,
    ) -> Self {
        Self(Rc::new(Inner {
            application: application.clone(),
            sources: Rc::clone(sources),
            memory: memory.clone(),
            style: style.clone(),
            watches: RefCell::default(),
            is_fed: Cell::new(true),
            remembers: Cell::new(true),
            machine: RefCell::default(),
            processes: RefCell::default(),
            began: Instant::now(),
        }))
    }

    /// Watches these. A rule that was watched before goes on. `remembers` says whether tables of the
    /// past can be shown.
    pub fn set(&self, alerts: &Alerts, remembers: bool) {
        let inner = &self.0;
        inner.remembers.set(remembers);
        let before = inner.watches.take();
        let rules = alerts.rules.iter().filter(|_| alerts.on);
        let watches = rules.map(|rule| {
            let known = before.iter().find(|watch| watch.rule() == rule);
            known.cloned().unwrap_or_else(|| Watch::new(rule.clone()))
        });
        inner.watches.replace(watches.collect());
        Inner::pull(inner);
    }

    /// Says whether a window has the machine read and hands its answers over. Else it is read here.
    pub fn set_fed(&self, is_fed: bool) {
        if self.0.is_fed.replace(is_fed) != is_fed {
            Inner::pull(&self.0);
        }
    }

    /// Takes in what a window was answered about the machine.
    pub fn machine(&self, answer: &Answer) {
        Inner::arrived(&self.0, answer, false);
    }
}

impl Inner {
    /// Has read what is watched and nobody else reads.
    fn pull(self: &Rc<Self>) {
        let any = |of_processes: bool| {
            let watches = self.watches.borrow();
            let is_of = |watch: &Watch| watch.rule().condition.is_of_processes() == of_processes;
            watches.iter().any(is_of)
        };
        let machine = any(false) && !self.is_fed.get();
        self.keep_pulling(&self.machine, machine, || Request::System);
        let request = || Request::Cpu { watch: Vec::new() };
        self.keep_pulling(&self.processes, any(true), request);
    }

    fn keep_pulling(
        self: &Rc<Self>,
        pull: &RefCell<Option<Pull>>,
        wanted: bool,
        request: fn() -> Request,
    ) {
        if !wanted {
            pull.take();
        } else if pull.borrow().is_none() {
            let weak = Rc::downgrade(self);
            let source = (self.sources)();
            // As often as the memory reads tables, so that one reading does for both.
            let new = Pull::start(source, INTERVAL, INTERVAL, request, move |answer| {
                Self::pulled(&weak, &answer, request() != Request::System);
            });
            new.set_reserve(REST);
            pull.replace(Some(new));
        }
    }

    fn pulled(weak: &Weak<Self>, answer: &Answer, of_processes: bool) {
        if let Some(inner) = weak.upgrade() {
            Self::arrived(&inner, answer, of_processes);
        }
    }

    /// Takes in an answer about processes, or about the machine.
    fn arrived(self: &Rc<Self>, answer: &Answer, of_processes: bool) {
        let now = self.began.elapsed();
        let mut fired = Vec::new();
        for watch in self.watches.borrow_mut().iter_mut() {
            let condition = &watch.rule().condition;
            if condition.is_of_processes() != of_processes {
                continue;
            }
            let holds = match answer {
                Ok(Reply::System(snapshot)) => condition.holds_of(&snapshot.totals),
                Ok(Reply::Cpu(snapshot)) => condition.holds_among(snapshot),
                _ => None,
            };
            if watch.feed(now, holds) {
                fired.push(watch.rule().clone());
            }
        }
        let at = match answer {
            Ok(Reply::Cpu(snapshot)) => Some((snapshot.since_boot, snapshot.at)),
            _ => None,
        };
        for rule in fired {
            if rule.condition.is_of_processes() {
                self.tell(&rule, None, at);
            } else {
                self.find_largest(rule);
            }
        }
    }

    /// Reads the table behind the rule, once, and tells: it says who contributes most, and what is
    /// remembered then has this moment.
    fn find_largest(self: &Rc<Self>, rule: Rule) {
        let inner = Rc::clone(self);
        let mut memory = self.memory.clone();
        let request = match subject(&rule.condition) {
            SubjectKind::Network => Request::Network {
                names: HostNames::Off,
            },
            _ => Request::Cpu { watch: Vec::new() },
        };
        glib::spawn_future_local(async move {
            let answer = gio::spawn_blocking(move || memory.ask(&request)).await;
            let reply = answer.ok().and_then(Result::ok);
            let at = match &reply {
                Some(Reply::Cpu(snapshot)) => Some((snapshot.since_boot, snapshot.at)),
                Some(Reply::Network(snapshot)) => Some((snapshot.since_boot, snapshot.at)),
                _ => None,
            };
            let graph = subject(&rule.condition);
            let largest = reply.and_then(|it| contributor::largest(graph, &it));
            let largest = largest.map(|it| it.words(&inner.style.now()));
            inner.tell(&rule, largest.as_deref(), at);
        });
    }

    /// Tells that a rule fired. Pressing the notification opens the table at that moment, or the
    /// present where nothing is remembered.
    fn tell(&self, rule: &Rule, largest: Option<&str>, at: Option<At>) {
        let at = at.filter(|_| self.remembers.get());
        let time = at.map(|(_, at)| self.style.now().time_of_day(at));
        let notification = gio::Notification::new(&words::fired(rule, &self.style.now()));
        notification.set_body(Some(&words::details(largest, time.as_deref())));
        notification.set_icon(&gio::ThemedIcon::new(ID));
        let subject = subject(&rule.condition);
        notification.set_default_action_and_target_value(
            &format!("app.{}", actions::OPEN_AT),
            Some(&actions::open_at_target(
                subject,
                at.map(|(since_boot, _)| since_boot),
            )),
        );
        // A rule that fires again takes the place of what it told before.
        let id = format!(
            "alert-{}",
            kept::write(std::slice::from_ref(rule)).print(false)
        );
        self.application.send_notification(Some(&id), &notification);
    }
}

/// The graph that a condition is about.
fn subject(condition: &Condition) -> SubjectKind {
    match condition {
        Condition::Cpu { .. } | Condition::Program { .. } => SubjectKind::Cpu,
        Condition::MemoryShare { .. } | Condition::MemorySize { .. } => SubjectKind::Memory,
        Condition::Network { .. } => SubjectKind::Network,
    }
}
