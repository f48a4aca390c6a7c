//! The terminal program, run as one.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

mod start;
pub use start::probe;

/// The program while it prints a line of JSON for each refresh; ended when dropped.
pub struct Printing {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Printing {
    /// Starts it.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let lines = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, lines }
    }

    /// The next refresh; `None` when it ended.
    pub fn next(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("readable");
        (!line.is_empty()).then(|| serde_json::from_str(&line).expect("JSON"))
    }
}

impl Drop for Printing {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
