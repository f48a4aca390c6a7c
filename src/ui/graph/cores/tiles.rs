//! Where small graphs lie beside and below one another.

/// Between two rows, in pixels.
const GAP: i32 = 6;

/// How much a small graph says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Density {
    /// Its least width in pixels.
    pub least_width: i32,
    /// Between it and the next in its row, in pixels.
    gap: i32,
    /// The height of its plot in pixels.
    pub plot_height: i32,
    /// Whether name and value stand above the plot; else the number alone stands in it.
    pub labelled: bool,
}

impl Density {
    /// The more graphs there are, the less each of them says.
    pub fn of(count: usize) -> Self {
        let (least_width, gap, plot_height, labelled) = match count {
            ..=8 => (96, 12, 32, true),
            9..=32 => (76, 12, 22, true),
            _ => (36, 6, 22, false),
        };
        Self {
            least_width,
            gap,
            plot_height,
            labelled,
        }
    }
}

/// A place within a widget, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    /// From the left edge.
    pub x: i32,
    /// From the upper edge.
    pub y: i32,
    /// Its width.
    pub width: i32,
    /// Its height, with the line of text above the plot where there is one.
    pub height: i32,
}

/// As many columns as have room, all rows but the last as long as each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tiles {
    count: i32,
    columns: i32,
    gap: i32,
    width: i32,
    height: i32,
}

impl Tiles {
    /// So many tiles in a width. A line of text is so high; both in pixels.
    pub fn new(count: usize, width: i32, text_height: i32) -> Self {
        let density = Density::of(count);
        let count = i32::try_from(count).unwrap_or(i32::MAX).max(1);
        let fit = ((width + density.gap) / (density.least_width + density.gap)).clamp(1, count);
        // No row is much emptier than the others.
        let rows = (count + fit - 1) / fit;
        let columns = (count + rows - 1) / rows;
        let text = if density.labelled { text_height } else { 0 };
        Self {
            count,
            columns,
            gap: density.gap,
            width: width.max(1),
            height: density.plot_height + text,
        }
    }

    /// The height of all together.
    pub fn height(&self) -> i32 {
        let rows = (self.count + self.columns - 1) / self.columns;
        rows * (self.height + GAP) - GAP
    }

    /// The place of one of them.
    pub fn tile(&self, number: usize) -> Tile {
        let number = i32::try_from(number).unwrap_or(i32::MAX);
        let (row, column) = (number / self.columns, number % self.columns);
        // Both ends are whole pixels, and the last one lies on the right edge.
        let edge = |column: i32| (self.width + self.gap) * column / self.columns;
        Tile {
            x: edge(column),
            y: row * (self.height + GAP),
            width: (edge(column + 1) - self.gap - edge(column)).max(1),
            height: self.height,
        }
    }

    /// Which of them lies at a place.
    pub fn at(&self, x: f64, y: f64) -> Option<usize> {
        let count = usize::try_from(self.count).unwrap_or(0);
        (0..count).find(|&number| {
            let tile = self.tile(number);
            let within = |at: f64, from: i32, length: i32| {
                at >= f64::from(from) && at < f64::from(from + length)
            };
            within(x, tile.x, tile.width) && within(y, tile.y, tile.height)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn few_are_large_and_many_are_small() {
        let two = Tiles::new(2, 436, 16);
        assert_eq!((two.columns, two.height()), (2, 48));
        assert_eq!(two.tile(0).width, 212);
        let many = Tiles::new(128, 436, 16);
        assert_eq!((many.columns, many.height()), (10, 13 * 28 - 6));
    }

    proptest! {
        #[test]
        fn none_overlaps_another_or_the_edge(count in 1_usize..200, width in 40..1600_i32) {
            let tiles = Tiles::new(count, width, 16);
            for number in 0..count {
                let tile = tiles.tile(number);
                prop_assert!(tile.x >= 0 && tile.x + tile.width <= width, "{:?}", tile);
                prop_assert!(tile.y + tile.height <= tiles.height());
                let middle = (f64::from(tile.x) + 0.5, f64::from(tile.y) + 0.5);
                prop_assert_eq!(tiles.at(middle.0, middle.1), Some(number));
            }
        }
    }
}
