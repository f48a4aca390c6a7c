//! A real sshd on loopback, with users of its own in a mount namespace of its own, and a client that
//! knows it.

use std::ffi::OsString;
use std::fmt::Write;
use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sysmon::source::remote::ssh::Route;
use tempfile::TempDir;

const SSHD: &str = "/usr/sbin/sshd";
const LIMIT: Duration = Duration::from_mins(1);

/// Users of the server, and their numbers, which nobody else has.
pub const USERS: [(&str, u32); 2] = [("ann", 64_001), ("bob", 64_002)];

/// Its users may log in with one key. It ends, with all that was logged in, when this is dropped.
pub struct Server {
    folder: TempDir,
    port: u16,
    sshd: Option<Child>,
}

/// A command of the test's own preparations.
fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .status();
    assert!(status.expect(program).success(), "{program} {arguments:?}");
}

fn write(path: &Path, text: impl AsRef<[u8]>, mode: u32) {
    fs::write(path, text).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
}

impl Server {
    /// Starts one; `None` where this user may not, or there is no sshd.
    pub fn start() -> Option<Self> {
        if !rustix::process::geteuid().is_root() || !Path::new(SSHD).exists() {
            eprintln!("not tried: this takes root and openssh-server");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.path(), open).expect("opened to all");
        let unused = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = unused.local_addr().expect("an address").port();
        drop(unused);
        let mut server = Self {
            folder,
            port,
            sshd: None,
        };
        server.prepare();
        server.resume();
        Some(server)
    }

    /// A path in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn prepare(&self) {
        for key in ["host_key", "other_key", "key", "stranger"] {
            let path = self.path(key);
            let path = path.to_str().expect("UTF-8");
            run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", path]);
        }
        fs::copy(self.path("key.pub"), self.path("authorized")).expect("copied");
        let mut users =
            "root:*:0:0::/root:/bin/sh\nsshd:*:64000:64000::/run/sshd:/bin/false\n".to_owned();
        fs::create_dir(self.path("bin")).expect("made");
        for (name, number) in USERS {
            let home = self.path(name);
            fs::create_dir(&home).expect("made");
            chown(&home, Some(number), Some(number)).expect("given away");
            let home = home.display();
            writeln!(users, "{name}:*:{number}:{number}::{home}:/bin/bash").expect("written");
        }
        write(&self.path("passwd"), users, 0o644);
        write(&self.path("pids"), "", 0o666);
        write(&self.path("banner"), "Authorized users only.\n", 0o644);
        let folder = self.folder.path().display();
        let config = format!(
            "ListenAddress 127.0.0.1:{}\nHostKey {folder}/host_key\nAuthorizedKeysFile {folder}/authorized\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\nStrictModes no\n\
             PidFile none\nBanner {folder}/banner\nSetEnv PATH={folder}/bin:/usr/bin:/bin\n",
            self.port
        );
        write(&self.path("sshd_config"), config, 0o644);
        let config = format!(
            "Port {}\nIdentityFile {folder}/key\nIdentitiesOnly yes\nIdentityAgent none\n\
             UserKnownHostsFile {folder}/known_hosts\nGlobalKnownHostsFile /dev/null\n",
            self.port
        );
        write(&self.path("ssh_config"), config, 0o644);
        let client = format!("#!/bin/sh\nexec ssh -F {folder}/ssh_config \"$@\"\n");
        write(&self.path("ssh"), client, 0o755);
        self.know("host_key");
    }

    /// The client knows the host by this key.
    pub fn know(&self, key: &str) {
        let key = fs::read_to_string(self.path(&format!("{key}.pub"))).expect("a key");
        let line = format!("[127.0.0.1]:{} {key}", self.port);
        write(&self.path("known_hosts"), line, 0o644);
    }

    /// The client knows no host.
    pub fn know_nobody(&self) {
        write(&self.path("known_hosts"), "", 0o644);
    }

    /// Lets users in with this key.
    pub fn authorize(&self, key: &str) {
        fs::copy(self.path(&format!("{key}.pub")), self.path("authorized")).expect("copied");
    }

    /// Lets users in with a key that asks for a passphrase, and with no other. Returns its file.
    pub fn lock_key(&self) -> String {
        let path = self.path("locked");
        let path = path.to_str().expect("UTF-8").to_owned();
        run(
            "ssh-keygen",
            &["-q", "-t", "ed25519", "-N", "secret", "-f", &path],
        );
        self.authorize("locked");
        path
    }

    /// Listens.
    pub fn resume(&mut self) {
        let script = r#"mount --bind "$0/passwd" /etc/passwd && mount -t tmpfs none /run && mkdir /run/sshd &&
            exec /usr/sbin/sshd -D -e -f "$0/sshd_config" 2>>"$0/log""#;
        let sshd = Command::new("unshare")
            .args(["--mount", "sh", "-c", script])
            .arg(self.folder.path())
            .stdin(Stdio::null())
            .spawn();
        self.sshd = Some(sshd.expect("unshare(1)"));
        let end = Instant::now() + LIMIT;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            assert!(Instant::now() < end, "{}", self.log());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Listens no more.
    pub fn stop(&mut self) {
        if let Some(mut sshd) = self.sshd.take() {
            let _ = kill_process(Pid::from_child(&sshd), Signal::TERM);
            let _ = sshd.wait();
        }
    }

    /// What it complained about.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// The way to one of its users.
    pub fn route(&self, user: &str) -> Route {
        route(self.folder.path(), &format!("{user}@127.0.0.1"))
    }

    /// The client goes to `behind` by way of the first user, with these lines about the way.
    pub fn lie_behind_another(&self, lines: &str) {
        let (user, _) = USERS[0];
        let config = fs::read_to_string(self.path("ssh_config")).expect("there");
        let (config, _) = config.split_once("Host ").unwrap_or((&config, ""));
        let behind = format!(
            "{config}Host behind\nHostName 127.0.0.1\nProxyJump {user}@jump\n\
             Host jump\nHostName 127.0.0.1\n{lines}\n"
        );
        write(&self.path("ssh_config"), behind, 0o644);
    }

    /// The client has a display and a program that asks there. It writes down that it was started, and
    /// waits for an answer.
    pub fn offer_to_ask(&self) {
        let folder = self.folder.path().display();
        let asks = format!("#!/bin/sh\necho \"$@\" >> {folder}/asked\nexec sleep 1000\n");
        write(&self.path("ask"), asks, 0o755);
        let client = format!(
            "#!/bin/sh\nDISPLAY=:9 SSH_ASKPASS={folder}/ask exec ssh -F {folder}/ssh_config \"$@\"\n"
        );
        write(&self.path("ssh"), client, 0o755);
    }

    /// Installs this program as the probe for all users. Each time it is started it writes its pid down.
    pub fn install(&self, program: &Path) {
        // Not in this process: a descriptor open for writing, inherited by what another test starts at
        // this moment, would make the copy busy.
        let copy = self.path("probe");
        let words: [OsString; 2] = [program.into(), copy.clone().into()];
        let copied = Command::new("cp").args(words).status();
        assert!(copied.expect("cp(1)").success());
        let folder = self.folder.path().display();
        let script = format!(
            "#!/bin/sh\necho $$ >> {folder}/pids\nexec {} \"$@\"\n",
            copy.display()
        );
        write(&self.path("bin/sysmon-probe"), script, 0o755);
    }

    /// Installs a script as the probe for all users.
    pub fn install_script(&self, script: &str) {
        write(&self.path("bin/sysmon-probe"), script, 0o755);
    }

    /// What a user's shell reads at its start, also for a command over ssh.
    pub fn at_login(&self, user: &str, script: &str) {
        write(&self.path(user).join(".bashrc"), script, 0o644);
    }

    /// The pids of the probes that were started, once there are `count`.
    pub fn pids(&self, count: usize) -> Vec<Pid> {
        let end = Instant::now() + LIMIT;
        loop {
            let text = fs::read_to_string(self.path("pids")).expect("there");
            if text.lines().count() >= count && text.ends_with('\n') {
                let pid = |line: &str| Pid::from_raw(line.parse().expect("a pid"));
                return text.lines().filter_map(pid).collect();
            }
            assert!(Instant::now() < end, "waited in vain; {}", self.log());
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The way to a host by the client in the folder of a server.
pub fn route(folder: &Path, target: &str) -> Route {
    Route {
        program: folder.join("ssh").into_os_string(),
        ..Route::new(target.parse().expect("a host"), None)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
