//! Payouts wait for the merchant where too many of an affiliate's orders were refunded (domain rules
//! 3.7). What is due is carried, nothing is lost; the merchant may pay all the same.

use domain::{
    fraud::refunds_hold_payouts,
    ids::{AffiliateId, ShopId},
    time::UtcTime,
};
use storage::{
    DbConn, StorageError, WriteTx,
    activity::Subject,
    affiliates::affiliate_by_id,
    conversions::refund_counts,
    payouts::{PayoutRelease, payout_release_of, payout_release_save},
};

use crate::flows::{record_activity::Act, shop_book::ShopBook};

/// Days of orders that are looked at.
const DAYS: i64 = 365;

/// How many of an affiliate's orders were refunded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    let (orders, refunded) = counts(conn, book.shop, affiliate, now)?;
    let is_suspicious = refunds_hold_payouts(&book.settings.fraud, orders, refunded);
    let release = match is_suspicious {
        true => payout_release_of(conn, book.shop, affiliate)?,
        false => None,
    };
    let is_held = is_suspicious && release.is_none_or(|release| release.refunded < refunded);
    Ok(Refunds { orders, refunded, is_held })
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
    affiliate_by_id(tx, act.shop, affiliate)?.ok_or(StorageError::NotFound)?;
    let (_, refunded) = counts(tx, act.shop, affiliate, act.now)?;
    let release = PayoutRelease {
        affiliate_id: affiliate,
        shop_id: act.shop,
        refunded,
        released_at: act.now,
    };
    payout_release_save(tx, &release)?;
    let words = "Is paid in spite of the refunds.";
    act.note(tx, Subject::Affiliate, affiliate.0, words)
}

fn counts(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
    now: UtcTime,
) -> Result<(i64, i64), StorageError> {
    refund_counts(conn, shop, affiliate, now.plus_days(-DAYS))
}
