//! Rows of settings whose values can be read where text is large and the window narrow.

use std::cell::RefCell;
use std::rc::Rc;

use adw::prelude::*;
use relm4::{adw, gtk};

use super::descendants::descendants;

/// No number takes room for more than so many characters.
const MOST: usize = 9;
/// Below this width a title leaves no room for a choice beside it.
const NARROW: &str = "max-width: 300sp";
/// Width and height that such a dialog needs: what has a breakpoint has to say so itself.
const LEAST: (i32, i32) = (360, 200);

/// Has a row show all of its number where its title would leave less room: the title can be broken, a number cannot.
pub fn keep_whole(row: &adw::SpinRow) {
    let fit = |row: &adw::SpinRow| {
        let longest = row.text().chars().count().min(MOST);
        row.set_width_chars(i32::try_from(longest).unwrap_or_default());
    };
    fit(row);
    row.connect_changed(fit);
}

/// Has the rows of a dialog say below their titles what was chosen, while it is too narrow to say it beside them. What
/// explains a row makes room for that. Returns what holds then, unless libadwaita does not understand it.
pub fn put_choices_below(dialog: &impl IsA<adw::Dialog>) -> Option<adw::Breakpoint> {
    let condition = adw::BreakpointCondition::parse(NARROW).ok()?;
    let narrow = adw::Breakpoint::new(condition);
    let explained: Rc<RefCell<Vec<_>>> = Rc::default();
    let kept = Rc::clone(&explained);
    let weak = dialog.as_ref().downgrade();
    narrow.connect_apply(move |_| {
        let Some(dialog) = weak.upgrade() else { return };
        for row in descendants::<adw::ComboRow>(&dialog) {
            let explanation = row.subtitle().unwrap_or_default();
            row.set_use_subtitle(true);
            // libadwaita says it only when another is chosen.
            let chosen = row.selected_item().and_downcast::<gtk::StringObject>();
            row.set_subtitle(&chosen.map(|it| it.string()).unwrap_or_default());
            kept.borrow_mut().push((row.downgrade(), explanation));
        }
    });
    narrow.connect_unapply(move |_| {
        for (row, explanation) in explained.take() {
            if let Some(row) = row.upgrade() {
                row.set_use_subtitle(false);
                row.set_subtitle(&explanation);
            }
        }
    });
    let dialog = dialog.as_ref();
    dialog.set_size_request(LEAST.0, LEAST.1);
    dialog.add_breakpoint(narrow.clone());
    Some(narrow)
}
