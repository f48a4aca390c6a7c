//! What a drill-down window is told.

use relm4::gtk;

use super::state::ViewState;
use super::subject::View;
use crate::model::connection::HostNames;
use crate::model::history::Sample;
use crate::model::process::ProcessKey;
use crate::source::Remembered;
use crate::ui::acting::{Told, Wanted};
use crate::ui::graph::chart::Selection;
use crate::ui::settings::Look;
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
    /// The filter was left for the rows.
    FilterLeft,
    /// The filter is to be taken away.
    FilterCleared,
    /// Something was chosen.
    Chosen(Choice),
    /// A moment or a range of the past is to be shown, or the present.
    TimeSelected(Option<Selection>),
    /// The graphs as they are remembered arrived.
    Remembered(Vec<Sample>, Option<Remembered>),
    /// Pause, or go on.
    PauseToggled,
    /// One snapshot now, sorted.
    UpdateAsked,
    /// Sort, whatever holds the order.
    SortNowAsked,
    /// The filter is to be another one.
    FilterSet(String),
    /// Only rows with this of the selected one are to be shown.
    OnlyAsked(Part),
    /// Show the other view of the network; of the selected process alone, or of all.
    SwitchAsked {
        /// Whether it is about the selected process.
        selected: bool,
    },
    /// Show the connections of the process whose details are shown in a table of their own.
    ConnectionsAsked,
    /// Save all rows to a file.
    SaveAsked,
    /// Copy something of the selected row.
    CopyAsked(Copied),
    /// Show the details of the selected process.
    DetailsAsked,
    /// Something is to be done to the selected processes.
    ActAsked(Wanted),
    /// It was done, or not; `None` where the person thought better of it.
    ActingEnded(Option<Told>),
    /// What was done can be seen by now.
    EffectDue,
    /// A toast went with the focus, which this had before.
    FocusLost(Option<gtk::Widget>),
    /// Lines are to be drawn like this.
    LookChosen(Look),
    /// All that is remembered was forgotten.
    HistoryCleared,
    /// Values are to be written in another way.
    StyleChanged,
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

/// What rows can have in common with the selected one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The remote host.
    Remote,
    /// The remote port, or the local one where there is no other.
    Port,
    /// The process.
    Process,
}

/// What can be copied of the selected row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    /// Its visible cells.
    Row,
    /// Those of all rows, not of the selected one alone.
    AllRows,
    /// The command line of its process.
    CommandLine,
    /// An address of its connection.
    Address(End),
}

/// An end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// On this machine.
    Local,
    /// The other one.
    Remote,
}

/// What was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Other seconds between two snapshots were chosen.
    Interval(u32),
    /// Another limit was chosen.
    Limit(Option<u32>),
    /// Hold the order, or no longer.
    HoldOrder(bool),
    /// Low rows, or usual ones.
    Compact(bool),
    /// A row for each program, or one for each process.
    Group(bool),
    /// All processes, or those that the subject concerns.
    ShowAll(bool),
    /// The remote hosts that are named.
    HostNames(HostNames),
    /// Show a column, or hide it.
    Column(&'static str, bool),
    /// Sort by this column.
    SortColumn(&'static str),
    /// Sort the largest first, or the smallest.
    Descending(bool),
}

/// What a drill-down window tells.
#[derive(Debug)]
pub enum Output {
    /// It was closed, and this was chosen in it.
    Closed(ViewState),
    /// The other view of the network is asked for, with this filter.
    Switched(View, String),
}
