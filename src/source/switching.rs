//! A source of this machine that follows when it is to be read with other rights.

use std::time::{Duration, Instant};

use super::machine::Machine;
use super::remote::Remote;
use super::{Reply, Request, Source, SourceError};

/// So long the one before is asked for what the new one only begins to count.
const HANDOVER: Duration = Duration::from_secs(10);

/// Asks whoever reads the machine at the time of the question.
pub(super) struct Switching {
    machine: Machine,
    /// Which of the machine's readers this is.
    change: u64,
    reader: Box<dyn Source>,
    /// Reads as administrator; `None` for others.
    administrator: Option<Remote>,
    /// The one before, and since when.
    before: Option<(Instant, Box<dyn Source>)>,
}

impl Switching {
    /// Opens what reads the machine.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(super) fn open(machine: Machine) -> Result<Self, SourceError> {
        let (change, administrator) = machine.reader();
        Ok(Self {
            reader: machine.open_reader(administrator.as_ref())?,
            machine,
            change,
            administrator,
            before: None,
        })
    }

    fn follow(&mut self) -> Result<(), SourceError> {
        if self.machine.change() == self.change {
            return Ok(());
        }
        let next = Self::open(self.machine.clone())?;
        let last = std::mem::replace(self, next);
        // One that read as administrator is over.
        if self.administrator.is_some() && last.administrator.is_none() {
            self.before = Some((Instant::now(), last.reader));
        }
        Ok(())
    }
}

impl Source for Switching {
    fn ask(&mut self, request: &Request) -> Result<Reply, SourceError> {
        self.follow()?;
        self.before.take_if(|(since, _)| since.elapsed() > HANDOVER);
        let answer = self.reader.ask(request);
        if let (Err(SourceError::Remote(_)), Some(administrator)) = (&answer, &self.administrator)
            && let Some(error) = administrator.failed()
        {
            self.machine.lose(administrator, &error);
            self.follow()?;
            return self.reader.ask(request);
        }
        match (answer, &mut self.before) {
            // The next answer is over the time from here on; this one is up to here.
            (Ok(Reply::Primed), Some((_, before))) => before.ask(request),
            (answer, _) => answer,
        }
    }
}
