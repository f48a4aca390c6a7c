//! The machine's totals over captured trees, and against this machine.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

mod machine_tree;

use std::fs;
use std::time::Duration;

use machine_tree::MachineTree;
use proptest::prelude::*;
use sysmon::model::snapshot::{Degradation, Missing, Reason};
use sysmon::model::system::SystemTotals;
use sysmon::model::units::{Bytes, BytesPerSecond, Percent};
use sysmon::platform::linux::LinuxPlatform;
use sysmon::platform::linux::machine::MachineReader;
use sysmon::platform::{CpuReading, MachineReading};
use sysmon::sampling::system::SystemSampler;

fn read(tree: &MachineTree) -> MachineReading {
    MachineReader::new(&tree.roots())
        .read()
        .expect("something can be read")
}

fn counted_disks(reading: &MachineReading) -> Vec<&str> {
    let counted = reading.disks.iter().filter(|disk| disk.counted);
    counted.map(|disk| disk.name.as_str()).collect()
}

fn counted_interfaces(reading: &MachineReading) -> Vec<&str> {
    let counted = reading.interfaces.iter().filter(|it| it.counted);
    counted.map(|it| it.name.as_str()).collect()
}

fn missing(reading: &MachineReading) -> Vec<(Missing, Reason, Option<u64>)> {
    let told = |it: &Degradation| (it.what, it.reason, it.count);
    reading.degradations.iter().map(told).collect()
}

/// The totals of the time in which `change` happened to the tree.
fn over(tree: &MachineTree, change: impl FnOnce(&MachineTree)) -> (SystemTotals, Duration) {
    let mut platform = LinuxPlatform::new(&tree.roots());
    let mut sampler = SystemSampler::default();
    assert!(sampler.sample(&mut platform).expect("readable").is_none());
    change(tree);
    let snapshot = sampler
        .sample(&mut platform)
        .expect("readable")
        .expect("the second one is a snapshot");
    (snapshot.totals, snapshot.elapsed)
}

#[test]
fn disks_that_lie_upon_others_are_not_counted_twice() {
    let tree = MachineTree::new("stacked");
    assert_eq!(
        counted_disks(&read(&tree)),
        ["nvme0n1", "sda", "sdb", "sdc", "cciss/c0d0"]
    );
    assert_eq!(read(&tree).degradations, []);

    // 32 MiB written through LVM and LUKS count on dm-1, dm-0, the partition and its disk.
    let (totals, elapsed) = over(&tree, |tree| {
        edit(tree, "diskstats", |line| {
            let name = line.split_whitespace().nth(2).expect("a name");
            if matches!(name, "dm-1" | "dm-0" | "sda2" | "sda") {
                add(line, 9, 65_536)
            } else {
                line.to_owned()
            }
        });
    });
    let written = totals.disk_write.expect("a rate").0 * elapsed.as_secs_f64();
    assert!((written - 33_554_432.0).abs() < 1.0, "{written}");
    assert_eq!(totals.disk_read, Some(BytesPerSecond(0.0)));
}

#[test]
fn bridges_tunnels_and_the_loopback_are_not_counted_twice() {
    let tree = MachineTree::new("stacked");
    assert_eq!(counted_interfaces(&read(&tree)), ["eth0", "wlan0"]);

    // A container receives 1 MB through the bridge and the bond, then talks to itself.
    let (totals, elapsed) = over(&tree, |tree| {
        edit(tree, "net/dev", |line| {
            if ["eth0:", "bond0:", "br0:", "vethab12:", "lo:"]
                .iter()
                .any(|name| line.trim_start().starts_with(name))
            {
                add(line, 1, 1_000_000)
            } else {
                line.to_owned()
            }
        });
    });
    let received = totals.network_received.expect("a rate").0 * elapsed.as_secs_f64();
    assert!((received - 1e6).abs() < 1.0, "{received}");
    assert_eq!(totals.network_sent, Some(BytesPerSecond(0.0)));
}

/// Rewrites a file below `/proc` line by line.
fn edit(tree: &MachineTree, path: &str, line: impl Fn(&str) -> String) {
    let path = tree.proc(path);
    let text = fs::read_to_string(&path).expect("text");
    let text: String = text.lines().map(|it| line(it) + "\n").collect();
    fs::write(&path, text).expect("writable");
}

/// The line with `more` added to the number at this place.
fn add(line: &str, place: usize, more: u64) -> String {
    let words = line.split_whitespace().enumerate().map(|(at, word)| {
        if at == place {
            (word.parse::<u64>().expect("a number") + more).to_string()
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_whole_machine_is_read() {
    let reading = read(&MachineTree::new("stacked"));
    let memory = reading.memory.expect("meminfo");
    assert_eq!(memory.total, Bytes(24_683_656 * 1024));
    assert_eq!(memory.available, Bytes(21_210_120 * 1024));
    assert_eq!(memory.swap_used, Bytes(262_144 * 1024));
    assert_eq!(reading.load, Some([0.52, 1.58, 12.72]));
    let pressure = reading.pressure.expect("pressure");
    assert_eq!(pressure.io, Some(Percent(4.28)));
    let Some(CpuReading::Counters { cpus, .. }) = reading.cpu else {
        panic!("Linux counts")
    };
    assert_eq!(cpus.len(), 2);
    let disk = |name: &str| reading.disks.iter().find(|disk| disk.name == name);
    assert_eq!(disk("sda1").expect("a partition").read, Bytes(80_000 * 512));
}

#[test]
fn without_anything_physical_what_there_is_counts_and_that_is_said() {
    let reading = read(&MachineTree::new("container"));
    assert_eq!(counted_disks(&reading), ["vda", "loop0"]);
    assert_eq!(counted_interfaces(&reading), ["eth0"]);
    assert_eq!(
        missing(&reading),
        [
            (Missing::Disks, Reason::AllCounted, None),
            (Missing::Pressure, Reason::NotAvailable, None),
        ]
    );
    assert_eq!(reading.pressure, None);
    assert_eq!(reading.memory.expect("memory").swap_percent(), None);
}

#[test]
fn odd_content_costs_only_itself() {
    let reading = read(&MachineTree::new("odd"));
    let names: Vec<_> = reading.disks.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["s\\xffa", "../sda"]);
    let names: Vec<_> = reading
        .interfaces
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(names, ["e\\xff0", ".."]);
    assert!(reading.cpu.is_some());
    assert_eq!(
        (reading.memory, reading.load, reading.pressure),
        (None, None, None)
    );
    let mut told = missing(&reading);
    told.sort_by_key(|it| format!("{it:?}"));
    assert_eq!(
        told,
        [
            (Missing::Cpu, Reason::Malformed, Some(2)),
            (Missing::Disks, Reason::AllCounted, None),
            (Missing::Disks, Reason::Malformed, Some(3)),
            (Missing::Interfaces, Reason::AllCounted, None),
            (Missing::Interfaces, Reason::Malformed, Some(2)),
            (Missing::Load, Reason::Malformed, None),
            (Missing::Memory, Reason::Malformed, None),
            (Missing::Pressure, Reason::Malformed, None),
        ]
    );
}

#[test]
fn each_missing_source_is_told_and_leaves_the_rest() {
    for (path, what) in [
        ("stat", Missing::Cpu),
        ("meminfo", Missing::Memory),
        ("loadavg", Missing::Load),
        ("diskstats", Missing::Disks),
        ("net/dev", Missing::Interfaces),
        ("pressure/memory", Missing::Pressure),
    ] {
        let tree = MachineTree::new("stacked");
        fs::remove_file(tree.proc(path)).expect("it is there");
        assert_eq!(
            missing(&read(&tree)),
            [(what, Reason::NotAvailable, None)],
            "{path}"
        );
    }
    let tree = MachineTree::new("stacked");
    fs::write(tree.proc("diskstats"), "").expect("writable");
    assert_eq!(
        missing(&read(&tree)),
        [(Missing::Disks, Reason::NotAvailable, None)],
        "a machine without disks"
    );
}

#[test]
fn a_source_that_comes_late_is_read_and_one_that_goes_is_told() {
    let tree = MachineTree::new("stacked");
    let held = fs::read(tree.proc("loadavg")).expect("it is there");
    fs::remove_file(tree.proc("loadavg")).expect("it is there");
    let mut reader = MachineReader::new(&tree.roots());
    assert_eq!(reader.read().expect("the rest").load, None);
    fs::write(tree.proc("loadavg"), held).expect("writable");
    let reading = reader.read().expect("all of it");
    assert!(reading.load.is_some());
    assert_eq!(reading.degradations, []);
}

#[test]
fn nothing_at_all_is_an_error_that_names_the_file() {
    let tree = MachineTree::empty();
    let error = MachineReader::new(&tree.roots())
        .read()
        .expect_err("there is nothing");
    assert!(error.to_string().contains("stat"), "{error}");
}

#[test]
fn a_raid_that_gets_its_disks_after_its_name_is_noticed() {
    let tree = MachineTree::new("stacked");
    let slaves = tree.roots().sys.join("block/md0/slaves");
    fs::remove_dir_all(&slaves).expect("it is there");
    let mut reader = MachineReader::new(&tree.roots());
    assert!(counted_disks(&reader.read().expect("readable")).contains(&"md0"));
    fs::create_dir_all(slaves.join("sdb")).expect("a folder");
    let noticed =
        (0..100).any(|_| !counted_disks(&reader.read().expect("readable")).contains(&"md0"));
    assert!(noticed);
}

#[test]
fn this_machine_is_read() {
    let mut reader = MachineReader::new(&sysmon::platform::Roots::default());
    let reading = reader.read().expect("this machine");
    let memory = reading.memory.expect("this machine has memory");
    assert!(memory.total > Bytes(0) && memory.used() < memory.total);
    let said = fs::read_to_string("/proc/meminfo").expect("readable");
    let total = said.split_whitespace().nth(1).expect("a number");
    assert_eq!(
        memory.total.0,
        total.parse::<u64>().expect("a number") * 1024
    );
    assert!(
        counted_interfaces(&reading)
            .iter()
            .all(|name| *name != "lo")
    );
    for disk in reading.disks.iter().filter(|disk| disk.counted) {
        assert!(!disk.name.starts_with("loop"), "{}", disk.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the files hold, reading and sampling go on.
    #[test]
    fn no_content_stops_the_reader(
        place in 0_usize..8,
        content in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let paths = ["stat", "meminfo", "loadavg", "diskstats", "net/dev", "pressure/cpu",
            "pressure/memory", "pressure/io"];
        let tree = MachineTree::new("stacked");
        let mut platform = LinuxPlatform::new(&tree.roots());
        let mut sampler = SystemSampler::default();
        sampler.sample(&mut platform).expect("readable");
        fs::write(tree.proc(paths[place]), content).expect("writable");
        sampler.sample(&mut platform).expect("the rest is there");
    }
}
