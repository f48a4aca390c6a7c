//! The graphs of the main window: a card each for CPU, memory, disk and network.

pub mod axis;
pub mod canvas;
pub mod chart;
pub mod contributor;
pub mod cores;
pub mod labels;
pub mod legibility;
pub mod palette;
pub mod panel;
pub mod render;
pub mod smoothing;
pub mod surface;
pub mod words;

use super::drilldown::SubjectKind;
use crate::model::history::Series;

/// The graphs in the order they stand and are numbered on the keyboard.
pub const GRAPHS: [SubjectKind; 4] = [
    SubjectKind::Cpu,
    SubjectKind::Memory,
    SubjectKind::Disk,
    SubjectKind::Network,
];

/// The lines of a graph: the first is solid and filled, the second dashed.
pub const fn series(graph: SubjectKind) -> &'static [Series] {
    match graph {
        SubjectKind::Cpu => &[Series::Cpu],
        SubjectKind::Memory => &[Series::Ram, Series::Swap],
        SubjectKind::Disk => &[Series::Read, Series::Write],
        SubjectKind::Network => &[Series::Received, Series::Sent],
    }
}
