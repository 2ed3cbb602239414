//! The merchant's decision about an affiliate. Whoever may not be logged in any more is logged out.

use domain::{
    affiliate::AffiliateStatus,
    ids::{AffiliateId, ShopId},
};
use storage::{StorageError, WriteTx, affiliates, logins};

/// Gives an affiliate a status.
///
/// # Errors
/// [`StorageError::NotFound`] without it in the shop.
pub fn review_affiliate(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    affiliate: AffiliateId,
    status: AffiliateStatus,
) -> Result<(), StorageError> {
    affiliates::affiliate_set_status(tx, shop, affiliate, status.as_str())?;
    if status.may_earn() { Ok(()) } else { logins::portal_sessions_delete_of(tx, shop, affiliate) }
}
