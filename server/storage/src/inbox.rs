//! The inbox: webhook deliveries, from their arrival to their effect. A row is `due` until it is
//! `done`; whoever works on it has moved `run_at` to the end of a lease, so that after a crash it
//! becomes due again by itself. One that failed too often is `failed`: parked, kept for a replay.

use std::collections::HashMap;

use domain::{
    ids::{DeliveryId, ShopId},
    time::UtcTime,
};

use crate::{
    Body, DbConn, StorageError, WriteTx, bulk,
    columns::{Bound, Record, record, text_enum},
    lookup::lookup,
    sql::{execute, load},
};

mod upkeep;

pub use upkeep::{
    InboxCounts, deliveries_failed, delivery_bodies_drop_before, delivery_by_id, delivery_counts,
    delivery_replay,
};

text_enum! {
    /// How far a delivery got.
    pub enum DeliveryState {
        /// To be worked on at `run_at`, or leased until then.
        Due = "due",
        /// Its effect is stored.
        Done = "done",
        /// Failed too often; waits for a replay.
        Failed = "failed",
    }
}

record! {
    /// A webhook request from Shopify. Its body is kept apart: [`delivery_bodies_of`].
    pub struct Delivery in deliveries {
        /// Ours.
        pub id: DeliveryId,
        /// Its shop.
        pub shop_id: ShopId,
        /// `X-Shopify-Webhook-Id`: the same for every repeat.
        pub webhook_id: String,
        /// `X-Shopify-Event-Id`: the same for all deliveries of one event.
        pub event_id: Option<String>,
        /// `orders/paid` …
        pub topic: String,
        /// Version of the payload.
        pub api_version: Option<String>,
        /// When Shopify triggered it.
        pub triggered_at: UtcTime,
        /// When we took it.
        pub received_at: UtcTime,
        /// How far it got.
        pub state: DeliveryState,
        /// Leases taken so far, the present one included.
        pub attempts: i64,
        /// When it may be worked on.
        pub run_at: UtcTime,
        /// Why the last try failed.
        pub error: Option<String>,
    }
}

record! {
    /// The body of a delivery, compressed.
    struct BodyRow in delivery_bodies {
        pub delivery_id: DeliveryId,
        pub body: Vec<u8>,
    }
}

/// A delivery that has just arrived.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    /// Its shop.
    pub shop_id: ShopId,
    /// `X-Shopify-Webhook-Id`.
    pub webhook_id: String,
    /// `X-Shopify-Event-Id`.
    pub event_id: Option<String>,
    /// `orders/paid` …
    pub topic: String,
    /// Version of the payload.
    pub api_version: Option<String>,
    /// When Shopify triggered it.
    pub triggered_at: UtcTime,
    /// When we took it.
    pub received_at: UtcTime,
    /// Its bytes.
    pub body: Body,
    /// Set when the same process settles it from memory right after the commit: the row is born
    /// leased until then, and nobody claims it unless that process dies. None: free to be claimed.
    pub lease_until: Option<UtcTime>,
}

/// What became of a delivery that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It is new and stored.
    New(DeliveryId),
    /// It was there already, or is in the same batch twice.
    Repeat,
}

/// Stores deliveries; the answers are in the order given. The key that makes a repeat a no-op, for
/// ever, is `(shop_id, webhook_id)` (G48).
///
/// # Errors
/// [`StorageError`]; then nothing is stored, and no delivery may be acknowledged.
pub fn delivery_record_batch(
    tx: &mut WriteTx<'_>,
    arrived: &[NewDelivery],
) -> Result<Vec<Recorded>, StorageError> {
    let ids: Vec<DeliveryId> =
        arrived.iter().map(|new| DeliveryId(tx.next_id(new.received_at))).collect();
    let mut rows: Vec<Delivery> = arrived.iter().zip(&ids).map(|(new, id)| new.row(*id)).collect();
    // One order in all processes: two that store the same repeats must not lock each other out.
    rows.sort_by(|a, b| (a.shop_id, &a.webhook_id).cmp(&(b.shop_id, &b.webhook_id)));
    let stored = bulk::insert_absent(tx, &rows, "shop_id, webhook_id", |row| row.id.0)?;

    let bodies: Vec<BodyRow> = arrived
        .iter()
        .zip(&ids)
        .filter(|(_, id)| stored.contains(&id.0))
        .map(|(new, id)| BodyRow { delivery_id: *id, body: new.body.0.clone() })
        .collect();
    bulk::insert(tx, &bodies, "")?;

    let answer = |id: &DeliveryId| match stored.contains(&id.0) {
        true => Recorded::New(*id),
        false => Recorded::Repeat,
    };
    Ok(ids.iter().map(answer).collect())
}

impl NewDelivery {
    fn row(&self, id: DeliveryId) -> Delivery {
        Delivery {
            id,
            shop_id: self.shop_id,
            webhook_id: self.webhook_id.clone(),
            event_id: self.event_id.clone(),
            topic: self.topic.clone(),
            api_version: self.api_version.clone(),
            triggered_at: self.triggered_at,
            received_at: self.received_at,
            state: DeliveryState::Due,
            attempts: i64::from(self.lease_until.is_some()),
            run_at: self.lease_until.unwrap_or(self.received_at),
            error: None,
        }
    }
}

/// Leases up to `limit` deliveries that are due, in the order of their time, until `lease_until`; two
/// claimers never get the same one. Crosses shops: workers serve all.
///
/// # Errors
/// [`StorageError`].
pub fn deliveries_claim(
    tx: &mut WriteTx<'_>,
    now: UtcTime,
    lease_until: UtcTime,
    limit: i64,
) -> Result<Vec<Delivery>, StorageError> {
    // SQLite needs no lock: there is one writer.
    let lock = if matches!(&**tx, DbConn::Postgres(_)) { "FOR UPDATE SKIP LOCKED" } else { "" };
    let text = format!(
        "WITH ready AS (SELECT id FROM deliveries WHERE state = 'due' AND run_at <= ? \
         ORDER BY run_at LIMIT ? {lock}) \
         UPDATE deliveries SET run_at = ?, attempts = attempts + 1 \
         WHERE id IN (SELECT id FROM ready) RETURNING {}",
        Delivery::COLUMNS.join(", ")
    );
    let mut claimed = load!(&mut **tx, &text, [now, limit, lease_until]
        => <Delivery as Record>::SqlType as Delivery);
    claimed.sort_by_key(|delivery| delivery.id);
    Ok(claimed)
}

/// The bodies of deliveries, as far as retention has left them. Crosses shops: a claimed batch does.
///
/// # Errors
/// [`StorageError`].
pub fn delivery_bodies_of(
    conn: &mut DbConn,
    ids: &[DeliveryId],
) -> Result<HashMap<DeliveryId, Body>, StorageError> {
    let keys = ids.iter().map(|id| Ok(vec![id.value()?])).collect::<Result<_, StorageError>>()?;
    let found = lookup!(conn, BodyRow, "WHERE delivery_id = ?", keys);
    Ok(found.into_iter().map(|row| (row.delivery_id, Body(row.body))).collect())
}

/// Marks deliveries as done, in the transaction of their effect.
///
/// # Errors
/// [`StorageError`].
pub fn deliveries_finish(tx: &mut WriteTx<'_>, ids: &[DeliveryId]) -> Result<(), StorageError> {
    let rows = ids.iter().map(|id| Ok(vec![id.value()?])).collect::<Result<_, StorageError>>()?;
    let text = "UPDATE deliveries SET state = 'done', error = NULL \
         FROM {rows} WHERE deliveries.id = v.id";
    bulk::execute(tx, text, &["id"], rows)?;
    Ok(())
}

/// Plans another try. Not for one that is done meanwhile: its lease had ended and another worker
/// was faster.
///
/// # Errors
/// [`StorageError`].
pub fn delivery_retry(
    tx: &mut WriteTx<'_>,
    id: DeliveryId,
    error: &str,
    run_at: UtcTime,
) -> Result<(), StorageError> {
    let text = "UPDATE deliveries SET error = ?, run_at = ? WHERE id = ? AND state = 'due'";
    execute!(&mut **tx, text, [error, run_at, id]);
    Ok(())
}

/// Parks a delivery that failed too often.
///
/// # Errors
/// [`StorageError`].
pub fn delivery_park(
    tx: &mut WriteTx<'_>,
    id: DeliveryId,
    error: &str,
) -> Result<(), StorageError> {
    let text = "UPDATE deliveries SET state = 'failed', error = ? WHERE id = ? AND state = 'due'";
    execute!(&mut **tx, text, [error, id]);
    Ok(())
}

/// When the next delivery becomes due, a lease's end included; none when nothing is open. Crosses
/// shops: for the worker's timer.
///
/// # Errors
/// [`StorageError`].
pub fn delivery_next_due_at(conn: &mut DbConn) -> Result<Option<UtcTime>, StorageError> {
    // The constant state lets both databases use the index of what is due.
    let text = "SELECT run_at FROM deliveries WHERE state = 'due' ORDER BY run_at LIMIT 1";
    let found = load!(conn, text, [] => diesel::sql_types::BigInt as i64);
    Ok(found.first().copied().map(UtcTime::from_micros))
}
