//! Offers ways to go on with the filter that is being typed. The focus stays in the entry: whoever
//! knows what to type is not held up.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gettextrs::{gettext, ngettext};
use relm4::gtk;
use relm4::gtk::gdk::{Key, ModifierType};
use relm4::gtk::glib;
use relm4::gtk::pango;
use relm4::gtk::prelude::*;

use crate::model::query::{Completion, completions};
use crate::model::table::Row;
use crate::ui::language::translated;

/// The list below the entry.
#[derive(Clone)]
pub struct Completions(Rc<Inner>);

struct Inner {
    entry: gtk::SearchEntry,
    popover: gtk::Popover,
    list: gtk::ListBox,
    find: fn(&str, usize) -> Vec<Completion>,
    found: RefCell<Vec<Completion>>,
    /// Which one the arrow keys chose.
    chosen: Cell<Option<usize>>,
    /// While a completion is put in, which is no typing.
    completing: Cell<bool>,
}

impl Completions {
    /// Offers the fields and values of rows `R` in `entry`.
    pub fn new<R: Row>(entry: &gtk::SearchEntry) -> Self {
        let list = gtk::ListBox::builder()
            .selection_mode(gtk::SelectionMode::Single)
            .can_focus(false)
            .css_classes(["sysmon-completions"])
            .build();
        list.update_property(&[gtk::accessible::Property::Label(&gettext("Completions"))]);
        let popover = gtk::Popover::builder()
            .child(&list)
            .autohide(false)
            .can_focus(false)
            .has_arrow(false)
            .position(gtk::PositionType::Bottom)
            .halign(gtk::Align::Start)
            .css_classes(["menu"])
            .build();
        popover.set_parent(entry);
        let inner = Rc::new(Inner {
            entry: entry.clone(),
            popover,
            list,
            find: completions::<R>,
            found: RefCell::default(),
            chosen: Cell::new(None),
            completing: Cell::new(false),
        });
        Inner::connect(&inner);
        Self(inner)
    }

    /// Takes the list away. Whether it was there.
    pub fn close(&self) -> bool {
        self.0.close()
    }
}

impl Inner {
    fn connect(self: &Rc<Self>) {
        let with = |act: fn(&Self)| {
            let weak: Weak<Self> = Rc::downgrade(self);
            move || {
                if let Some(inner) = weak.upgrade() {
                    act(&inner);
                }
            }
        };
        let typed = with(Self::typed);
        // Not "search-changed", which waits: what is offered belongs to what stands there.
        self.entry.connect_changed(move |_| typed());
        let left = with(|inner| {
            inner.close();
        });
        let focus = gtk::EventControllerFocus::new();
        focus.connect_leave(move |_| left());
        self.entry.add_controller(focus);
        let gone = with(|inner| inner.popover.unparent());
        self.entry.connect_unrealize(move |_| gone());

        let keys = gtk::EventControllerKey::new();
        keys.set_propagation_phase(gtk::PropagationPhase::Capture);
        let weak = Rc::downgrade(self);
        keys.connect_key_pressed(move |_, key, _, state| {
            let Some(inner) = weak.upgrade() else {
                return glib::Propagation::Proceed;
            };
            let combined = ModifierType::CONTROL_MASK | ModifierType::ALT_MASK;
            if state.intersects(combined) {
                return glib::Propagation::Proceed;
            }
            inner.key(key)
        });
        self.entry.add_controller(keys);

        let weak = Rc::downgrade(self);
        self.list.connect_row_activated(move |_, row| {
            if let Some(inner) = weak.upgrade() {
                inner.take(usize::try_from(row.index()).ok());
            }
        });
    }

    fn key(&self, key: Key) -> glib::Propagation {
        if !self.popover.is_visible() {
            return glib::Propagation::Proceed;
        }
        match key {
            Key::Tab => self.take(self.chosen.get().or(Some(0))),
            // Without a choice the key means what it means without a list.
            Key::Return | Key::KP_Enter if self.chosen.get().is_some() => {
                self.take(self.chosen.get());
            }
            Key::Down | Key::KP_Down => self.choose(1),
            Key::Up | Key::KP_Up => self.choose(-1),
            _ => return glib::Propagation::Proceed,
        }
        glib::Propagation::Stop
    }

    fn typed(&self) {
        let by_hand = self.entry.delegate().is_some_and(|text| text.has_focus());
        if self.completing.get() || !by_hand {
            self.close();
            return;
        }
        let text = self.entry.text();
        // The text changes before the cursor moves: it stands behind what was typed last, which
        // is nearly always the end.
        let found = (self.find)(&text, text.chars().count());
        if found.is_empty() {
            self.close();
            return;
        }
        if *self.found.borrow() == found && self.popover.is_visible() {
            return;
        }
        self.chosen.set(None);
        self.list.remove_all();
        for completion in &found {
            self.list.append(&line(completion));
        }
        self.list.unselect_all();
        let words = ngettext(
            "{n} completion, Tab takes “{first}”",
            "{n} completions, Tab takes “{first}”",
            u32::try_from(found.len()).unwrap_or(u32::MAX),
        )
        .replace("{n}", &found.len().to_string())
        .replace("{first}", &found[0].text);
        self.found.replace(found);
        self.popover.popup();
        self.announce(&words);
    }

    fn choose(&self, step: isize) {
        let count = self.found.borrow().len();
        let next = match self.chosen.get() {
            None if step < 0 => count.saturating_sub(1),
            None => 0,
            Some(at) => at.saturating_add_signed(step).min(count.saturating_sub(1)),
        };
        self.chosen.set(Some(next));
        let row = i32::try_from(next).ok();
        let row = row.and_then(|at| self.list.row_at_index(at));
        self.list.select_row(row.as_ref());
        let words = self.found.borrow().get(next).map(spoken);
        if let Some(words) = words {
            self.announce(&words);
        }
    }

    /// Puts one in the place of what was typed.
    fn take(&self, at: Option<usize>) {
        let completion = at.and_then(|at| self.found.borrow().get(at).cloned());
        self.close();
        let Some(completion) = completion else { return };
        let text: Vec<char> = self.entry.text().chars().collect();
        let rest = text.get(completion.range.end..).unwrap_or_default();
        let before = text.get(..completion.range.start).unwrap_or_default();
        let before: String = before
            .iter()
            .chain(&completion.text.chars().collect::<Vec<_>>())
            .collect();
        let cursor = before.chars().count();
        let whole: String = before.chars().chain(rest.iter().copied()).collect();
        self.completing.set(true);
        self.entry.set_text(&whole);
        self.entry
            .set_position(i32::try_from(cursor).unwrap_or(i32::MAX));
        self.completing.set(false);
    }

    fn close(&self) -> bool {
        let was_open = self.popover.is_visible();
        if was_open {
            self.popover.popdown();
        }
        self.found.borrow_mut().clear();
        self.chosen.set(None);
        was_open
    }

    fn announce(&self, words: &str) {
        self.entry
            .announce(words, gtk::AccessibleAnnouncementPriority::Low);
    }
}

fn line(completion: &Completion) -> gtk::Box {
    let text = gtk::Label::builder()
        .label(&completion.text)
        .xalign(0.0)
        .width_chars(9)
        .css_classes(["monospace"])
        .build();
    let description = gtk::Label::builder()
        .label(translated(completion.description))
        .xalign(0.0)
        .ellipsize(pango::EllipsizeMode::End)
        .css_classes(["dim-label"])
        .build();
    let line = gtk::Box::builder().spacing(12).build();
    line.append(&text);
    line.append(&description);
    line
}

fn spoken(completion: &Completion) -> String {
    format!(
        "{}, {}",
        completion.text,
        translated(completion.description)
    )
}
