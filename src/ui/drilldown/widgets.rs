//! The widgets of a drill-down window, and how they show what the window's state says.

use gettextrs::gettext;
use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk;
use relm4::gtk::glib;

use super::completion::Completions;
use super::empty::{Remedy, Shown};
use super::menu::{self, GROUP};
use super::message::{Choice, Message};
use super::state::{INTERVALS, LIMITS, ViewState};
use crate::ui::administrator;
use crate::ui::menus;

/// All widgets that change.
pub struct Widgets {
    /// The pages: the table, and above it the details.
    pub navigation: adw::NavigationView,
    /// The page of the table.
    pub main: adw::NavigationPage,
    /// Title and subtitle.
    pub title: adw::WindowTitle,
    /// What tells of files that were saved.
    pub toasts: adw::ToastOverlay,
    /// Pause, or go on.
    pub pause: gtk::ToggleButton,
    /// Opens the window's menu.
    pub menu: gtk::MenuButton,
    /// Leads to the other view, where there is one.
    pub switch: Option<gtk::Button>,
    /// Words that rows must have.
    pub filter: gtk::SearchEntry,
    /// Ways to go on with it.
    pub completions: Completions,
    /// Why the filter cannot be understood.
    pub problem: gtk::Label,
    /// Seconds between two snapshots.
    pub interval: gtk::DropDown,
    /// How many rows.
    pub limit: gtk::DropDown,
    /// What went wrong.
    pub banner: adw::Banner,
    /// Which time is shown, where that is not the present.
    pub past: adw::Banner,
    /// What happened in the range of time that is shown.
    pub explanation: gtk::Label,
    /// Rows, or what stands in their place.
    pub stack: gtk::Stack,
    /// What stands in the place of rows.
    pub empty: adw::StatusPage,
    /// What can be done about it.
    pub remedy: gtk::Button,
    /// The line below the rows.
    pub footer: gtk::Box,
    /// Says that the order is held, and sorts.
    pub badge: gtk::Button,
    /// What the table costs and what could not be read, in short.
    pub notes: gtk::MenuButton,
    /// The same in full.
    pub notes_text: gtk::Label,
    /// Below it, where something may not be read: the way to read it.
    pub notes_administrator: gtk::Button,
}

/// What a subject fills the window with.
pub struct Content<'a> {
    /// The window's title.
    pub title: String,
    /// The button that leads to the other view; `None` where there is none.
    pub switch: Option<String>,
    /// Whether a recording is shown, which can neither be paused nor brought up to date.
    pub replayed: bool,
    /// The table.
    pub table: &'a gtk::Widget,
    /// The graph above it.
    pub strip: &'a gtk::Widget,
    /// Makes what completes the filter.
    pub completions: fn(&gtk::SearchEntry) -> Completions,
}

/// Pixels left free beside all that the window holds; the style sheet has the same beside rows and the footer.
pub(super) const EDGE: i32 = 12;

/// Names of the pages of the stack.
const ROWS: &str = "rows";
const WAITING: &str = "waiting";
const EMPTY: &str = "empty";

impl Widgets {
    /// Builds the window around its content.
    pub fn new(
        root: &adw::Window,
        content: &Content<'_>,
        state: &ViewState,
        send: &(impl Fn(Message) + Clone + 'static),
    ) -> Self {
        let window_title = adw::WindowTitle::new(&content.title, "");
        let pause = gtk::ToggleButton::builder()
            .icon_name("media-playback-pause-symbolic")
            .tooltip_text(gettext("Pause"))
            .action_name(format!("{GROUP}.pause"))
            .visible(!content.replayed)
            .build();
        let update = gtk::Button::builder()
            .icon_name("view-refresh-symbolic")
            .tooltip_text(gettext("Update Now"))
            .action_name(format!("{GROUP}.update"))
            .visible(!content.replayed)
            .build();
        let menu = gtk::MenuButton::builder()
            .icon_name("view-more-symbolic")
            .tooltip_text(gettext("Main Menu"))
            .primary(true)
            .build();
        menus::prepare_button(&menu);
        let header = adw::HeaderBar::builder()
            .title_widget(&window_title)
            .build();
        header.pack_start(&pause);
        header.pack_start(&update);
        header.pack_end(&menu);
        header.pack_end(&administrator::mark());
        let switch = content.switch.as_deref().map(switch_button);
        if let Some(switch) = &switch {
            header.pack_end(switch);
        }

        let (bar, filter, interval, limit) = filter_bar(state, send);
        let banner = adw::Banner::new("");
        interval.set_visible(!content.replayed);
        let past = past_banner(content.replayed);
        let empty = adw::StatusPage::builder().css_classes(["compact"]).build();
        let remedy = gtk::Button::builder()
            .halign(gtk::Align::Center)
            .css_classes(["pill"])
            .build();
        empty.set_child(Some(&remedy));
        let waiting = spinner();
        waiting.update_property(&[gtk::accessible::Property::Label(&gettext(
            "Reading processes",
        ))]);
        let stack = gtk::Stack::new();
        stack.add_named(&waiting, Some(WAITING));
        stack.add_named(content.table, Some(ROWS));
        stack.add_named(&empty, Some(EMPTY));

        let (footer, badge, notes, (notes_text, notes_administrator)) = footer();
        let view = adw::ToolbarView::builder()
            .content(&stack)
            .bottom_bar_style(adw::ToolbarStyle::RaisedBorder)
            .build();
        view.add_top_bar(&header);
        view.add_top_bar(&banner);
        view.add_top_bar(&past);
        view.add_top_bar(&bar);
        let problem = problem_label();
        view.add_top_bar(&problem);
        view.add_top_bar(content.strip);
        let explanation = explanation_label();
        view.add_top_bar(&explanation);
        view.add_bottom_bar(&footer);

        let main = adw::NavigationPage::builder()
            .title(&content.title)
            .child(&view)
            .build();
        let navigation = adw::NavigationView::builder().pop_on_escape(false).build();
        navigation.add(&main);
        let toasts = adw::ToastOverlay::new();
        toasts.set_child(Some(&navigation));
        root.set_content(Some(&toasts));
        Self {
            toasts,
            navigation,
            main,
            title: window_title,
            pause,
            menu,
            switch,
            completions: (content.completions)(&filter),
            filter,
            problem,
            interval,
            limit,
            banner,
            past,
            explanation,
            stack,
            empty,
            remedy,
            footer,
            badge,
            notes,
            notes_text,
            notes_administrator,
        }
    }

    /// Shows what the table costs and what could not be read in full, unless it is being read.
    pub fn show_notes(&self, text: &str) {
        if !self.notes_text.has_focus() {
            self.notes_text.set_label(text);
        }
    }

    /// Whether the focus is in what is shown of the past alone.
    pub fn past_has_focus(&self) -> bool {
        let focus = self.past.root().and_then(|window| window.focus());
        focus.is_some_and(|it| it.is_ancestor(&self.past) || it == self.explanation)
    }

    /// Offers to read as administrator, where something may not be read and that would help.
    pub fn offer_administrator(&self, denied: bool) {
        self.notes_administrator
            .set_visible(denied && administrator::is_offered());
    }

    /// Shows rows, or what stands in their place. `patient` is while a spinner would only flash.
    pub fn show(&self, shown: &Shown, patient: bool) {
        match shown {
            Shown::Rows => self.stack.set_visible_child_name(ROWS),
            Shown::Waiting => {
                self.stack.set_visible_child_name(WAITING);
                if let Some(spinner) = self.stack.visible_child().and_downcast::<gtk::Spinner>() {
                    spinner.set_spinning(!patient);
                    spinner.set_visible(!patient);
                }
            }
            Shown::Empty {
                title,
                description,
                remedy,
            } => {
                self.empty.set_title(&glib::markup_escape_text(title));
                self.empty
                    .set_description(Some(&glib::markup_escape_text(description)));
                self.empty.set_icon_name(Some(match remedy {
                    Some(Remedy::ClearFilter) => "edit-find-symbolic",
                    Some(Remedy::ShowAll) => "view-list-symbolic",
                    Some(Remedy::BecomeAdministrator) => "changes-prevent-symbolic",
                    None => "dialog-information-symbolic",
                }));
                self.show_remedy(*remedy);
                self.stack.set_visible_child_name(EMPTY);
            }
        }
    }

    fn show_remedy(&self, remedy: Option<Remedy>) {
        let remedy =
            remedy.filter(|it| *it != Remedy::BecomeAdministrator || administrator::is_offered());
        self.remedy.set_visible(remedy.is_some());
        match remedy {
            Some(Remedy::ClearFilter) => {
                self.remedy.set_label(&gettext("Clear Filter"));
                self.remedy
                    .set_action_name(Some(&format!("{GROUP}.clear-filter")));
            }
            Some(Remedy::ShowAll) => {
                self.remedy.set_label(&gettext("Show All Processes"));
                self.remedy
                    .set_action_name(Some(&format!("{GROUP}.show-all")));
            }
            Some(Remedy::BecomeAdministrator) => {
                self.remedy.set_label(&gettext("Administrator Mode…"));
                self.remedy
                    .set_action_name(Some(&administrator::action_name()));
            }
            None => {}
        }
    }

    /// Shows why the filter cannot be understood.
    pub fn show_problem(&self, problem: Option<&str>) {
        let invalid = problem.is_some();
        if let Some(problem) = problem {
            self.problem.set_label(problem);
        }
        if self.problem.is_visible() == invalid {
            return;
        }
        self.problem.set_visible(invalid);
        if invalid {
            self.filter.add_css_class("error");
            self.filter.update_state(&[gtk::accessible::State::Invalid(
                gtk::AccessibleInvalidState::True,
            )]);
        } else {
            self.filter.remove_css_class("error");
            self.filter.reset_state(gtk::AccessibleState::Invalid);
        }
    }

    /// Shows whether the view is paused.
    pub fn show_paused(&self, paused: bool) {
        self.pause.set_active(paused);
        let (icon, tooltip) = if paused {
            ("media-playback-start-symbolic", gettext("Resume"))
        } else {
            ("media-playback-pause-symbolic", gettext("Pause"))
        };
        self.pause.set_icon_name(icon);
        self.pause.set_tooltip_text(Some(&tooltip));
    }

    /// Shows the chosen interval.
    pub fn show_interval(&self, seconds: u32) {
        select(
            &self.interval,
            INTERVALS.iter().position(|&other| other == seconds),
        );
    }

    /// Shows the chosen limit.
    pub fn show_limit(&self, limit: Option<u32>) {
        select(&self.limit, LIMITS.iter().position(|&other| other == limit));
    }
}

/// Turns while the first rows are waited for.
fn switch_button(label: &str) -> gtk::Button {
    gtk::Button::builder()
        .label(label)
        .action_name(format!("{GROUP}.switch"))
        .build()
}

fn spinner() -> gtk::Spinner {
    gtk::Spinner::builder()
        .halign(gtk::Align::Center)
        .valign(gtk::Align::Center)
        .width_request(32)
        .height_request(32)
        .build()
}

/// Says which time is shown, and leads back.
fn past_banner(replayed: bool) -> adw::Banner {
    let back = if replayed {
        // Translators: to the end of a recording.
        gettext("To the End")
    } else {
        gettext("Back to Live")
    };
    adw::Banner::builder()
        .use_markup(false)
        .button_label(back)
        .action_name(format!("{GROUP}.live"))
        .build()
}

/// Why the filter cannot be understood.
fn problem_label() -> gtk::Label {
    gtk::Label::builder()
        .css_classes(["caption", "error"])
        .xalign(0.0)
        .wrap(true)
        .margin_start(EDGE)
        .margin_end(EDGE)
        .margin_bottom(6)
        .visible(false)
        .build()
}

/// A sentence below the graph.
fn explanation_label() -> gtk::Label {
    gtk::Label::builder()
        .xalign(0.0)
        .wrap(true)
        .selectable(true)
        .margin_top(3)
        .margin_start(EDGE)
        .margin_end(EDGE)
        .margin_bottom(6)
        .css_classes(["numeric"])
        .visible(false)
        .build()
}

fn select(list: &gtk::DropDown, at: Option<usize>) {
    if let Some(at) = at.and_then(|at| u32::try_from(at).ok())
        && list.selected() != at
    {
        list.set_selected(at);
    }
}

fn filter_bar(
    state: &ViewState,
    send: &(impl Fn(Message) + Clone + 'static),
) -> (gtk::Box, gtk::SearchEntry, gtk::DropDown, gtk::DropDown) {
    let filter = gtk::SearchEntry::builder()
        .hexpand(true)
        .placeholder_text(gettext("Filter by name, PID, user:ann…"))
        .search_delay(100)
        .build();
    filter.update_property(&[gtk::accessible::Property::Label(&gettext("Filter"))]);
    let intervals = INTERVALS.map(menu::interval_text);
    let interval = drop_down(&intervals, &gettext("Interval"));
    let limits = LIMITS.map(menu::limit_text);
    let limit = drop_down(&limits, &gettext("Limit"));
    select(
        &interval,
        INTERVALS.iter().position(|&other| other == state.interval),
    );
    select(
        &limit,
        LIMITS.iter().position(|&other| other == state.limit),
    );

    let tell = send.clone();
    filter.connect_search_changed(move |filter| tell(Message::FilterChanged(filter.text().into())));
    let tell = send.clone();
    interval.connect_selected_notify(move |list| {
        if let Some(&seconds) = INTERVALS.get(list.selected() as usize) {
            tell(Message::Chosen(Choice::Interval(seconds)));
        }
    });
    let tell = send.clone();
    limit.connect_selected_notify(move |list| {
        if let Some(&limit) = LIMITS.get(list.selected() as usize) {
            tell(Message::Chosen(Choice::Limit(limit)));
        }
    });

    let bar = gtk::Box::builder()
        .spacing(6)
        .margin_top(6)
        .margin_start(EDGE)
        .margin_end(EDGE)
        .margin_bottom(6)
        .build();
    bar.append(&filter);
    bar.append(&interval);
    bar.append(&limit);
    (bar, filter, interval, limit)
}

fn drop_down(choices: &[String], name: &str) -> gtk::DropDown {
    let choices: Vec<&str> = choices.iter().map(String::as_str).collect();
    let list = gtk::DropDown::from_strings(&choices);
    list.set_tooltip_text(Some(name));
    list.update_property(&[gtk::accessible::Property::Label(name)]);
    // What takes the focus is a button in it, whose name is what was chosen: "All" says nothing alone.
    if let Some(button) = list.first_child() {
        button.update_property(&[gtk::accessible::Property::Description(name)]);
    }
    list
}

/// Takes the focus when its popover opens, as what has it is read.
fn notes_label() -> gtk::Label {
    let label = gtk::Label::builder()
        .wrap(true)
        .max_width_chars(48)
        .xalign(0.0)
        .selectable(true)
        .build();
    label.connect_has_focus_notify(|label| {
        // GTK selects all of it, which looks as if somebody had done that.
        let label = label.clone();
        glib::idle_add_local_full(glib::Priority::HIGH, move || {
            label.select_region(0, 0);
            glib::ControlFlow::Break
        });
    });
    label
}

fn footer() -> (
    gtk::Box,
    gtk::Button,
    gtk::MenuButton,
    (gtk::Label, gtk::Button),
) {
    let badge = gtk::Button::builder()
        .css_classes(["flat", "caption", "numeric"])
        .can_shrink(true)
        .hexpand(true)
        .halign(gtk::Align::Start)
        .action_name(format!("{GROUP}.sort-now"))
        .visible(false)
        .build();
    let text = notes_label();
    let more = gtk::Button::builder()
        .label(gettext("Administrator Mode…"))
        .action_name(administrator::action_name())
        .halign(gtk::Align::Start)
        .visible(false)
        .build();
    let content = gtk::Box::new(gtk::Orientation::Vertical, 12);
    content.append(&text);
    content.append(&more);
    let popover = gtk::Popover::builder().child(&content).build();
    popover.add_css_class("sysmon-notes");
    let popped = popover.downgrade();
    more.connect_clicked(move |_| {
        if let Some(popover) = popped.upgrade() {
            popover.popdown();
        }
    });
    let notes = gtk::MenuButton::builder()
        .css_classes(["flat", "caption", "numeric"])
        // The popover says all of it; a narrow window has no room for more than the beginning.
        .can_shrink(true)
        .direction(gtk::ArrowType::Up)
        .always_show_arrow(true)
        .popover(&popover)
        .hexpand(true)
        .halign(gtk::Align::End)
        .visible(false)
        .build();
    // Both shrink in it; in a GtkCenterBox without a centre they would overlap.
    let footer = gtk::Box::builder().css_classes(["sysmon-footer"]).build();
    footer.append(&badge);
    footer.append(&notes);
    (footer, badge, notes, (text, more))
}
