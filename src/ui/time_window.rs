//! How far back the graphs reach: the lengths of time that can be chosen.

use std::time::Duration;

use crate::model::history::{LONGEST_WINDOW, SHORTEST_WINDOW};

/// The window of time until a person chooses another.
pub const DEFAULT_WINDOW: Duration = Duration::from_mins(1);

/// The windows of time that the keyboard steps through, in seconds.
const WINDOWS: [u64; 10] = [5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

/// The shortest window of time that shows so long a time, else the longest there is.
pub fn window_for(length: Duration) -> Duration {
    let mut windows = WINDOWS.map(Duration::from_secs).into_iter();
    windows
        .find(|&window| window >= length)
        .unwrap_or(LONGEST_WINDOW)
}

/// A step from one window of time to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowStep {
    /// Less time.
    Shorter,
    /// More time.
    Longer,
    /// The default.
    Default,
}

impl WindowStep {
    /// The window of time after this step.
    pub fn from(self, window: Duration) -> Duration {
        let mut windows = WINDOWS.map(Duration::from_secs).into_iter();
        match self {
            Self::Default => DEFAULT_WINDOW,
            Self::Longer => windows
                .find(|&next| next > window)
                .unwrap_or(LONGEST_WINDOW),
            Self::Shorter => windows
                .rfind(|&next| next < window)
                .unwrap_or(SHORTEST_WINDOW),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_shown_whole_where_the_graphs_reach_so_far() {
        let seconds = Duration::from_secs;
        assert_eq!(window_for(Duration::ZERO), SHORTEST_WINDOW);
        assert_eq!(window_for(Duration::from_millis(40_010)), seconds(60));
        assert_eq!(window_for(seconds(60)), seconds(60));
        assert_eq!(window_for(seconds(9000)), LONGEST_WINDOW);
    }

    #[test]
    fn steps_reach_both_ends_and_stay_there() {
        let seconds = Duration::from_secs;
        assert_eq!(WindowStep::Longer.from(seconds(60)), seconds(120));
        assert_eq!(WindowStep::Longer.from(seconds(3600)), LONGEST_WINDOW);
        assert_eq!(WindowStep::Shorter.from(seconds(61)), seconds(60));
        assert_eq!(WindowStep::Shorter.from(seconds(5)), SHORTEST_WINDOW);
        assert_eq!(WindowStep::Default.from(seconds(5)), DEFAULT_WINDOW);
    }
}
