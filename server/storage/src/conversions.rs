//! Conversions: one affiliate's credit for one order. Whoever changes one has locked its order
//! ([`crate::orders::orders_lock`]).

use std::collections::HashMap;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};
use domain::{
    ids::{AffiliateId, ClickId, ConversionId, OrderId, ProgramId, ShopId},
    money::Currency,
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::{Bound, Record, record},
    lookup::{keys_of_shop, lookup, lookup_as},
    schema::conversions,
    sql::load,
};

record! {
    /// One affiliate's credit for one order. Amounts in minor units.
    pub struct ConversionRow in conversions {
        /// Ours; the transaction id of its postbacks comes from it.
        pub id: ConversionId,
        /// Its shop.
        pub shop_id: ShopId,
        /// Its order.
        pub order_id: OrderId,
        /// Who is credited.
        pub affiliate_id: AffiliateId,
        /// 0 for the credit itself; 1, 2 … for those above whoever has it.
        pub level: i64,
        /// Whose credit it comes from: the same affiliate on level 0.
        pub source_id: AffiliateId,
        /// By which program.
        pub program_id: ProgramId,
        /// By which version of its rules (G87).
        pub program_version: i64,
        /// The click that won.
        pub click_id: Option<ClickId>,
        /// How it was attributed.
        pub method: String,
        /// Which of several shares of a split order.
        pub share_index: i64,
        /// Where it stands.
        pub status: String,
        /// Why it stands there.
        pub reason: Option<String>,
        /// The order's currency.
        pub currency: Currency,
        /// What the commission is computed from.
        pub sales_minor: i64,
        /// What it earns now.
        pub commission_minor: i64,
        /// What it earned when it was made.
        pub first_commission_minor: i64,
        /// The affiliate's currency.
        pub payout_currency: Currency,
        /// The rate of exchange, fixed when it was made.
        pub payout_rate: Option<String>,
        /// The commission in the affiliate's currency.
        pub payout_minor: i64,
        /// How the amount came about, as JSON.
        pub explanation: String,
        /// What the next change has to know, as JSON.
        pub memory: String,
        /// When the order was placed.
        pub ordered_at: UtcTime,
        /// When it will be approved by itself.
        pub approve_at: Option<UtcTime>,
        /// When it was approved, while it is.
        pub approved_at: Option<UtcTime>,
        /// Counts its changes; each change's ledger entry carries it.
        pub version: i64,
        /// When it was made.
        pub created_at: UtcTime,
        /// When it last changed.
        pub updated_at: UtcTime,
    }
}

/// Which conversions a list shows. The default is all.
#[derive(Debug, Clone, Default)]
pub struct ConversionFilter {
    /// Of this affiliate.
    pub affiliate_id: Option<AffiliateId>,
    /// By this program.
    pub program_id: Option<ProgramId>,
    /// With this status.
    pub status: Option<String>,
    /// Of orders placed from this moment on.
    pub from: Option<UtcTime>,
    /// Of orders placed before this moment.
    pub until: Option<UtcTime>,
}

/// Stores conversions, new ones and changed ones; what a conversion is about never changes.
///
/// # Errors
/// [`StorageError::Conflict`] when the affiliate has another conversion for the order from the same
/// credit.
pub fn conversions_save(
    tx: &mut WriteTx<'_>,
    conversions: &[ConversionRow],
) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (id) DO UPDATE SET program_id = excluded.program_id, \
         program_version = excluded.program_version, click_id = excluded.click_id, \
         method = excluded.method, share_index = excluded.share_index, status = excluded.status, \
         reason = excluded.reason, sales_minor = excluded.sales_minor, \
         commission_minor = excluded.commission_minor, payout_minor = excluded.payout_minor, \
         explanation = excluded.explanation, memory = excluded.memory, ordered_at = excluded.ordered_at, \
         approve_at = excluded.approve_at, approved_at = excluded.approved_at, version = excluded.version, \
         updated_at = excluded.updated_at";
    bulk::insert(tx, conversions, tail)?;
    Ok(())
}

/// The conversions of some orders of the shop, by order, level and share.
///
/// # Errors
/// [`StorageError`].
pub fn conversions_of_orders(
    conn: &mut DbConn,
    shop: ShopId,
    orders: &[OrderId],
) -> Result<Vec<ConversionRow>, StorageError> {
    let keys = keys_of_shop(&shop, orders)?;
    // The sum keeps a planner without statistics away from the index of the shop's conversions.
    let per_key = "WHERE shop_id + 0 = ? AND order_id = ? \
         ORDER BY level, share_index, id";
    Ok(lookup!(conn, ConversionRow, per_key, keys))
}

/// A conversion of the shop.
///
/// # Errors
/// [`StorageError`].
pub fn conversion_by_id(
    conn: &mut DbConn,
    shop: ShopId,
    id: ConversionId,
) -> Result<Option<ConversionRow>, StorageError> {
    let query = conversions::table
        .find(id.0)
        .filter(conversions::shop_id.eq(shop.0))
        .select(ConversionRow::as_select());
    Ok(query.first(conn).optional()?)
}

/// Pending conversions whose time of approval has come, earliest first. Crosses shops: the sweeper
/// serves all. Not locked: lock their orders, read them again, then decide.
///
/// # Errors
/// [`StorageError`].
pub fn conversions_due_for_approval(
    conn: &mut DbConn,
    now: UtcTime,
    limit: i64,
) -> Result<Vec<ConversionRow>, StorageError> {
    // The constant status lets both databases use the index of what waits for approval.
    let text = format!(
        "SELECT {} FROM conversions WHERE status = 'pending' AND approve_at IS NOT NULL \
         AND approve_at <= ? ORDER BY approve_at LIMIT ?",
        ConversionRow::COLUMNS.join(", ")
    );
    Ok(load!(conn, &text, [now, limit]
        => <ConversionRow as Record>::SqlType as ConversionRow))
}

/// When the next conversion is approved by itself. Crosses shops: for the sweeper's timer.
///
/// # Errors
/// [`StorageError`].
pub fn conversion_next_approval_at(conn: &mut DbConn) -> Result<Option<UtcTime>, StorageError> {
    let text = "SELECT approve_at FROM conversions WHERE status = 'pending' \
         AND approve_at IS NOT NULL ORDER BY approve_at LIMIT 1";
    let found = load!(conn, text, [] => diesel::sql_types::Nullable<BigInt> as Option<i64>);
    Ok(found.first().copied().flatten().map(UtcTime::from_micros))
}

/// A page of the shop's conversions, by time of the order, newest first, older than the last one of
/// the page before.
///
/// # Errors
/// [`StorageError`].
pub fn conversion_page(
    conn: &mut DbConn,
    shop: ShopId,
    filter: &ConversionFilter,
    before: Option<(UtcTime, ConversionId)>,
    limit: i64,
) -> Result<Vec<ConversionRow>, StorageError> {
    let (time, id) = before.map_or((i64::MAX, i64::MAX), |(time, id)| (time.micros(), id.0));
    let mut query = conversions::table
        .filter(conversions::shop_id.eq(shop.0))
        .filter(conversions::ordered_at.le(time))
        .filter(conversions::ordered_at.lt(time).or(conversions::id.lt(id)))
        .order((conversions::ordered_at.desc(), conversions::id.desc()))
        .limit(limit)
        .select(ConversionRow::as_select())
        .into_boxed();
    if let Some(affiliate) = filter.affiliate_id {
        query = query.filter(conversions::affiliate_id.eq(affiliate.0));
    }
    if let Some(program) = filter.program_id {
        query = query.filter(conversions::program_id.eq(program.0));
    }
    if let Some(status) = &filter.status {
        query = query.filter(conversions::status.eq(status));
    }
    if let Some(from) = filter.from {
        query = query.filter(conversions::ordered_at.ge(from.micros()));
    }
    if let Some(until) = filter.until {
        query = query.filter(conversions::ordered_at.lt(until.micros()));
    }
    Ok(query.load(conn)?)
}

/// How many orders of an affiliate were credited within a time, both ends included; counts no further
/// than `most`.
///
/// # Errors
/// [`StorageError`].
pub fn conversion_count_between(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
    (from, until): (UtcTime, UtcTime),
    most: i64,
) -> Result<i64, StorageError> {
    let text = "SELECT COUNT(*) FROM (SELECT 1 FROM conversions WHERE affiliate_id = ? \
         AND ordered_at >= ? AND ordered_at <= ? AND shop_id + 0 = ? AND level = 0 LIMIT ?) AS found";
    let found = load!(conn, text, [affiliate, from, until, shop, most] => BigInt as i64);
    Ok(found.first().copied().unwrap_or(0))
}

/// Days between an order and its conversion that lists of fresh conversions still look back.
const PLACED_BEFORE_DAYS: i64 = 7;

/// What an affiliate's own conversions of a time come to, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earned {
    /// How many.
    pub orders: i64,
    /// Their commission in minor units.
    pub commission_minor: i64,
    /// Its currency.
    pub currency: Currency,
}

/// What an affiliate's own conversions come to that were made after one moment and until another, as far as
/// they earn something and stand; by currency.
///
/// # Errors
/// [`StorageError`].
pub fn earned_between(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
    (after, until): (UtcTime, UtcTime),
) -> Result<Vec<Earned>, StorageError> {
    // An order is told of soon after it is placed: this bound lets the index be used.
    let placed_from = after.plus_days(-PLACED_BEFORE_DAYS);
    // A sum of BIGINT is a NUMERIC on PostgreSQL.
    let text = "SELECT currency, COUNT(*), CAST(SUM(commission_minor) AS BIGINT) FROM conversions \
         WHERE affiliate_id = ? AND shop_id + 0 = ? AND ordered_at >= ? \
         AND created_at > ? AND created_at <= ? AND level = 0 AND commission_minor > 0 \
         AND status NOT IN ('recorded', 'rejected', 'reversed') GROUP BY currency ORDER BY currency";
    let found = load!(conn, text, [affiliate, shop, placed_from, after, until]
        => (Text, BigInt, BigInt) as (String, i64, i64));
    let earned = found.into_iter().map(|(currency, orders, commission_minor)| {
        let currency =
            Currency::parse(&currency).map_err(|error| StorageError::Corrupt(error.to_string()))?;
        Ok(Earned { orders, commission_minor, currency })
    });
    earned.collect()
}

/// How many orders of each affiliate were credited since a moment, and how many of these were refunded
/// whole or charged back; who had none is not in the map.
///
/// # Errors
/// [`StorageError`].
pub fn refund_counts(
    conn: &mut DbConn,
    shop: ShopId,
    affiliates: &[AffiliateId],
    since: UtcTime,
) -> Result<HashMap<AffiliateId, (i64, i64)>, StorageError> {
    let text = "SELECT affiliate_id, COUNT(*), \
         COUNT(CASE WHEN reason IN ('refunded', 'chargeback') THEN 1 END) FROM conversions \
         WHERE shop_id + 0 = ? AND affiliate_id = ? AND ordered_at >= ? AND level = 0 \
         AND status NOT IN ('recorded', 'rejected') GROUP BY affiliate_id";
    let mut keys = keys_of_shop(&shop, affiliates)?;
    for key in &mut keys {
        key.push(since.value()?);
    }
    let found =
        lookup_as!(conn, text, keys => (BigInt, BigInt, BigInt) as (i64, i64, i64)).into_iter();
    Ok(found.map(|(affiliate, all, refunded)| (AffiliateId(affiliate), (all, refunded))).collect())
}
