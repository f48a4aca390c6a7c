//! The window: relm4 components that show snapshots and ask for the next.

pub mod details;
pub mod drilldown;
pub mod language;
pub mod pull;
pub mod source_worker;
pub mod table;
