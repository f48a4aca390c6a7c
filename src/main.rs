//! The desktop application.

use std::process::ExitCode;
use std::rc::Rc;

use relm4::gtk::{gio::prelude::*, glib};
use relm4::{MessageBroker, RelmApp};
use sysmon::platform::{self, Kind, Roots};
use sysmon::source::local::LocalSource;
use sysmon::ui::app::{self, App, AppMsg, Sources};
use sysmon::ui::command_line::CommandLine;

const TEXT_DOMAIN: &str = "sysmon";
const LOCALE_FOLDER: &str = match option_env!("SYSMON_LOCALEDIR") {
    Some(folder) => folder,
    None => "/usr/share/locale",
};

static APP: MessageBroker<AppMsg> = MessageBroker::new();

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
    let application = app::application();
    application.connect_command_line(|application, words| {
        application.activate();
        // The first start has its words already; these are of a later one.
        if words.is_remote()
            && let Ok(command_line) = CommandLine::understand(words.arguments())
        {
            APP.send(AppMsg::StartedAgain(command_line));
        }
        glib::ExitCode::SUCCESS
    });
    let sources: Sources = Rc::new(|| {
        Box::new(|| {
            let platform = platform::open(Kind::default(), Roots::default())?;
            Ok(Box::new(LocalSource::new(platform)))
        })
    });
    RelmApp::from_app(application)
        .with_broker(&APP)
        .run::<App>((sources, command_line));
    ExitCode::SUCCESS
}

/// Finds the translations. Without them the program speaks English. The locale itself is set by GTK
/// when it starts, before any word is shown.
fn speak_the_users_language() {
    let bound = gettextrs::bindtextdomain(TEXT_DOMAIN, LOCALE_FOLDER)
        .and_then(|_| gettextrs::bind_textdomain_codeset(TEXT_DOMAIN, "UTF-8"))
        .and_then(|_| gettextrs::textdomain(TEXT_DOMAIN));
    if let Err(error) = bound {
        eprintln!("sysmon: no translations: {error}");
    }
}
