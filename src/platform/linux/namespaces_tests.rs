use super::*;
use crate::platform::TcpState;
use crate::platform::scripted::process;

const HEADING: &str = "heading\n";

fn write(folder: &Path, name: &str, text: &str) {
    fs::create_dir_all(folder.join("net")).expect("created");
    fs::write(folder.join("net").join(name), text).expect("written");
}

/// A process in a namespace of its own or in that of `mate`, with a listener at the port 80.
fn container(proc: &Path, pid: u32, mate: Option<u32>) {
    let folder = proc.join(pid.to_string());
    let line = "0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 99";
    write(&folder, "tcp", &format!("{HEADING}{line}\n"));
    write(&folder, "udp", HEADING);
    match mate {
        None => write(&folder, "dev", ""),
        Some(mate) => {
            let original = proc.join(mate.to_string()).join("net/dev");
            fs::hard_link(original, folder.join("net/dev")).expect("linked");
        }
    }
}

fn named(pid: u32, service: Option<&str>) -> ProcessCounters {
    let mut process = process(pid);
    Arc::get_mut(&mut process.info).expect("ours").service = service.map(str::to_owned);
    process
}

#[test]
fn each_namespace_is_read_once_and_named() {
    let proc = tempfile::tempdir().expect("a folder");
    write(proc.path(), "dev", "");
    container(proc.path(), 7, None);
    container(proc.path(), 8, Some(7));
    container(proc.path(), 9, None);
    fs::create_dir_all(proc.path().join("3/net")).expect("created");
    fs::hard_link(proc.path().join("net/dev"), proc.path().join("3/net/dev")).expect("linked");
    let processes = [
        named(3, None),
        named(7, None),
        named(8, Some("docker-0123456789ab")),
        named(9, None),
    ];
    let mut namespaces = Namespaces::new(proc.path().to_owned());
    for _ in 0..3 {
        let mut sockets = Vec::new();
        let refused = namespaces.read(&processes, &[1; 4], false, &mut sockets);
        assert_eq!(refused, None);
        let mut names: Vec<_> = sockets
            .iter()
            .map(|socket| {
                let namespace = socket.namespace.as_ref().expect("another one");
                (namespace.name.to_string(), socket.state, socket.inode)
            })
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                ("docker-0123456789ab".to_owned(), TcpState::Listen, Some(99)),
                ("program9".to_owned(), TcpState::Listen, Some(99)),
            ]
        );
    }
}

#[test]
fn all_are_read_at_first_whatever_that_takes() {
    // Far more than can be read again within the budget.
    const MANY: u32 = 500;
    let proc = tempfile::tempdir().expect("a folder");
    write(proc.path(), "dev", "");
    let pids = || 7..7 + MANY;
    pids().for_each(|pid| container(proc.path(), pid, None));
    let processes: Vec<_> = pids().map(|pid| named(pid, None)).collect();
    let mut namespaces = Namespaces::new(proc.path().to_owned());
    let last_ran = vec![1; processes.len()];
    let mut sockets = Vec::new();
    namespaces.read(&processes, &last_ran, false, &mut sockets);
    assert_eq!(sockets.len(), processes.len());
}

#[test]
fn what_could_be_read_is_kept_where_something_is_missing() {
    let proc = tempfile::tempdir().expect("a folder");
    write(proc.path(), "dev", "");
    container(proc.path(), 7, None);
    fs::remove_file(proc.path().join("7/net/udp")).expect("removed");
    let mut namespaces = Namespaces::new(proc.path().to_owned());
    let mut sockets = Vec::new();
    let refused = namespaces.read(&[process(7)], &[1], false, &mut sockets);
    assert_eq!(refused.map(|it| it.what), Some(Missing::Namespaces));
    assert_eq!(sockets.len(), 1);
}

#[test]
fn one_that_cannot_be_read_is_told_and_one_that_is_gone_forgotten() {
    let proc = tempfile::tempdir().expect("a folder");
    write(proc.path(), "dev", "");
    write(&proc.path().join("7"), "dev", "");
    let mut namespaces = Namespaces::new(proc.path().to_owned());
    let mut sockets = Vec::new();
    let refused = namespaces.read(&[process(7)], &[1], false, &mut sockets);
    assert_eq!(
        refused,
        Some(Degradation {
            what: Missing::Namespaces,
            reason: Reason::NotAvailable,
            count: Some(1),
        })
    );
    assert_eq!(namespaces.read(&[], &[], false, &mut sockets), None);
    assert!(namespaces.others.is_empty() && sockets.is_empty());
}

#[test]
fn a_process_that_enters_another_namespace_is_found_out_in_turn() {
    let proc = tempfile::tempdir().expect("a folder");
    write(proc.path(), "dev", "");
    fs::create_dir_all(proc.path().join("7/net")).expect("created");
    let dev = proc.path().join("7/net/dev");
    fs::hard_link(proc.path().join("net/dev"), &dev).expect("linked");
    let mut namespaces = Namespaces::new(proc.path().to_owned());
    let processes = [process(7)];
    let mut read = |ran| {
        let mut sockets = Vec::new();
        namespaces.read(&processes, &[ran], false, &mut sockets);
        sockets.len()
    };
    assert_eq!(read(1), 0);
    fs::remove_file(&dev).expect("removed");
    container(proc.path(), 7, None);
    assert_eq!(read(1), 0, "it has not run");
    assert_eq!(read(2), 1);
}
