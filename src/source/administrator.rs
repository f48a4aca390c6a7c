//! The command that starts a probe with an administrator's rights: `pkexec(1)` asks for them.
//!
//! What is started as root must be a file that only root can change, in folders that only root can
//! change: else whoever may write there would be root with the next password that is given.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::remote::{Patience, ProbeCommand, Remote, Through};
use super::sandbox::{Flatpak, OUTSIDE};
use crate::model::administrator::NoAdministrator;
use crate::model::format::printable;
use crate::model::remote::RemoteError;

/// Where the probe is installed, when that was known as this was built.
const INSTALLED: Option<&str> = option_env!("SYSMON_INSTALLED_PROBE");
const NAME: &str = "sysmon-probe";
/// Its argument, which the policy names: no other goes with it.
pub const ARGUMENT: &str = "administrator";

/// So long a person may look for a password.
const PASSWORD: Duration = Duration::from_mins(10);

/// The bits that let the group or anybody write, `inode(7)`.
const OTHERS_WRITE: u32 = 0o022;
const FILE_TYPE: u32 = 0o170_000;
const SYMBOLIC_LINK: u32 = 0o120_000;
/// The kernel follows as many, `path_resolution(7)`.
const MOST_LINKS: usize = 40;

/// Outside of a sandbox: 3 where there is no pkexec, else a line for the file and each folder above it.
const LOOK_OUTSIDE: &str = r#"command -v pkexec >/dev/null || exit 3
path=$(realpath -e -- "$0") || exit 4
while :; do
    stat -c '%u %f %n' -- "$path" || exit 5
    [ "$path" != / ] || exit 0
    path=$(dirname -- "$path")
done"#;
const NO_PKEXEC: i32 = 3;

/// A probe that reads as administrator, not yet started. It is started once: whoever gave a password
/// for it is not asked again because it ended.
///
/// Blocks, where files outside of a sandbox are looked at.
///
/// # Errors
/// When there is none that may be started.
pub fn remote(flatpak: Option<&Flatpak>) -> Result<Remote, RemoteError> {
    let command = match flatpak {
        Some(flatpak) => outside(flatpak)?,
        None => here()?,
    };
    Ok(once(command))
}

/// The probe of a command by [`command`].
pub fn once(command: ProbeCommand) -> Remote {
    let patience = Patience {
        greeting: PASSWORD,
        first_pause: Duration::MAX,
        longest_pause: Duration::MAX,
        ..Patience::default()
    };
    Remote::new(command, patience)
}

/// Of this machine's own installation.
fn here() -> Result<ProbeCommand, RemoteError> {
    let beside = std::env::current_exe().ok();
    let beside = beside.as_deref().and_then(Path::parent);
    let probe = find(INSTALLED.map(Path::new), beside).ok_or(NoAdministrator::NotInstalled)?;
    match others_may_change(&probe, Path::new("/")) {
        Ok(None) => Ok(command(&[], probe, None)),
        Ok(Some(path)) => Err(not_roots(&path).into()),
        Err(error) => Err(NoAdministrator::Unchecked {
            said: error.to_string(),
        }
        .into()),
    }
}

/// The probe that was installed, else the one beside this program.
fn find(installed: Option<&Path>, beside: Option<&Path>) -> Option<PathBuf> {
    let beside = beside.map(|folder| folder.join(NAME));
    let mut places = installed.map(Path::to_owned).into_iter().chain(beside);
    places.find(|place| place.is_file())
}

/// Of a Flatpak, started outside of its sandbox.
fn outside(flatpak: &Flatpak) -> Result<ProbeCommand, RemoteError> {
    let probe = flatpak.probe(Path::new("/app"))?;
    let unchecked = |said: &str| NoAdministrator::Unchecked {
        said: printable(said.trim()).into_owned(),
    };
    let [program, options @ ..] = OUTSIDE;
    let looked = Command::new(program)
        .args(options)
        .args(["sh", "-c", LOOK_OUTSIDE])
        .arg(&probe)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| unchecked(&error.to_string()))?;
    if looked.status.code() == Some(NO_PKEXEC) {
        return Err(NoAdministrator::NoPkexec.into());
    }
    let said = String::from_utf8_lossy(&looked.stderr);
    if !looked.status.success() {
        return Err(unchecked(&said).into());
    }
    let places = places(&looked.stdout).ok_or_else(|| unchecked(&said))?;
    match places.iter().find(|place| place.others_may_change()) {
        Some(place) => Err(not_roots(&place.path).into()),
        // As it is called without symbolic links: only those parts were looked at.
        None => Ok(command(
            &OUTSIDE,
            places[0].path.clone(),
            Some(flatpak.application.clone()),
        )),
    }
}

/// What starts this probe, after these words. The id of the Flatpak whose sandbox they lead out of is
/// that of [`ProbeCommand`].
pub fn command(before: &[&str], probe: PathBuf, flatpak: Option<String>) -> ProbeCommand {
    // Its own agent would ask in a terminal from which this program may be started in the background.
    let pkexec = ["pkexec", "--disable-internal-agent"];
    let words = before.iter().chain(&pkexec).map(OsString::from);
    ProbeCommand {
        flatpak,
        through: Through::Pkexec,
        ..ProbeCommand::new(words.chain([probe.into(), ARGUMENT.into()]))
    }
}

fn not_roots(path: &Path) -> NoAdministrator {
    NoAdministrator::NotRoots {
        path: printable(&path.to_string_lossy()).into_owned(),
    }
}

/// A file or folder, and who may change it.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    path: PathBuf,
    owner: u32,
    mode: u32,
}

impl Place {
    fn others_may_change(&self) -> bool {
        self.owner != 0 || self.mode & OTHERS_WRITE != 0 || self.mode & FILE_TYPE == SYMBOLIC_LINK
    }
}

/// What somebody else than root may change of a file and the folders above it, up to `top`.
///
/// # Errors
/// When that cannot be told.
fn others_may_change(file: &Path, top: &Path) -> io::Result<Option<PathBuf>> {
    // pkexec gets the name that its policy has, and follows links anew: each of them, and what it lies
    // in, has to be root's as well.
    let mut ways = vec![file.to_owned()];
    while let Some(next) = link_followed(&ways[ways.len() - 1])? {
        if ways.len() > MOST_LINKS {
            return Err(io::Error::from_raw_os_error(libc::ELOOP));
        }
        ways.push(next);
    }
    for path in &ways {
        for path in path.ancestors().take_while(|path| path.starts_with(top)) {
            let found = fs::symlink_metadata(path)?;
            let is_link = found.file_type().is_symlink();
            let place = Place {
                path: path.to_owned(),
                owner: found.uid(),
                // A link can be written by nobody, whatever it says; it is as safe as its folder.
                mode: if is_link { 0 } else { found.mode() },
            };
            if place.others_may_change() {
                return Ok(Some(place.path));
            }
        }
    }
    Ok(None)
}

/// The path with its first symbolic link followed; `None` where there is none in it.
fn link_followed(path: &Path) -> io::Result<Option<PathBuf>> {
    let mut parts = path.components();
    let mut walked = PathBuf::new();
    while let Some(part) = parts.next() {
        if part == Component::ParentDir {
            // What is walked has no links: its parent is the folder above.
            walked.pop();
            continue;
        }
        let place = walked.join(part);
        if fs::symlink_metadata(&place)?.is_symlink() {
            let target = walked.join(fs::read_link(&place)?);
            // Joined one by one: an empty rest would put a slash behind the name of a file.
            return Ok(Some(parts.fold(target, |path, part| path.join(part))));
        }
        walked = place;
    }
    Ok(None)
}

/// Reads what [`LOOK_OUTSIDE`] says: the file first, and `/` last.
fn places(said: &[u8]) -> Option<Vec<Place>> {
    let said = str::from_utf8(said).ok()?;
    let places: Option<Vec<Place>> = said
        .lines()
        .map(|line| {
            let mut words = line.splitn(3, ' ');
            Some(Place {
                owner: words.next()?.parse().ok()?,
                mode: u32::from_str_radix(words.next()?, 16).ok()?,
                path: words.next()?.into(),
            })
        })
        .collect();
    let places = places?;
    let file = &places.first()?.path;
    let expected: Vec<&Path> = file.ancestors().collect();
    let named: Vec<&Path> = places.iter().map(|place| place.path.as_path()).collect();
    (file.is_absolute() && named == expected).then_some(places)
}

#[cfg(test)]
#[path = "administrator_tests.rs"]
mod tests;
