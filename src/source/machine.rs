//! Which source shows the machine that this program is about, and with whose rights.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

#[cfg(target_os = "linux")]
use super::administrator;
use super::local::LocalSource;
use super::locking::lock;
use super::remote::{Patience, ProbeCommand, Remote};
use super::sandbox::{Flatpak, Sandboxed, Unreachable};
use super::switching::Switching;
use super::{Source, SourceError};
use crate::model::administrator::NoAdministrator;
use crate::model::remote::RemoteError;
use crate::platform::{self, Kind, Roots};

/// Where the machine is read.
enum Reader {
    /// By this program.
    Here,
    /// By a probe, wherever it is.
    Probe(Remote),
    /// By a probe outside of this program's sandbox, or why there can be none.
    Outside(Flatpak, Result<Remote, RemoteError>),
}

/// The machine that the windows show. It is read with the rights of whoever started this program,
/// until it is to be read as administrator: sources follow with their next question.
#[derive(Clone)]
pub struct Machine(Arc<Shared>);

struct Shared {
    reader: Reader,
    /// Reads as administrator; `None` while ordinary rights will do.
    administrator: Mutex<Option<Remote>>,
    /// How often that changed.
    changes: AtomicU64,
    lost: Mutex<Option<Box<Lost>>>,
}

/// Is told why the machine is not read as administrator any more.
type Lost = dyn Fn(RemoteError) + Send;

impl Machine {
    /// The one that the probe which is `told` reads; else this one, for which a Flatpak needs its probe
    /// outside.
    pub fn of(told: Option<ProbeCommand>) -> Self {
        let probe = told.map(|command| Reader::Probe(Remote::new(command, Patience::default())));
        let flatpak = || {
            Flatpak::find(Path::new("/")).map(|flatpak| {
                let remote = flatpak.remote();
                Reader::Outside(flatpak, remote)
            })
        };
        Self::read_by(probe.or_else(flatpak).unwrap_or(Reader::Here))
    }

    fn read_by(reader: Reader) -> Self {
        Self(Arc::new(Shared {
            reader,
            administrator: Mutex::default(),
            changes: AtomicU64::new(0),
            lost: Mutex::default(),
        }))
    }

    /// A source of it.
    ///
    /// # Errors
    /// When the machine cannot be read at all.
    pub fn open(&self) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(Switching::open(self.clone())?))
    }

    /// Whether reading as administrator would show more, as far as is known before it is tried.
    pub fn can_be_administrator(&self) -> bool {
        match self.0.reader {
            Reader::Here => cfg!(target_os = "linux") && !platform::reads_everything(),
            Reader::Probe(_) => false,
            Reader::Outside(..) => true,
        }
    }

    /// Whether it is read as administrator.
    pub fn is_administrator(&self) -> bool {
        lock(&self.0.administrator).is_some()
    }

    /// Has it read as administrator. Blocks until somebody gave a password or refused to, which may
    /// take minutes; meanwhile everything goes on.
    ///
    /// # Errors
    /// When it goes on with ordinary rights.
    pub fn become_administrator(&self) -> Result<(), RemoteError> {
        self.read_with(self.administrator()?)
    }

    /// The same with this probe.
    ///
    /// # Errors
    /// When it does not say what it is.
    pub fn read_with(&self, remote: Remote) -> Result<(), RemoteError> {
        remote.about()?;
        self.change_to(Some(remote));
        Ok(())
    }

    #[cfg(target_os = "linux")]
    fn administrator(&self) -> Result<Remote, RemoteError> {
        match &self.0.reader {
            Reader::Here => administrator::remote(None),
            Reader::Outside(flatpak, _) => administrator::remote(Some(flatpak)),
            Reader::Probe(_) => Err(NoAdministrator::NotInstalled.into()),
        }
    }

    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unused_self, reason = "there is none anywhere")]
    fn administrator(&self) -> Result<Remote, RemoteError> {
        Err(NoAdministrator::NoPkexec.into())
    }

    /// Goes back to ordinary rights, and ends what read as administrator. Does not block.
    pub fn leave(&self) {
        self.change_to(None);
    }

    /// Has this called when what read as administrator is gone, from whichever thread finds that out.
    pub fn connect_lost(&self, lost: impl Fn(RemoteError) + Send + 'static) {
        *lock(&self.0.lost) = Some(Box::new(lost));
    }

    fn change_to(&self, administrator: Option<Remote>) {
        let last = {
            let mut current = lock(&self.0.administrator);
            let last = std::mem::replace(&mut *current, administrator);
            self.0.changes.fetch_add(1, Ordering::Release);
            last
        };
        if let Some(last) = last {
            // It has a moment to end by itself. Where there is no thread to wait for that, it ends with
            // its pipe.
            let _ = thread::Builder::new()
                .name("administrator ends".to_owned())
                .spawn(move || last.end());
        }
    }

    /// What read as administrator has failed: ordinary rights have to do.
    pub(super) fn lose(&self, failed: &Remote, error: &RemoteError) {
        {
            let mut current = lock(&self.0.administrator);
            // Others find it out as well.
            if current.as_ref().is_none_or(|current| !current.is(failed)) {
                return;
            }
            *current = None;
            self.0.changes.fetch_add(1, Ordering::Release);
        }
        let error = match error {
            RemoteError::Ended { said } => NoAdministrator::Ended { said: said.clone() }.into(),
            other => other.clone(),
        };
        if let Some(lost) = &*lock(&self.0.lost) {
            lost(error);
        }
    }

    /// How often the reader has changed.
    pub(super) fn change(&self) -> u64 {
        self.0.changes.load(Ordering::Acquire)
    }

    /// The same, and who reads as administrator since then.
    pub(super) fn reader(&self) -> (u64, Option<Remote>) {
        let current = lock(&self.0.administrator);
        (self.change(), current.clone())
    }

    /// Opens what reads: `administrator`, or whoever does with ordinary rights.
    pub(super) fn open_reader(
        &self,
        administrator: Option<&Remote>,
    ) -> Result<Box<dyn Source>, SourceError> {
        if let Some(remote) = administrator {
            return Ok(Box::new(remote.open()));
        }
        Ok(match &self.0.reader {
            Reader::Here => here()?,
            Reader::Probe(remote) => Box::new(remote.open()),
            Reader::Outside(_, Ok(remote)) => {
                Box::new(Sandboxed::new(Box::new(remote.open()), here()?))
            }
            Reader::Outside(_, Err(error)) => Box::new(Sandboxed::new(
                Box::new(Unreachable(error.clone())),
                here()?,
            )),
        })
    }
}

fn here() -> Result<Box<dyn Source>, SourceError> {
    let platform = platform::open(Kind::default(), Roots::default())?;
    Ok(Box::new(LocalSource::new(platform)))
}
