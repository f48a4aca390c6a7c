//! What can be set, in values.

use std::time::Duration;

use crate::model::alert::Alerts;
use crate::model::connection::HostNames;
use crate::model::format::{CpuScale, DataUnit, UnitStyle};
use crate::model::units::Bytes;
use crate::ui::drilldown::SubjectKind;
use crate::ui::graph::palette::Colours;
use crate::ui::time_window::DEFAULT_WINDOW;

/// What a person set, and what the main window remembers.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they change independently of one another"
)]
pub struct Preferences {
    /// Time between two samples of the graphs.
    pub interval: Duration,
    /// How far back the graphs reach.
    pub window: Duration,
    /// How lines are drawn.
    pub look: Look,
    /// Whether each CPU has a graph of its own.
    pub per_core: bool,
    /// Light or dark.
    pub scheme: Scheme,
    /// Opacity of the background of the main window in per cent.
    pub opacity: u32,
    /// Multiples of the byte.
    pub units: UnitStyle,
    /// What the rates of the network are counted in.
    pub network: DataUnit,
    /// What a process's CPU time is a share of.
    pub cpu_scale: CpuScale,
    /// Which remote hosts are named.
    pub names: HostNames,
    /// The graphs that are hidden.
    pub hidden: Vec<SubjectKind>,
    /// Whether what happens is remembered while no window shows it.
    pub remember: bool,
    /// Memory that this may take.
    pub memory: Bytes,
    /// Seconds between two snapshots of a table, unless its window says otherwise.
    pub table_interval: u32,
    /// How many rows a table shows at most, unless its window says otherwise; `None` shows all.
    pub table_limit: Option<u32>,
    /// What a person wants to be told of.
    pub alerts: Alerts,
    /// Whether it was said that alerts keep the program running without its window.
    pub told_of_background: bool,
    /// The hosts that were connected to, the last one first.
    pub hosts: Vec<String>,
    /// Size of the main window in pixels.
    pub size: (i32, i32),
    /// Whether it fills the screen beside panels.
    pub maximized: bool,
    /// Whether a drill-down was opened before: the hint that says how has done its work.
    pub opened_before: bool,
    /// Whether the settings of the earlier program for Qt were looked for.
    pub qt_imported: bool,
}

/// How the lines of graphs are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// So many samples are averaged into each that is drawn; one draws them as they are.
    pub smoothing: u32,
    /// Width of lines in pixels.
    pub line_width: u32,
    /// Whether the area below the first line is filled.
    pub fill: bool,
    /// Whether there is a grid.
    pub grid: bool,
    /// Whether time runs from right to left.
    pub inverted: bool,
    /// The colours that were chosen for lines.
    pub colours: Colours,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            smoothing: 1,
            line_width: 2,
            fill: true,
            grid: true,
            inverted: false,
            colours: Colours::default(),
        }
    }
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheme {
    /// As the desktop is.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            interval: Duration::from_millis(500),
            window: DEFAULT_WINDOW,
            look: Look::default(),
            per_core: false,
            scheme: Scheme::default(),
            opacity: 100,
            units: UnitStyle::default(),
            network: DataUnit::default(),
            cpu_scale: CpuScale::default(),
            names: HostNames::default(),
            hidden: Vec::new(),
            remember: true,
            memory: Bytes(64 << 20),
            table_interval: 3,
            table_limit: None,
            alerts: Alerts::default(),
            told_of_background: false,
            hosts: Vec::new(),
            size: (960, 640),
            maximized: false,
            opened_before: false,
            qt_imported: false,
        }
    }
}
