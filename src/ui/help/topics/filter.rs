//! The language of the filter.

use super::super::topic::Part::{Fields, Heading, Term, Text};
use super::super::topic::Topic;
use crate::ui::language::gettext_noop;

pub const FILTER: Topic = Topic {
    name: "filter",
    title: gettext_noop("Filter"),
    parts: &[
        Text(gettext_noop(
            "One language filters every table. Ctrl+F goes to the filter, and so does the first letter that you type in a table. Tab completes a key; Down or Enter go to the rows; Esc takes the filter away.",
        )),
        Text(gettext_noop(
            "Terms stand side by side, with spaces between them, and must all hold.",
        )),
        Heading(gettext_noop("Words")),
        Term(
            "fire",
            gettext_noop("Name, command line or PID contains it, in any case"),
        ),
        Term(
            "fire -fox",
            gettext_noop("All words must hold; a minus negates one"),
        ),
        Term(
            "\"two words\"",
            gettext_noop("Quotation marks keep words together"),
        ),
        Term(
            "/^python3?$/",
            gettext_noop("A regular expression matches name or command line"),
        ),
        Heading(gettext_noop("Fields")),
        Text(gettext_noop(
            "A table knows the fields that it has columns for.",
        )),
        Fields,
        Heading(gettext_noop("Values")),
        Term(
            "name:/^g/",
            gettext_noop("A field can be matched by a regular expression"),
        ),
        Term(
            "pid:100-200",
            gettext_noop("A range of numbers, of a PID or a port"),
        ),
        Term("cpu>=50", gettext_noop("Comparisons are > >= < <= and =")),
        Term(
            "rx>100k mem>1Gi mem>5%",
            gettext_noop(
                "Units are k, M, G, T of 1000 and Ki, Mi, Gi, Ti of 1024; B and /s may follow. Memory can be compared with a share too.",
            ),
        ),
        Term(
            "-user:root",
            gettext_noop(
                "What is not known passes no term, and so passes each negated one: this keeps rows whose user is hidden",
            ),
        ),
        Heading(gettext_noop("Examples")),
        Term(
            "cpu>20 -user:root",
            gettext_noop("CPU: what others than root make busy"),
        ),
        Term("mem>1G", gettext_noop("Memory: the large ones")),
        Term(
            "write>1M cmd:backup",
            gettext_noop("Disk: backups that write now"),
        ),
        Term(
            "rx>1M port:443",
            gettext_noop("Network: who downloads over HTTPS"),
        ),
        Term(
            "state:established -host:127.",
            gettext_noop("Connections: open ones that leave this machine"),
        ),
        Heading(gettext_noop("When it cannot be understood")),
        Text(gettext_noop(
            "A line below the filter says why and where. Rows stay as they were until it can be.",
        )),
    ],
};
