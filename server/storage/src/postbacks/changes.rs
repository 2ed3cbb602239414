//! Who did what to a postback: append-only, shown beside it (T14).

use diesel::prelude::*;
use domain::{
    ids::{PostbackId, ShopId},
    time::UtcTime,
};

use crate::{DbConn, StorageError, WriteTx, bulk, columns::record, schema::postback_changes};

record! {
    /// One thing that was done.
    pub struct PostbackChange in postback_changes {
        /// Ours.
        pub id: i64,
        /// Its shop.
        pub shop_id: ShopId,
        /// To which postback.
        pub postback_id: PostbackId,
        /// When.
        pub at: UtcTime,
        /// By whom: `affiliate 1001`, `merchant (staff 548380009)`, `system`.
        pub actor: String,
        /// What was done, as a sentence.
        pub words: String,
    }
}

/// Appends a change.
///
/// # Errors
/// [`StorageError`].
pub fn postback_change_append(
    tx: &mut WriteTx<'_>,
    change: &PostbackChange,
) -> Result<(), StorageError> {
    bulk::insert(tx, std::slice::from_ref(change), "")?;
    Ok(())
}

/// The newest changes of a postback of the shop, newest first.
///
/// # Errors
/// [`StorageError`].
pub fn postback_changes_of(
    conn: &mut DbConn,
    shop: ShopId,
    postback: PostbackId,
    limit: i64,
) -> Result<Vec<PostbackChange>, StorageError> {
    let query = postback_changes::table
        .filter(postback_changes::postback_id.eq(postback.0))
        .filter(postback_changes::shop_id.eq(shop.0))
        .order(postback_changes::id.desc())
        .limit(limit)
        .select(PostbackChange::as_select());
    Ok(query.load(conn)?)
}
