//! A file of metrics for the text file collector of Prometheus's node exporter.

use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use super::super::schedule::Schedule;
use super::reader::Reader;
use crate::model::format::printable;
use crate::platform::StopSignals;
use crate::source::recording::WholeFile;

/// Writes the file once in each interval until it is told to stop, or so often as asked.
///
/// # Errors
/// When nothing can be read or written, with a sentence that says why.
pub(super) fn write(
    reader: &mut Reader,
    path: &Path,
    interval: Duration,
    count: Option<u64>,
    signals: &StopSignals,
) -> Result<(), String> {
    let mut schedule = Schedule::new(Instant::now(), interval);
    let mut written = 0;
    while count != Some(written) {
        let now = Instant::now();
        let wait = schedule.next(now).saturating_duration_since(now);
        if signals.came_within(wait) {
            return Ok(());
        }
        let page = reader.page().map_err(|error| error.to_string())?;
        put(path, &page).map_err(|error| {
            let file = path.to_string_lossy();
            format!(
                "{} cannot be written: {error}; what was there is unchanged",
                printable(&file)
            )
        })?;
        written += 1;
    }
    Ok(())
}

/// Puts the text in its place, whole and for everybody to read: the node exporter is another user.
fn put(path: &Path, text: &str) -> io::Result<()> {
    let (whole, mut file) = WholeFile::create(path)?;
    file.write_all(text.as_bytes())?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    whole.keep_for_a_while()
}
