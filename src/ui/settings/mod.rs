//! What a person set. The desktop keeps it (`GSettings`) where this program's schema is installed; else it
//! holds for as long as the program runs.

pub mod keys;
pub mod preferences;
pub mod qt;
mod tables;

use std::cell::RefCell;
use std::rc::Rc;

use relm4::gtk::gio;
use relm4::gtk::gio::prelude::*;
use relm4::gtk::glib;

pub use preferences::{Look, Preferences, Scheme};

use super::app::ID;
use keys::KEYS;

/// The settings, shared by all windows.
#[derive(Clone)]
pub struct Settings(Rc<Inner>);

type Listener = Rc<dyn Fn(&Preferences)>;

struct Inner {
    values: RefCell<Preferences>,
    kept: Option<gio::Settings>,
    listeners: RefCell<Vec<Listener>>,
}

impl Settings {
    /// As they were kept.
    pub fn open() -> Self {
        Self::of(has_schema(ID).then(|| gio::Settings::new(ID)))
    }

    fn of(kept: Option<gio::Settings>) -> Self {
        let settings = Self(Rc::new(Inner {
            values: RefCell::default(),
            kept,
            listeners: RefCell::default(),
        }));
        if let Some(kept) = &settings.0.kept {
            for key in KEYS {
                settings.0.read(kept, key);
            }
            let weak = Rc::downgrade(&settings.0);
            kept.connect_changed(None, move |kept, name| {
                let key = KEYS.iter().find(|key| key.name == name);
                if let (Some(inner), Some(key)) = (weak.upgrade(), key)
                    && inner.read(kept, key)
                {
                    inner.tell();
                }
            });
        }
        settings
    }

    /// The present values.
    pub fn now(&self) -> Preferences {
        self.0.values.borrow().clone()
    }

    /// Whether they are there at the next start.
    pub fn is_kept(&self) -> bool {
        self.0.kept.is_some()
    }

    /// Whether the value of this key is there at the next start.
    fn keeps(&self, key: &str) -> bool {
        self.0.kept.as_ref().is_some_and(|kept| has_key(kept, key))
    }

    /// Changes values, keeps them and tells who listens.
    pub fn change(&self, change: impl FnOnce(&mut Preferences)) {
        let before = self.now();
        change(&mut self.0.values.borrow_mut());
        let after = self.now();
        if before == after {
            return;
        }
        if let Some(kept) = &self.0.kept {
            for key in KEYS {
                let value = (key.write)(&after);
                if value != (key.write)(&before)
                    && let Err(error) = keep(kept, key.name, &value)
                {
                    report(&format!("{} cannot be kept: {error}", key.name));
                }
            }
        }
        self.0.tell();
    }

    /// Has values hold until they are set, without keeping them.
    pub fn pretend(&self, change: impl FnOnce(&mut Preferences)) {
        change(&mut self.0.values.borrow_mut());
        self.0.tell();
    }

    /// Everything as it is for who never set anything. Sizes of windows stay, and what was seen.
    pub fn reset(&self) {
        self.change(|values| {
            *values = Preferences {
                size: values.size,
                maximized: values.maximized,
                opened_before: values.opened_before,
                told_of_background: values.told_of_background,
                hosts: values.hosts.clone(),
                qt_imported: values.qt_imported,
                ..Preferences::default()
            };
        });
    }

    /// What keeps them, by the name of its type; `None` where they hold until the program ends.
    pub fn backend(&self) -> Option<&'static str> {
        let kept = self.0.kept.as_ref()?;
        let backend = kept.property::<Option<glib::Object>>("backend")?;
        Some(backend.type_().name())
    }

    /// Calls `changed` whenever a value has become another.
    pub fn connect_changed(&self, changed: impl Fn(&Preferences) + 'static) {
        self.0.listeners.borrow_mut().push(Rc::new(changed));
    }
}

impl Inner {
    /// Reads a key. Returns whether it has become another.
    fn read(&self, kept: &gio::Settings, key: &keys::Key) -> bool {
        let before = self.values.borrow().clone();
        let Some(value) = value(kept, key.name) else {
            report(&format!("the setting {} {UNKNOWN}", key.name));
            return false;
        };
        if !(key.read)(&mut self.values.borrow_mut(), &value) {
            report(&format!(
                "the setting {} has the value {value}, which is none it can have",
                key.name
            ));
        }
        *self.values.borrow() != before
    }

    fn tell(&self) {
        let listeners = self.listeners.borrow().clone();
        let values = self.values.borrow().clone();
        for listener in listeners {
            listener(&values);
        }
    }
}

/// Whether a schema is installed: asking for one that is not ends the program.
pub fn has_schema(id: &str) -> bool {
    gio::SettingsSchemaSource::default().is_some_and(|source| source.lookup(id, true).is_some())
}

/// What is said of a key that the installed schema lacks, which is then of an earlier program.
const UNKNOWN: &str =
    "is not in the installed schema, which is older than this program; install SysMon again";

/// Whether the installed schema has a key: asking for one that it lacks ends the program.
fn has_key(kept: &gio::Settings, key: &str) -> bool {
    kept.settings_schema()
        .is_some_and(|schema| schema.has_key(key))
}

/// What is kept under a key; `None` where the schema lacks it.
fn value(kept: &gio::Settings, key: &str) -> Option<glib::Variant> {
    has_key(kept, key).then(|| kept.value(key))
}

/// Keeps a value.
///
/// # Errors
/// When the schema lacks its key, or it cannot be written, with the rest of a sentence that says so.
fn keep(kept: &gio::Settings, key: &str, value: &glib::Variant) -> Result<(), String> {
    if !has_key(kept, key) {
        return Err(format!("it {UNKNOWN}"));
    }
    kept.set_value(key, value)
        .map_err(|error| error.to_string())
}

fn report(text: &str) {
    glib::g_warning!("sysmon", "{text}");
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;
    use crate::ui::table::{Layout, Sort};

    /// Settings of a schema with these keys only.
    fn kept_with(keys: &str) -> gio::Settings {
        let folder = tempfile::tempdir().expect("a folder");
        let text = format!(
            "<schemalist><schema id='org.example.Old' path='/org/example/old/'>{keys}</schema></schemalist>"
        );
        fs::write(folder.path().join("old.gschema.xml"), text).expect("written");
        let compiled = Command::new("glib-compile-schemas")
            .arg(folder.path())
            .status();
        assert!(compiled.expect("GLib's tools are installed").success());
        let source = gio::SettingsSchemaSource::from_directory(folder.path(), None, true);
        let schema = source.expect("compiled").lookup("org.example.Old", false);
        let backend = gio::memory_settings_backend_new();
        gio::Settings::new_full(&schema.expect("there"), Some(&backend), None)
    }

    #[test]
    fn an_older_schema_keeps_what_it_knows_and_the_rest_holds_until_the_end() {
        let kept = kept_with("<key name='smoothing' type='u'><default>1</default></key>");
        let settings = Settings::of(Some(kept.clone()));
        settings.change(|values| {
            values.look.smoothing = 4;
            values.look.line_width = 7;
        });
        assert_eq!(settings.now().look.line_width, 7);
        assert_eq!(kept.value("smoothing").get(), Some(4_u32));
        assert!(settings.keeps("smoothing") && !settings.keeps("line-width"));
    }

    #[test]
    fn an_older_schema_of_tables_does_not_end_the_program() {
        let kept = kept_with("<key name='compact' type='b'><default>false</default></key>");
        let values = Preferences::default();
        let layout = Layout {
            columns: Vec::new(),
            sort: Sort {
                column: "cpu",
                direction: crate::model::table::Direction::Descending,
            },
        };
        let mut state = crate::ui::drilldown::ViewState::new(layout);
        state.compact = true;
        tables::write(&kept, "cpu", &state, &values);
        state.compact = false;
        tables::read(&kept, "cpu", &mut state);
        assert!(state.compact);
    }
}
