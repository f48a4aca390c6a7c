//! Processes that make a load of known size.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

/// A child that is ended and reaped with this value.
pub struct Load {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Load {
    /// Starts a program whose input and output are ours.
    pub fn start(program: impl AsRef<Path>, arguments: &[&str]) -> Self {
        let mut child = Command::new(program.as_ref())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.as_ref().display()));
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("is piped"));
        Self {
            child,
            input,
            output,
        }
    }

    /// A shell that runs `script` with `$1`, `$2`, …
    pub fn shell(script: &str, arguments: &[&str]) -> Self {
        Self::start("sh", &[&["-c", script, "sh"], arguments].concat())
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Writes a line to it.
    pub fn tell(&mut self, line: &str) {
        let input = self.input.as_mut().expect("is open");
        writeln!(input, "{line}").expect("it reads");
    }

    /// Waits for a line of it.
    pub fn hear(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it writes");
        line.trim_end().to_owned()
    }

    /// Sends it a signal by kill(1).
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.pid().to_string()])
            .status();
        assert!(sent.expect("kill runs").success());
    }

    /// A file below its folder in /proc.
    pub fn proc_file(&self, name: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{name}", self.pid())).expect("it lives")
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        // One that has ended by itself only needs to be reaped.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for a condition, without an end: whoever runs the tests has the last word on time.
pub fn until(mut condition: impl FnMut() -> bool) {
    while !condition() {
        thread::sleep(Duration::from_millis(2));
    }
}

/// A copy of `sleep(1)` under another name, to tell these processes from all others.
pub fn sleeper(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    let sleep = ["/bin/sleep", "/usr/bin/sleep"]
        .into_iter()
        .find(|path| Path::new(path).exists())
        .expect("there is sleep");
    fs::copy(sleep, &path).expect("copied");
    // A file that is still open for writing cannot be run.
    File::open(&path)
        .and_then(|file| file.sync_all())
        .expect("written");
    path
}
