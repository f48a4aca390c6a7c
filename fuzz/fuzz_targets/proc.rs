//! Every reader of /proc, over a tree whose files hold any bytes.
#![no_main]

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use sysmon::model::connection::HostNames;
use sysmon::platform::Platform;
use sysmon::platform::Want;
use sysmon::platform::linux::{LinuxPlatform, Roots};
use sysmon::source::local::LocalSource;
use sysmon::source::{Request, Source};
use tempfile::TempDir;

/// The files that the input is divided among, by bytes of 0xff between them.
const FILES: [&str; 24] = [
    "7/stat",
    "7/io",
    "7/cmdline",
    "7/cgroup",
    "7/status",
    "7/comm",
    "7/statm",
    "7/schedstat",
    "7/smaps_rollup",
    "7/task/7/io",
    "7/task/7/schedstat",
    "net/tcp",
    "net/tcp6",
    "net/udp",
    "net/udp6",
    "net/dev",
    "stat",
    "meminfo",
    "loadavg",
    "diskstats",
    "pressure/cpu",
    "pressure/memory",
    "pressure/io",
    "7/net/dev",
];

thread_local! {
    static TREE: RefCell<TempDir> = RefCell::new(tree());
}

/// In memory, where the system has such a place: a disk would be worn out by this.
fn tree() -> TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    let folder = folder.expect("a folder");
    for file in FILES {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("created");
    }
    folder
}

fuzz_target!(|data: &[u8]| {
    TREE.with_borrow(|tree| {
        for (file, content) in FILES.iter().zip(data.split(|&byte| byte == 0xff)) {
            fs::write(tree.path().join(file), content).expect("written");
        }
        let roots = Roots {
            proc: tree.path().to_owned(),
            sys: tree.path().join("sys"),
            etc: tree.path().join("etc"),
        };
        let mut platform = LinuxPlatform::new(&roots);
        let mut processes = Vec::new();
        for _ in 0..2 {
            if let Ok(reading) = platform.processes(Want { io: true }) {
                processes = reading.processes.iter().map(|it| it.key).collect();
            }
        }
        platform.run_queue_delay(&processes);
        let mut source = LocalSource::new(Box::new(LinuxPlatform::new(&roots)));
        for request in [
            Request::System,
            Request::Cpu { watch: processes.clone() },
            Request::Disk,
            Request::Network { names: HostNames::Off },
        ] {
            for _ in 0..2 {
                // An error is an answer too.
                let _ = source.ask(&request);
            }
        }
        for process in processes {
            let _ = source.ask(&Request::Details(process));
        }
        for file in FILES {
            // Not every input has so many parts.
            let _ = fs::remove_file(tree.path().join(file));
        }
    });
});
