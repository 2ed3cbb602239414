//! What was held back comes out in small portions, the next one when the one before is through: so it
//! keeps its order and its pace, however slow the receiver is and however many processes send.

use diesel::sql_types::{BigInt, Bool};
use domain::{
    ids::{PostbackId, ShopId},
    time::UtcTime,
};

use super::replay::planned;
use crate::{
    DbConn, StorageError, WriteTx, bulk,
    sql::{execute, load},
};

/// Postbacks that have something to let out, the longest waiting first. Crosses shops: for the worker.
///
/// # Errors
/// [`StorageError`].
pub fn backlogs(conn: &mut DbConn, limit: i64) -> Result<Vec<(ShopId, PostbackId)>, StorageError> {
    let text = "SELECT shop_id, id FROM postbacks WHERE backlog_since IS NOT NULL \
         AND paused_at IS NULL AND deleted_at IS NULL ORDER BY backlog_since LIMIT ?";
    let found = load!(conn, text, [limit] => (BigInt, BigInt) as (i64, i64));
    Ok(found.into_iter().map(|(shop, id)| (ShopId(shop), PostbackId(id))).collect())
}

/// Lets the oldest `limit` held firings of a postback out, in order, one every `spacing_ms` from now
/// on, unless an earlier portion is still under way; returns how many. They count as replays.
///
/// # Errors
/// [`StorageError`].
pub fn firings_release(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    postback: PostbackId,
    from: UtcTime,
    spacing_ms: i64,
    limit: i64,
) -> Result<Released, StorageError> {
    // Locks the row, so that two processes do not let out two portions at once.
    let text = "UPDATE postbacks SET backlog_since = backlog_since WHERE id = ? AND shop_id = ? \
         AND paused_at IS NULL";
    if execute!(&mut **tx, text, [postback, shop]) == 0 {
        return Ok(Released::UnderWay);
    }
    // One that waits for its next try does not hold up the others.
    let text = "SELECT id FROM firings WHERE state = 'due' AND is_replay AND postback_id = ? \
         AND attempts = 0 LIMIT 1";
    if !load!(&mut **tx, text, [postback] => BigInt as i64).is_empty() {
        return Ok(Released::UnderWay);
    }
    let text = "SELECT id FROM firings WHERE state = 'held' AND postback_id = ? AND shop_id = ? \
         ORDER BY id LIMIT ?";
    let ids = load!(&mut **tx, text, [postback, shop, limit] => BigInt as i64);
    let rows = planned(&ids, from, spacing_ms);
    let text = "UPDATE firings SET state = 'due', run_at = v.run_at, is_replay = TRUE, \
         attempts = 0 FROM {rows} WHERE firings.id = v.id AND firings.state = 'held'";
    match bulk::execute(tx, text, &["id", "run_at"], rows)? {
        0 => Ok(Released::Nothing),
        count => Ok(Released::Some(count)),
    }
}

/// What [`firings_release`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Released {
    /// So many are due now.
    Some(usize),
    /// An earlier portion has not ended, or the postback is paused.
    UnderWay,
    /// There is nothing left.
    Nothing,
}

/// What a shop, or one postback of it, holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeldCount {
    /// On its way out.
    pub waiting: i64,
    /// Kept until the end of a pause.
    pub paused: i64,
}

/// Counts what is held, for a progress bar.
///
/// # Errors
/// [`StorageError`].
pub fn firing_held_count(
    conn: &mut DbConn,
    shop: ShopId,
    postback: Option<PostbackId>,
) -> Result<HeldCount, StorageError> {
    let text = "SELECT (p.paused_at IS NOT NULL), COUNT(*) FROM firings AS f \
         JOIN postbacks AS p ON p.id = f.postback_id \
         WHERE f.state = 'held' AND f.shop_id = ? AND (f.postback_id = ? OR ? = 0) \
         AND p.deleted_at IS NULL GROUP BY 1";
    let id = postback.map_or(0, |postback| postback.0);
    let rows = load!(conn, text, [shop, id, id] => (Bool, BigInt) as (bool, i64));
    let count = |paused: bool| rows.iter().find(|row| row.0 == paused).map_or(0, |row| row.1);
    Ok(HeldCount { waiting: count(false), paused: count(true) })
}

/// Notes that a postback has firings to let out.
///
/// # Errors
/// [`StorageError`].
pub fn postback_backlog_start(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    postback: PostbackId,
    now: UtcTime,
) -> Result<(), StorageError> {
    let text = "UPDATE postbacks SET backlog_since = COALESCE(backlog_since, ?) \
         WHERE id = ? AND shop_id = ?";
    execute!(&mut **tx, text, [now, postback, shop]);
    Ok(())
}

/// Notes that all of it is out.
///
/// # Errors
/// [`StorageError`].
pub fn postback_backlog_end(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    postback: PostbackId,
) -> Result<(), StorageError> {
    let text = "UPDATE postbacks SET backlog_since = NULL WHERE id = ? AND shop_id = ?";
    execute!(&mut **tx, text, [postback, shop]);
    Ok(())
}

/// Notes for postbacks that are not paused and yet hold something, that they have it to let out: a
/// process that had not heard of the end of a pause stored it. Crosses shops: for the sweeper.
///
/// # Errors
/// [`StorageError`].
pub fn backlogs_find(tx: &mut WriteTx<'_>, now: UtcTime) -> Result<usize, StorageError> {
    let text = "UPDATE postbacks SET backlog_since = ? \
         WHERE backlog_since IS NULL AND paused_at IS NULL AND deleted_at IS NULL \
         AND id IN (SELECT DISTINCT postback_id FROM firings WHERE state = 'held')";
    Ok(execute!(&mut **tx, text, [now]))
}

/// Ends up to `limit` firings that have been held since before a moment; returns how many. Crosses
/// shops: how long a backlog is kept is the operator's business.
///
/// # Errors
/// [`StorageError`].
pub fn firings_drop_held_before(
    tx: &mut WriteTx<'_>,
    time: UtcTime,
    now: UtcTime,
    limit: i64,
) -> Result<usize, StorageError> {
    let text = "UPDATE firings SET state = 'not_sent', reason = 'held_too_long', finished_at = ? \
         WHERE id IN (SELECT id FROM firings WHERE state = 'held' AND run_at < ? \
         ORDER BY id LIMIT ?)";
    Ok(execute!(&mut **tx, text, [now, time, limit]))
}
