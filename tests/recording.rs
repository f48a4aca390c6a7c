//! `sysmon-probe record` and `print --replay` as programs: what is recorded, how it ends, what is left
//! where it ends badly.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

#[path = "probe_program/start.rs"]
mod probe_program;

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use probe_program::probe;
use rustix::fs::{CWD, FileType, Mode};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sysmon::source::recording::Recording;
use sysmon::source::recording::format::{CHUNK_HEAD, ChunkHead, FILE_HEAD};
use sysmon::source::{Reply, Request, Source, Table};
use tempfile::TempDir;

const SUBJECTS: [&str; 4] = ["system", "cpu", "disk", "network"];

/// A folder and the recording in it.
struct Place {
    _folder: TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let path = folder.path().join("it.smrec");
        Self {
            _folder: folder,
            path,
        }
    }

    fn text(&self) -> &str {
        self.path.to_str().expect("UTF-8")
    }

    fn length(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |it| it.len())
    }

    /// Waits until so many snapshots of processes are in the file.
    fn wait_for(&self, snapshots: u64) {
        let end = Instant::now() + Duration::from_mins(1);
        while Recording::open(&self.path).map_or(0, |it| it.snapshots(Table::Network)) < snapshots {
            assert!(
                Instant::now() < end,
                "{} bytes were recorded",
                self.length()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn replayed(&self, subject: &str, more: &[&str]) -> (Vec<Value>, Output) {
        let arguments = [
            "print",
            subject,
            "--format",
            "json",
            "--replay",
            self.text(),
        ];
        let output = run(&[&arguments, more].concat());
        let lines = String::from_utf8(output.stdout.clone()).expect("UTF-8");
        let lines = lines
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"));
        (lines.collect(), output)
    }
}

/// Who may do what with a file.
fn mode(path: &Path) -> u32 {
    let about = fs::metadata(path).expect("there");
    about.permissions().mode() & 0o777
}

fn run(arguments: &[&str]) -> Output {
    probe(arguments).output().expect("the program starts")
}

fn sentence(output: &Output) -> String {
    let sentence = String::from_utf8(output.stderr.clone()).expect("UTF-8");
    assert!(sentence.starts_with("sysmon-probe: "), "{sentence}");
    assert_eq!(sentence.lines().count(), 1, "{sentence}");
    sentence
}

/// Records until it is ended.
struct Recorder(Child);

impl Recorder {
    fn start(command: &mut Command) -> Self {
        let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(piped.spawn().expect("the program starts"))
    }

    fn send(&self, signal: Signal) {
        let pid = Pid::from_child(&self.0);
        kill_process(pid, signal).expect("it runs");
    }

    fn ended(mut self) -> Output {
        let status = self.0.wait().expect("it ends");
        let mut output = Output {
            status,
            stdout: Vec::new(),
            stderr: Vec::new(),
        };
        let pipes = (self.0.stdout.take(), self.0.stderr.take());
        let (Some(mut out), Some(mut err)) = pipes else {
            return output;
        };
        out.read_to_end(&mut output.stdout).expect("readable");
        err.read_to_end(&mut output.stderr).expect("readable");
        output
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn record(place: &Place, more: &[&str]) -> Command {
    probe(
        &[
            &["record", "--out", place.text(), "--interval", "0.1"],
            more,
        ]
        .concat(),
    )
}

#[test]
fn every_snapshot_that_was_recorded_is_printed() {
    let place = Place::new();
    let output = record(&place, &["--duration", "0.5"])
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    let told = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(told.contains("snapshots over"), "{told}");
    assert_eq!(mode(&place.path), 0o600, "command lines can hold secrets");

    let recording = Recording::open(&place.path).expect("a recording");
    assert!(recording.about().host.name.is_some() && recording.about().host.kernel.is_some());
    for subject in SUBJECTS {
        let (lines, output) = place.replayed(subject, &["--top", "all"]);
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{output:?}"
        );
        let in_file = recording.snapshots(Table::Cpu);
        assert!(
            in_file > 0 && lines.len() as u64 == in_file,
            "{} of {in_file}",
            lines.len()
        );
        let live = [
            "print",
            subject,
            "--format",
            "json",
            "--count",
            "1",
            "--interval",
            "0.1",
        ];
        let live: Value = serde_json::from_slice(&run(&live).stdout).expect("JSON");
        let keys = |value: &Value| -> Vec<String> {
            let object = value.as_object().expect("an object");
            object.keys().cloned().collect()
        };
        assert_eq!(keys(&lines[0]), keys(&live));
        assert_eq!(keys(&lines[0]["totals"]), keys(&live["totals"]));
        let ends: Vec<_> = lines
            .iter()
            .map(|line| line["at"].as_str().expect("text"))
            .collect();
        assert!(ends.is_sorted(), "{ends:?}");
    }
    let (lines, _) = place.replayed(
        "cpu",
        &["--count", "2", "--top", "1", "--filter", "sysmon-probe"],
    );
    assert_eq!(lines.len(), 2);
    for line in lines {
        let rows = line["rows"].as_array().expect("a list");
        assert!(
            rows.len() == 1 && rows[0]["name"] == "sysmon-probe",
            "{rows:?}"
        );
    }
    let table = run(&["print", "disk", "--replay", place.text()]).stdout;
    let heading = format!(
        "disk of {}",
        recording.about().host.name.as_deref().unwrap_or("?")
    );
    assert!(table.starts_with(heading.as_bytes()));
}

#[test]
fn a_captured_machine_is_recorded_too() {
    let place = Place::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/proc/odd-names");
    let root = root.to_str().expect("UTF-8");
    let arguments = ["--duration", "0.3", "--proc-root", root];
    let output = record(&place, &arguments).output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
    let (lines, _) = place.replayed("cpu", &["--top", "all"]);
    assert_eq!(
        lines.last().map(|line| line["totals"]["processes"].clone()),
        Some(7.into())
    );
    let recording = Recording::open(&place.path).expect("a recording");
    assert_eq!(
        recording.about().host.name,
        None,
        "nobody knows where it was captured"
    );
}

#[test]
fn a_file_that_is_there_is_replaced_only_when_told() {
    let place = Place::new();
    fs::write(&place.path, "mine").expect("writable");
    let readable = fs::Permissions::from_mode(0o644);
    fs::set_permissions(&place.path, readable).expect("mine");
    let refused = record(&place, &["--duration", "0.2"])
        .output()
        .expect("it starts");
    assert_eq!(refused.status.code(), Some(1));
    assert!(sentence(&refused).contains("--force"));
    assert_eq!(fs::read(&place.path).expect("there"), b"mine");
    let forced = record(&place, &["--duration", "0.2", "--force"])
        .output()
        .expect("it starts");
    assert!(forced.status.success(), "{forced:?}");
    assert!(!place.replayed("cpu", &[]).0.is_empty());
    assert_eq!(
        mode(&place.path),
        0o600,
        "whoever could read what was there"
    );
    let pipe = place.path.with_extension("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo runs").success());
    let into_pipe = run(&["record", "--force", "--out", pipe.to_str().expect("text")]);
    assert_eq!(
        into_pipe.status.code(),
        Some(1),
        "it would wait for a reader"
    );
    assert!(sentence(&into_pipe).contains("it is a pipe"));
    let nowhere = run(&["record", "--out", "/nowhere/at/all"]);
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(sentence(&nowhere).contains("/nowhere/at/all"));
}

#[test]
fn it_is_ended_as_any_program() {
    for signal in [Signal::INT, Signal::TERM] {
        let place = Place::new();
        let recorder = Recorder::start(&mut record(&place, &[]));
        place.wait_for(3);
        recorder.send(signal);
        let output = recorder.ended();
        assert!(output.status.success(), "{output:?}");
        let (lines, output) = place.replayed("cpu", &[]);
        assert!(lines.len() >= 3 && output.stderr.is_empty(), "{output:?}");
    }
}

#[test]
fn what_happened_since_the_last_snapshot_is_recorded_at_the_end() {
    let place = Place::new();
    let mut daily = probe(&["record", "--out", place.text(), "--interval", "86400"]);
    let recorder = Recorder::start(&mut daily);
    let end = Instant::now() + Duration::from_mins(1);
    while place.length() == 0 {
        assert!(Instant::now() < end, "nothing was begun");
        std::thread::sleep(Duration::from_millis(20));
    }
    // Nothing tells when its first reading is over.
    std::thread::sleep(Duration::from_millis(1500));
    recorder.send(Signal::INT);
    assert!(recorder.ended().status.success());
    for subject in SUBJECTS {
        let (lines, output) = place.replayed(subject, &[]);
        assert_eq!(lines.len(), 1, "{subject}: {output:?}");
    }
    let place = Place::new();
    let arguments = [
        "record",
        "--out",
        place.text(),
        "--interval",
        "1",
        "--duration",
        "1.5",
    ];
    assert!(run(&arguments).status.success());
    let recording = Recording::open(&place.path).expect("a recording");
    assert_eq!(recording.snapshots(Table::Cpu), 2);
    let span = recording.span().expect("not empty");
    assert!(
        span.end >= span.start + Duration::from_millis(1400),
        "{span:?}"
    );
}

#[test]
fn what_was_recorded_before_it_was_killed_is_shown() {
    let place = Place::new();
    let recorder = Recorder::start(&mut record(&place, &[]));
    place.wait_for(3);
    recorder.send(Signal::KILL);
    let output = recorder.ended();
    assert_eq!(output.status.signal(), Some(9));
    for subject in SUBJECTS {
        let (lines, output) = place.replayed(subject, &[]);
        assert!(lines.len() >= 3, "{subject}");
        assert!(output.status.success(), "{output:?}");
        assert!(sentence(&output).contains("not whole"));
    }
    // Cut within the first snapshots, nothing is left.
    let bytes = fs::read(&place.path).expect("there");
    fs::write(&place.path, &bytes[..FILE_HEAD + 50]).expect("writable");
    let (lines, output) = place.replayed("cpu", &[]);
    assert!(lines.is_empty());
    assert_eq!(output.status.code(), Some(1));
    sentence(&output);
}

/// It stopped by itself, said why, and what it wrote is shown.
fn assert_stopped_and_readable(place: &Place, output: &Output) {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(sentence(output).contains("what was written"), "{output:?}");
    for subject in SUBJECTS {
        assert!(!place.replayed(subject, &[]).0.is_empty(), "{subject}");
    }
}

#[test]
fn where_no_more_can_be_written_it_stops_and_says_so() {
    let place = Place::new();
    // In units of 512 or 1024 bytes, as the shell likes.
    let mut command = Command::new("sh");
    let program = ["-c", "ulimit -f 200; exec \"$@\"", "sh"];
    command
        .args(program)
        .arg(env!("CARGO_BIN_EXE_sysmon-probe"));
    command.args(["record", "--out", place.text(), "--interval", "0.1"]);
    assert_stopped_and_readable(&place, &command.output().expect("it starts"));

    let full = run(&["record", "--out", "/dev/full", "--force"]);
    assert_eq!(full.status.code(), Some(1));
    assert!(sentence(&full).contains("/dev/full"));
}

#[test]
fn on_a_full_disk_it_stops_and_says_so() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("only root may mount a small disk");
        return;
    }
    let place = Place::new();
    let folder = place.path.parent().expect("a folder").join("small");
    fs::create_dir(&folder).expect("made");
    // In a namespace of its own, so that the mount is gone with it; what is there is copied out.
    let script = "mount -t tmpfs -o size=128k small \"$1\" && shift && \
                  \"$@\"; code=$?; cp \"$5\" \"$6\"; exit $code";
    let inside = folder.join("it.smrec");
    let script = script.replace("$5", "$OUT").replace("$6", "$KEPT");
    let output = Command::new("unshare")
        .args(["--mount", "sh", "-c", &script, "sh"])
        .arg(&folder)
        .arg(env!("CARGO_BIN_EXE_sysmon-probe"))
        .args(["record", "--interval", "0.1", "--out"])
        .arg(&inside)
        .env("OUT", &inside)
        .env("KEPT", &place.path)
        .output()
        .expect("unshare starts");
    assert!(sentence(&output).contains("No space left"), "{output:?}");
    assert_stopped_and_readable(&place, &output);
}

#[test]
fn arguments_are_left_out_of_the_whole_file() {
    // Nobody else runs for so long.
    let secret = format!("{}", 700_000 + std::process::id());
    let sleeper = Command::new("sleep")
        .arg(&secret)
        .spawn()
        .expect("sleep starts");
    let sleeper = Recorder(sleeper);
    let found = |more: &[&str]| {
        let place = Place::new();
        let arguments = [&["--duration", "0.3"], more].concat();
        let output = record(&place, &arguments).output().expect("it starts");
        assert!(output.status.success(), "{output:?}");
        let (lines, _) = place.replayed("cpu", &["--top", "all", "--filter", "name:sleep"]);
        let rows = lines[0]["rows"].as_array().expect("a list").clone();
        let row = rows.iter().find(|row| row["pid"] == sleeper.0.id());
        assert_eq!(row.expect("it is in the recording")["name"], "sleep");
        let bytes = unpacked(&fs::read(&place.path).expect("there"));
        bytes
            .windows(secret.len())
            .any(|it| it == secret.as_bytes())
    };
    assert!(found(&[]));
    assert!(!found(&["--no-command-lines"]));
}

/// All that a recording holds.
fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    let mut at = FILE_HEAD;
    while let Some(head) = bytes[at..].first_chunk().and_then(ChunkHead::parse) {
        at += CHUNK_HEAD;
        let packed = &bytes[at..at + head.packed as usize];
        all.extend(zstd::bulk::decompress(packed, head.body as usize).expect("whole"));
        at += packed.len();
    }
    all
}

#[test]
fn what_cannot_be_shown_is_told_in_one_sentence() {
    let place = Place::new();
    for (content, word) in [
        (Vec::new(), "empty"),
        (b"#!/bin/sh\necho no recording\n".to_vec(), "none"),
        (b"SysMonRc\x09\x00".to_vec(), "newer"),
    ] {
        fs::write(&place.path, content).expect("writable");
        let (lines, output) = place.replayed("cpu", &[]);
        assert!(lines.is_empty());
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(sentence(&output).contains(word), "{output:?}");
    }
    let pipe = place.path.with_extension("pipe");
    rustix::fs::mknodat(CWD, &pipe, FileType::Fifo, Mode::RWXU, 0).expect("made");
    let pipe = pipe.to_str().expect("UTF-8");
    let folder = env!("CARGO_TARGET_TMPDIR");
    // A pipe to which nobody writes keeps nobody waiting.
    for (path, word) in [
        ("/dev/zero", "no file"),
        (pipe, "no file"),
        (folder, "directory"),
    ] {
        let output = run(&["print", "cpu", "--replay", path]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(sentence(&output).contains(word), "{output:?}");
    }
    let connections = run(&["print", "connections", "--replay", place.text()]);
    assert_eq!(connections.status.code(), Some(2));
    assert!(sentence(&connections).contains("not recorded"));
    let waiting = run(&["print", "cpu", "--interval", "1", "--replay", place.text()]);
    assert_eq!(waiting.status.code(), Some(2));
    assert!(sentence(&waiting).contains("--interval"));
}

#[test]
fn a_window_finds_any_moment_in_it() {
    let place = Place::new();
    let output = record(&place, &["--duration", "0.5"])
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{output:?}");
    let mut recording = Recording::open(&place.path).expect("a recording");
    let samples = Request::Samples {
        since: Duration::ZERO,
        most: 100,
    };
    let Reply::Samples { samples, .. } = recording.ask(&samples).expect("answered") else {
        panic!("there are graphs")
    };
    let at = samples.last().expect("some").since_boot;
    for table in Table::ALL {
        let moment = recording.ask(&Request::Moment { table, at });
        let Reply::Moment(Some(reply)) = moment.expect("answered") else {
            panic!("it was recorded")
        };
        assert!(reply.cost().is_some());
    }
}
