//! Sending again: after a pause, and on request (N7).

use diesel::{prelude::*, sql_types::BigInt};
use domain::{
    ids::{FiringId, PostbackId, ShopId},
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    postbacks::Owner,
    schema::firings,
    sql::{Value, load},
};

/// Makes the oldest `limit` held firings of a postback that was resumed due, in order, one every
/// `spacing_ms` from now on; returns how many. Until it returns 0 there are more: call it again,
/// each time later by what it has planned.
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
) -> Result<usize, StorageError> {
    let text = "SELECT id FROM firings WHERE state = 'held' AND postback_id = ? AND shop_id = ? \
         ORDER BY id LIMIT ?";
    let ids = load!(&mut **tx, text, [postback, shop, limit] => BigInt as i64);
    let rows = planned(&ids, from, spacing_ms);
    let text = "UPDATE firings SET state = 'due', run_at = v.run_at \
         FROM {rows} WHERE firings.id = v.id AND firings.state = 'held'";
    bulk::execute(tx, text, &["id", "run_at"], rows)
}

/// Plans firings of the shop to be sent again, in the order given, one every `spacing_ms` from now
/// on; returns how many were. Firings that have ended only: what is due or held will be sent anyway.
/// Their ids, keys and transaction ids stay, so that receivers can tell.
///
/// # Errors
/// [`StorageError`].
pub fn firings_requeue(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    ids: &[FiringId],
    from: UtcTime,
    spacing_ms: i64,
) -> Result<usize, StorageError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let mut rows = planned(&ids, from, spacing_ms);
    for row in &mut rows {
        row.push(Value::integer(shop.0));
    }
    let text = "UPDATE firings SET state = 'due', run_at = v.run_at, is_replay = TRUE, \
         finished_at = NULL FROM {rows} WHERE firings.id = v.id AND firings.shop_id = v.shop_id \
         AND firings.state IN ('delivered', 'failed', 'not_sent')";
    bulk::execute(tx, text, &["id", "run_at", "shop_id"], rows)
}

fn planned(ids: &[i64], from: UtcTime, spacing_ms: i64) -> Vec<Vec<Value<'static>>> {
    let mut run_at = from;
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        rows.push(vec![Value::integer(*id), Value::integer(run_at.micros())]);
        run_at = run_at.plus_millis(spacing_ms);
    }
    rows
}

/// Which failed firings are meant.
#[derive(Debug, Clone)]
pub struct FailedFilter {
    /// Of this owner's postbacks; an affiliate's request must set it.
    pub owner: Option<Owner>,
    /// Of this postback.
    pub postback_id: Option<PostbackId>,
    /// Of events from this moment on.
    pub from: UtcTime,
    /// Of events before this moment.
    pub until: UtcTime,
}

/// The shop's firings that were given up, oldest first: what a replay of a time takes.
///
/// # Errors
/// [`StorageError`].
pub fn firings_failed(
    conn: &mut DbConn,
    shop: ShopId,
    filter: &FailedFilter,
    limit: i64,
) -> Result<Vec<FiringId>, StorageError> {
    let mut query = firings::table
        .filter(firings::shop_id.eq(shop.0))
        .filter(firings::state.eq("failed"))
        .filter(firings::created_at.ge(filter.from.micros()))
        .filter(firings::created_at.lt(filter.until.micros()))
        .order((firings::created_at, firings::id))
        .limit(limit)
        .select(firings::id)
        .into_boxed();
    match filter.owner {
        None => {}
        Some(Owner::Merchant) => query = query.filter(firings::affiliate_id.is_null()),
        Some(Owner::Affiliate(id)) => query = query.filter(firings::affiliate_id.eq(id.0)),
    }
    if let Some(postback) = filter.postback_id {
        query = query.filter(firings::postback_id.eq(postback.0));
    }
    let ids: Vec<i64> = query.load(conn)?;
    Ok(ids.into_iter().map(FiringId).collect())
}
