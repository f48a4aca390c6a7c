//! The graphs, and what was before.

use super::super::topic::Part::{Heading, Said, Text};
use super::super::topic::Topic;
use crate::ui::language::gettext_noop;

pub const GRAPHS: Topic = Topic {
    name: "graphs",
    title: gettext_noop("Graphs and Marks"),
    parts: &[
        Text(gettext_noop(
            "The main window shows four graphs: CPU, memory, disk and network. Behind each stand the processes that cause it, one step away.",
        )),
        Heading(gettext_noop("What is drawn")),
        Said(
            gettext_noop("CPU"),
            gettext_noop(
                "Busy time of all CPUs together: 100 % is the whole machine. Load average and time since start stand in its tooltip.",
            ),
        ),
        Said(
            gettext_noop("RAM, Swap"),
            gettext_noop(
                "Memory that is not available to programs, and swap that is used, as shares of what there is.",
            ),
        ),
        Said(
            gettext_noop("Disk"),
            gettext_noop(
                "Read and written by physical disks. What lies upon others, such as encryption, LVM, RAID or loop devices, is not counted twice.",
            ),
        ),
        Said(
            gettext_noop("Network"),
            gettext_noop(
                "Received and sent by physical interfaces. Traffic within this machine, and bridges of containers, are not counted.",
            ),
        ),
        Text(gettext_noop(
            "A gap is a time of which nothing is known: the machine slept, or could not be read. A gap is never drawn as zero.",
        )),
        Text(gettext_noop(
            "A thin bar below a graph shows pressure: the share of the last ten seconds in which a program waited for CPU, memory or storage. It shows above one percent, on kernels that tell it.",
        )),
        Text(gettext_noop(
            "The button on a card names the program that contributes most: by CPU time, memory, disk traffic, and for the network by the number of its sockets. It says “Processes” where none does, or where finding out would cost too much.",
        )),
        Heading(gettext_noop("Opening the processes")),
        Text(gettext_noop(
            "Double-click or middle-click a graph, press Enter in it, press the button on its card, or use Ctrl+1 to Ctrl+4.",
        )),
        Heading(gettext_noop("Marking a moment or a range")),
        Text(gettext_noop(
            "Click a graph, or press Space in it, to mark a moment. Drag, or hold Shift with the arrow keys, to select a range. The label beside the mark opens the processes of that time; so does every other way of opening them while the mark stands.",
        )),
        Text(gettext_noop(
            "Left and Right move a crosshair from sample to sample, Home and End to the ends. Esc removes the crosshair, then the mark.",
        )),
        Heading(gettext_noop("Time, pause, and which graphs")),
        Text(gettext_noop(
            "Ctrl+plus and Ctrl+minus make the time window shorter and longer, between 5 seconds and an hour; Ctrl+0 is one minute.",
        )),
        Text(gettext_noop(
            "Ctrl+P pauses: graphs stand still, and F5 takes one sample. What happened meanwhile is filled in when you resume, as far as it is remembered.",
        )),
        Text(gettext_noop(
            "“Graphs” in the main menu hides and shows each of them. One always stays.",
        )),
    ],
};

pub const PAST: Topic = Topic {
    name: "past",
    title: gettext_noop("Going Back, and Ranges"),
    parts: &[
        Text(gettext_noop(
            "A spike is over, and you want to know who it was. SysMon remembers: while “Background History” is on, processes are read every five seconds, or more seldom on a machine where reading is dear, also while no table is open.",
        )),
        Heading(gettext_noop("A moment")),
        Text(gettext_noop(
            "Mark it in a graph of the main window and open the processes; or click the graph above a table; or go to that graph with Tab and press Left. The table shows that moment, and a banner says which. A table of a moment is the last one that was read before it.",
        )),
        Heading(gettext_noop("A range")),
        Text(gettext_noop(
            "Drag over a graph, or hold Shift with the arrow keys. Rates are then averages over the range, and three columns come along: what each row did in the same length of time before, what it did in the range in all, and whether it started or ended in it. A sentence above the table says who made the difference.",
        )),
        Text(gettext_noop(
            "Columns about a single moment, such as the user or the number of sockets, make room for them as long as you have not chosen columns yourself. For memory only the last of the three comes along.",
        )),
        Heading(gettext_noop("Back to the present")),
        Text(gettext_noop("Press “Back to Live”, or Esc.")),
        Heading(gettext_noop("What is remembered, and where")),
        Text(gettext_noop(
            "Everything stays in the memory of this program, 64 MiB unless the preferences say otherwise, and is gone when it ends. Where that is full, neighbours of the oldest tables are put together before any are forgotten; sums stay right. Graphs reach back a day. Connections are not remembered.",
        )),
        Text(gettext_noop(
            "The popover below a table says how many minutes are remembered and what that costs. To keep it, save a recording.",
        )),
    ],
};
