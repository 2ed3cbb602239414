//! Tier tables: which step an amount reaches, and how an amount falls into slices. Not here: which
//! sum a table looks at (`rate`).

use crate::money::BasisPoints;

/// The value of the highest step that `at` reaches; steps are inclusive and sorted. // G67, G68
///
/// ```
/// # use domain::commission::tiers::step_at;
/// let steps = [(0, "5%"), (10_000, "10%"), (20_000, "15%")]; // G67
/// assert_eq!(step_at(&steps, 9_999), Some("5%"));
/// assert_eq!(step_at(&steps, 10_000), Some("10%"));
/// ```
#[must_use]
pub fn step_at<T: Copy>(steps: &[(i64, T)], at: i64) -> Option<T> {
    steps.iter().take_while(|(from, _)| *from <= at).last().map(|(_, value)| *value)
}

/// A part of an amount that has one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// Minor units.
    pub amount_minor: i64,
    /// Their rate.
    pub rate: BasisPoints,
}

/// Cuts the stretch from `start` to `start + amount` at the steps; `below` is the rate under the
/// first step. Empty slices are left out. // G69
///
/// ```
/// # use domain::{commission::tiers::{Slice, slices}, money::BasisPoints};
/// let (five, ten) = (BasisPoints(500), BasisPoints(1_000));
/// // G69: 600.00 sold before, tier at 1,000.00, order of 500.00.
/// let cut = slices(&[(100_000, ten)], five, 60_000, 50_000);
/// assert_eq!(cut, [
///     Slice { amount_minor: 40_000, rate: five },
///     Slice { amount_minor: 10_000, rate: ten },
/// ]);
/// ```
#[must_use]
pub fn slices(
    steps: &[(i64, BasisPoints)],
    below: BasisPoints,
    start: i64,
    amount: i64,
) -> Vec<Slice> {
    let start = start.max(0);
    let end = start.saturating_add(amount.max(0));
    let mut slices = Vec::new();
    let (mut at, mut rate) = (start, step_at(steps, start).unwrap_or(below));
    for (from, next) in steps.iter().filter(|(from, _)| *from > start && *from < end) {
        slices.push(Slice { amount_minor: from - at, rate });
        (at, rate) = (*from, *next);
    }
    if end > at {
        slices.push(Slice { amount_minor: end - at, rate });
    }
    slices
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIVE: BasisPoints = BasisPoints(500);
    const TEN: BasisPoints = BasisPoints(1_000);

    #[test]
    fn below_the_first_step_there_is_no_tier() {
        assert_eq!(step_at(&[(1, FIVE)], 0), None);
        assert_eq!(step_at::<BasisPoints>(&[], 5), None);
    }

    #[test]
    fn an_amount_that_ends_on_a_step_does_not_reach_into_it() {
        let cut = slices(&[(0, FIVE), (10_000, TEN)], BasisPoints(0), 0, 10_000);
        assert_eq!(cut, [Slice { amount_minor: 10_000, rate: FIVE }]);
    }

    #[test]
    fn an_amount_that_starts_on_a_step_lies_wholly_in_it() {
        let cut = slices(&[(0, FIVE), (10_000, TEN)], BasisPoints(0), 10_000, 1);
        assert_eq!(cut, [Slice { amount_minor: 1, rate: TEN }]);
    }

    #[test]
    fn nothing_has_no_slices() {
        assert!(slices(&[(0, FIVE)], BasisPoints(0), 5, 0).is_empty());
    }

    #[test]
    fn a_negative_sum_so_far_counts_as_nothing() {
        let cut = slices(&[(0, FIVE), (100, TEN)], BasisPoints(0), -50, 150);
        assert_eq!(cut.iter().map(|slice| slice.amount_minor).collect::<Vec<_>>(), [100, 50]);
    }

    proptest! {
        #[test]
        fn slices_sum_to_the_amount(
            mut froms in proptest::collection::btree_set(0_i64..10_000, 0..6),
            start in 0_i64..12_000,
            amount in 0_i64..12_000,
        ) {
            froms.insert(20_000);
            let steps: Vec<_> = froms.into_iter().map(|from| (from, BasisPoints(from))).collect();
            let cut = slices(&steps, BasisPoints(0), start, amount);
            prop_assert_eq!(cut.iter().map(|slice| slice.amount_minor).sum::<i64>(), amount);
            prop_assert!(cut.windows(2).all(|pair| pair[0].rate < pair[1].rate));
        }
    }
}
