//! The axis of values: how high it reaches, and when that changes.

use std::time::Duration;

use crate::model::format::{DataUnit, Style, UnitStyle};
use crate::model::history::Series;

/// For how long the graph stays below half of an axis before the axis shrinks.
const PATIENCE: Duration = Duration::from_secs(10);
/// The least maximum of an axis of rates, in bytes per second: below it lies the noise of a
/// machine that does nothing.
const LEAST_RATE: f64 = 10_000.0;

/// What an axis measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Shares of a whole: the axis always reaches to 100.
    Percent,
    /// Bytes per second: the axis follows the values.
    Rate,
    /// Bytes per second of the network, which can be shown in bits.
    NetworkRate,
}

impl Quantity {
    /// What a line measures.
    pub const fn of(series: Series) -> Self {
        match series {
            Series::Cpu | Series::Ram | Series::Swap => Self::Percent,
            Series::Read | Series::Write => Self::Rate,
            Series::Received | Series::Sent => Self::NetworkRate,
        }
    }

    /// What it is counted in where it is an amount of data.
    pub const fn unit(self, style: &Style) -> DataUnit {
        match self {
            Self::Percent | Self::Rate => DataUnit::Bytes,
            Self::NetworkRate => style.network,
        }
    }
}

/// The upper end of an axis. It grows at once, and shrinks only when the graph has long been low.
#[derive(Clone, Copy, Debug)]
pub struct Maximum {
    quantity: Quantity,
    value: f64,
    low_since: Option<Duration>,
}

impl Maximum {
    /// The axis of a graph that shows nothing yet.
    pub fn new(quantity: Quantity, style: &Style) -> Self {
        Self {
            quantity,
            value: match quantity {
                Quantity::Percent => 100.0,
                _ => rounded(LEAST_RATE, quantity, style),
            },
            low_since: None,
        }
    }

    /// The upper end, in the unit of the axis.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Takes notice of the highest value shown at `now` (since boot).
    pub fn follow(&mut self, peak: f64, now: Duration, style: &Style) {
        if self.quantity == Quantity::Percent {
            return;
        }
        let wanted = rounded(peak.max(LEAST_RATE), self.quantity, style);
        if wanted > self.value {
            self.value = wanted;
            self.low_since = None;
        } else if peak >= self.value / 2.0 || wanted >= self.value {
            self.low_since = None;
        } else if now.saturating_sub(*self.low_since.get_or_insert(now)) >= PATIENCE {
            self.value = wanted;
            self.low_since = None;
        }
    }
}

/// The rate in bytes per second that is a round number in the unit it is shown in.
fn rounded(value: f64, quantity: Quantity, style: &Style) -> f64 {
    let per_byte = quantity.unit(style).per_byte();
    round_up(value * per_byte, style.units) / per_byte
}

/// The next of 1, 2, 5, 10, 20, … 500 of a unit.
fn round_up(value: f64, units: UnitStyle) -> f64 {
    let base = units.base();
    let mut unit = 1.0;
    while value > 500.0 * unit && value > base * unit {
        unit *= base;
    }
    let steps = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0];
    let fits = steps.iter().map(|step| step * unit);
    fits.into_iter()
        .find(|step| *step >= value)
        .unwrap_or(base * unit)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "ends of axes are whole numbers")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_axis_grows_at_once_and_shrinks_after_ten_seconds_below_half() {
        let seconds = Duration::from_secs;
        let mut axis = Maximum::new(Quantity::Rate, &Style::english());
        let mut follow = |peak, now| {
            axis.follow(peak, seconds(now), &Style::english());
            axis.value()
        };
        assert_eq!(follow(0.0, 0), 10_000.0);
        assert_eq!(follow(1.1e6, 1), 2e6);
        assert_eq!(follow(1.0e3, 2), 2e6);
        assert_eq!(follow(1.0e3, 11), 2e6);
        // Half of it in between starts the wait again.
        assert_eq!(follow(1.0e6, 11), 2e6);
        assert_eq!(follow(1.0e3, 12), 2e6);
        assert_eq!(follow(1.0e3, 21), 2e6);
        assert_eq!(follow(1.0e3, 22), 10_000.0);
    }

    #[test]
    fn shares_reach_to_a_hundred() {
        let mut axis = Maximum::new(Quantity::Percent, &Style::english());
        axis.follow(0.0, Duration::from_secs(100), &Style::english());
        assert_eq!(axis.value(), 100.0);
    }

    #[test]
    fn ends_are_whole_numbers_of_a_unit() {
        assert_eq!(round_up(501e3, UnitStyle::Si), 1e6);
        assert_eq!(round_up(999e3, UnitStyle::Si), 1e6);
        assert_eq!(round_up(1001e3, UnitStyle::Si), 2e6);
        assert_eq!(round_up(1001.0 * 1024.0, UnitStyle::Iec), 1024.0 * 1024.0);
        assert_eq!(round_up(300.0 * 1024.0, UnitStyle::Iec), 500.0 * 1024.0);
    }

    #[test]
    fn an_axis_in_bits_ends_at_a_round_number_of_bits() {
        let mut style = Style::english();
        style.network = DataUnit::Bits;
        let mut axis = Maximum::new(Quantity::NetworkRate, &style);
        // 100 kbit/s.
        assert_eq!(axis.value(), 12_500.0);
        axis.follow(100e3, Duration::ZERO, &style);
        assert_eq!(axis.value(), 125e3);
        let disk = Maximum::new(Quantity::Rate, &style);
        assert_eq!(disk.value(), 10_000.0);
    }

    proptest! {
        #[test]
        fn no_value_lies_above_its_axis(values in prop::collection::vec(0.0..1e12_f64, 1..100)) {
            for (units, network) in [
                (UnitStyle::Si, DataUnit::Bytes),
                (UnitStyle::Iec, DataUnit::Bytes),
                (UnitStyle::Si, DataUnit::Bits),
                (UnitStyle::Iec, DataUnit::Bits),
            ] {
                let style = Style { units, network, ..Style::english() };
                let mut axis = Maximum::new(Quantity::NetworkRate, &style);
                for (now, &value) in (0..).zip(&values) {
                    axis.follow(value, Duration::from_secs(now), &style);
                    prop_assert!(axis.value() >= value);
                }
            }
        }
    }
}
