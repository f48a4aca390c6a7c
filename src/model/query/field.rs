//! What a term can ask for by name.

use super::super::degradation::{Phrase, plain};
use super::super::table::{Column, Row};

/// A field of a row, by the word that stands before the colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `pid:`
    Pid,
    /// `user:`
    User,
    /// `name:`
    Name,
    /// `cmd:`
    Cmd,
    /// `state:`, of a process or of a connection.
    State,
    /// `service:`
    Service,
    /// `port:`, of either end.
    Port,
    /// `host:`, the address or name of the other end.
    Host,
    /// `proto:`
    Proto,
    /// `cpu>`
    Cpu,
    /// `mem>`
    Mem,
    /// `read>`
    Read,
    /// `write>`
    Write,
    /// `rx>`
    Rx,
    /// `tx>`
    Tx,
}

/// How a field is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// By words that it contains.
    Text,
    /// By a number or a range.
    Number,
    /// By comparison with a share.
    Percent,
    /// By comparison with an amount, or a share.
    Memory,
    /// By comparison with an amount per second.
    Rate,
}

impl Field {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 15] = [
        Self::Name,
        Self::Pid,
        Self::User,
        Self::Cmd,
        Self::State,
        Self::Service,
        Self::Port,
        Self::Host,
        Self::Proto,
        Self::Cpu,
        Self::Mem,
        Self::Read,
        Self::Write,
        Self::Rx,
        Self::Tx,
    ];

    /// The word for it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Pid => "pid",
            Self::User => "user",
            Self::Name => "name",
            Self::Cmd => "cmd",
            Self::State => "state",
            Self::Service => "service",
            Self::Port => "port",
            Self::Host => "host",
            Self::Proto => "proto",
            Self::Cpu => "cpu",
            Self::Mem => "mem",
            Self::Read => "read",
            Self::Write => "write",
            Self::Rx => "rx",
            Self::Tx => "tx",
        }
    }

    /// The field of this word, in any case.
    pub fn of_key(key: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|field| field.key().eq_ignore_ascii_case(key))
    }

    /// How it is asked for.
    pub fn kind(self) -> Kind {
        match self {
            Self::Pid | Self::Port => Kind::Number,
            Self::Cpu => Kind::Percent,
            Self::Mem => Kind::Memory,
            Self::Read | Self::Write | Self::Rx | Self::Tx => Kind::Rate,
            _ => Kind::Text,
        }
    }

    /// What it stands for.
    pub fn description(self) -> Phrase {
        match self {
            Self::Pid => plain("Process ID"),
            Self::User => plain("User"),
            Self::Name => plain("Name of the program"),
            Self::Cmd => plain("Command line"),
            Self::State => plain("State of the process or connection"),
            Self::Service => plain("Service or application"),
            Self::Port => plain("Port at either end"),
            Self::Host => plain("Address or name of the remote host"),
            Self::Proto => plain("Protocol: tcp or udp"),
            Self::Cpu => plain("CPU usage in percent"),
            Self::Mem => plain("Memory, as an amount or in percent"),
            Self::Read => plain("Read from disks per second"),
            Self::Write => plain("Written to disks per second"),
            Self::Rx => plain("Received per second"),
            Self::Tx => plain("Sent per second"),
        }
    }

    /// A filter with it.
    pub fn example(self) -> &'static str {
        match self {
            Self::Pid => "pid:1",
            Self::User => "user:ann",
            Self::Name => "name:firefox",
            Self::Cmd => "cmd:--serve",
            Self::State => "state:listen",
            Self::Service => "service:ssh",
            Self::Port => "port:443",
            Self::Host => "host:10.0.0.0/8",
            Self::Proto => "proto:udp",
            Self::Cpu => "cpu>50",
            Self::Mem => "mem>500M",
            Self::Read => "read>1M",
            Self::Write => "write>1M",
            Self::Rx => "rx>100k",
            Self::Tx => "tx>100k",
        }
    }

    /// Whether rows `R` have it.
    pub fn is_in<R: Row>(self) -> bool {
        self.columns::<R>().next().is_some()
    }

    /// The columns that hold it.
    pub(super) fn columns<R: Row>(self) -> impl Iterator<Item = &'static Column<R>> {
        self.column_keys().iter().filter_map(|key| R::column(key))
    }

    fn column_keys(self) -> &'static [&'static str] {
        match self {
            Self::Pid => &["pid"],
            Self::User => &["user"],
            Self::Name => &["name"],
            Self::Cmd => &["command_line"],
            Self::State => &["state"],
            Self::Service => &["service"],
            Self::Port => &["ports", "local_port", "remote_port"],
            Self::Host => &["remotes", "remote_address", "remote_host"],
            // A process has a column for each, which counts its sockets.
            Self::Proto => &["protocol", "tcp", "udp"],
            Self::Cpu => &["cpu_percent"],
            Self::Mem => &["memory_percent", "rss_bytes"],
            Self::Read => &["read_bytes_per_second"],
            Self::Write => &["write_bytes_per_second"],
            Self::Rx => &["received_bytes_per_second"],
            Self::Tx => &["sent_bytes_per_second"],
        }
    }
}
