//! Command lines, and where things of an earlier program went.

use super::super::topic::Part::{Heading, Said, Term, Text};
use super::super::topic::Topic;
use crate::ui::language::gettext_noop;

pub const COMMAND_LINE: Topic = Topic {
    name: "command-line",
    title: gettext_noop("Command Line"),
    parts: &[
        Term(
            "sysmon",
            gettext_noop("Opens the window, or shows the one that is there."),
        ),
        Term(
            "sysmon --open cpu",
            gettext_noop(
                "Opens a table as well: cpu, memory, disk or network. May be given more than once.",
            ),
        ),
        Term(
            "sysmon --time-window 300",
            gettext_noop("How far back the graphs reach, from 5 to 3600 seconds."),
        ),
        Term(
            "sysmon --smooth-window 5",
            gettext_noop("Of how many samples each that is drawn is the average, from 1 to 20."),
        ),
        Term(
            "sysmon --replay FILE",
            gettext_noop("Shows a recording instead of this machine."),
        ),
        Term(
            "sysmon --host USER@HOST",
            gettext_noop("Shows another machine, over ssh."),
        ),
        Term(
            "sysmon --help",
            gettext_noop("Lists the options; “--version” prints the version."),
        ),
        Text(gettext_noop(
            "A second start asks the program that runs already. Options that cannot be understood are an error in one sentence, with exit code 2.",
        )),
    ],
};

pub const PROBE: Topic = Topic {
    name: "probe",
    title: gettext_noop("sysmon-probe: the Same in a Terminal"),
    parts: &[
        Text(gettext_noop(
            "It prints what the tables show, needs no desktop, and runs on servers.",
        )),
        Term(
            "sysmon-probe print cpu",
            gettext_noop(
                "The ten busiest processes every second. Instead of cpu: system, disk, network or connections.",
            ),
        ),
        Term(
            "sysmon-probe print network --interval 3 --count 1 --top all",
            gettext_noop("Once, over three seconds, every process."),
        ),
        Term(
            "sysmon-probe print disk --filter \"write>1M\" --sort read_bytes_per_second",
            gettext_noop("The filter of the tables, sorted by a key."),
        ),
        Term(
            "sysmon-probe print system --format json",
            gettext_noop(
                "A line of JSON for each print; “tsv” for tables that other programs read.",
            ),
        ),
        Term(
            "sysmon-probe record --out FILE --duration 60",
            gettext_noop("Records a minute; without a duration, until Ctrl+C."),
        ),
        Term(
            "sysmon-probe print cpu --replay FILE",
            gettext_noop("Prints what was recorded."),
        ),
        Text(gettext_noop(
            "“sysmon-probe print --help” lists all options. Keys of JSON and TSV do not change from version to version.",
        )),
    ],
};

pub const QT: Topic = Topic {
    name: "qt",
    title: gettext_noop("Coming from SysMon for Qt"),
    parts: &[
        Text(gettext_noop(
            "This program takes the place of an earlier one with the same name. What you used there is here:",
        )),
        Heading(gettext_noop("Where things went")),
        Text(gettext_noop(
            "The menu bar became one menu at the right end of the title, F10. What was set in dialogs is in the preferences, Ctrl+comma.",
        )),
        Text(gettext_noop(
            "Keys are F keys or combinations with Ctrl. Letters, Space and plus without Ctrl are for typing into the filter and for what has the focus.",
        )),
        Said(gettext_noop("Ctrl+P"), gettext_noop("Pause and resume.")),
        Said(
            gettext_noop("Ctrl+plus, Ctrl+minus, Ctrl+0"),
            gettext_noop("Shorter, longer and usual time window."),
        ),
        Said(
            gettext_noop("Ctrl+S"),
            gettext_noop("Data of the graphs as CSV, with the same columns."),
        ),
        Said(gettext_noop("Ctrl+E"), gettext_noop("Image of the graphs.")),
        Said(
            gettext_noop("Ctrl+1, Ctrl+2, Ctrl+3, Ctrl+4"),
            gettext_noop("Processes by CPU, memory, disk and network."),
        ),
        Term("F11", gettext_noop("Full screen.")),
        Text(gettext_noop(
            "Update interval, time window, smoothing, line width, colors, opacity, inverted time, light and dark are in the preferences; “Graphs” in the menu hides a graph.",
        )),
        Text(gettext_noop(
            "At the first start SysMon takes over the settings of SysMon for Qt, where it finds them.",
        )),
        Text(gettext_noop(
            "A Flatpak does not find them: it has no access to files, on purpose. Set there what you want in the preferences; or install SysMon as a package, which takes them over at its first start.",
        )),
        Heading(gettext_noop("What is different")),
        Text(gettext_noop(
            "The disk and network graphs show less than before on many machines: encrypted and stacked disks, and bridges of containers, were counted twice.",
        )),
        Text(gettext_noop(
            "Values sort as numbers, and a filter stays when the table is updated. A process is not given what programs that it started did.",
        )),
        Text(gettext_noop(
            "A cell that cannot be read says so; it is never 0 or -1. CPU of a process is of one core, so it can be more than 100 %.",
        )),
        Heading(gettext_noop("What was dropped, and why")),
        Said(
            gettext_noop("Modal drill-downs, and where they are put"),
            gettext_noop(
                "Tables are free windows now, several at once. The desktop places windows.",
            ),
        ),
        Said(
            gettext_noop("Always on top, snapping to an edge, minimize keys"),
            gettext_noop(
                "On Wayland these belong to the desktop: use its window menu and its keys.",
            ),
        ),
        Said(
            gettext_noop("Left click minimizes"),
            gettext_noop("A click marks a moment now."),
        ),
        Said(
            gettext_noop("Update check"),
            gettext_noop("The package manager, or the software centre, does that."),
        ),
        Heading(gettext_noop("Not there yet")),
        Said(
            gettext_noop("Process tree"),
            gettext_noop("“Parent” in the CPU table and “Group by Program” help until then."),
        ),
        Said(
            gettext_noop("Sensors, GPU, battery"),
            gettext_noop("SysMon shows CPU, memory, disk and network."),
        ),
    ],
};
