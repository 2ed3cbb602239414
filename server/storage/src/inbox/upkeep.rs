//! What operators and timers do with the inbox: look, replay, drop old bodies.

use diesel::{prelude::*, sql_types::BigInt};
use domain::{
    ids::{DeliveryId, ShopId},
    time::UtcTime,
};

use super::Delivery;
use crate::{
    DbConn, StorageError, WriteTx,
    ids::first_id_at,
    schema::deliveries,
    shops::one,
    sql::{execute, load},
};

/// How much lies in the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InboxCounts {
    /// Not settled yet, leased ones included.
    pub due: i64,
    /// Parked.
    pub failed: i64,
}

/// Counts what is open. Crosses shops: for health checks and metrics.
///
/// # Errors
/// [`StorageError`].
pub fn delivery_counts(conn: &mut DbConn) -> Result<InboxCounts, StorageError> {
    // Constant states, so that the partial indexes are read and not the table.
    let mut count = |text: &str| -> Result<i64, StorageError> {
        let found = load!(&mut *conn, text, [] => BigInt as i64);
        Ok(found.first().copied().unwrap_or(0))
    };
    Ok(InboxCounts {
        due: count("SELECT COUNT(*) FROM deliveries WHERE state = 'due'")?,
        failed: count("SELECT COUNT(*) FROM deliveries WHERE state = 'failed'")?,
    })
}

/// A delivery of the shop.
///
/// # Errors
/// [`StorageError`].
pub fn delivery_by_id(
    conn: &mut DbConn,
    shop: ShopId,
    id: DeliveryId,
) -> Result<Option<Delivery>, StorageError> {
    let query = deliveries::table
        .find(id.0)
        .filter(deliveries::shop_id.eq(shop.0))
        .select(Delivery::as_select());
    Ok(query.first(conn).optional()?)
}

/// The shop's parked deliveries, oldest first, after one of them.
///
/// # Errors
/// [`StorageError`].
pub fn deliveries_failed(
    conn: &mut DbConn,
    shop: ShopId,
    after: Option<DeliveryId>,
    limit: i64,
) -> Result<Vec<Delivery>, StorageError> {
    let query = deliveries::table
        .filter(deliveries::shop_id.eq(shop.0))
        .filter(deliveries::state.eq("failed"))
        .filter(deliveries::id.gt(after.map_or(0, |id| id.0)))
        .order(deliveries::id)
        .limit(limit)
        .select(Delivery::as_select());
    Ok(query.load(conn)?)
}

/// Makes a parked delivery due again, with its tries counted from zero.
///
/// # Errors
/// [`StorageError::NotFound`] when the shop has no such parked delivery.
pub fn delivery_replay(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    id: DeliveryId,
    now: UtcTime,
) -> Result<(), StorageError> {
    let text = "UPDATE deliveries SET state = 'due', attempts = 0, run_at = ? \
         WHERE id = ? AND shop_id = ? AND state = 'failed'";
    one(execute!(&mut **tx, text, [now, id, shop]))
}

/// Drops up to `limit` of the oldest bodies of settled deliveries that arrived before a moment;
/// returns how many. The rows stay: they make repeats no-ops. Crosses shops: retention is the
/// operator's.
///
/// # Errors
/// [`StorageError`].
pub fn delivery_bodies_drop_before(
    tx: &mut WriteTx<'_>,
    time: UtcTime,
    limit: i64,
) -> Result<usize, StorageError> {
    let text = "DELETE FROM delivery_bodies WHERE delivery_id IN \
         (SELECT b.delivery_id FROM delivery_bodies AS b JOIN deliveries AS d ON d.id = b.delivery_id \
          WHERE b.delivery_id < ? AND d.state = 'done' ORDER BY b.delivery_id LIMIT ?)";
    Ok(execute!(&mut **tx, text, [first_id_at(time), limit]))
}
