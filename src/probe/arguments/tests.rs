use proptest::prelude::*;

use super::*;

fn asked(arguments: &str) -> Result<Asked, BadArguments> {
    parse(
        std::iter::once("sysmon-probe")
            .chain(arguments.split_whitespace())
            .map(OsString::from),
    )
}

fn options(arguments: &str) -> PrintOptions {
    match asked(arguments).expect("good arguments") {
        Asked::Print(options) => options,
        other => panic!("{other:?}"),
    }
}

#[test]
fn defaults_are_those_of_the_contract() {
    let options = options("print cpu");
    assert_eq!(options.subject, Subject::Cpu);
    assert_eq!(options.interval, Duration::from_secs(1));
    assert_eq!(options.count, None);
    assert_eq!(options.top, Some(10));
    assert_eq!(options.sort, None);
    assert!(options.filter.is_empty());
    assert_eq!(options.format, OutputFormat::Table);
    let machine = Machine {
        roots: Roots::default(),
        platform: Kind::default(),
    };
    assert_eq!(options.origin, Origin::Machine(machine));
}

#[test]
fn options_are_understood() {
    let options = options(
        "print disk --interval 0.5 --count 3 --top all --sort read_bytes:asc --filter -Fire \
         --format json --proc-root /p --sys-root /s --platform linux",
    );
    assert_eq!(options.interval, Duration::from_millis(500));
    assert_eq!(options.count, Some(3));
    assert_eq!(options.top, None);
    assert_eq!(
        options.sort,
        Some(Sort {
            key: "read_bytes".to_owned(),
            direction: Direction::Ascending
        })
    );
    assert_eq!(Ok(options.filter), Query::parse("-fire"));
    assert_eq!(options.format, OutputFormat::Json);
    let Origin::Machine(machine) = options.origin else {
        panic!("a machine is read")
    };
    assert_eq!(machine.roots.proc, PathBuf::from("/p"));
    assert_eq!(machine.roots.sys, PathBuf::from("/s"));
}

#[test]
fn recording_and_replaying_are_understood() {
    let replayed = options("print disk --replay /r --top 3 --count 2");
    assert_eq!(replayed.origin, Origin::Recording("/r".into()));
    let recorded = |arguments| match asked(arguments).expect("good arguments") {
        Asked::Record(options) => options,
        other => panic!("{other:?}"),
    };
    let usual = recorded("record --out /r");
    assert_eq!(usual.out, PathBuf::from("/r"));
    assert_eq!(usual.interval, Duration::from_secs(1));
    assert_eq!(usual.duration, None);
    assert!(usual.command_lines && !usual.replace);
    let told = recorded(
        "record --out /r --interval 3 --duration 1800 --no-command-lines --force --proc-root /p",
    );
    assert_eq!(told.interval, Duration::from_secs(3));
    assert_eq!(told.duration, Some(Duration::from_mins(30)));
    assert!(!told.command_lines && told.replace);
    assert_eq!(told.machine.roots.proc, PathBuf::from("/p"));
}

#[test]
fn a_page_and_a_file_of_metrics_are_understood() {
    let wanted = |arguments| match asked(arguments).expect("good arguments") {
        Asked::OpenMetrics(options) => options,
        other => panic!("{other:?}"),
    };
    let page = |address: &str, names: &[&str]| Target::Listen {
        address: address.parse().expect("one"),
        names: names.iter().map(|&name| name.to_owned()).collect(),
    };
    let usual = wanted("openmetrics --listen");
    assert_eq!(usual.target, page("127.0.0.1:9837", &[]));
    assert_eq!(usual.interval, Duration::from_secs(1));
    assert_eq!(usual.top, 10);
    let told = wanted("openmetrics --listen [::]:80 --interval 0.5 --top 100 --proc-root /p");
    assert_eq!(told.target, page("[::]:80", &[]));
    assert_eq!(told.interval, Duration::from_millis(500));
    assert_eq!(told.top, 100);
    assert_eq!(told.machine.roots.proc, PathBuf::from("/p"));
    let named = wanted("openmetrics --host-name a.example. --host-name b --listen");
    assert_eq!(named.target, page("127.0.0.1:9837", &["a.example", "b"]));
    let file = |count| Target::TextFile {
        path: "/f".into(),
        count,
    };
    let usual = wanted("openmetrics --textfile /f");
    assert_eq!(
        (usual.target, usual.interval),
        (file(None), Duration::from_secs(15))
    );
    assert_eq!(
        wanted("openmetrics --textfile /f --count 1").target,
        file(Some(1))
    );
}

#[test]
fn bad_arguments_are_told_in_one_sentence() {
    for bad in [
        "",
        "print",
        "print memory",
        "print sockets",
        "record",
        "serve extra",
        "administrator extra",
        "administrator --proc-root /p",
        "serve --interval 1",
        "serve --platform portable --proc-root /p",
        "openmetrics",
        "openmetrics --listen --textfile x",
        "openmetrics --listen 9837",
        "openmetrics --listen localhost:9837",
        "openmetrics --listen 127.0.0.1:70000",
        "openmetrics --listen --count 1",
        "openmetrics --listen --host-name",
        "openmetrics --listen --host-name a:80",
        "openmetrics --listen --host-name .",
        "openmetrics --host-name a",
        "openmetrics --host-name a --textfile x",
        "openmetrics --textfile",
        "openmetrics --textfile x --count 0",
        "openmetrics --textfile x --interval 0",
        "openmetrics --textfile x --top 0",
        "openmetrics --textfile x --top 101",
        "openmetrics --textfile x --top all",
        "openmetrics --textfile x --platform portable --proc-root /p",
        "help",
        "print cpu --replay",
        "print connections --replay x",
        "print cpu --replay x --interval 1",
        "print cpu --replay x --names off",
        "print cpu --replay x --proc-root /p",
        "print cpu --replay x --platform linux",
        "record --out",
        "record --out x --interval 0",
        "record --out x --duration 0",
        "record --out x --duration soon",
        "record --out x --interval 5 --duration 3",
        "record --out x --platform portable --proc-root /p",
        "record cpu --out x",
        "print cpu --interval 0",
        "print cpu --interval -1",
        "print cpu --interval nan",
        "print cpu --interval inf",
        "print cpu --interval 1e300",
        "print cpu --interval 0.01",
        "print cpu --interval soon",
        "print cpu --count 0",
        "print cpu --count -1",
        "print cpu --top 0",
        "print cpu --top -1",
        "print cpu --top some",
        "print cpu --sort nonsense",
        "print cpu --sort cpu_percent:up",
        "print cpu --sort started",
        "print cpu --sort sockets",
        "print system --sort cpu_percent",
        "print cpu --format xml",
        "print cpu --platform dos",
        "print cpu --platform portable --proc-root /p",
        "print cpu extra",
    ] {
        let sentence = asked(bad).expect_err(bad).to_string();
        assert!(!sentence.is_empty(), "{bad}");
        assert!(!sentence.contains('\n'), "{bad}: {sentence}");
        assert!(!sentence.starts_with("error"), "{bad}: {sentence}");
    }
}

#[test]
fn help_and_version_are_said() {
    for (arguments, word) in [
        ("--help", "print"),
        ("print --help", "--interval"),
        ("--version", env!("CARGO_PKG_VERSION")),
    ] {
        let Asked::Say(text) = asked(arguments).expect(arguments) else {
            panic!("{arguments} prints a text")
        };
        assert!(text.contains(word), "{text}");
    }
}

proptest! {
    #[test]
    fn any_arguments_are_borne(words in prop::collection::vec(".{0,12}", 0..6)) {
        if let Err(bad) = parse(words.into_iter().map(OsString::from)) {
            prop_assert!(!bad.to_string().contains('\n'));
        }
    }
}
