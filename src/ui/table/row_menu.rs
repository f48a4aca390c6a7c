//! The menu of a row, opened by right click, Shift+F10 or the menu key.

use std::rc::Rc;

use relm4::gtk;
use relm4::gtk::gdk::{self, Key, ModifierType};
use relm4::gtk::gio;
use relm4::gtk::glib;
use relm4::gtk::graphene;
use relm4::gtk::prelude::*;

use super::cell::row_of;
use super::order_hold::OrderHold;
use super::row_object::RowObject;
use crate::ui::menus;

/// A menu over the rows of a view. While it is open the order is held.
pub struct RowMenu {
    popover: gtk::PopoverMenu,
}

impl RowMenu {
    /// A menu without items over the view that stands in `parent`. That is no scrolled window: arrow keys
    /// would leave the menu for the rows, as one looks for the next focus in what it scrolls alone.
    pub fn new(parent: &gtk::Box, hold: &OrderHold) -> Self {
        let popover = gtk::PopoverMenu::builder()
            .has_arrow(false)
            .halign(gtk::Align::Start)
            .build();
        popover.set_parent(parent);
        menus::prepare(&popover);
        let pinned = hold.clone();
        popover.connect_show(move |popover| {
            pinned.pin();
            // Takes away the one that stands there.
            popover.trigger_tooltip_query();
        });
        let pinned = hold.clone();
        popover.connect_closed(move |_| pinned.unpin());
        Self { popover }
    }

    /// The items.
    pub fn set_items(&self, menu: &impl IsA<gio::MenuModel>) {
        self.popover.set_menu_model(Some(menu));
    }

    /// Calls `closed` when it was closed, and again once what was chosen in it has begun, unless it is open
    /// anew by then.
    pub fn connect_closed(&self, closed: impl Fn() + Clone + 'static) {
        self.popover.connect_closed(move |popover| {
            // At the next frame GTK would move the focus on to what comes after the rows.
            closed();
            let (popover, closed) = (popover.downgrade(), closed.clone());
            glib::idle_add_local_once(move || {
                if popover.upgrade().is_some_and(|it| !it.is_visible()) {
                    closed();
                }
            });
        });
    }

    /// Whether a widget is in it.
    pub fn holds(&self, widget: &gtk::Widget) -> bool {
        widget == self.popover.upcast_ref::<gtk::Widget>() || widget.is_ancestor(&self.popover)
    }

    /// Opens whenever it is asked for over a row that `select` accepts, and selects. `focused`
    /// tells which row has the focus.
    pub fn watch(
        &self,
        view: &gtk::ColumnView,
        focused: impl Fn() -> Option<RowObject> + 'static,
        select: impl Fn(&RowObject) -> bool + 'static,
    ) {
        let select = Rc::new(select);
        let click = gtk::GestureClick::builder()
            .button(gdk::BUTTON_SECONDARY)
            .build();
        let (popover, weak, accepts) = (
            self.popover.downgrade(),
            view.downgrade(),
            Rc::clone(&select),
        );
        click.connect_pressed(move |_, _, x, y| {
            let (Some(popover), Some(view)) = (popover.upgrade(), weak.upgrade()) else {
                return;
            };
            let row = view
                .pick(x, y, gtk::PickFlags::DEFAULT)
                .and_then(|widget| row_of(&widget));
            if row.is_some_and(|row| accepts(&row)) {
                open_at(&popover, view.upcast_ref(), x, y);
            }
        });
        view.add_controller(click);

        let keys = gtk::EventControllerKey::new();
        let (popover, weak) = (self.popover.downgrade(), view.downgrade());
        keys.connect_key_pressed(move |_, key, _, state| {
            let asked =
                key == Key::Menu || (key == Key::F10 && state.contains(ModifierType::SHIFT_MASK));
            let (true, Some(popover), Some(view)) = (asked, popover.upgrade(), weak.upgrade())
            else {
                return glib::Propagation::Proceed;
            };
            if let Some(row) = view.root().and_then(|root| root.focus())
                && focused().is_some_and(|row| select(&row))
            {
                open_at(&popover, &row, 24.0, f64::from(row.height()));
            }
            glib::Propagation::Stop
        });
        view.add_controller(keys);
    }
}

impl Drop for RowMenu {
    fn drop(&mut self) {
        self.popover.unparent();
    }
}

#[expect(clippy::cast_possible_truncation, reason = "pixels on a screen")]
fn open_at(popover: &gtk::PopoverMenu, widget: &gtk::Widget, x: f64, y: f64) {
    let point = graphene::Point::new(x as f32, y as f32);
    if let Some(place) = popover
        .parent()
        .and_then(|parent| widget.compute_point(&parent, &point))
    {
        let place = gdk::Rectangle::new(place.x() as i32, place.y() as i32, 1, 1);
        popover.set_pointing_to(Some(&place));
    }
    popover.popup();
}
