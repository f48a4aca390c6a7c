//! What a person selects in a graph.

use std::time::Duration;

/// A part of the time that a graph shows, since boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// One moment.
    Moment(Duration),
    /// From one moment to another, in either order: the second one moves.
    Range {
        /// The moment that stays.
        anchor: Duration,
        /// The moment that is moved.
        head: Duration,
    },
}

impl Selection {
    /// From one moment to another; a moment where both are the same.
    pub fn between(anchor: Duration, head: Duration) -> Self {
        if anchor == head {
            Self::Moment(head)
        } else {
            Self::Range { anchor, head }
        }
    }

    /// The earlier end.
    pub fn start(self) -> Duration {
        match self {
            Self::Moment(time) => time,
            Self::Range { anchor, head } => anchor.min(head),
        }
    }

    /// The later end.
    pub fn end(self) -> Duration {
        match self {
            Self::Moment(time) => time,
            Self::Range { anchor, head } => anchor.max(head),
        }
    }

    /// The end that stays when the other is moved.
    pub fn anchor(self) -> Duration {
        match self {
            Self::Moment(time) => time,
            Self::Range { anchor, .. } => anchor,
        }
    }

    /// The end that is moved.
    pub fn head(self) -> Duration {
        match self {
            Self::Moment(time) => time,
            Self::Range { head, .. } => head,
        }
    }

    /// Whether it has a length.
    pub fn is_range(self) -> bool {
        matches!(self, Self::Range { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_can_grow_either_way_and_shrinks_to_a_moment() {
        let second = Duration::from_secs;
        let back = Selection::between(second(9), second(4));
        assert_eq!((back.start(), back.end()), (second(4), second(9)));
        assert_eq!((back.anchor(), back.head()), (second(9), second(4)));
        assert!(back.is_range());
        let moment = Selection::between(second(9), second(9));
        assert_eq!(moment, Selection::Moment(second(9)));
        assert_eq!((moment.anchor(), moment.end()), (second(9), second(9)));
    }
}
