//! From counters and measured elapsed time to snapshots.
//!
//! A sampler keeps the counters of its last reading. Its `sample` gives `None` the first time:
//! there is nothing to compare with yet.

pub mod connections;
pub mod cpu;
mod credits;
pub mod disk;
mod exited;
mod family;
pub mod network;
mod reaped;
mod started;
pub mod system;
pub mod traffic;
mod whole;
