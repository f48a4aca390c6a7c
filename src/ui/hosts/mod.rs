//! Machines elsewhere: they are chosen in a dialog, and each is shown by a program of its own.

mod copying;
mod dialog;
mod launch;
mod page;

use std::rc::Rc;

use crate::model::host::HostTarget;
use crate::platform::Host;
use crate::source::remote::ssh::Route;
use crate::source::remote::{Patience, Remote};

pub use copying::ask as ask_to_copy;
pub use dialog::ask;
pub use page::{Page, Trouble};

/// So many hosts are remembered.
pub const MOST_REMEMBERED: usize = 20;

/// The machine elsewhere that all windows of this program show.
#[derive(Clone)]
pub struct Elsewhere {
    /// The way there.
    pub route: Route,
    /// The probe there.
    pub remote: Remote,
}

impl Elsewhere {
    /// At the end of this way. Nothing is started before the first question.
    pub fn new(route: Route) -> Self {
        let remote = Remote::new(route.probe(), Patience::default());
        Self { route, remote }
    }

    /// How the person calls it, fit to be shown.
    pub fn name(&self) -> Rc<str> {
        self.route.target.shown().into()
    }

    /// Which machine it is, for a recording. May block.
    pub fn host(&self) -> Host {
        let known = self.remote.about().map(|about| about.host);
        known.unwrap_or_else(|_| Host {
            name: Some(self.route.target.shown()),
            kernel: None,
        })
    }
}

/// The hosts with this one first, and each once.
pub fn remembered(hosts: &[String], first: &HostTarget) -> Vec<String> {
    let others = hosts.iter().filter(|it| *it != first.as_str()).cloned();
    let all = std::iter::once(first.as_str().to_owned()).chain(others);
    all.take(MOST_REMEMBERED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_hosts_are_remembered_once_each() {
        let target = |number: usize| format!("host{number}").parse().expect("a host");
        let mut hosts = Vec::new();
        for number in 0..30 {
            hosts = remembered(&hosts, &target(number));
        }
        assert_eq!(hosts.len(), MOST_REMEMBERED);
        assert_eq!(hosts[0], "host29");
        hosts = remembered(&hosts, &target(20));
        assert_eq!(hosts[..3], ["host20", "host29", "host28"]);
        assert_eq!(hosts.len(), MOST_REMEMBERED);
    }
}
