//! Rules as the desktop keeps them: a list of (what, program, limit, seconds).

use std::time::Duration;

use relm4::gtk::glib;
use relm4::gtk::glib::prelude::*;

use crate::model::alert::{Condition, MOST_RULES, Rule};
use crate::model::units::{Bytes, BytesPerSecond, Percent};

/// What is watched, the program (empty where it is about the machine), the limit, and the seconds.
type Kept = (String, String, f64, u32);

const CPU: &str = "cpu";
const PROGRAM: &str = "program-cpu";
const MEMORY_SHARE: &str = "memory-percent";
const MEMORY_SIZE: &str = "memory-bytes";
const NETWORK: &str = "network-bytes";
/// Up to here a float holds every whole number.
const MOST_BYTES: f64 = 9_007_199_254_740_992.0;

/// Takes the rules over, without those that make no sense and without those beyond the most there can
/// be; `None` where it holds none. The second value says whether all were taken.
pub fn read(value: &glib::Variant) -> (Option<Vec<Rule>>, bool) {
    let Some(kept) = value.get::<Vec<Kept>>() else {
        return (None, false);
    };
    let count = kept.len();
    let rules: Vec<Rule> = kept.into_iter().filter_map(rule).take(MOST_RULES).collect();
    let all = rules.len() == count;
    (Some(rules), all)
}

/// The rules to be kept.
pub fn write(rules: &[Rule]) -> glib::Variant {
    rules.iter().map(kept).collect::<Vec<Kept>>().to_variant()
}

fn rule((what, program, limit, seconds): Kept) -> Option<Rule> {
    let condition = match what.as_str() {
        CPU => Condition::Cpu {
            above: Percent(limit),
        },
        PROGRAM => Condition::Program {
            name: program,
            above: Percent(limit),
        },
        MEMORY_SHARE => Condition::MemoryShare {
            below: Percent(limit),
        },
        MEMORY_SIZE => Condition::MemorySize {
            below: bytes(limit)?,
        },
        NETWORK => Condition::Network {
            above: BytesPerSecond(limit),
        },
        _ => return None,
    };
    let rule = Rule {
        condition,
        lasting: Duration::from_secs(seconds.into()),
    };
    rule.is_possible().then_some(rule)
}

fn bytes(number: f64) -> Option<Bytes> {
    let fits = (0.0..=MOST_BYTES).contains(&number);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is a whole number that fits"
    )]
    fits.then(|| Bytes(number.round() as u64))
}

fn kept(rule: &Rule) -> Kept {
    let (what, program, limit) = match &rule.condition {
        Condition::Cpu { above } => (CPU, "", above.0),
        Condition::Program { name, above } => (PROGRAM, name.as_str(), above.0),
        Condition::MemoryShare { below } => (MEMORY_SHARE, "", below.0),
        Condition::MemorySize { below } => (MEMORY_SIZE, "", below.0 as f64),
        Condition::Network { above } => (NETWORK, "", above.0),
    };
    let seconds = u32::try_from(rule.lasting.as_secs()).unwrap_or(u32::MAX);
    (what.to_owned(), program.to_owned(), limit, seconds)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all_kinds() -> Vec<Rule> {
        let conditions = [
            Condition::Cpu {
                above: Percent(90.0),
            },
            Condition::Program {
                name: "cc1".to_owned(),
                above: Percent(150.0),
            },
            Condition::MemoryShare {
                below: Percent(10.0),
            },
            Condition::MemorySize {
                below: Bytes(500_000_000),
            },
            Condition::Network {
                above: BytesPerSecond(1e6),
            },
        ];
        let rule = |condition| Rule {
            condition,
            lasting: Duration::from_secs(30),
        };
        conditions.map(rule).to_vec()
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let rules = all_kinds();
        assert_eq!(read(&write(&rules)), (Some(rules), true));
        assert_eq!(read(&write(&[])), (Some(Vec::new()), true));
    }

    #[test]
    fn the_kind_of_the_kept_list_is_that_of_the_schema() {
        let schema = include_str!("../../../data/io.github.sysmon_gtk.SysMon.gschema.xml");
        let kind = write(&[]).type_().to_string();
        assert!(schema.contains(&format!("name=\"alert-rules\" type=\"{kind}\"")));
    }

    #[test]
    fn what_makes_no_sense_is_left_out_alone() {
        let entry = |what: &str, program: &str, limit: f64, seconds: u32| {
            (what.to_owned(), program.to_owned(), limit, seconds)
        };
        let good = entry(CPU, "", 90.0, 30);
        for bad in [
            entry("gpu", "", 90.0, 30),
            entry(CPU, "", 0.0, 30),
            entry(CPU, "", f64::NAN, 30),
            entry(PROGRAM, "", 90.0, 30),
            entry(MEMORY_SIZE, "", -1.0, 30),
            entry(MEMORY_SIZE, "", 1e300, 30),
            entry(NETWORK, "", 1e6, 0),
        ] {
            let value = vec![good.clone(), bad.clone(), good.clone()].to_variant();
            let (rules, all) = read(&value);
            assert_eq!((rules.map(|it| it.len()), all), (Some(2), false), "{bad:?}");
        }
        assert_eq!(read(&7_u32.to_variant()), (None, false));
        let many = vec![good; 30].to_variant();
        assert_eq!(read(&many).0.map(|it| it.len()), Some(MOST_RULES));
    }

    proptest! {
        #[test]
        fn anything_is_borne(
            what in prop::sample::select(vec![CPU, PROGRAM, MEMORY_SHARE, MEMORY_SIZE, NETWORK, ""]),
            program in ".{0,300}",
            limit: f64,
            seconds: u32,
        ) {
            let program = program.replace('\0', "");
            let value = vec![(what.to_owned(), program, limit, seconds)].to_variant();
            let (rules, _) = read(&value);
            let rules = rules.expect("a list");
            prop_assert!(rules.iter().all(Rule::is_possible));
            prop_assert_eq!(read(&write(&rules)), (Some(rules), true));
        }
    }
}
