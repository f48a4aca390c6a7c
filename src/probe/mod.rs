//! The terminal program: `sysmon-probe`. Its output is described in `docs/probe.md`.

pub mod arguments;
mod json;
mod openmetrics;
mod output;
mod print;
mod record;
mod schedule;
mod serve;
mod subject;
mod system;
mod table;
mod totals;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use crate::platform;
use crate::source::SourceError;
use crate::source::local::LocalSource;
use crate::source::recording::{Player, Recording};
use arguments::{Asked, Machine, Origin, PrintOptions};
use output::Output;
use print::{Ended, PrintError};

/// Runs the program with these arguments, the first being its own name, and says how it ended: 0
/// when it did what was asked or nobody reads its output any more, 1 when nothing can be read or
/// written, 2 for bad arguments.
pub fn run(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> ExitCode {
    let asked = match arguments::parse(arguments) {
        Ok(asked) => asked,
        Err(bad) => return fail(2, &bad.to_string()),
    };
    let done = match asked {
        Asked::Say(text) => say(&text),
        Asked::Print(options) => match &options.origin {
            Origin::Machine(machine) => print_machine(machine, &options),
            Origin::Recording(file) => print_recording(file, &options),
        },
        Asked::Record(options) => {
            return match record::record(&options) {
                Ok(sentence) => ended(say(&(sentence + "\n"))),
                Err(sentence) => fail(1, &sentence),
            };
        }
        Asked::Serve(machine) => return stopped(serve::serve(&machine)),
        Asked::Administrator => return stopped(serve::as_administrator()),
        Asked::OpenMetrics(options) => return stopped(openmetrics::offer(&options)),
    };
    ended(done)
}

fn ended(done: Result<Ended, PrintError>) -> ExitCode {
    match done {
        Ok(Ended::Done | Ended::NobodyReads) => ExitCode::SUCCESS,
        Err(error) => fail(1, &error.to_string()),
    }
}

fn stopped(done: Result<(), String>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => fail(1, &sentence),
    }
}

fn say(text: &str) -> Result<Ended, PrintError> {
    print::written(Output::stdout().write(text))
}

fn open(machine: &Machine) -> Result<LocalSource, SourceError> {
    let platform = platform::open(machine.platform, machine.roots.clone())?;
    Ok(LocalSource::new(platform))
}

fn print_machine(machine: &Machine, options: &PrintOptions) -> Result<Ended, PrintError> {
    print::print(&mut open(machine)?, options, &mut Output::stdout())
}

/// Prints what is whole in a recording, then says what is not.
fn print_recording(file: &Path, options: &PrintOptions) -> Result<Ended, PrintError> {
    let recording = Recording::open(file)?;
    recording.check();
    let host = recording.about().host.name.clone();
    let mut player = Player::new(recording.clone());
    let (ended, printed) = print::replay(&mut player, host, options, &mut Output::stdout())?;
    match recording.damage_sentence() {
        _ if ended == Ended::NobodyReads => {}
        Some(sentence) if printed > 0 => {
            warn(&format!(
                "the recording is not whole, and what is whole of it was printed: {sentence}"
            ));
        }
        damage if printed == 0 => return Err(PrintError::Nothing(damage)),
        _ => {}
    }
    Ok(ended)
}

fn fail(code: u8, sentence: &str) -> ExitCode {
    warn(sentence);
    ExitCode::from(code)
}

fn warn(sentence: &str) {
    // Where even this cannot be written there is nobody to tell; the exit code remains.
    let _ = writeln!(io::stderr(), "sysmon-probe: {sentence}");
}
