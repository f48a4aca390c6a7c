//! The window: relm4 components that show snapshots and ask for the next.

pub mod about;
pub mod actions;
pub mod alerts;
pub mod app;
pub mod command_line;
mod desktop_clock;
pub mod details;
pub mod drilldown;
pub mod export;
mod failure;
pub mod gaps;
pub mod graph;
pub mod help;
pub mod language;
pub mod preferences;
pub mod pull;
pub mod recording;
pub mod resources;
pub mod settings;
pub mod shared_style;
pub mod shortcuts;
pub mod shown;
pub mod source_worker;
pub mod table;
pub mod time_window;
mod toast;
