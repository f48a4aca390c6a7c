//! What a screen reader is told of a graph, and how often.

use std::cell::Cell;
use std::time::{Duration, Instant};

use relm4::gtk;
use relm4::gtk::prelude::*;

/// The description of a graph without focus changes no more often.
const INTERVAL: Duration = Duration::from_secs(5);

/// When a graph was described.
#[derive(Default)]
pub struct Described(Cell<Option<Instant>>);

impl Described {
    /// Whether it is time to describe the graph anew. That of one with the focus would be spoken.
    pub fn is_due(&self, graph: &impl IsA<gtk::Widget>) -> bool {
        let is_old = self.0.get().is_none_or(|when| when.elapsed() >= INTERVAL);
        is_old && !graph.as_ref().is_focus()
    }

    /// Describes the graph. What does not `last` is to be replaced as soon as there is more to say.
    pub fn describe(&self, graph: &impl IsA<gtk::Widget>, text: &str, lasts: bool) {
        self.0.set(lasts.then(Instant::now));
        graph
            .as_ref()
            .update_property(&[gtk::accessible::Property::Description(text)]);
    }
}
