//! The same at the other end of a pipe: a probe takes the snapshots where this program cannot look,
//! and sends them. `docs/remote.md` describes what is spoken.
//!
//! A probe is any command that runs `sysmon-probe serve`. [`server::serve`] is its side,
//! [`Remote`] this program's.

mod client;
mod command;
mod connection;
mod detached;
pub mod frame;
pub mod greeting;
mod known;
mod pkexec;
pub mod protocol;
mod running;
pub mod server;
pub mod ssh;

pub use client::{Remote, RemoteSource};
pub use command::{Patience, ProbeCommand, Through};
