//! Server events for affiliates' pixels: an outbox like that of firings, and the requests made. An
//! event waits until a browser has told what its visitor allowed; without that it is never sent.

use std::collections::HashSet;

use diesel::prelude::*;
use domain::{
    ids::{AffiliateId, ConversionId, PixelAttemptId, PixelEventId, PixelId, ShopId},
    pixel::server_event::EventDetails,
    time::UtcTime,
};

use crate::{
    DbConn, Json, StorageError, WriteTx, bulk,
    columns::{Record, record, text_enum},
    ids::first_id_at,
    schema::{pixel_attempts, pixel_events},
    sql::{Value, execute, load},
};

text_enum! {
    /// How far a server event got.
    pub enum PixelEventState {
        /// Nobody has said yet whether the visitor allowed it.
        Waiting = "waiting",
        /// To be sent at `run_at`, or leased until then.
        Due = "due",
        /// The network has it.
        Delivered = "delivered",
        /// Given up.
        Failed = "failed",
        /// Never sent, for a reason.
        NotSent = "not_sent",
    }
}

record! {
    /// One event for one pixel.
    pub struct PixelEventRow in pixel_events {
        /// Ours.
        pub id: PixelEventId,
        /// Its shop.
        pub shop_id: ShopId,
        /// For which pixel.
        pub pixel_id: PixelId,
        /// Whose pixel that is.
        pub affiliate_id: AffiliateId,
        /// The conversion that it tells; none for a test.
        pub conversion_id: Option<ConversionId>,
        /// Shared with the browser's hit.
        pub event_id: String,
        /// `Purchase`.
        pub name: String,
        /// Under which a browser speaks about the order.
        pub order_subject: String,
        /// Under which it speaks about the visitor.
        pub visitor_subject: Option<String>,
        /// What is told.
        pub details: Json<EventDetails>,
        /// How far it got.
        pub state: PixelEventState,
        /// Why it is not delivered.
        pub reason: Option<String>,
        /// When it may be sent.
        pub run_at: UtcTime,
        /// Requests made.
        pub attempts: i64,
        /// Code of the last answer.
        pub last_status_code: Option<i64>,
        /// When it was made.
        pub created_at: UtcTime,
        /// When it came to an end.
        pub finished_at: Option<UtcTime>,
    }
}

record! {
    /// One request made for an event, without what is secret.
    pub struct PixelAttempt in pixel_attempts {
        /// Ours.
        pub id: PixelAttemptId,
        /// Its shop.
        pub shop_id: ShopId,
        /// Its event.
        pub event_id: PixelEventId,
        /// 1, 2, 3 …
        pub number: i64,
        /// When it was sent.
        pub at: UtcTime,
        /// Until the answer, or until it was given up.
        pub latency_ms: i64,
        /// The address.
        pub url: String,
        /// The body, masked.
        pub body: Option<String>,
        /// The answer's code.
        pub status_code: Option<i64>,
        /// What it was taken for.
        pub outcome: String,
        /// Why there is no answer, or why it is no success.
        pub error: Option<String>,
        /// The beginning of the answer.
        pub response: Option<String>,
        /// When the next try is planned.
        pub next_try_at: Option<UtcTime>,
    }
}

/// Puts events into the outbox, in the transaction of what they tell. The key that makes a repeat a
/// no-op is `(pixel_id, event_id)`. Answers how many are new.
///
/// # Errors
/// [`StorageError`].
pub fn pixel_events_enqueue(
    tx: &mut WriteTx<'_>,
    events: &[PixelEventRow],
) -> Result<usize, StorageError> {
    let mut rows = events.to_vec();
    // One order in all processes: two that store the same events must not lock each other out.
    rows.sort_by(|a, b| (a.pixel_id, &a.event_id).cmp(&(b.pixel_id, &b.event_id)));
    bulk::insert(tx, &rows, "ON CONFLICT (pixel_id, event_id) DO NOTHING")
}

/// A browser has spoken: the events that waited for it become due.
///
/// # Errors
/// [`StorageError`].
pub fn pixel_events_wake(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    order_subject: Option<&str>,
    visitor_subject: Option<&str>,
    now: UtcTime,
) -> Result<usize, StorageError> {
    let text = "UPDATE pixel_events SET state = 'due', run_at = ? \
         WHERE state = 'waiting' AND shop_id = ? AND (order_subject = ? OR visitor_subject = ?)";
    Ok(execute!(
        &mut **tx,
        text,
        [now, shop, order_subject.map(ToOwned::to_owned), visitor_subject.map(ToOwned::to_owned)]
    ))
}

/// Ends up to `limit` events that waited since before a moment. Crosses shops: upkeep serves all.
///
/// # Errors
/// [`StorageError`].
pub fn pixel_events_give_up_waiting(
    tx: &mut WriteTx<'_>,
    before: UtcTime,
    reason: &str,
    now: UtcTime,
    limit: i64,
) -> Result<usize, StorageError> {
    let text = "UPDATE pixel_events SET state = 'not_sent', reason = ?, finished_at = ? \
         WHERE id IN (SELECT id FROM pixel_events WHERE state = 'waiting' AND id < ? LIMIT ?)";
    Ok(execute!(&mut **tx, text, [reason, now, first_id_at(before), limit]))
}

/// Leases up to `limit` events that are due until `lease_until`; two claimers never get the same
/// one. Crosses shops: workers serve all.
///
/// # Errors
/// [`StorageError`].
pub fn pixel_events_claim(
    tx: &mut WriteTx<'_>,
    now: UtcTime,
    lease_until: UtcTime,
    limit: i64,
) -> Result<Vec<PixelEventRow>, StorageError> {
    // SQLite needs no lock: there is one writer.
    let lock = if matches!(&**tx, DbConn::Postgres(_)) { "FOR UPDATE SKIP LOCKED" } else { "" };
    let text = format!(
        "UPDATE pixel_events SET run_at = ? WHERE id IN \
             (SELECT id FROM pixel_events WHERE state = 'due' AND run_at <= ? \
              ORDER BY run_at LIMIT ? {lock}) RETURNING {}",
        PixelEventRow::COLUMNS.join(", ")
    );
    let mut claimed = load!(&mut **tx, &text, [lease_until, now, limit]
        => <PixelEventRow as Record>::SqlType as PixelEventRow);
    claimed.sort_by_key(|event| event.id);
    Ok(claimed)
}

/// When the next event becomes due, a lease's end included. Crosses shops: for the worker's timer.
///
/// # Errors
/// [`StorageError`].
pub fn pixel_event_next_due_at(conn: &mut DbConn) -> Result<Option<UtcTime>, StorageError> {
    // The constant state lets both databases use the index of what is due.
    let text = "SELECT run_at FROM pixel_events WHERE state = 'due' ORDER BY run_at LIMIT 1";
    let found = load!(conn, text, [] => diesel::sql_types::BigInt as i64);
    Ok(found.first().copied().map(UtcTime::from_micros))
}

/// How one try of an event ended.
#[derive(Debug, Clone)]
pub struct PixelEventResult {
    /// Which.
    pub id: PixelEventId,
    /// What follows.
    pub state: PixelEventState,
    /// Why it is not delivered.
    pub reason: Option<String>,
    /// When it is tried again, for [`PixelEventState::Due`].
    pub run_at: Option<UtcTime>,
    /// The request that was made, if one was.
    pub attempt: Option<PixelAttempt>,
    /// When.
    pub at: UtcTime,
}

/// Stores how a batch of tries ended, requests included. Crosses shops: a claimed batch does.
///
/// # Errors
/// [`StorageError`].
pub fn pixel_events_finish(
    tx: &mut WriteTx<'_>,
    results: &[PixelEventResult],
) -> Result<(), StorageError> {
    let attempts: Vec<PixelAttempt> =
        results.iter().filter_map(|result| result.attempt.clone()).collect();
    // An event whose buyer was forgotten meanwhile is gone, and so is the proof of it.
    let ids: HashSet<i64> = attempts.iter().map(|attempt| attempt.event_id.0).collect();
    let known = pixel_events::table.filter(pixel_events::id.eq_any(ids)).select(pixel_events::id);
    let known: HashSet<i64> = known.load::<i64>(&mut **tx)?.into_iter().collect();
    let attempts: Vec<PixelAttempt> =
        attempts.into_iter().filter(|attempt| known.contains(&attempt.event_id.0)).collect();
    bulk::insert(tx, &attempts, "")?;
    let names = ["id", "state", "reason", "run_at", "sent", "status_code", "finished_at"];
    let rows = results
        .iter()
        .map(|result| {
            let is_open = matches!(result.state, PixelEventState::Due | PixelEventState::Waiting);
            let code = result.attempt.as_ref().and_then(|attempt| attempt.status_code);
            vec![
                Value::integer(result.id.0),
                Value::text(result.state.as_str()),
                Value::Text(result.reason.as_deref().map(Into::into)),
                Value::Integer(result.run_at.map(UtcTime::micros)),
                Value::integer(i64::from(result.attempt.is_some())),
                Value::Integer(code),
                Value::Integer((!is_open).then(|| result.at.micros())),
            ]
        })
        .collect();
    let text = "UPDATE pixel_events SET state = v.state, reason = v.reason, \
         run_at = COALESCE(v.run_at, pixel_events.run_at), \
         attempts = pixel_events.attempts + v.sent, \
         last_status_code = CASE WHEN v.sent > 0 THEN v.status_code \
             ELSE pixel_events.last_status_code END, \
         finished_at = v.finished_at \
         FROM {rows} WHERE pixel_events.id = v.id \
         AND (pixel_events.state = 'due' OR v.state = 'delivered')";
    bulk::execute(tx, text, &names, rows)?;
    Ok(())
}

/// An affiliate's newest events, older than the last one of the page before.
///
/// # Errors
/// [`StorageError`].
pub fn pixel_event_page(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
    before: Option<PixelEventId>,
    limit: i64,
) -> Result<Vec<PixelEventRow>, StorageError> {
    let query = pixel_events::table
        .filter(pixel_events::affiliate_id.eq(affiliate.0))
        .filter(pixel_events::shop_id.eq(shop.0))
        .filter(pixel_events::id.lt(before.map_or(i64::MAX, |id| id.0)))
        .order(pixel_events::id.desc())
        .limit(limit)
        .select(PixelEventRow::as_select());
    Ok(query.load(conn)?)
}

/// The requests made for some events of the shop, oldest first.
///
/// # Errors
/// [`StorageError`].
pub fn pixel_attempts_of(
    conn: &mut DbConn,
    shop: ShopId,
    events: &[PixelEventId],
    limit: i64,
) -> Result<Vec<PixelAttempt>, StorageError> {
    let ids: HashSet<i64> = events.iter().map(|id| id.0).collect();
    let query = pixel_attempts::table
        .filter(pixel_attempts::event_id.eq_any(ids))
        .filter(pixel_attempts::shop_id.eq(shop.0))
        .order((pixel_attempts::event_id, pixel_attempts::id))
        .limit(limit)
        .select(PixelAttempt::as_select());
    Ok(query.load(conn)?)
}

/// Deletes up to `limit` of the oldest requests from before a moment; returns how many. Crosses
/// shops: retention is the operator's.
///
/// # Errors
/// [`StorageError`].
pub fn pixel_attempts_drop_before(
    tx: &mut WriteTx<'_>,
    time: UtcTime,
    limit: i64,
) -> Result<usize, StorageError> {
    let text = "DELETE FROM pixel_attempts WHERE id IN \
         (SELECT id FROM pixel_attempts WHERE id < ? ORDER BY id LIMIT ?)";
    Ok(execute!(&mut **tx, text, [first_id_at(time), limit]))
}

/// Forgets what was sent and answered in up to `limit` of the requests between two moments that still
/// know; their rows stay. Crosses shops: retention is the operator's.
///
/// # Errors
/// [`StorageError`].
pub fn pixel_attempts_forget_bodies(
    tx: &mut WriteTx<'_>,
    (from, before): (UtcTime, UtcTime),
    limit: i64,
) -> Result<usize, StorageError> {
    let text = "UPDATE pixel_attempts SET body = NULL, response = NULL WHERE id IN \
         (SELECT id FROM pixel_attempts WHERE id >= ? AND id < ? \
          AND (body IS NOT NULL OR response IS NOT NULL) ORDER BY id LIMIT ?)";
    Ok(execute!(&mut **tx, text, [first_id_at(from), first_id_at(before), limit]))
}
