//! Counts the codes that decided about orders, for the coupon meter (N18): one row a day for each code.
//! Repeat-safe because an order is decided once. Who is credited is not touched.

use domain::{
    affiliate::fold_code,
    attribution::Decision,
    fraud::{CodeUse, code_use},
    order::OrderSnapshot,
    time::UtcTime,
};
use storage::{
    StorageError, WriteTx,
    clicks::Click,
    code_days::{CodeDay, code_days_add},
};

use super::{book_changes::day_number, shop_book::ShopBook};

/// A code that decided about an order.
#[derive(Debug)]
pub(super) struct UsedCode {
    ordered_at: UtcTime,
    used: CodeUse,
}

impl UsedCode {
    /// What an order that was just decided says about its code, if one decided it.
    pub(super) fn of(
        book: &ShopBook,
        order: &OrderSnapshot,
        visits: &[&Click],
        decision: &Decision,
    ) -> Option<Self> {
        if order.test {
            return None;
        }
        let clicks: Vec<_> =
            visits.iter().map(|click| (click.affiliate_id, click.clicked_at)).collect();
        let rules = &book.settings.fraud;
        let host = order.referring_host.as_deref();
        let used = code_use(rules, decision, order.ordered_at, &clicks, host)?;
        Some(Self { ordered_at: order.ordered_at, used })
    }
}

/// Adds to the days of the orders. The last locks that settling takes: nobody waits for them long.
///
/// # Errors
/// [`StorageError`].
pub(super) fn count_codes(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    codes: &[UsedCode],
) -> Result<(), StorageError> {
    if codes.is_empty() {
        return Ok(());
    }
    let day = |UsedCode { ordered_at, used }: &UsedCode| CodeDay {
        shop_id: book.shop,
        day: day_number(*ordered_at),
        code_folded: fold_code(&used.code),
        affiliate_id: used.affiliate,
        orders: used.uses.orders,
        without_click: used.uses.without_click,
        from_coupon_sites: used.uses.from_coupon_sites,
        last_moment: used.uses.last_moment,
    };
    let days: Vec<CodeDay> = codes.iter().map(day).collect();
    code_days_add(tx, &days)
}
