//! The terminal program: `sysmon-probe`. Its output is described in `docs/probe.md`.

pub mod arguments;
mod json;
mod output;
mod print;
mod schedule;
mod subject;
mod system;
mod table;
mod totals;
mod tsv;

use std::io::{self, Write};
use std::process::ExitCode;

use crate::platform;
use crate::source::local::LocalSource;
use arguments::{Asked, PrintOptions};
use output::Output;
use print::{Ended, PrintError};

/// Runs the program with these arguments, the first being its own name, and says how it ended: 0
/// when it did what was asked or nobody reads its output any more, 1 when nothing can be read, 2
/// for bad arguments.
pub fn run(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> ExitCode {
    let asked = match arguments::parse(arguments) {
        Ok(asked) => asked,
        Err(bad) => return fail(2, &bad.to_string()),
    };
    let done = match asked {
        Asked::Say(text) => say(&text),
        Asked::Print(options) => print_machine(&options),
    };
    match done {
        Ok(Ended::Done | Ended::NobodyReads) => ExitCode::SUCCESS,
        Err(error) => fail(1, &error.to_string()),
    }
}

fn say(text: &str) -> Result<Ended, PrintError> {
    print::written(Output::stdout().write(text))
}

fn print_machine(options: &PrintOptions) -> Result<Ended, PrintError> {
    let platform = platform::open(options.platform, options.roots.clone())
        .map_err(crate::source::SourceError::from)?;
    let mut source = LocalSource::new(platform);
    print::print(&mut source, options, &mut Output::stdout())
}

fn fail(code: u8, sentence: &str) -> ExitCode {
    // Where even this cannot be written there is nobody to tell; the exit code remains.
    let _ = writeln!(io::stderr(), "sysmon-probe: {sentence}");
    ExitCode::from(code)
}
