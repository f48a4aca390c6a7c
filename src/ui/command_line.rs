//! What the application is told when it is started.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Parser, ValueEnum};

use super::drilldown::SubjectKind;
use super::settings::keys::SMOOTHING;
use crate::model::history::{LONGEST_WINDOW, SHORTEST_WINDOW};
use crate::model::host::HostTarget;

/// What is making this machine busy, slow or talkative, now or a moment ago.
#[derive(Clone, Debug, PartialEq, Eq, Parser)]
#[command(name = "sysmon", version)]
pub struct CommandLine {
    /// Open the table behind a graph; may be given more than once
    #[arg(long, value_name = "SUBJECT")]
    open: Vec<Subject>,
    /// How far back the graphs reach, 5 to 3600 seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(SHORTEST_WINDOW.as_secs()..=LONGEST_WINDOW.as_secs()))]
    time_window: Option<u64>,
    /// How many samples are averaged into each that the graphs draw, 1 to 20
    #[arg(long, value_name = "SAMPLES", value_parser = clap::value_parser!(u32).range(i64::from(*SMOOTHING.start())..=i64::from(*SMOOTHING.end())))]
    smooth_window: Option<u32>,
    /// Show a recording instead of this machine
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// Show another machine, by its probe over ssh, in windows of its own
    #[arg(
        long,
        value_name = "USER@HOST",
        allow_hyphen_values = true,
        conflicts_with = "replay"
    )]
    host: Option<HostTarget>,
    /// How the session bus starts the program: it tells by itself what to show
    #[arg(long, hide = true, conflicts_with_all = ["open", "time_window", "smooth_window", "replay", "host"])]
    gapplication_service: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Subject {
    Cpu,
    Memory,
    Disk,
    Network,
}

/// What to print instead of starting.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What to print: help, the version, or one sentence about what is wrong.
    pub text: String,
    /// Whether it was asked for: then it is no error.
    pub asked_for: bool,
}

impl CommandLine {
    /// Understands the words of the command line, the program's name first.
    ///
    /// # Errors
    /// When they cannot be understood, or ask for help or the version.
    pub fn understand(
        words: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    ) -> Result<Self, Refusal> {
        Self::try_parse_from(words).map_err(|error| {
            let asked_for = matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            );
            let text = error.render().to_string();
            Refusal {
                text: if asked_for { text } else { sentence(&text) },
                asked_for,
            }
        })
    }

    /// The tables to open.
    pub fn subjects(&self) -> Vec<SubjectKind> {
        let subjects = self.open.iter().map(|subject| match subject {
            Subject::Cpu => SubjectKind::Cpu,
            Subject::Memory => SubjectKind::Memory,
            Subject::Disk => SubjectKind::Disk,
            Subject::Network => SubjectKind::Network,
        });
        subjects.collect()
    }

    /// The recording to show; `None` for this machine.
    pub fn replay(&self) -> Option<&Path> {
        self.replay.as_deref()
    }

    /// The other machine to show; `None` for this one.
    pub fn host(&self) -> Option<&HostTarget> {
        self.host.as_ref()
    }

    /// Whether the session bus starts the program, and says what to show.
    pub fn is_service(&self) -> bool {
        self.gapplication_service
    }

    /// How far back the graphs shall reach, where it was said.
    pub fn window(&self) -> Option<Duration> {
        self.time_window.map(Duration::from_secs)
    }

    /// How many samples shall be averaged, where it was said.
    pub fn smoothing(&self) -> Option<u32> {
        self.smooth_window
    }
}

/// What is wrong and what would be right, without the usage that follows.
fn sentence(text: &str) -> String {
    let lines = text
        .lines()
        .take_while(|line| !line.starts_with("Usage") && !line.starts_with("For more"))
        .map(|line| line.trim().trim_start_matches("error: "))
        .filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_may_be_opened_at_start() {
        let line = CommandLine::understand(["sysmon", "--open", "cpu", "--open", "network"]);
        let line = line.expect("valid");
        assert_eq!(line.subjects(), [SubjectKind::Cpu, SubjectKind::Network]);
        assert_eq!(line.window(), None);
        assert_eq!(line.replay(), None);
    }

    #[test]
    fn window_and_smoothing_can_be_said() {
        let words = ["sysmon", "--smooth-window", "20", "--time-window", "5"];
        let line = CommandLine::understand(words).expect("valid");
        assert_eq!(line.smoothing(), Some(20));
        assert_eq!(line.window(), Some(SHORTEST_WINDOW));
        assert_eq!(
            CommandLine::understand(["sysmon"])
                .expect("valid")
                .smoothing(),
            None
        );
    }

    #[test]
    fn a_recording_can_be_shown() {
        let line = CommandLine::understand(["sysmon", "--replay", "a b.smrec"]).expect("valid");
        assert_eq!(line.replay(), Some(Path::new("a b.smrec")));
        let refusal = CommandLine::understand(["sysmon", "--replay"]).expect_err("refused");
        assert!(refusal.text.contains("--replay"), "{}", refusal.text);
    }

    #[test]
    fn another_host_can_be_shown() {
        let line = CommandLine::understand(["sysmon", "--host", "ann@server"]).expect("valid");
        assert_eq!(line.host().map(HostTarget::as_str), Some("ann@server"));
        for bad in [
            &["sysmon", "--host", "-oProxyCommand=id"][..],
            &["sysmon", "--host", "--open"],
            &["sysmon", "--host=ann@-l"],
            &["sysmon", "--host", "two words"],
            &["sysmon", "--host", ""],
            &["sysmon", "--host", "server", "--replay", "a.smrec"],
            &["sysmon", "--host", "server", "--gapplication-service"],
        ] {
            let refusal = CommandLine::understand(bad).expect_err("refused");
            assert!(!refusal.asked_for && !refusal.text.contains('\n'));
            assert!(refusal.text.contains("--host"), "{}", refusal.text);
        }
    }

    #[test]
    fn the_session_bus_starts_a_service() {
        let line = CommandLine::understand(["sysmon", "--gapplication-service"]).expect("valid");
        assert!(line.is_service());
        assert!(
            !CommandLine::understand(["sysmon"])
                .expect("valid")
                .is_service()
        );
        let both = ["sysmon", "--gapplication-service", "--open", "cpu"];
        assert!(
            !CommandLine::understand(both)
                .expect_err("refused")
                .asked_for
        );
    }

    #[test]
    fn bad_words_are_refused_in_one_line_that_says_what_would_be_right() {
        for bad in [
            &["sysmon", "--time-window", "4"][..],
            &["sysmon", "--time-window", "3601"],
            &["sysmon", "--open", "gpu"],
            &["sysmon", "--smooth-window", "0"],
            &["sysmon", "--smooth-window", "21"],
            &["sysmon", "extra"],
        ] {
            let refusal = CommandLine::understand(bad).expect_err("refused");
            assert!(!refusal.asked_for);
            assert!(!refusal.text.contains('\n') && !refusal.text.is_empty());
        }
        let text = CommandLine::understand(["sysmon", "--open", "gpu"])
            .expect_err("refused")
            .text;
        assert!(text.contains("memory"), "{text}");
    }

    #[test]
    fn help_and_version_are_no_errors() {
        for asked in ["--help", "--version"] {
            let refusal = CommandLine::understand(["sysmon", asked]).expect_err("prints");
            assert!(refusal.asked_for && !refusal.text.is_empty());
        }
    }
}
