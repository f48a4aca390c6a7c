//! Which source shows the machine that this program is about.

use std::path::Path;

use super::local::LocalSource;
use super::remote::{Patience, ProbeCommand, Remote};
use super::sandbox::{Flatpak, Sandboxed, Unreachable};
use super::{Source, SourceError};
use crate::model::remote::RemoteError;
use crate::platform::{self, Kind, Roots};

/// Where the machine is read.
enum Reader {
    /// By this program.
    Here,
    /// By a probe, wherever it is.
    Probe(Remote),
    /// By a probe outside of this program's sandbox, or why there can be none.
    Outside(Result<Remote, RemoteError>),
}

/// Opens sources: of what the probe that is `told` reads; else of this machine, for which a Flatpak
/// needs its probe outside.
pub fn opener(
    told: Option<ProbeCommand>,
) -> impl Fn() -> Result<Box<dyn Source>, SourceError> + Send + Sync + 'static {
    let probe = told.map(|command| Reader::Probe(Remote::new(command, Patience::default())));
    let flatpak = || Flatpak::find(Path::new("/")).map(|it| Reader::Outside(it.remote()));
    let reader = probe.or_else(flatpak).unwrap_or(Reader::Here);
    move || open(&reader)
}

fn open(reader: &Reader) -> Result<Box<dyn Source>, SourceError> {
    Ok(match reader {
        Reader::Here => here()?,
        Reader::Probe(remote) => Box::new(remote.open()),
        Reader::Outside(Ok(remote)) => Box::new(Sandboxed::new(Box::new(remote.open()), here()?)),
        Reader::Outside(Err(error)) => Box::new(Sandboxed::new(
            Box::new(Unreachable(error.clone())),
            here()?,
        )),
    })
}

fn here() -> Result<Box<dyn Source>, SourceError> {
    let platform = platform::open(Kind::default(), Roots::default())?;
    Ok(Box::new(LocalSource::new(platform)))
}
