//! Waiting for a condition, and not for a time.

use std::thread;
use std::time::{Duration, Instant};

/// What is slow here fails the test at the latest after this.
pub const LIMIT: Duration = Duration::from_mins(1);

/// The first that is found.
pub fn until<T>(mut found: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + LIMIT;
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain");
        thread::sleep(Duration::from_millis(5));
    }
}
