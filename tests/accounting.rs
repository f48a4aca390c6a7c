//! That the rows of the CPU table and what is left over are what the machine did: a storm of
//! processes none of which lives long enough to be listed.

#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

#[path = "support/calls.rs"]
mod calls;
#[path = "support/role.rs"]
#[expect(dead_code, reason = "other tests use all of it")]
mod role;

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::WaitOptions;
use sysmon::model::cpu::CpuSnapshot;
use sysmon::model::process::{Pid, ProcessKey};
use sysmon::model::remainder::Remainder;
use sysmon::platform::linux::LinuxPlatform;
use sysmon::sampling::cpu::CpuSampler;

/// What a shell does to use a little CPU time.
const BURN: &str = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done";

/// A family whose script begins with this has a head that ignores its children.
const IGNORING: &str = "ignoring:";

/// Loads disturb each other: one at a time.
fn alone() -> MutexGuard<'static, ()> {
    static MACHINE: Mutex<()> = Mutex::new(());
    MACHINE.lock().unwrap_or_else(PoisonError::into_inner)
}

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
        thread::sleep(interval);
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
    let _alone = alone();
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
    let _alone = alone();
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

/// Not a test of its own: one shell and all that comes of it, by a process that waits for each of
/// them, orphans too, and then says what CPU time they used as the kernel tells it.
#[test]
fn role() {
    let Some(mut script) = role::played() else {
        return;
    };
    if let Some(rest) = script.strip_prefix(IGNORING) {
        calls::ignore_children();
        script = rest.to_owned();
    }
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).expect("a subreaper");
    let mut shell = Command::new("/bin/sh");
    let mut shell = shell.args(["-c", &script]).spawn().expect("a shell");
    // Nobody is left to wait for where the kernel forgets them.
    let _: std::io::Result<_> = shell.wait();
    while rustix::process::wait(WaitOptions::empty()).is_ok() {}
    let used = calls::used() + calls::used_by_children();
    role::say(&used.as_secs_f64().to_string());
    role::wait_for_release();
}

/// What was seen of a family from before it came into being until all but its head were gone.
struct Family {
    snapshots: Vec<CpuSnapshot>,
    members: HashSet<ProcessKey>,
    /// Seconds of CPU that the kernel says it used.
    used: f64,
}

impl Family {
    fn observe(script: &str, interval: Duration) -> Self {
        let ended = AtomicBool::new(false);
        let (mut platform, mut sampler) = (LinuxPlatform::default(), CpuSampler::default());
        let mut sample = || sampler.sample(&mut platform, &[]).expect("a reading");
        sample();
        let mut head = role::Role::start(script);
        let (used, snapshots) = thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                let mut snapshots = Vec::new();
                loop {
                    // First, too: within less than a tick of the machine's clocks none of its time
                    // passed, so that nothing is known of it.
                    thread::sleep(interval);
                    let last = ended.load(Ordering::Acquire);
                    snapshots.extend(sample());
                    if last {
                        return snapshots;
                    }
                }
            });
            let used = head.hear();
            ended.store(true, Ordering::Release);
            (used, watcher.join().expect("it watches"))
        });
        let used = used.and_then(|used| used.parse().ok()).expect("a number");
        let mut family = Self {
            members: HashSet::new(),
            snapshots,
            used,
        };
        for snapshot in &family.snapshots {
            let mut count = None;
            while count != Some(family.members.len()) {
                count = Some(family.members.len());
                let pids: HashSet<Pid> = family.members.iter().map(|it| it.pid).collect();
                let ours = snapshot.rows.iter().filter(|row| {
                    row.key.pid.0 == head.pid()
                        || row.parent.is_some_and(|parent| pids.contains(&parent))
                });
                family.members.extend(ours.map(|row| row.key));
            }
        }
        family.check_snapshots();
        family
    }

    /// Nothing is negative, and in each snapshot as over all of them the parts are the whole.
    fn check_snapshots(&self) {
        let (mut whole, mut parts) = (0.0, 0.0);
        for snapshot in &self.snapshots {
            let rows = snapshot.rows.iter().filter_map(|row| row.cpu);
            let rest = snapshot.remainder.iter().map(|row| row.cpu);
            assert!(rows.chain(rest).all(|cpu| cpu.0 >= 0.0), "{snapshot:?}");
            let totals = &snapshot.totals;
            let known = |share: Option<sysmon::model::units::Percent>| share.expect("known").0;
            let sum = known(totals.named)
                + known(totals.exited)
                + known(totals.kernel)
                + known(totals.unexplained)
                - known(totals.sampling_error);
            let length = snapshot.elapsed.as_secs_f64();
            whole += known(totals.busy) * length;
            parts += sum * length;
        }
        assert!((whole - parts).abs() <= whole / 100.0, "{parts} of {whole}");
    }

    /// Seconds of CPU in rows of its own.
    fn named(&self) -> f64 {
        let rows = self.snapshots.iter().flat_map(|snapshot| {
            let rows = snapshot.rows.iter();
            rows.map(|row| (row, snapshot.elapsed.as_secs_f64()))
        });
        rows.filter(|(row, _)| self.members.contains(&row.key))
            .filter_map(|(row, elapsed)| Some(row.cpu?.0 / 100.0 * elapsed))
            .sum()
    }

    /// Seconds of CPU in rows of processes that ended.
    fn exited(&self) -> f64 {
        let pids: HashSet<Pid> = self.members.iter().map(|it| it.pid).collect();
        let sum = |pid: &Pid| exited(&self.snapshots, *pid);
        pids.iter().map(sum).sum()
    }

    /// The whole of what it used is told, and nothing twice.
    fn check_sum(&self) {
        let (named, exited) = (self.named(), self.exited());
        let told = named + exited;
        println!(
            "{named:.3} s named, {exited:.3} s exited of {:.3} s",
            self.used
        );
        // Ticks that are not yet full in each of its parents.
        assert!(
            told >= self.used * 0.95 - 0.1,
            "{told} s of {} s",
            self.used
        );
        assert!(
            told <= self.used * 1.01 + 0.1,
            "{told} s of {} s",
            self.used
        );
    }

    /// Seconds of CPU that this part of the whole machine used.
    fn machine(&self, part: impl Fn(&CpuSnapshot) -> f64) -> f64 {
        let seconds = |snapshot: &CpuSnapshot| {
            let cpus = snapshot.totals.cpus.expect("known") as f64;
            part(snapshot) / 100.0 * cpus * snapshot.elapsed.as_secs_f64()
        };
        self.snapshots.iter().map(seconds).sum()
    }
}

#[test]
fn nearly_all_of_a_storm_is_explained() {
    let _alone = alone();
    let storm = "end=$(($(date +%s) + 11)); while [ $(date +%s) -lt $end ]; do
        n=0; while [ $n -lt 200 ]; do /bin/true; n=$((n+1)); done; done";
    let family = Family::observe(storm, Duration::from_secs(1));
    family.check_sum();
    assert!(family.exited() > family.named(), "most of it was unseen");
    let busy = family.machine(|it| it.totals.busy.expect("known").0);
    let unexplained = family.machine(|it| it.totals.unexplained.expect("known").0);
    let explained = 1.0 - unexplained / busy;
    println!("{:.1} % of {busy:.1} s explained", explained * 100.0);
    if family.used < busy * 0.8 {
        println!("SKIPPED: others keep this machine busy, of whom nothing is known");
        return;
    }
    assert!(explained >= 0.95, "{explained}");
}

#[test]
fn a_tree_of_compilers_is_told_once_and_its_programs_are_named() {
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a folder");
    for program in ["gcc", "cc1", "as"] {
        symlink("/bin/sh", folder.path().join(program)).expect("a program");
    }
    let build = format!(
        "PATH={}:$PATH; export PATH
        unit() {{ gcc -c 'cc1 -c \"$0\"; as -c \"$0\"; :' '{BURN}'; }}
        for worker in 1 2 3 4; do
            (n=0; while [ $n -lt 25 ]; do unit; n=$((n+1)); done) &
        done; wait",
        folder.path().display()
    );
    let family = Family::observe(&build, Duration::from_millis(400));
    family.check_sum();
    let programs = family.snapshots.iter().flat_map(|it| &it.remainder);
    let names: HashSet<_> = programs
        .flat_map(|row| row.programs.iter().map(|it| &*it.name))
        .collect();
    if names.is_empty() {
        println!("SKIPPED: this kernel tells this user of no processes");
    } else {
        assert!(names.contains("cc1"), "{names:?}");
    }
}

#[test]
fn orphans_are_told_by_who_takes_them() {
    let _alone = alone();
    // Some are seen before they end, and some are not.
    let orphans = format!(
        "n=0; while [ $n -lt 20 ]; do
            sh -c '(sh -c \"$0\"; sh -c \"$0\"; sleep 0.1) &' '{BURN}'; n=$((n+1)); done"
    );
    let family = Family::observe(&orphans, Duration::from_millis(150));
    family.check_sum();
}

#[test]
fn who_ignores_its_children_is_told_nothing_of_them() {
    let _alone = alone();
    let script = format!("{IGNORING}n=0; while [ $n -lt 60 ]; do {BURN}; n=$((n+1)); done");
    let family = Family::observe(&script, Duration::from_millis(50));
    let (named, exited) = (family.named(), family.exited());
    println!(
        "{named:.3} s named, {exited:.3} s exited, {:.3} s waited for",
        family.used
    );
    assert!(named > family.used, "the shell was seen");
    assert!(exited < 0.1, "{exited} s told again of {named} s");
}

#[test]
fn a_pid_used_again_within_one_interval_is_two_processes() {
    let _alone = alone();
    let next_pid = |pid: u32| fs::write("/proc/sys/kernel/ns_last_pid", (pid - 1).to_string());
    let (mut platform, mut sampler) = (LinuxPlatform::default(), CpuSampler::default());
    let mut sample = || sampler.sample(&mut platform, &[]).expect("a reading");
    let ours = Pid(std::process::id());
    for _ in 0..100 {
        let first = Shell::run("while :; do :; done");
        let pid = first.pid();
        thread::sleep(Duration::from_millis(400));
        sample();
        drop(first);
        if next_pid(pid.0).is_err() {
            println!("SKIPPED: this user may not choose a pid");
            return;
        }
        let second = Shell::run("while :; do :; done");
        if second.pid() != pid {
            continue;
        }
        // Longer than the first, so that its counters alone do not tell them apart.
        thread::sleep(Duration::from_millis(800));
        let snapshot = sample().expect("the second");
        let row = snapshot.rows.iter().find(|row| row.key.pid == pid);
        let row = row.expect("it is there");
        let told = row.cpu.expect("known").0 / 100.0 * snapshot.elapsed.as_secs_f64();
        let used = row.cpu_time.expect("known").as_secs_f64();
        assert!((told - used).abs() < 0.001, "{told} s of {used} s");
        // Of the first only what it did after the reading.
        let exited = exited(&[snapshot], ours);
        assert!(exited < 0.2, "{exited} s");
        return;
    }
    println!("SKIPPED: others took the pid each time");
}
