//! Makes the headings of a column view reachable by keyboard: GTK's own take no focus.
//!
//! It looks into the column view, of which only this much is assumed: its first child holds one
//! child a column, in order. Should that change, "Sort By" in the menu still does the same.

use relm4::gtk;
use relm4::gtk::gdk::{Key, ModifierType};
use relm4::gtk::glib;
use relm4::gtk::pango;
use relm4::gtk::prelude::*;

use crate::ui::menus;

/// What is asked of a heading by key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderKey {
    /// Sort by it, or the other way round.
    Sort,
    /// Open its menu.
    Menu,
    /// Go on to the rows.
    Leave,
}

/// Has headings take the focus, one of them at a time by Tab, the others by arrow keys.
pub fn make_focusable(
    view: &gtk::ColumnView,
    pressed: impl Fn(&gtk::ColumnViewColumn, &gtk::Widget, HeaderKey) + 'static,
) {
    let Some(header) = view.first_child() else {
        return;
    };
    header.set_can_focus(true);
    header.set_focusable(false);
    for title in titles(&header) {
        // GTK tells a screen reader nothing of the role of headings, and pressing is what they are for.
        title.set_accessible_role(gtk::AccessibleRole::Button);
    }
    let keys = gtk::EventControllerKey::new();
    keys.set_propagation_phase(gtk::PropagationPhase::Capture);
    let (view_weak, header_weak) = (view.downgrade(), header.downgrade());
    keys.connect_key_pressed(move |_, key, _, state| {
        let (Some(view), Some(header)) = (view_weak.upgrade(), header_weak.upgrade()) else {
            return glib::Propagation::Proceed;
        };
        let Some(at) = titles(&header).iter().position(gtk::Widget::has_focus) else {
            return glib::Propagation::Proceed;
        };
        on_key(&view, &header, at, key, state, &pressed)
    });
    header.add_controller(keys);
    refresh(view);
}

/// To be called when columns came, went or changed places: lets Tab reach one heading, and turns
/// headings of numbers to the end, where the numbers stand.
pub fn refresh(view: &gtk::ColumnView) {
    let Some(header) = view.first_child() else {
        return;
    };
    let titles = titles(&header);
    let current = titles
        .iter()
        .position(|title| title.has_focus() || (title.is_focusable() && title.is_visible()))
        .or_else(|| titles.iter().position(WidgetExt::is_visible));
    for (at, title) in titles.iter().enumerate() {
        title.set_focusable(Some(at) == current);
    }
}

/// Lets headings be cut, so that there is room for names beside them; or has them need all of their room.
pub fn let_shrink(view: &gtk::ColumnView, shrink: bool) {
    let Some(header) = view.first_child() else {
        return;
    };
    let ellipsize = if shrink {
        pango::EllipsizeMode::End
    } else {
        pango::EllipsizeMode::None
    };
    for inside in titles(&header).iter().filter_map(WidgetExt::first_child) {
        let ends = [inside.first_child(), inside.last_child()];
        let labels = ends.into_iter().flatten();
        for label in labels.filter_map(|end| end.downcast::<gtk::Label>().ok()) {
            label.set_ellipsize(ellipsize);
        }
    }
}

/// Calls `left` when a heading has lost the focus.
pub fn connect_left(view: &gtk::ColumnView, left: impl Fn() + Clone + 'static) {
    let Some(header) = view.first_child() else {
        return;
    };
    for title in titles(&header) {
        let left = left.clone();
        title.connect_has_focus_notify(move |title| {
            if !title.has_focus() {
                left();
            }
        });
    }
}

/// Describes the heading at `sorting` with `text`, and the others not. The one with the focus stays as it is: what
/// changes below a person's hand is announced.
pub fn describe(view: &gtk::ColumnView, sorting: Option<usize>, text: &str) {
    let titles = view.first_child().map(|header| titles(&header));
    for (at, title) in titles.into_iter().flatten().enumerate() {
        if title.has_focus() {
            continue;
        }
        if sorting == Some(at) {
            title.update_property(&[gtk::accessible::Property::Description(text)]);
        } else {
            title.reset_property(gtk::AccessibleProperty::Description);
        }
    }
}

/// Moves the focus to the heading that Tab can reach.
pub fn grab_focus(view: &gtk::ColumnView) -> bool {
    let titles = view.first_child().map(|header| titles(&header));
    titles
        .and_then(|titles| titles.into_iter().find(WidgetExt::is_focusable))
        .is_some_and(|title| title.grab_focus())
}

/// Has the heading of a column of numbers end on their line, its sort arrow on its left.
pub fn align_to_end(view: &gtk::ColumnView, column: usize) {
    if view.direction() == gtk::TextDirection::Rtl {
        // Numbers end where texts begin.
        return;
    }
    let title = view
        .first_child()
        .and_then(|header| titles(&header).into_iter().nth(column));
    if let Some(inside) = title
        .and_then(|title| title.first_child())
        .and_downcast::<gtk::Box>()
    {
        inside.set_halign(gtk::Align::End);
        if let (Some(label), Some(arrow)) = (inside.first_child(), inside.last_child()) {
            inside.reorder_child_after(&label, Some(&arrow));
        }
    }
}

/// Opens the menu of a column at its heading.
pub fn open_menu(column: &gtk::ColumnViewColumn, title: &gtk::Widget) {
    let Some(menu) = column.header_menu() else {
        return;
    };
    let popover = gtk::PopoverMenu::from_model(Some(&menu));
    menus::prepare(&popover);
    popover.set_parent(title);
    popover.connect_closed(|popover| {
        // The action of the chosen item is still to come when the popover has closed.
        let popover = popover.clone();
        glib::idle_add_local_once(move || popover.unparent());
    });
    popover.popup();
}

fn on_key(
    view: &gtk::ColumnView,
    header: &gtk::Widget,
    at: usize,
    key: Key,
    state: ModifierType,
    pressed: &impl Fn(&gtk::ColumnViewColumn, &gtk::Widget, HeaderKey),
) -> glib::Propagation {
    let titles = titles(header);
    let forward = header.direction() != gtk::TextDirection::Rtl;
    let asked = match key {
        Key::Return | Key::KP_Enter | Key::ISO_Enter | Key::space | Key::KP_Space => {
            HeaderKey::Sort
        }
        Key::Menu => HeaderKey::Menu,
        Key::Tab | Key::KP_Tab
            if !state.intersects(ModifierType::CONTROL_MASK | ModifierType::SHIFT_MASK) =>
        {
            HeaderKey::Leave
        }
        Key::F10 if state.contains(ModifierType::SHIFT_MASK) => HeaderKey::Menu,
        Key::Left | Key::KP_Left => return step(&titles, at, !forward),
        Key::Right | Key::KP_Right => return step(&titles, at, forward),
        _ => return glib::Propagation::Proceed,
    };
    let column = u32::try_from(at)
        .ok()
        .and_then(|at| view.columns().item(at))
        .and_downcast::<gtk::ColumnViewColumn>();
    if let Some(column) = column {
        pressed(&column, &titles[at], asked);
    }
    glib::Propagation::Stop
}

fn step(titles: &[gtk::Widget], at: usize, forward: bool) -> glib::Propagation {
    let next = if forward {
        titles[at + 1..].iter().find(|title| title.is_visible())
    } else {
        titles[..at].iter().rfind(|title| title.is_visible())
    };
    if let Some(next) = next {
        next.set_focusable(true);
        next.grab_focus();
        titles[at].set_focusable(false);
    }
    glib::Propagation::Stop
}

fn titles(header: &gtk::Widget) -> Vec<gtk::Widget> {
    std::iter::successors(header.first_child(), WidgetExt::next_sibling).collect()
}
