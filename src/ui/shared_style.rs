//! How values are written, the same in all windows at any time.

use std::cell::RefCell;
use std::num::NonZeroU64;
use std::rc::Rc;

use super::settings::Preferences;
use crate::model::clock::Clock;
use crate::model::format::Style;

/// A handle: clones are the same style. Who shows values asks for it whenever it writes one, and is
/// told to write anew when it has changed.
#[derive(Clone)]
pub struct SharedStyle(Rc<RefCell<Rc<Style>>>);

impl From<Style> for SharedStyle {
    fn from(style: Style) -> Self {
        Self(Rc::new(RefCell::new(Rc::new(style))))
    }
}

impl SharedStyle {
    /// How values are written now.
    pub fn now(&self) -> Rc<Style> {
        Rc::clone(&self.0.borrow())
    }

    /// Writes values as a person chose. Returns whether that is another way than before.
    pub fn follow(&self, values: &Preferences) -> bool {
        self.change(|style| {
            style.units = values.units;
            style.network = values.network;
            style.cpu_scale = values.cpu_scale;
        })
    }

    /// Takes notice of how many CPUs the machine has in use, where that is known. Returns whether
    /// values are written in another way than before.
    pub fn set_cpus(&self, cpus: Option<u64>) -> bool {
        let cpus = cpus.and_then(NonZeroU64::new);
        cpus.is_some() && self.change(|style| style.cpus = cpus)
    }

    /// Writes times of day as the desktop's clock does. Returns whether that is another way than
    /// before.
    pub fn set_clock(&self, clock: Clock) -> bool {
        self.change(|style| style.clock = clock)
    }

    fn change(&self, change: impl FnOnce(&mut Style)) -> bool {
        let before = self.now();
        let mut after = (*before).clone();
        change(&mut after);
        let changed = after != *before;
        if changed {
            self.0.replace(Rc::new(after));
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::format::{CpuScale, DataUnit};

    #[test]
    fn all_handles_write_alike_and_only_a_change_is_one() {
        let style = SharedStyle::from(Style::english());
        let other = style.clone();
        let mut values = Preferences::default();
        assert!(!style.follow(&values));
        values.network = DataUnit::Bits;
        values.cpu_scale = CpuScale::Machine;
        assert!(style.follow(&values));
        assert_eq!(other.now().network, DataUnit::Bits);
        assert!(!style.set_clock(Clock::Hours24) && style.set_clock(Clock::Hours12));
        assert_eq!(other.now().clock, Clock::Hours12);
        assert!(!other.set_cpus(None) && !other.set_cpus(Some(0)));
        assert!(other.set_cpus(Some(4)) && !style.set_cpus(Some(4)));
    }
}
