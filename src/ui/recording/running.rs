//! A recording that is being made, on a thread of its own.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use jiff::Timestamp;

use super::Plan;
use crate::platform::{Host, Kind, Roots};
use crate::source::memory::Memory;
use crate::source::recording::{RecordError, RecordOptions, Recorder, Saved, Writer};
use crate::ui::hosts::Elsewhere;

/// Between two snapshots.
const INTERVAL: Duration = Duration::from_secs(3);

/// How a recording ended.
#[derive(Debug)]
pub struct Outcome {
    /// Why before it should; `None` where it was told to.
    pub trouble: Option<RecordError>,
    /// What the file holds; `None` where there is none.
    pub saved: Option<Saved>,
}

/// A recording that is being made. Dropped, it ends, and what was recorded is written to the end.
pub struct Running {
    since: Timestamp,
    // Dropped, the thread ends.
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Records what this memory reads. `ended` is called on another thread.
    pub fn start(
        memory: Memory,
        elsewhere: Option<Elsewhere>,
        plan: Plan,
        ended: impl FnOnce(Outcome) + Send + 'static,
    ) -> Self {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::spawn(move || {
            ended(record(
                memory,
                &options(&plan, elsewhere.as_ref()),
                &plan,
                &stopped,
            ));
        });
        Self {
            since: Timestamp::now(),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// When it began.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// Has it end soon.
    pub fn stop(&mut self) {
        self.stop = None;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            // It panicked, and said so.
            let _ = thread.join();
        }
    }
}

/// How this machine, or one elsewhere, is recorded. May block.
pub fn options(plan: &Plan, elsewhere: Option<&Elsewhere>) -> RecordOptions {
    let here = || Host::of(Kind::default(), &Roots::default());
    RecordOptions {
        host: elsewhere.map_or_else(here, Elsewhere::host),
        command_lines: plan.command_lines,
    }
}

fn record(
    memory: Memory,
    options: &RecordOptions,
    plan: &Plan,
    stopped: &mpsc::Receiver<()>,
) -> Outcome {
    // The dialog asked before it named a file that is there.
    let writer = match Writer::create(&plan.path, true, options) {
        Ok(writer) => writer,
        Err(error) => {
            return Outcome {
                trouble: Some(error),
                saved: None,
            };
        }
    };
    let mut recorder = Recorder::new(memory, writer);
    let trouble = loop {
        if let Err(error) = recorder.round() {
            break Some(error);
        }
        if stopped.recv_timeout(INTERVAL) != Err(RecvTimeoutError::Timeout) {
            break recorder.last_round().err();
        }
    };
    match recorder.finish() {
        Ok(saved) => Outcome {
            trouble,
            saved: Some(saved),
        },
        Err(error) => Outcome {
            trouble: trouble.or(Some(error)),
            saved: Some(Saved::default()),
        },
    }
}
