//! Sending again on request (N7): which firings are meant, and putting them into their postback's
//! backlog.

use diesel::prelude::*;
use domain::{
    ids::{FiringId, PostbackId, ShopId},
    time::UtcTime,
};

use crate::{DbConn, StorageError, WriteTx, bulk, postbacks::Owner, schema::firings, sql::Value};

/// Which firings are to be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayFilter {
    /// Of this owner's postbacks; an affiliate's request must set it.
    pub owner: Option<Owner>,
    /// Of this postback.
    pub postback_id: Option<PostbackId>,
    /// Only those that were not accepted so far, not those that were.
    pub only_failed: bool,
    /// Of events from this moment on.
    pub from: UtcTime,
    /// Of events before this moment.
    pub until: UtcTime,
}

/// A firing that can be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replayable {
    /// Which.
    pub id: FiringId,
    /// Of which postback.
    pub postback_id: PostbackId,
    /// When its event happened.
    pub created_at: UtcTime,
}

/// Firings of the shop that were sent and can be sent again, by time of the event, oldest first, after
/// the last one of the batch before. One that was never sent, for a reason, is not among them: the
/// reason still holds.
///
/// # Errors
/// [`StorageError`].
pub fn firings_replayable(
    conn: &mut DbConn,
    shop: ShopId,
    filter: &ReplayFilter,
    after: Option<Replayable>,
    limit: i64,
) -> Result<Vec<Replayable>, StorageError> {
    let (time, id) = after.map_or((filter.from.micros(), 0), |last| {
        (last.created_at.micros().max(filter.from.micros()), last.id.0)
    });
    let mut query = firings::table
        .filter(firings::shop_id.eq(shop.0))
        .filter(firings::created_at.ge(time))
        .filter(firings::created_at.gt(time).or(firings::id.gt(id)))
        .filter(firings::created_at.lt(filter.until.micros()))
        .order((firings::created_at, firings::id))
        .limit(limit)
        .select((firings::id, firings::postback_id, firings::created_at))
        .into_boxed();
    let failed = firings::state.eq("failed");
    let waiting = firings::state.eq("due").and(firings::attempts.gt(0));
    query = match filter.only_failed {
        true => query.filter(failed.or(waiting)),
        false => query.filter(failed.or(waiting).or(firings::state.eq("delivered"))),
    };
    match filter.owner {
        None => {}
        Some(Owner::Merchant) => query = query.filter(firings::affiliate_id.is_null()),
        Some(Owner::Affiliate(id)) => query = query.filter(firings::affiliate_id.eq(id.0)),
    }
    if let Some(postback) = filter.postback_id {
        query = query.filter(firings::postback_id.eq(postback.0));
    }
    let rows: Vec<(i64, i64, i64)> = query.load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, postback, at)| Replayable {
            id: FiringId(id),
            postback_id: PostbackId(postback),
            created_at: UtcTime::from_micros(at),
        })
        .collect())
}

/// How many [`firings_replayable`] would give in all.
///
/// # Errors
/// [`StorageError`].
pub fn firings_replayable_count(
    conn: &mut DbConn,
    shop: ShopId,
    filter: &ReplayFilter,
) -> Result<i64, StorageError> {
    let (mut count, mut after) = (0_i64, None);
    loop {
        let batch = firings_replayable(conn, shop, filter, after, COUNT_BATCH)?;
        count = count.saturating_add(i64::try_from(batch.len()).unwrap_or(i64::MAX));
        match batch.last() {
            Some(last) => after = Some(*last),
            None => return Ok(count),
        }
    }
}

const COUNT_BATCH: i64 = 10_000;

/// Puts firings of the shop into their postbacks' backlogs, to be sent again; returns how many were.
/// Only those that were sent: what is due for its first try, or held, will be sent anyway. Their ids,
/// keys and transaction ids stay, so that receivers can tell; their tries begin anew.
///
/// # Errors
/// [`StorageError`].
pub fn firings_replay(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    ids: &[FiringId],
    now: UtcTime,
) -> Result<usize, StorageError> {
    let rows = ids
        .iter()
        .map(|id| vec![Value::integer(id.0), Value::integer(shop.0), Value::integer(now.micros())])
        .collect();
    let text = "UPDATE firings SET state = 'held', run_at = v.now, is_replay = TRUE, \
         attempts = 0, reason = NULL, finished_at = NULL FROM {rows} WHERE firings.id = v.id \
         AND firings.shop_id = v.shop_id AND (firings.state IN ('delivered', 'failed') \
             OR (firings.state = 'due' AND firings.attempts > 0))";
    let replayed = bulk::execute(tx, text, &["id", "shop_id", "now"], rows)?;
    let rows = ids.iter().map(|id| vec![Value::integer(id.0), Value::integer(shop.0)]).collect();
    let text = "SELECT DISTINCT firings.postback_id FROM {rows} JOIN firings ON \
         firings.id = v.id AND firings.shop_id = v.shop_id AND firings.state = 'held'";
    let mut postbacks: Vec<i64> = bulk::load(tx, text, &["id", "shop_id"], rows)?;
    // One order in all processes, and each once.
    postbacks.sort_unstable();
    postbacks.dedup();
    for postback in postbacks {
        super::postback_backlog_start(tx, shop, PostbackId(postback), now)?;
    }
    Ok(replayed)
}

/// Rows of id and time, one every `spacing_ms`.
pub(super) fn planned(ids: &[i64], from: UtcTime, spacing_ms: i64) -> Vec<Vec<Value<'static>>> {
    let mut run_at = from;
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        rows.push(vec![Value::integer(*id), Value::integer(run_at.micros())]);
        run_at = run_at.plus_millis(spacing_ms);
    }
    rows
}
