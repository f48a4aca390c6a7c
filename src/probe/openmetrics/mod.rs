//! Figures for Prometheus, as a page or as a file. They are described in `docs/openmetrics.md`.

mod families;
mod format;
mod hosts;
mod http;
mod machine;
mod programs;
mod reader;
mod request;
#[cfg(test)]
#[path = "../../../tests/support/openmetrics.rs"]
mod strict;
mod textfile;

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::arguments::{OpenMetricsOptions, Target};
use super::output::Output;
use crate::platform::{Host, StopSignals};
use format::Dialect;
use hosts::Hosts;
use reader::Reader;

/// So long a wait for a signal as can be asked for everywhere.
const LONG: Duration = Duration::from_hours(24);

/// Offers figures until it is told to stop.
///
/// # Errors
/// When they cannot be read or offered, with a sentence that says why.
pub(super) fn offer(options: &OpenMetricsOptions) -> Result<(), String> {
    // Before there is any other thread, which would end the program.
    let signals =
        StopSignals::new().map_err(|error| format!("no signal can be awaited: {error}"))?;
    let open = |dialect, good_for| {
        let source = super::open(&options.machine)?;
        Reader::new(source, dialect, options.top, good_for)
    };
    match &options.target {
        Target::Listen { address, names } => {
            let listener = listen(*address)?;
            let machine = Host::of(options.machine.platform, &options.machine.roots).name;
            let hosts = Hosts::of(address.ip(), names, machine);
            let reader = open(Dialect::OpenMetrics, options.interval);
            let reader = reader.map_err(|error| error.to_string())?;
            serve(&listener, &hosts, reader, &signals)
        }
        Target::TextFile { path, count } => {
            let reader = open(Dialect::Prometheus, Duration::ZERO);
            let mut reader = reader.map_err(|error| error.to_string())?;
            textfile::write(&mut reader, path, options.interval, *count, &signals)
        }
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).map_err(|error| {
        format!("nothing can be offered at {address}: {error}; --listen IP:PORT says where else")
    })
}

/// Says where the page is, and offers it there until a signal comes.
fn serve(
    listener: &TcpListener,
    hosts: &Hosts,
    reader: Reader,
    signals: &StopSignals,
) -> Result<(), String> {
    let address = listener
        .local_addr()
        .map_err(|error| format!("the address listened on is not known: {error}"))?;
    if !address.ip().is_loopback() {
        super::warn(&format!(
            "everyone who reaches {address} can read the names of programs"
        ));
    }
    let reader = Arc::new(Mutex::new(reader));
    http::start(listener, hosts, &reader)
        .map_err(|error| format!("no thread can be started: {error}"))?;
    // Whoever does not read where the page is can have the page all the same.
    let _ = Output::stdout().write(&format!("http://{address}/metrics\n"));
    while !signals.came_within(LONG) {}
    Ok(())
}
