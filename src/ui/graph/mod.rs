//! The graphs of the main window: a card each for CPU, memory, disk and network.

pub mod axis;
pub mod canvas;
pub mod chart;
pub mod contributor;
pub mod cores;
mod described;
pub mod labels;
pub mod legibility;
pub mod palette;
pub mod panel;
pub mod render;
pub mod smoothing;
pub mod surface;
pub mod words;

use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::{adw, gtk};

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

/// Has a widget drawn anew when the desktop becomes light or dark, or contrast high or usual again, for as
/// long as the widget is there: the style manager outlives it.
pub fn redraw_with_desktop(widget: &impl IsA<gtk::Widget>) {
    let looks = adw::StyleManager::default();
    let widget: &gtk::Widget = widget.upcast_ref();
    for property in ["notify::dark", "notify::high-contrast"] {
        looks.connect_closure(
            property,
            false,
            glib::closure_local!(
                #[watch]
                widget,
                move |_: adw::StyleManager, _: glib::ParamSpec| widget.queue_draw()
            ),
        );
    }
}
