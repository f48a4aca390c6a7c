//! One process: all that is known of it, kept fresh while the page shows.

mod connections;
mod field;
mod watch;

use std::cell::RefCell;
use std::sync::Arc;

use gettextrs::gettext;
use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk;
use relm4::gtk::gio;

use crate::model::connection::ConnectionSnapshot;
use crate::model::cpu::CpuRow;
use crate::model::format::printable;
use crate::model::process::ProcessKey;
use crate::model::table::{Row, Value};
use crate::platform::ProcessDetails;
use crate::ui::acting::Target;
use crate::ui::menus;
use crate::ui::shared_style::SharedStyle;
use connections::ConnectionList;
use field::Field;

pub use watch::DetailsWatch;

/// Columns that stand in the first group for every subject.
const PROCESS: [&str; 5] = ["command_line", "user", "service", "parent_pid", "started"];
/// Columns of [`CpuRow`] that stand in the last group for every subject.
const RESOURCES: [&str; 8] = [
    "memory_percent",
    "rss_bytes",
    "threads",
    "state",
    "nice",
    "wait_percent",
    "cpu_seconds",
    "cpu_percent",
];

/// A page about one process.
pub struct DetailsPage {
    key: Option<ProcessKey>,
    style: SharedStyle,
    page: adw::NavigationPage,
    ended: adw::Banner,
    process: adw::PreferencesGroup,
    subject: adw::PreferencesGroup,
    resources: adw::PreferencesGroup,
    connections: ConnectionList,
    fields: RefCell<Vec<Field>>,
    shown: RefCell<Shown>,
}

/// What the page shows beside the row, to be written anew in another way.
#[derive(Default)]
struct Shown {
    resources: Option<CpuRow>,
    connections: Option<Arc<ConnectionSnapshot>>,
    details: Option<ProcessDetails>,
    /// What can be acted on, as the row has it; `None` when the process is gone.
    target: Option<Target>,
}

impl DetailsPage {
    /// A page about `row` and the process that it belongs to, where that is known. The subject's
    /// values stand below `heading`; `all_connections` is the action that shows the process's
    /// connections in a table, and `acting` what can be done to the process.
    pub fn new<R: Row>(
        row: &R,
        heading: &str,
        all_connections: &str,
        acting: Option<&gio::Menu>,
        style: SharedStyle,
    ) -> Self {
        let key = row.process().map(|process| process.key);
        let (name, below) = match key {
            Some(key) => (
                printable(&row.name_of()).into_owned(),
                gettext("PID {}").replace("{}", &key.pid.to_string()),
            ),
            None => (heading.to_owned(), String::new()),
        };
        let title = adw::WindowTitle::new(&name, &below);
        let process = adw::PreferencesGroup::new();
        let subject = adw::PreferencesGroup::builder()
            .title(gtk::glib::markup_escape_text(heading))
            .visible(false)
            .build();
        let resources = adw::PreferencesGroup::builder()
            .title(gettext("Resources"))
            .visible(false)
            .build();
        let groups = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(24)
            .margin_top(12)
            .margin_bottom(24)
            .margin_start(12)
            .margin_end(12)
            .build();
        let connections = ConnectionList::new(all_connections);
        // What it was opened for comes first where there is no process.
        process.set_visible(key.is_some());
        for group in [&process, &subject, connections.widget(), &resources] {
            groups.append(group);
        }
        let scroller = gtk::ScrolledWindow::builder()
            .hscrollbar_policy(gtk::PolicyType::Never)
            .child(
                &adw::Clamp::builder()
                    .maximum_size(720)
                    .child(&groups)
                    .build(),
            )
            .build();
        let ended = adw::Banner::new(&R::NOUN.gone());
        let view = adw::ToolbarView::builder().content(&scroller).build();
        let header = adw::HeaderBar::builder().title_widget(&title).build();
        if let (Some(acting), Some(_)) = (acting, key) {
            header.pack_end(&acting_button(acting));
        }
        view.add_top_bar(&header);
        view.add_top_bar(&ended);
        let details = Self {
            key,
            style,
            page: adw::NavigationPage::builder()
                .title(name)
                .child(&view)
                .build(),
            ended,
            process,
            subject,
            resources,
            connections,
            fields: RefCell::default(),
            shown: RefCell::default(),
        };
        details.show_row(row);
        details
    }

    /// The page.
    pub fn page(&self) -> &adw::NavigationPage {
        &self.page
    }

    /// The process; `None` for a connection whose process is not known.
    pub fn key(&self) -> Option<ProcessKey> {
        self.key
    }

    /// The process, to be acted on; `None` where there is none or it is gone.
    pub fn target(&self) -> Option<Target> {
        let shown = self.shown.borrow();
        let target = shown.target.clone()?;
        // The row of a connection knows no priority.
        let resources = shown.resources.as_ref().and_then(Target::of);
        // Another process can have come to hold what the page is about.
        Some(resources.unwrap_or(target)).filter(|target| Some(target.key) == self.key)
    }

    /// Shows the values of the process's row in the table it was opened from.
    pub fn show_row<R: Row>(&self, row: &R) {
        self.shown.borrow_mut().target = Target::of(row);
        for column in crate::ui::table::offered::<R>() {
            let group = match column.key {
                "name" | "pid" => continue,
                key if PROCESS.contains(&key) => &self.process,
                key if RESOURCES.contains(&key) => &self.resources,
                _ => &self.subject,
            };
            self.show_column(group, row, column);
        }
    }

    /// Shows what every process has, where the table it was opened from is about other things.
    pub fn show_resources(&self, row: &CpuRow) {
        self.shown.borrow_mut().resources = Some(row.clone());
        self.write_resources(row);
    }

    fn write_resources(&self, row: &CpuRow) {
        for key in RESOURCES.iter().chain(&PROCESS) {
            if let Some(column) = CpuRow::column(key) {
                let group = if RESOURCES.contains(key) {
                    &self.resources
                } else {
                    &self.process
                };
                self.show_column(group, row, column);
            }
        }
    }

    /// Shows the process's connections.
    pub fn show_connections(&self, snapshot: &Arc<ConnectionSnapshot>) {
        self.shown.borrow_mut().connections = Some(Arc::clone(snapshot));
        self.connections.show(snapshot, &self.style.now());
    }

    /// Shows what is read only for this process.
    pub fn show_details(&self, details: ProcessDetails) {
        self.write_details(&details);
        self.shown.borrow_mut().details = Some(details);
    }

    /// Writes values anew in another way. Those of the row are shown with it.
    pub fn restyle(&self) {
        let shown = self.shown.borrow();
        if let Some(row) = &shown.resources {
            self.write_resources(row);
        }
        if let Some(snapshot) = &shown.connections {
            self.connections.show(snapshot, &self.style.now());
        }
        if let Some(details) = &shown.details {
            self.write_details(details);
        }
    }

    fn write_details(&self, details: &ProcessDetails) {
        let style = self.style.now();
        let denied = || style.words.no_permission.clone();
        let executable = details.executable.as_ref().map_or_else(denied, |path| {
            printable(&path.to_string_lossy()).into_owned()
        });
        self.show(
            &self.process,
            "executable",
            &gettext("Executable"),
            &executable,
        );
        let bytes = |amount: Option<_>| amount.map_or_else(denied, |amount| style.bytes(amount));
        let count = |count: Option<u64>| count.map_or_else(denied, |count| count.to_string());
        for (key, title, text) in [
            (
                "pss",
                gettext("Memory, Proportional Share (PSS)"),
                bytes(details.pss),
            ),
            ("swap", gettext("Swap"), bytes(details.swap)),
            (
                "descriptors",
                gettext("Open Files and Sockets"),
                count(details.descriptors),
            ),
            (
                "voluntary",
                gettext("Voluntary Context Switches"),
                count(details.voluntary_switches),
            ),
            (
                "involuntary",
                gettext("Involuntary Context Switches"),
                count(details.involuntary_switches),
            ),
        ] {
            self.show(&self.resources, key, &title, &text);
        }
    }

    /// The process is gone; its last values stay readable.
    pub fn show_gone(&self) {
        self.shown.borrow_mut().target = None;
        self.show_ended();
    }

    /// What the page was opened for is gone; its last values stay readable.
    pub fn show_ended(&self) {
        if !self.ended.is_revealed() {
            self.ended.set_revealed(true);
            self.page.upcast_ref::<gtk::Widget>().announce(
                &self.ended.title(),
                gtk::AccessibleAnnouncementPriority::Medium,
            );
        }
    }

    fn show_column<R: Row>(
        &self,
        group: &adw::PreferencesGroup,
        row: &R,
        column: &'static crate::model::table::Column<R>,
    ) {
        let value = (column.value)(row);
        if matches!(value, Value::Nothing) {
            return;
        }
        let text = self.style.now().alone(&value, column.format);
        self.show(group, column.key, &gettext(column.title), &text);
    }

    fn show(&self, group: &adw::PreferencesGroup, key: &'static str, title: &str, text: &str) {
        let mut fields = self.fields.borrow_mut();
        if let Some(field) = fields.iter().find(|field| field.key == key) {
            field.show(text);
            return;
        }
        let field = Field::new(key, title, text);
        group.add(field.row());
        group.set_visible(true);
        fields.push(field);
    }
}

/// The button with what can be done to the process.
fn acting_button(menu: &gio::Menu) -> gtk::MenuButton {
    let button = gtk::MenuButton::builder()
        .icon_name("view-more-symbolic")
        .tooltip_text(gettext("Actions"))
        .menu_model(menu)
        .primary(true)
        .build();
    menus::prepare_button(&button);
    button
}
