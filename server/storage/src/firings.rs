//! Firings: what postbacks have to send, have sent, or did not send and why. Not here: who sends
//! them when (`outbox`), the requests made (`attempts`).

use diesel::prelude::*;
use domain::{
    ids::{AffiliateId, ClickId, ConversionId, FiringId, PostbackId, ProgramId, ShopId},
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::{record, text_enum},
    ids::first_id_at,
    schema::firings,
    sql::execute,
};

mod log;

pub use log::{FiringFilter, FiringPage, StatusClass, firing_page, firing_page_bounded};

text_enum! {
    /// How far a firing got.
    pub enum FiringState {
        /// To be sent at `run_at`, or leased until then.
        Due = "due",
        /// Waits for its paused postback.
        Held = "held",
        /// Accepted by the receiver.
        Delivered = "delivered",
        /// Given up; can be replayed.
        Failed = "failed",
        /// Never sent, for a reason.
        NotSent = "not_sent",
    }
}

record! {
    /// One event matched to one postback.
    pub struct Firing in firings {
        /// Ours.
        pub id: FiringId,
        /// Its shop.
        pub shop_id: ShopId,
        /// What sends it.
        pub postback_id: PostbackId,
        /// The affiliate whose postback it is; none: the merchant's own, which no affiliate may see.
        pub affiliate_id: Option<AffiliateId>,
        /// The program that the event is about.
        pub program_id: Option<ProgramId>,
        /// The conversion that the event is about.
        pub conversion_id: Option<ConversionId>,
        /// The click that the event is about, or that won the conversion.
        pub click_id: Option<ClickId>,
        /// Names the event: one postback fires it once, whatever is repeated upstream.
        pub event_key: String,
        /// The kind of event.
        pub event: String,
        /// The status it tells.
        pub status: Option<String>,
        /// The transaction id it tells.
        pub transaction_id: Option<String>,
        /// The values of the macros, as JSON.
        pub record: String,
        /// How far it got.
        pub state: FiringState,
        /// Why it is not delivered.
        pub reason: Option<String>,
        /// When it may be sent. Set it to the end of a lease when the same process sends it from
        /// memory right after the commit: nobody claims it then unless that process dies.
        pub run_at: UtcTime,
        /// Requests made.
        pub attempts: i64,
        /// Status code of the last answer.
        pub last_status_code: Option<i64>,
        /// It is sent again on request.
        pub is_replay: bool,
        /// When the event happened.
        pub created_at: UtcTime,
        /// When it came to an end.
        pub finished_at: Option<UtcTime>,
    }
}

/// Puts firings into the outbox, in the transaction of what they tell, and answers in the order
/// given which are new. The key that makes a repeat a no-op is `(postback_id, event_key)`.
///
/// # Errors
/// [`StorageError`].
pub fn firing_enqueue_batch(
    tx: &mut WriteTx<'_>,
    firings: &[Firing],
) -> Result<Vec<bool>, StorageError> {
    let mut rows = firings.to_vec();
    // One order in all processes: two that store the same events must not lock each other out.
    rows.sort_by(|a, b| (a.postback_id, &a.event_key).cmp(&(b.postback_id, &b.event_key)));
    let stored = bulk::insert_absent(tx, &rows, "postback_id, event_key", |row| row.id.0)?;
    Ok(firings.iter().map(|firing| stored.contains(&firing.id.0)).collect())
}

/// A firing of the shop.
///
/// # Errors
/// [`StorageError`].
pub fn firing_by_id(
    conn: &mut DbConn,
    shop: ShopId,
    firing: FiringId,
) -> Result<Option<Firing>, StorageError> {
    let query = firings::table
        .find(firing.0)
        .filter(firings::shop_id.eq(shop.0))
        .select(Firing::as_select());
    Ok(query.first(conn).optional()?)
}

/// Deletes up to `limit` of the oldest firings from before a moment, with the requests made for them;
/// returns how many. Crosses shops: retention is the operator's.
///
/// # Errors
/// [`StorageError`].
pub fn firings_drop_before(
    tx: &mut WriteTx<'_>,
    time: UtcTime,
    limit: i64,
) -> Result<usize, StorageError> {
    let which = "SELECT id FROM firings WHERE id < ? AND created_at < ? \
         AND state NOT IN ('due', 'held') ORDER BY id LIMIT ?";
    let first = first_id_at(time);
    let text = format!("DELETE FROM attempts WHERE firing_id IN ({which})");
    execute!(&mut **tx, &text, [first, time, limit]);
    let text = format!("DELETE FROM firings WHERE id IN ({which})");
    Ok(execute!(&mut **tx, &text, [first, time, limit]))
}

/// The firings about a conversion of the shop, oldest first.
///
/// # Errors
/// [`StorageError`].
pub fn firings_of_conversion(
    conn: &mut DbConn,
    shop: ShopId,
    conversion: ConversionId,
    limit: i64,
) -> Result<Vec<Firing>, StorageError> {
    let query = firings::table
        .filter(firings::conversion_id.eq(conversion.0))
        .filter(firings::shop_id.eq(shop.0))
        .order(firings::id)
        .limit(limit)
        .select(Firing::as_select());
    Ok(query.load(conn)?)
}
