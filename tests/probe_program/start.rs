//! The terminal program as one that can be started.

use std::process::{Command, Stdio};

/// The program with these arguments, not yet started.
pub fn probe(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sysmon-probe"));
    command.args(arguments).stdin(Stdio::null());
    command
}
