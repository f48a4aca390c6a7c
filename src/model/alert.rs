//! Rules about what a person wants to be told of, and when they fire.

use std::time::Duration;

use super::cpu::CpuSnapshot;
use super::system::SystemTotals;
use super::units::{Bytes, BytesPerSecond, Percent};

/// So many rules there are at most.
pub const MOST_RULES: usize = 20;
/// Seconds that a condition can have to last.
pub const SHORTEST: Duration = Duration::from_secs(1);
/// See [`SHORTEST`].
pub const LONGEST: Duration = Duration::from_hours(1);
/// The largest share of one core: that of a machine with a thousand of them.
pub const MOST_CORES: Percent = Percent(100_000.0);
/// The kernel cuts names of processes, but not those of programs; a longer one is a mistake.
const LONGEST_NAME: usize = 255;

/// What a person wants to be told of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alerts {
    /// Whether anything is watched.
    pub on: bool,
    /// What is watched then.
    pub rules: Vec<Rule>,
}

impl Alerts {
    /// Whether there is anything to watch.
    pub fn are_watched(&self) -> bool {
        self.on && !self.rules.is_empty()
    }
}

/// A condition that has to last.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The condition.
    pub condition: Condition,
    /// For how long it has to hold without a break.
    pub lasting: Duration,
}

/// Something that is so or not.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// CPU time of the machine, as a share of all CPUs.
    Cpu {
        /// It is above this.
        above: Percent,
    },
    /// CPU time of all processes of a program together, as a share of one core.
    Program {
        /// The name that its processes have.
        name: String,
        /// It is above this.
        above: Percent,
    },
    /// Available memory, as a share of the machine's.
    MemoryShare {
        /// It is below this.
        below: Percent,
    },
    /// Available memory.
    MemorySize {
        /// It is below this.
        below: Bytes,
    },
    /// What the counted interfaces receive and send together.
    Network {
        /// It is above this.
        above: BytesPerSecond,
    },
}

impl Rule {
    /// Whether it can ever hold, and ever not.
    pub fn is_possible(&self) -> bool {
        (SHORTEST..=LONGEST).contains(&self.lasting) && self.condition.is_possible()
    }
}

impl Condition {
    /// Whether it is about processes, and not about the machine.
    pub fn is_of_processes(&self) -> bool {
        matches!(self, Self::Program { .. })
    }

    /// Whether the machine is so; `None` where that is not known or the condition is another's.
    pub fn holds_of(&self, machine: &SystemTotals) -> Option<bool> {
        match self {
            Self::Cpu { above } => Some(machine.cpu? > *above),
            Self::MemoryShare { below } => {
                let memory = machine.memory?;
                Some(Percent::of(memory.available, memory.total)? < *below)
            }
            Self::MemorySize { below } => Some(machine.memory?.available < *below),
            Self::Network { above } => {
                let (received, sent) = (machine.network_received?, machine.network_sent?);
                Some(received + sent > *above)
            }
            Self::Program { .. } => None,
        }
    }

    /// Whether processes are so; `None` where that is not known or the condition is another's. A
    /// program that does not run uses nothing.
    pub fn holds_among(&self, processes: &CpuSnapshot) -> Option<bool> {
        let Self::Program { name, above } = self else {
            return None;
        };
        let mut sum = Percent(0.0);
        let mut is_known = true;
        for row in processes.rows.iter().filter(|row| row.info.name == *name) {
            match row.cpu {
                Some(share) => sum.0 += share.0,
                None => is_known = false,
            }
        }
        // What is known may be enough.
        let holds = sum > *above;
        (holds || is_known).then_some(holds)
    }

    fn is_possible(&self) -> bool {
        let share = |share: &Percent, most: Percent| share.0 > 0.0 && *share <= most;
        match self {
            Self::Cpu { above } => share(above, Percent(100.0)),
            Self::MemoryShare { below } => share(below, Percent(100.0)),
            Self::Program { name, above } => {
                let is_name = !name.trim().is_empty() && name.len() <= LONGEST_NAME;
                is_name && share(above, MOST_CORES)
            }
            Self::MemorySize { below } => below.0 > 0,
            Self::Network { above } => above.0 > 0.0 && above.0.is_finite(),
        }
    }
}

/// Watches one rule. It fires once the condition has held for long enough, and again only after it
/// was false for just as long in between.
///
/// Time is that of a clock that stands still while the machine sleeps: nothing can last while it does.
/// A reading that tells nothing neither adds to what lasted nor ends it. Only where nothing is told for
/// as long as the rule has to last, what was seen before is too old to count.
#[derive(Clone, Debug)]
pub struct Watch {
    rule: Rule,
    /// Whether it fired and was not armed again.
    fired: bool,
    /// For how long it has been otherwise than when it fired or was armed.
    lasted: Duration,
    /// For how long nothing was told.
    silent: Duration,
    last: Option<Duration>,
}

impl Watch {
    /// Of a rule of which nothing is known yet.
    pub fn new(rule: Rule) -> Self {
        Self {
            rule,
            fired: false,
            lasted: Duration::ZERO,
            silent: Duration::ZERO,
            last: None,
        }
    }

    /// What is watched.
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// Takes in whether the condition held from the last reading until `now`. Returns whether it has
    /// lasted long enough just now.
    pub fn feed(&mut self, now: Duration, holds: Option<bool>) -> bool {
        let last = self.last.replace(now).unwrap_or(now);
        let passed = now.saturating_sub(last);
        let Some(holds) = holds else {
            self.silent += passed;
            if self.silent >= self.rule.lasting {
                self.lasted = Duration::ZERO;
            }
            return false;
        };
        self.silent = Duration::ZERO;
        if holds == self.fired {
            self.lasted = Duration::ZERO;
            return false;
        }
        self.lasted += passed;
        if self.lasted < self.rule.lasting {
            return false;
        }
        self.lasted = Duration::ZERO;
        self.fired = holds;
        holds
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::system::Memory;

    fn watch(seconds: u64) -> Watch {
        Watch::new(Rule {
            condition: Condition::Cpu {
                above: Percent(90.0),
            },
            lasting: Duration::from_secs(seconds),
        })
    }

    /// The seconds at which it fires, with a reading each second.
    fn firings(watch: &mut Watch, readings: &[Option<bool>]) -> Vec<u64> {
        (0..)
            .zip(readings)
            .filter(|&(second, &holds)| watch.feed(Duration::from_secs(second), holds))
            .map(|(second, _)| second)
            .collect()
    }

    #[test]
    fn it_fires_once_and_again_only_after_all_was_well_for_as_long() {
        let (on, off) = (Some(true), Some(false));
        let readings = [
            off, on, on, on, on, on, // Lasts from the second 0 on.
            off, off, on, on, on, on, // Too short a break.
            off, off, off, on, on, on, // Long enough a break.
        ];
        assert_eq!(firings(&mut watch(3), &readings), [3, 17]);
    }

    #[test]
    fn a_break_begins_anew() {
        let (on, off) = (Some(true), Some(false));
        assert_eq!(firings(&mut watch(3), &[on, on, on, off, on, on, on]), [6]);
    }

    #[test]
    fn what_is_unknown_neither_counts_nor_breaks_until_it_lasts_too_long() {
        let on = Some(true);
        assert_eq!(firings(&mut watch(3), &[on, on, None, None, on, on]), [5]);
        let readings = [on, on, on, None, None, None, on, on, on, on];
        assert_eq!(firings(&mut watch(3), &readings), [8]);
    }

    #[test]
    fn nothing_fires_before_a_second_reading() {
        assert!(!watch(1).feed(Duration::from_hours(9), Some(true)));
    }

    #[test]
    fn conditions_of_the_machine_are_read_off_its_figures() {
        let machine = SystemTotals {
            cpu: Some(Percent(91.0)),
            memory: Some(Memory {
                total: Bytes(1000),
                available: Bytes(90),
                ..Memory::default()
            }),
            network_received: Some(BytesPerSecond(60.0)),
            network_sent: Some(BytesPerSecond(50.0)),
            ..SystemTotals::default()
        };
        let cases = [
            (
                Condition::Cpu {
                    above: Percent(90.0),
                },
                true,
            ),
            (
                Condition::Cpu {
                    above: Percent(91.0),
                },
                false,
            ),
            (
                Condition::MemoryShare {
                    below: Percent(9.5),
                },
                true,
            ),
            (
                Condition::MemoryShare {
                    below: Percent(9.0),
                },
                false,
            ),
            (Condition::MemorySize { below: Bytes(91) }, true),
            (Condition::MemorySize { below: Bytes(90) }, false),
            (
                Condition::Network {
                    above: BytesPerSecond(100.0),
                },
                true,
            ),
            (
                Condition::Network {
                    above: BytesPerSecond(110.0),
                },
                false,
            ),
        ];
        for (condition, holds) in cases {
            assert_eq!(condition.holds_of(&machine), Some(holds), "{condition:?}");
            assert_eq!(condition.holds_of(&SystemTotals::default()), None);
        }
    }

    #[test]
    fn what_can_never_be_is_no_rule() {
        let rule = |condition| Rule {
            condition,
            lasting: Duration::from_secs(30),
        };
        let share = |above| Condition::Cpu {
            above: Percent(above),
        };
        assert!(rule(share(100.0)).is_possible());
        for above in [0.0, -1.0, 100.1, f64::NAN, f64::INFINITY] {
            assert!(!rule(share(above)).is_possible(), "{above}");
        }
        let named = |name: &str| Condition::Program {
            name: name.to_owned(),
            above: Percent(150.0),
        };
        assert!(rule(named("firefox")).is_possible());
        assert!(!rule(named(" ")).is_possible());
        assert!(!rule(named(&"a".repeat(300))).is_possible());
        for seconds in [0, 3601] {
            let lasting = Duration::from_secs(seconds);
            assert!(
                !Rule {
                    lasting,
                    ..rule(share(50.0))
                }
                .is_possible()
            );
        }
    }

    proptest! {
        /// However readings come, two firings lie as far apart as the condition has to be false and
        /// true again.
        #[test]
        fn it_never_fires_too_often(
            lasting in 1_u64..20,
            steps in prop::collection::vec((0_u64..5000, prop::option::of(any::<bool>())), 0..200),
        ) {
            let mut watch = watch(lasting);
            let mut now = Duration::ZERO;
            let mut fired: Option<Duration> = None;
            for (step, holds) in steps {
                now += Duration::from_millis(step);
                if watch.feed(now, holds) {
                    prop_assert_eq!(holds, Some(true));
                    let since = now.saturating_sub(fired.unwrap_or_default());
                    let least = if fired.is_some() { 2 * lasting } else { lasting };
                    prop_assert!(since >= Duration::from_secs(least));
                    fired = Some(now);
                }
            }
        }

        /// A condition that holds throughout fires exactly once, with whatever pace it is read.
        #[test]
        fn what_lasts_fires_once(
            lasting in 1_u64..20,
            steps in prop::collection::vec(1_u64..5000, 1..200),
        ) {
            let mut watch = watch(lasting);
            let mut now = Duration::ZERO;
            watch.feed(now, Some(true));
            let mut count = 0;
            for step in steps {
                now += Duration::from_millis(step);
                count += u32::from(watch.feed(now, Some(true)));
            }
            prop_assert_eq!(count, u32::from(now >= Duration::from_secs(lasting)));
        }
    }
}
