//! The window of the help: topics with a search, and beside them the one that is read.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use adw::prelude::*;
use gettextrs::gettext;
use gtk::gdk::{Key, ModifierType};
use gtk::glib;
use relm4::{adw, gtk};

use super::text::TopicText;
use super::topic::Page;
use super::topics::TOPICS;

/// Names of the pages of the stack beside the search.
const FOUND: &str = "found";
const NOTHING: &str = "nothing";

/// The window.
pub struct HelpWindow(Rc<Inner>);

struct Inner {
    window: adw::Window,
    split: adw::NavigationSplitView,
    content: adw::NavigationPage,
    search: gtk::SearchEntry,
    list: gtk::ListBox,
    stack: gtk::Stack,
    text: TopicText,
    pages: Vec<Page>,
    shown: RefCell<Option<&'static str>>,
    is_open: Cell<bool>,
}

impl HelpWindow {
    /// Shows the first topic.
    pub fn new(application: &gtk::Application) -> Self {
        let inner = Rc::new(Inner {
            window: adw::Window::builder()
                .application(application)
                .title(gettext("Help"))
                .default_width(860)
                .default_height(600)
                .width_request(360)
                .height_request(294)
                .build(),
            split: adw::NavigationSplitView::builder()
                .min_sidebar_width(220.0)
                .build(),
            content: adw::NavigationPage::builder()
                .title(gettext("Help"))
                .build(),
            search: gtk::SearchEntry::builder()
                .placeholder_text(gettext("Search the help"))
                .build(),
            list: gtk::ListBox::builder()
                .css_classes(["navigation-sidebar"])
                .build(),
            stack: gtk::Stack::new(),
            text: TopicText::new(),
            pages: TOPICS.iter().map(Page::of).collect(),
            shown: RefCell::default(),
            is_open: Cell::new(true),
        });
        inner
            .search
            .update_property(&[gtk::accessible::Property::Label(&gettext(
                "Search the help",
            ))]);
        inner.build();
        Inner::connect(&inner);
        inner.select(0);
        Self(inner)
    }

    /// Whether it was not closed.
    pub fn is_open(&self) -> bool {
        self.0.is_open.get()
    }

    /// The window itself.
    pub fn widget(&self) -> &adw::Window {
        &self.0.window
    }

    /// Shows the topic of this name, where there is one, whatever was searched for.
    pub fn show_topic(&self, name: &str) {
        if let Some(at) = self.0.pages.iter().position(|page| page.name == name) {
            self.0.search.set_text("");
            self.0.filter();
            self.0.select(at);
            self.0.read();
        }
    }
}

impl Inner {
    fn build(&self) {
        for page in &self.pages {
            let label = gtk::Label::builder()
                .label(&page.title)
                .xalign(0.0)
                .wrap(true)
                .build();
            let row = gtk::ListBoxRow::builder().child(&label).build();
            row.update_property(&[gtk::accessible::Property::Label(&page.title)]);
            self.list.append(&row);
        }
        let scrolled = gtk::ScrolledWindow::builder()
            .hscrollbar_policy(gtk::PolicyType::Never)
            .child(&self.list)
            .build();
        let nothing = adw::StatusPage::builder()
            .icon_name("edit-find-symbolic")
            .title(gettext("No Results"))
            .description(gettext("No topic has all of these words."))
            .css_classes(["compact"])
            .build();
        self.stack.add_named(&scrolled, Some(FOUND));
        self.stack.add_named(&nothing, Some(NOTHING));

        let bar = gtk::Box::builder()
            .margin_start(6)
            .margin_end(6)
            .margin_bottom(6)
            .build();
        self.search.set_hexpand(true);
        bar.append(&self.search);
        let topics = adw::ToolbarView::builder().content(&self.stack).build();
        topics.add_top_bar(&adw::HeaderBar::new());
        topics.add_top_bar(&bar);
        let sidebar = adw::NavigationPage::builder()
            .title(gettext("Help"))
            .child(&topics)
            .build();

        let clamp = adw::ClampScrollable::builder()
            .maximum_size(760)
            .child(self.text.widget())
            .build();
        let scrolled = gtk::ScrolledWindow::builder().child(&clamp).build();
        let view = adw::ToolbarView::builder().content(&scrolled).build();
        // The title stands in the text.
        view.add_top_bar(&adw::HeaderBar::builder().show_title(false).build());
        self.content.set_child(Some(&view));

        self.split.set_sidebar(Some(&sidebar));
        self.split.set_content(Some(&self.content));
        self.window.set_content(Some(&self.split));
        if let Ok(condition) = adw::BreakpointCondition::parse("max-width: 600sp") {
            let narrow = adw::Breakpoint::new(condition);
            narrow.add_setter(&self.split, "collapsed", Some(&true.to_value()));
            self.window.add_breakpoint(narrow);
        }
    }

    fn connect(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        self.window.connect_close_request(move |_| {
            if let Some(inner) = weak.upgrade() {
                inner.is_open.set(false);
            }
            glib::Propagation::Proceed
        });
        let weak = Rc::downgrade(self);
        self.search.connect_changed(move |_| {
            if let Some(inner) = weak.upgrade() {
                inner.filter();
            }
        });
        let weak = Rc::downgrade(self);
        self.search.connect_activate(move |_| {
            if let Some(inner) = weak.upgrade() {
                inner.read();
            }
        });
        let window = self.window.downgrade();
        self.search.connect_stop_search(move |search| {
            if !search.text().is_empty() {
                search.set_text("");
            } else if let Some(window) = window.upgrade() {
                window.close();
            }
        });
        let weak = Rc::downgrade(self);
        self.list.connect_row_selected(move |_, row| {
            if let (Some(inner), Some(row)) = (weak.upgrade(), row) {
                inner.show(row.index());
            }
        });
        let weak = Rc::downgrade(self);
        self.list.connect_row_activated(move |_, _| {
            if let Some(inner) = weak.upgrade() {
                inner.read();
            }
        });
        self.connect_keys();
        self.connect_tab();
    }

    fn connect_keys(self: &Rc<Self>) {
        let keys = gtk::ShortcutController::new();
        let add = |trigger: &str, does: fn(&Self)| {
            let weak = Rc::downgrade(self);
            let action = gtk::CallbackAction::new(move |_, _| {
                if let Some(inner) = weak.upgrade() {
                    does(&inner);
                }
                glib::Propagation::Stop
            });
            keys.add_shortcut(gtk::Shortcut::new(
                gtk::ShortcutTrigger::parse_string(trigger),
                Some(action),
            ));
        };
        add("<Control>f", |inner| {
            inner.split.set_show_content(false);
            inner.search.grab_focus();
        });
        add("<Control>w", |inner| inner.window.close());
        add("Escape", |inner| {
            if inner.split.is_collapsed() && inner.split.shows_content() {
                inner.split.set_show_content(false);
                inner.search.grab_focus();
            } else {
                inner.window.close();
            }
        });
        self.window.add_controller(keys);
    }

    /// Has Tab go from the search to the topic that is read, to its text and back: a list takes it for
    /// its next row, or for its last, and would show that.
    fn connect_tab(self: &Rc<Self>) {
        self.add_tab(self.list.upcast_ref(), |inner, forward| {
            if !forward {
                return inner.search.grab_focus();
            }
            inner.is_text_shown() && inner.text.widget().grab_focus()
        });
        self.add_tab(self.text.widget().upcast_ref(), |inner, forward| {
            let row = inner.list.selected_row().filter(WidgetExt::is_mapped);
            !forward && row.is_some_and(|row| row.grab_focus())
        });
    }

    fn add_tab(self: &Rc<Self>, widget: &gtk::Widget, goes: fn(&Self, bool) -> bool) {
        let keys = gtk::EventControllerKey::new();
        keys.set_propagation_phase(gtk::PropagationPhase::Capture);
        let weak = Rc::downgrade(self);
        keys.connect_key_pressed(move |_, key, _, state| {
            let forward = match key {
                Key::ISO_Left_Tab => false,
                Key::Tab | Key::KP_Tab => !state.contains(ModifierType::SHIFT_MASK),
                _ => return glib::Propagation::Proceed,
            };
            let is_other = state.contains(ModifierType::CONTROL_MASK);
            let went = !is_other && weak.upgrade().is_some_and(|inner| goes(&inner, forward));
            if went {
                glib::Propagation::Stop
            } else {
                glib::Propagation::Proceed
            }
        });
        widget.add_controller(keys);
    }

    fn is_text_shown(&self) -> bool {
        !self.split.is_collapsed() || self.split.shows_content()
    }

    /// Lists the topics with what is searched for. The first is shown where the one that was shown is
    /// not among them.
    fn filter(&self) {
        let words = self.search.text();
        let mut first = None;
        let mut keeps = false;
        for (at, page) in self.pages.iter().enumerate() {
            let found = page.matches(&words);
            let row = i32::try_from(at)
                .ok()
                .and_then(|at| self.list.row_at_index(at));
            if let Some(row) = row {
                row.set_visible(found);
            }
            if found {
                first = first.or(Some(at));
                keeps |= *self.shown.borrow() == Some(page.name);
            }
        }
        let name = if first.is_some() { FOUND } else { NOTHING };
        if self.stack.visible_child_name().as_deref() != Some(name) {
            self.stack.set_visible_child_name(name);
            if first.is_none() {
                self.search.announce(
                    &gettext("No Results"),
                    gtk::AccessibleAnnouncementPriority::Medium,
                );
            }
        }
        self.text.mark(&words);
        if let Some(first) = first.filter(|_| !keeps) {
            self.select(first);
        }
    }

    fn select(&self, at: usize) {
        let row = i32::try_from(at)
            .ok()
            .and_then(|at| self.list.row_at_index(at));
        self.list.select_row(row.as_ref());
    }

    fn show(&self, at: i32) {
        let page = usize::try_from(at).ok().and_then(|at| self.pages.get(at));
        if let Some(page) = page {
            self.shown.replace(Some(page.name));
            self.content.set_title(&page.title);
            self.text.show(page, &self.search.text());
        }
    }

    /// Goes from the topics to the text.
    fn read(&self) {
        self.split.set_show_content(true);
        self.text.widget().grab_focus();
    }
}
