//! A probe as a process: started, listened to where it complains, and ended for certain.

use std::ffi::OsStr;
use std::io::{self, ErrorKind, Read};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::command::{ProbeCommand, Through};
use super::detached::detach;
use super::ssh;
use crate::model::administrator::NoAdministrator;
use crate::model::format::printable;
use crate::model::host::HostTrouble;
use crate::model::remote::RemoteError;

/// Of what it complains about the last bytes are kept.
const LAST_WORDS: usize = 4096;
/// So long its last words may take after its end.
pub(super) const WORDS_TAKE: Duration = Duration::from_millis(200);
/// Between two looks whether it has ended.
const LOOK: Duration = Duration::from_millis(5);

/// A process that runs. It ends when it is dropped.
pub(super) struct Running {
    child: Child,
    ended: bool,
    /// What it ended with, where it did by itself.
    code: Option<i32>,
    complaints: Receiver<Vec<u8>>,
    /// Keeps the thread that started it.
    _thread: SyncSender<()>,
}

impl Running {
    /// Starts it, away from any terminal.
    pub(super) fn start(
        command: &ProbeCommand,
    ) -> Result<(Self, ChildStdin, ChildStdout), RemoteError> {
        let nothing = OsStr::new("");
        let program = command.words.first().map_or(nothing, AsRef::as_ref);
        let not_started = |reason: String| RemoteError::NotStarted {
            program: printable(&program.to_string_lossy()).into_owned(),
            reason,
        };
        let mut started = Command::new(program);
        started
            .args(command.words.iter().skip(1))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Through::Ssh(_) = command.through {
            started.envs(ssh::ENVIRONMENT);
        }
        detach(&mut started);
        let (complained, complaints) = sync_channel(1);
        let (kept, over) = sync_channel(0);
        let child = spawn(started, complained, over).map_err(|error| match error.kind() {
            ErrorKind::NotFound if command.flatpak.is_some() => RemoteError::NoFlatpakSpawn,
            ErrorKind::NotFound => match &command.through {
                Through::Pkexec => NoAdministrator::NoPkexec.into(),
                Through::Ssh(host) => ssh::trouble(host, HostTrouble::NoSsh),
                Through::Nothing => not_started(error.to_string()),
            },
            _ => not_started(error.to_string()),
        })?;
        let mut running = Self {
            child,
            ended: false,
            code: None,
            complaints,
            _thread: kept,
        };
        let pipes = (running.child.stdin.take(), running.child.stdout.take());
        let (Some(stdin), Some(stdout)) = pipes else {
            return Err(not_started("no pipe".to_owned()));
        };
        Ok((running, stdin, stdout))
    }

    /// Ends it at once, with all that it started.
    pub(super) fn kill(&mut self) {
        if self.ended {
            return;
        }
        // Before it is waited for: until then nobody else can have its number.
        #[cfg(target_os = "linux")]
        {
            let group = rustix::process::Pid::from_child(&self.child);
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        // Root's programs cannot be ended by others, and end with their pipes.
        if self.child.kill().is_ok() {
            let _ = self.child.wait();
        }
        self.ended = true;
    }

    /// Lets it end by itself for so long, and then ends it.
    pub(super) fn end_within(&mut self, patience: Duration) {
        let end = Instant::now() + patience;
        while !self.ended {
            match self.child.try_wait() {
                Ok(Some(status)) => {
                    self.ended = true;
                    self.code = status.code();
                }
                Ok(None) if Instant::now() < end => thread::sleep(LOOK),
                _ => self.kill(),
            }
        }
    }

    /// What it ended with; `None` while it runs, and where it was ended.
    pub(super) fn code(&self) -> Option<i32> {
        self.code
    }

    /// What it complained about last, when it has ended: one line, fit to be shown.
    pub(super) fn last_words(&self) -> String {
        last_line(&self.complaints())
    }

    /// The end of all that it complained about, when it has ended. Is told once.
    pub(super) fn complaints(&self) -> String {
        let words = self.complaints.recv_timeout(WORDS_TAKE).unwrap_or_default();
        String::from_utf8_lossy(&words).into_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Starts it on a thread of its own, which hands on what it complained about when that ends, and stays
/// until all is `over`: the kernel has it end with the thread that started it.
fn spawn(
    mut command: Command,
    complained: SyncSender<Vec<u8>>,
    over: Receiver<()>,
) -> io::Result<Child> {
    let (tell, told) = sync_channel(1);
    thread::Builder::new()
        .name("probe complaints".to_owned())
        .spawn(move || {
            let mut spawned = command.spawn();
            let stderr = spawned.as_mut().ok().and_then(|it| it.stderr.take());
            // It is waited for.
            let _ = tell.send(spawned);
            if let Some(stderr) = stderr {
                // Nobody waits for them where it did not fail.
                let _ = complained.try_send(last_words(stderr));
                let _ = over.recv();
            }
        })?;
    told.recv().map_err(io::Error::other)?
}

/// The last line that says something, fit to be shown.
pub(super) fn last_line(text: &str) -> String {
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    printable(line.unwrap_or_default()).into_owned()
}

/// Reads to the end and keeps the last of it.
fn last_words(mut from: impl Read) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut buffer = [0; LAST_WORDS];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return kept,
            Ok(read) => {
                kept.extend(&buffer[..read]);
                let surplus = kept.len().saturating_sub(LAST_WORDS);
                kept.drain(..surplus);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return kept,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_words_the_last_are_kept() {
        let text = "word\n".repeat(10_000) + "end";
        let kept = last_words(text.as_bytes());
        assert_eq!(kept.len(), LAST_WORDS);
        assert!(kept.ends_with(b"word\nend"));
    }
}
