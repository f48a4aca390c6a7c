//! Icons of applications, by the service or scope that systemd put their processes in.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use relm4::gtk::gio;
use relm4::gtk::gio::prelude::*;
use relm4::gtk::glib;

/// The icon of what is no application.
const GENERIC: &str = "application-x-executable-symbolic";

/// The icon of what is no process or connection.
pub const REMAINDER: &str = "view-more-horizontal-symbolic";

/// Icons by service, looked up once for all tables.
pub struct Icons {
    generic: gio::Icon,
    installed: RefCell<HashMap<String, gio::Icon>>,
    known: RefCell<HashMap<String, gio::Icon>>,
}

impl Icons {
    /// Reads the desktop entries on a thread of its own; `arrived` is called when it is done.
    pub fn load(arrived: impl FnOnce() + 'static) -> Rc<Self> {
        let icons = Rc::new(Self {
            generic: gio::ThemedIcon::new(GENERIC).upcast(),
            installed: RefCell::default(),
            known: RefCell::default(),
        });
        let weak = Rc::downgrade(&icons);
        glib::spawn_future_local(async move {
            // Icons cannot be sent between threads, what they are written as can.
            let Ok(entries) = gio::spawn_blocking(installed).await else {
                return;
            };
            let Some(icons) = weak.upgrade() else { return };
            icons
                .installed
                .replace(entries.into_iter().filter_map(parsed).collect());
            icons.known.borrow_mut().clear();
            arrived();
        });
        icons
    }

    /// The icon for a process of this service.
    pub fn of(&self, service: Option<&str>) -> gio::Icon {
        let Some(service) = service else {
            return self.generic.clone();
        };
        if let Some(icon) = self.known.borrow().get(service) {
            return icon.clone();
        }
        let installed = self.installed.borrow();
        let icon = application_ids(service)
            .iter()
            .find_map(|id| installed.get(&id.to_lowercase()))
            .unwrap_or(&self.generic)
            .clone();
        self.known
            .borrow_mut()
            .insert(service.to_owned(), icon.clone());
        icon
    }
}

fn installed() -> Vec<(String, String)> {
    gio::AppInfo::all()
        .iter()
        .filter_map(|app| {
            let icon = IconExt::to_string(&app.icon()?)?;
            Some((app.id()?.to_string(), icon.to_string()))
        })
        .collect()
}

fn parsed((id, icon): (String, String)) -> Option<(String, gio::Icon)> {
    let id = id.strip_suffix(".desktop").unwrap_or(&id).to_lowercase();
    Some((id, gio::Icon::for_string(&icon).ok()?))
}

/// The application ids that a unit's name can stand for: `app-<launcher>-<id>-<random>.scope`,
/// `app-<launcher>-<id>@<random>.service`, each with or without launcher.
pub fn application_ids(unit: &str) -> Vec<String> {
    let Some(body) = unit.strip_prefix("app-") else {
        return Vec::new();
    };
    let body = if let Some(body) = body.strip_suffix(".scope") {
        body.rsplit_once('-').map_or(body, |(body, _)| body)
    } else if let Some(body) = body.strip_suffix(".service") {
        body.split_once('@').map_or(body, |(body, _)| body)
    } else {
        return Vec::new();
    };
    let mut ids = vec![unescaped(body)];
    if let Some((_, id)) = body.split_once('-') {
        ids.push(unescaped(id));
    }
    ids
}

/// systemd writes characters that mean something in a unit's name as `\x2d`.
fn unescaped(text: &str) -> String {
    let mut parts = text.split("\\x");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let byte = part
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let Some(byte) = byte {
            bytes.push(byte);
            bytes.extend_from_slice(&part.as_bytes()[2..]);
        } else {
            bytes.extend_from_slice(b"\\x");
            bytes.extend_from_slice(part.as_bytes());
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn units_of_applications_name_their_desktop_entry() {
        let has = |unit: &str, id: &str| application_ids(unit).iter().any(|other| other == id);
        assert!(has("app-gnome-org.gnome.Maps-4242.scope", "org.gnome.Maps"));
        assert!(has("app-firefox-17.scope", "firefox"));
        assert!(has(
            "app-org.gnome.Terminal@1f.service",
            "org.gnome.Terminal"
        ));
        assert!(has("app-gnome-google\\x2dchrome-9.scope", "google-chrome"));
        assert!(application_ids("sshd.service").is_empty());
    }

    proptest! {
        #[test]
        fn any_unit_is_read(unit: String) {
            application_ids(&unit);
            application_ids(&format!("app-{unit}.scope"));
        }
    }
}
