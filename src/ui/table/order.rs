//! How a table is sorted, and how far the order on screen is from it.

use std::cmp::Ordering;

use crate::model::group::Group;
use crate::model::table::{Column, Direction, Row, Value};

/// By which column a table is sorted, and which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// Key of the column.
    pub column: &'static str,
    /// Which way.
    pub direction: Direction,
}

/// A [`Sort`] whose column was looked up: of thousands of rows many ten thousand pairs are compared.
pub struct Comparison<R: 'static> {
    /// How the table is sorted.
    pub sort: Sort,
    column: Option<&'static Column<R>>,
}

impl<R> Clone for Comparison<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Comparison<R> {}

impl<R: Row> Comparison<R> {
    /// By this.
    pub fn new(sort: Sort) -> Self {
        Self {
            sort,
            column: R::column(sort.column),
        }
    }

    /// Order of two rows; equal ones stand by program or process, so that they never change places.
    pub fn order(self, a: Standing<'_, R>, b: Standing<'_, R>) -> Ordering {
        self.column
            .map_or(Ordering::Equal, |column| {
                let direction = self.sort.direction;
                direction.order(&a.value(column), &b.value(column))
            })
            .then_with(|| match (a, b) {
                (Standing::Row(a), Standing::Row(b)) => a.row_key().cmp(&b.row_key()),
                (Standing::Group(a), Standing::Group(b)) => a.program().cmp(b.program()),
                (Standing::Group(_), Standing::Row(_)) => Ordering::Less,
                (Standing::Row(_), Standing::Group(_)) => Ordering::Greater,
            })
    }
}

/// The values by which a row has its place.
pub enum Standing<'a, R> {
    /// Those of a process or connection.
    Row(&'a R),
    /// Those of all processes of a program.
    Group(&'a Group<R>),
}

impl<R> Clone for Standing<'_, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Standing<'_, R> {}

impl<'a, R: Row> Standing<'a, R> {
    fn value(self, column: &Column<R>) -> Value<'a> {
        match self {
            Self::Row(row) => (column.value)(row),
            Self::Group(group) => group.value(column),
        }
    }
}

/// The fewest rows that have to move for `ranks`, the places that the rows on screen would have, to
/// ascend: all but the longest ascending subsequence.
pub fn would_move(ranks: &[usize]) -> usize {
    // The smallest last rank of an ascending subsequence of each length.
    let mut tails: Vec<usize> = Vec::new();
    for &rank in ranks {
        let at = tails.partition_point(|&tail| tail < rank);
        match tails.get_mut(at) {
            Some(tail) => *tail = rank,
            None => tails.push(rank),
        }
    }
    ranks.len() - tails.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_row_that_jumps_to_the_top_is_one_that_moves() {
        assert_eq!(would_move(&[1, 2, 3, 4, 0]), 1);
        assert_eq!(would_move(&[0, 1, 2]), 0);
        assert_eq!(would_move(&[2, 1, 0]), 2);
        assert_eq!(would_move(&[]), 0);
    }

    proptest! {
        #[test]
        fn taking_out_one_row_and_putting_it_elsewhere_moves_at_most_one(
            length in 1_usize..50, from in 0_usize..50, to in 0_usize..50,
        ) {
            let mut ranks: Vec<usize> = (0..length).collect();
            let row = ranks.remove(from % length);
            ranks.insert(to % length, row);
            prop_assert!(would_move(&ranks) <= 1);
        }
    }
}
