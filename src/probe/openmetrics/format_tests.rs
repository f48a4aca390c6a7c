use proptest::prelude::*;

use super::super::families;
use super::super::strict::parse;
use super::*;

const GAUGE: Family = Family {
    name: "it",
    kind: Kind::Gauge,
    unit: None,
    help: "What it is.",
};

#[test]
fn each_dialect_is_written_as_its_readers_want_it() {
    let text = |dialect| {
        let mut page = Page::new(dialect);
        page.add(&families::CPU, [Sample::of([("mode", "user")], 1.5)]);
        page.add(&families::BUILD, [Sample::of([("version", "1")], 1.0)]);
        page.add(&families::CPUS, [Sample::only(f64::NAN)]);
        page.finish()
    };
    let help = "CPU time of all CPUs since boot by what it was spent on.";
    assert_eq!(
        text(Dialect::OpenMetrics),
        format!(
            "# TYPE sysmon_cpu_seconds counter\n# UNIT sysmon_cpu_seconds seconds\n\
             # HELP sysmon_cpu_seconds {help}\nsysmon_cpu_seconds_total{{mode=\"user\"}} 1.5\n\
             # TYPE sysmon_build info\n# HELP sysmon_build Version of this exporter.\n\
             sysmon_build_info{{version=\"1\"}} 1\n# EOF\n"
        )
    );
    assert_eq!(
        text(Dialect::Prometheus),
        format!(
            "# TYPE sysmon_cpu_seconds_total counter\n# HELP sysmon_cpu_seconds_total {help}\n\
             sysmon_cpu_seconds_total{{mode=\"user\"}} 1.5\n\
             # TYPE sysmon_build_info gauge\n# HELP sysmon_build_info Version of this exporter.\n\
             sysmon_build_info{{version=\"1\"}} 1\n"
        )
    );
}

#[test]
fn names_carry_their_unit_and_none_stands_twice() {
    let mut names = Vec::new();
    for family in families::ALL {
        assert!(family.name.starts_with("sysmon_"), "{}", family.name);
        assert!(!family.name.ends_with("_total"), "{}", family.name);
        assert!(family.help.ends_with('.'), "{}", family.name);
        assert!(!family.help.contains(['\n', '\\', '"']), "{}", family.name);
        if let Some(unit) = family.unit {
            assert!(family.name.ends_with(unit), "{}", family.name);
        }
        names.push(family.name);
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), families::ALL.len());
}

#[test]
fn the_document_lists_what_there_is() {
    let document = include_str!("../../../docs/openmetrics.md");
    let names = |line: &str| {
        let cell = line
            .strip_prefix("| `sysmon_")
            .and_then(|it| it.split(" |").next());
        let cell = cell.map(|it| format!("`sysmon_{it}"));
        let parts = cell.unwrap_or_default();
        let parts = parts.split('`').filter(|it| it.starts_with("sysmon_"));
        parts
            .map(|it| it.split('{').next().unwrap_or(it).to_owned())
            .collect::<Vec<_>>()
    };
    let mut told: Vec<String> = document.lines().flat_map(names).collect();
    told.sort();
    let mut there: Vec<String> = families::ALL.iter().map(|it| it.sample_name()).collect();
    there.sort();
    assert_eq!(told, there);
}

#[test]
fn a_dashboard_asks_for_what_there_is() {
    let text = include_str!("../../../docs/grafana-dashboard.json");
    let dashboard: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let there: Vec<String> = families::ALL.iter().map(|it| it.sample_name()).collect();
    let targets = panels
        .iter()
        .filter_map(|panel| panel["targets"].as_array());
    let mut asked = 0;
    for target in targets.flatten() {
        let query = target["expr"].as_str().expect("a query");
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        for word in query
            .split(|c| !is_part(c))
            .filter(|it| it.starts_with("sysmon_"))
        {
            assert!(there.iter().any(|name| name == word), "{word} in {query}");
            asked += 1;
        }
    }
    assert!(asked >= panels.len(), "{asked} metrics are asked for");
}

#[test]
fn a_long_name_is_cut_between_characters() {
    let long = "\u{e9}".repeat(LONGEST);
    assert_eq!(label(&long), long);
    assert_eq!(label(&format!("{long}x")), format!("{long}\u{2026}"));
    assert_eq!(label("a\u{1b}[1m\nb"), "a\\u{1b}[1m\\nb");
}

proptest! {
    #[test]
    fn any_label_and_figure_are_read_back(
        names in prop::collection::btree_set(any::<String>(), 1..8),
        odd in "[\"\\\\\n{},= #é\u{202e}]{0,12}",
        value in prop::num::f64::NORMAL | prop::num::f64::ZERO,
    ) {
        let names: std::collections::BTreeSet<String> = names.into_iter().chain([odd]).collect();
        let mut page = Page::new(Dialect::OpenMetrics);
        page.add(&GAUGE, names.iter().map(|name| Sample::of([("a", "b"), ("name", name)], value)));
        let read = parse(&page.finish()).expect("strict");
        let told: Vec<&str> = read.of("it").iter().map(|(labels, _)| &*labels["name"]).collect();
        prop_assert_eq!(told, names.iter().map(String::as_str).collect::<Vec<_>>());
        prop_assert!(read.of("it").iter().all(|(_, read)| read.to_bits() == value.to_bits()));
    }

    #[test]
    fn a_label_is_short_and_bends_nothing(name: String) {
        let label = label(&name);
        prop_assert!(label.chars().count() <= LONGEST + 1);
        prop_assert!(!label.chars().any(char::is_control));
    }
}
