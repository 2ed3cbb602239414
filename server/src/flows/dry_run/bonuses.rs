//! Bonuses of the periods that a dry run touches: what was granted, and what the draft would grant.

use std::collections::BTreeSet;

use domain::{commission::bonuses_reached, money::Money, program::Period};
use storage::{
    DbConn,
    milestones::{PeriodKey, bonus_grants_of, period_sales_of},
};

use super::{Draft, DryAffiliate, DryOrder, DryRunError};
use crate::flows::shop_book::ShopBook;

/// Adds the bonuses to the affiliates' sums.
pub(super) fn add(
    conn: &mut DbConn,
    book: &ShopBook,
    draft: &Draft<'_>,
    orders: &[DryOrder],
    affiliates: &mut [DryAffiliate],
) -> Result<(), DryRunError> {
    let mut periods = BTreeSet::new();
    for order in orders {
        let direct = order.parts.iter().filter(|part| part.level == 0);
        for (part, scope) in direct.flat_map(|part| Period::ALL.map(|scope| (part, scope))) {
            periods.insert(PeriodKey {
                affiliate: part.affiliate,
                program: draft.program,
                scope,
                starts_at: scope.start(order.ordered_at, &book.timezone),
            });
        }
    }
    for grant in bonus_grants_of(conn, book.shop, &periods)? {
        if let Some(sum) = affiliates.iter_mut().find(|one| one.id == grant.affiliate_id) {
            sum.old_bonus_minor = sum.old_bonus_minor.saturating_add(grant.amount_minor);
        }
    }
    if draft.rules.bonuses.is_empty() {
        return Ok(());
    }
    for sales in period_sales_of(conn, book.shop, &periods)? {
        let net = Money::new(sales.sales_minor, book.currency());
        // The rules were checked before.
        let reached = bonuses_reached(&draft.rules.bonuses, sales.scope, net).unwrap_or_default();
        if let Some(sum) = affiliates.iter_mut().find(|one| one.id == sales.affiliate_id) {
            let bonus: i64 = reached.iter().map(|bonus| bonus.amount.minor).sum();
            sum.new_bonus_minor = sum.new_bonus_minor.saturating_add(bonus);
        }
    }
    Ok(())
}
