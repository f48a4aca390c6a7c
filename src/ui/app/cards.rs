//! The cards of the main window: which are shown, and where.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use gtk::prelude::*;
use relm4::{Sender, gtk};

use super::{App, AppMsg};
use crate::model::cores::CoreHistory;
use crate::model::history::History;
use crate::ui::actions;
use crate::ui::drilldown::SubjectKind;
use crate::ui::graph::GRAPHS;
use crate::ui::graph::panel::{Panel, Room};
use crate::ui::shared_style::SharedStyle;

/// The cards, with nothing in them yet.
pub(super) fn panels(
    style: &SharedStyle,
    held: (&Rc<RefCell<History>>, &Rc<RefCell<CoreHistory>>),
    window: Duration,
    sender: &Sender<AppMsg>,
) -> Vec<Panel> {
    let panel = |graph| {
        let sender = sender.clone();
        Panel::new(graph, style, held, window, move || {
            sender.emit(AppMsg::Opened(graph));
        })
    };
    GRAPHS.into_iter().map(panel).collect()
}

impl App {
    pub(super) fn toggle_graph(&self, graph: SubjectKind) {
        self.settings.change(|values| {
            let hidden = &mut values.hidden;
            if let Some(at) = hidden.iter().position(|&other| other == graph) {
                hidden.remove(at);
            } else if hidden.len() + 1 < GRAPHS.len() {
                hidden.push(graph);
            }
        });
    }

    /// Puts the shown cards into two columns, or into one where there is no room. They are moved where they
    /// are: taken out of the grid, one would lose the focus.
    pub(super) fn place_panels(&self) {
        let hidden = self.settings.now().hidden;
        let (shown, others): (Vec<_>, Vec<_>) =
            (self.panels.iter()).partition(|panel| !hidden.contains(&panel.graph()));
        for panel in others {
            panel.widget().set_visible(false);
        }
        let columns = if self.room == Room::Beside { 2 } else { 1 };
        let mut cells = (0..).flat_map(|row| (0..columns).map(move |column| (column, row)));
        for (n, panel) in shown.iter().enumerate() {
            let Some((column, row)) = cells.next() else {
                break;
            };
            // The last one fills its row.
            let width = if n + 1 == shown.len() {
                columns - column
            } else {
                1
            };
            self.place_panel(panel, column, row, width);
            panel.set_room(self.room);
            panel.widget().set_visible(true);
        }
        self.show_hint();
        actions::show_graphs(&self.window, &hidden);
    }

    fn place_panel(&self, panel: &Panel, column: i32, row: i32, width: i32) {
        if panel.widget().parent().is_none() {
            self.grid.attach(panel.widget(), column, row, width, 1);
        }
        let layout = self.grid.layout_manager();
        let child = layout.map(|layout| layout.layout_child(panel.widget()));
        if let Some(child) = child.and_downcast::<gtk::GridLayoutChild>() {
            child.set_column(column);
            child.set_row(row);
            child.set_column_span(width);
        }
    }

    pub(super) fn show_hint(&self) {
        for (n, panel) in self.panels.iter().enumerate() {
            panel.show_hint(n == 0 && !self.settings.now().opened_before);
        }
    }
}
