//! Tells both sides that a postback was paused: its owner, who can mend it, and the merchant. Written
//! with the pause, so that nobody is told twice and nobody is forgotten.

use domain::{
    ids::{AffiliateId, PostbackId, ShopId},
    time::UtcTime,
};
use storage::{
    StorageError, WriteTx,
    notices::{Notice, notices_append},
    postbacks::postback_by_id,
};

/// The kind of these notices.
pub const POSTBACK_PAUSED: &str = "postback_paused";

/// Writes a notice for the merchant, and one for the affiliate whose postback it is.
///
/// # Errors
/// [`StorageError`].
pub fn tell_of_pause(
    tx: &mut WriteTx<'_>,
    (shop, id): (ShopId, PostbackId),
    reason: &str,
    now: UtcTime,
) -> Result<(), StorageError> {
    let Some(row) = postback_by_id(tx, shop, None, id)? else { return Ok(()) };
    tracing::warn!(shop = shop.0, postback = id.0, reason, "a postback was paused");
    let words = format!(
        "The postback “{}” was paused: {reason}. Its calls are kept for 30 days and go out in order \
         when the pause ends.",
        row.name
    );
    let notice = |affiliate_id: Option<AffiliateId>| Notice {
        id: tx.next_id(now),
        shop_id: shop,
        affiliate_id,
        at: now,
        kind: POSTBACK_PAUSED.to_owned(),
        words: words.clone(),
    };
    let mut notices = vec![notice(None)];
    if row.affiliate_id.is_some() {
        notices.push(notice(row.affiliate_id));
    }
    notices_append(tx, &notices)
}
