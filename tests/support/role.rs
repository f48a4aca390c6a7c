//! Other processes for tests: this test program, started again to play a role.
//!
//! A test file that uses them has a test named `role` which calls [`played`]; on its own it does
//! nothing.

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const ROLE: &str = "SYSMON_TEST_ROLE";
/// What a role says begins with this: the test harness writes to the same pipe.
const MARK: &str = "::";

/// The role this process was started for.
pub fn played() -> Option<String> {
    std::env::var(ROLE).ok()
}

/// A command that starts this program in a role.
pub fn command(role: &str) -> Command {
    command_of(&std::env::current_exe().expect("a program"), role)
}

/// A command that starts a copy of this program in a role.
pub fn command_of(program: &Path, role: &str) -> Command {
    let mut command = Command::new(program);
    play(&mut command, role);
    command
}

/// Makes the program of a command, which stands among its arguments or is itself one, play a role.
pub fn play(command: &mut Command, role: &str) {
    command.args(["--exact", "role", "--nocapture"]);
    command.env(ROLE, role);
}

/// Says a line to whoever started this role.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{MARK}{line}").expect("said");
    out.flush().expect("said");
}

/// Waits until whoever started this role ends or lets go of it, and ends this process: the test
/// harness would write to a pipe that nobody reads any more.
pub fn wait_for_release() -> ! {
    let mut rest = Vec::new();
    std::io::stdin().read_to_end(&mut rest).expect("released");
    std::process::exit(0)
}

/// A process in a role. It is ended when this value is dropped.
pub struct Role {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Role {
    /// Starts a role.
    pub fn start(role: &str) -> Self {
        Self::run(command(role).stdin(Stdio::piped()))
    }

    /// Starts a role by a command made with [`command`].
    pub fn run(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("started");
        let out = child.stdout.take().expect("a pipe");
        Self {
            child,
            lines: BufReader::new(out).lines(),
        }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it. What it shares its input with is not let go before the value is dropped.
    pub fn end(mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// The next line it says; `None` when it ended.
    pub fn hear(&mut self) -> Option<String> {
        let mut lines = self.lines.by_ref().map_while(Result::ok);
        lines.find_map(|line| line.strip_prefix(MARK).map(str::to_owned))
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        let _: std::io::Result<()> = self.child.kill();
        let _: std::io::Result<_> = self.child.wait();
    }
}
