//! The main window: four graphs, and the way from each to its processes.

mod administrator;
mod alerts;
mod cards;
mod clearing;
mod elsewhere;
mod failures;
mod opacity;
mod readings;
mod recording;
mod saving;
mod settings;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use adw::prelude::*;
use gettextrs::gettext;
use gtk::glib;
use jiff::Timestamp;
use relm4::{ComponentParts, ComponentSender, Sender, SimpleComponent, adw, gtk};

use self::failures::Failures;
use super::alerts::Watcher;
use super::command_line::CommandLine;
use super::desktop_clock::DesktopClock;
use super::drilldown::{DrillDowns, Origin, SubjectKind};
use super::focus::Keeper;
use super::full_screen::FullScreen;
use super::graph::contributor::{Contributor, Turns};
use super::graph::panel::{Panel, Room};
use super::help::Help;
use super::hosts::{self, Elsewhere, Trouble};
use super::pull::Pull;
use super::recording::{Outcome, Plan, Running};
use super::settings::{Preferences, Settings};
use super::shared_style::SharedStyle;
use super::shown::{Replay, Shown};
use super::source_worker::{Answer, OpenSource};
use super::time_window::WindowStep;
use super::{about, action_log, actions, language, menus, preferences, resources, shortcuts};
use crate::model::cores::CoreHistory;
use crate::model::history::History;
use crate::model::remote::RemoteError;
use crate::model::system::SystemSnapshot;
use crate::source::machine::Machine;
use crate::source::memory::Memory;
use crate::source::recording::{RecordError, Saved};

/// The name the desktop and the session bus know the application by.
pub const ID: &str = include_str!("../../data/app-id").trim_ascii();

/// Opens a source for one more worker.
pub type Sources = Rc<dyn Fn() -> OpenSource>;

/// What the application is started with.
pub struct Init {
    /// What it shows.
    pub shown: Shown,
    /// The other host whose machine that is; `None` for this machine or a recording.
    pub elsewhere: Option<Elsewhere>,
    /// What it was told.
    pub command_line: CommandLine,
    /// Whose rights the machine is read with; `None` while a recording is shown.
    pub rights: Option<Machine>,
}

/// The root component.
pub struct App {
    window: adw::ApplicationWindow,
    full_screen: FullScreen,
    title: adw::WindowTitle,
    pause: gtk::Button,
    menu: gtk::MenuButton,
    banner: adw::Banner,
    failures: Failures,
    // The other host that is shown, and what stands in the place of its graphs.
    elsewhere: Option<elsewhere::Shown>,
    grid: gtk::Grid,
    scrolled: gtk::ScrolledWindow,
    panels: Vec<Panel>,
    style: SharedStyle,
    clock: DesktopClock,
    settings: Settings,
    // What they said when they were last followed.
    applied: Preferences,
    // How far back the graphs reach.
    length: Duration,
    history: Rc<RefCell<History>>,
    cores: Rc<RefCell<CoreHistory>>,
    latest: Option<Arc<SystemSnapshot>>,
    machine: Pull,
    processes: Pull,
    memory: Pull,
    // What remembers; `None` while a recording is shown.
    store: Option<Memory>,
    // What tells of rules; `None` while a recording is shown.
    watcher: Option<Watcher>,
    // Whose rights the machine is read with; `None` while a recording is shown.
    rights: Option<Machine>,
    // The recording that is being made. Shared with what ends it when the window closes.
    recording: Rc<RefCell<Option<Running>>>,
    recorder: adw::Banner,
    toasts: adw::ToastOverlay,
    opacity: opacity::Opacity,
    // Since when the graphs have not been looking, to be asked for.
    missed: Rc<Cell<Option<Duration>>>,
    turns: Rc<Turns>,
    drill_downs: DrillDowns,
    help: Rc<Help>,
    contributors: Vec<(SubjectKind, Option<Contributor>)>,
    paused: Option<Timestamp>,
    // An answer that was asked for while paused is shown; one that was under way is not.
    update_wanted: bool,
    room: Room,
}

/// What happened.
#[derive(Debug)]
pub enum AppMsg {
    /// The machine answered.
    MachineArrived(Answer),
    /// A table of processes arrived, for the contributors on the cards.
    ProcessesArrived(Answer),
    /// Pause or go on.
    PauseToggled,
    /// One sample now, also while paused.
    UpdateWanted,
    /// A person asked for the processes behind a graph.
    Opened(SubjectKind),
    /// A notification asked for the processes at a moment, since boot; `None` for the present.
    OpenedAt(SubjectKind, Option<Duration>),
    /// A graph for each CPU, or none.
    CoresToggled,
    /// A graph was shown or hidden.
    GraphToggled(SubjectKind),
    /// Another window of time.
    WindowStepped(WindowStep),
    /// A second start asked for this window of time.
    WindowChosen(Duration),
    /// A second start asked for this smoothing.
    SmoothingChosen(u32),
    /// The memory answered.
    MemoryArrived(Answer),
    /// Remember what happens, or forget it.
    RememberToggled,
    /// The window can be seen, or no longer.
    SuspendedChanged,
    /// The window became narrow or wide, or its text large or small.
    RoomChanged(Room),
    /// What is remembered shall be forgotten.
    ClearingWanted,
    /// A person is sure of it.
    ClearingConfirmed,
    /// High contrast was turned on or off.
    ContrastChanged,
    /// Full screen, and back.
    FullscreenToggled,
    /// The menu was asked for from the keyboard.
    MenuWanted,
    /// A drill-down was closed.
    DrillDownClosed(SubjectKind),
    /// The window shall close.
    CloseWanted,
    /// The list of keys.
    ShortcutsWanted,
    /// About this program.
    AboutWanted,
    /// The help, at the topic of this name or where it was.
    HelpWanted(Option<String>),
    /// The desktop's clock counts other hours.
    ClockChanged,
    /// Something was set.
    SettingsChanged,
    /// What can be set.
    PreferencesWanted,
    /// The data of the graphs as a file.
    SaveDataWanted,
    /// The graphs as a picture.
    SaveImageWanted,
    /// The program shall end.
    QuitWanted,
    /// A picture of the graphs shall go to the clipboard.
    CopyImageWanted,
    /// A recording shall be made.
    RecordingWanted,
    /// What shall be in it, and where it shall be.
    RecordingPlanned(Plan),
    /// What is remembered was saved, or why it was not.
    RecordingSaved(Result<Saved, RecordError>),
    /// Another host shall be shown.
    ConnectWanted,
    /// The host that is shown shall be tried again at once.
    ReconnectWanted,
    /// The probe shall be copied to the host that is shown.
    CopyingWanted,
    /// It is being copied.
    CopyingBegun,
    /// It was copied, or why it was not.
    CopyingEnded(Result<(), Trouble>),
    /// The recording from now on shall end.
    RecordingStopWanted,
    /// It ended.
    RecordingEnded(Outcome),
    /// Read as administrator, or no more.
    AdministratorToggled,
    /// Somebody gave the password, or why nobody did.
    AdministratorAnswered(Result<(), RemoteError>),
    /// What read as administrator is gone.
    AdministratorLost(RemoteError),
    /// Ordinary rights will do.
    AdministratorLeft,
}

/// A blinking cursor fades: it draws a window 60 times a second for as long as the filter has the
/// focus, many times what all the rest of this program costs.
fn hold_cursor_still() {
    if let Some(settings) = gtk::Settings::default() {
        settings.set_gtk_cursor_blink(false);
    }
}

impl SimpleComponent for App {
    type Init = Init;
    type Input = AppMsg;
    type Output = ();
    type Root = adw::ApplicationWindow;
    type Widgets = ();

    fn init_root() -> Self::Root {
        adw::ApplicationWindow::builder()
            .application(&relm4::main_application())
            .title("SysMon")
            .default_width(960)
            .default_height(640)
            .width_request(360)
            .height_request(294)
            .build()
    }

    fn init(
        Init {
            shown,
            elsewhere,
            command_line,
            rights,
        }: Self::Init,
        window: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        resources::load_style_sheets();
        resources::find_icons();
        hold_cursor_still();
        super::gaps::watch_if_asked();
        let (settings, imported) = settings::open(&command_line);
        let values = settings.now();
        let length = command_line.window().unwrap_or(values.window);
        let style = SharedStyle::from(language::style());
        style.follow(&values);
        let clock = follow_clock(&style, sender.input_sender().clone());
        let sources = shown.sources();
        let replay = match &shown {
            Shown::Recording(recording) => Some(Replay::of(recording, &style.now())),
            Shown::Machine(_) => None,
        };
        let history = Rc::new(RefCell::new(History::default()));
        let cores = Rc::default();
        let held = (&history, &cores);
        let panels = cards::panels(&style, held, length, sender.input_sender());

        let turns = Rc::new(Turns::default());
        let input = sender.input_sender();
        let machine = readings::machine(&sources, values.interval, input);
        let processes = readings::contributors(&sources, &turns, input);

        let missed = Rc::new(Cell::new(None));
        let memory = readings::remember(&sources, &missed, input);

        let replayed = replay.as_ref().map(|it| Rc::from(it.title.as_str()));
        let host = elsewhere.as_ref().map(Elsewhere::name);
        let watcher = readings::watcher(&shown, elsewhere.as_ref(), &sources, &style);
        let drill_downs = DrillDowns::new(
            sources,
            &relm4::main_application(),
            Origin { replayed, host },
            settings.clone(),
            style.clone(),
        );
        let input = sender.input_sender().clone();
        drill_downs.connect_closed(move |subject| input.emit(AppMsg::DrillDownClosed(subject)));

        let scrolled = scrolled();
        let mut app = Self {
            title: adw::WindowTitle::new("SysMon", ""),
            pause: gtk::Button::builder().action_name("win.pause").build(),
            menu: gtk::MenuButton::builder()
                .icon_name("open-menu-symbolic")
                .tooltip_text(gettext("Main Menu"))
                .menu_model(&actions::menu())
                .primary(true)
                .build(),
            banner: adw::Banner::builder().use_markup(false).build(),
            failures: Failures::default(),
            elsewhere: elsewhere.map(|it| elsewhere::Shown::new(it, &scrolled)),
            grid: grid(),
            scrolled,
            opacity: opacity::Opacity::of(&window),
            full_screen: FullScreen::new(&window),
            window,
            panels,
            style,
            clock,
            settings,
            applied: values,
            length,
            history,
            cores,
            latest: None,
            machine,
            processes,
            memory,
            store: match shown {
                Shown::Machine(memory) => Some(memory),
                Shown::Recording(_) => None,
            },
            watcher,
            rights,
            recording: Rc::default(),
            recorder: recorder_banner(),
            toasts: adw::ToastOverlay::new(),
            missed,
            turns,
            drill_downs,
            help: Rc::default(),
            contributors: Vec::new(),
            paused: None,
            update_wanted: false,
            room: Room::default(),
        };
        app.build(&sender);
        app.show_paused();
        app.connect_settings(sender.input_sender());
        if imported {
            app.say(&gettext("Settings of SysMon for Qt were imported"));
        }
        if let Some(replay) = &replay {
            app.show_replay(replay);
        }
        app.open_after_first_frame(command_line.subjects(), sender.input_sender());
        ComponentParts {
            model: app,
            widgets: (),
        }
    }

    fn update(&mut self, message: AppMsg, sender: ComponentSender<Self>) {
        match message {
            AppMsg::MachineArrived(answer) => self.machine_arrived(answer),
            AppMsg::ProcessesArrived(answer) => self.processes_arrived(answer),
            AppMsg::MemoryArrived(answer) => self.memory_arrived(answer),
            AppMsg::RememberToggled => {
                self.settings
                    .change(|values| values.remember = !values.remember);
            }
            AppMsg::ClockChanged => self.apply_clock(),
            AppMsg::SettingsChanged => self.apply_settings(),
            AppMsg::SaveDataWanted => self.save_data(),
            AppMsg::SaveImageWanted => self.save_image(),
            AppMsg::CopyImageWanted => self.copy_image(),
            AppMsg::QuitWanted => self.quit(),
            AppMsg::PreferencesWanted => preferences::show(&self.window, &self.settings),
            AppMsg::PauseToggled => self.toggle_pause(),
            AppMsg::UpdateWanted => {
                self.update_wanted = true;
                self.retry();
                self.machine.ask_now();
            }
            AppMsg::Opened(subject) => self.open(subject),
            AppMsg::OpenedAt(subject, moment) => self.open_at(subject, moment),
            AppMsg::CoresToggled => {
                self.settings
                    .change(|values| values.per_core = !values.per_core);
            }
            AppMsg::GraphToggled(graph) => self.toggle_graph(graph),
            AppMsg::WindowStepped(step) => {
                self.choose_length(step.from(self.length));
            }
            AppMsg::WindowChosen(window) => self.choose_length(window),
            AppMsg::SmoothingChosen(samples) => {
                self.settings
                    .change(|values| values.look.smoothing = samples);
            }
            AppMsg::SuspendedChanged => self.ask_while_seen(),
            AppMsg::RoomChanged(room) => {
                self.room = room;
                self.place_panels();
            }
            AppMsg::ClearingWanted => self.ask_for_clearing(sender.input_sender()),
            AppMsg::ClearingConfirmed => self.clear_history(),
            AppMsg::ContrastChanged => self.show_opacity(),
            AppMsg::FullscreenToggled => self.full_screen.toggle(),
            AppMsg::MenuWanted => self.menu.popup(),
            AppMsg::DrillDownClosed(subject) => self.take_focus_back(subject),
            AppMsg::CloseWanted => self.window.close(),
            AppMsg::ShortcutsWanted => shortcuts::show(&self.window),
            AppMsg::AboutWanted => self.show_about(),
            AppMsg::HelpWanted(topic) => {
                self.help.show(&relm4::main_application(), topic.as_deref());
            }
            AppMsg::ConnectWanted => hosts::ask(&self.window, &self.settings),
            AppMsg::ReconnectWanted => self.reconnect(),
            AppMsg::CopyingWanted => self.ask_for_copying(sender.input_sender()),
            AppMsg::CopyingBegun => self.copying_begun(),
            AppMsg::CopyingEnded(copied) => self.copying_ended(&copied),
            AppMsg::RecordingWanted => self.ask_for_recording(sender.input_sender()),
            AppMsg::RecordingPlanned(plan) => self.record(plan, sender.input_sender()),
            AppMsg::RecordingSaved(saved) => self.recording_saved(&saved),
            AppMsg::RecordingStopWanted => self.stop_recording(),
            AppMsg::RecordingEnded(outcome) => self.recording_ended(&outcome),
            AppMsg::AdministratorToggled => self.toggle_administrator(sender.input_sender()),
            AppMsg::AdministratorAnswered(answer) => self.administrator_answered(answer),
            AppMsg::AdministratorLost(error) => self.administrator_lost(&error),
            AppMsg::AdministratorLeft => self.leave_administrator(),
        }
    }
}

impl App {
    /// One holds at a time, the last of those that could.
    fn add_breakpoints(&self, sender: &Sender<AppMsg>) {
        let keeper = Keeper::new(&self.window);
        // Side by side, cards would be too small, or higher than wide.
        let (small, upright) = ("max-width: 700sp", "max-aspect-ratio: 3/4");
        for (condition, room) in [
            (format!("{small} or {upright}"), Room::Single),
            ("max-width: 320sp".to_owned(), Room::Tight),
        ] {
            let Ok(condition) = adw::BreakpointCondition::parse(&condition) else {
                continue;
            };
            let breakpoint = adw::Breakpoint::new(condition);
            let input = sender.clone();
            breakpoint.connect_apply(move |_| input.emit(AppMsg::RoomChanged(room)));
            let input = sender.clone();
            breakpoint.connect_unapply(move |_| input.emit(AppMsg::RoomChanged(Room::Beside)));
            keeper.watch(&breakpoint);
            self.window.add_breakpoint(breakpoint);
        }
    }

    fn build(&mut self, sender: &ComponentSender<Self>) {
        let header = adw::HeaderBar::builder().title_widget(&self.title).build();
        header.pack_start(&self.pause);
        header.pack_end(&self.menu);
        self.offer_administrator(&header, sender.input_sender());

        let clamp = adw::Clamp::builder()
            .maximum_size(2400)
            .tightening_threshold(2400)
            .child(&self.grid)
            .build();
        self.scrolled.set_child(Some(&clamp));
        let view = adw::ToolbarView::new();
        match &self.elsewhere {
            Some(shown) => view.set_content(Some(shown.page.widget())),
            None => view.set_content(Some(&self.scrolled)),
        }
        view.add_top_bar(&header);
        view.add_top_bar(&self.banner);
        view.add_top_bar(&self.recorder);
        self.toasts.set_child(Some(&view));
        self.window.set_content(Some(&self.toasts));

        self.add_breakpoints(sender.input_sender());
        let input = sender.input_sender().clone();
        self.window
            .connect_suspended_notify(move |_| input.emit(AppMsg::SuspendedChanged));
        let input = sender.input_sender().clone();
        self.window
            .connect_visible_notify(move |_| input.emit(AppMsg::SuspendedChanged));
        let is_machine = self.store.is_some() && self.elsewhere.is_none();
        let (drill_downs, recording) = (self.drill_downs.clone(), Rc::clone(&self.recording));
        let (settings, help) = (self.settings.clone(), Rc::clone(&self.help));
        let input = sender.input_sender().clone();
        self.window.connect_close_request(move |window| {
            if is_machine && alerts::asks_before_closing(window, &settings) {
                return glib::Propagation::Stop;
            }
            // Drill-downs do not outlive the graphs they came from.
            drill_downs.close_all();
            help.close();
            // A recording is written to its end.
            recording.take();
            keep_size(window, &settings);
            if is_machine && alerts::stays(window, &settings) {
                // Root reads for a window that is seen, and for nothing else.
                let _ = input.send(AppMsg::AdministratorLeft);
                return glib::Propagation::Stop;
            }
            glib::Propagation::Proceed
        });
        let (window, recording) = (self.window.downgrade(), Rc::clone(&self.recording));
        let settings = self.settings.clone();
        // Whoever quits closes no window.
        relm4::main_application().connect_shutdown(move |_| {
            recording.take();
            if let Some(window) = window.upgrade().filter(WidgetExt::is_visible) {
                keep_size(&window, &settings);
            }
        });
        let looks = adw::StyleManager::default();
        mark_contrast(&self.grid, &looks);
        let grid = self.grid.downgrade();
        let input = sender.input_sender().clone();
        looks.connect_high_contrast_notify(move |looks| {
            // The window may be gone together with the program.
            drop(input.send(AppMsg::ContrastChanged));
            if let Some(grid) = grid.upgrade() {
                mark_contrast(&grid, looks);
            }
        });
        let app = relm4::main_application();
        actions::install(
            &app,
            &self.window,
            sender.input_sender(),
            &self.settings.now().hidden,
        );
        if self.elsewhere.is_some() {
            self.install_elsewhere(sender.input_sender());
        }
        action_log::watch_if_asked("win", &self.window);
        action_log::watch_if_asked("app", &app);
        menus::prepare_button(&self.menu);
    }

    /// Opens tables once the window is on screen, so that they stand above it. Until then relm4 would
    /// take a table's window for the one to show.
    fn open_after_first_frame(&self, subjects: Vec<SubjectKind>, sender: &Sender<AppMsg>) {
        let sender = sender.clone();
        self.window.add_tick_callback(move |_, _| {
            for &subject in &subjects {
                sender.emit(AppMsg::Opened(subject));
            }
            glib::ControlFlow::Break
        });
    }

    /// Ends the program, once what each table had is kept: they tell it by messages, which come before
    /// the main loop is idle.
    fn quit(&self) {
        self.drill_downs.close_all();
        glib::idle_add_local_once(|| relm4::main_application().quit());
    }

    fn toggle_pause(&mut self) {
        self.paused = match self.paused {
            Some(_) => None,
            None => Some(Timestamp::now()),
        };
        self.ask_while_seen();
        self.show_paused();
        self.announce(&match self.paused {
            Some(_) => self.title.subtitle().to_string(),
            None => gettext("Resumed"),
        });
    }

    fn show_paused(&self) {
        let (icon, tooltip) = if self.paused.is_some() {
            ("media-playback-start-symbolic", gettext("Resume"))
        } else {
            ("media-playback-pause-symbolic", gettext("Pause"))
        };
        self.pause.set_icon_name(icon);
        self.pause.set_tooltip_text(Some(&tooltip));
        let subtitle = match self.paused {
            Some(at) => {
                let paused = gettext("Paused at {time}")
                    .replace("{time}", &self.style.now().time_of_day(at));
                match &self.elsewhere {
                    Some(_) => format!("{} · {paused}", self.place()),
                    None => paused,
                }
            }
            None => self.place(),
        };
        self.title.set_subtitle(&subtitle);
        if self.paused.is_some() {
            self.grid.add_css_class("paused");
        } else {
            self.grid.remove_css_class("paused");
        }
    }

    fn open(&mut self, subject: SubjectKind) {
        let panel = self.panels.iter().find(|panel| panel.graph() == subject);
        let then = panel.and_then(|panel| panel.chart().selection());
        self.drill_downs.open(subject, then);
        self.settings.change(|values| values.opened_before = true);
        self.show_hint();
    }

    /// The focus returns to the graph that a drill-down came from.
    fn take_focus_back(&self, subject: SubjectKind) {
        if let Some(panel) = self.panels.iter().find(|panel| panel.graph() == subject) {
            panel.chart().grab_focus();
        }
    }

    fn show_about(&self) {
        let recording = self.store.is_none().then(|| self.title.subtitle());
        let facts = about::Facts {
            recording: recording.as_deref(),
            cost: self.latest.as_ref().map(|latest| latest.cost.cpu),
            interval: self.settings.now().interval,
        };
        about::dialog(&self.window, &self.settings, &facts).present(Some(&self.window));
    }

    fn announce(&self, text: &str) {
        self.grid
            .announce(text, gtk::AccessibleAnnouncementPriority::Medium);
    }
}

/// What the cards are scrolled in.
fn scrolled() -> gtk::ScrolledWindow {
    gtk::ScrolledWindow::builder()
        .hscrollbar_policy(gtk::PolicyType::Never)
        .build()
}

/// What the cards stand in.
fn grid() -> gtk::Grid {
    gtk::Grid::builder()
        .row_spacing(12)
        .column_spacing(12)
        .row_homogeneous(true)
        .column_homogeneous(true)
        .margin_top(6)
        .margin_bottom(12)
        .margin_start(12)
        .margin_end(12)
        .build()
}

/// Says that a recording is being made.
fn recorder_banner() -> adw::Banner {
    adw::Banner::builder()
        .use_markup(false)
        .button_label(gettext("Stop"))
        .action_name("win.stop-recording")
        .build()
}

/// Has times of day be written as on the desktop from now on.
fn follow_clock(style: &SharedStyle, input: Sender<AppMsg>) -> DesktopClock {
    let clock = DesktopClock::follow(move |_| input.emit(AppMsg::ClockChanged));
    style.set_clock(clock.now());
    clock
}

/// Has the window be as large at the next start.
fn keep_size(window: &adw::ApplicationWindow, settings: &Settings) {
    settings.change(|values| {
        values.size = window.default_size();
        values.maximized = window.is_maximized();
    });
}

/// Tells the style sheet of high contrast, which GTK has no selector for.
fn mark_contrast(grid: &gtk::Grid, looks: &adw::StyleManager) {
    if looks.is_high_contrast() {
        grid.add_css_class("high-contrast");
    } else {
        grid.remove_css_class("high-contrast");
    }
}
