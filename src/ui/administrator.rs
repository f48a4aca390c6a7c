//! Administrator mode in the windows: the way in, the mark while it is on, and the way back.

use adw::prelude::*;
use gettextrs::gettext;
use relm4::gtk::{gio, glib};
use relm4::{Sender, adw, gtk};

use super::actions::ADMINISTRATOR_MODE;
use super::app::AppMsg;
use super::menus;

/// The action that goes back to ordinary rights.
const LEAVE: &str = "leave-administrator-mode";

/// Adds the actions, which tell `sender`. Where nothing more could be read, the mode is not `offered`.
pub fn install(app: &gtk::Application, offered: bool, sender: &Sender<AppMsg>) {
    let mode = gio::SimpleAction::new_stateful(ADMINISTRATOR_MODE, None, &false.to_variant());
    mode.set_enabled(offered);
    let input = sender.clone();
    mode.connect_activate(move |_, _| input.emit(AppMsg::AdministratorToggled));
    app.add_action(&mode);
    let leave = gio::SimpleAction::new(LEAVE, None);
    let input = sender.clone();
    leave.connect_activate(move |_, _| input.emit(AppMsg::AdministratorLeft));
    app.add_action(&leave);
}

/// What stands in a menu for it; nothing where it is not offered.
pub fn menu_item() -> gio::MenuItem {
    let action = action_name();
    let item = gio::MenuItem::new(Some(&gettext("_Administrator Mode…")), Some(&action));
    item.set_attribute_value("hidden-when", Some(&"action-disabled".to_variant()));
    item
}

/// The action's name in all windows.
pub fn action_name() -> String {
    format!("app.{ADMINISTRATOR_MODE}")
}

/// Whether it can be asked for.
pub fn is_offered() -> bool {
    action().is_some_and(|action| action.is_enabled() && !is_on_by(&action))
}

/// Whether it is on.
pub fn is_on() -> bool {
    action().as_ref().is_some_and(is_on_by)
}

fn is_on_by(action: &gio::SimpleAction) -> bool {
    action
        .state()
        .and_then(|state| state.get())
        .unwrap_or(false)
}

/// Tells all windows whether it is on.
pub fn show(on: bool) {
    if let Some(action) = action() {
        action.set_state(&on.to_variant());
    }
}

/// Lets it be asked for, or not while it is being asked for.
pub fn enable(can: bool) {
    if let Some(action) = action() {
        action.set_enabled(can);
    }
}

fn action() -> Option<gio::SimpleAction> {
    let action = relm4::main_application().lookup_action(ADMINISTRATOR_MODE);
    action.and_downcast()
}

/// What a window's header bar shows while it is on, with the way back.
pub fn mark() -> gtk::MenuButton {
    let menu = gio::Menu::new();
    menu.append(
        Some(&gettext("_Leave Administrator Mode")),
        Some(&format!("app.{LEAVE}")),
    );
    let meaning = gettext("Administrator mode: everything is read with root’s rights");
    let mark = gtk::MenuButton::builder()
        .icon_name("security-high-symbolic")
        .tooltip_text(&meaning)
        .menu_model(&menu)
        .css_classes(["warning"])
        .visible(false)
        .build();
    menus::prepare_button(&mark);
    mark.update_property(&[gtk::accessible::Property::Label(&meaning)]);
    if let Some(action) = action() {
        action
            .bind_property("state", &mark, "visible")
            .transform_to(|_, state: Option<glib::Variant>| state.and_then(|it| it.get::<bool>()))
            .sync_create()
            .build();
    }
    mark
}
