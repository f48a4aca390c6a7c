use proptest::prelude::*;

use super::*;

fn figures(samples: &[Sample]) -> Vec<(Option<&str>, f64)> {
    let name = |sample: &Sample| sample.labels.iter().position(|(key, _)| *key == "program");
    samples
        .iter()
        .map(|it| (name(it).map(|place| &*it.labels[place].1), it.value))
        .collect()
}

#[test]
fn processes_of_one_name_are_one_program_and_a_program_may_be_called_other() {
    let rows = [
        ("a", 1.0),
        ("other", 5.0),
        ("a", 2.0),
        ("c", 0.5),
        ("d", 0.0),
    ];
    let all = largest(rows.into_iter(), 2);
    assert_eq!(
        figures(&all),
        [(Some("other"), 5.0), (Some("a"), 3.0), (None, 0.5)]
    );
    let idle = largest([("d", 0.0)].into_iter(), 2);
    assert_eq!(figures(&idle), [(None, 0.0)]);
    assert_eq!(largest(std::iter::empty(), 2), []);
}

proptest! {
    #[test]
    fn nothing_is_lost_and_no_more_are_named_than_asked_for(
        rows in prop::collection::vec(("[a-f]{1,2}", 0..1000_u32), 1..60),
        top in 1..12_usize,
    ) {
        let all = largest(rows.iter().map(|(name, it)| (name.as_str(), f64::from(*it))), top);
        prop_assert!(all.len() <= top + 1);
        let told: f64 = all.iter().map(|it| it.value).sum();
        let there: f64 = rows.iter().map(|(_, it)| f64::from(*it)).sum();
        prop_assert!((told - there).abs() < 1e-6);
        let named = &all[..all.len() - 1];
        prop_assert!(named.is_sorted_by(|a, b| a.value >= b.value));
    }
}
