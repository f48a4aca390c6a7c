//! What a drill-down window is told.

use super::state::ViewState;
use crate::model::process::ProcessKey;
use crate::ui::source_worker::Answer;
use crate::ui::table::TableEvent;

/// What happened.
#[derive(Debug)]
pub enum Message {
    /// The source answered.
    Answered(Answer),
    /// The source answered what was asked for the process whose details are shown.
    DetailsAnswered(ProcessKey, Answer),
    /// The details were left.
    DetailsLeft,
    /// Something happened in the table.
    Table(TableEvent),
    /// The filter has other words.
    FilterChanged(String),
    /// The filter is to be used.
    FilterAsked,
    /// The filter is to be taken away.
    FilterCleared,
    /// Other seconds between two snapshots were chosen.
    IntervalChosen(u32),
    /// Another limit was chosen.
    LimitChosen(Option<u32>),
    /// Pause, or go on.
    PauseToggled,
    /// One snapshot now, sorted.
    UpdateAsked,
    /// Sort, whatever holds the order.
    SortNowAsked,
    /// Hold the order, or no longer.
    HoldOrderChosen(bool),
    /// Low rows, or usual ones.
    CompactChosen(bool),
    /// All processes, or those that the subject concerns.
    ShowAllChosen(bool),
    /// Show a column, or hide it.
    ColumnChosen(&'static str, bool),
    /// Sort by this column.
    SortColumnChosen(&'static str),
    /// Sort the largest first, or the smallest.
    DescendingChosen(bool),
    /// Copy the selected row.
    CopyRowAsked,
    /// Copy the command line of the selected process.
    CopyCommandLineAsked,
    /// Show the details of the selected process.
    DetailsAsked,
    /// The window came into sight or went out of it.
    SightChanged(bool),
    /// The window became narrow or wide.
    NarrowChanged(bool),
    /// The window became low or high.
    LowChanged(bool),
    /// It takes long until the first snapshot arrives.
    WaitedLong,
    /// Esc: one step back.
    Escaped,
    /// The window is to be closed.
    CloseAsked,
}

/// What a drill-down window tells.
#[derive(Debug)]
pub enum Output {
    /// It was closed, and this was chosen in it.
    Closed(ViewState),
}
