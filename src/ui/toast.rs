//! What is said in a window for a moment.

use std::cell::Cell;
use std::rc::Rc;

use adw::prelude::*;
use relm4::gtk::glib;
use relm4::{adw, gtk};

/// A text, which may hold words from outside.
pub fn toast(text: &str) -> adw::Toast {
    adw::Toast::builder().use_markup(false).title(text).build()
}

/// Shows a toast. When it goes with the focus in it, what had the focus before has it again.
pub fn show(toasts: &adw::ToastOverlay, toast: adw::Toast) {
    let content = toasts.child().map(|content| content.downgrade());
    show_and(toasts, toast, move |before| {
        let content = content.as_ref().and_then(glib::WeakRef::upgrade);
        if !before.is_some_and(|before| before.grab_focus())
            && let Some(content) = content
        {
            content.child_focus(gtk::DirectionType::TabForward);
        }
    });
}

/// Shows a toast. When it goes with the focus in it, which would leave the focus nowhere, `back` is called with
/// what had it before, as long as that can be seen.
pub fn show_and(
    toasts: &adw::ToastOverlay,
    toast: adw::Toast,
    back: impl Fn(Option<gtk::Widget>) + 'static,
) {
    if !toasts.is_mapped() {
        show_when_mapped(toasts, toast, back);
        return;
    }
    if let Some((window, content)) = window_of(toasts) {
        let before = Rc::new(glib::WeakRef::new());
        let note = {
            let (before, content) = (Rc::clone(&before), content.downgrade());
            move |window: &gtk::Window| {
                let focus = GtkWindowExt::focus(window);
                let content = content.upgrade();
                if let (Some(focus), Some(content)) = (focus, content)
                    && is_within(&focus, &content)
                {
                    before.set(Some(&focus));
                }
            }
        };
        note(&window);
        let noting = Cell::new(Some(window.connect_focus_widget_notify(note)));
        let toasts = toasts.downgrade();
        toast.connect_dismissed(move |_| {
            let Some((window, content)) = toasts.upgrade().as_ref().and_then(window_of) else {
                return;
            };
            if let Some(noting) = noting.take() {
                window.disconnect(noting);
            }
            let is_lost = GtkWindowExt::focus(&window).is_none_or(|focus| {
                let toasts = toasts.upgrade();
                toasts.is_some_and(|toasts| focus.is_ancestor(&toasts))
                    && !is_within(&focus, &content)
            });
            if is_lost {
                back(before.upgrade().filter(gtk::Widget::is_mapped));
            }
        });
    }
    toasts.add_toast(toast);
}

/// Shows it a frame after the window is there: one that opens gives the focus to what is in it then, which is not to
/// be this. Until then nothing is asked, as a hidden window may stay so.
fn show_when_mapped(
    toasts: &adw::ToastOverlay,
    toast: adw::Toast,
    back: impl Fn(Option<gtk::Widget>) + 'static,
) {
    let waiting = Rc::new(Cell::new(Some((toast, back))));
    let handler = Rc::new(Cell::new(None));
    let mapped = Rc::clone(&handler);
    let id = toasts.connect_map(move |toasts| {
        if let Some(id) = mapped.take() {
            toasts.disconnect(id);
        }
        let waiting = Rc::clone(&waiting);
        toasts.add_tick_callback(move |toasts, _| {
            if let Some((toast, back)) = waiting.take() {
                show_and(toasts, toast, back);
            }
            glib::ControlFlow::Break
        });
    });
    handler.set(Some(id));
}

/// The window that toasts are shown in, and what they are shown above.
fn window_of(toasts: &adw::ToastOverlay) -> Option<(gtk::Window, gtk::Widget)> {
    toasts.root().and_downcast().zip(toasts.child())
}

fn is_within(widget: &gtk::Widget, content: &gtk::Widget) -> bool {
    widget == content || widget.is_ancestor(content)
}
