//! Visits that are counted per affiliate and day and not stored: bots, and visitors who allowed
//! nothing (N20). Nothing here says anything about a visitor.

use std::collections::BTreeMap;

use diesel::prelude::*;
use domain::ids::{AffiliateId, ShopId};

use crate::{
    DbConn, StorageError, WriteTx, bulk, columns::record, ledger::checked_sum,
    schema::visit_counts, sql::load,
};

record! {
    /// One affiliate's day, or what to add to it.
    pub struct VisitCount in visit_counts {
        /// Its shop.
        pub shop_id: ShopId,
        /// Whose links they were.
        pub affiliate_id: AffiliateId,
        /// Days since 1970-01-01 UTC.
        pub day: i64,
        /// Visits of programs.
        pub bots: i64,
        /// Visits without consent.
        pub without_consent: i64,
    }
}

/// Adds to days; several for one day are summed first.
///
/// # Errors
/// [`StorageError::Other`] when a sum does not fit into 64 bits.
pub fn visit_counts_add(tx: &mut WriteTx<'_>, deltas: &[VisitCount]) -> Result<(), StorageError> {
    // Sorted: two transactions that touch the same days take their rows in one order.
    let mut sums: BTreeMap<(AffiliateId, i64), VisitCount> = BTreeMap::new();
    for delta in deltas {
        match sums.get_mut(&(delta.affiliate_id, delta.day)) {
            Some(sum) => {
                sum.bots = checked_sum(sum.bots, delta.bots)?;
                sum.without_consent = checked_sum(sum.without_consent, delta.without_consent)?;
            }
            None => {
                sums.insert((delta.affiliate_id, delta.day), delta.clone());
            }
        }
    }
    let rows: Vec<VisitCount> = sums.into_values().collect();
    let tail = "ON CONFLICT (affiliate_id, day) DO UPDATE SET \
         bots = visit_counts.bots + excluded.bots, \
         without_consent = visit_counts.without_consent + excluded.without_consent";
    bulk::insert(tx, &rows, tail)?;
    Ok(())
}

/// One day of a whole shop: visits that were stored, and those that were only counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShopVisits {
    /// Days since 1970-01-01 UTC.
    pub day: i64,
    /// Visits of programs.
    pub bots: i64,
    /// Visits without consent.
    pub without_consent: i64,
}

/// The shop's days from one to another, both included, oldest first; days without any are left out.
///
/// # Errors
/// [`StorageError`].
pub fn visit_counts_of_shop(
    conn: &mut DbConn,
    shop: ShopId,
    (first_day, last_day): (i64, i64),
    limit: i64,
) -> Result<Vec<ShopVisits>, StorageError> {
    use diesel::sql_types::BigInt;

    type Sums = (BigInt, BigInt, BigInt);
    // A sum of BIGINT is a NUMERIC on PostgreSQL.
    let text = "SELECT day, CAST(SUM(bots) AS BIGINT), CAST(SUM(without_consent) AS BIGINT) \
         FROM visit_counts WHERE shop_id = ? AND day BETWEEN ? AND ? \
         GROUP BY day ORDER BY day LIMIT ?";
    let found = load!(conn, text, [shop, first_day, last_day, limit] => Sums as (i64, i64, i64));
    Ok(found
        .into_iter()
        .map(|(day, bots, without_consent)| ShopVisits { day, bots, without_consent })
        .collect())
}

/// An affiliate's days, newest first.
///
/// # Errors
/// [`StorageError`].
pub fn visit_counts_of_affiliate(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
    limit: i64,
) -> Result<Vec<VisitCount>, StorageError> {
    let query = visit_counts::table
        .filter(visit_counts::affiliate_id.eq(affiliate.0))
        .filter(visit_counts::shop_id.eq(shop.0))
        .order(visit_counts::day.desc())
        .limit(limit)
        .select(VisitCount::as_select());
    Ok(query.load(conn)?)
}
