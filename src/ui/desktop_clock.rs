//! Whether the desktop's clock counts twelve hours or twenty-four.

use std::cell::Cell;
use std::rc::Rc;

use gtk::prelude::*;
use gtk::{gio, glib};
use relm4::gtk;

use super::language;
use super::settings::has_schema;
use crate::model::clock::Clock;

/// Of GNOME, and of the desktops that keep their settings where GNOME does.
const SCHEMA: &str = "org.gnome.desktop.interface";
const KEY: &str = "clock-format";
const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const SETTINGS: &str = "org.freedesktop.portal.Settings";
/// Milliseconds for an answer of the portal, which libadwaita has asked before.
const PATIENCE: i32 = 500;

/// What the desktop says, followed for as long as this lives.
pub struct DesktopClock {
    now: Rc<Cell<Clock>>,
    #[expect(dead_code, reason = "held so that changes are told")]
    said_by: SaidBy,
}

#[expect(dead_code, reason = "held so that changes are told")]
enum SaidBy {
    /// The way out of a sandbox, whose own settings are not the desktop's.
    Portal(gio::SignalSubscription),
    Settings(gio::Settings),
    Locale,
}

impl DesktopClock {
    /// Asks the desktop, and calls `changed` whenever it says something else. Where none says
    /// anything, the clock is that of the locale.
    pub fn follow(changed: impl Fn(Clock) + 'static) -> Self {
        let now = Rc::new(Cell::new(Clock::default()));
        let tell = {
            let now = Rc::clone(&now);
            move |clock| {
                if now.replace(clock) != clock {
                    changed(clock);
                }
            }
        };
        let bus = gio::bus_get_sync(gio::BusType::Session, gio::Cancellable::NONE).ok();
        let told = bus.and_then(|bus| Some((ask_portal(&bus)?, bus)));
        let said_by = if let Some((clock, bus)) = told {
            now.set(clock);
            SaidBy::Portal(follow_portal(&bus, tell))
        } else if let Some(kept) = settings() {
            now.set(of_settings(&kept));
            kept.connect_changed(Some(KEY), move |kept, _| tell(of_settings(kept)));
            SaidBy::Settings(kept)
        } else {
            now.set(language::clock());
            SaidBy::Locale
        };
        Self { now, said_by }
    }

    /// What it says now.
    pub fn now(&self) -> Clock {
        self.now.get()
    }
}

fn settings() -> Option<gio::Settings> {
    let kept = has_schema(SCHEMA).then(|| gio::Settings::new(SCHEMA))?;
    let schema = kept.settings_schema()?;
    schema.has_key(KEY).then_some(kept)
}

/// Beside GNOME the schema may be there and nobody have set anything: what it says then is no choice.
fn of_settings(kept: &gio::Settings) -> Clock {
    let desktop = std::env::var("XDG_CURRENT_DESKTOP").unwrap_or_default();
    let is_chosen = kept.user_value(KEY).is_some() || desktop.split(':').any(|it| it == "GNOME");
    let said = is_chosen.then(|| Clock::of_setting(&kept.string(KEY)));
    said.flatten().unwrap_or_else(language::clock)
}

fn ask_portal(bus: &gio::DBusConnection) -> Option<Clock> {
    let reply = bus.call_sync(
        Some(PORTAL),
        PATH,
        SETTINGS,
        "Read",
        Some(&(SCHEMA, KEY).to_variant()),
        None,
        gio::DBusCallFlags::NO_AUTO_START,
        PATIENCE,
        gio::Cancellable::NONE,
    );
    of_variant(reply.ok()?.try_child_value(0)?)
}

fn follow_portal(
    bus: &gio::DBusConnection,
    tell: impl Fn(Clock) + 'static,
) -> gio::SignalSubscription {
    bus.subscribe_to_signal(
        Some(PORTAL),
        Some(SETTINGS),
        Some("SettingChanged"),
        Some(PATH),
        Some(SCHEMA),
        gio::DBusSignalFlags::NONE,
        move |signal| {
            let part = |at| signal.parameters.try_child_value(at);
            let is_this = part(1).is_some_and(|key| key.str() == Some(KEY));
            if let Some(clock) = part(2).filter(|_| is_this).and_then(of_variant) {
                tell(clock);
            }
        },
    )
}

/// Portals wrap a value once or twice.
fn of_variant(mut value: glib::Variant) -> Option<Clock> {
    // GLib complains where something else is unwrapped.
    while value.is::<glib::Variant>() {
        value = value.as_variant()?;
    }
    Clock::of_setting(value.str()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_a_portal_is_found_however_it_is_wrapped() {
        let word = "12h".to_variant();
        let once = glib::Variant::from_variant(&word);
        let twice = glib::Variant::from_variant(&once);
        for value in [word, once, twice] {
            assert_eq!(of_variant(value), Some(Clock::Hours12));
        }
        for value in [7.to_variant(), "12".to_variant(), ().to_variant()] {
            assert_eq!(of_variant(value), None);
        }
    }
}
