//! Answers the questions of a window elsewhere.

use std::io;
use std::sync::Arc;

use super::arguments::Machine;
use crate::platform::{Host, Kind, Roots};
use crate::source::Source;
use crate::source::remote::greeting::About;
use crate::source::remote::server;

/// Answers on standard output what is asked on standard input, until that ends.
///
/// # Errors
/// When what is asked cannot be read, with a sentence that says why.
pub(super) fn serve(machine: &Machine) -> Result<(), String> {
    #[cfg(target_os = "linux")]
    crate::platform::linux::asker::Asker::is_heard_on(io::stdin());
    let about = About::this(Host::of(machine.platform, &machine.roots));
    let machine = machine.clone();
    let open = move || super::open(&machine).map(|source| Box::new(source) as Box<dyn Source>);
    server::serve(io::stdin().lock(), io::stdout(), &about, Arc::new(open)).map_err(|error| {
        format!("what is asked cannot be read: {error}; \u{201c}serve\u{201d} is for windows of SysMon, not for people")
    })
}

/// The same as root, of whose rights all but those that reading takes are given up before anything is
/// read.
///
/// # Errors
/// When they cannot be given up, and as [`serve`].
#[cfg(target_os = "linux")]
pub(super) fn as_administrator() -> Result<(), String> {
    crate::platform::linux::confine::confine().map_err(|error| error.to_string())?;
    serve(&Machine {
        roots: Roots::default(),
        platform: Kind::default(),
    })
}

/// # Errors
/// Always: there are no such rights.
#[cfg(not(target_os = "linux"))]
pub(super) fn as_administrator() -> Result<(), String> {
    Err("there is an administrator mode on Linux only".to_owned())
}
