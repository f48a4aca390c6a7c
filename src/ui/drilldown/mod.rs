//! The one drill-down window and what its subjects differ in.

/// The four tables that can be opened from the graphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubjectKind {
    /// Processes by CPU.
    Cpu,
    /// Processes by memory: the rows of the CPU table, with other columns and sorting.
    Memory,
    /// Processes by storage.
    Disk,
    /// Processes by sockets.
    Network,
}
