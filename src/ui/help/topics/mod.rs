//! The topics of the help.

mod columns;
mod filter;
mod graphs;
mod hosts;
mod more;
mod program;
mod tables;

use super::topic::Topic;
use crate::ui::drilldown::SubjectKind;

/// All topics, in the order in which they are listed.
pub const TOPICS: &[Topic] = &[
    graphs::GRAPHS,
    tables::TABLES,
    columns::CPU,
    columns::MEMORY,
    columns::DISK,
    columns::NETWORK,
    columns::CONNECTIONS,
    filter::FILTER,
    tables::REMAINDER,
    graphs::PAST,
    tables::GROUPS,
    program::RECORDINGS,
    program::EXPORT,
    program::PREFERENCES,
    program::ALERTS,
    hosts::HOSTS,
    program::KEYS,
    program::PERMISSION,
    more::COMMAND_LINE,
    more::PROBE,
    more::QT,
];

/// Name of the topic about the table behind a graph.
pub fn about_table(subject: SubjectKind) -> &'static str {
    match subject {
        SubjectKind::Cpu => columns::CPU.name,
        SubjectKind::Memory => columns::MEMORY.name,
        SubjectKind::Disk => columns::DISK.name,
        SubjectKind::Network => columns::NETWORK.name,
    }
}

/// Name of the topic about connections.
pub fn about_connections() -> &'static str {
    columns::CONNECTIONS.name
}

/// Name of the topic about the filter.
pub fn about_filter() -> &'static str {
    filter::FILTER.name
}
