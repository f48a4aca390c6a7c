//! Asks for snapshots on time and prints them.

use std::io;
use std::time::Instant;

use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};

use super::arguments::{OutputFormat, PrintOptions, Subject};
use super::output::Output;
use super::schedule::Schedule;
use super::subject::{self, PrintedRow};
use super::totals::{self, PrintedTotals};
use super::{json, system, table};
use crate::model::connection::{ConnectionRequest, ConnectionRow};
use crate::model::format::{Style, printable};
use crate::model::process::ProcessKey;
use crate::model::snapshot::Snapshot;
use crate::model::system::SystemSnapshot;
use crate::model::table::{Direction, Row};
use crate::model::tsv;
use crate::source::recording::RecordingError;
use crate::source::{Reply, Request, Source, SourceError};

/// How printing came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// All that was asked for is printed.
    Done,
    /// The reader of the output has closed it.
    NobodyReads,
}

/// Why nothing more can be printed.
#[derive(Debug, thiserror::Error)]
pub(super) enum PrintError {
    /// The machine cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The output cannot be written, as on a full disk.
    #[error("the output cannot be written: {0}")]
    Output(#[source] io::Error),
    /// The recording cannot be shown.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// There is no snapshot in it, and perhaps it was found damaged.
    #[error(
        "the recording holds nothing of this subject{}",
        .0.as_ref().map(|damage| format!(" that is whole: {damage}")).unwrap_or_default()
    )]
    Nothing(Option<String>),
}

/// What became of a piece of output.
pub(super) fn written(result: io::Result<()>) -> Result<Ended, PrintError> {
    match result {
        Ok(()) => Ok(Ended::Done),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Ended::NobodyReads),
        Err(error) => Err(PrintError::Output(error)),
    }
}

/// Prints as many snapshots as were asked for, the first one interval from now.
pub(super) fn print(
    source: &mut dyn Source,
    options: &PrintOptions,
    output: &mut Output,
) -> Result<Ended, PrintError> {
    let mut schedule = Schedule::new(Instant::now(), options.interval);
    let mut printer = Printer::new(options, None, output.width());
    source.ask(&printer.request())?;
    let mut done = 0;
    while options.count.is_none_or(|count| done < count) {
        let now = Instant::now();
        if output.closed_within(schedule.next(now).saturating_duration_since(now)) {
            return Ok(Ended::NobodyReads);
        }
        let Some(text) = printer.text(&source.ask(&printer.request())?)? else {
            continue;
        };
        if written(output.write(&text))? == Ended::NobodyReads {
            return Ok(Ended::NobodyReads);
        }
        done += 1;
    }
    Ok(Ended::Done)
}

/// Prints every snapshot of a source that comes to an end, or as many as were asked for, and says how
/// many there were.
pub(super) fn replay(
    source: &mut dyn Source,
    host: Option<String>,
    options: &PrintOptions,
    output: &mut Output,
) -> Result<(Ended, u64), PrintError> {
    let mut printer = Printer::new(options, host, output.width());
    let mut done = 0;
    while options.count.is_none_or(|count| done < count) {
        let reply = match source.ask(&printer.request()) {
            Err(SourceError::Ended) => break,
            reply => reply?,
        };
        let Some(text) = printer.text(&reply)? else {
            continue;
        };
        if written(output.write(&text))? == Ended::NobodyReads {
            return Ok((Ended::NobodyReads, done));
        }
        done += 1;
    }
    Ok((Ended::Done, done))
}

/// Turns snapshots into text.
struct Printer<'a> {
    options: &'a PrintOptions,
    /// The machine, where it may be another one.
    host: Option<String>,
    style: Style,
    /// Columns of the terminal; `None` when the output is none.
    width: Option<usize>,
    /// The rows printed last, which are worth a closer look.
    watched: Vec<ProcessKey>,
    header_is_due: bool,
}

impl<'a> Printer<'a> {
    fn new(options: &'a PrintOptions, host: Option<String>, width: Option<usize>) -> Self {
        Self {
            options,
            host,
            style: Style {
                zone: TimeZone::system(),
                ..Style::english()
            },
            width,
            watched: Vec::new(),
            header_is_due: true,
        }
    }

    fn request(&self) -> Request {
        match self.options.subject {
            Subject::System => Request::System,
            Subject::Cpu => Request::Cpu {
                watch: self.watched.clone(),
            },
            Subject::Disk => Request::Disk,
            Subject::Network => Request::Network {
                names: self.options.names,
            },
            Subject::Connections => Request::Connections(self.connections()),
        }
    }

    /// The text of a snapshot; `None` when the reply holds none.
    fn text(&mut self, reply: &Reply) -> Result<Option<String>, PrintError> {
        match reply {
            Reply::System(snapshot) => self.system(snapshot),
            Reply::Cpu(snapshot) => self.rows(snapshot),
            Reply::Disk(snapshot) => self.rows(snapshot),
            Reply::Network(snapshot) => self.rows(snapshot),
            Reply::Connections(snapshot) => self.rows(snapshot),
            _ => return Ok(None),
        }
        .map(Some)
    }

    /// Rows are cut where they are read, unless they are sorted by what is worked out here.
    fn connections(&self) -> ConnectionRequest {
        let sort = self.options.sort.as_ref();
        let key = sort.map_or(ConnectionRow::DEFAULT_SORT, |sort| sort.key.as_str());
        ConnectionRequest {
            filter: self.options.filter.to_string(),
            sort: key.to_owned(),
            direction: sort.map_or(Direction::Descending, |sort| sort.direction),
            limit: self
                .options
                .top
                .filter(|_| ConnectionRow::column(key).is_some()),
            process: None,
            names: self.options.names,
        }
    }

    fn system(&mut self, snapshot: &SystemSnapshot) -> Result<String, PrintError> {
        let totals = system::totals(&snapshot.totals);
        match self.options.format {
            OutputFormat::Json => json_line("system", snapshot, totals, Vec::new()),
            OutputFormat::Tsv => {
                let keys: Vec<&str> = totals.keys().map(String::as_str).collect();
                Ok(self.tsv(snapshot, &keys, std::slice::from_ref(&totals)))
            }
            OutputFormat::Table => {
                let lines = system::table(snapshot, &self.style).lines();
                Ok(self.block("system", snapshot, lines))
            }
        }
    }

    fn rows<R>(
        &mut self,
        snapshot: &Snapshot<R, R::Totals, R::Remainder>,
    ) -> Result<String, PrintError>
    where
        R: PrintedRow,
        R::Totals: PrintedTotals,
    {
        let chosen = subject::chosen(&snapshot.rows, self.options);
        self.watched = chosen
            .iter()
            .filter_map(|row| Some(row.process()?.key))
            .collect();
        let fields = subject::fields::<R>();
        // A filter chooses among rows; what none of them accounts for answers no question.
        let remainder = if self.options.filter.is_empty() {
            snapshot.remainder.as_slice()
        } else {
            &[]
        };
        let objects = || {
            let rows = chosen.iter().map(|row| json::row(&fields, *row));
            rows.chain(remainder.iter().map(json::remainder)).collect()
        };
        match self.options.format {
            OutputFormat::Json => json_line(
                R::SUBJECT,
                snapshot,
                totals::json(&snapshot.totals),
                objects(),
            ),
            OutputFormat::Tsv => {
                let keys: Vec<&str> = fields.iter().map(|field| field.key).collect();
                let objects: Vec<_> = objects();
                Ok(self.tsv(snapshot, &keys, &objects))
            }
            OutputFormat::Table => {
                let table =
                    table::of_rows(&chosen, remainder, self.options.sort.as_ref(), &self.style);
                let mut lines = table.lines();
                lines.push(totals::sentence(&snapshot.totals, &self.style));
                Ok(self.block(R::SUBJECT, snapshot, lines))
            }
        }
    }

    /// Lines of values with the moment in front; the keys stand before the first ones.
    fn tsv<R, T, M>(
        &mut self,
        snapshot: &Snapshot<R, T, M>,
        keys: &[&str],
        objects: &[Map<String, Json>],
    ) -> String {
        let at = Json::from(json::at(snapshot));
        let mut lines = Vec::new();
        if std::mem::take(&mut self.header_is_due) {
            lines.push(tsv::header(["at"].iter().chain(keys).copied()));
        }
        lines.extend(objects.iter().map(|object| {
            let values = keys
                .iter()
                .map(|key| object.get(*key).unwrap_or(&Json::Null));
            tsv::line(std::iter::once(&at).chain(values))
        }));
        lines.into_iter().map(|line| line + "\n").collect()
    }

    /// A heading, these lines, what is missing in words, and an empty line.
    fn block<R, T, M>(
        &self,
        subject: &'static str,
        snapshot: &Snapshot<R, T, M>,
        lines: Vec<String>,
    ) -> String {
        let at = snapshot.at.to_zoned(self.style.zone.clone());
        let host = self
            .host
            .as_deref()
            .map(|host| format!(" of {}", printable(host)));
        let heading = format!(
            "{subject}{}, {} over {} s",
            host.unwrap_or_default(),
            at.strftime("%Y-%m-%d %H:%M:%S"),
            self.style.decimal(snapshot.elapsed.as_secs_f64(), 2),
        );
        let missing = snapshot
            .degradations
            .iter()
            .map(|degradation| degradation.explanation().english());
        std::iter::once(heading)
            .chain(lines)
            .chain(missing)
            .map(|line| match self.width {
                Some(width) => table::cut_at_the_end(&line, width) + "\n",
                None => line + "\n",
            })
            .chain(["\n".to_owned()])
            .collect()
    }
}

fn json_line<R, T, M>(
    subject: &'static str,
    snapshot: &Snapshot<R, T, M>,
    totals: Map<String, Json>,
    rows: Vec<Map<String, Json>>,
) -> Result<String, PrintError> {
    json::line(subject, snapshot, totals, rows)
        .map(|line| line + "\n")
        .map_err(|error| PrintError::Output(error.into()))
}
