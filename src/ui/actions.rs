//! What can be done in the main window, the keys for it, and the menu.

use std::time::Duration;

use adw::prelude::*;
use gettextrs::gettext;
use gtk::{gio, glib};
use relm4::{Sender, adw, gtk};

use super::administrator;
use super::app::AppMsg;
use super::command_line::CommandLine;
use super::drilldown::SubjectKind;
use super::graph::{GRAPHS, words};
use super::settings::keys;
use super::time_window::WindowStep;
use crate::model::history::{LONGEST_WINDOW, SHORTEST_WINDOW};

/// The action that opens a table, with the name of its subject.
const OPEN: &str = "open";
/// The action that sets the window of time, in seconds.
const TIME_WINDOW: &str = "time-window";
/// The action that sets how many samples are averaged.
const SMOOTHING: &str = "smoothing";

/// The action that opens a table at a moment: see [`open_at_target`].
pub const OPEN_AT: &str = "open-at";
/// The action that opens the help at the topic of this name.
pub const HELP: &str = "help";
/// The action of the application that turns reading as administrator on and off.
pub const ADMINISTRATOR_MODE: &str = "administrator-mode";

/// The action that shows the list of keys.
const LIST_KEYS: &str = "shortcuts";
/// The action of the application that ends it.
pub const QUIT: &str = "quit";
/// The action that puts a picture of the graphs into the clipboard.
pub const COPY_IMAGE: &str = "copy-image";
/// The action that makes a recording.
const SAVE_RECORDING: &str = "save-recording";
/// The action that forgets what is remembered.
const CLEAR_HISTORY: &str = "clear-history";
/// The action that says whether each CPU has a graph.
const SHOW_CORES: &str = "show-cores";
/// The action that says whether what happens is remembered.
const REMEMBER: &str = "background-history";

/// Asks the running instance to do what the command line of a second start says.
pub fn hand_over(app: &adw::Application, command_line: &CommandLine) {
    app.activate();
    for subject in command_line.subjects() {
        app.activate_action(OPEN, Some(&subject_name(subject).to_variant()));
    }
    if let Some(window) = command_line.window() {
        app.activate_action(TIME_WINDOW, Some(&window.as_secs().to_variant()));
    }
    if let Some(samples) = command_line.smoothing() {
        app.activate_action(SMOOTHING, Some(&samples.to_variant()));
    }
}

/// Adds the actions of the main window, which tell `sender`.
pub fn install(
    app: &gtk::Application,
    window: &adw::ApplicationWindow,
    sender: &Sender<AppMsg>,
    hidden: &[SubjectKind],
) {
    let simple = |name: &str, keys: &[&str], message: fn() -> AppMsg| {
        let sender = sender.clone();
        add(app, window, name, keys, move || sender.emit(message()));
    };
    simple("pause", &["<Control>p"], || AppMsg::PauseToggled);
    simple("update", &["F5", "<Control>r"], || AppMsg::UpdateWanted);
    simple("fullscreen", &["F11"], || AppMsg::FullscreenToggled);
    simple(
        "shorter",
        // As with any zoom: nearer shows less, and larger.
        &["<Control>plus", "<Control>equal", "<Control>KP_Add"],
        || AppMsg::WindowStepped(WindowStep::Shorter),
    );
    simple(
        "longer",
        &["<Control>minus", "<Control>KP_Subtract"],
        || AppMsg::WindowStepped(WindowStep::Longer),
    );
    simple("default", &["<Control>0", "<Control>KP_0"], || {
        AppMsg::WindowStepped(WindowStep::Default)
    });
    simple("menu", &["F10"], || AppMsg::MenuWanted);
    simple("close", &["<Control>w"], || AppMsg::CloseWanted);
    simple("about", &[], || AppMsg::AboutWanted);
    simple("help", &["F1"], || AppMsg::HelpWanted(None));
    simple(LIST_KEYS, &["<Control>question"], || {
        AppMsg::ShortcutsWanted
    });
    simple("save-data", &["<Control>s"], || AppMsg::SaveDataWanted);
    simple("save-image", &["<Control>e"], || AppMsg::SaveImageWanted);
    simple(COPY_IMAGE, &[], || AppMsg::CopyImageWanted);
    simple("preferences", &["<Control>comma"], || {
        AppMsg::PreferencesWanted
    });
    simple("connect", &[], || AppMsg::ConnectWanted);
    simple(CLEAR_HISTORY, &[], || AppMsg::ClearingWanted);
    simple(SAVE_RECORDING, &[], || AppMsg::RecordingWanted);
    simple("stop-recording", &[], || AppMsg::RecordingStopWanted);
    let remember = gio::SimpleAction::new_stateful(REMEMBER, None, &true.to_variant());
    let input = sender.clone();
    remember.connect_activate(move |_, _| input.emit(AppMsg::RememberToggled));
    window.add_action(&remember);

    let cores = gio::SimpleAction::new_stateful(SHOW_CORES, None, &false.to_variant());
    let input = sender.clone();
    cores.connect_activate(move |_, _| input.emit(AppMsg::CoresToggled));
    window.add_action(&cores);

    for graph in GRAPHS {
        let shown = gio::SimpleAction::new_stateful(
            show_name(graph),
            None,
            &(!hidden.contains(&graph)).to_variant(),
        );
        let sender = sender.clone();
        shown.connect_activate(move |_, _| sender.emit(AppMsg::GraphToggled(graph)));
        window.add_action(&shown);
    }

    install_app_wide(app, window, sender);
}

/// Adds what works in every window, and what a second start asks of the first.
fn install_app_wide(
    app: &gtk::Application,
    window: &adw::ApplicationWindow,
    sender: &Sender<AppMsg>,
) {
    let open = gio::SimpleAction::new(OPEN, Some(glib::VariantTy::STRING));
    let input = sender.clone();
    let main_window = window.downgrade();
    open.connect_activate(move |_, subject| {
        // The session bus may start the program for this alone: without the main window, closing the
        // table would leave it running unseen.
        if let Some(window) = main_window.upgrade() {
            window.set_visible(true);
        }
        // Whoever else sends a word through the session bus may send any.
        let subject = subject.and_then(glib::Variant::str);
        if let Some(graph) = subject.and_then(subject_of) {
            input.emit(AppMsg::Opened(graph));
        }
    });
    app.add_action(&open);
    let open_at = gio::SimpleAction::new(OPEN_AT, Some(&open_at_type()));
    let input = sender.clone();
    let main_window = window.downgrade();
    open_at.connect_activate(move |_, target| {
        // As above: a notification may outlive the program.
        if let Some(window) = main_window.upgrade() {
            window.present();
        }
        let target = target.and_then(glib::Variant::get::<(String, Vec<u64>)>);
        let Some((subject, moment)) = target else {
            return;
        };
        if let Some(subject) = subject_of(&subject) {
            let moment = moment.first().map(|&nanos| Duration::from_nanos(nanos));
            input.emit(AppMsg::OpenedAt(subject, moment));
        }
    });
    app.add_action(&open_at);
    for (number, graph) in (1..).zip(GRAPHS) {
        let keys = [
            format!("<Control>{number}"),
            format!("<Control>KP_{number}"),
        ];
        app.set_accels_for_action(
            &format!("app.{OPEN}::{}", subject_name(graph)),
            &keys.each_ref().map(String::as_str),
        );
    }

    let main_window = window.downgrade();
    // A second start shows the window also where it was closed and the program went on.
    app.connect_activate(move |_| {
        if let Some(window) = main_window.upgrade() {
            window.present();
        }
    });
    let help = gio::SimpleAction::new(HELP, Some(glib::VariantTy::STRING));
    let input = sender.clone();
    help.connect_activate(move |_, topic| {
        let topic = topic.and_then(glib::Variant::str).map(str::to_owned);
        input.emit(AppMsg::HelpWanted(topic));
    });
    app.add_action(&help);

    let time_window = gio::SimpleAction::new(TIME_WINDOW, Some(glib::VariantTy::UINT64));
    let input = sender.clone();
    time_window.connect_activate(move |_, seconds| {
        if let Some(seconds) = seconds.and_then(glib::Variant::get::<u64>) {
            let window = Duration::from_secs(seconds);
            input.emit(AppMsg::WindowChosen(
                window.clamp(SHORTEST_WINDOW, LONGEST_WINDOW),
            ));
        }
    });
    app.add_action(&time_window);

    let smoothing = gio::SimpleAction::new(SMOOTHING, Some(glib::VariantTy::UINT32));
    let input = sender.clone();
    smoothing.connect_activate(move |_, samples| {
        if let Some(samples) = samples.and_then(glib::Variant::get::<u32>) {
            let (least, most) = (*keys::SMOOTHING.start(), *keys::SMOOTHING.end());
            input.emit(AppMsg::SmoothingChosen(samples.clamp(least, most)));
        }
    });
    app.add_action(&smoothing);

    let quit = gio::SimpleAction::new(QUIT, None);
    let input = sender.clone();
    quit.connect_activate(move |_, _| input.emit(AppMsg::QuitWanted));
    app.add_action(&quit);
    app.set_accels_for_action(&format!("app.{QUIT}"), &["<Control>q"]);
}

/// Makes the menu tell whether what happens is remembered.
pub fn show_remembering(window: &adw::ApplicationWindow, remembers: bool) {
    show_state(window, REMEMBER, remembers);
}

/// Makes the menu tell whether each CPU has a graph.
pub fn show_cores(window: &adw::ApplicationWindow, shown: bool) {
    show_state(window, SHOW_CORES, shown);
}

fn show_state(window: &adw::ApplicationWindow, name: &str, on: bool) {
    let action = window.lookup_action(name);
    if let Some(action) = action.and_downcast::<gio::SimpleAction>() {
        action.set_state(&on.to_variant());
    }
}

/// Whether a recording can be made: one at a time.
pub fn enable_recording(window: &adw::ApplicationWindow, can: bool) {
    enable(window, SAVE_RECORDING, can);
}

/// Takes away what makes no sense while a recording is shown.
pub fn disable_live(window: &adw::ApplicationWindow) {
    for name in [
        "pause",
        "update",
        REMEMBER,
        CLEAR_HISTORY,
        SHOW_CORES,
        SAVE_RECORDING,
    ] {
        enable(window, name, false);
    }
}

fn enable(window: &adw::ApplicationWindow, name: &str, enabled: bool) {
    let action = window.lookup_action(name);
    if let Some(action) = action.and_downcast::<gio::SimpleAction>() {
        action.set_enabled(enabled);
    }
}

/// Makes the menu tell which graphs are shown. The last one cannot be hidden.
pub fn show_graphs(window: &adw::ApplicationWindow, hidden: &[SubjectKind]) {
    for graph in GRAPHS {
        let shown = !hidden.contains(&graph);
        if let Some(action) = window
            .lookup_action(show_name(graph))
            .and_downcast::<gio::SimpleAction>()
        {
            action.set_state(&shown.to_variant());
            action.set_enabled(!shown || hidden.len() + 1 < GRAPHS.len());
        }
    }
}

/// The primary menu.
pub fn menu() -> gio::Menu {
    let tables = gio::Menu::new();
    let graphs = gio::Menu::new();
    for graph in GRAPHS {
        tables.append(
            Some(&processes(graph)),
            Some(&format!("app.{OPEN}::{}", subject_name(graph))),
        );
        graphs.append(
            Some(&words::title(graph)),
            Some(&format!("win.{}", show_name(graph))),
        );
    }
    let cores = gio::Menu::new();
    cores.append(
        Some(&gettext("_Each CPU")),
        Some(&format!("win.{SHOW_CORES}")),
    );
    graphs.append_section(None, &cores);
    let time = gio::Menu::new();
    time.append(Some(&gettext("_Shorter")), Some("win.shorter"));
    time.append(Some(&gettext("_Longer")), Some("win.longer"));
    time.append(Some(&gettext("_Default")), Some("win.default"));

    let view = gio::Menu::new();
    view.append_submenu(Some(&gettext("_Graphs")), &graphs);
    view.append_submenu(Some(&gettext("_Time Window")), &time);
    view.append(Some(&gettext("_Full Screen")), Some("win.fullscreen"));
    view.append(
        Some(&gettext("_Background History")),
        Some(&format!("win.{REMEMBER}")),
    );

    view.append(
        Some(&gettext("_Clear History…")),
        Some(&format!("win.{CLEAR_HISTORY}")),
    );
    view.append_item(&administrator::menu_item());

    let file = gio::Menu::new();
    file.append(Some(&gettext("Save _Data…")), Some("win.save-data"));
    file.append(Some(&gettext("Save _Image…")), Some("win.save-image"));
    file.append(
        Some(&gettext("_Copy Image")),
        Some(&format!("win.{COPY_IMAGE}")),
    );
    file.append(
        Some(&gettext("_Save Recording…")),
        Some(&format!("win.{SAVE_RECORDING}")),
    );
    file.append(Some(&gettext("Connect to H_ost…")), Some("win.connect"));

    let help = gio::Menu::new();
    help.append(Some(&gettext("_Preferences")), Some("win.preferences"));
    help.append(
        Some(&gettext("_Keyboard Shortcuts")),
        Some(&format!("win.{LIST_KEYS}")),
    );
    help.append(Some(&gettext("_Help")), Some("win.help"));
    help.append(Some(&gettext("_About SysMon")), Some("win.about"));

    let menu = gio::Menu::new();
    menu.append_section(None, &tables);
    menu.append_section(None, &view);
    menu.append_section(None, &file);
    menu.append_section(None, &help);
    menu
}

fn add(
    app: &gtk::Application,
    window: &adw::ApplicationWindow,
    name: &str,
    keys: &[&str],
    activated: impl Fn() + 'static,
) {
    let action = gio::SimpleAction::new(name, None);
    action.connect_activate(move |_, _: Option<&glib::Variant>| activated());
    window.add_action(&action);
    app.set_accels_for_action(&format!("win.{name}"), keys);
}

fn processes(graph: SubjectKind) -> String {
    match graph {
        SubjectKind::Cpu => gettext("_CPU Processes"),
        SubjectKind::Memory => gettext("_Memory Processes"),
        SubjectKind::Disk => gettext("_Disk Processes"),
        SubjectKind::Network => gettext("_Network Processes"),
    }
}

/// What [`OPEN_AT`] is told: the table, and the moment since boot in a list of at most one, as a
/// message on the bus cannot say "none" otherwise. Without one it opens the present.
pub fn open_at_target(subject: SubjectKind, moment: Option<Duration>) -> glib::Variant {
    let nanos = moment.and_then(|moment| u64::try_from(moment.as_nanos()).ok());
    let nanos: Vec<u64> = nanos.into_iter().collect();
    (subject_name(subject), nanos).to_variant()
}

fn open_at_type() -> glib::VariantType {
    <(String, Vec<u64>)>::static_variant_type().into_owned()
}

/// The name of a graph in actions and settings.
pub fn subject_name(graph: SubjectKind) -> &'static str {
    match graph {
        SubjectKind::Cpu => "cpu",
        SubjectKind::Memory => "memory",
        SubjectKind::Disk => "disk",
        SubjectKind::Network => "network",
    }
}

/// The graph of this name; `None` where there is none.
pub fn subject_of(name: &str) -> Option<SubjectKind> {
    GRAPHS
        .into_iter()
        .find(|&graph| subject_name(graph) == name)
}

fn show_name(graph: SubjectKind) -> &'static str {
    match graph {
        SubjectKind::Cpu => "show-cpu",
        SubjectKind::Memory => "show-memory",
        SubjectKind::Disk => "show-disk",
        SubjectKind::Network => "show-network",
    }
}
