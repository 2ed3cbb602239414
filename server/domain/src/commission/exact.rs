//! Exact amounts from bases and rates, before any rounding.

use crate::money::{BasisPoints, allocate_wide};

use super::{
    base::BaseLine,
    rate::{Amount, LineRate},
    rules::{Rate, RuleError},
};

/// Parts of one minor unit in an exact amount: a base times a rate in basis points is exact.
pub(super) const EXACT: i128 = 10_000;

const _: () = assert!(BasisPoints::WHOLE == 10_000, "a base times a rate is an exact amount");

/// Exact amounts per line, in ten-thousandths of a minor unit. A flat amount per order is paid once
/// for all lines of its source, as long as one of them is worth anything. // G05, G06, G41, G42
pub(super) fn exact_amounts(
    lines: &[BaseLine],
    rates: &[LineRate],
) -> Result<Vec<i128>, RuleError> {
    let amounts = lines.iter().zip(rates).map(|(line, rate)| own_amount(line, rate.amount));
    let mut exact = amounts.collect::<Result<Vec<i128>, RuleError>>()?;
    for (first, rate) in rates.iter().enumerate() {
        let Amount::Rate(Rate::FlatPerOrder(minor)) = rate.amount else {
            continue;
        };
        let is_paid = rates.iter().take(first).any(|earlier| earlier.source == rate.source);
        let weight = |(line, other): (&BaseLine, &LineRate)| {
            let shares = other.source == rate.source && line.is_goods();
            i128::from(if shares { line.base_minor } else { 0 })
        };
        let weights: Vec<i128> = lines.iter().zip(rates).map(weight).collect();
        if is_paid || weights.iter().all(|weight| *weight == 0) {
            continue;
        }
        let parts = allocate_wide(i128::from(minor) * EXACT, &weights);
        for (amount, part) in exact.iter_mut().zip(parts.ok_or(RuleError::OutOfRange)?) {
            *amount += part;
        }
    }
    Ok(exact)
}

/// What a line earns on its own, without flat amounts per order. A line that is worth nothing earns
/// nothing, however many units it has.
fn own_amount(line: &BaseLine, amount: Amount) -> Result<i128, RuleError> {
    Ok(match amount {
        Amount::Rate(Rate::Percent(points)) => i128::from(line.base_minor) * i128::from(points.0),
        Amount::Rate(Rate::FlatPerItem(each)) if line.base_minor > 0 => {
            let minor = i128::from(each) * i128::from(line.units);
            i128::from(i64::try_from(minor).map_err(RuleError::overflow)?) * EXACT
        }
        Amount::Slices(part) => part,
        Amount::Rate(Rate::FlatPerItem(_) | Rate::FlatPerOrder(_)) | Amount::TermEnded => 0,
    })
}
