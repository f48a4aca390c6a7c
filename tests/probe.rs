//! `sysmon-probe` as a program: its contract, its arguments, how it ends.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

mod machine_tree;
mod probe_program;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use machine_tree::MachineTree;
use probe_program::{Printing, probe};
use serde_json::Value;

/// What the program printed until it ended.
fn run(arguments: &[&str]) -> Output {
    probe(arguments).output().expect("the program starts")
}

/// A process with a name of its own that does nothing, ended when dropped.
struct Sleeper {
    child: Child,
    _folder: tempfile::TempDir,
}

impl Sleeper {
    fn named(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join(name);
        fs::copy("/bin/sleep", &program).expect("a copy");
        let child = Command::new(program)
            .arg("600")
            .spawn()
            .expect("sleep starts");
        Self {
            child,
            _folder: folder,
        }
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The only refresh of a short run.
fn once(arguments: &[&str]) -> Value {
    let arguments = [
        arguments,
        &["--format", "json", "--count", "1", "--interval", "0.2"],
    ]
    .concat();
    let output = run(&arguments);
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("one line of JSON")
}

fn keys(object: &Value) -> Vec<&str> {
    let object = object.as_object().expect("an object");
    object.keys().map(String::as_str).collect()
}

/// Rows of processes, without what none of them accounts for.
fn rows(refresh: &Value) -> Vec<&Value> {
    let rows = refresh["rows"].as_array().expect("a list").iter();
    rows.filter(|row| row["kind"] == "process").collect()
}

/// The rows but those of the program itself, whose command line holds the filter's words.
fn others(refresh: &Value) -> Vec<&Value> {
    let rows = rows(refresh).into_iter();
    rows.filter(|row| row["name"] != "sysmon-probe").collect()
}

const REFRESH: [&str; 7] = [
    "subject",
    "at",
    "elapsed_seconds",
    "totals",
    "degraded",
    "cost",
    "rows",
];

#[test]
fn system_prints_the_contract() {
    let refresh = once(&["print", "system"]);
    assert_eq!(keys(&refresh), REFRESH);
    assert_eq!(refresh["subject"], "system");
    assert!(rows(&refresh).is_empty());
    assert_eq!(keys(&refresh["cost"]), ["cpu_seconds"]);
    assert_eq!(
        keys(&refresh["totals"]),
        [
            "cpu_percent",
            "cpus_percent",
            "load_1",
            "uptime_seconds",
            "memory_total_bytes",
            "memory_available_bytes",
            "swap_total_bytes",
            "swap_used_bytes",
            "disk_read_bytes_per_second",
            "disk_write_bytes_per_second",
            "network_received_bytes_per_second",
            "network_sent_bytes_per_second",
            "disks",
            "interfaces",
            "pressure",
        ]
    );
    let at = refresh["at"].as_str().expect("text");
    assert_eq!(at.len(), "2026-11-22T20:00:03.004Z".len());
    at.parse::<jiff::Timestamp>().expect("RFC 3339");

    let tree = MachineTree::new("stacked");
    let roots = tree.roots();
    let refresh = once(&[
        "print",
        "system",
        "--proc-root",
        roots.proc.to_str().expect("UTF-8"),
        "--sys-root",
        roots.sys.to_str().expect("UTF-8"),
    ]);
    assert_eq!(
        keys(&refresh["totals"]["disks"][0]),
        [
            "name",
            "counted",
            "read_bytes_per_second",
            "write_bytes_per_second"
        ]
    );
    assert_eq!(
        keys(&refresh["totals"]["interfaces"][0]),
        [
            "name",
            "counted",
            "received_bytes_per_second",
            "sent_bytes_per_second"
        ]
    );
    assert_eq!(
        keys(&refresh["totals"]["pressure"]),
        ["cpu_percent", "memory_percent", "io_percent"]
    );
}

#[test]
fn cpu_prints_the_contract() {
    let refresh = once(&["print", "cpu"]);
    assert_eq!(keys(&refresh), REFRESH);
    assert_eq!(
        keys(&refresh["totals"]),
        [
            "cpus",
            "processes",
            "busy_percent",
            "named_percent",
            "exited_percent",
            "kernel_percent",
            "unexplained_percent",
            "sampling_error_percent",
            "memory_total_bytes",
        ]
    );
    assert_eq!(
        keys(rows(&refresh)[0]),
        [
            "kind",
            "pid",
            "start_time_ticks",
            "name",
            "name_bytes",
            "user",
            "uid",
            "cpu_percent",
            "memory_percent",
            "rss_bytes",
            "threads",
            "state",
            "nice",
            "parent_pid",
            "cpu_seconds",
            "wait_percent",
            "command_line",
            "service",
        ]
    );
}

#[test]
fn disk_prints_the_contract() {
    // The test itself has written by now.
    let file = tempfile::NamedTempFile::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a file");
    fs::write(file.path(), vec![1; 1 << 20]).expect("writable");
    let refresh = once(&["print", "disk", "--top", "all"]);
    assert_eq!(keys(&refresh), REFRESH);
    assert_eq!(
        keys(&refresh["totals"]),
        [
            "disk_read_bytes_per_second",
            "disk_write_bytes_per_second",
            "named_read_bytes_per_second",
            "named_write_bytes_per_second",
        ]
    );
    assert_eq!(
        keys(rows(&refresh)[0]),
        [
            "kind",
            "pid",
            "start_time_ticks",
            "name",
            "name_bytes",
            "user",
            "uid",
            "read_bytes_per_second",
            "write_bytes_per_second",
            "total_bytes_per_second",
            "read_bytes",
            "written_bytes",
            "cancelled_write_bytes",
            "read_calls",
            "write_calls",
            "command_line",
            "service",
        ]
    );
}

#[test]
fn network_prints_the_contract() {
    let _socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let refresh = once(&["print", "network"]);
    assert_eq!(keys(&refresh), REFRESH);
    assert_eq!(
        keys(&refresh["totals"]),
        [
            "interface_received_bytes_per_second",
            "interface_sent_bytes_per_second",
            "tcp_received_bytes_per_second",
            "tcp_sent_bytes_per_second",
            "sockets",
            "missed_messages",
        ]
    );
    assert_eq!(
        keys(rows(&refresh)[0]),
        [
            "kind",
            "pid",
            "start_time_ticks",
            "name",
            "name_bytes",
            "user",
            "uid",
            "sockets",
            "tcp",
            "udp",
            "established",
            "listen",
            "received_bytes_per_second",
            "sent_bytes_per_second",
            "total_bytes_per_second",
            "received_bytes",
            "sent_bytes",
            "remotes",
            "ports",
            "command_line",
            "service",
        ]
    );
}

#[test]
fn bad_arguments_end_with_two_and_one_sentence() {
    let nothing_asked = String::from_utf8(run(&[]).stderr).expect("UTF-8");
    assert!(nothing_asked.contains("--help"), "{nothing_asked}");
    for bad in [
        &[][..],
        &["print"],
        &["print", "sockets"],
        &["serve", "extra"],
        &["print", "cpu", "--interval", "0"],
        &["print", "cpu", "--interval", "-1"],
        &["print", "cpu", "--interval", "NaN"],
        &["print", "cpu", "--interval", "1e99"],
        &["print", "cpu", "--sort", "size"],
        &["print", "cpu", "--replay"],
        &["print", "connections", "--replay", "file"],
        &["print", "cpu", "--replay", "file", "--interval", "1"],
        &["record"],
        &["record", "--out", "file", "--duration", "0"],
        &["print", "cpu", "--filter"],
        &["print", "cpu", "--bad\u{1b}[31m"],
    ] {
        let output = run(bad);
        assert_eq!(output.status.code(), Some(2), "{bad:?}");
        assert!(output.stdout.is_empty(), "{bad:?}");
        let sentence = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(sentence.lines().count(), 1, "{bad:?}: {sentence}");
        assert!(sentence.starts_with("sysmon-probe: "), "{sentence}");
        assert!(!sentence.contains('\u{1b}'), "{sentence:?}");
    }
}

#[test]
fn help_and_version_end_well() {
    for arguments in [&["--version"][..], &["--help"], &["print", "--help"]] {
        let output = run(arguments);
        assert!(output.status.success());
        assert!(output.stderr.is_empty());
        assert!(!output.stdout.is_empty());
    }
}

#[test]
fn where_nothing_can_be_read_it_ends_with_one_and_says_why() {
    let tree = MachineTree::empty();
    let proc = tree.roots().proc;
    let proc = proc.to_str().expect("UTF-8");
    for subject in ["system", "cpu", "disk", "network"] {
        for proc in [proc, "/nowhere"] {
            let output = run(&["print", subject, "--count", "1", "--proc-root", proc]);
            assert_eq!(
                output.status.code(),
                Some(1),
                "{subject} {proc}: {output:?}"
            );
            let sentence = String::from_utf8(output.stderr).expect("UTF-8");
            assert_eq!(sentence.lines().count(), 1, "{sentence}");
            assert!(sentence.contains(proc), "{sentence}");
        }
    }
}

#[test]
fn a_platform_that_is_not_built_in_is_named() {
    let output = run(&["print", "system", "--platform", "portable", "--count", "1"]);
    if !output.status.success() {
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("portable"));
    }
}

/// The reader leaves after the first line, as `head -1` does.
#[test]
fn a_closed_pipe_ends_it_quietly() {
    for subject in ["system", "cpu", "disk", "network"] {
        let mut child = probe(&["print", subject, "--interval", "0.1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        output.read_line(&mut line).expect("a line");
        drop(output);
        let ended = child.wait_with_output().expect("it ends");
        assert_eq!(ended.status.code(), Some(0), "{subject}");
        assert!(ended.stderr.is_empty(), "{ended:?}");
    }
}

#[test]
fn a_closed_pipe_ends_it_even_when_the_next_print_is_a_day_away() {
    let mut child = probe(&["print", "system", "--interval", "86400"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn a_full_disk_is_told() {
    let output = probe(&["print", "system", "--interval", "0.1"])
        .stdout(fs::File::create("/dev/full").expect("a device"))
        .stderr(Stdio::piped())
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1);
}

#[test]
fn a_filter_prints_what_holds_all_its_words_and_nothing_else() {
    let sleeper = Sleeper::named("sysmon-sleeper-a");
    let pid = sleeper.child.id();
    for filter in [
        "sysmon-sleeper-a".to_owned(),
        "600 SYSMON-Sleeper-A".to_owned(),
        format!("{pid} sysmon-sleeper"),
    ] {
        let refresh = once(&["print", "cpu", "--filter", &filter, "--top", "all"]);
        let printed = others(&refresh)
            .iter()
            .map(|row| row["pid"].as_u64())
            .collect::<Vec<_>>();
        assert_eq!(printed, [Some(pid.into())], "{filter}");
        assert!(refresh["totals"]["processes"].as_u64() > Some(1));
    }
    let none = once(&["print", "cpu", "--filter", "sysmon-sleeper-a 6001"]);
    assert!(others(&none).is_empty());
}

#[test]
fn top_cuts_rows_and_never_totals() {
    let _sleepers = [Sleeper::named("sysmon-b1"), Sleeper::named("sysmon-b2")];
    let one = once(&["print", "cpu", "--top", "1"]);
    assert_eq!(rows(&one).len(), 1);
    assert!(one["totals"]["processes"].as_u64() >= Some(3));
    let all = once(&["print", "cpu", "--top", "all"]);
    assert!(rows(&all).len() >= 3);
}

#[test]
fn rows_are_sorted_by_value_either_way_and_what_is_unknown_comes_last() {
    for key in ["pid", "rss_bytes", "start_time_ticks", "cpu_percent"] {
        for (direction, sign) in [("asc", 1.0), ("desc", -1.0)] {
            let sort = format!("{key}:{direction}");
            let refresh = once(&["print", "cpu", "--top", "all", "--sort", &sort]);
            let values: Vec<_> = rows(&refresh)
                .iter()
                .map(|row| row[key].as_f64().map_or(f64::INFINITY, |it| it * sign))
                .collect();
            assert!(values.len() > 1 && values.is_sorted(), "{sort}: {values:?}");
        }
    }
}

#[test]
fn a_name_that_would_command_the_terminal_is_shown_escaped_and_raw_for_programs() {
    let _sleeper = Sleeper::named("sysmon-\u{1b}[31m\t\u{202e}c");
    let arguments = |format| {
        [
            "print",
            "cpu",
            "--filter",
            "sysmon-\u{1b}",
            "--count",
            "1",
            "--interval",
            "0.2",
            "--format",
            format,
        ]
    };
    let table = String::from_utf8(run(&arguments("table")).stdout).expect("UTF-8");
    assert!(table.contains("sysmon-\\u{1b}[31m\\t\\u{202e}c"), "{table}");
    assert!(!table.contains('\u{1b}') && !table.contains('\u{202e}'));

    let tsv = String::from_utf8(run(&arguments("tsv")).stdout).expect("UTF-8");
    let lines: Vec<&str> = tsv
        .lines()
        .filter(|line| !line.contains("\tsysmon-probe\t"))
        .collect();
    assert_eq!(lines.len(), 2, "{tsv}");
    let fields = |line: &str| line.split('\t').count();
    assert_eq!(fields(lines[0]), fields(lines[1]));
    assert!(lines[0].starts_with("at\tkind\tpid\t"));

    let json: Value = serde_json::from_slice(&run(&arguments("json")).stdout).expect("JSON");
    assert_eq!(others(&json)[0]["name"], "sysmon-\u{1b}[31m\t\u{202e}c");
}

#[test]
fn a_name_that_is_not_utf8_stands_in_hex_beside() {
    use std::os::unix::ffi::OsStrExt;

    let folder = tempfile::tempdir().expect("a folder");
    let program = folder
        .path()
        .join(std::ffi::OsStr::from_bytes(b"sysmon-\xff"));
    fs::copy("/bin/sleep", &program).expect("a copy");
    let mut child = Command::new(&program)
        .arg("600")
        .spawn()
        .expect("it starts");
    let refresh = once(&["print", "cpu", "--filter", &child.id().to_string()]);
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    let row = rows(&refresh)
        .into_iter()
        .find(|row| row["pid"] == child.id())
        .expect("the process");
    assert_eq!(row["name"], "sysmon-\u{fffd}");
    assert_eq!(row["name_bytes"], "7379736d6f6e2dff");
}

#[test]
fn what_is_not_known_of_a_process_is_never_blank_and_never_zero() {
    let tree = tempfile::tempdir().expect("a folder");
    let file = |path: &str, content: &str| {
        let path = tree.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
    };
    // As under hidepid=1 only the folder of the one can be read; the other has an empty name.
    file("7/stat", "");
    file("7/status", "Uid:\t7\t7\t7\t7\n");
    file(
        "8/stat",
        &format!("8 () S 1 8 8 0 -1 64 {}\n", "0 ".repeat(42)),
    );
    file("8/status", "Uid:\t8\t8\t8\t8\n");
    file("8/cmdline", "");
    file("8/cgroup", "");
    let arguments = [
        "print",
        "cpu",
        "--proc-root",
        tree.path().to_str().expect("UTF-8"),
        "--sort",
        "pid:asc",
    ];
    let refresh = once(&arguments);
    let [hidden, nameless] = rows(&refresh)[..] else {
        panic!("{refresh}")
    };
    assert_eq!((&hidden["pid"], &hidden["uid"]), (&7.into(), &7.into()));
    for key in ["name", "start_time_ticks", "rss_bytes", "state"] {
        assert_eq!(hidden[key], Value::Null, "{key}");
    }
    assert_eq!(nameless["name"], Value::Null);
    assert_eq!(nameless["start_time_ticks"], 0);

    let output = run(&[&arguments[..], &["--count", "1", "--interval", "0.1"]].concat());
    let table = String::from_utf8(output.stdout).expect("UTF-8");
    let starts = |start: &str| table.lines().any(|line| line.starts_with(start));
    assert!(starts("no permission") && starts("–"), "{table}");
}

#[test]
fn counts_and_intervals_are_kept() {
    let output = run(&[
        "print",
        "system",
        "--count",
        "3",
        "--interval",
        "0.1",
        "--format",
        "json",
    ]);
    let lines: Vec<Value> = output
        .stdout
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 3);
    let times: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["at"].as_str())
        .collect();
    assert!(times.is_sorted());
}

#[test]
fn a_captured_machine_is_printed_to_the_figure() {
    let tree = MachineTree::new("stacked");
    let roots = tree.roots();
    let mut printing = Printing::start(
        probe(&["print", "system", "--format", "json", "--interval", "0.1"])
            .arg("--proc-root")
            .arg(&roots.proc)
            .arg("--sys-root")
            .arg(&roots.sys),
    );
    let first = printing.next().expect("a refresh");
    assert_eq!(
        first["totals"]["cpu_percent"],
        Value::Null,
        "no time passed there"
    );
    assert_eq!(
        first["totals"]["memory_available_bytes"],
        21_210_120_u64 * 1024
    );
    assert_eq!(first["totals"]["load_1"], 0.52);
    // 30 of 100 ticks were busy; replaced at once, so that no half of it is read.
    let stat = fs::read_to_string(tree.proc("stat")).expect("text");
    let stat = stat.replace("cpu  38903 10 10915 303149", "cpu  38933 10 10915 303219");
    let file = fs::File::options()
        .write(true)
        .open(tree.proc("stat"))
        .expect("writable");
    std::os::unix::fs::FileExt::write_all_at(&file, stat.as_bytes(), 0).expect("written");
    let share = std::iter::from_fn(|| printing.next())
        .find_map(|refresh| refresh["totals"]["cpu_percent"].as_f64());
    assert_eq!(share, Some(30.0));
}

#[test]
fn degradations_are_told_in_sentences_and_for_programs() {
    let tree = MachineTree::new("container");
    let roots = tree.roots();
    let (proc, sys) = (
        roots.proc.to_str().expect("UTF-8"),
        roots.sys.to_str().expect("UTF-8"),
    );
    let arguments = ["print", "system", "--proc-root", proc, "--sys-root", sys];
    let refresh = once(&arguments);
    let told = refresh["degraded"].as_array().expect("a list");
    assert!(
        told.iter()
            .all(|it| keys(it) == ["what", "reason", "count"])
    );
    assert!(
        told.iter()
            .any(|it| it["what"] == "pressure" && it["reason"] == "not_available")
    );
    assert_eq!(refresh["totals"]["pressure"], Value::Null);

    let output = run(&[&arguments[..], &["--count", "1", "--interval", "0.1"]].concat());
    let table = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(
        table.contains("Pressure: not available on this system."),
        "{table}"
    );
}

#[test]
fn it_links_no_gtk() {
    let mut program = Vec::new();
    fs::File::open(Path::new(env!("CARGO_BIN_EXE_sysmon-probe")))
        .expect("the program")
        .read_to_end(&mut program)
        .expect("readable");
    let holds = |name: &[u8]| program.windows(name.len()).any(|it| it == name);
    assert!(holds(b"\x7fELF"));
    // As the dynamic section spells them; debug information names crates of the same names.
    assert!(holds(b"libc.so."));
    for library in [
        "libgtk-4.so",
        "libadwaita-1.so",
        "libcairo.so",
        "libpango-1.0.so",
    ] {
        assert!(!holds(library.as_bytes()), "{library}");
    }
}
