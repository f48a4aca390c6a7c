//! That the rows of the CPU table and what is left over are what the machine did: a storm of
//! processes none of which lives long enough to be listed.

#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use sysmon::model::cpu::CpuSnapshot;
use sysmon::model::process::Pid;
use sysmon::model::remainder::Remainder;
use sysmon::platform::linux::LinuxPlatform;
use sysmon::sampling::cpu::CpuSampler;

/// A shell, ended with the test.
struct Shell(Child);

impl Shell {
    fn run(script: &str) -> Self {
        Self(
            Command::new("/bin/sh")
                .args(["-c", script])
                .spawn()
                .expect("a shell"),
        )
    }

    fn pid(&self) -> Pid {
        Pid(self.0.id())
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        self.0.kill().expect("the shell was there");
        self.0.wait().expect("the shell was there");
    }
}

/// Snapshots over `interval` each, until one satisfies.
fn until(interval: Duration, satisfies: impl Fn(&[CpuSnapshot]) -> bool) -> Vec<CpuSnapshot> {
    let patience = Instant::now() + Duration::from_mins(1);
    let (mut platform, mut sampler) = (LinuxPlatform::default(), CpuSampler::default());
    let mut snapshots = Vec::new();
    while !satisfies(&snapshots) {
        assert!(Instant::now() < patience, "{:?}", snapshots.last());
        let snapshot = sampler.sample(&mut platform, &[]).expect("a reading");
        snapshots.extend(snapshot);
        std::thread::sleep(interval);
    }
    snapshots
}

/// Seconds of CPU that children of `parent` used unseen.
fn exited(snapshots: &[CpuSnapshot], parent: Pid) -> f64 {
    snapshots
        .iter()
        .flat_map(|snapshot| {
            let rows = snapshot.remainder.iter();
            rows.map(|row| (row, snapshot.elapsed.as_secs_f64()))
        })
        .filter(|(row, _)| {
            matches!(&row.what, Remainder::Exited { parent: of, .. } if of.pid == parent)
        })
        .map(|(row, elapsed)| row.cpu.0 / 100.0 * elapsed)
        .sum()
}

/// Seconds of CPU that `parent` itself used.
fn own(snapshots: &[CpuSnapshot], parent: Pid) -> f64 {
    let seconds = |snapshot: &CpuSnapshot| {
        let row = snapshot.rows.iter().find(|row| row.key.pid == parent)?;
        Some(row.cpu?.0 / 100.0 * snapshot.elapsed.as_secs_f64())
    };
    snapshots.iter().filter_map(seconds).sum()
}

#[test]
fn a_storm_of_short_processes_is_told_by_the_shell_that_starts_them() {
    let shell = Shell::run("while :; do /bin/true; done");
    let snapshots = until(Duration::from_millis(500), |snapshots| {
        exited(snapshots, shell.pid()) > 1.0
    });
    let name = snapshots
        .iter()
        .flat_map(|it| &it.remainder)
        .find_map(|row| {
            matches!(&row.what, Remainder::Exited { parent, .. } if parent.pid == shell.pid())
                .then(|| row.what.whose())
        });
    assert_eq!(name, Some(Some("sh".to_owned())));
    let (exited, own) = (
        exited(&snapshots, shell.pid()),
        own(&snapshots, shell.pid()),
    );
    assert!(exited > own, "{exited} s unseen, {own} s of its own");
}

#[test]
fn what_was_seen_is_not_told_again_by_the_shell() {
    // The spinner lives through several samples, and then its shell waits for it.
    let shell =
        Shell::run("sh -c 'i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done'; exec sleep 1000");
    let asleep = |snapshot: &CpuSnapshot| {
        let row = snapshot.rows.iter().find(|row| row.key.pid == shell.pid());
        row.is_some_and(|row| row.info.name == "sleep")
    };
    let snapshots = until(Duration::from_millis(50), |snapshots| {
        snapshots.last().is_some_and(asleep)
    });
    let busy: f64 = snapshots
        .iter()
        .flat_map(|snapshot| {
            let rows = snapshot.rows.iter();
            rows.map(|row| (row, snapshot.elapsed.as_secs_f64()))
        })
        .filter(|(row, _)| row.parent == Some(shell.pid()))
        .filter_map(|(row, elapsed)| Some(row.cpu?.0 / 100.0 * elapsed))
        .sum();
    let told = exited(&snapshots, shell.pid());
    // What it did after it was last seen, and the ticks in which the kernel counts it.
    assert!(told < 0.2 + busy / 4.0, "{told} s told again of {busy} s");
}
