//! The columns of each table.

use super::super::topic::Part::{Column, Heading, Text};
use super::super::topic::{Part, Table, Topic};
use crate::model::table::{BEFORE, LIFETIME, SUM};
use crate::ui::language::gettext_noop;

const fn cpu(key: &'static str, meaning: &'static str) -> Part {
    Column(Table::Cpu, key, meaning)
}

const fn disk(key: &'static str, meaning: &'static str) -> Part {
    Column(Table::Disk, key, meaning)
}

const fn network(key: &'static str, meaning: &'static str) -> Part {
    Column(Table::Network, key, meaning)
}

const fn connection(key: &'static str, meaning: &'static str) -> Part {
    Column(Table::Connections, key, meaning)
}

const NAME: &str = gettext_noop("The program, with the icon of its application where it has one");
const PID: &str = gettext_noop("The number of the process");
const USER: &str = gettext_noop("Whose process it is");
const COMMAND_LINE: &str = gettext_noop("The program with its arguments");
const SERVICE: &str = gettext_noop("The service, application or container it belongs to");
const STARTED: &str = gettext_noop("When the process started");
const PAST_BEFORE: &str =
    gettext_noop("While a range is shown: the same in the length of time before it");
const PAST_SUM: &str = gettext_noop("While a range is shown: all that was done in it");
const PAST_LIFETIME: &str =
    gettext_noop("While a range is shown: whether the process started or ended in it");

pub const CPU: Topic = Topic {
    name: "cpu",
    title: gettext_noop("CPU Processes"),
    parts: &[
        Text(gettext_noop(
            "Who makes this machine busy, the busiest first. “Columns” in the menu shows and hides each of these:",
        )),
        cpu("name", NAME),
        cpu("pid", PID),
        cpu("user", USER),
        cpu(
            "cpu_percent",
            gettext_noop(
                "CPU time in the interval, of one core: two busy threads have 200 %. It comes from the exact clock of the process, not from samples.",
            ),
        ),
        cpu(
            "memory_percent",
            gettext_noop("Resident memory, as a share of the machine’s"),
        ),
        cpu(
            "rss_bytes",
            gettext_noop(
                "Resident memory. What several processes share counts for each; the details of a process have its proportional share (PSS).",
            ),
        ),
        cpu("threads", gettext_noop("How many threads it has")),
        cpu(
            "state",
            gettext_noop("What it does: running, sleeping, waiting for a disk…"),
        ),
        cpu(
            "nice",
            gettext_noop("From -20, before all others, to 19, behind all others"),
        ),
        cpu("parent_pid", gettext_noop("The process that started it")),
        cpu("cpu_seconds", gettext_noop("CPU time since it started")),
        cpu(
            "wait_percent",
            gettext_noop(
                "Time its threads were ready and waited for a CPU, of one core; measured for the rows on screen",
            ),
        ),
        cpu("started", STARTED),
        cpu("service", SERVICE),
        cpu("command_line", COMMAND_LINE),
        cpu(BEFORE, PAST_BEFORE),
        cpu(SUM, PAST_SUM),
        cpu(LIFETIME, PAST_LIFETIME),
    ],
};

pub const MEMORY: Topic = Topic {
    name: "memory",
    title: gettext_noop("Memory Processes"),
    parts: &[
        Text(gettext_noop(
            "Who uses the memory of this machine, the largest first. The columns are those of the CPU table; what is chosen about each of the two tables is kept apart.",
        )),
        Text(gettext_noop(
            "Resident memory of all processes together is more than what is used: pages that several share count for each of them. Open the details of a process for its proportional share (PSS), where every shared page counts only in part.",
        )),
    ],
};

pub const DISK: Topic = Topic {
    name: "disk",
    title: gettext_noop("Disk Processes"),
    parts: &[
        Text(gettext_noop(
            "Who reads from and writes to storage. Shown are processes that did so; “Show All Processes” in the menu shows the others too.",
        )),
        disk("name", NAME),
        disk("pid", PID),
        disk("user", USER),
        disk(
            "read_bytes_per_second",
            gettext_noop(
                "Read from storage per second. What comes out of the cache in memory is no reading.",
            ),
        ),
        disk(
            "write_bytes_per_second",
            gettext_noop(
                "Written per second. It counts when a program writes; the disk itself may be busy later.",
            ),
        ),
        disk("total_bytes_per_second", gettext_noop("Both together")),
        disk(
            "total_bytes",
            gettext_noop(
                "Read and written since the process started, without the share of programs that it started",
            ),
        ),
        disk("read_bytes", gettext_noop("Read since it started")),
        disk("written_bytes", gettext_noop("Written since it started")),
        disk(
            "cancelled_write_bytes",
            gettext_noop("Written and deleted again before it reached storage"),
        ),
        disk("read_calls", gettext_noop("How often it asked to read")),
        disk("write_calls", gettext_noop("How often it asked to write")),
        disk("started", STARTED),
        disk("service", SERVICE),
        disk("command_line", COMMAND_LINE),
        disk(BEFORE, PAST_BEFORE),
        disk(SUM, PAST_SUM),
        disk(LIFETIME, PAST_LIFETIME),
    ],
};

pub const NETWORK: Topic = Topic {
    name: "network",
    title: gettext_noop("Network Processes"),
    parts: &[
        Text(gettext_noop(
            "Who talks, and how much. Shown are processes with sockets; “Show All Processes” in the menu shows the others too. “Connections” leads to single connections.",
        )),
        Text(gettext_noop(
            "Rates are TCP payload as the kernel counts it, traffic within this machine included. Connections that are shorter than the interval count too, unless the kernel does not tell of them, which is said below the table. Nobody tells what goes through UDP.",
        )),
        network("name", NAME),
        network("pid", PID),
        network("user", USER),
        network(
            "sockets",
            gettext_noop(
                "Sockets that the process holds, IPv4 and IPv6. One that several processes share counts for each.",
            ),
        ),
        network("tcp", gettext_noop("TCP sockets, in any state")),
        network("udp", gettext_noop("UDP sockets")),
        network("established", gettext_noop("TCP connections that are open")),
        network(
            "listen",
            gettext_noop("TCP sockets that wait for connections"),
        ),
        network(
            "received_bytes_per_second",
            gettext_noop("Received over TCP per second"),
        ),
        network(
            "sent_bytes_per_second",
            gettext_noop("Sent over TCP per second"),
        ),
        network("total_bytes_per_second", gettext_noop("Both together")),
        network(
            "received_bytes",
            gettext_noop("Received since the process was first seen"),
        ),
        network(
            "sent_bytes",
            gettext_noop("Sent since the process was first seen"),
        ),
        network(
            "remotes",
            gettext_noop("The up to three others with which it exchanged most"),
        ),
        network("ports", gettext_noop("Ports it waits at")),
        network("started", STARTED),
        network("service", SERVICE),
        network("command_line", COMMAND_LINE),
        network(BEFORE, PAST_BEFORE),
        network(SUM, PAST_SUM),
        network(LIFETIME, PAST_LIFETIME),
    ],
};

pub const CONNECTIONS: Topic = Topic {
    name: "connections",
    title: gettext_noop("Connections"),
    parts: &[
        Text(gettext_noop(
            "Every socket of TCP and UDP, those of containers included. There can be very many: filter, sorting and limit are applied where they are read, and at most a thousand rows are shown.",
        )),
        Text(gettext_noop(
            "The menu of a row shows only its remote, its port or its process. “Look Up Host Names” in the menu asks the name server, in the background, for the names of addresses.",
        )),
        Heading(gettext_noop("Columns")),
        connection("name", NAME),
        connection("pid", PID),
        connection("user", USER),
        connection("protocol", gettext_noop("TCP or UDP")),
        connection("local_address", gettext_noop("Address on this machine")),
        connection("local_port", gettext_noop("Port on this machine")),
        connection("remote_address", gettext_noop("Address of the other end")),
        connection(
            "remote",
            gettext_noop("Name of the other end where it is known, else its address"),
        ),
        connection("remote_port", gettext_noop("Port of the other end")),
        connection("remote_host", gettext_noop("Name of the other end")),
        connection("port_name", gettext_noop("What the port is usually for")),
        connection("state", gettext_noop("State of the TCP connection")),
        connection(
            "received_bytes",
            gettext_noop("Received since it was opened"),
        ),
        connection("sent_bytes", gettext_noop("Sent since it was opened")),
        connection(
            "received_bytes_per_second",
            gettext_noop("Received per second"),
        ),
        connection("sent_bytes_per_second", gettext_noop("Sent per second")),
        connection("total_bytes_per_second", gettext_noop("Both together")),
        connection(
            "rtt_seconds",
            gettext_noop("Time to the other end and back, as TCP measures it"),
        ),
        connection(
            "retransmits",
            gettext_noop("Segments that had to be sent again"),
        ),
        connection(
            "receive_queue_bytes",
            gettext_noop("Arrived, and not yet read by the program"),
        ),
        connection(
            "send_queue_bytes",
            gettext_noop("Sent, and not yet confirmed by the other end"),
        ),
        connection(
            "age_seconds",
            gettext_noop("Since it was first seen; unknown where it was there before SysMon"),
        ),
        connection("inode", gettext_noop("The number that /proc has for it")),
        connection(
            "namespace",
            gettext_noop("The container or service in whose network it is"),
        ),
        connection(
            "interface",
            gettext_noop("The interface it is bound to, where it is"),
        ),
        connection("service", SERVICE),
    ],
};
