//! `sysmon-probe` against load of known size, which this test program makes itself: what is printed
//! of it is compared with what was generated, summed over all prints of the time.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

mod probe_program;

use std::fs;
use std::hint::black_box;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use probe_program::{Printing, probe};
use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;

const MIB: f64 = 1_048_576.0;

/// The tests of this program share one process, whose load is measured: one at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The program printing `subject`, with only this process's rows.
fn printing(subject: &str) -> Printing {
    let pid = std::process::id().to_string();
    Printing::start(&mut probe(&[
        "print",
        subject,
        "--format",
        "json",
        "--interval",
        "0.2",
        "--top",
        "all",
        "--filter",
        &pid,
    ]))
}

/// This process's row; `None` when it is not printed.
fn own_row(refresh: &Value) -> Option<&Value> {
    let rows = refresh["rows"].as_array().expect("a list");
    rows.iter().find(|row| row["pid"] == std::process::id())
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_default()
}

/// What a rate per second amounts to over the prints up to the first in which a load that is over now is
/// over: no more than `quiet`. A busy machine may let a load wait for longer than an interval.
fn amount(printing: &mut Printing, quiet: f64, rate: impl Fn(&Value) -> f64) -> f64 {
    let over = Timestamp::now();
    let mut sum = 0.0;
    loop {
        let refresh = printing.next().expect("it prints for ever");
        let rate = rate(&refresh);
        sum += rate * number(&refresh["elapsed_seconds"]);
        let at = refresh["at"].as_str().expect("a time");
        if at.parse::<Timestamp>().expect("a time") > over && rate <= quiet {
            return sum;
        }
    }
}

fn assert_within_two_percent(measured: f64, generated: f64) {
    let error = (measured - generated).abs() / generated;
    assert!(error <= 0.02, "{measured} of {generated}");
}

fn process_cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).expect("positive").as_secs_f64()
}

/// Uses this much CPU time, however long that takes.
fn spin(seconds: f64) {
    let start = process_cpu_seconds();
    let mut number = 1_u64;
    while process_cpu_seconds() - start < seconds {
        for _ in 0..10_000 {
            number = black_box(number.wrapping_mul(6_364_136_223_846_793_005));
        }
    }
}

#[test]
fn the_cpu_time_of_a_spinner_is_printed() {
    let _alone = alone();
    let mut printing = printing("cpu");
    let first = printing.next().expect("a refresh");
    let row = own_row(&first).expect("this process");
    assert_eq!(row["wait_percent"], Value::Null, "it was not watched yet");
    let before = process_cpu_seconds();
    spin(1.5);
    let measured = amount(&mut printing, 5.0, |refresh| {
        number(&own_row(refresh).expect("this process")["cpu_percent"])
    });
    assert_within_two_percent(measured / 100.0, process_cpu_seconds() - before);

    let last = printing.next().expect("a refresh");
    let row = own_row(&last).expect("this process");
    let now = process_cpu_seconds();
    assert!((number(&row["cpu_seconds"]) - now).abs() <= 0.02 * now);
    assert!(
        row["wait_percent"].is_number(),
        "the rows printed before are watched"
    );
}

#[test]
fn the_machines_busy_time_is_that_of_proc_stat() {
    fn busy_and_passed() -> (f64, f64) {
        let stat = fs::read_to_string("/proc/stat").expect("readable");
        let line = stat.lines().next().expect("the machine's line");
        let ticks: Vec<f64> = line
            .split_whitespace()
            .skip(1)
            .map(|word| word.parse().expect("a number"))
            .collect();
        (
            [0, 1, 2, 5, 6].iter().map(|&field| ticks[field]).sum(),
            ticks[..8].iter().sum(),
        )
    }
    let _alone = alone();
    let mut printing = Printing::start(&mut probe(&[
        "print",
        "system",
        "--format",
        "json",
        "--interval",
        "3",
    ]));
    printing.next().expect("a refresh");
    let before = busy_and_passed();
    spin(1.0);
    let refresh = printing.next().expect("a refresh");
    let after = busy_and_passed();
    let share = (after.0 - before.0) * 100.0 / (after.1 - before.1);
    let printed = number(&refresh["totals"]["cpu_percent"]);
    // Both ends are read a moment apart, of three seconds.
    assert!((printed - share).abs() <= 5.0, "{printed} of {share}");
    let cpus = refresh["totals"]["cpus_percent"]
        .as_array()
        .expect("a list");
    let known: Vec<f64> = cpus.iter().filter_map(Value::as_f64).collect();
    let mean = known.iter().sum::<f64>() / known.len() as f64;
    assert!((printed - mean).abs() <= 5.0, "{printed} and {mean}");
    let told = fs::read_to_string("/proc/meminfo").expect("readable");
    let total: u64 = told
        .split_whitespace()
        .nth(1)
        .and_then(|word| word.parse().ok())
        .expect("MemTotal");
    assert_eq!(refresh["totals"]["memory_total_bytes"], total * 1024);
}

#[test]
fn the_bytes_of_a_writer_are_printed() {
    let _alone = alone();
    let mut printing = printing("disk");
    printing.next().expect("a refresh");
    let mut file = tempfile::tempfile_in(env!("CARGO_TARGET_TMPDIR")).expect("a file");
    let block = vec![7; 1 << 20];
    for _ in 0..64 {
        file.write_all(&block).expect("writable");
    }
    file.sync_all().expect("written");
    let measured = amount(&mut printing, 0.0, |refresh| {
        own_row(refresh).map_or(0.0, |row| number(&row["write_bytes_per_second"]))
    });
    assert_within_two_percent(measured, 64.0 * MIB);
    let last = printing.next().expect("a refresh");
    let row = own_row(&last).expect("it did I/O");
    assert!(number(&row["written_bytes"]) >= 64.0 * MIB);
    assert!(number(&row["write_calls"]) >= 64.0);
}

#[test]
fn sockets_are_counted_exactly() {
    let _alone = alone();
    let v4 = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let v6 = TcpListener::bind("[::1]:0").expect("a listener");
    let mut held = Vec::new();
    for listener in [&v4, &v6, &v6] {
        let address = listener.local_addr().expect("an address");
        held.push(TcpStream::connect(address).expect("connected"));
        held.push(listener.accept().expect("accepted").0);
    }
    let udp = ["127.0.0.1:0", "127.0.0.1:0", "[::1]:0"]
        .map(|address| UdpSocket::bind(address).expect("a socket"));
    let refresh = printing("network").next().expect("a refresh");
    let row = own_row(&refresh).expect("it holds sockets");
    let counts = ["sockets", "tcp", "udp", "established", "listen"].map(|key| row[key].as_u64());
    assert_eq!(counts, [11, 8, 3, 6, 2].map(Some));
    let listeners = [&v4, &v6].map(|it| it.local_addr().expect("an address").port());
    let receivers = udp
        .each_ref()
        .map(|it| it.local_addr().expect("an address").port());
    let mut ports = [&listeners[..], &receivers].concat();
    ports.sort_unstable();
    assert_eq!(row["ports"], serde_json::json!(ports));
    assert!(refresh["totals"]["sockets"].as_u64() >= Some(11));
    drop((held, udp));
}

/// What the loopback has received since it came, by the kernel's own word.
fn loopback_bytes() -> u64 {
    let path = "/sys/class/net/lo/statistics/rx_bytes";
    let text = fs::read_to_string(path).expect("a counter");
    text.trim().parse().expect("a number")
}

#[test]
fn what_runs_over_the_loopback_is_in_no_total() {
    let _alone = alone();
    let mut printing = Printing::start(&mut probe(&[
        "print",
        "system",
        "--format",
        "json",
        "--interval",
        "0.2",
    ]));
    let before = loopback_bytes();
    printing.next().expect("a refresh");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("an address");
    let sender = std::thread::spawn(move || {
        let mut stream = TcpStream::connect(address).expect("connected");
        stream.write_all(&vec![1; 64 << 20]).expect("sent");
    });
    let mut received = Vec::new();
    let mut stream = listener.accept().expect("accepted").0;
    stream.read_to_end(&mut received).expect("received");
    sender.join().expect("it sent all");
    let loopback = amount(&mut printing, MIB, |refresh| {
        let interfaces = refresh["totals"]["interfaces"].as_array().expect("a list");
        let sum: f64 = interfaces
            .iter()
            .filter(|it| it["counted"] == true)
            .map(|it| number(&it["received_bytes_per_second"]))
            .sum();
        let total = number(&refresh["totals"]["network_received_bytes_per_second"]);
        assert!((sum - total).abs() <= 1.0, "{sum} of {total}");
        let loopback = interfaces.iter().find(|it| it["name"] == "lo");
        let loopback = loopback.expect("every machine has it");
        assert_eq!(loopback["counted"], false);
        number(&loopback["received_bytes_per_second"])
    });
    assert_eq!(received.len(), 64 << 20);
    // Headers come on top, and what others send over it meanwhile.
    let whole = (loopback_bytes() - before) as f64;
    assert!(
        (64.0 * MIB..=whole + MIB).contains(&loopback),
        "{loopback} of {whole}"
    );
}

/// A network of its own, in which nothing is physical: what lies upon nothing else counts.
#[test]
fn in_a_namespace_of_its_own_the_interfaces_made_there_count() {
    let _alone = alone();
    let script = "mount -t sysfs sysfs /sys && ip link add up0 type veth peer name up1 \
        && ip link add link up0 name up0.7 type vlan id 7 && exec \"$@\"";
    let mut command = Command::new("unshare");
    command
        .args([
            "--map-root-user",
            "--net",
            "--mount",
            "sh",
            "-c",
            script,
            "sh",
        ])
        .arg(env!("CARGO_BIN_EXE_sysmon-probe"))
        .args([
            "print",
            "system",
            "--format",
            "json",
            "--interval",
            "0.1",
            "--count",
            "1",
        ]);
    let output = command.output().expect("unshare starts");
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        eprintln!("not run: no network namespace can be made here: {why}");
        return;
    }
    let refresh: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let interfaces = refresh["totals"]["interfaces"].as_array().expect("a list");
    let counted = |name: &str| {
        let found = interfaces.iter().find(|it| it["name"] == name);
        found.expect("it was made")["counted"] == true
    };
    assert!(counted("up0") && counted("up1"));
    assert!(!counted("lo") && !counted("up0.7"));
}
