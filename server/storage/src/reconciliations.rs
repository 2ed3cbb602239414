//! Comparisons of our orders with Shopify's (N12).

use diesel::prelude::*;
use domain::{
    ids::{ShopId, ShopifyId},
    time::UtcTime,
};
use serde::{Deserialize, Serialize};

use crate::{DbConn, Json, StorageError, WriteTx, bulk, columns::record, schema::reconciliations};

/// An order that was not known in its present state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// Shopify's id.
    pub order: ShopifyId,
    /// For people.
    pub name: String,
    /// Shopify's last change.
    pub changed_at: UtcTime,
    /// The last change that we knew; none if we did not know the order.
    pub known_at: Option<UtcTime>,
}

record! {
    /// One comparison.
    pub struct Reconciliation in reconciliations {
        /// Ours.
        pub id: i64,
        /// Its shop.
        pub shop_id: ShopId,
        /// When it began.
        pub started_at: UtcTime,
        /// When it ended; none while it runs, or when it was cut off.
        pub finished_at: Option<UtcTime>,
        /// Orders that changed from then on were looked at.
        pub since: UtcTime,
        /// So many.
        pub checked: i64,
        /// So many were unknown.
        pub missing: i64,
        /// So many had changed without our hearing of it.
        pub stale: i64,
        /// The first of them.
        pub drift: Json<Vec<Drift>>,
        /// Why it ended early.
        pub error: Option<String>,
    }
}

/// Keeps how a comparison stands.
///
/// # Errors
/// [`StorageError`].
pub fn reconciliation_save(tx: &mut WriteTx<'_>, run: &Reconciliation) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (id) DO UPDATE SET finished_at = excluded.finished_at, \
         checked = excluded.checked, missing = excluded.missing, stale = excluded.stale, \
         drift = excluded.drift, error = excluded.error";
    bulk::insert(tx, std::slice::from_ref(run), tail)?;
    Ok(())
}

/// The shop's latest comparisons, newest first.
///
/// # Errors
/// [`StorageError`].
pub fn reconciliations_of(
    conn: &mut DbConn,
    shop: ShopId,
    limit: i64,
) -> Result<Vec<Reconciliation>, StorageError> {
    let query = reconciliations::table
        .filter(reconciliations::shop_id.eq(shop.0))
        .order(reconciliations::id.desc())
        .limit(limit)
        .select(Reconciliation::as_select());
    Ok(query.load(conn)?)
}
