//! Whose files are started as root.

use std::os::unix::fs::{PermissionsExt, chown, symlink};

use tempfile::TempDir;

use super::*;

/// A folder with a probe, two folders down.
fn tree() -> (TempDir, PathBuf) {
    let top = tempfile::tempdir().expect("a folder");
    let folder = top.path().join("app/libexec");
    fs::create_dir_all(&folder).expect("made");
    let probe = folder.join(NAME);
    fs::write(&probe, "").expect("written");
    for path in [&probe, &folder, &top.path().join("app")] {
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(path, mode).expect("set");
    }
    (top, probe)
}

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
}

#[test]
fn a_probe_is_started_as_root_only_where_nobody_else_can_change_it() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("not root: files of root cannot be made");
        return;
    }
    let (top, probe) = tree();
    let app = top.path().join("app");
    let changeable = || others_may_change(&probe, &app).expect("it can be told");
    assert_eq!(changeable(), None);
    for path in [app.clone(), app.join("libexec"), probe.clone()] {
        for mode in [0o775, 0o757] {
            allow(&path, mode);
            assert_eq!(changeable(), Some(path.clone()), "{mode:o}");
        }
        allow(&path, 0o755);
        chown(&path, Some(65_534), None).expect("root may");
        assert_eq!(changeable(), Some(path.clone()));
        chown(&path, Some(0), None).expect("root may");
    }
    assert_eq!(changeable(), None);
}

#[test]
fn a_link_is_followed_and_has_to_be_roots_as_well() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("not root: files of root cannot be made");
        return;
    }
    let (top, probe) = tree();
    let top = top.path().canonicalize().expect("there");
    let links = top.join("links");
    fs::create_dir(&links).expect("made");
    allow(&links, 0o755);
    let link = links.join(NAME);
    symlink(&probe, &link).expect("made");
    assert_eq!(others_may_change(&link, &top).expect("told"), None);
    allow(&probe, 0o777);
    let target = probe.canonicalize().expect("there");
    assert_eq!(others_may_change(&link, &top).expect("told"), Some(target));
    allow(&probe, 0o755);
    std::os::unix::fs::lchown(&link, Some(65_534), None).expect("root may");
    assert_eq!(
        others_may_change(&link, &top).expect("told"),
        Some(link.clone())
    );
    assert!(others_may_change(&links.join("none"), &top).is_err());
}

#[test]
fn every_link_on_the_way_has_to_lie_in_a_folder_of_root() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("not root: files of root cannot be made");
        return;
    }
    let (top, probe) = tree();
    let top = top.path().canonicalize().expect("there");
    let probe = probe.canonicalize().expect("there");
    let (links, between) = (top.join("links"), top.join("between"));
    for folder in [&links, &between] {
        fs::create_dir(folder).expect("made");
        allow(folder, 0o755);
    }
    symlink("../app", between.join("second")).expect("made");
    symlink("../between/second", links.join("first")).expect("made");
    let file = links.join("first/libexec").join(NAME);
    assert_eq!(file.canonicalize().expect("there"), probe);
    assert_eq!(others_may_change(&file, &top).expect("told"), None);
    // Whoever owns it can lead the second link elsewhere.
    chown(&between, Some(65_534), None).expect("root may");
    assert!(others_may_change(&file, &top).expect("told").is_some());

    symlink("loop", links.join("loop")).expect("made");
    assert!(others_may_change(&links.join("loop"), &top).is_err());
}

#[test]
fn the_installed_probe_goes_before_the_one_beside_the_program() {
    let (_top, probe) = tree();
    let beside = probe.parent();
    assert_eq!(find(None, beside), Some(probe.clone()));
    assert_eq!(find(Some(Path::new("/none")), beside), Some(probe.clone()));
    let (_other, installed) = tree();
    assert_eq!(find(Some(&installed), beside), Some(installed.clone()));
    assert_eq!(find(None, Some(Path::new("/proc"))), None);
}

#[test]
fn what_is_said_of_files_outside_is_believed_only_when_it_is_whole() {
    let good = "0 81ed /a/b\n0 41ed /a\n0 41ed /\n";
    let found = places(good.as_bytes()).expect("whole");
    assert_eq!(found[0].path, Path::new("/a/b"));
    assert!(!found.iter().any(Place::others_may_change));
    for (bad, which) in [
        ("1000 81ed /a/b\n0 41ed /a\n0 41ed /\n", 0),
        ("0 81ed /a/b\n0 41fd /a\n0 41ed /\n", 1),
        ("0 81ed /a/b\n0 41ed /a\n0 41ff /\n", 2),
        ("0 a1ff /a/b\n0 41ed /a\n0 41ed /\n", 0),
    ] {
        let found = places(bad.as_bytes()).expect("whole");
        let at = found.iter().position(Place::others_may_change);
        assert_eq!(at, Some(which), "{bad}");
    }
    for bad in [
        "",
        "0 81ed b\n",
        "0 81ed /a/b\n0 41ed /\n",
        "0 81ed /a/b\n0 41ed /a\n",
        "0 81ed /a/b\nc\n0 41ed /a\n0 41ed /\n",
        "0 zz /a\n0 41ed /\n",
        "\u{fffd}",
    ] {
        assert_eq!(places(bad.as_bytes()), None, "{bad:?}");
    }
}

#[test]
fn what_is_looked_for_outside_is_understood_here() {
    let (_top, probe) = tree();
    let looked = Command::new("sh")
        .args(["-c", &LOOK_OUTSIDE.replace("pkexec", "sh")])
        .arg(&probe)
        .output()
        .expect("sh(1)");
    let found = places(&looked.stdout).expect("understood");
    assert_eq!(found[0].path, probe.canonicalize().expect("there"));
    let none = Command::new("sh")
        .args(["-c", &LOOK_OUTSIDE.replace("pkexec", "no-such-program")])
        .arg(&probe)
        .status();
    assert_eq!(none.expect("sh(1)").code(), Some(NO_PKEXEC));
}

#[test]
fn pkexec_starts_the_probe_with_the_one_word_that_its_policy_names() {
    let command = command(&[], "/usr/bin/sysmon-probe".into(), None);
    assert_eq!(
        command.words,
        [
            "pkexec",
            "--disable-internal-agent",
            "/usr/bin/sysmon-probe",
            "administrator"
        ]
    );
    assert_eq!((command.through, command.flatpak), (Through::Pkexec, None));
}
