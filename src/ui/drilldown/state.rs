//! What a person chose about a drill-down window. Kept for each subject while the program runs.

use crate::model::connection::HostNames;
use crate::ui::table::Layout;

/// Choices about one subject's window.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are chosen independently of one another"
)]
pub struct ViewState {
    /// Size of the window in pixels.
    pub size: (i32, i32),
    /// Columns and sorting.
    pub layout: Layout,
    /// Seconds between two snapshots.
    pub interval: u32,
    /// How many rows are shown at most; `None` shows all.
    pub limit: Option<u32>,
    /// Whether the order is held until told otherwise.
    pub hold_order: bool,
    /// Whether rows are as low as their text.
    pub compact: bool,
    /// Which remote hosts are named.
    pub names: HostNames,
    /// Whether there is a row for each program instead of one for each process.
    pub grouped: bool,
    /// Whether processes are shown that the subject does not concern.
    pub show_all: bool,
}

/// Seconds between two snapshots that can be chosen.
pub const INTERVALS: [u32; 7] = [1, 2, 3, 5, 10, 30, 60];
/// Limits that can be chosen.
pub const LIMITS: [Option<u32>; 4] = [None, Some(10), Some(25), Some(50)];

impl ViewState {
    /// Of a window that nobody has changed.
    pub fn new(layout: Layout) -> Self {
        Self {
            size: (900, 600),
            layout,
            interval: 3,
            limit: None,
            hold_order: false,
            compact: false,
            grouped: false,
            names: HostNames::default(),
            show_all: false,
        }
    }
}
