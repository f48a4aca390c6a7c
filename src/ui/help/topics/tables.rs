//! What all tables have in common.

use super::super::topic::Part::{Heading, Said, Term, Text};
use super::super::topic::Topic;
use crate::ui::language::gettext_noop;

pub const TABLES: Topic = Topic {
    name: "tables",
    title: gettext_noop("Tables of Processes"),
    parts: &[
        Text(gettext_noop(
            "Each table is a window of its own, and several can be open at once. A table that is opened again is raised, with its filter. Size, columns, sorting, interval and limit are kept.",
        )),
        Heading(gettext_noop("How often, and how many")),
        Text(gettext_noop(
            "The list beside the filter says how often values are taken, from every second to once a minute. Where reading takes long it is done less often, so that it never costs more than a tenth of a core; the title says so.",
        )),
        Text(gettext_noop(
            "The other list says how many rows are shown: all, or the first 10, 25 or 50. The last row then says how many more there are. Narrow windows have both lists in their menu.",
        )),
        Text(gettext_noop(
            "Ctrl+P pauses this table only. F5 takes new values and sorts at once, also while paused.",
        )),
        Heading(gettext_noop("Sorting and columns")),
        Text(gettext_noop(
            "Click a heading to sort by it, again for the other direction. With the keyboard: Tab to the headings, Left and Right between them, Enter to sort. “Columns” and “Sort By” in the menu do the same.",
        )),
        Heading(gettext_noop("Rows hold still")),
        Text(gettext_noop(
            "While you point, scroll or move in the rows, and for five seconds after that, the order is held; values keep changing. A button below the table says how many rows would move, and sorts. “Hold Order” in the menu holds the order for good.",
        )),
        Heading(gettext_noop("One process")),
        Text(gettext_noop(
            "Enter or a double-click opens its details. Right-click, Shift+F10 or the Menu key open the menu of the row. Ctrl+C copies the row.",
        )),
        Heading(gettext_noop("Ending processes")),
        Text(gettext_noop(
            "The menu of a row, and Delete for “End”, act on the selected processes. Select several with Shift and the arrows, with Ctrl or Shift and a click, or all with Ctrl+A; a program that is one row stands for all of its processes that pass the filter.",
        )),
        Text(gettext_noop(
            "The page of a process has the same in its menu (F10), and the menu of a connection for the process that owns it.",
        )),
        Said(
            gettext_noop("End"),
            gettext_noop("Asks the process to end. It can save its work first, and it can refuse."),
        ),
        Said(
            gettext_noop("Kill"),
            gettext_noop("Ends it at once. What it has not saved is lost."),
        ),
        Said(
            gettext_noop("Stop and Continue"),
            gettext_noop("Has it do nothing, and go on later from where it was."),
        ),
        Said(
            gettext_noop("Priority"),
            gettext_noop(
                "Gives all of its threads a nice value: more or less CPU time while others want it too. Only an administrator may raise a priority.",
            ),
        ),
        Text(gettext_noop(
            "SysMon asks first, and acts on exactly the process that you chose, even when it has ended by then and another has its number. Nothing can be done to a moment of the past or to a recording.",
        )),
        Heading(gettext_noop("What a cell can say")),
        Term("–", gettext_noop("Zero, or none: no parent, no service.")),
        Term("…", gettext_noop("Not measured, or not yet.")),
        Said(
            gettext_noop("no permission"),
            gettext_noop("The system does not let this user read it."),
        ),
        Said(
            gettext_noop("unknown"),
            gettext_noop("The system tells nobody, as of what goes through UDP."),
        ),
        Heading(gettext_noop("The line below")),
        Text(gettext_noop(
            "It says how much of the whole the rows explain, how many processes could not be read, and what the table costs. Press it for all of that in sentences.",
        )),
    ],
};

pub const REMAINDER: Topic = Topic {
    name: "explained",
    title: gettext_noop("What No Process Accounts For"),
    parts: &[
        Text(gettext_noop(
            "A table should add up to its graph. What no process in it accounts for stands in rows of its own below the processes, in words. They cannot be opened, and a filter hides them: sums are then partial.",
        )),
        Text(gettext_noop(
            "“83 % explained” below a table is the share of the machine’s own figure that processes and these rows account for, without what is unexplained, over the last ten seconds.",
        )),
        Heading(gettext_noop("The rows")),
        Said(
            gettext_noop("Exited processes (under make)"),
            gettext_noop(
                "Processes that lived and died between two readings, by who waited for them. Where the kernel tells their names, the most frequent follow with how many there were at least.",
            ),
        ),
        Said(
            gettext_noop("Kernel and interrupts"),
            gettext_noop("CPU time outside of any process."),
        ),
        Said(
            gettext_noop("Write-back and other users"),
            gettext_noop(
                "What disks did and no process is known to have asked for in this time: data that was written into memory before, and processes that may not be read.",
            ),
        ),
        Said(
            gettext_noop("Short-lived connections"),
            gettext_noop(
                "Connections that were opened and closed between two readings, of processes unknown.",
            ),
        ),
        Said(
            gettext_noop("UDP, QUIC and headers (estimate)"),
            gettext_noop(
                "Traffic of the physical interfaces that is no TCP payload. The kernel tells nobody whose it is.",
            ),
        ),
        Said(
            gettext_noop("Not readable"),
            gettext_noop(
                "What belongs to processes that this user may not look into, by service or user.",
            ),
        ),
        Said(gettext_noop("Unexplained"), gettext_noop("The rest.")),
        Text(gettext_noop(
            "The parts of the CPU table can exceed the whole a little, as the kernel samples the whole with its timer tick while the parts are exact. The popover calls that the sampling error.",
        )),
    ],
};

pub const GROUPS: Topic = Topic {
    name: "groups",
    title: gettext_noop("Grouping by Program"),
    parts: &[
        Text(gettext_noop(
            "“Group by Program” in the menu of a table makes one row of all processes of a program, with their sum and how many they are.",
        )),
        Text(gettext_noop(
            "A program is a service, an application or a container, as the system’s control groups say. Processes that belong to none are put together by their name.",
        )),
        Text(gettext_noop(
            "Enter or a double-click opens and closes a program, as Right and Left do. Left on a process goes to its program. Sorting, filter and limit work as before: a program is shown when one of its processes passes the filter.",
        )),
    ],
};
