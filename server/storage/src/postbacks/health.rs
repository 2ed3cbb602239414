//! How a postback's receiver is doing: failures in a row, and since when.

use std::collections::BTreeMap;

use diesel::prelude::*;
use domain::{
    ids::{PostbackId, ShopId},
    time::UtcTime,
};

use crate::{DbConn, StorageError, WriteTx, bulk, schema::postbacks, sql::Value};

/// One firing that ended, or one try that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostbackOutcome {
    /// Whose.
    pub postback_id: PostbackId,
    /// The receiver accepted it.
    pub is_success: bool,
    /// When.
    pub at: UtcTime,
}

/// A postback that has failures in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostbackHealth {
    /// Which.
    pub postback_id: PostbackId,
    /// Its shop.
    pub shop_id: ShopId,
    /// How many.
    pub failures_in_row: i64,
    /// Time of the first of them.
    pub failing_since: Option<UtcTime>,
}

/// What a sequence of outcomes of one postback does to its counters.
#[derive(Debug, Clone, Copy, Default)]
struct Streak {
    had_success: bool,
    failures: i64,
    failing_since: Option<UtcTime>,
}

/// Counts outcomes, in the order given, and returns the health of those postbacks that have
/// failures in a row now, for the decision to pause. A success of a healthy postback writes
/// nothing. Crosses shops: a worker's batch does.
///
/// # Errors
/// [`StorageError`].
pub fn postback_record_outcomes(
    tx: &mut WriteTx<'_>,
    outcomes: &[PostbackOutcome],
) -> Result<Vec<PostbackHealth>, StorageError> {
    let mut streaks: BTreeMap<PostbackId, Streak> = BTreeMap::new();
    for outcome in outcomes {
        let streak = streaks.entry(outcome.postback_id).or_default();
        if outcome.is_success {
            *streak = Streak { had_success: true, ..Streak::default() };
        } else {
            streak.failures += 1;
            streak.failing_since = streak.failing_since.or(Some(outcome.at));
        }
    }
    let names = ["id", "had_success", "failures", "failing_since"];
    let rows = streaks
        .iter()
        .map(|(id, streak)| streak.values(*id))
        .collect::<Result<Vec<_>, StorageError>>()?;
    let text = "UPDATE postbacks SET \
         failures_in_row = CASE WHEN v.had_success THEN v.failures \
             ELSE postbacks.failures_in_row + v.failures END, \
         failing_since = CASE WHEN v.had_success THEN v.failing_since \
             ELSE COALESCE(postbacks.failing_since, v.failing_since) END \
         FROM {rows} WHERE postbacks.id = v.id \
         AND (v.failures > 0 OR postbacks.failures_in_row > 0)";
    bulk::execute(tx, text, &names, rows)?;

    let failing = streaks.iter().filter(|(_, streak)| streak.failures > 0);
    failing_now(tx, failing.map(|(id, _)| *id).collect())
}

impl Streak {
    fn values(self, id: PostbackId) -> Result<Vec<Value<'static>>, StorageError> {
        Ok(vec![
            Value::integer(id.0),
            Value::Bool(Some(self.had_success)),
            Value::integer(self.failures),
            Value::Integer(self.failing_since.map(UtcTime::micros)),
        ])
    }
}

/// Live postbacks that are not paused and have had at least this many failures in a row, the first of
/// them no later than `since`: for the decision to pause, when no outcome prompts it. Crosses shops:
/// the sweeper looks after all.
///
/// # Errors
/// [`StorageError`].
pub fn postbacks_failing_since(
    conn: &mut DbConn,
    failures_min: i64,
    since: UtcTime,
    limit: i64,
) -> Result<Vec<PostbackHealth>, StorageError> {
    let found: Vec<HealthColumns> = postbacks::table
        .filter(postbacks::failing_since.is_not_null())
        .filter(postbacks::failing_since.le(since.micros()))
        .filter(postbacks::failures_in_row.ge(failures_min))
        .filter(postbacks::paused_at.is_null())
        .filter(postbacks::deleted_at.is_null())
        .order(postbacks::failing_since)
        .limit(limit)
        .select(HEALTH)
        .load(conn)?;
    Ok(found.into_iter().map(health).collect())
}

type HealthColumns = (i64, i64, i64, Option<i64>);

const HEALTH: (
    postbacks::id,
    postbacks::shop_id,
    postbacks::failures_in_row,
    postbacks::failing_since,
) = (postbacks::id, postbacks::shop_id, postbacks::failures_in_row, postbacks::failing_since);

fn health((id, shop, failures_in_row, since): HealthColumns) -> PostbackHealth {
    PostbackHealth {
        postback_id: PostbackId(id),
        shop_id: ShopId(shop),
        failures_in_row,
        failing_since: since.map(UtcTime::from_micros),
    }
}

fn failing_now(
    tx: &mut WriteTx<'_>,
    ids: Vec<PostbackId>,
) -> Result<Vec<PostbackHealth>, StorageError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = ids.into_iter().map(|id| id.0).collect();
    let found: Vec<HealthColumns> = postbacks::table
        .filter(postbacks::id.eq_any(ids))
        .filter(postbacks::deleted_at.is_null())
        .select(HEALTH)
        .load(&mut **tx)?;
    Ok(found.into_iter().map(health).collect())
}
