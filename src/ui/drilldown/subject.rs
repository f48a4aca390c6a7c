//! What a drill-down is about, and all that its subjects differ in.

use std::sync::Arc;

use super::{SubjectKind, explanation, notes};
use crate::model::accounting::Account;
use crate::model::connection::HostNames;
use crate::model::cpu::CpuRow;
use crate::model::explain::{self, Explains};
use crate::model::format::Style;
use crate::model::process::ProcessKey;
use crate::model::snapshot::{Missing, Snapshot};
use crate::model::table::{BEFORE, Direction, LIFETIME, Row, SUM};
use crate::source::{self, Reply, Request};
use crate::ui::graph::words;
use crate::ui::help::topics;
use crate::ui::table::{Layout, Sort, offered};

/// A snapshot of rows `R`.
pub type SnapshotOf<R> = Arc<Snapshot<R, <R as Row>::Totals, <R as Row>::Remainder>>;

/// A range of the past, and as long a time before it where that is remembered.
pub type RangeOf<R> = (SnapshotOf<R>, Option<SnapshotOf<R>>);

/// A subject of the drill-down window.
pub trait Subject: 'static {
    /// Its rows.
    type Row: Row;

    /// The graph it belongs to; what was chosen about its window is kept under this and its view.
    const KIND: SubjectKind;
    /// What its rows are about.
    const VIEW: View = View::Processes;
    /// The table whose past is remembered; `None` for rows that are not.
    const TABLE: Option<source::Table>;
    /// Sources without which its table is empty.
    const SOURCES: &'static [Missing];
    /// Whether the filter is part of the question, so that all rows of an answer pass it.
    const FILTERED_AT_SOURCE: bool = false;
    /// Keys of the columns that a range of the past is shown with, besides others.
    const COMPARED: &'static [&'static str] = &[SUM, BEFORE, LIFETIME];
    /// Keys of the columns that stand aside for them in a table that nobody has changed: there is not room for all.
    const ASIDE: &'static [&'static str] = &[];
    /// Key of the column that sorts the table at first, descending.
    const DEFAULT_SORT: &'static str = Self::Row::DEFAULT_SORT;

    /// The window's title.
    fn title() -> String;

    /// Name of the help's topic about it.
    fn topic() -> &'static str {
        match Self::VIEW {
            View::Processes => topics::about_table(Self::KIND),
            View::Connections => topics::about_connections(),
        }
    }

    /// The button that leads to the other view; `None` where there is none.
    fn switch_label() -> Option<String> {
        None
    }

    /// Heading of its values on the page of one process.
    fn heading() -> String;

    /// What to ask for.
    fn request(wanted: Wanted) -> Request;

    /// Takes its snapshot out of a reply.
    fn snapshot(reply: Reply) -> Option<SnapshotOf<Self::Row>>;

    /// A range of the past with what each row did before it, and what happened in a sentence;
    /// `None` where that cannot be told.
    fn explain(
        _range: &SnapshotOf<Self::Row>,
        _before: Option<&SnapshotOf<Self::Row>>,
        _style: &Style,
    ) -> Option<(SnapshotOf<Self::Row>, String)> {
        None
    }

    /// What the rows and what stands below them explain of the machine's own figure; `None` where
    /// there is none.
    fn account(_snapshot: &SnapshotOf<Self::Row>) -> Option<Account> {
        None
    }

    /// What the machine's own figure is made of, a line each; without one, what no row accounts
    /// for.
    fn breakdown(snapshot: &SnapshotOf<Self::Row>, style: &Style) -> Vec<String> {
        notes::breakdown::<Self::Row>(&snapshot.remainder, style)
    }

    /// How many CPUs the machine has in use; `None` for subjects that do not tell.
    fn cpus(_snapshot: &SnapshotOf<Self::Row>) -> Option<u64> {
        None
    }

    /// The CPU row that a row is; `None` for subjects with other rows.
    fn cpu_row(_row: &Self::Row) -> Option<&CpuRow> {
        None
    }

    /// How many rows there are where the snapshot holds only the first of them.
    fn counted(_snapshot: &SnapshotOf<Self::Row>) -> Option<Counted> {
        None
    }

    /// Key of a column that is measured only for the processes on screen.
    fn watched_column() -> Option<&'static str> {
        None
    }

    /// Keys of the columns that are shown at first, in their order.
    fn columns() -> Vec<&'static str> {
        offered::<Self::Row>()
            .filter(|column| column.shown)
            .map(|column| column.key)
            .collect()
    }

    /// The rows that are shown unless all were asked for; `None` where that makes no difference.
    fn concern() -> Option<Concern<Self::Row>> {
        None
    }

    /// Columns and order of a table that nobody has changed.
    fn layout() -> Layout {
        let sort = Sort {
            column: Self::DEFAULT_SORT,
            direction: Direction::Descending,
        };
        Layout::new::<Self::Row>(&Self::columns(), sort)
    }
}

/// How many rows there are, also beyond those that a snapshot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// That pass the filter.
    pub matched: u64,
    /// All.
    pub total: u64,
}

/// What the rows of a table are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// Processes.
    Processes,
    /// Connections.
    Connections,
}

/// What a window would like to be answered with. A subject takes of it what its question can say.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The processes on screen, of which more is measured.
    pub watch: Vec<ProcessKey>,
    /// The filter in force.
    pub filter: String,
    /// How the rows are sorted.
    pub sort: Sort,
    /// How many rows are shown at most.
    pub limit: Option<u32>,
    /// Which remote hosts are named.
    pub names: HostNames,
}

/// Which processes a subject concerns, and what is said when it concerns none.
pub struct Concern<R> {
    /// Whether it concerns this process.
    pub includes: fn(&R) -> bool,
    /// Whether what decides that may be read of this process.
    pub is_permitted: fn(&R) -> bool,
    /// Said when it concerns no process: "Nothing Is Using the Disk".
    pub nobody: String,
    /// Said when nothing may be read: why that is.
    pub not_permitted: String,
}

/// What happened in a range of the past, where rows explain it: [`Subject::explain`].
pub fn explained<R: Explains>(
    graph: SubjectKind,
    range: &SnapshotOf<R>,
    before: Option<&SnapshotOf<R>>,
    write: impl Fn(R::Amount) -> String,
) -> Option<(SnapshotOf<R>, String)> {
    let before = before.map(|before| &**before);
    let explanation = explain::explain(range, before)?;
    let sentence = explanation::sentence(&words::title(graph), &explanation, write);
    Some((Arc::new(explain::against(range, before)), sentence))
}
