//! What is asked before something is done to processes, and what is said afterwards.

use gettextrs::{gettext, ngettext};

use super::{Target, Wanted};
use crate::model::action::{Acted, Action, MOST_CHOSEN, Outcome, Refused};
use crate::model::format::{cut, printable};
use crate::source::SourceError;
use crate::ui::failure::sentence;

/// So many processes are named in a question.
const NAMED: usize = 8;
/// A longer name is cut.
const LONGEST_NAME: usize = 40;
/// So is a longer reason, which a stranger's probe may have given.
const LONGEST_REASON: usize = 200;

/// The question.
pub(super) fn heading(wanted: Wanted, targets: &[Target]) -> String {
    let count = targets.len();
    if let [target] = targets {
        let text = match wanted {
            Wanted::End => gettext("End {name}?"),
            Wanted::Kill => gettext("Kill {name}?"),
            Wanted::Stop => gettext("Stop {name}?"),
            Wanted::Continue => gettext("Continue {name}?"),
            Wanted::Priority => gettext("Priority of {name}"),
        };
        return text.replace("{name}", &short(&target.name));
    }
    match wanted {
        Wanted::End => with_count(
            &ngettext(
                "End {count} Process?",
                "End {count} Processes?",
                plural(count),
            ),
            count,
        ),
        Wanted::Kill => with_count(
            &ngettext(
                "Kill {count} Process?",
                "Kill {count} Processes?",
                plural(count),
            ),
            count,
        ),
        Wanted::Stop => with_count(
            &ngettext(
                "Stop {count} Process?",
                "Stop {count} Processes?",
                plural(count),
            ),
            count,
        ),
        Wanted::Continue => with_count(
            &ngettext(
                "Continue {count} Process?",
                "Continue {count} Processes?",
                plural(count),
            ),
            count,
        ),
        Wanted::Priority => with_count(
            &ngettext(
                "Priority of {count} Process",
                "Priority of {count} Processes",
                plural(count),
            ),
            count,
        ),
    }
}

/// What it means, and for which processes.
pub(super) fn body(wanted: Wanted, targets: &[Target]) -> String {
    let count = targets.len();
    let meaning = match wanted {
        Wanted::End => with_count(
            &ngettext(
                "It is asked to end. What it has not saved may be lost.",
                "They are asked to end. What they have not saved may be lost.",
                plural(count),
            ),
            count,
        ),
        Wanted::Kill => with_count(
            &ngettext(
                "It ends at once. What it has not saved is lost.",
                "They end at once. What they have not saved is lost.",
                plural(count),
            ),
            count,
        ),
        Wanted::Stop => with_count(
            &ngettext(
                "It does nothing more until it is continued, and what waits for it waits as long.",
                "They do nothing more until they are continued, and what waits for them waits as long.",
                plural(count),
            ),
            count,
        ),
        Wanted::Continue => with_count(
            &ngettext("It goes on.", "They go on.", plural(count)),
            count,
        ),
        Wanted::Priority => gettext(
            "The higher the priority, the more CPU time while others want it too. Only an \
             administrator may raise it.",
        ),
    };
    let mut lines = vec![meaning, String::new()];
    lines.extend(targets.iter().take(NAMED).map(line));
    if count > NAMED {
        let rest = count - NAMED;
        // Translators: below a list of processes, of those that are not listed.
        let more = ngettext("and {count} more", "and {count} more", plural(rest));
        lines.push(with_count(&more, rest));
    }
    lines.join("\n")
}

/// What came of it: a line for each kind of outcome. `action` is `None` where none was begun.
pub(super) fn outcome(action: Option<Action>, targets: &[Target], acted: &[Acted]) -> String {
    let mut lines = Vec::new();
    let mut kinds: Vec<(&Outcome, Vec<&Target>)> = Vec::new();
    for it in acted {
        let Some(target) = targets.iter().find(|target| target.key == it.process) else {
            continue;
        };
        match kinds
            .iter_mut()
            .find(|(kind, _)| is_same(kind, &it.outcome))
        {
            Some((_, of_kind)) => of_kind.push(target),
            None => kinds.push((&it.outcome, vec![target])),
        }
    }
    for (outcome, targets) in kinds {
        lines.push(line_of(action, outcome, &targets));
    }
    lines.join("\n")
}

/// Why nothing could be tried.
pub(super) fn failure(error: &SourceError) -> String {
    match error {
        SourceError::TooManyChosen => with_count(
            &ngettext(
                "At most {count} process can be acted on at once",
                "At most {count} processes can be acted on at once",
                plural(MOST_CHOSEN),
            ),
            MOST_CHOSEN,
        ),
        SourceError::NothingChosen => {
            gettext("The probe was started again meanwhile, and nothing was done. Try once more.")
        }
        other => sentence(other),
    }
}

/// Outcomes that are told together.
fn is_same(one: &Outcome, other: &Outcome) -> bool {
    match (one, other) {
        (Outcome::Partly { .. }, Outcome::Partly { .. }) => true,
        _ => one == other,
    }
}

fn line_of(action: Option<Action>, outcome: &Outcome, targets: &[&Target]) -> String {
    match outcome {
        Outcome::Done => done(action, targets),
        Outcome::Partly { done, threads } => told(
            targets,
            &gettext("{done} of {threads} threads of {name} ({pid}) have the priority")
                .replace("{done}", &done.to_string())
                .replace("{threads}", &threads.to_string()),
            &ngettext(
                "Some threads of {count} process have the priority",
                "Some threads of {count} processes have the priority",
                plural(targets.len()),
            ),
        ),
        Outcome::Gone => told(
            targets,
            &gettext("{name} ({pid}) had ended already"),
            &ngettext(
                "{count} process had ended already",
                "{count} processes had ended already",
                plural(targets.len()),
            ),
        ),
        Outcome::NotPermitted => not_permitted(action, targets),
        Outcome::Refused(refused) => refusal(*refused, targets),
        Outcome::Unsupported => gettext(
            "This system offers no way to act on a process and be sure that it is the right one",
        ),
        Outcome::Failed(error) => told(
            targets,
            &gettext("Nothing was done to {name} ({pid}): {error}"),
            &ngettext(
                "Nothing was done to {count} process: {error}",
                "Nothing was done to {count} processes: {error}",
                plural(targets.len()),
            ),
        )
        .replace("{error}", &cut(&printable(error), LONGEST_REASON)),
    }
}

fn done(action: Option<Action>, targets: &[&Target]) -> String {
    match action {
        Some(Action::End) => told(
            targets,
            &gettext("{name} ({pid}) was asked to end"),
            &ngettext(
                "{count} process was asked to end",
                "{count} processes were asked to end",
                plural(targets.len()),
            ),
        ),
        Some(Action::Kill) => told(
            targets,
            &gettext("{name} ({pid}) was killed"),
            &ngettext(
                "{count} process was killed",
                "{count} processes were killed",
                plural(targets.len()),
            ),
        ),
        Some(Action::Stop) => told(
            targets,
            &gettext("{name} ({pid}) was stopped"),
            &ngettext(
                "{count} process was stopped",
                "{count} processes were stopped",
                plural(targets.len()),
            ),
        ),
        Some(Action::Continue) | None => told(
            targets,
            &gettext("{name} ({pid}) goes on"),
            &ngettext(
                "{count} process goes on",
                "{count} processes go on",
                plural(targets.len()),
            ),
        ),
        Some(Action::SetNice(nice)) => {
            // Translators: {nice} is a number, the process's new priority.
            let of_one = gettext("{name} ({pid}) has the nice value {nice}");
            // Translators: {nice} is a number, the processes' new priority.
            let of_several = ngettext(
                "{count} process has the nice value {nice}",
                "{count} processes have the nice value {nice}",
                plural(targets.len()),
            );
            told(targets, &of_one, &of_several).replace("{nice}", &nice.value().to_string())
        }
    }
}

fn not_permitted(action: Option<Action>, targets: &[&Target]) -> String {
    let of_one = match (action, targets) {
        (Some(Action::SetNice(_)), _) => {
            gettext("Not permitted: {name} ({pid}) keeps its priority")
        }
        (_, [target]) => match &target.user {
            Some(user) => {
                gettext("Not permitted: {name} ({pid}) belongs to {user}").replace("{user}", user)
            }
            None => gettext("Not permitted: {name} ({pid}) belongs to another user"),
        },
        _ => String::new(),
    };
    told(
        targets,
        &of_one,
        &ngettext(
            "Not permitted for {count} process",
            "Not permitted for {count} processes",
            plural(targets.len()),
        ),
    )
}

fn refusal(refused: Refused, targets: &[&Target]) -> String {
    match refused {
        Refused::KernelThread => told(
            targets,
            &gettext("{name} ({pid}) is a part of the kernel, which takes no signals"),
            &ngettext(
                "{count} process is a part of the kernel, which takes no signals",
                "{count} processes are parts of the kernel, which takes no signals",
                plural(targets.len()),
            ),
        ),
        Refused::FirstProcess => {
            let text = gettext("{name} ({pid}) is what all other processes depend on");
            named(&text, targets).unwrap_or(text)
        }
        Refused::Itself => {
            gettext("SysMon cannot stop or kill itself, nor what connects it with its probe")
        }
    }
}

/// `of_one` about the only process, else `of_several`.
fn told(targets: &[&Target], of_one: &str, of_several: &str) -> String {
    named(of_one, targets).unwrap_or_else(|| with_count(of_several, targets.len()))
}

/// The template about the only process; `None` where there are several.
fn named(template: &str, targets: &[&Target]) -> Option<String> {
    let [target] = targets else { return None };
    // The name last: it may hold anything.
    let text = template.replace("{pid}", &target.key.pid.to_string());
    Some(text.replace("{name}", &short(&target.name)))
}

/// A process of a list.
fn line(target: &Target) -> String {
    let text = match &target.user {
        Some(user) => gettext("{name}, PID {pid}, {user}").replace("{user}", user),
        None => gettext("{name}, PID {pid}"),
    };
    text.replace("{pid}", &target.key.pid.to_string())
        .replace("{name}", &short(&target.name))
}

fn with_count(template: &str, count: usize) -> String {
    template.replace("{count}", &count.to_string())
}

fn plural(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn short(name: &str) -> String {
    cut(name, LONGEST_NAME).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::action::Nice;
    use crate::model::process::{Pid, ProcessKey, StartTime};

    fn target(pid: u32, name: &str) -> Target {
        Target {
            key: ProcessKey {
                pid: Pid(pid),
                start_time: StartTime::Ticks(1),
            },
            name: name.to_owned(),
            user: Some("ann".to_owned()),
            nice: None,
        }
    }

    fn said(action: Action, outcomes: &[Outcome]) -> String {
        let targets: Vec<_> = (1..)
            .zip(outcomes)
            .map(|(pid, _)| target(pid, "make"))
            .collect();
        let acted: Vec<_> = targets
            .iter()
            .zip(outcomes)
            .map(|(target, outcome)| Acted {
                process: target.key,
                outcome: outcome.clone(),
            })
            .collect();
        outcome(Some(action), &targets, &acted)
    }

    #[test]
    fn questions_name_processes_and_count_them() {
        let one = [target(7, "make")];
        assert_eq!(heading(Wanted::End, &one), "End make?");
        assert!(body(Wanted::Kill, &one).ends_with("\nmake, PID 7, ann"));
        let many: Vec<_> = (1..=10).map(|pid| target(pid, &"x".repeat(60))).collect();
        assert_eq!(heading(Wanted::Kill, &many), "Kill 10 Processes?");
        let body = body(Wanted::Kill, &many);
        assert_eq!(body.lines().count(), 2 + NAMED + 1);
        assert!(body.ends_with("and 2 more"));
        assert!(body.lines().all(|line| line.chars().count() < 120));
    }

    #[test]
    fn each_kind_of_outcome_is_told_once() {
        assert_eq!(said(Action::Kill, &[Outcome::Done]), "make (1) was killed");
        assert_eq!(
            said(
                Action::End,
                &[
                    Outcome::Done,
                    Outcome::Gone,
                    Outcome::Done,
                    Outcome::NotPermitted
                ]
            ),
            "2 processes were asked to end\nmake (2) had ended already\n\
             Not permitted: make (4) belongs to ann"
        );
        let partly = |done| Outcome::Partly { done, threads: 3 };
        let nice = Action::SetNice(Nice::LOWEST);
        assert_eq!(
            said(nice, &[partly(1)]),
            "1 of 3 threads of make (1) have the priority"
        );
        assert_eq!(
            said(nice, &[partly(1), partly(2), Outcome::Done]),
            "Some threads of 2 processes have the priority\nmake (3) has the nice value 19"
        );
    }
}
