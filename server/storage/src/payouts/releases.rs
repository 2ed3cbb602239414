//! Affiliates who are paid although many of their orders were refunded.

use diesel::prelude::*;
use domain::ids::{AffiliateId, ShopId};

use super::PayoutRelease;
use crate::{DbConn, StorageError, WriteTx, bulk, schema::payout_releases};

/// Stores that an affiliate is paid. The caller has found it in the shop.
///
/// # Errors
/// [`StorageError`].
pub fn payout_release_save(
    tx: &mut WriteTx<'_>,
    release: &PayoutRelease,
) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (affiliate_id) DO UPDATE SET refunded = excluded.refunded, \
         released_at = excluded.released_at";
    bulk::insert(tx, std::slice::from_ref(release), tail)?;
    Ok(())
}

/// What the merchant has said about an affiliate, if anything.
///
/// # Errors
/// [`StorageError`].
pub fn payout_release_of(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
) -> Result<Option<PayoutRelease>, StorageError> {
    let query = payout_releases::table
        .find(affiliate.0)
        .filter(payout_releases::shop_id.eq(shop.0))
        .select(PayoutRelease::as_select());
    Ok(query.first(conn).optional()?)
}
