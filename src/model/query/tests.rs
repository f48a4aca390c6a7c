use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::model::connection::{ConnectionKey, ConnectionRow, Protocol, SocketId, TcpState};
use crate::model::cpu::CpuRow;
use crate::model::network::{NetworkRow, SocketCounts};
use crate::model::past::Past;
use crate::model::process::{Pid, ProcessInfo, ProcessKey, ProcessState, StartTime};
use crate::model::units::{Bytes, BytesPerSecond, Percent};

fn key(pid: u32) -> ProcessKey {
    ProcessKey {
        pid: Pid(pid),
        start_time: StartTime::Ticks(1),
    }
}

fn info() -> Arc<ProcessInfo> {
    Arc::new(ProcessInfo {
        name: "My Editor".to_owned(),
        command_line: vec!["/opt/My Editor/my editor".to_owned(), "--new".to_owned()],
        user: Some("ann".to_owned()),
        service: Some("org.gnome.Editor".to_owned()),
        ..ProcessInfo::default()
    })
}

fn cpu() -> CpuRow {
    CpuRow {
        key: key(4242),
        info: info(),
        cpu: Some(Percent(12.5)),
        memory: Some(Percent(5.0)),
        rss: Some(Bytes(600_000_000)),
        threads: Some(4),
        state: Some(ProcessState('S')),
        nice: None,
        parent: None,
        cpu_time: None,
        wait: None,
        past: Past::default(),
    }
}

fn network(rate: Option<f64>) -> NetworkRow {
    NetworkRow {
        key: key(7),
        info: info(),
        sockets: Some(SocketCounts {
            tcp: 2,
            ..SocketCounts::default()
        }),
        received_rate: rate.map(BytesPerSecond),
        sent_rate: rate.map(BytesPerSecond),
        received: None,
        sent: None,
        remotes: Some(vec!["10.1.2.3".to_owned(), "dns.example".to_owned()]),
        ports: Some(vec![443, 8080]),
        past: Past::default(),
    }
}

fn connection() -> ConnectionRow {
    ConnectionRow {
        key: ConnectionKey {
            namespace: None,
            id: SocketId::Cookie(1),
        },
        protocol: Protocol::Tcp,
        state: Some(TcpState::Established),
        local: "[fe80::1%2]:50000".parse().expect("an address"),
        remote: Some("[2001:db8::5]:443".parse().expect("an address")),
        remote_host: Some("web.example".into()),
        port_name: None,
        received_rate: Some(BytesPerSecond(2_000_000.0)),
        sent_rate: None,
        received: None,
        sent: None,
        rtt: None,
        retransmits: None,
        receive_queue: None,
        send_queue: None,
        age: None,
        inode: None,
        namespace: None,
        interface: None,
        uid: None,
        user: Some("bob".into()),
        service: Some("sshd.service".into()),
        holder: None,
        holders: 0,
        unreadable: false,
    }
}

fn matches<R: Row>(text: &str, row: &R) -> bool {
    let query = Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    query
        .check::<R>()
        .unwrap_or_else(|error| panic!("{text}: {error}"));
    query.matches(row)
}

#[test]
fn words_are_in_name_command_line_or_pid() {
    for text in ["", "edit", "MY", "424", "new 42", "/opt/my"] {
        assert!(matches(text, &cpu()), "{text}");
    }
    for text in ["editors", "new 43", "-edit", "\"editor --old\""] {
        assert!(!matches(text, &cpu()), "{text}");
    }
    assert!(matches("\"editor --new\"", &cpu()));
    assert!(matches("sshd", &connection()));
}

#[test]
fn fields_are_asked_by_their_key() {
    for text in [
        "name:edit",
        "name:\"my e\"",
        "user:ann",
        "cmd:new",
        "state:s",
        "state:sleep",
        "service:gnome",
        "pid:4242",
        "pid:4000-5000",
        "NAME:/^my .*r$/",
        "/edit(or)?/",
        "-user:bob",
        "-pid:1-9",
    ] {
        assert!(matches(text, &cpu()), "{text}");
    }
    for text in [
        "name:new",
        "user:annie",
        "state:r",
        "state:d",
        "pid:42",
        "/^edit/",
        "-name:edit",
    ] {
        assert!(!matches(text, &cpu()), "{text}");
    }
}

#[test]
fn quantities_are_compared_with_their_unit() {
    for text in [
        "cpu>12",
        "cpu>12.4%",
        "cpu=12.5",
        "cpu:10",
        "mem>=5%",
        "mem>599MB",
        "mem<1G",
        "mem>500Mi",
        "-cpu>13",
    ] {
        assert!(matches(text, &cpu()), "{text}");
    }
    for text in [
        "cpu>12.5", "cpu<12", "mem>5%", "mem>601M", "mem>1GiB", "cpu>1M",
    ] {
        assert!(!matches(text, &cpu()), "{text}");
    }
    for text in ["rx>1M", "rx>=1.5MB/s", "rx<2MiB", "tx:1k", "rx>1000000"] {
        assert!(matches(text, &network(Some(1_500_000.0))), "{text}");
    }
}

#[test]
fn what_is_not_known_answers_nothing() {
    assert!(!matches("rx>0", &network(None)) && !matches("rx<1G", &network(None)));
    assert!(matches("-rx>0", &network(None)));
}

#[test]
fn ends_of_connections_are_asked_for() {
    for text in [
        "port:443",
        "port:8000-9000",
        "host:10.1",
        "host:DNS",
        "host:10.0.0.0/8",
        "proto:tcp",
    ] {
        assert!(matches(text, &network(None)), "{text}");
    }
    for text in ["port:44", "host:11.0.0.0/8", "proto:udp"] {
        assert!(!matches(text, &network(None)), "{text}");
    }
    for text in [
        "port:443",
        "port:50000",
        "host:2001:db8::5",
        "host:[2001:db8::5]",
        "host:2001:db8::/32",
        "host:web",
        "proto:TCP",
        "state:established",
        "user:bob",
        "rx>1M",
        "-host:fe80::/10",
    ] {
        assert!(matches(text, &connection()), "{text}");
    }
    assert!(!matches("host:0.0.0.0/0", &connection()));
}

#[test]
fn faults_are_told_with_their_place() {
    let fault = |text: &str| {
        let error = Query::parse(text).expect_err(text);
        (error.at.clone(), error.to_string())
    };
    assert_eq!(
        fault("edit foo:bar").1,
        "there is no “foo:” to filter by; put quotes around it to search for it, at character 6"
    );
    assert_eq!(fault("edit foo:bar").0, 5..8);
    assert_eq!(fault("a -").0, 2..3);
    assert_eq!(
        fault("name:").1,
        "a value is missing after “name”, at character 1"
    );
    assert_eq!(
        fault("cpu>").1,
        "a value is missing after “cpu”, at character 1"
    );
    assert_eq!(fault("rx>many").1, "“many” is not a number, at character 3");
    assert_eq!(
        fault("port:https").1,
        "“https” is not a number, at character 6"
    );
    assert_eq!(fault("port:9-1").0, 5..8);
    assert_eq!(
        fault("name>5").1,
        "“name” is no quantity; write “name:…”, at character 1"
    );
    assert_eq!(
        fault("x \"open").1,
        "the closing “\"” is missing, at character 3"
    );
    assert_eq!(
        fault("/(/").1,
        "“(” is not a regular expression, at character 1"
    );
    assert_eq!(
        fault("proto:icmp").1,
        "“icmp” is neither tcp nor udp, at character 7"
    );
    assert_eq!(fault(&"x".repeat(LENGTH + 1)).0, LENGTH..LENGTH + 1);
    let bomb = "/(((a{100}){100}){100}){100}/";
    assert!(matches!(
        Query::parse(bomb).expect_err("too large").problem,
        Problem::BadRegex(_)
    ));
}

#[test]
fn a_table_that_lacks_a_field_says_so() {
    let query = Query::parse("edit rx>1M").expect("understood");
    let error = query.check::<CpuRow>().expect_err("no such column");
    assert_eq!(
        (error.at.clone(), error.problem.clone()),
        (5..10, Problem::NotHere(Field::Rx))
    );
    assert_eq!(query.check::<NetworkRow>(), Ok(()));
}

#[test]
fn what_is_shown_as_an_example_is_understood() {
    for field in Field::ALL {
        let query = Query::parse(field.example());
        assert!(query.is_ok_and(|query| !query.is_empty()), "{field:?}");
        assert!(field.example().starts_with(field.key()));
    }
}

#[test]
fn keys_and_values_are_completed() {
    let texts = |text: &str| -> Vec<String> {
        let all = completions::<ConnectionRow>(text, text.chars().count());
        all.into_iter().map(|completion| completion.text).collect()
    };
    assert_eq!(texts("p"), ["pid:", "port:", "proto:"]);
    assert_eq!(texts("x -PO"), ["port:"]);
    assert_eq!(texts("proto:"), ["tcp", "udp"]);
    assert_eq!(texts("proto:t"), ["tcp"]);
    assert_eq!(texts("rx"), ["rx>"]);
    assert_eq!(texts("cpu"), [""; 0]);
    assert_eq!(
        texts("").len() + texts("x ").len() + texts("name:x").len(),
        0
    );
    let one = completions::<ConnectionRow>("x -PO y", 5);
    assert_eq!(one[0].range, 3..5);
}

fn term() -> impl Strategy<Value = String> {
    let word = "[^\\s\"/:<>=-][^\\s:<>=]{0,6}";
    prop_oneof![
        word,
        word.prop_map(|word| format!("name:{word}")),
        "\"([^\"\\\\]|\\\\.){0,8}\"",
        "user:\"([^\"\\\\]|\\\\.){0,8}\"",
        "/[a-z.]{1,5}/",
        "(pid|port):[0-9]{1,5}",
        "port:1-[1-9][0-9]{0,3}",
        "host:10\\.0\\.0\\.0/[0-9]",
        "(cpu|mem|rx|tx|read|write)(>|>=|<|<=|=)[0-9]{1,4}(\\.[0-9])?(%|k|M|G|Ki|MiB|B|MB/s)?",
        "proto:(tcp|udp)",
    ]
}

#[test]
fn a_share_of_the_machine_is_asked_of_shares_of_a_core() {
    // The row has 12.5 % of a core, which is 3.125 % of four.
    let four = NonZeroU64::new(4).expect("not zero");
    for (text, holds) in [
        ("cpu>3", true),
        ("cpu>4", false),
        ("-cpu>4 mem>4%", true),
        ("mem>6%", false),
    ] {
        let query = Query::parse(text).expect("valid").of_machine(four);
        assert_eq!(query.matches(&cpu()), holds, "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_printed_is_understood_as_the_same(
        terms in prop::collection::vec((any::<bool>(), term()), 0..5),
    ) {
        let text: Vec<String> = terms
            .into_iter()
            .map(|(negated, term)| if negated { format!("-{term}") } else { term })
            .collect();
        let text = text.join(" ");
        let query = Query::parse(&text);
        prop_assert!(query.is_ok(), "{text}: {query:?}");
        if let Ok(query) = query {
            prop_assert_eq!(Query::parse(&query.to_string()), Ok(query));
        }
    }

    #[test]
    fn any_text_is_understood_or_has_a_fault_in_it(text: String) {
        match Query::parse(&text) {
            Ok(query) => {
                prop_assert_eq!(Query::parse(&query.to_string()), Ok(query.clone()));
                query.matches(&cpu());
                query.matches(&connection());
            }
            Err(error) => {
                prop_assert!(error.at.start < error.at.end);
                prop_assert!(error.at.end <= text.chars().count());
            }
        }
    }

    #[test]
    fn completions_stand_in_the_text(text: String, cursor in 0_usize..40) {
        for completion in completions::<ConnectionRow>(&text, cursor) {
            prop_assert!(completion.range.end <= text.chars().count());
        }
    }
}
