//! What could not be read, as sentences.

use gettextrs::{gettext, ngettext};

use crate::model::snapshot::{Degradation, Missing, Reason};

/// A degradation in the user's language: what is missing and why.
pub fn sentence(degradation: &Degradation) -> String {
    let what = match degradation.count {
        Some(count) => counted(degradation.what, count),
        None => uncounted(degradation.what),
    };
    // Translators: what is missing, then why.
    gettext("{what}: {reason}.")
        .replace("{what}", &what)
        .replace("{reason}", &reason(degradation.reason))
}

fn counted(what: Missing, count: u64) -> String {
    let plural = u32::try_from(count).unwrap_or(u32::MAX);
    let text = match what {
        Missing::Io => ngettext(
            "Reads and writes of {} process",
            "Reads and writes of {} processes",
            plural,
        ),
        Missing::SocketOwners => {
            ngettext("Sockets of {} process", "Sockets of {} processes", plural)
        }
        Missing::Processes => ngettext("Figures of {} process", "Figures of {} processes", plural),
        Missing::CpuClocks => ngettext(
            "The CPU clock of {} process",
            "CPU clocks of {} processes",
            plural,
        ),
        other => return uncounted(other),
    };
    text.replace("{}", &count.to_string())
}

fn uncounted(what: Missing) -> String {
    match what {
        Missing::Processes => gettext("Processes of other users"),
        Missing::Io => gettext("What processes read and write"),
        Missing::SocketOwners => gettext("Which process holds a socket"),
        Missing::TcpSockets => gettext("TCP sockets"),
        Missing::UdpSockets => gettext("UDP sockets"),
        Missing::SocketDiagnosis => gettext("The kernel’s socket diagnosis"),
        Missing::Cpu => gettext("CPU time of the machine"),
        Missing::Memory => gettext("Memory of the machine"),
        Missing::Load => gettext("Load average"),
        Missing::Pressure => gettext("Pressure"),
        Missing::Disks => gettext("Disks"),
        Missing::Interfaces => gettext("Network interfaces"),
        Missing::CpuClocks => gettext("CPU clocks of processes"),
    }
}

fn reason(reason: Reason) -> String {
    match reason {
        Reason::PermissionDenied => gettext("the system denies it to this user"),
        Reason::Hidden => gettext("the system hides other users’ processes (hidepid)"),
        Reason::NotAvailable => gettext("this system does not offer it"),
        Reason::Malformed => gettext("the system’s answer could not be understood"),
        Reason::Interrupted => gettext("it kept changing while it was read and may be incomplete"),
        Reason::AllCounted => {
            gettext("no physical device was found, so all are counted, stacked ones twice")
        }
    }
}
