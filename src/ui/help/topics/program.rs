//! What belongs to no single table.

use super::super::topic::Part::{Heading, Keys, Said, Term, Text};
use super::super::topic::Topic;
use crate::ui::language::gettext_noop;

pub const RECORDINGS: Topic = Topic {
    name: "recordings",
    title: gettext_noop("Recordings"),
    parts: &[
        Text(gettext_noop(
            "A recording is a file with graphs and processes, to look at later or on another machine. Half an hour takes about 2 MB.",
        )),
        Heading(gettext_noop("Making one")),
        Text(gettext_noop(
            "“Save Recording…” in the main menu saves what is remembered, or records from now on, every three seconds, until you press “Stop” or close the main window.",
        )),
        Text(gettext_noop(
            "Only its owner may read the file, as arguments of programs can hold passwords. You can leave command lines out. Connections are not recorded.",
        )),
        Term(
            "sysmon-probe record --out FILE",
            gettext_noop("Does the same in a terminal, also on a machine without a desktop."),
        ),
        Heading(gettext_noop("Showing one")),
        Term(
            "sysmon --replay FILE",
            gettext_noop(
                "Shows it in windows of its own: mark moments and ranges as in what is remembered.",
            ),
        ),
        Text(gettext_noop(
            "A file that was cut short or damaged is shown as far as it is whole, and a banner says what is missing.",
        )),
    ],
};

pub const EXPORT: Topic = Topic {
    name: "export",
    title: gettext_noop("Saving and Copying"),
    parts: &[
        Said(
            gettext_noop("Ctrl+S"),
            gettext_noop(
                "In the main window: the samples of all graphs as CSV, as they were measured. In a table: all rows that pass the filter with all columns, as CSV, TSV or JSON.",
            ),
        ),
        Said(
            gettext_noop("Ctrl+E"),
            gettext_noop("The graphs as they are on screen, as PNG or SVG."),
        ),
        Said(
            gettext_noop("Ctrl+C"),
            gettext_noop(
                "In the rows of a table: the selected row. In a graph: a picture of all graphs.",
            ),
        ),
        Text(gettext_noop(
            "“Copy All Rows” in the menu of a table copies all of them, and the menu of a row copies its command line, or the addresses of a connection.",
        )),
        Text(gettext_noop(
            "The name of the file says its kind. Files are written whole or not at all. In CSV, what a spreadsheet would take for a formula is quoted.",
        )),
    ],
};

pub const PREFERENCES: Topic = Topic {
    name: "preferences",
    title: gettext_noop("Preferences"),
    parts: &[
        Text(gettext_noop(
            "Ctrl+comma opens them. Everything takes effect at once, and is kept by the desktop’s settings where SysMon is installed; started from its source without that, it is kept until the program ends.",
        )),
        Text(gettext_noop(
            "A smoothed graph is drawn from averages; what is saved stays as it was measured. A time window that is longer than what was seen is filled as far as SysMon remembers.",
        )),
        Text(gettext_noop(
            "Looking up host names asks the name server of this machine for the addresses that connections lead to, at first only for public ones.",
        )),
        Text(gettext_noop(
            "“Clear History…” in the main menu empties the graphs and forgets the tables of the past, after a question.",
        )),
        Text(gettext_noop(
            "“Reset All Settings…” asks first. Sizes of windows and columns stay.",
        )),
    ],
};

pub const ALERTS: Topic = Topic {
    name: "alerts",
    title: gettext_noop("Alerts"),
    parts: &[
        Text(gettext_noop(
            "SysMon can tell you when something lasts: the CPU of the machine or of a program is busy, memory becomes short, or the network carries much. Alerts are off at first; “Alerts” in the preferences has a switch and up to 20 rules.",
        )),
        Text(gettext_noop(
            "A rule says what is watched, the limit, and for how many seconds it has to be passed without a break. It tells once, as a notification of the desktop, and again only after all was well for just as long. Time in which the machine sleeps does not count, and neither does time of which nothing is known.",
        )),
        Text(gettext_noop(
            "A program is watched by its name, as it stands in the first column: all its processes together, where 100 % is one core.",
        )),
        Text(gettext_noop(
            "Press the notification to see the processes of that moment.",
        )),
        Heading(gettext_noop("In the background")),
        Text(gettext_noop(
            "While alerts are on and there is a rule, closing the main window does not end SysMon: it keeps watching, and reads the machine every five seconds. Start SysMon again to see the window. Ctrl+Q quits.",
        )),
    ],
};

pub const KEYS: Topic = Topic {
    name: "keys",
    title: gettext_noop("Keys"),
    parts: &[
        Text(gettext_noop(
            "Everything can be done with the keyboard. Ctrl+? in the main window shows this list as well.",
        )),
        Keys,
    ],
};

pub const PERMISSION: Topic = Topic {
    name: "permission",
    title: gettext_noop("“No Permission”"),
    parts: &[
        Text(gettext_noop(
            "SysMon runs as you. The kernel does not let you read everything of other users; such cells say “no permission” instead of a made-up zero.",
        )),
        Heading(gettext_noop("What needs nothing")),
        Text(gettext_noop(
            "The four graphs; CPU and memory of every process; disk traffic and sockets of your own processes; what all TCP connections carry, those of other users by user and service.",
        )),
        Heading(gettext_noop("What needs root")),
        Text(gettext_noop(
            "Disk traffic and sockets of each process of other users. The line below a table says how many could not be read.",
        )),
        Text(gettext_noop(
            "“Administrator Mode…” in the main menu, and behind that line, asks for an administrator’s password and then shows all of it. A shield in each window says that the mode is on; press it to leave. It ends with the main window.",
        )),
        Text(gettext_noop(
            "What reads then is a second program, sysmon-probe, with few of root’s rights. It is started only where nobody but root can change it: SysMon has to be installed for all users. The menu does not have it where a recording or another machine is shown, and where everything is readable already.",
        )),
        Heading(gettext_noop("What the machine can forbid")),
        Text(gettext_noop(
            "Where /proc is mounted with “hidepid”, only your own processes can be seen. Ask who administers the machine to mount it without, or with a group that you are in (mount option “gid”).",
        )),
        Text(gettext_noop("In a terminal, root sees everything:")),
        Term(
            "sudo sysmon-probe print disk",
            gettext_noop("Disk traffic of every process."),
        ),
    ],
};
