//! The requests made for firings: append-only, the proof.

use diesel::prelude::*;
use domain::{
    ids::{AttemptId, FiringId, ShopId},
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk, columns::record, ids::first_id_at, schema::attempts,
    sql::execute,
};

record! {
    /// One HTTP request for a firing. Header values that are secret are masked before they come here.
    pub struct Attempt in attempts {
        /// Ours.
        pub id: AttemptId,
        /// Its shop.
        pub shop_id: ShopId,
        /// Its firing.
        pub firing_id: FiringId,
        /// 1, 2, 3 …
        pub number: i64,
        /// When it was sent.
        pub at: UtcTime,
        /// Until the answer, or until it was given up.
        pub latency_ms: i64,
        /// `GET` or `POST`.
        pub method: String,
        /// The template at that time.
        pub template: String,
        /// The URL as sent.
        pub url: String,
        /// The headers as sent, as JSON.
        pub headers: String,
        /// The body as sent.
        pub body: Option<String>,
        /// The answer's code.
        pub status_code: Option<i64>,
        /// What it was taken for.
        pub outcome: String,
        /// Why there is no answer.
        pub error: Option<String>,
        /// The beginning of the answer.
        pub response: Option<String>,
        /// What the template could not fill in.
        pub flags: Option<String>,
        /// When the next try is planned.
        pub next_try_at: Option<UtcTime>,
    }
}

/// Appends requests made.
///
/// # Errors
/// [`StorageError`].
pub fn attempts_append(tx: &mut WriteTx<'_>, attempts: &[Attempt]) -> Result<(), StorageError> {
    bulk::insert(tx, attempts, "")?;
    Ok(())
}

/// The requests made for a firing of the shop, oldest first.
///
/// # Errors
/// [`StorageError`].
pub fn attempts_of_firing(
    conn: &mut DbConn,
    shop: ShopId,
    firing: FiringId,
    limit: i64,
) -> Result<Vec<Attempt>, StorageError> {
    attempts_of_firings(conn, shop, &[firing], limit)
}

/// The requests made for some firings of the shop, by firing, oldest first: for a page of the log.
///
/// # Errors
/// [`StorageError`].
pub fn attempts_of_firings(
    conn: &mut DbConn,
    shop: ShopId,
    firings: &[FiringId],
    limit: i64,
) -> Result<Vec<Attempt>, StorageError> {
    let ids: Vec<i64> = firings.iter().map(|id| id.0).collect();
    let query = attempts::table
        .filter(attempts::firing_id.eq_any(ids))
        .filter(attempts::shop_id.eq(shop.0))
        .order((attempts::firing_id, attempts::id))
        .limit(limit)
        .select(Attempt::as_select());
    Ok(query.load(conn)?)
}

/// Deletes up to `limit` of the oldest requests from before a moment; returns how many. Crosses
/// shops: retention is the operator's.
///
/// # Errors
/// [`StorageError`].
pub fn attempts_drop_before(
    tx: &mut WriteTx<'_>,
    time: UtcTime,
    limit: i64,
) -> Result<usize, StorageError> {
    let text = "DELETE FROM attempts WHERE id IN \
         (SELECT id FROM attempts WHERE id < ? AND at < ? ORDER BY id LIMIT ?)";
    Ok(execute!(&mut **tx, text, [first_id_at(time), time, limit]))
}

/// Forgets what was sent and answered in up to `limit` of the requests between two moments that still
/// know; their rows stay. Crosses shops: retention is the operator's.
///
/// # Errors
/// [`StorageError`].
pub fn attempts_forget_bodies(
    tx: &mut WriteTx<'_>,
    (from, before): (UtcTime, UtcTime),
    limit: i64,
) -> Result<usize, StorageError> {
    let text = "UPDATE attempts SET body = NULL, response = NULL WHERE id IN \
         (SELECT id FROM attempts WHERE id >= ? AND id < ? \
          AND (body IS NOT NULL OR response IS NOT NULL) ORDER BY id LIMIT ?)";
    Ok(execute!(&mut **tx, text, [first_id_at(from), first_id_at(before), limit]))
}
