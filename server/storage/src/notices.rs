//! What one side has to be told without having asked, such as a pause of its postback: kept for its
//! pages, one row for each reader.

use diesel::prelude::*;
use domain::{
    ids::{AffiliateId, ShopId},
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk, columns::record, postbacks::Owner, schema::notices,
};

record! {
    /// One thing to tell one reader.
    pub struct Notice in notices {
        /// Ours; grows with time.
        pub id: i64,
        /// The shop.
        pub shop_id: ShopId,
        /// Whom to tell; none: the merchant.
        pub affiliate_id: Option<AffiliateId>,
        /// When it happened.
        pub at: UtcTime,
        /// Which: `postback_paused`.
        pub kind: String,
        /// What, in sentences.
        pub words: String,
    }
}

/// Appends notices.
///
/// # Errors
/// [`StorageError`].
pub fn notices_append(tx: &mut WriteTx<'_>, notices: &[Notice]) -> Result<(), StorageError> {
    bulk::insert(tx, notices, "")?;
    Ok(())
}

/// A reader's notices since a moment, newest first.
///
/// # Errors
/// [`StorageError`].
pub fn notices_of(
    conn: &mut DbConn,
    shop: ShopId,
    reader: Owner,
    since: UtcTime,
    limit: i64,
) -> Result<Vec<Notice>, StorageError> {
    let query = notices::table
        .filter(notices::shop_id.eq(shop.0))
        .filter(notices::at.ge(since.micros()))
        .order(notices::id.desc())
        .limit(limit)
        .select(Notice::as_select())
        .into_boxed();
    let query = match reader {
        Owner::Merchant => query.filter(notices::affiliate_id.is_null()),
        Owner::Affiliate(id) => query.filter(notices::affiliate_id.eq(id.0)),
    };
    Ok(query.load(conn)?)
}
