//! Other hosts.

use super::super::topic::Part::{Heading, Said, Term, Text};
use super::super::topic::Topic;
use crate::ui::language::gettext_noop;

pub const HOSTS: Topic = Topic {
    name: "hosts",
    title: gettext_noop("Other Hosts"),
    parts: &[
        Text(gettext_noop(
            "“Connect to Host…” in the main menu shows another Linux machine over ssh, in windows of its own. Their titles say which host it is. Alerts are about this machine only.",
        )),
        Term(
            "sysmon --host USER@HOST",
            gettext_noop("Does the same. A name of your ssh configuration works as well."),
        ),
        Heading(gettext_noop("What it takes")),
        Text(gettext_noop(
            "A key that lets you in without a question, as SysMon has no terminal to ask in, and that you connected once in a terminal, so that ssh knows the host.",
        )),
        Text(gettext_noop(
            "The probe of the same version there. Where it is missing, SysMon offers to copy its own into your folder .local/share/sysmon there. Delete that folder to remove it.",
        )),
        Heading(gettext_noop("What it says when it cannot")),
        Said(
            gettext_noop("ssh does not know the key"),
            gettext_noop(
                "Connect once with ssh in a terminal. It shows the key of the host: compare it with what who runs the host tells you.",
            ),
        ),
        Said(
            gettext_noop("The key is another than ssh knows"),
            gettext_noop(
                "The host was installed anew, or somebody is in between. Ask who runs it before you remove the old key.",
            ),
        ),
        Said(
            gettext_noop("Does not let you in without a question"),
            gettext_noop(
                "“ssh-copy-id” gives the host a key of yours; “ssh-add” unlocks one that has a passphrase.",
            ),
        ),
        Text(gettext_noop(
            "A host that does not answer is tried again by itself. What you have to mend is tried again when you press “Try Again” or F5.",
        )),
    ],
};
