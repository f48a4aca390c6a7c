//! `sysmon-probe openmetrics` as a program: its page, who it lets ask, its file, how it ends.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

#[path = "support/openmetrics.rs"]
mod openmetrics;
#[path = "probe_program/start.rs"]
mod probe_program;

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use openmetrics::{Metrics, parse};
use probe_program::probe;
use rustix::process::{Pid, Signal, kill_process};

/// The program while it offers a page; ended when dropped.
struct Exporter {
    child: Child,
    address: SocketAddr,
    _output: BufReader<ChildStdout>,
}

impl Exporter {
    fn start(arguments: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", arguments)
    }

    fn start_at(place: &str, arguments: &[&str]) -> Self {
        let listen = ["openmetrics", "--listen", place];
        let mut child = probe(&[&listen, arguments].concat())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("a line");
        let address = line
            .strip_prefix("http://")
            .and_then(|line| line.strip_suffix("/metrics\n"))
            .and_then(|address| address.parse().ok())
            .expect("where the page is");
        Self {
            child,
            address,
            _output: output,
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        let patience = Some(Duration::from_mins(1));
        stream.set_read_timeout(patience).expect("set");
        stream
    }

    /// Head and body of the answer to what is sent.
    fn ask(&self, request: &[u8]) -> (String, String) {
        let mut stream = self.connect();
        stream.write_all(request).expect("sent");
        answer(stream)
    }

    fn scrape(&self) -> Metrics {
        let (head, body) = self.ask(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        parse(&body).expect("strict")
    }

    /// Scrapes until a page answers.
    fn scrape_until(&self, answers: impl Fn(&Metrics) -> bool) -> Metrics {
        let end = Instant::now() + Duration::from_mins(1);
        loop {
            let page = self.scrape();
            if answers(&page) {
                return page;
            }
            assert!(Instant::now() < end, "{page:?}");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn answer(mut stream: TcpStream) -> (String, String) {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    (format!("{head}\r\n"), body.to_owned())
}

fn has_programs(page: &Metrics) -> bool {
    !page.of("sysmon_program_cpu_ratio").is_empty()
}

/// Processes that do nothing, ended when dropped.
struct Sleepers {
    children: Vec<Child>,
    _folder: tempfile::TempDir,
}

impl Sleepers {
    fn named(names: impl Iterator<Item = Vec<u8>>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let start = |name: Vec<u8>| {
            let program = folder.path().join(OsStr::from_bytes(&name));
            symlink("/bin/sleep", &program).expect("a link");
            Command::new(program).arg("600").spawn().expect("started")
        };
        Self {
            children: names.map(start).collect(),
            _folder: folder,
        }
    }
}

impl Drop for Sleepers {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn a_page_is_strict_and_its_counters_grow() {
    let exporter = Exporter::start(&["--interval", "0.1"]);
    let first = exporter.scrape_until(has_programs);
    let readings = |page: &Metrics| page.sum("sysmon_exporter_readings_total", &[]);
    let later = exporter.scrape_until(|page| readings(page) > readings(&first) + 1.0);
    for (name, samples) in first
        .samples
        .iter()
        .filter(|(name, _)| name.ends_with("_total"))
    {
        for (labels, value) in samples {
            let wanted: Vec<_> = labels
                .iter()
                .map(|(k, v)| (k.as_str(), v.as_str()))
                .collect();
            // The kernel takes some idle time back.
            let slack = if name == "sysmon_cpu_seconds_total" {
                1.0
            } else {
                0.0
            };
            assert!(
                later.sum(name, &wanted) + slack >= *value,
                "{name} {labels:?}"
            );
        }
    }
    assert!(later.sum("sysmon_cpu_seconds_total", &[]) > 0.0);
    assert!(later.sum("sysmon_exporter_cpu_seconds_total", &[]) > 0.0);
    assert_eq!(later.of("sysmon_cpu_seconds_total").len(), 8);
    for family in [
        "sysmon_program_cpu_ratio",
        "sysmon_program_memory_bytes",
        "sysmon_program_disk_read_bytes_per_second",
        "sysmon_program_disk_written_bytes_per_second",
        "sysmon_program_network_received_bytes_per_second",
        "sysmon_program_network_sent_bytes_per_second",
    ] {
        assert!(!later.of(family).is_empty(), "{family}");
    }
    let processes = later.sum("sysmon_program_processes", &[]);
    assert!(processes >= 2.0, "{processes}");
}

#[test]
fn scrapes_close_together_share_a_reading() {
    let exporter = Exporter::start(&["--interval", "600"]);
    let page = || exporter.ask(b"GET /metrics HTTP/1.0\r\n\r\n").1;
    thread::scope(|scope| {
        let pages: Vec<_> = (0..8).map(|_| scope.spawn(page)).collect();
        let mut pages = pages.into_iter().map(|it| it.join().expect("a page"));
        let first = pages.next().expect("eight");
        assert!(pages.all(|page| page == first));
    });
}

#[test]
fn only_what_is_offered_is_answered() {
    let exporter = Exporter::start(&[]);
    for (request, status) in [
        ("GET / HTTP/1.0\r\n\r\n", "200"),
        ("GET /metrics/x HTTP/1.0\r\n\r\n", "404"),
        ("GET / HTTP/1.1\r\n\r\n", "400"),
        (
            "POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
            "405",
        ),
        ("nonsense\r\n\r\n", "400"),
    ] {
        let (head, _) = exporter.ask(request.as_bytes());
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status} ")),
            "{request}: {head}"
        );
        assert_eq!(head.contains("\r\nAllow: GET, HEAD\r\n"), status == "405");
    }
    let (head, body) = exporter.ask(b"HEAD /metrics HTTP/1.0\r\n\r\n");
    let content =
        "\r\nContent-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n";
    assert!(head.contains(content), "{head}");
    assert_eq!(body, "");
}

#[test]
fn a_page_whose_name_leads_here_reads_nothing() {
    let status = |exporter: &Exporter, host: &str| {
        let request = format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let (head, body) = exporter.ask(request.as_bytes());
        let status = head.split(' ').nth(1).expect("a status").to_owned();
        assert_eq!(body.contains("sysmon_"), status == "200", "{host}: {body}");
        status
    };
    let machine = fs::read_to_string("/proc/sys/kernel/hostname").expect("a name");
    let machine = format!("{}:9837", machine.trim());
    let local = Exporter::start(&["--host-name", "metrics.example"]);
    let own = local.address.to_string();
    for host in [&own, "localhost:1", "[::1]:9837", "metrics.example:9837"] {
        assert_eq!(status(&local, host), "200", "{host}");
    }
    for host in ["rebound.example", "localhost.example:9837", &machine] {
        assert_eq!(status(&local, host), "421", "{host}");
    }
    let open = Exporter::start_at("0.0.0.0:0", &[]);
    assert_eq!(status(&open, &machine), "200");
    assert_eq!(status(&open, "10.0.0.5:9837"), "200");
    assert_eq!(status(&open, "rebound.example"), "421");
}

#[test]
fn neither_a_slow_nor_a_talkative_client_keeps_others_from_the_page() {
    let exporter = Exporter::start(&[]);
    // More than are answered at once; none of them ever finishes its request.
    let slow: Vec<TcpStream> = (0..6)
        .map(|_| {
            let mut stream = exporter.connect();
            stream.write_all(b"GET /metrics HT").expect("sent");
            stream
        })
        .collect();
    let drips = exporter.connect();
    let mut dripping = drips.try_clone().expect("a clone");
    let drip = thread::spawn(move || {
        // Ends when the exporter has closed the connection.
        while dripping.write_all(b"G").is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    });
    assert!(!exporter.scrape().samples.is_empty());
    for stream in slow {
        assert!(answer(stream).0.starts_with("HTTP/1.1 408 "));
    }
    drip.join().expect("it was closed");
    let long = vec![b'x'; 300_000];
    let mut stream = exporter.connect();
    // The exporter may close before all of it is sent.
    let _ = stream.write_all(&long);
    let mut start = [0; 12];
    if stream.read_exact(&mut start).is_ok() {
        assert_eq!(&start, b"HTTP/1.1 431");
    }
    assert!(!exporter.scrape().samples.is_empty());
}

#[test]
fn two_hundred_programs_are_ten_names_and_odd_names_bend_nothing() {
    let odd = b"a\"b\\\n\xff{}".to_vec();
    let names = (0..200).map(|n| format!("sm-{n}").into_bytes());
    let _sleepers = Sleepers::named(names.chain([odd]));
    let programs = |page: &Metrics, family| {
        let samples = page.of(family).iter();
        samples
            .filter(|(labels, _)| labels.contains_key("program"))
            .count()
    };
    let few = Exporter::start(&["--interval", "0.1"]).scrape_until(has_programs);
    for family in few
        .samples
        .keys()
        .filter(|it| it.starts_with("sysmon_program_"))
    {
        assert!(programs(&few, family) <= 10, "{family}");
        assert!(few.of(family).len() <= 10 + 8, "{family}");
    }
    assert_eq!(programs(&few, "sysmon_program_processes"), 10);
    let processes = few.sum("sysmon_program_processes", &[]);
    assert!(processes > 200.0, "{processes}");
    let others = few.sum("sysmon_program_processes", &[("kind", "other")]);
    assert!(
        others > 100.0 && others < processes,
        "{others} of {processes}"
    );

    let many = Exporter::start(&["--interval", "0.1", "--top", "100"]).scrape_until(has_programs);
    assert_eq!(programs(&many, "sysmon_program_processes"), 100);
    let odd = |labels: &openmetrics::Labels| {
        labels
            .get("program")
            .is_some_and(|it| it.starts_with("a\"b"))
    };
    if let Some((labels, _)) = many
        .of("sysmon_program_processes")
        .iter()
        .find(|(labels, _)| odd(labels))
    {
        assert!(!labels["program"].contains('\n'), "{labels:?}");
    }
}

#[test]
fn it_ends_cleanly_and_says_what_it_cannot_do() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut exporter = Exporter::start(&[]);
        exporter.scrape();
        kill_process(Pid::from_child(&exporter.child), signal).expect("sent");
        assert_eq!(exporter.child.wait().expect("ended").code(), Some(0));
    }
    let exporter = Exporter::start(&[]);
    let taken = exporter.address.to_string();
    for (arguments, word) in [
        (["--listen", &taken], "--listen IP:PORT"),
        (
            ["--textfile", "/nowhere/x.prom"],
            "/nowhere/x.prom cannot be written",
        ),
        (["--textfile", "/proc"], "cannot be written"),
    ] {
        let mut command = probe(&["openmetrics"]);
        command.args(arguments);
        if arguments[0] == "--textfile" {
            command.args(["--interval", "0.1"]);
        }
        let output = command.output().expect("it starts");
        let sentence = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {sentence}");
        assert!(sentence.contains(word), "{sentence}");
        assert_eq!(sentence.lines().count(), 1, "{sentence}");
    }
}

#[test]
fn other_addresses_than_the_loopback_are_warned_of_once() {
    let mut child = probe(&["openmetrics", "--listen", "0.0.0.0:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().expect("piped"));
    output.read_line(&mut line).expect("a line");
    kill_process(Pid::from_child(&child), Signal::TERM).expect("sent");
    let output = child.wait_with_output().expect("it ended");
    let warning = String::from_utf8(output.stderr).expect("text");
    assert_eq!(warning.lines().count(), 1, "{warning}");
    assert!(
        warning.contains("can read the names of programs"),
        "{warning}"
    );
}

#[test]
fn a_text_file_is_whole_for_everybody_and_in_the_older_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("it.prom");
    fs::write(&path, "old").expect("written");
    let text = path.to_str().expect("UTF-8");
    let output = probe(&[
        "openmetrics",
        "--textfile",
        text,
        "--interval",
        "0.2",
        "--count",
        "2",
    ])
    .output()
    .expect("it starts");
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    let mode = fs::metadata(&path).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    let page = fs::read_to_string(&path).expect("text");
    assert!(
        page.contains("# TYPE sysmon_cpu_seconds_total counter\n"),
        "{page}"
    );
    assert!(page.contains("\nsysmon_program_cpu_ratio{"), "{page}");
    assert!(
        !page.contains("# EOF") && !page.contains("# UNIT"),
        "{page}"
    );

    fs::remove_file(&path).expect("removed");
    let mut child = probe(&["openmetrics", "--textfile", text, "--interval", "0.1"])
        .spawn()
        .expect("it starts");
    let end = Instant::now() + Duration::from_mins(1);
    while !path.exists() && Instant::now() < end {
        thread::sleep(Duration::from_millis(10));
    }
    kill_process(Pid::from_child(&child), Signal::INT).expect("sent");
    assert_eq!(child.wait().expect("ended").code(), Some(0));
    assert!(path.exists());
}
