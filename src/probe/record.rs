//! Records the machine until it is told to stop.

use std::time::Instant;

use super::arguments::RecordingOptions;
use super::schedule::Schedule;
use crate::model::format::{Style, printable};
use crate::platform::{Host, StopSignals};
use crate::source::recording::{RecordError, RecordOptions, Recorder, Saved, Writer};

/// Records and says in a sentence what was recorded.
///
/// # Errors
/// When nothing more can be read or written, with a sentence that says what there is all the same.
pub(super) fn record(options: &RecordingOptions) -> Result<String, String> {
    // Before there is any other thread, which would end the program.
    let signals =
        StopSignals::new().map_err(|error| format!("no signal can be awaited: {error}"))?;
    let source = super::open(&options.machine).map_err(|error| error.to_string())?;
    let how = RecordOptions {
        host: Host::of(options.machine.platform, &options.machine.roots),
        command_lines: options.command_lines,
    };
    let writer = Writer::create(&options.out, options.replace, &how);
    let writer = writer.map_err(|error| match error {
        RecordError::Exists { .. } => format!("{error}; --force replaces it"),
        error => error.to_string(),
    })?;
    let mut recorder = Recorder::new(source, writer);
    let rounds = rounds(&mut recorder, options, &signals);
    let finished = recorder.finish();
    let file = printable(&options.out.to_string_lossy()).into_owned();
    match (rounds, finished) {
        (Ok(()), Ok(saved)) => Ok(format!("{file}: {}", told(&saved))),
        (Err(error), Ok(saved)) => Err(format!(
            "recording stopped: {error}; what was written can be read: {}",
            told(&saved)
        )),
        (Err(error), Err(_)) | (Ok(()), Err(error)) => Err(format!(
            "recording stopped: {error}; what was written before can be read"
        )),
    }
}

fn rounds(
    recorder: &mut Recorder<impl crate::source::Source>,
    options: &RecordingOptions,
    signals: &StopSignals,
) -> Result<(), RecordError> {
    let start = Instant::now();
    let end = options
        .duration
        .and_then(|duration| start.checked_add(duration));
    let mut schedule = Schedule::new(start, options.interval);
    recorder.round()?;
    loop {
        let now = Instant::now();
        let due = schedule.next(now);
        let until = end.map_or(due, |end| due.min(end));
        let is_told = signals.came_within(until.saturating_duration_since(now));
        let is_on_time = until == due && !is_told;
        if is_on_time {
            recorder.round()?;
        } else {
            recorder.last_round()?;
        }
        if is_told || end.is_some_and(|end| due >= end) {
            return Ok(());
        }
    }
}

fn told(saved: &Saved) -> String {
    let style = Style::english();
    format!(
        "{} snapshots over {} s, {} kB",
        saved.snapshots,
        style.decimal(saved.span.as_secs_f64(), 1),
        saved.bytes.0.div_ceil(1000),
    )
}
