//! Programs that came and went, by how often.

use std::cmp::Reverse;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::format::printable;

/// So many programs are named of those that ended under one process.
const MOST: usize = 3;

/// A program and how many processes of it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramCount {
    /// Its name, from outside.
    pub name: Arc<str>,
    /// How many.
    pub count: u64,
}

/// The most frequent of them, each once, the most frequent first.
pub fn most_frequent(programs: impl IntoIterator<Item = ProgramCount>) -> Vec<ProgramCount> {
    let mut all: Vec<ProgramCount> = programs.into_iter().collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all.dedup_by(|next, first| {
        let same = next.name == first.name;
        if same {
            first.count = first.count.saturating_add(next.count);
        }
        same
    });
    // Those that are equal stay in the order of their names.
    all.sort_by_key(|program| Reverse(program.count));
    all.truncate(MOST);
    all
}

/// Each in words, as "cc1 412".
pub fn texts(programs: &[ProgramCount]) -> Vec<String> {
    let text = |it: &ProgramCount| format!("{} {}", printable(&it.name), it.count);
    programs.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn programs(all: &[(&str, u64)]) -> Vec<ProgramCount> {
        let program = |&(name, count): &(&str, u64)| ProgramCount {
            name: name.into(),
            count,
        };
        all.iter().map(program).collect()
    }

    #[test]
    fn the_most_frequent_come_first_and_each_once() {
        let all = [("as", 200), ("sh", 7), ("cc1", 412), ("ld", 7), ("as", 190)];
        let most = most_frequent(programs(&all));
        assert_eq!(most, programs(&[("cc1", 412), ("as", 390), ("ld", 7)]));
        assert_eq!(texts(&most), ["cc1 412", "as 390", "ld 7"]);
    }

    #[test]
    fn a_name_that_bends_the_line_is_written_out() {
        let [text] = &texts(&programs(&[("a\nb", 1)]))[..] else {
            panic!("one")
        };
        assert!(!text.contains('\n'), "{text}");
    }

    proptest! {
        #[test]
        fn no_count_is_made_up(all in prop::collection::vec(("[a-e]", 0..100_u64), 0..20)) {
            let all: Vec<_> = all.iter().map(|(name, count)| (name.as_str(), *count)).collect();
            let most = most_frequent(programs(&all));
            prop_assert!(most.len() <= MOST && most.is_sorted_by_key(|it| Reverse(it.count)));
            for program in most {
                let same = all.iter().filter(|(name, _)| *name == &*program.name);
                prop_assert_eq!(program.count, same.map(|(_, count)| count).sum::<u64>());
            }
        }
    }
}
