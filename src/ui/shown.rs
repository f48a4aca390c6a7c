//! What the windows show: this machine, or a recording.

use std::rc::Rc;
use std::time::Duration;

use gettextrs::{gettext, ngettext};

use super::app::Sources;
use crate::model::format::{Style, printable};
use crate::source::memory::Memory;
use crate::source::recording::Recording;
use crate::source::{Reply, Request, Source};

/// What the windows show.
#[derive(Clone)]
pub enum Shown {
    /// This machine, as it is and as it was.
    Machine(Memory),
    /// A recording.
    Recording(Recording),
}

impl Shown {
    /// Opens sources of it.
    pub fn sources(&self) -> Sources {
        let shown = self.clone();
        Rc::new(move || {
            let shown = shown.clone();
            Box::new(move || {
                let source: Box<dyn Source> = match shown {
                    Self::Machine(memory) => Box::new(memory),
                    Self::Recording(recording) => Box::new(recording),
                };
                Ok(source)
            })
        })
    }
}

/// What is said of a recording.
#[derive(Clone, Debug)]
pub struct Replay {
    /// Whose it is, and of which time.
    pub title: String,
    /// That parts of it cannot be shown; `None` where all can.
    pub damage: Option<String>,
    /// From its beginning to its end.
    pub length: Duration,
}

impl Replay {
    /// Of a recording that was checked.
    pub fn of(recording: &Recording, style: &Style) -> Self {
        let host = recording.about().host.name.clone();
        let host = host.unwrap_or_else(|| gettext("unknown machine"));
        let ends = Request::Samples {
            since: Duration::ZERO,
            most: usize::MAX,
        };
        let samples = match recording.clone().ask(&ends) {
            Ok(Reply::Samples { samples, .. }) => samples,
            _ => Vec::new(),
        };
        let title = match (samples.first(), samples.last()) {
            (Some(first), Some(last)) => {
                // Translators: what a recording is of: the machine's name, a day, and two times of
                // day.
                gettext("{host}, recorded on {day}, {from} to {to}")
                    .replace("{day}", &style.day(first.at))
                    .replace("{from}", &style.time_of_day(first.at))
                    .replace("{to}", &style.time_of_day(last.at))
                    .replace("{host}", &printable(&host))
            }
            _ => gettext("{host}, recorded").replace("{host}", &printable(&host)),
        };
        let parts = u32::try_from(recording.damage().len()).unwrap_or(u32::MAX);
        let damage = (parts > 0).then(|| {
            ngettext(
                "{n} part of this recording is damaged or missing. The rest is shown.",
                "{n} parts of this recording are damaged or missing. The rest is shown.",
                parts,
            )
            .replace("{n}", &parts.to_string())
        });
        let span = recording.span();
        Self {
            title,
            damage,
            length: span.map_or(Duration::ZERO, |span| span.end.saturating_sub(span.start)),
        }
    }
}
