//! The system's name service, through `getent(1)`: a library call could not be given up when a
//! server does not answer, and does not work in a static program.

use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// How long it may take: a server that does not answer costs a name, not more.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the database (`passwd`, `hosts`) has under this key; `None` when that is nothing, or takes
/// too long. Blocks: for threads in the background.
pub fn ask(database: &str, key: &str) -> Option<Vec<u8>> {
    let child = Command::new("getent")
        .args([database, key])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    output_within(child, PATIENCE)
}

/// What a program writes until it ends; `None` when it takes longer than `patience`, and then it
/// is killed.
fn output_within(mut child: Child, patience: Duration) -> Option<Vec<u8>> {
    let mut output = child.stdout.take()?;
    let (written, text) = channel();
    let reader = thread::Builder::new()
        .name("getent output".into())
        .spawn(move || {
            let mut text = Vec::new();
            let complete = std::io::Read::read_to_end(&mut output, &mut text).is_ok();
            let _ = written.send(complete.then_some(text));
        });
    let text = match reader {
        Ok(_) => text.recv_timeout(patience).ok().flatten(),
        Err(_) => None,
    };
    if text.is_none() {
        let _ = child.kill();
    }
    // Reaps it: nothing more is to be learned from how it ended.
    let _ = child.wait();
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let endless = Command::new("sleep")
            .arg("1000000")
            .stdout(Stdio::piped())
            .spawn()
            .expect("sleep runs");
        let pid = crate::model::process::Pid(endless.id());
        assert_eq!(output_within(endless, Duration::from_millis(1)), None);
        assert_eq!(
            super::super::cpu_clock::process_cpu_time(pid),
            None,
            "it is reaped"
        );
    }
}
