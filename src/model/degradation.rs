//! What a degradation says to a person. The English templates are the message ids that a window
//! translates.

use super::snapshot::{Degradation, Missing, Reason};

/// A template to be translated, with the number that goes in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phrase {
    /// As it is.
    Plain(&'static str),
    /// One of two templates, after the language's rule for the number that takes the place of
    /// `{count}`.
    Counted {
        /// For one.
        one: &'static str,
        /// For any other number.
        many: &'static str,
        /// The number.
        count: u64,
    },
}

/// The phrase for what is missing and that for the reason: shown as "`what`: `why`."
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What is missing.
    pub what: Phrase,
    /// Why it is.
    pub why: Phrase,
}

/// A phrase without a number. Its argument is a message id.
pub(super) const fn plain(template: &'static str) -> Phrase {
    Phrase::Plain(template)
}

/// A phrase with a number where that is known, else `unknown`. Its first three arguments are
/// message ids, the second and third of one message.
fn counted(
    unknown: &'static str,
    one: &'static str,
    many: &'static str,
    count: Option<u64>,
) -> Phrase {
    count.map_or(Phrase::Plain(unknown), |count| Phrase::Counted {
        one,
        many,
        count,
    })
}

impl Phrase {
    /// The phrase in English.
    pub fn english(self) -> String {
        match self {
            Self::Plain(template) => template.to_owned(),
            Self::Counted { one, many, count } => {
                let template = if count == 1 { one } else { many };
                template.replace("{count}", &count.to_string())
            }
        }
    }
}

impl Explanation {
    /// The sentence in English.
    pub fn english(self) -> String {
        format!("{}: {}.", self.what.english(), self.why.english())
    }
}

impl Degradation {
    /// What this says to a person.
    pub fn explanation(&self) -> Explanation {
        Explanation {
            what: what(self.what, self.count),
            why: why(self.reason),
        }
    }
}

fn what(what: Missing, count: Option<u64>) -> Phrase {
    match what {
        Missing::Processes => counted(
            "Other processes",
            "{count} process",
            "{count} processes",
            count,
        ),
        Missing::Io => counted(
            "Disk activity of some processes",
            "Disk activity of {count} process",
            "Disk activity of {count} processes",
            count,
        ),
        Missing::SocketOwners => counted(
            "Sockets of some processes",
            "Sockets of {count} process",
            "Sockets of {count} processes",
            count,
        ),
        Missing::TcpSockets => counted(
            "TCP sockets",
            "{count} TCP socket",
            "{count} TCP sockets",
            count,
        ),
        Missing::UdpSockets => counted(
            "UDP sockets",
            "{count} UDP socket",
            "{count} UDP sockets",
            count,
        ),
        Missing::ClosedConnections => counted(
            "Connections that were opened and closed in between",
            "{count} message about closed connections",
            "{count} messages about closed connections",
            count,
        ),
        Missing::Namespaces => counted(
            "Sockets of containers",
            "Sockets of {count} container",
            "Sockets of {count} containers",
            count,
        ),
        Missing::SocketDiagnosis => {
            plain("The kernel's socket diagnosis, so sockets are read the slow way")
        }
        Missing::Cpu => counted(
            "CPU usage of the machine",
            "Usage of {count} CPU",
            "Usage of {count} CPUs",
            count,
        ),
        Missing::Memory => plain("Memory of the machine"),
        Missing::Load => plain("Load average"),
        Missing::Pressure => plain("Pressure"),
        Missing::Disks => counted(
            "Disks of the machine",
            "{count} disk of the machine",
            "{count} disks of the machine",
            count,
        ),
        Missing::Interfaces => counted(
            "Network interfaces",
            "{count} network interface",
            "{count} network interfaces",
            count,
        ),
        Missing::CpuClocks => plain("CPU clocks of processes, so each one is read in full"),
    }
}

fn why(reason: Reason) -> Phrase {
    match reason {
        Reason::PermissionDenied => plain("this user may not read it"),
        Reason::Hidden => plain("hidden by the way /proc is mounted (hidepid)"),
        Reason::NotAvailable => plain("not available on this system"),
        Reason::Malformed => plain("what the system says could not be understood"),
        Reason::Interrupted => {
            plain("kept changing while it was read, what is shown may be incomplete")
        }
        Reason::AllCounted => {
            plain("no physical one was found, so all are counted, stacked ones twice")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn english(what: Missing, reason: Reason, count: Option<u64>) -> String {
        Degradation {
            what,
            reason,
            count,
        }
        .explanation()
        .english()
    }

    #[test]
    fn a_degradation_is_told_in_words() {
        assert_eq!(
            english(Missing::Io, Reason::PermissionDenied, Some(61)),
            "Disk activity of 61 processes: this user may not read it."
        );
        assert_eq!(
            english(Missing::Io, Reason::PermissionDenied, Some(1)),
            "Disk activity of 1 process: this user may not read it."
        );
        assert_eq!(
            english(Missing::Disks, Reason::AllCounted, None),
            "Disks of the machine: no physical one was found, so all are counted, stacked ones twice."
        );
    }
}
