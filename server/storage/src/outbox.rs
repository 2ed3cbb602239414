//! The outbox: who may send which firing when, and how it ended. A firing is `due` until it has
//! ended; whoever sends it has moved `run_at` to the end of a lease, so that after a crash it becomes
//! due again by itself. A paused postback's firings are `held` and cost the claim nothing.

use domain::{
    ids::{FiringId, PostbackId},
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::{Bound, Record},
    firings::{Firing, FiringState},
    sql::{Value, execute, load},
};

mod backlog;
mod replay;

pub use backlog::{
    HeldCount, Released, backlogs, backlogs_find, firing_held_count, firings_drop_held_before,
    firings_release, postback_backlog_end, postback_backlog_start,
};
pub use replay::{
    ReplayFilter, Replayable, firings_replay, firings_replayable, firings_replayable_count,
};

/// Leases up to `limit` firings that are due, in the order of their time, until `lease_until`; two
/// claimers never get the same one. Firings of a postback that is paused or deleted are held or ended
/// on the way. Crosses shops: workers serve all.
///
/// # Errors
/// [`StorageError`].
pub fn firings_claim(
    tx: &mut WriteTx<'_>,
    now: UtcTime,
    lease_until: UtcTime,
    limit: i64,
) -> Result<Vec<Firing>, StorageError> {
    // SQLite needs no lock: there is one writer.
    let lock =
        if matches!(&**tx, DbConn::Postgres(_)) { "FOR UPDATE OF f SKIP LOCKED" } else { "" };
    let columns: Vec<String> =
        Firing::COLUMNS.iter().map(|column| format!("firings.{column}")).collect();
    let text = format!(
        "WITH ready AS (SELECT f.id, p.paused_at, p.deleted_at FROM firings AS f \
             JOIN postbacks AS p ON p.id = f.postback_id \
             WHERE f.state = 'due' AND f.run_at <= ? ORDER BY f.run_at LIMIT ? {lock}) \
         UPDATE firings SET run_at = ?, \
             state = CASE WHEN ready.deleted_at IS NOT NULL THEN 'not_sent' \
                          WHEN ready.paused_at IS NOT NULL THEN 'held' ELSE 'due' END, \
             reason = CASE WHEN ready.deleted_at IS NOT NULL THEN 'postback_deleted' \
                           ELSE firings.reason END, \
             finished_at = ready.deleted_at \
         FROM ready WHERE firings.id = ready.id RETURNING {}",
        columns.join(", ")
    );
    let mut claimed = load!(&mut **tx, &text, [now, limit, lease_until]
        => <Firing as Record>::SqlType as Firing);
    claimed.retain(|firing| firing.state == FiringState::Due);
    claimed.sort_by_key(|firing| firing.id);
    Ok(claimed)
}

/// When the next firing becomes due, a lease's end included; none when nothing is open. Crosses
/// shops: for the worker's timer.
///
/// # Errors
/// [`StorageError`].
pub fn firing_next_due_at(conn: &mut DbConn) -> Result<Option<UtcTime>, StorageError> {
    // The constant state lets both databases use the index of what is due.
    let text = "SELECT run_at FROM firings WHERE state = 'due' ORDER BY run_at LIMIT 1";
    let found = load!(conn, text, [] => diesel::sql_types::BigInt as i64);
    Ok(found.first().copied().map(UtcTime::from_micros))
}

/// When the calls about the same conversion that come before this one are tried next, the latest of
/// them; none when all have ended. Receivers hear of one order in the order in which things happened.
///
/// # Errors
/// [`StorageError`].
pub fn firing_blocked_until(
    conn: &mut DbConn,
    firing: &Firing,
) -> Result<Option<UtcTime>, StorageError> {
    use diesel::sql_types::{BigInt, Nullable};

    let text = "SELECT MAX(run_at) FROM firings WHERE conversion_id = ? AND postback_id = ? \
         AND shop_id = ? AND id < ? AND state IN ('due', 'held')";
    let found = load!(
        conn,
        text,
        [firing.conversion_id, firing.postback_id, firing.shop_id, firing.id]
            => Nullable<BigInt> as Option<i64>
    );
    Ok(found.first().copied().flatten().map(UtcTime::from_micros))
}

/// How many firings are due, leased ones included, and how many are held. Crosses shops: for health
/// checks and metrics.
///
/// # Errors
/// [`StorageError`].
pub fn firing_counts(conn: &mut DbConn) -> Result<(i64, i64), StorageError> {
    // Constant states, so that the partial indexes are read and not the table.
    let mut count = |text: &str| -> Result<i64, StorageError> {
        let found = load!(&mut *conn, text, [] => diesel::sql_types::BigInt as i64);
        Ok(found.first().copied().unwrap_or(0))
    };
    Ok((
        count("SELECT COUNT(*) FROM firings WHERE state = 'due'")?,
        count("SELECT COUNT(*) FROM firings WHERE state = 'held'")?,
    ))
}

/// How one try of a firing ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiringResult {
    /// Which.
    pub id: FiringId,
    /// What follows.
    pub outcome: FiringOutcome,
    /// A request was made, whatever came of it.
    pub was_sent: bool,
    /// The answer's code, if there was an answer.
    pub status_code: Option<i64>,
    /// When.
    pub at: UtcTime,
}

/// What follows from one try of a firing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FiringOutcome {
    /// Accepted.
    Delivered,
    /// Given up.
    Failed {
        /// Why.
        reason: String,
    },
    /// Never to be sent.
    NotSent {
        /// Why.
        reason: String,
    },
    /// To be tried again.
    Retry {
        /// Why this try failed.
        reason: String,
        /// When.
        run_at: UtcTime,
    },
}

/// Stores how a batch of tries ended. A firing that another worker has finished meanwhile, because
/// the lease had ended, stays as it is; only an acceptance always counts. Crosses shops: a claimed
/// batch does.
///
/// # Errors
/// [`StorageError`].
pub fn firings_finish(tx: &mut WriteTx<'_>, results: &[FiringResult]) -> Result<(), StorageError> {
    let names = ["id", "state", "reason", "run_at", "sent", "status_code", "finished_at"];
    let rows = results.iter().map(FiringResult::values).collect::<Result<Vec<_>, _>>()?;
    let text = "UPDATE firings SET state = v.state, reason = v.reason, \
         run_at = COALESCE(v.run_at, firings.run_at), attempts = firings.attempts + v.sent, \
         last_status_code = CASE WHEN v.sent > 0 THEN v.status_code \
             ELSE firings.last_status_code END, \
         finished_at = v.finished_at \
         FROM {rows} WHERE firings.id = v.id \
         AND (firings.state = 'due' OR v.state = 'delivered')";
    bulk::execute(tx, text, &names, rows)?;
    Ok(())
}

impl FiringResult {
    fn values(&self) -> Result<Vec<Value<'_>>, StorageError> {
        let (state, reason, run_at) = match &self.outcome {
            FiringOutcome::Delivered => (FiringState::Delivered, None, None),
            FiringOutcome::Failed { reason } => (FiringState::Failed, Some(reason), None),
            FiringOutcome::NotSent { reason } => (FiringState::NotSent, Some(reason), None),
            FiringOutcome::Retry { reason, run_at } => {
                (FiringState::Due, Some(reason), Some(*run_at))
            }
        };
        let finished_at = run_at.is_none().then_some(self.at);
        Ok(vec![
            self.id.value()?,
            Value::text(state.as_str()),
            reason.map_or(Ok(Value::Text(None)), Bound::value)?,
            Value::Integer(run_at.map(UtcTime::micros)),
            Value::integer(i64::from(self.was_sent)),
            Value::Integer(self.status_code),
            Value::Integer(finished_at.map(UtcTime::micros)),
        ])
    }
}

/// Ends what a deleted postback still held; what is due ends when it is claimed.
pub(crate) fn drop_held(
    tx: &mut WriteTx<'_>,
    postback: PostbackId,
    now: UtcTime,
) -> Result<(), StorageError> {
    let text = "UPDATE firings SET state = 'not_sent', reason = 'postback_deleted', \
         finished_at = ? WHERE postback_id = ? AND state = 'held'";
    execute!(&mut **tx, text, [now, postback]);
    Ok(())
}
