//! Puts an affiliate under another one. A loop is refused: nobody can be above themselves.

use domain::ids::{AffiliateId, ShopId};
use storage::{
    StorageError, WriteTx,
    affiliates::{affiliate_by_id, affiliate_to_change, affiliate_update},
    shops::shop_lock,
};

/// Longest chain that is followed; longer ones are refused as if they were loops.
const CHAIN_MAX: usize = 1_000;

/// Why somebody cannot be put there.
#[derive(Debug, thiserror::Error)]
pub enum UplineError {
    /// The affiliate would be above itself.
    #[error("an affiliate cannot be above itself")]
    Loop,
    /// The database, or an affiliate that the shop does not have.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl storage::TxError for UplineError {
    fn storage_error(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Loop => None,
        }
    }
}

/// Sets or removes who is above an affiliate. Orders that are known keep those who were above when
/// they came.
///
/// # Errors
/// [`UplineError`].
pub fn set_upline(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    affiliate: AffiliateId,
    upline: Option<AffiliateId>,
) -> Result<(), UplineError> {
    // Two who are put above each other at the same moment would be a loop.
    shop_lock(tx, shop)?;
    let mut row = affiliate_to_change(tx, shop, affiliate)?;
    let mut next = upline;
    for step in 0.. {
        let Some(above) = next else { break };
        if above == affiliate || step == CHAIN_MAX {
            return Err(UplineError::Loop);
        }
        let above = affiliate_by_id(tx, shop, above)?.ok_or(StorageError::NotFound)?;
        next = above.upline_id;
    }
    row.upline_id = upline;
    Ok(affiliate_update(tx, &row)?)
}
