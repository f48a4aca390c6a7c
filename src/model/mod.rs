//! Values and arithmetic: no I/O, no GTK, no clock.

pub mod accounting;
pub mod average;
pub mod connection;
pub mod counter;
pub mod cpu;
pub mod csv;
pub mod degradation;
pub mod disk;
pub mod explain;
pub mod format;
pub mod graph_data;
pub mod group;
pub mod history;
pub mod network;
pub mod past;
pub mod plain;
pub mod process;
pub mod programs;
pub mod query;
pub mod remainder;
pub mod snapshot;
pub mod system;
pub mod table;
pub mod timeline;
pub mod tsv;
pub mod units;
