//! Payouts wait for the merchant where too many of an affiliate's orders were refunded (domain rules
//! 3.7). What is due is carried, nothing is lost; the merchant may pay all the same.

use std::collections::HashMap;

use domain::{fraud::refunds_hold_payouts, ids::AffiliateId, time::UtcTime};
use storage::{
    DbConn, StorageError, WriteTx,
    activity::Subject,
    affiliates::affiliate_to_change,
    conversions::refund_counts,
    payouts::{PayoutRelease, payout_release_save, payout_releases_of},
};

use crate::flows::{record_activity::Act, shop_book::ShopBook};

/// Days of orders that are looked at.
const DAYS: i64 = 365;

/// How many of an affiliate's orders were refunded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Refunds {
    /// Orders credited in the last year.
    pub orders: i64,
    /// Of these, refunded whole or charged back.
    pub refunded: i64,
    /// Its payouts wait for the merchant.
    pub is_held: bool,
}

/// Looks at an affiliate's orders.
///
/// # Errors
/// [`StorageError`].
pub fn refunds_of(
    conn: &mut DbConn,
    book: &ShopBook,
    affiliate: AffiliateId,
    now: UtcTime,
) -> Result<Refunds, StorageError> {
    Ok(refunds_of_all(conn, book, &[affiliate], now)?.remove(&affiliate).unwrap_or_default())
}

/// Looks at the orders of some affiliates; who had none is not in the map.
///
/// # Errors
/// [`StorageError`].
pub fn refunds_of_all(
    conn: &mut DbConn,
    book: &ShopBook,
    affiliates: &[AffiliateId],
    now: UtcTime,
) -> Result<HashMap<AffiliateId, Refunds>, StorageError> {
    let counts = refund_counts(conn, book.shop, affiliates, since(now))?;
    let is_suspicious =
        |orders, refunded| refunds_hold_payouts(&book.settings.fraud, orders, refunded);
    let suspicious: Vec<AffiliateId> = counts
        .iter()
        .filter(|(_, (orders, refunded))| is_suspicious(*orders, *refunded))
        .map(|(affiliate, _)| *affiliate)
        .collect();
    let releases = payout_releases_of(conn, book.shop, &suspicious)?;
    let refunds = counts.into_iter().map(|(affiliate, (orders, refunded))| {
        let is_released =
            releases.get(&affiliate).is_some_and(|release| release.refunded >= refunded);
        let is_held = is_suspicious(orders, refunded) && !is_released;
        (affiliate, Refunds { orders, refunded, is_held })
    });
    Ok(refunds.collect())
}

/// The merchant pays an affiliate in spite of the refunds there are now.
///
/// # Errors
/// [`StorageError::NotFound`] without it in the shop.
pub fn release_payouts(
    tx: &mut WriteTx<'_>,
    act: Act,
    affiliate: AffiliateId,
) -> Result<(), StorageError> {
    // Counted under the lock: of two who release at once, the later one must not store fewer refunds.
    affiliate_to_change(tx, act.shop, affiliate)?;
    let counts = refund_counts(tx, act.shop, &[affiliate], since(act.now))?;
    let release = PayoutRelease {
        affiliate_id: affiliate,
        shop_id: act.shop,
        refunded: counts.get(&affiliate).map_or(0, |(_, refunded)| *refunded),
        released_at: act.now,
    };
    payout_release_save(tx, &release)?;
    let words = "Is paid in spite of the refunds.";
    act.note(tx, Subject::Affiliate, affiliate.0, words)
}

const fn since(now: UtcTime) -> UtcTime {
    now.plus_days(-DAYS)
}
