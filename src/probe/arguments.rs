//! What the program is asked to do.

mod openmetrics;
mod values;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::model::connection::HostNames;
use crate::model::format::printable;
use crate::model::query::Query;
use crate::model::table::Direction;
use crate::platform::{Kind, Roots};
pub use openmetrics::{OpenMetricsOptions, Target};
use values::{Top, duration, interval, sort, top};

/// What the program is asked to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// Print a text: the help or the version.
    Say(String),
    /// Print snapshots.
    Print(PrintOptions),
    /// Write them into a file.
    Record(RecordingOptions),
    /// Answer questions on standard input.
    Serve(Machine),
    /// The same with what reading takes of root's rights.
    Administrator,
    /// Offer figures to Prometheus.
    OpenMetrics(OpenMetricsOptions),
}

/// Where snapshots come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A machine.
    Machine(Machine),
    /// A recording.
    Recording(PathBuf),
}

/// A machine and the means by which it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Where the system is found.
    pub roots: Roots,
    /// By which means it is read.
    pub platform: Kind,
}

/// How the machine is to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingOptions {
    /// The file.
    pub out: PathBuf,
    /// Whether a file that is there is replaced.
    pub replace: bool,
    /// Time from one snapshot to the next.
    pub interval: Duration,
    /// When it ends; `None` for when it is told to.
    pub duration: Option<Duration>,
    /// Whether the arguments of programs are recorded.
    pub command_lines: bool,
    /// What is recorded.
    pub machine: Machine,
}

/// How snapshots are to be printed.
#[derive(Clone, Debug, PartialEq)]
pub struct PrintOptions {
    /// What they are about.
    pub subject: Subject,
    /// Time from one to the next.
    pub interval: Duration,
    /// After how many it ends; `None` for never.
    pub count: Option<u64>,
    /// How many rows at most; `None` for all.
    pub top: Option<usize>,
    /// What rows are sorted by; `None` for the subject's default.
    pub sort: Option<Sort>,
    /// What rows have to answer.
    pub filter: Query,
    /// Which remote hosts are named.
    pub names: HostNames,
    /// In which form.
    pub format: OutputFormat,
    /// Where they come from.
    pub origin: Origin,
}

/// A key of a row and which way it sorts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    /// The key of the subject's rows.
    pub key: String,
    /// Which end comes first.
    pub direction: Direction,
}

/// What is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Subject {
    /// The whole machine
    System,
    /// Processes by CPU and memory
    Cpu,
    /// Processes by storage
    Disk,
    /// Processes by sockets and throughput
    Network,
    /// Connections and other sockets
    Connections,
}

/// In which form it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// Aligned columns for people
    Table,
    /// Lines of tab-separated values
    Tsv,
    /// An object a line
    Json,
}

/// Arguments that cannot be followed, told in one sentence.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadArguments(String);

#[derive(Parser)]
#[command(
    name = "sysmon-probe",
    version,
    about = "Prints what is making this machine busy, slow or talkative",
    disable_help_subcommand = true
)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Prints the machine or its processes, again and again
    Print(PrintArguments),
    /// Writes the machine and its processes into a file, to be shown with --replay
    Record(RecordArguments),
    /// Answers the questions of a window elsewhere on standard input and output, until there are no more
    Serve(MachineArguments),
    /// The same as serve, for pkexec: as root, of whose rights it gives up all but those that reading takes
    Administrator,
    /// Offers the machine and its busiest programs to Prometheus, see docs/openmetrics.md
    #[command(name = "openmetrics")]
    OpenMetrics(openmetrics::Arguments),
}

#[derive(Args)]
struct MachineArguments {
    /// Reads this folder instead of /proc
    #[arg(long, value_name = "DIR")]
    proc_root: Option<PathBuf>,
    /// Reads this folder instead of /sys
    #[arg(long, value_name = "DIR")]
    sys_root: Option<PathBuf>,
    /// By which means to read [default: what suits this system]
    #[arg(long, value_name = "PLATFORM", value_enum)]
    platform: Option<PlatformName>,
}

#[derive(Args)]
struct RecordArguments {
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Seconds from one snapshot to the next, 0.1 to 86400
    #[arg(long, value_name = "S", default_value = "1", value_parser = interval, allow_negative_numbers = true)]
    interval: Duration,
    /// Ends after so many seconds [default: with Ctrl+C or SIGTERM]
    #[arg(long, value_name = "S", value_parser = duration, allow_negative_numbers = true)]
    duration: Option<Duration>,
    /// Leaves the arguments of programs out: they can hold what others must not know
    #[arg(long)]
    no_command_lines: bool,
    /// Replaces the file when it is there already
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    machine: MachineArguments,
}

#[derive(Args)]
struct PrintArguments {
    /// What to print
    subject: Subject,
    /// Seconds from one print to the next, 0.1 to 86400 [default: 1]
    #[arg(long, value_name = "S", value_parser = interval, allow_negative_numbers = true)]
    interval: Option<Duration>,
    /// Ends after so many prints [default: never]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), allow_negative_numbers = true)]
    count: Option<u64>,
    /// Prints so many rows at most; totals are of all
    #[arg(long, value_name = "N|all", default_value = "10", value_parser = top, allow_negative_numbers = true)]
    top: Top,
    /// Sorts by this key of a row, largest first unless told
    #[arg(long, value_name = "COLUMN[:asc|:desc]", value_parser = sort)]
    sort: Option<Sort>,
    /// Prints only rows that pass: words of the name, command line or pid, user:ann port:443 cpu>50
    /// rx>1M /regex/, a minus negates; docs/filter.md has the language
    #[arg(
        long,
        value_name = "QUERY",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    filter: String,
    /// Names remote hosts, looking them up in the background [default: off]
    #[arg(long, value_name = "WHICH", value_enum)]
    names: Option<NamesWanted>,
    /// In which form to print
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "table")]
    format: OutputFormat,
    /// Prints every snapshot of this recording, without waiting, instead of the machine
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    #[command(flatten)]
    machine: MachineArguments,
}

/// The names of [`HostNames`].
#[derive(Clone, Copy, ValueEnum)]
enum NamesWanted {
    /// None: nobody is asked
    Off,
    /// Those with public addresses
    Public,
    /// Those of private networks too
    All,
}

/// The names of [`Kind`].
#[derive(Clone, Copy, ValueEnum)]
enum PlatformName {
    /// The kernel's own files and messages
    Linux,
    /// What many systems have in common
    Portable,
}

/// Understands the arguments, the first being the program's own name.
///
/// # Errors
/// When they cannot be followed, with one sentence that says why.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Asked, BadArguments> {
    let parsed = match CommandLine::try_parse_from(arguments) {
        Ok(parsed) => parsed,
        Err(error) => {
            let text = error.render().to_string();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Ok(Asked::Say(text)),
                // What it renders is the help, which does not say what is wrong.
                ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Err(BadArguments(
                    "no command was given; --help tells which there are".to_owned(),
                )),
                _ => Err(BadArguments(one_sentence(&text))),
            };
        }
    };
    match parsed.command {
        Command::Print(print) => print_options(print).map(Asked::Print),
        Command::Record(record) => record_options(record).map(Asked::Record),
        Command::Serve(arguments) => machine(&arguments).map(Asked::Serve),
        Command::Administrator => Ok(Asked::Administrator),
        Command::OpenMetrics(arguments) => arguments.options().map(Asked::OpenMetrics),
    }
}

fn print_options(print: PrintArguments) -> Result<PrintOptions, BadArguments> {
    if let Some(sort) = &print.sort {
        let keys = super::subject::sort_keys(print.subject);
        if !keys.contains(&sort.key.as_str()) {
            return Err(BadArguments(format!(
                "--sort: \u{201c}{}\u{201d} is no key of this subject, which has {}",
                printable(&sort.key),
                if keys.is_empty() {
                    "no rows".to_owned()
                } else {
                    keys.join(", ")
                }
            )));
        }
    }
    let filter = Query::parse(&print.filter)
        .and_then(|filter| super::subject::check(print.subject, &filter).map(|()| filter))
        .map_err(|error| BadArguments(format!("--filter: {}", printable(&error.to_string()))))?;
    let origin = origin(&print)?;
    Ok(PrintOptions {
        subject: print.subject,
        interval: print.interval.unwrap_or(Duration::from_secs(1)),
        count: print.count,
        top: print.top.0,
        sort: print.sort,
        filter,
        names: match print.names {
            None | Some(NamesWanted::Off) => HostNames::Off,
            Some(NamesWanted::Public) => HostNames::Public,
            Some(NamesWanted::All) => HostNames::All,
        },
        format: print.format,
        origin,
    })
}

/// Where snapshots are to come from. What says how a machine is read says nothing of a recording.
fn origin(print: &PrintArguments) -> Result<Origin, BadArguments> {
    let Some(file) = &print.replay else {
        return machine(&print.machine).map(Origin::Machine);
    };
    if print.subject == Subject::Connections {
        return Err(BadArguments(
            "--replay: connections are not recorded, only system, cpu, disk and network".to_owned(),
        ));
    }
    let of_a_machine = [
        ("--interval", print.interval.is_some()),
        ("--names", print.names.is_some()),
        ("--proc-root", print.machine.proc_root.is_some()),
        ("--sys-root", print.machine.sys_root.is_some()),
        ("--platform", print.machine.platform.is_some()),
    ];
    match of_a_machine.iter().find(|(_, given)| *given) {
        Some((option, _)) => Err(BadArguments(format!(
            "{option} says how a machine is read and cannot be used with --replay, which prints what was recorded"
        ))),
        None => Ok(Origin::Recording(file.clone())),
    }
}

fn record_options(record: RecordArguments) -> Result<RecordingOptions, BadArguments> {
    if record
        .duration
        .is_some_and(|duration| duration < record.interval)
    {
        return Err(BadArguments(
            "--duration is shorter than --interval: nothing would be recorded".to_owned(),
        ));
    }
    Ok(RecordingOptions {
        machine: machine(&record.machine)?,
        out: record.out,
        replace: record.force,
        interval: record.interval,
        duration: record.duration,
        command_lines: !record.no_command_lines,
    })
}

fn machine(arguments: &MachineArguments) -> Result<Machine, BadArguments> {
    let platform = match arguments.platform {
        Some(PlatformName::Linux) => Kind::Linux,
        Some(PlatformName::Portable) => Kind::Portable,
        None => Kind::default(),
    };
    let has_roots = arguments.proc_root.is_some() || arguments.sys_root.is_some();
    if platform == Kind::Portable && has_roots {
        return Err(BadArguments(
            "--proc-root and --sys-root are read by the platform linux only".to_owned(),
        ));
    }
    let usual = Roots::default();
    Ok(Machine {
        roots: Roots {
            proc: arguments.proc_root.clone().unwrap_or(usual.proc),
            sys: arguments.sys_root.clone().unwrap_or(usual.sys),
            etc: usual.etc,
        },
        platform,
    })
}

/// The first paragraph of an error message on one line: what is wrong, without the usage.
fn one_sentence(message: &str) -> String {
    let paragraph: Vec<String> = message
        .lines()
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .map(|line| printable(line).into_owned())
        .collect();
    let sentence = paragraph.join(" ");
    sentence
        .strip_prefix("error: ")
        .unwrap_or(&sentence)
        .to_owned()
}

#[cfg(test)]
mod tests;
