//! The arguments of `openmetrics`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args};

use super::values::interval;
use super::{BadArguments, Machine, MachineArguments, machine};

/// Where a page is offered unless told: a port that no other exporter is known to take.
const PLACE: &str = "127.0.0.1:9837";
/// How long a page is good for unless told.
const PAGE_INTERVAL: Duration = Duration::from_secs(1);
/// Time from one text file to the next unless told: Prometheus's usual interval.
const FILE_INTERVAL: Duration = Duration::from_secs(15);

/// How figures are to be offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenMetricsOptions {
    /// How and where.
    pub target: Target,
    /// For a page, how old a reading may be that is offered again; for a file, time from one to the
    /// next.
    pub interval: Duration,
    /// How many programs stand in each family at most.
    pub top: usize,
    /// Of which machine.
    pub machine: Machine,
}

/// Where figures are offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// As a page over HTTP.
    Listen {
        /// Where.
        address: SocketAddr,
        /// The names that are answered to beside the machine's own.
        names: Vec<String>,
    },
    /// As a file for the text file collector of Prometheus's node exporter.
    TextFile {
        /// The file.
        path: PathBuf,
        /// After how many writes it ends; `None` for never.
        count: Option<u64>,
    },
}

#[derive(Args)]
#[command(group(ArgGroup::new("target").required(true).args(["listen", "textfile"])))]
pub(super) struct Arguments {
    /// Offers them as a page at this address, 127.0.0.1:9837 unless told; who reaches another
    /// than a loopback address can read the names of programs
    #[arg(long, value_name = "IP:PORT", num_args = 0..=1, default_missing_value = PLACE, value_parser = address)]
    listen: Option<SocketAddr>,
    /// Answers also who asks for this name, which leads here; may be given several times. Addresses and
    /// localhost are always answered to, and where others reach the page the machine's own name
    #[arg(long, value_name = "NAME", conflicts_with = "textfile", value_parser = host_name)]
    host_name: Vec<String>,
    /// Writes them into this file for the text file collector of Prometheus's node exporter, NAME.prom
    #[arg(long, value_name = "FILE")]
    textfile: Option<PathBuf>,
    /// Seconds, 0.1 to 86400: with --textfile from one write to the next [default: 15], with --listen
    /// in which scrapes share one reading [default: 1]
    #[arg(long, value_name = "S", value_parser = interval, allow_negative_numbers = true)]
    interval: Option<Duration>,
    /// Ends after so many writes of the text file [default: never]
    #[arg(long, value_name = "N", conflicts_with = "listen", value_parser = clap::value_parser!(u64).range(1..), allow_negative_numbers = true)]
    count: Option<u64>,
    /// Names so many programs in each family at most, 1 to 100; the others are one sum
    #[arg(long, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u64).range(1..=100), allow_negative_numbers = true)]
    top: u64,
    #[command(flatten)]
    machine: MachineArguments,
}

impl Arguments {
    pub(super) fn options(self) -> Result<OpenMetricsOptions, BadArguments> {
        let machine = machine(&self.machine)?;
        let (target, usual) = match (self.listen, self.textfile) {
            (Some(address), _) => {
                let names = self.host_name;
                (Target::Listen { address, names }, PAGE_INTERVAL)
            }
            (None, Some(path)) => {
                let count = self.count;
                (Target::TextFile { path, count }, FILE_INTERVAL)
            }
            (None, None) => {
                return Err(BadArguments(
                    "neither --listen nor --textfile says where to".to_owned(),
                ));
            }
        };
        Ok(OpenMetricsOptions {
            target,
            interval: self.interval.unwrap_or(usual),
            top: usize::try_from(self.top).unwrap_or(usize::MAX),
            machine,
        })
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "not an IP address with a port, as 127.0.0.1:9837 and [::1]:9837 are".to_owned()
    })
}

fn host_name(text: &str) -> Result<String, String> {
    let may = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let name = text.strip_suffix('.').unwrap_or(text);
    if !name.is_empty() && name.bytes().all(may) {
        return Ok(name.to_owned());
    }
    Err("not the name of a host, as server.example.org is, without a port".to_owned())
}
