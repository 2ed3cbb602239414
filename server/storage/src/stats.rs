//! Sums per affiliate and day, kept by the transactions that change what they count: dashboards never
//! scan clicks or orders.

use std::collections::BTreeMap;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};
use domain::{
    ids::{AffiliateId, ShopId},
    money::Currency,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::{Stored, record},
    ledger::checked_sum,
    schema::daily_stats,
    sql::load,
};

record! {
    /// One affiliate's day, or, to [`daily_stats_add`], what to add to it.
    pub struct DailyStat in daily_stats {
        /// Its shop.
        pub shop_id: ShopId,
        /// Whose it is.
        pub affiliate_id: AffiliateId,
        /// Days since 1970-01-01 UTC.
        pub day: i64,
        /// Of the amounts.
        pub currency: Currency,
        /// Clicks.
        pub clicks: i64,
        /// Conversions.
        pub conversions: i64,
        /// Net sales, minor units.
        pub sales_minor: i64,
        /// Net commission, minor units.
        pub commission_minor: i64,
    }
}

/// One day of a whole shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopDay {
    /// Days since 1970-01-01 UTC.
    pub day: i64,
    /// Of the amounts.
    pub currency: Currency,
    /// Clicks.
    pub clicks: i64,
    /// Conversions.
    pub conversions: i64,
    /// Net sales, minor units.
    pub sales_minor: i64,
    /// Net commission, minor units.
    pub commission_minor: i64,
}

/// Adds to days; several for one day are summed first.
///
/// # Errors
/// [`StorageError::Other`] when a sum does not fit into 64 bits.
pub fn daily_stats_add(tx: &mut WriteTx<'_>, deltas: &[DailyStat]) -> Result<(), StorageError> {
    // Sorted: two transactions that touch the same days take their rows in one order.
    let mut sums: BTreeMap<(AffiliateId, i64, Currency), DailyStat> = BTreeMap::new();
    for delta in deltas {
        match sums.get_mut(&(delta.affiliate_id, delta.day, delta.currency)) {
            Some(sum) => sum.add(delta)?,
            None => {
                sums.insert((delta.affiliate_id, delta.day, delta.currency), delta.clone());
            }
        }
    }
    let rows: Vec<DailyStat> = sums.into_values().collect();
    let tail = "ON CONFLICT (affiliate_id, day, currency) DO UPDATE SET \
         clicks = daily_stats.clicks + excluded.clicks, \
         conversions = daily_stats.conversions + excluded.conversions, \
         sales_minor = daily_stats.sales_minor + excluded.sales_minor, \
         commission_minor = daily_stats.commission_minor + excluded.commission_minor";
    bulk::insert(tx, &rows, tail)?;
    Ok(())
}

impl DailyStat {
    fn add(&mut self, delta: &Self) -> Result<(), StorageError> {
        self.clicks = checked_sum(self.clicks, delta.clicks)?;
        self.conversions = checked_sum(self.conversions, delta.conversions)?;
        self.sales_minor = checked_sum(self.sales_minor, delta.sales_minor)?;
        self.commission_minor = checked_sum(self.commission_minor, delta.commission_minor)?;
        Ok(())
    }
}

/// An affiliate's days from one to another, both included, oldest first; days without anything are
/// left out.
///
/// # Errors
/// [`StorageError`].
pub fn stats_of_affiliate(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
    (first_day, last_day): (i64, i64),
    limit: i64,
) -> Result<Vec<DailyStat>, StorageError> {
    let query = daily_stats::table
        .filter(daily_stats::affiliate_id.eq(affiliate.0))
        .filter(daily_stats::shop_id.eq(shop.0))
        .filter(daily_stats::day.between(first_day, last_day))
        .order((daily_stats::day, daily_stats::currency))
        .limit(limit)
        .select(DailyStat::as_select());
    Ok(query.load(conn)?)
}

/// The shop's days, summed over its affiliates, as [`stats_of_affiliate`].
///
/// # Errors
/// [`StorageError`].
pub fn stats_of_shop(
    conn: &mut DbConn,
    shop: ShopId,
    (first_day, last_day): (i64, i64),
    limit: i64,
) -> Result<Vec<ShopDay>, StorageError> {
    type Sums = (BigInt, Text, BigInt, BigInt, BigInt, BigInt);
    type Row = (i64, String, i64, i64, i64, i64);
    // A sum of BIGINT is a NUMERIC on PostgreSQL.
    let text = "SELECT day, currency, CAST(SUM(clicks) AS BIGINT), \
         CAST(SUM(conversions) AS BIGINT), CAST(SUM(sales_minor) AS BIGINT), \
         CAST(SUM(commission_minor) AS BIGINT) FROM daily_stats \
         WHERE shop_id = ? AND day BETWEEN ? AND ? \
         GROUP BY day, currency ORDER BY day, currency LIMIT ?";
    let found = load!(conn, text, [shop, first_day, last_day, limit] => Sums as Row);
    found
        .into_iter()
        .map(|(day, currency, clicks, conversions, sales_minor, commission_minor)| {
            let currency = Currency::load(currency)
                .map_err(|error| StorageError::Corrupt(error.to_string()))?;
            Ok(ShopDay { day, currency, clicks, conversions, sales_minor, commission_minor })
        })
        .collect()
}

/// The shop's best affiliates by sales within the days, with the sums of that time, one row for each
/// affiliate and currency; `day` is the first day.
///
/// # Errors
/// [`StorageError`].
pub fn stats_top_affiliates(
    conn: &mut DbConn,
    shop: ShopId,
    (first_day, last_day): (i64, i64),
    limit: i64,
) -> Result<Vec<DailyStat>, StorageError> {
    type SqlType = <DailyStat as crate::columns::Record>::SqlType;
    let text = "SELECT shop_id, affiliate_id, MIN(day), currency, CAST(SUM(clicks) AS BIGINT), \
         CAST(SUM(conversions) AS BIGINT), CAST(SUM(sales_minor) AS BIGINT) AS sales, \
         CAST(SUM(commission_minor) AS BIGINT) FROM daily_stats \
         WHERE shop_id = ? AND day BETWEEN ? AND ? \
         GROUP BY shop_id, affiliate_id, currency \
         ORDER BY sales DESC, affiliate_id, currency LIMIT ?";
    Ok(load!(conn, text, [shop, first_day, last_day, limit] => SqlType as DailyStat))
}
