//! A copy of the probe in the user's own folder on another host.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use super::{COPY, FOLDER, PROGRAM, ProbeCommand, Route, name, runs_on, sh};
use crate::model::format::printable;
use crate::model::host::CopyTrouble;
use crate::model::remote::RemoteError;
use crate::source::remote::connection::ended_at_start;
use crate::source::remote::running::{Running, last_line};

/// The variable that names the probe to copy: for development and tests.
const VARIABLE: &str = "SYSMON_STATIC_PROBE";
/// Where the installation has it, beside the folder of the program.
const INSTALLED: &str = "libexec/sysmon-probe";
/// So long it may take until a host says what it is.
const ANSWER: Duration = Duration::from_secs(30);
/// So long the copy may take: a few megabytes over a slow line.
const TRANSFER: Duration = Duration::from_mins(10);
/// So long ssh may take to end when all was said.
const END: Duration = Duration::from_secs(2);
/// The most that is read of what a host says.
const MOST_SAID: u64 = 64 << 10;
/// Before the architecture that a host says.
const MACHINE: &str = "sysmon: machine ";
/// After all went well.
const COPIED: &str = "sysmon: copied";
/// Before what went wrong there.
const FAILED: &str = "sysmon: failed ";

/// The probe that can be copied: one that needs no libraries, of this version.
///
/// # Errors
/// When this program was installed without one.
pub fn probe_file() -> Result<PathBuf, CopyTrouble> {
    let told = std::env::var_os(VARIABLE).filter(|it| !it.is_empty());
    let path = match told {
        Some(path) => PathBuf::from(path),
        None => installed(&std::env::current_exe().unwrap_or_default()),
    };
    if path.is_file() {
        return Ok(path);
    }
    Err(CopyTrouble::Missing { path: shown(&path) })
}

/// The probe that was installed with this program.
fn installed(program: &Path) -> PathBuf {
    let prefix = program.parent().and_then(Path::parent);
    prefix.unwrap_or(Path::new("/usr")).join(INSTALLED)
}

fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy()).into_owned()
}

/// Copies this probe to the host at the end of the way. It stands there whole and tried in the end, or
/// the host is as it was. May take minutes.
///
/// # Errors
/// When the host cannot be reached, is another machine than the probe is for, or has no place for it.
pub fn copy(route: &Route, probe: &Path) -> Result<(), CopyTrouble> {
    let bytes = fs::read(probe).map_err(|error| CopyTrouble::Unread {
        path: shown(probe),
        reason: error.to_string(),
    })?;
    let asked = sh(&format!(r#"echo "{MACHINE}$(uname -m)""#));
    let (said, complaints) = exchange(&route.command(&asked), Vec::new(), ANSWER)?;
    let Some(machine) = after(&said, MACHINE) else {
        return Err(nothing_said(route, &complaints));
    };
    if !runs_on(machine) {
        return Err(CopyTrouble::OtherArchitecture {
            theirs: printable(machine).into_owned(),
            ours: std::env::consts::ARCH.to_owned(),
        });
    }
    let command = route.command(&receive(&bytes));
    let (said, complaints) = exchange(&command, bytes, TRANSFER)?;
    if after(&said, COPIED).is_some() {
        return Ok(());
    }
    let words = last_line(&complaints);
    Err(match after(&said, FAILED) {
        Some("sum") => CopyTrouble::Damaged,
        Some("run") => CopyTrouble::CannotRun { said: words },
        Some(_) => CopyTrouble::NotWritten { said: words },
        None => nothing_said(route, &complaints),
    })
}

fn nothing_said(route: &Route, complaints: &str) -> CopyTrouble {
    CopyTrouble::Remote(ended_at_start(&route.probe(), complaints))
}

/// The rest of the line in which this stands: a login may have said something before.
fn after<'a>(said: &'a str, mark: &str) -> Option<&'a str> {
    let line = said.lines().rev().find_map(|line| line.split_once(mark));
    line.map(|(_, rest)| rest.trim())
}

/// Takes the bytes in under another name, tries them, and gives them their name. What is under way is
/// taken away again whatever ends it. In the end copies of older versions are.
fn receive(bytes: &[u8]) -> String {
    let sum = format!("{} {}", checksum(bytes), bytes.len());
    let name = name("$m");
    let tidy = remove_older();
    sh(&format!(
        r#"export LC_ALL=C; umask 077; m=$(uname -m); d="$HOME/{FOLDER}"; t="$d/.copying-$$"; c() {{ rm -f "$t"; }}; f() {{ echo "{FAILED}$1"; exit 1; }}; mkdir -p "$d" || f folder; trap c EXIT; trap "exit 1" HUP INT TERM; cat > "$t" || f file; [ "$(cksum < "$t")" = "{sum}" ] || f sum; chmod 700 "$t" || f file; v=$("$t" --version) || f run; [ "$v" = "sysmon-probe {PROGRAM}" ] || {{ echo "$v" >&2; f run; }}; mv -f "$t" "$d/{name}" || f file; {tidy}; echo "{COPIED}""#
    ))
}

/// Removes copies of older versions for the machine `$m` from the folder `$d`: files under a name that a
/// copy has, and no others. Those of newer versions belong to a newer program elsewhere. `sort -V` knows
/// which is which; where there is none everything stays.
fn remove_older() -> String {
    format!(
        r#"for p in "$d"/{COPY}*-"$m"; do v=${{p#"$d"/{COPY}}}; v=${{v%-"$m"}}; [ -L "$p" ] && continue; [ -f "$p" ] && expr "x$v" : "x[0-9][0-9.]*$" > /dev/null || continue; [ "$v" = {PROGRAM} ] && continue; [ "$({{ echo "$v"; echo {PROGRAM}; }} | sort -V | head -n 1)" = "$v" ] && rm -f "$p"; done"#
    )
}

/// What each byte in front adds to a sum of `cksum(1)`, its eight bits taken at once.
const ADDED: [u32; 256] = {
    let mut added = [0; 256];
    let mut byte: u32 = 0;
    while byte < 256 {
        let mut sum = byte << 24;
        let mut bit = 0;
        while bit < 8 {
            sum = (sum << 1) ^ ((sum >> 31) * 0x04C1_1DB7);
            bit += 1;
        }
        added[byte as usize] = sum;
        byte += 1;
    }
    added
};

/// What `cksum(1)` prints of the bytes, before their number.
fn checksum(bytes: &[u8]) -> u32 {
    let add = |sum: u32, byte: &u8| {
        let [front, ..] = sum.to_be_bytes();
        (sum << 8) ^ ADDED[usize::from(front ^ byte)]
    };
    let length = bytes.len().to_le_bytes();
    let used = length.iter().rposition(|byte| *byte != 0);
    let length = &length[..used.map_or(0, |last| last + 1)];
    !bytes.iter().chain(length).fold(0, add)
}

/// Gives a command its input, and takes what it says and what it complains about.
fn exchange(
    command: &ProbeCommand,
    input: Vec<u8>,
    patience: Duration,
) -> Result<(String, String), CopyTrouble> {
    let (mut running, mut stdin, stdout) = Running::start(command).map_err(CopyTrouble::Remote)?;
    // It may end before it has read all: what it says then tells more than that.
    let writer = thread::Builder::new().spawn(move || drop(stdin.write_all(&input)));
    let (heard, hear) = channel();
    let reader = thread::Builder::new().spawn(move || {
        let mut said = Vec::new();
        let _ = stdout.take(MOST_SAID).read_to_end(&mut said);
        // Nobody waits any more.
        let _ = heard.send(said);
    });
    let said = match (writer, reader) {
        (Ok(_), Ok(_)) => hear.recv_timeout(patience),
        _ => Err(std::sync::mpsc::RecvTimeoutError::Disconnected),
    };
    let Ok(said) = said else {
        running.kill();
        return Err(CopyTrouble::Remote(RemoteError::Late {
            seconds: patience.as_secs(),
        }));
    };
    running.end_within(END);
    let said = String::from_utf8_lossy(&said).into_owned();
    Ok((said, running.complaints()))
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn the_probe_lies_beside_the_program() {
        let path = installed(Path::new("/app/bin/sysmon"));
        assert_eq!(path, Path::new("/app/libexec/sysmon-probe"));
    }

    #[test]
    fn checksums_are_those_of_cksum() {
        // From POSIX's cksum(1).
        assert_eq!(checksum(b""), 4_294_967_295);
        assert_eq!(checksum(b"123456789"), 930_766_865);
    }

    /// Runs the script with a home of its own.
    fn receive_in(home: &Path, bytes: &[u8], sent: &[u8]) -> String {
        let mut child = Command::new("/bin/sh")
            .args(["-c", &receive(bytes)])
            .env("HOME", home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let mut stdin = child.stdin.take().expect("piped");
        stdin.write_all(sent).expect("it reads");
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    #[test]
    fn what_arrives_is_there_whole_or_not_at_all() {
        let home = tempfile::tempdir().expect("a folder");
        let says = |version: &str| format!("#!/bin/sh\necho sysmon-probe {version}\n").into_bytes();
        let good = says(PROGRAM);
        let files = || {
            let folder = fs::read_dir(home.path().join(FOLDER)).expect("made");
            let names = folder.map(|it| it.expect("read").file_name());
            names
                .map(|it| it.to_string_lossy().into_owned())
                .collect::<Vec<_>>()
        };
        for (bytes, sent, said) in [
            (&good, &good[..good.len() - 1], "sysmon: failed sum"),
            (&says("0.0.0"), &says("0.0.0")[..], "sysmon: failed run"),
        ] {
            assert_eq!(receive_in(home.path(), bytes, sent).trim(), said);
            assert_eq!(files(), Vec::<String>::new());
        }
        assert_eq!(receive_in(home.path(), &good, &good).trim(), COPIED);
        let names = files();
        assert_eq!(names.len(), 1);
        assert!(
            names[0].starts_with(&format!("sysmon-probe-{PROGRAM}-")),
            "{names:?}"
        );
        // A copy takes the place of one that is there.
        assert_eq!(receive_in(home.path(), &good, &good).trim(), COPIED);
        assert_eq!(files(), names);
    }

    #[test]
    fn copies_of_older_versions_go_and_nothing_else_does() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join(FOLDER);
        fs::create_dir_all(&folder).expect("made");
        let machine = Command::new("uname").arg("-m").output().expect("uname(1)");
        let machine = String::from_utf8_lossy(&machine.stdout).trim().to_owned();
        let older = ["0.0.1", "0.0.10", "0"].map(|it| format!("{COPY}{it}-{machine}"));
        let others = [
            format!("{COPY}999.0.0-{machine}"),
            format!("{COPY}0.0.1-pdp11"),
            format!("{COPY}0.0.1-rc-{machine}"),
            format!("{COPY}0.0.1 -{machine}"),
            format!("{COPY}mine-{machine}"),
            format!("{COPY}-{machine}"),
            format!("old-{COPY}0.0.1-{machine}"),
            format!("{COPY}0.0.1-{machine}.bak"),
            "notes".to_owned(),
        ];
        for name in older.iter().chain(&others) {
            fs::write(folder.join(name), "x").expect("written");
        }
        let (linked, made) = (
            format!("{COPY}0.0.2-{machine}"),
            format!("{COPY}0.0.3-{machine}"),
        );
        std::os::unix::fs::symlink("notes", folder.join(&linked)).expect("a link");
        fs::create_dir(folder.join(&made)).expect("made");
        let probe = format!("#!/bin/sh\necho sysmon-probe {PROGRAM}\n").into_bytes();
        let failed = receive_in(home.path(), &probe, &probe[1..]);
        assert_eq!(failed.trim(), "sysmon: failed sum");
        assert!(older.iter().all(|name| folder.join(name).exists()));
        assert_eq!(receive_in(home.path(), &probe, &probe).trim(), COPIED);
        let mut expected = others.to_vec();
        expected.extend([linked, made, format!("{COPY}{PROGRAM}-{machine}")]);
        expected.sort();
        let mut left: Vec<_> = fs::read_dir(&folder)
            .expect("a folder")
            .map(|it| it.expect("read").file_name().to_string_lossy().into_owned())
            .collect();
        left.sort();
        assert_eq!(left, expected);
    }

    #[test]
    fn what_a_host_is_to_do_is_one_word_for_every_shell() {
        let script = receive(b"x");
        let inner = script
            .strip_prefix("exec sh -c '")
            .and_then(|rest| rest.strip_suffix('\''))
            .expect("quoted");
        assert!(!inner.contains(['\'', '!', '\n']), "{inner}");
    }

    #[test]
    fn a_home_that_cannot_be_written_is_told() {
        let home = Path::new("/proc/nowhere");
        assert_eq!(receive_in(home, b"", b"").trim(), "sysmon: failed folder");
    }
}
