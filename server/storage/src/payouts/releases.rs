//! Affiliates who are paid although many of their orders were refunded.

use std::collections::HashMap;

use domain::ids::{AffiliateId, ShopId};

use super::PayoutRelease;
use crate::{
    DbConn, StorageError, WriteTx, bulk,
    lookup::{keys_of_shop, lookup},
};

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

/// What the merchant has said about some affiliates; of whom it said nothing is not in the map.
///
/// # Errors
/// [`StorageError`].
pub fn payout_releases_of(
    conn: &mut DbConn,
    shop: ShopId,
    affiliates: &[AffiliateId],
) -> Result<HashMap<AffiliateId, PayoutRelease>, StorageError> {
    let keys = keys_of_shop(&shop, affiliates)?;
    let per_key = "WHERE shop_id = ? AND affiliate_id = ?";
    let found = lookup!(conn, PayoutRelease, per_key, keys);
    Ok(found.into_iter().map(|release| (release.affiliate_id, release)).collect())
}
