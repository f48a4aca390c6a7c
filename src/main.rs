//! The desktop application.

use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;

use relm4::gtk::{gio, glib, prelude::*};
use relm4::{RelmApp, adw};
use sysmon::model::host::HostTarget;
use sysmon::source::Source;
use sysmon::source::machine::Machine;
use sysmon::source::memory::{Limits, Memory};
use sysmon::source::recording::Recording;
use sysmon::source::remote::ProbeCommand;
use sysmon::source::remote::ssh::Route;
use sysmon::source::sandbox::Flatpak;
use sysmon::ui::actions;
use sysmon::ui::app::{self, App, Init};
use sysmon::ui::command_line::CommandLine;
use sysmon::ui::hosts::Elsewhere;
use sysmon::ui::resources;
use sysmon::ui::shown::Shown;

const TEXT_DOMAIN: &str = "sysmon";
/// The variable that names a probe's command.
const PROBE_COMMAND: &str = "SYSMON_PROBE_COMMAND";
const LOCALE_FOLDER: &str = match option_env!("SYSMON_LOCALEDIR") {
    Some(folder) => folder,
    None => "/usr/share/locale",
};

fn main() -> ExitCode {
    speak_the_users_language();
    let command_line = match CommandLine::understand(std::env::args_os()) {
        Ok(command_line) => command_line,
        Err(refusal) if refusal.asked_for => {
            print!("{}", refusal.text);
            return ExitCode::SUCCESS;
        }
        Err(refusal) => {
            eprintln!("sysmon: {}", refusal.text);
            return ExitCode::from(2);
        }
    };

    glib::set_application_name("SysMon");
    resources::register();
    let elsewhere = elsewhere(&command_line);
    let (shown, rights) = match shown(&command_line, elsewhere.as_ref()) {
        Ok(opened) => opened,
        Err(error) => {
            eprintln!("sysmon: {error}");
            return ExitCode::FAILURE;
        }
    };
    let flags = match shown {
        // A window of its own beside those of this machine.
        Shown::Recording(_) => gio::ApplicationFlags::NON_UNIQUE,
        Shown::Machine(_) if elsewhere.is_some() => gio::ApplicationFlags::NON_UNIQUE,
        Shown::Machine(_) if command_line.is_service() => gio::ApplicationFlags::IS_SERVICE,
        Shown::Machine(_) => gio::ApplicationFlags::empty(),
    };
    let application = adw::Application::builder()
        .application_id(app::ID)
        .flags(flags)
        .build();
    application.connect_handle_local_options({
        let command_line = command_line.clone();
        move |application, _| hand_over(application, &command_line)
    });
    RelmApp::from_app(application)
        // The words were understood above.
        .with_args(vec!["sysmon".to_owned()])
        .run::<App>(Init {
            shown,
            elsewhere,
            command_line,
            rights,
        });
    ExitCode::SUCCESS
}

/// Opens the recording that was asked for; without one nothing is opened yet. Only this machine can be
/// read with other rights.
fn shown(
    command_line: &CommandLine,
    elsewhere: Option<&Elsewhere>,
) -> Result<(Shown, Option<Machine>), Box<dyn Error>> {
    if let Some(path) = command_line.replay() {
        let recording = Recording::open(path)?;
        recording.check();
        return Ok((Shown::Recording(recording), None));
    }
    if let Some(elsewhere) = elsewhere {
        let remote = elsewhere.remote.clone();
        let open = move || Ok(Box::new(remote.open()) as Box<dyn Source>);
        let memory = Memory::new(open, Limits::default());
        return Ok((Shown::Machine(memory), None));
    }
    let machine = Machine::of(told_probe()?);
    let opened = machine.clone();
    let memory = Memory::new(move || opened.open(), Limits::default());
    Ok((Shown::Machine(memory), Some(machine)))
}

/// The other host that was asked for.
fn elsewhere(command_line: &CommandLine) -> Option<Elsewhere> {
    let flatpak = || Flatpak::find(Path::new("/")).map(|it| it.application);
    let route = |target: &HostTarget| Route::new(target.clone(), flatpak());
    command_line.host().map(route).map(Elsewhere::new)
}

/// The probe whose machine is shown instead of this one: for development and tests.
fn told_probe() -> Result<Option<ProbeCommand>, Box<dyn Error>> {
    let Some(command) = std::env::var_os(PROBE_COMMAND).filter(|it| !it.is_empty()) else {
        return Ok(None);
    };
    let words = glib::shell_parse_argv(command)
        .map_err(|error| format!("{PROBE_COMMAND} is no command: {error}"))?;
    Ok(Some(ProbeCommand::new(words)))
}

/// Lets the instance that runs already do what this one was started for.
fn hand_over(
    application: &adw::Application,
    command_line: &CommandLine,
) -> ControlFlow<glib::ExitCode> {
    let registered = application.register(None::<&gio::Cancellable>);
    if registered.is_err() || !application.is_remote() {
        return ControlFlow::Continue(());
    }
    actions::hand_over(application, command_line);
    let sent = application
        .dbus_connection()
        .map(|bus| bus.flush_sync(None::<&gio::Cancellable>));
    if let Some(Err(error)) = sent {
        eprintln!("sysmon: the running SysMon does not answer: {error}");
        std::process::exit(1);
    }
    // relm4 would wait for an event of a window that was never made.
    std::process::exit(0);
}

/// Finds the translations: where they were installed, or where `TEXTDOMAINDIR` says, as for `gettext(1)`.
/// Without them the program speaks English. The locale itself is set by GTK when it starts, before any
/// word is shown.
fn speak_the_users_language() {
    let folder = std::env::var_os("TEXTDOMAINDIR").unwrap_or_else(|| LOCALE_FOLDER.into());
    let bound = gettextrs::bindtextdomain(TEXT_DOMAIN, folder)
        .and_then(|_| gettextrs::bind_textdomain_codeset(TEXT_DOMAIN, "UTF-8"))
        .and_then(|_| gettextrs::textdomain(TEXT_DOMAIN));
    if let Err(error) = bound {
        eprintln!("sysmon: no translations: {error}");
    }
}
