//! What the levels above an affiliate earn (domain rules 3.8). Each level rounds alone, and never
//! lowers the direct commission. Not here: who is above whom.

use crate::{
    money::{BasisPoints, Money, allocate, divide_half_away},
    program::{LevelBase, UplineLevel},
};

use super::{
    Commission, LineCommission,
    exact::EXACT,
    rules::{FieldError, RuleError},
};

/// What each level earns from one commission, nearest first. Nothing where the commission itself
/// was refused or fell away; after a refund the levels are computed again from what is left, so
/// they go back in proportion. // G74, G75
///
/// ```
/// # use domain::{commission::*, money::*, program::UplineLevel};
/// # let usd = |minor| Money::new(minor, Currency::USD);
/// # let commission = Commission { sales: usd(100_000), total: usd(10_000), lines: vec![],
/// #     zero_reason: None, refunded: usd(0), uncapped: None };
/// // G74: 1000.00 at 10 %; levels of 10, 5 and 2 % of the commission.
/// let levels: Vec<UplineLevel> = serde_json::from_str(
///     r#"[{"percent": "10"}, {"percent": "5"}, {"percent": "2"}]"#).unwrap();
/// assert_eq!(upline_shares(&levels, &commission).unwrap(), [usd(1_000), usd(500), usd(200)]);
/// ```
///
/// # Errors
/// [`RuleError`] when a percentage cannot be read.
pub fn upline_shares(
    levels: &[UplineLevel],
    commission: &Commission,
) -> Result<Vec<Money>, RuleError> {
    let shares = (0..levels.len()).map(|index| {
        let level = level_commission(levels, index, commission)?;
        Ok(level.map_or(Money::new(0, commission.total.currency), |level| level.total))
    });
    shares.collect()
}

/// What the level at a position of the program's list earns from one direct commission, with the
/// lines that it comes from. None where the program has no such level.
///
/// # Errors
/// [`RuleError`] when the percentage cannot be read or an amount leaves 64 bits.
pub fn level_commission(
    levels: &[UplineLevel],
    index: usize,
    direct: &Commission,
) -> Result<Option<Commission>, RuleError> {
    let Some(level) = levels.get(index) else { return Ok(None) };
    let rate = BasisPoints::parse_percent(&level.percent).map_err(|error| {
        let field = format!("levels[{index}].percent");
        RuleError::Rules(vec![FieldError { field, message: error.to_string() }])
    })?;
    let (of, name) = match level.of {
        LevelBase::Commission => (direct.total, "the commission"),
        LevelBase::Sale => (direct.sales, "the sale"),
    };
    let earns = direct.zero_reason.is_none();
    let product = i128::from(of.minor) * i128::from(if earns { rate.0 } else { 0 });
    let minor = i64::try_from(divide_half_away(product, EXACT)).map_err(RuleError::overflow)?;
    let part = |line: &LineCommission| match level.of {
        LevelBase::Commission => line.commission.minor,
        LevelBase::Sale => line.base.minor,
    };
    let weights: Vec<i64> = direct.lines.iter().map(part).collect();
    let lines = direct.lines.iter().zip(allocate(minor, &weights)).map(|(line, minor)| {
        let why = match &direct.zero_reason {
            Some(reason) => reason.to_string(),
            None => format!("level {}: {rate} of {name}", index + 1),
        };
        let commission = Money::new(minor, line.commission.currency);
        LineCommission { rate: rate.to_string(), commission, why, ..line.clone() }
    });
    Ok(Some(Commission {
        total: Money::new(minor, of.currency),
        lines: lines.collect(),
        uncapped: None,
        ..direct.clone()
    }))
}
