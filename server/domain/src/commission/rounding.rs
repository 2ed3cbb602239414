//! From exact amounts to whole minor units: the sum is rounded once, and lines get their units by
//! largest remainder. Exact amounts are in ten-thousandths of a minor unit, because rates are in
//! basis points.

use crate::money::{allocate_wide, divide_half_away};

use super::{exact::EXACT, rules::RuleError};

/// A rounded commission, by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Whole minor units per line; they sum to the commission.
    pub parts: Vec<i64>,
    /// The commission before the cap, where the cap lowered it.
    pub uncapped: Option<i64>,
}

impl Split {
    /// Nothing for any line.
    #[must_use]
    pub fn zero(lines: usize) -> Self {
        Self { parts: vec![0; lines], uncapped: None }
    }

    /// The commission.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.parts.iter().sum()
    }
}

/// Rounds the sum of the exact amounts once, half away from zero, caps it, and shares the result
/// over the lines by largest remainder. // G15, G23, G24, G82
///
/// ```
/// # use domain::commission::rounding::round_once;
/// let third = 33 * 1_000; // G23: 0.33 at 10 %, three times: 0.099 is 0.10
/// assert_eq!(round_once(&[third, third, third], None).unwrap().parts, [4, 3, 3]);
/// assert_eq!(round_once(&[80_000 * 1_000], Some(5_000)).unwrap().parts, [5_000]); // G82
/// ```
///
/// # Errors
/// [`RuleError::OutOfRange`].
pub fn round_once(exact: &[i128], cap_minor: Option<i64>) -> Result<Split, RuleError> {
    let sum: i128 = exact.iter().sum();
    let total = i64::try_from(divide_half_away(sum, EXACT)).map_err(RuleError::overflow)?;
    if let Some(cap) = cap_minor.filter(|cap| *cap < total) {
        let parts = allocate_wide(i128::from(cap), exact).ok_or(RuleError::OutOfRange)?;
        return Ok(Split { parts: narrow(parts)?, uncapped: Some(total) });
    }
    Ok(Split { parts: narrow(largest_remainder(exact, i128::from(total)))?, uncapped: None })
}

/// Each line's whole units, and the units that rounding leaves over to the largest fractions.
fn largest_remainder(exact: &[i128], total: i128) -> Vec<i128> {
    let mut parts: Vec<i128> = exact.iter().map(|amount| amount / EXACT).collect();
    let mut left = total - parts.iter().sum::<i128>();
    let mut order: Vec<(usize, i128)> =
        exact.iter().map(|amount| amount % EXACT).enumerate().collect();
    order.sort_by_key(|(_, fraction)| std::cmp::Reverse(*fraction));
    for (index, _) in order {
        if left <= 0 {
            break;
        }
        if let Some(part) = parts.get_mut(index) {
            *part += 1;
            left -= 1;
        }
    }
    parts
}

fn narrow(parts: Vec<i128>) -> Result<Vec<i64>, RuleError> {
    parts.into_iter().map(|part| i64::try_from(part).map_err(RuleError::overflow)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_exact_half_goes_up_and_to_the_first_line() {
        let split = round_once(&[5_000, 0], None).unwrap();
        assert_eq!(split.parts, [1, 0]);
    }

    #[test]
    fn the_largest_fraction_gets_the_unit() {
        assert_eq!(round_once(&[3_000, 7_000], None).unwrap().parts, [0, 1]);
    }

    #[test]
    fn a_cap_is_shared_in_proportion() {
        let split = round_once(&[60_000_000, 30_000_000], Some(5_000)).unwrap();
        assert_eq!(split.parts, [3_333, 1_667]);
        assert_eq!(split.uncapped, Some(9_000));
    }

    #[test]
    fn a_cap_of_nothing_pays_nothing() {
        assert_eq!(round_once(&[60_000_000], Some(0)).unwrap().total(), 0);
    }

    #[test]
    fn amounts_beyond_64_bits_are_an_error() {
        assert_eq!(round_once(&[i128::from(i64::MAX) * 20_000], None), Err(RuleError::OutOfRange));
    }

    proptest! {
        #[test]
        fn lines_sum_to_the_rounded_total_and_none_is_a_unit_off(
            exact in proptest::collection::vec(0_i128..1_000_000_000_000, 0..12),
        ) {
            let split = round_once(&exact, None).unwrap();
            let sum: i128 = exact.iter().sum();
            prop_assert_eq!(i128::from(split.total()), divide_half_away(sum, EXACT));
            for (part, amount) in split.parts.iter().zip(&exact) {
                prop_assert!((i128::from(*part) * EXACT - amount).abs() < EXACT);
            }
        }
    }
}
