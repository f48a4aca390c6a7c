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
        let kept = has_schema(ID).then(|| gio::Settings::new(ID));
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
                    && let Err(error) = kept.set_value(key.name, &value)
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
        let value = kept.value(key.name);
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
fn has_schema(id: &str) -> bool {
    gio::SettingsSchemaSource::default().is_some_and(|source| source.lookup(id, true).is_some())
}

fn report(text: &str) {
    glib::g_warning!("sysmon", "{text}");
}
