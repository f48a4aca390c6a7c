//! The one drill-down window and what its subjects differ in.

mod acting;
mod asking;
mod choices;
mod completion;
mod connect;
mod connections;
mod cpu;
mod degradation;
mod details;
mod disk;
mod empty;
mod explanation;
mod keys;
mod memory;
mod menu;
mod message;
mod network;
mod notes;
mod parts;
mod past;
mod problem;
mod rows;
mod saving;
mod state;
mod status;
mod strip;
mod style;
mod subject;
mod widgets;
mod window;

use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk;
use relm4::{Component, ComponentController};

pub use keys::{HELP, SHORTCUTS};

use connections::Connections;
use cpu::Cpu;
use disk::Disk;
use memory::Memory;
use message::{Message, Output};
use network::Network;
pub use state::ViewState;
use window::{DrillDown, Init};

use super::actions::subject_name;
use super::graph::chart::Selection;
use super::settings::{Look, Settings};
use super::shared_style::SharedStyle;
use super::source_worker::OpenSource;
use subject::{Subject, View};

/// The four tables that can be opened from the graphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubjectKind {
    /// Processes by CPU.
    Cpu,
    /// Processes by memory: the rows of the CPU table, with other columns and sorting.
    Memory,
    /// Processes by storage.
    Disk,
    /// Processes by sockets.
    Network,
}

/// Where what the windows show comes from.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// Which recording it is; `None` where it is the present.
    pub replayed: Option<Rc<str>>,
    /// Which other host it is, fit to be shown; `None` for this machine.
    pub host: Option<Rc<str>>,
}

/// The drill-down windows of the program, at most one for each subject.
#[derive(Clone)]
pub struct DrillDowns(Rc<Inner>);

struct Inner {
    open: Rc<dyn Fn() -> OpenSource>,
    application: gtk::Application,
    windows: RefCell<HashMap<(SubjectKind, View), OpenWindow>>,
    states: RefCell<HashMap<(SubjectKind, View), ViewState>>,
    closed: RefCell<Vec<Closed>>,
    origin: Origin,
    settings: Settings,
    style: SharedStyle,
}

type Closed = Box<dyn Fn(SubjectKind)>;

struct OpenWindow {
    window: adw::Window,
    // Tells it something.
    tell: Box<dyn Fn(Message)>,
    // Dropping it ends the window's work.
    _controller: Box<dyn Any>,
}

impl DrillDowns {
    /// None open. `open` makes a source for each window, `application` gets the windows.
    pub fn new(
        open: Rc<dyn Fn() -> OpenSource>,
        application: &impl IsA<gtk::Application>,
        origin: Origin,
        settings: Settings,
        style: SharedStyle,
    ) -> Self {
        Self(Rc::new(Inner {
            open,
            application: application.clone().upcast(),
            windows: RefCell::default(),
            states: RefCell::default(),
            closed: RefCell::default(),
            origin,
            settings,
            style,
        }))
    }

    /// Opens the window of this subject, or raises it, at what is selected in its graph.
    pub fn open(&self, kind: SubjectKind, then: Option<Selection>) {
        let window = self
            .find(kind, View::Processes)
            .unwrap_or_else(|| match kind {
                SubjectKind::Cpu => self.launch::<Cpu>(),
                SubjectKind::Memory => self.launch::<Memory>(),
                SubjectKind::Disk => self.launch::<Disk>(),
                SubjectKind::Network => self.launch::<Network>(),
            });
        if then.is_some() {
            self.tell(kind, View::Processes, Message::TimeSelected(then));
        }
        window.present();
    }

    fn tell(&self, kind: SubjectKind, view: View, message: Message) {
        if let Some(open) = self.0.windows.borrow().get(&(kind, view)) {
            (open.tell)(message);
        }
    }

    /// Has the lines of all graphs be drawn like this.
    pub fn set_look(&self, look: Look) {
        self.tell_all(|| Message::LookChosen(look));
    }

    /// Has all values be written anew.
    pub fn restyle(&self) {
        self.tell_all(|| Message::StyleChanged);
    }

    /// Has all windows forget what is remembered no more.
    pub fn forget(&self) {
        self.tell_all(|| Message::HistoryCleared);
    }

    fn tell_all(&self, message: impl Fn() -> Message) {
        for open in self.0.windows.borrow().values() {
            (open.tell)(message());
        }
    }

    /// The window of this subject's processes, while it is open.
    pub fn window(&self, kind: SubjectKind) -> Option<adw::Window> {
        self.find(kind, View::Processes)
    }

    fn find(&self, kind: SubjectKind, view: View) -> Option<adw::Window> {
        let windows = self.0.windows.borrow();
        windows.get(&(kind, view)).map(|open| open.window.clone())
    }

    /// Goes from one view of the network to the other, in its window or a new one, with this
    /// filter.
    fn switch(&self, view: View, filter: &str) {
        let window = self
            .find(SubjectKind::Network, view)
            .unwrap_or_else(|| match view {
                View::Processes => self.launch::<Network>(),
                View::Connections => self.launch::<Connections>(),
            });
        let filter = Message::FilterSet(filter.to_owned());
        self.tell(SubjectKind::Network, view, filter);
        window.present();
    }

    /// Closes all windows, as when the main window closes.
    pub fn close_all(&self) {
        let windows: Vec<adw::Window> = {
            let windows = self.0.windows.borrow();
            windows.values().map(|open| open.window.clone()).collect()
        };
        for window in windows {
            window.close();
        }
    }

    /// Calls `closed` whenever a window was closed, so that the focus can go back to where it was
    /// opened from.
    pub fn connect_closed(&self, closed: impl Fn(SubjectKind) + 'static) {
        self.0.closed.borrow_mut().push(Box::new(closed));
    }

    fn launch<S: Subject>(&self) -> adw::Window {
        let states = self.0.states.borrow();
        let state = states.get(&(S::KIND, S::VIEW)).cloned();
        let init = Init {
            open: Rc::clone(&self.0.open),
            origin: self.0.origin.clone(),
            state: state.unwrap_or_else(|| {
                let name = table_name(S::KIND, S::VIEW);
                self.0.settings.table(name, S::layout())
            }),
            look: self.0.settings.now().look,
            style: self.0.style.clone(),
        };
        let weak = Rc::downgrade(&self.0);
        let controller =
            DrillDown::<S>::builder()
                .launch(init)
                .connect_receiver(move |_, output| {
                    let Some(inner) = weak.upgrade() else { return };
                    match output {
                        Output::Closed(state) => inner.closed(S::KIND, S::VIEW, state),
                        Output::Switched(view, filter) => Self(inner).switch(view, &filter),
                    }
                });
        let window = controller.widget().clone();
        window.set_application(Some(&self.0.application));
        let open = OpenWindow {
            window: window.clone(),
            tell: {
                let sender = controller.sender().clone();
                // The window may be closed meanwhile.
                Box::new(move |message| drop(sender.send(message)))
            },
            _controller: Box::new(controller),
        };
        self.0.windows.borrow_mut().insert((S::KIND, S::VIEW), open);
        window
    }
}

impl Inner {
    fn closed(&self, kind: SubjectKind, view: View, state: ViewState) {
        self.settings.keep_table(table_name(kind, view), &state);
        self.states.borrow_mut().insert((kind, view), state);
        self.windows.borrow_mut().remove(&(kind, view));
        for closed in self.closed.borrow().iter() {
            closed(kind);
        }
    }
}

/// What the settings of a table stand under.
fn table_name(kind: SubjectKind, view: View) -> &'static str {
    match view {
        View::Processes => subject_name(kind),
        View::Connections => "connections",
    }
}
