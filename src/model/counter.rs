//! From two readings of a monotonic counter to what happened in between.

use std::time::Duration;

use super::units::{Bytes, BytesPerSecond};

/// By how much a counter grew. `None` when it went back: the device or process behind it is
/// another one now, and nothing is known of the time in between.
pub fn growth(before: u64, now: u64) -> Option<u64> {
    now.checked_sub(before)
}

/// The mean rate between two readings of a counter of bytes. `None` when the counter went back or
/// no time has passed.
pub fn rate(before: Bytes, now: Bytes, elapsed: Duration) -> Option<BytesPerSecond> {
    Bytes(growth(before.0, now.0)?).per(elapsed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_counter_that_went_back_says_nothing() {
        assert_eq!(growth(5, 4), None);
        assert_eq!(rate(Bytes(5), Bytes(4), Duration::from_secs(1)), None);
        assert_eq!(rate(Bytes(4), Bytes(5), Duration::ZERO), None);
    }

    proptest! {
        #[test]
        fn a_rate_is_never_negative(before: u64, now: u64, nanos in 1_u64..u64::MAX) {
            if let Some(rate) = rate(Bytes(before), Bytes(now), Duration::from_nanos(nanos)) {
                prop_assert!(rate.0 >= 0.0 && rate.0.is_finite());
            }
        }
    }
}
