//! Acting on processes: they are held, a person is asked, it is done, and what came of it is told.
//!
//! They are held from before the question on, so that the answer is about the processes it names,
//! whatever becomes of their pids meanwhile.

mod dialog;
mod priority;
mod words;

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use relm4::gtk;
use relm4::gtk::glib;
use relm4::gtk::glib::prelude::*;
use relm4::{ComponentBuilder, WorkerController};

use crate::model::action::{Acted, Action, MOST_CHOSEN, Nice, Outcome};
use crate::model::format::printable;
use crate::model::process::ProcessKey;
use crate::model::table::{Row, Value};
use crate::source::{Reply, Request, SourceError};
use crate::ui::source_worker::{Answer, OpenSource, SourceWorker};

/// What a person wants to do to processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// [`Action::End`]
    End,
    /// [`Action::Kill`]
    Kill,
    /// [`Action::Stop`]
    Stop,
    /// [`Action::Continue`]
    Continue,
    /// [`Action::SetNice`], which is asked for.
    Priority,
}

/// A process to act on.
#[derive(Clone, Debug)]
pub struct Target {
    /// Which one.
    pub key: ProcessKey,
    /// Its name, fit to be shown.
    name: String,
    /// Whose it is, fit to be shown.
    user: Option<String>,
    /// Its priority, where the row knows it.
    nice: Option<Nice>,
}

impl Target {
    /// The process of a row; `None` where it is about none.
    pub fn of<R: Row>(row: &R) -> Option<Self> {
        let process = row.process()?;
        let nice = R::column("nice").map(|column| (column.value)(row));
        Some(Self {
            key: process.key,
            name: printable(&row.name_of()).into_owned(),
            user: process
                .info
                .user
                .as_deref()
                .map(|user| printable(user).into_owned()),
            nice: match nice {
                Some(Value::Integer(nice)) => Nice::new(nice),
                _ => None,
            },
        })
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Told {
    /// In words.
    pub text: String,
    /// Whether an administrator could do more.
    pub denied: bool,
    /// Whether anything was done.
    pub acted: bool,
}

/// Processes that are held until this is dropped.
pub struct Acting {
    _inner: Rc<Inner>,
}

struct Inner {
    worker: RefCell<Option<WorkerController<SourceWorker>>>,
    wanted: Wanted,
    action: RefCell<Option<Action>>,
    targets: RefCell<Vec<Target>>,
    window: glib::WeakRef<gtk::Widget>,
    ended: Box<dyn Fn(Option<Told>)>,
}

impl Acting {
    /// Holds the targets by a source that `open` makes, then asks above `window` and acts. `ended` is
    /// told what came of it; `None` where the person thought better of it.
    pub fn start(
        open: OpenSource,
        window: &impl IsA<gtk::Widget>,
        wanted: Wanted,
        targets: Vec<Target>,
        ended: impl Fn(Option<Told>) + 'static,
    ) -> Self {
        let keys: Vec<ProcessKey> = targets.iter().map(|target| target.key).collect();
        let inner = Rc::new(Inner {
            worker: RefCell::new(None),
            wanted,
            action: RefCell::new(None),
            targets: RefCell::new(targets),
            window: window.upcast_ref::<gtk::Widget>().downgrade(),
            ended: Box::new(ended),
        });
        if keys.len() > MOST_CHOSEN {
            inner.failed(&SourceError::TooManyChosen);
            return Self { _inner: inner };
        }
        let weak = Rc::downgrade(&inner);
        let worker = ComponentBuilder::<SourceWorker>::default()
            .detach_worker(open)
            .connect_receiver(move |_, answer| {
                if let Some(inner) = weak.upgrade() {
                    inner.answered(answer);
                }
            });
        inner.worker.replace(Some(worker));
        inner.request(Request::Choose(keys));
        Self { _inner: inner }
    }
}

impl Inner {
    fn request(&self, request: Request) {
        let worker = self.worker.borrow();
        let sent = worker.as_ref().map(|worker| worker.sender().send(request));
        if !matches!(sent, Some(Ok(()))) {
            self.failed(&SourceError::Closed);
        }
    }

    fn answered(self: &Rc<Self>, answer: Answer) {
        match answer {
            Ok(Reply::Chosen(refused)) => self.chosen(&refused),
            Ok(Reply::Acted(acted)) => self.acted(&acted),
            Ok(_) => {}
            Err(error) => self.failed(&error),
        }
    }

    /// Asks about those that are held.
    fn chosen(self: &Rc<Self>, refused: &[Acted]) {
        let held: Vec<Target> = {
            let targets = self.targets.borrow();
            let is_held = |target: &&Target| refused.iter().all(|it| it.process != target.key);
            targets.iter().filter(is_held).cloned().collect()
        };
        if held.is_empty() {
            self.acted(refused);
            return;
        }
        if self.wanted == Wanted::Continue {
            // Nothing is lost by it.
            self.act(Action::Continue);
            return;
        }
        let Some(window) = self.window.upgrade() else {
            return;
        };
        let weak: Weak<Self> = Rc::downgrade(self);
        dialog::ask(&window, self.wanted, &held, move |action| {
            let Some(inner) = weak.upgrade() else { return };
            match action {
                Some(action) => inner.act(action),
                None => (inner.ended)(None),
            }
        });
    }

    fn act(&self, action: Action) {
        self.action.replace(Some(action));
        self.request(Request::Act(action));
    }

    fn acted(&self, acted: &[Acted]) {
        let is_done = |it: &Acted| matches!(it.outcome, Outcome::Done | Outcome::Partly { .. });
        let is_denied = |it: &Acted| it.outcome == Outcome::NotPermitted;
        (self.ended)(Some(Told {
            text: words::outcome(*self.action.borrow(), &self.targets.borrow(), acted),
            denied: acted.iter().any(is_denied),
            acted: acted.iter().any(is_done),
        }));
    }

    fn failed(&self, error: &SourceError) {
        (self.ended)(Some(Told {
            text: words::failure(error),
            denied: false,
            acted: false,
        }));
    }
}
