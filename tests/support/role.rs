//! Other processes for tests: this test program, started again to play a role.
//!
//! A test file that uses them has a test named `role` which calls [`played`]; on its own it does
//! nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// The variable that names the role of a process.
pub const ROLE: &str = "SYSMON_TEST_ROLE";
/// What a role says begins with this: the test harness writes to the same pipe.
const MARK: &str = "::";
/// What a role has not said after this it never says.
const LIMIT: Duration = Duration::from_mins(1);

/// The role this process was started for.
pub fn played() -> Option<String> {
    std::env::var(ROLE).ok()
}

/// A command that starts this program in a role.
pub fn command(role: &str) -> Command {
    command_of(&std::env::current_exe().expect("a program"), role)
}

fn command_of(program: &Path, role: &str) -> Command {
    let mut command = Command::new(program);
    play(&mut command, role);
    command
}

/// A command that starts this program in a role as a user who owns nothing, where root runs the
/// test; as the same user otherwise. The program is copied to `folder`: where it stands, that user
/// may not reach it.
pub fn command_as_nobody(role: &str, folder: &Path) -> Command {
    command_as(65_534, role, folder)
}

/// The same as the user of this number, whom nobody has to know.
pub fn command_as(user: u32, role: &str, folder: &Path) -> Command {
    if !rustix::process::geteuid().is_root() {
        return command(role);
    }
    let program = folder.join("program");
    let original = std::env::current_exe().expect("a program");
    // Not in this process: a descriptor open for writing, inherited by what another test starts at
    // this moment, would make the copy busy.
    let copied = Command::new("cp").arg(original).arg(&program).status();
    assert!(copied.expect("cp(1)").success());
    for path in [folder, &program] {
        let to_all = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(path, to_all).expect("opened to all");
    }
    let mut command = command_of(&program, role);
    command.uid(user).gid(user).current_dir("/");
    command
}

/// A command that starts this program in a namespace of its own, of the kind that `unshare(1)` makes
/// with this option; `None` where that is not allowed. It is yet to [`play`] a role.
pub fn apart(option: &str) -> Option<Command> {
    let mut apart = Command::new("unshare");
    apart.arg(option);
    if !rustix::process::geteuid().is_root() {
        apart.args(["--user", "--map-root-user"]);
    }
    let permitted = Command::new("unshare")
        .args(apart.get_args())
        .arg("true")
        .status();
    apart.arg(std::env::current_exe().expect("a program"));
    permitted
        .is_ok_and(|status| status.success())
        .then_some(apart)
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
    said: Receiver<String>,
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
        let (say, said) = channel();
        thread::spawn(move || {
            let lines = BufReader::new(out).lines().map_while(Result::ok);
            for line in lines.filter_map(|line| line.strip_prefix(MARK).map(str::to_owned)) {
                // Nobody may listen any more.
                let _ = say.send(line);
            }
        });
        Self { child, said }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Writes a line to its standard input, which must be a pipe.
    pub fn tell(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().expect("a pipe");
        writeln!(input, "{line}").expect("it reads");
    }

    /// The next line it says; `None` when it ended. One that says nothing and goes on fails the test.
    pub fn hear(&mut self) -> Option<String> {
        match self.said.recv_timeout(LIMIT) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("it says nothing"),
        }
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        let _: std::io::Result<()> = self.child.kill();
        let _: std::io::Result<_> = self.child.wait();
    }
}
