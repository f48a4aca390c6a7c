//! Quantities that carry their unit in their type.

use std::iter::Sum;
use std::ops::{Add, AddAssign};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// An amount of data, in bytes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Bytes(pub u64);

impl Bytes {
    /// `self - other`, or nothing left where `other` is larger.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The mean rate of this amount over `elapsed`; `None` for an empty interval.
    pub fn per(self, elapsed: Duration) -> Option<BytesPerSecond> {
        (!elapsed.is_zero()).then(|| BytesPerSecond(self.0 as f64 / elapsed.as_secs_f64()))
    }
}

impl Add for Bytes {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Bytes {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Bytes {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self(0), Add::add)
    }
}

/// A rate of data, in bytes per second.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BytesPerSecond(pub f64);

impl BytesPerSecond {
    /// What is moved at this rate in so much time.
    pub fn over(self, elapsed: Duration) -> Bytes {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float becomes the nearest number there is, from 0 on"
        )]
        Bytes((self.0 * elapsed.as_secs_f64()).round() as u64)
    }
}

impl Add for BytesPerSecond {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sum for BytesPerSecond {
    fn sum<I: Iterator<Item = Self>>(rates: I) -> Self {
        rates.fold(Self(0.0), Add::add)
    }
}

/// A share of a whole, in per cent. What the whole is, the field that holds it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Percent(pub f64);

impl Percent {
    /// `part` of `whole`; `None` where the whole is empty, as swap is on many machines.
    pub fn of(part: Bytes, whole: Bytes) -> Option<Self> {
        (whole.0 > 0).then(|| Self(part.0 as f64 * 100.0 / whole.0 as f64))
    }

    /// Time spent per elapsed time; `None` for an empty interval.
    pub fn of_time(spent: Duration, elapsed: Duration) -> Option<Self> {
        (!elapsed.is_zero()).then(|| Self(spent.as_secs_f64() * 100.0 / elapsed.as_secs_f64()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_rate_needs_time_and_a_share_needs_a_whole() {
        assert_eq!(Bytes(10).per(Duration::ZERO), None);
        assert_eq!(
            Bytes(10).per(Duration::from_secs(2)),
            Some(BytesPerSecond(5.0))
        );
        assert_eq!(Percent::of(Bytes(1), Bytes(0)), None);
        assert_eq!(Percent::of(Bytes(1), Bytes(4)), Some(Percent(25.0)));
        assert_eq!(
            Percent::of_time(Duration::from_secs(1), Duration::ZERO),
            None
        );
    }

    proptest! {
        #[test]
        fn sums_of_bytes_never_wrap(amounts in prop::collection::vec(any::<u64>(), 0..8)) {
            let sum: Bytes = amounts.iter().copied().map(Bytes).sum();
            prop_assert!(amounts.iter().all(|&amount| sum >= Bytes(amount)));
        }

        #[test]
        fn a_rate_times_its_interval_is_the_amount(amount in 0_u64..1 << 50, millis in 1_u64..1 << 30) {
            let elapsed = Duration::from_millis(millis);
            let rate = Bytes(amount).per(elapsed).expect("the interval is not empty");
            let back = rate.0 * elapsed.as_secs_f64();
            prop_assert!((back - amount as f64).abs() <= amount as f64 * 1e-9);
        }
    }
}
