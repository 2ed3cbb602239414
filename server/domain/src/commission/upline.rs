//! What the levels above an affiliate earn (domain rules 3.8). Each level rounds alone, and never
//! lowers the direct commission. Not here: who is above whom.

use crate::{
    money::{BasisPoints, Money, divide_half_away},
    program::{LevelBase, UplineLevel},
};

use super::{
    Commission,
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
    let shares = levels.iter().enumerate().map(|(index, level)| {
        let rate = BasisPoints::parse_percent(&level.percent).map_err(|error| {
            let field = format!("levels[{index}].percent");
            RuleError::Rules(vec![FieldError { field, message: error.to_string() }])
        })?;
        let of = match level.of {
            LevelBase::Commission => commission.total,
            LevelBase::Sale => commission.sales,
        };
        let earns = commission.zero_reason.is_none();
        let product = i128::from(of.minor) * i128::from(if earns { rate.0 } else { 0 });
        let minor = divide_half_away(product, EXACT);
        Ok(Money::new(i64::try_from(minor).map_err(RuleError::overflow)?, of.currency))
    });
    shares.collect()
}
