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
use crate::ui::graph::panel::Panel;
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

    /// Puts the shown cards into two columns, or into one where there is no room.
    pub(super) fn place_panels(&self) {
        let focused = GtkWindowExt::focus(&self.window);
        let focused = focused.filter(|it| it.is_ancestor(&self.grid));
        while let Some(child) = self.grid.first_child() {
            self.grid.remove(&child);
        }
        let hidden = self.settings.now().hidden;
        let is_shown = |panel: &&Panel| !hidden.contains(&panel.graph());
        let shown: Vec<_> = self.panels.iter().filter(is_shown).collect();
        let columns = if self.narrow { 1 } else { 2 };
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
            self.grid.attach(panel.widget(), column, row, width, 1);
            panel.set_narrow(self.narrow);
        }
        // Taken out of the grid, it lost the focus.
        if let Some(focused) = focused {
            focused.grab_focus();
        }
        self.show_hint();
        actions::show_graphs(&self.window, &hidden);
    }

    pub(super) fn show_hint(&self) {
        for (n, panel) in self.panels.iter().enumerate() {
            panel.show_hint(n == 0 && !self.settings.now().opened_before);
        }
    }
}
