//! Out of a Flatpak's sandbox, in which the machine's processes cannot be seen.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::remote::{Patience, ProbeCommand, Remote};
use super::{Reply, Request, Source, SourceError};
use crate::model::remote::RemoteError;
use crate::model::snapshot::{Degradation, Missing, Reason};

/// Where the Flatpak has its probe.
const PROBE: &str = "libexec/sysmon-probe";
/// What runs a command outside of the sandbox. Without `--watch-bus` it would outlive a window that
/// crashed.
pub const OUTSIDE: [&str; 3] = ["flatpak-spawn", "--watch-bus", "--host"];

/// The Flatpak that this program runs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flatpak {
    /// The application's id.
    pub application: String,
    /// Its folder, as the machine outside calls it; `None` where the sandbox does not tell.
    pub folder: Option<PathBuf>,
}

impl Flatpak {
    /// The one that this program runs in; `None` where it runs in none. `root` is `/`.
    pub fn find(root: &Path) -> Option<Self> {
        let info = fs::read(root.join(".flatpak-info")).ok()?;
        Some(Self::of(&String::from_utf8_lossy(&info)))
    }

    /// From the file `flatpak-metadata(5)` describes.
    fn of(info: &str) -> Self {
        let value = |wanted: &str, key: &str| {
            let mut group = "";
            info.lines().map(str::trim).find_map(|line| {
                if let Some(name) = line.strip_prefix('[') {
                    group = name.trim_end_matches(']');
                }
                let (name, value) = line.split_once('=')?;
                (group == wanted && name.trim_end() == key).then(|| value.trim_start().to_owned())
            })
        };
        Self {
            application: value("Application", "name").unwrap_or_default(),
            folder: value("Instance", "app-path").map(PathBuf::from),
        }
    }

    /// Its probe, as the machine outside calls it.
    ///
    /// # Errors
    /// When the Flatpak has none. `inside` is the application's folder inside, `/app`.
    pub fn probe(&self, inside: &Path) -> Result<PathBuf, RemoteError> {
        let inside = inside.join(PROBE);
        let folder = self.folder.as_ref().filter(|_| inside.exists());
        let probe = folder.map(|folder| folder.join(PROBE));
        probe.ok_or_else(|| RemoteError::NotInstalled {
            path: inside.to_string_lossy().into_owned(),
        })
    }

    /// The command that starts the probe outside.
    ///
    /// # Errors
    /// When the Flatpak has none. `inside` is the application's folder inside, `/app`.
    pub fn command(&self, inside: &Path) -> Result<ProbeCommand, RemoteError> {
        let mut words: Vec<OsString> = OUTSIDE.map(Into::into).into();
        words.extend([self.probe(inside)?.into(), "serve".into()]);
        Ok(ProbeCommand {
            flatpak: Some(self.application.clone()),
            ..ProbeCommand::new(words)
        })
    }

    /// The probe outside, or why there can be none.
    ///
    /// # Errors
    /// When the Flatpak has none.
    pub fn remote(&self) -> Result<Remote, RemoteError> {
        Ok(Remote::new(
            self.command(Path::new("/app"))?,
            Patience::default(),
        ))
    }
}

/// The machine outside, and of it what can be seen from inside while the probe cannot be asked.
pub struct Sandboxed {
    /// Asks the probe outside.
    outside: Box<dyn Source>,
    /// Reads what the sandbox shows.
    inside: Box<dyn Source>,
}

impl Sandboxed {
    /// Both ways.
    pub fn new(outside: Box<dyn Source>, inside: Box<dyn Source>) -> Self {
        Self { outside, inside }
    }
}

impl Source for Sandboxed {
    fn ask(&mut self, request: &Request) -> Result<Reply, SourceError> {
        match self.outside.ask(request) {
            Err(SourceError::Remote(_)) if *request == Request::System => {
                self.inside.ask(request).map(of_the_machine)
            }
            answer => answer,
        }
    }
}

/// A source that cannot be asked, and says why.
pub struct Unreachable(pub RemoteError);

impl Source for Unreachable {
    fn ask(&mut self, _request: &Request) -> Result<Reply, SourceError> {
        Err(self.0.clone().into())
    }
}

/// A sandbox has processes and network interfaces of its own, which are not the machine's.
fn of_the_machine(reply: Reply) -> Reply {
    let Reply::System(mut snapshot) = reply else {
        return reply;
    };
    let changed = Arc::make_mut(&mut snapshot);
    changed.totals.interfaces.clear();
    changed.totals.network_received = None;
    changed.totals.network_sent = None;
    let own = [Missing::Processes, Missing::Interfaces];
    changed.degradations.retain(|it| !own.contains(&it.what));
    changed.degradations.extend(own.map(|what| Degradation {
        what,
        reason: Reason::NotAvailable,
        count: None,
    }));
    Reply::System(snapshot)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::units::Bytes;
    use crate::platform::scripted::Scripted;
    use crate::platform::{InterfaceCounters, MachineReading};
    use crate::source::local::LocalSource;

    const INFO: &str = "[Application]\nname=org.example.App\n\n[Instance]\n\
         instance-id=1\napp-path=/var/lib/flatpak/app/org.example.App/x/files\n\n[Context]\nname=no\n";

    fn folder(info: Option<&str>, with_probe: bool) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        if let Some(info) = info {
            fs::write(folder.path().join(".flatpak-info"), info).expect("written");
        }
        if with_probe {
            fs::create_dir(folder.path().join("libexec")).expect("made");
            fs::write(folder.path().join(PROBE), "").expect("written");
        }
        folder
    }

    #[test]
    fn a_flatpak_starts_its_probe_outside_by_the_path_it_has_there() {
        let folder = folder(Some(INFO), true);
        let flatpak = Flatpak::find(folder.path()).expect("it is one");
        let command = flatpak.command(folder.path()).expect("there is a probe");
        assert_eq!(
            command.words,
            [
                "flatpak-spawn",
                "--watch-bus",
                "--host",
                "/var/lib/flatpak/app/org.example.App/x/files/libexec/sysmon-probe",
                "serve"
            ]
        );
        assert_eq!(command.flatpak.as_deref(), Some("org.example.App"));
    }

    #[test]
    fn a_flatpak_without_a_probe_says_so() {
        for (info, with_probe) in [(INFO, false), ("", true), ("[Instance]\nx\n=\n[", true)] {
            let folder = folder(Some(info), with_probe);
            let flatpak = Flatpak::find(folder.path()).expect("it is one");
            let error = flatpak.command(folder.path()).expect_err("none");
            assert!(error.to_string().contains(PROBE), "{error}");
        }
        assert_eq!(Flatpak::find(folder(None, true).path()), None);
    }

    #[test]
    fn without_the_probe_the_machine_is_seen_from_inside_and_processes_are_not() {
        let inside = Scripted {
            machine: MachineReading {
                load: Some([1.0; 3]),
                interfaces: vec![InterfaceCounters {
                    name: "lo".to_owned(),
                    counted: true,
                    received: Bytes(1),
                    sent: Bytes(1),
                }],
                ..MachineReading::default()
            },
            ..Scripted::default()
        };
        let error = RemoteError::NoFlatpakSpawn;
        let mut source = Sandboxed::new(
            Box::new(Unreachable(error.clone())),
            Box::new(LocalSource::new(Box::new(inside))),
        );
        assert_eq!(source.ask(&Request::System).expect("seen"), Reply::Primed);
        let Reply::System(snapshot) = source.ask(&Request::System).expect("seen") else {
            panic!("the machine")
        };
        assert_eq!(snapshot.totals.load, Some([1.0; 3]));
        assert!(snapshot.totals.interfaces.is_empty());
        assert!(
            snapshot
                .degradations
                .iter()
                .any(|it| it.what == Missing::Processes)
        );
        let refused = source.ask(&Request::Disk).expect_err("not seen");
        assert!(matches!(refused, SourceError::Remote(why) if why == error));
    }
}
