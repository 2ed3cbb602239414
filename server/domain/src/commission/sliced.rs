//! An order cut into slices by a marginal tier table: what each line gets of it, exactly.

use crate::money::{BasisPoints, Money, allocate_wide};

use super::{
    base::OrderBase,
    rules::{Plan, Rate, RuleError, Tiers},
    tiers::{Slice, slices},
};

/// The exact part of each line, and the slices for people.
pub(super) struct Sliced {
    /// In ten-thousandths of a minor unit, by line.
    pub(super) parts: Vec<i128>,
    /// `5% + 10%`.
    pub(super) rates: String,
    /// `400.00 at 5% + 100.00 at 10%`.
    pub(super) amounts: String,
}

impl Sliced {
    /// Cuts the whole base, from `start` on, and shares the exact amount over all lines by their
    /// base; a line with a special rate leaves its part unused. Below the first step the program's
    /// rate counts.
    pub(super) fn new(
        plan: &Plan<'_>,
        tiers: &Tiers,
        start: i64,
        base: &OrderBase,
    ) -> Result<Self, RuleError> {
        let steps: Vec<_> = tiers.steps.iter().map(|(from, rate)| (*from, points(*rate))).collect();
        let below = plan.rate.map_or(BasisPoints(0), points);
        let cut = slices(&steps, below, start, base.total_minor());
        let exact =
            cut.iter().map(|slice| i128::from(slice.amount_minor) * i128::from(slice.rate.0));
        let weights: Vec<i128> =
            base.lines.iter().map(|line| i128::from(line.base_minor)).collect();
        let texts =
            |text: &dyn Fn(&Slice) -> String| cut.iter().map(text).collect::<Vec<_>>().join(" + ");
        Ok(Self {
            parts: allocate_wide(exact.sum(), &weights).ok_or(RuleError::OutOfRange)?,
            rates: texts(&|slice| slice.rate.to_string()),
            amounts: texts(&|slice| {
                let amount = Money::new(slice.amount_minor, plan.currency).decimal();
                format!("{amount} at {}", slice.rate)
            }),
        })
    }
}

/// Slices are percentages: `rules` refuses anything else.
const fn points(rate: Rate) -> BasisPoints {
    match rate {
        Rate::Percent(points) => points,
        Rate::FlatPerOrder(_) | Rate::FlatPerItem(_) => BasisPoints(0),
    }
}
