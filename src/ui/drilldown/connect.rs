//! What a drill-down window is told by its surroundings: keys, size, whether it can be seen.

use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk;
use relm4::gtk::glib;

use super::keys::{self, Escape};
use super::message::Message;
use super::widgets::Widgets;
use crate::ui::focus::Keeper;

/// Has the window tell. `topic` is what its help is about.
pub fn connect_window(
    root: &adw::Window,
    widgets: &Widgets,
    topic: &str,
    send: &(impl Fn(Message) + Clone + 'static),
) {
    let tell = send.clone();
    root.connect_close_request(move |_| {
        tell(Message::CloseAsked);
        glib::Propagation::Stop
    });
    let tell = send.clone();
    root.connect_map(move |root| tell(Message::SightChanged(!root.is_suspended())));
    let tell = send.clone();
    root.connect_unmap(move |_| tell(Message::SightChanged(false)));
    let tell = send.clone();
    root.connect_suspended_notify(move |root| tell(Message::SightChanged(!root.is_suspended())));

    keys::add_shortcuts(root, topic);
    let escape = Escape::default();
    let tell = send.clone();
    escape.watch(root, move || tell(Message::Escaped));
    for popover in popovers(widgets) {
        escape.watch_popover(&popover);
    }
    let tell = send.clone();
    keys::watch_filter(&widgets.filter, move || tell(Message::FilterLeft));
    add_breakpoints(root, send);
}

/// The popovers that the window has from the start.
fn popovers(widgets: &Widgets) -> Vec<gtk::Widget> {
    let lists = [&widgets.interval, &widgets.limit];
    let of_lists = lists.into_iter().flat_map(|list| {
        std::iter::successors(list.first_child(), WidgetExt::next_sibling)
            .filter(ObjectExt::is::<gtk::Popover>)
    });
    let of_buttons = [&widgets.menu, &widgets.notes]
        .into_iter()
        .filter_map(|button| Some(button.popover()?.upcast()));
    of_lists.chain(of_buttons).collect()
}

/// One breakpoint holds at a time, so the one for windows both narrow and low comes last.
fn add_breakpoints(root: &adw::Window, send: &(impl Fn(Message) + Clone + 'static)) {
    const NARROW: &str = "max-width: 600sp";
    const LOW: &str = "max-height: 420px";
    let keeper = Keeper::new(root);
    for (condition, narrow, low) in [
        (NARROW.to_owned(), true, false),
        (LOW.to_owned(), false, true),
        (format!("{NARROW} and {LOW}"), true, true),
    ] {
        let Ok(condition) = adw::BreakpointCondition::parse(&condition) else {
            continue;
        };
        let breakpoint = adw::Breakpoint::new(condition);
        let tell = send.clone();
        breakpoint.connect_apply(move |_| {
            tell(Message::NarrowChanged(narrow));
            tell(Message::LowChanged(low));
        });
        let tell = send.clone();
        breakpoint.connect_unapply(move |_| {
            tell(Message::NarrowChanged(false));
            tell(Message::LowChanged(false));
        });
        keeper.watch(&breakpoint);
        root.add_breakpoint(breakpoint);
    }
}
