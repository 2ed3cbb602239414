//! Amounts for reaching a sum of net sales in a period (domain rules 3.8). Not here: which sales lie
//! in the period, and that a bonus is granted once.

use crate::{
    money::Money,
    program::{Bonus, Period},
};

use super::rules::{FieldError, RuleError};

/// A bonus whose sum was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BonusReached {
    /// Position in the program's list: with the period, what makes a grant unique.
    pub index: usize,
    /// What is paid.
    pub amount: Money,
}

/// The bonuses of one kind of period that a period's net sales reach; they add up. // G71, G72
///
/// ```
/// # use domain::{commission::bonuses_reached, money::*, program::{Bonus, Period}};
/// let bonuses: Vec<Bonus> = serde_json::from_str(r#"[
///     {"scope": "month", "from": "1500.00", "amount": "25.00"},
///     {"scope": "month", "from": "3000.00", "amount": "75.00"}]"#).unwrap();
/// let sum = |net| bonuses_reached(&bonuses, Period::Month, Money::new(net, Currency::USD))
///     .unwrap().iter().map(|reached| reached.amount.minor).sum::<i64>();
/// assert_eq!(sum(310_000), 10_000); // G71
/// assert_eq!(sum(290_000), 2_500);  // G72: 200.00 refunded
/// ```
///
/// # Errors
/// [`RuleError`] when an amount cannot be read.
pub fn bonuses_reached(
    bonuses: &[Bonus],
    period: Period,
    net_sales: Money,
) -> Result<Vec<BonusReached>, RuleError> {
    let mut reached = Vec::new();
    for (index, bonus) in bonuses.iter().enumerate().filter(|(_, bonus)| bonus.scope == period) {
        let read = |name: &str, text: &str| {
            Money::parse(text, net_sales.currency).map_err(|error| {
                let field = format!("bonuses[{index}].{name}");
                RuleError::Rules(vec![FieldError { field, message: error.to_string() }])
            })
        };
        if net_sales.minor >= read("from", &bonus.from)?.minor {
            reached.push(BonusReached { index, amount: read("amount", &bonus.amount)? });
        }
    }
    Ok(reached)
}
