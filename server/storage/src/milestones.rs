//! What tiers and bonuses look at: an affiliate's net approved sales by period, kept by the
//! transactions that change them, and the bonuses granted for them. One row for each period, so the
//! cost does not grow with the number of orders.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    ids::{AffiliateId, ProgramId, ShopId},
    money::Currency,
    program::Period,
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::{Bound as _, record},
    ledger::checked_sum,
    lookup::lookup,
    sql::{Value, load},
};

record! {
    /// Net approved sales of one affiliate in one program and period, or, to [`period_sales_add`], what
    /// to add to them. Minor units of the shop's currency.
    pub struct PeriodSales in period_sales {
        /// Whose.
        pub affiliate_id: AffiliateId,
        /// By which program.
        pub program_id: ProgramId,
        /// Kind of period.
        pub scope: Period,
        /// When the period began.
        pub starts_at: UtcTime,
        /// The shop.
        pub shop_id: ShopId,
        /// The sum.
        pub sales_minor: i64,
        /// The highest that the sum ever was; not read when adding.
        pub peak_minor: i64,
    }
}

record! {
    /// What was granted for reaching a sum in one period.
    pub struct BonusGrant in bonus_grants {
        /// Whose.
        pub affiliate_id: AffiliateId,
        /// By which program.
        pub program_id: ProgramId,
        /// Kind of period.
        pub scope: Period,
        /// When the period began.
        pub starts_at: UtcTime,
        /// Which of the program's bonuses.
        pub position: i64,
        /// The shop.
        pub shop_id: ShopId,
        /// What stands in the ledger for it, in the shop's currency.
        pub amount_minor: i64,
        /// The affiliate's currency when it was granted.
        pub payout_currency: Currency,
        /// The same in the affiliate's currency.
        pub payout_minor: i64,
    }
}

/// One affiliate's period in one program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeriodKey {
    /// Whose.
    pub affiliate: AffiliateId,
    /// By which program.
    pub program: ProgramId,
    /// Kind of period.
    pub scope: Period,
    /// When the period began.
    pub starts_at: UtcTime,
}

impl PeriodSales {
    /// What it is the sum of.
    #[must_use]
    pub const fn key(&self) -> PeriodKey {
        PeriodKey {
            affiliate: self.affiliate_id,
            program: self.program_id,
            scope: self.scope,
            starts_at: self.starts_at,
        }
    }
}

/// Adds to sums; several for one period are added up first. Until the transaction ends nobody else
/// changes these sums, so what is read afterwards stays true.
///
/// # Errors
/// [`StorageError::Other`] when a sum does not fit into 64 bits.
pub fn period_sales_add(tx: &mut WriteTx<'_>, deltas: &[PeriodSales]) -> Result<(), StorageError> {
    // Sorted: two transactions that touch the same periods take their rows in one order.
    let mut sums: BTreeMap<PeriodKey, PeriodSales> = BTreeMap::new();
    for delta in deltas {
        match sums.get_mut(&delta.key()) {
            Some(sum) => sum.sales_minor = checked_sum(sum.sales_minor, delta.sales_minor)?,
            None => {
                sums.insert(delta.key(), delta.clone());
            }
        }
    }
    let rows: Vec<PeriodSales> = sums
        .into_values()
        .map(|sum| PeriodSales { peak_minor: sum.sales_minor.max(0), ..sum })
        .collect();
    let tail = "ON CONFLICT (affiliate_id, program_id, scope, starts_at) DO UPDATE SET \
         sales_minor = period_sales.sales_minor + excluded.sales_minor, \
         peak_minor = CASE \
         WHEN period_sales.sales_minor + excluded.sales_minor > period_sales.peak_minor \
         THEN period_sales.sales_minor + excluded.sales_minor ELSE period_sales.peak_minor END";
    bulk::insert(tx, &rows, tail)?;
    Ok(())
}

/// The sums of some periods of the shop; periods without sales are left out.
///
/// # Errors
/// [`StorageError`].
pub fn period_sales_of(
    conn: &mut DbConn,
    shop: ShopId,
    periods: &BTreeSet<PeriodKey>,
) -> Result<Vec<PeriodSales>, StorageError> {
    let per_key = "WHERE shop_id = ? AND affiliate_id = ? AND program_id = ? AND scope = ? \
         AND starts_at = ?";
    Ok(lookup!(conn, PeriodSales, per_key, keys(&shop, periods)?))
}

/// The best period up to and including each of the given ones, by its peak.
///
/// # Errors
/// [`StorageError`].
pub fn period_peaks_until(
    conn: &mut DbConn,
    shop: ShopId,
    periods: &BTreeSet<PeriodKey>,
) -> Result<Vec<(PeriodKey, i64)>, StorageError> {
    let per_key = "WHERE shop_id = ? AND affiliate_id = ? AND program_id = ? AND scope = ? \
         AND starts_at <= ? ORDER BY peak_minor DESC LIMIT 1";
    let mut peaks = Vec::with_capacity(periods.len());
    // One by one: the row does not say for which period it was asked.
    for period in periods {
        let one = BTreeSet::from([*period]);
        let found = lookup!(&mut *conn, PeriodSales, per_key, keys(&shop, &one)?);
        peaks.extend(found.first().map(|best| (*period, best.peak_minor)));
    }
    Ok(peaks)
}

fn keys<'a>(
    shop: &'a ShopId,
    periods: &'a BTreeSet<PeriodKey>,
) -> Result<Vec<Vec<Value<'a>>>, StorageError> {
    periods
        .iter()
        .map(|period| {
            Ok(vec![
                shop.value()?,
                period.affiliate.value()?,
                period.program.value()?,
                period.scope.value()?,
                period.starts_at.value()?,
            ])
        })
        .collect()
}

/// The bonuses granted for some periods of the shop.
///
/// # Errors
/// [`StorageError`].
pub fn bonus_grants_of(
    conn: &mut DbConn,
    shop: ShopId,
    periods: &BTreeSet<PeriodKey>,
) -> Result<Vec<BonusGrant>, StorageError> {
    let per_key = "WHERE shop_id = ? AND affiliate_id = ? AND program_id = ? AND scope = ? \
         AND starts_at = ? ORDER BY position";
    Ok(lookup!(conn, BonusGrant, per_key, keys(&shop, periods)?))
}

/// Stores what now stands in the ledger for bonuses.
///
/// # Errors
/// [`StorageError`].
pub fn bonus_grants_save(tx: &mut WriteTx<'_>, grants: &[BonusGrant]) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (affiliate_id, program_id, scope, starts_at, position) DO UPDATE SET \
         amount_minor = excluded.amount_minor, payout_currency = excluded.payout_currency, \
         payout_minor = excluded.payout_minor";
    bulk::insert(tx, grants, tail)?;
    Ok(())
}

/// One approved conversion, for sums as they stood at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApprovedSale {
    /// Whose.
    pub affiliate: AffiliateId,
    /// When the order was placed.
    pub ordered_at: UtcTime,
    /// When it was approved.
    pub approved_at: UtcTime,
    /// What remains of the sale, minor units.
    pub sales_minor: i64,
}

/// Approved sales up to a time, and one by one from there on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApprovedSales {
    /// Sums per affiliate.
    pub before: Vec<(AffiliateId, i64)>,
    /// In the order of their approval.
    pub since: Vec<ApprovedSale>,
}

/// The program's approved conversions of orders placed from `first` on: those before `from` summed per
/// affiliate, all others one by one in the order of their approval. For a dry run: it reads them all.
///
/// # Errors
/// [`StorageError`].
pub fn approved_sales_since(
    conn: &mut DbConn,
    shop: ShopId,
    program: ProgramId,
    (first, from): (UtcTime, UtcTime),
) -> Result<ApprovedSales, StorageError> {
    use diesel::sql_types::BigInt;

    let sums = "SELECT affiliate_id, CAST(SUM(sales_minor) AS BIGINT) FROM conversions \
         WHERE shop_id = ? AND program_id = ? AND level = 0 AND ordered_at >= ? \
         AND ordered_at < ? AND approved_at < ? GROUP BY affiliate_id";
    let sums = load!(&mut *conn, sums, [shop, program, first, from, from]
        => (BigInt, BigInt) as (i64, i64));
    let rows = "SELECT affiliate_id, ordered_at, approved_at, sales_minor FROM conversions \
         WHERE shop_id = ? AND program_id = ? AND level = 0 AND ordered_at >= ? \
         AND approved_at IS NOT NULL AND (ordered_at >= ? OR approved_at >= ?) \
         ORDER BY approved_at, id";
    let rows = load!(conn, rows, [shop, program, first, from, from]
        => (BigInt, BigInt, BigInt, BigInt) as (i64, i64, i64, i64));
    let rows =
        rows.into_iter().map(|(affiliate, ordered_at, approved_at, sales_minor)| ApprovedSale {
            affiliate: AffiliateId(affiliate),
            ordered_at: UtcTime::from_micros(ordered_at),
            approved_at: UtcTime::from_micros(approved_at),
            sales_minor,
        });
    let sums = sums.into_iter().map(|(affiliate, sum)| (AffiliateId(affiliate), sum));
    Ok(ApprovedSales { before: sums.collect(), since: rows.collect() })
}

/// The highest sum that each affiliate of a program had in a period that began before a time.
///
/// # Errors
/// [`StorageError`].
pub fn period_peaks_before(
    conn: &mut DbConn,
    shop: ShopId,
    program: ProgramId,
    (scope, before): (Period, UtcTime),
) -> Result<Vec<(AffiliateId, i64)>, StorageError> {
    use diesel::sql_types::BigInt;

    let text = "SELECT affiliate_id, MAX(peak_minor) FROM period_sales WHERE shop_id = ? \
         AND program_id = ? AND scope = ? AND starts_at < ? GROUP BY affiliate_id";
    let found = load!(conn, text, [shop, program, scope, before] => (BigInt, BigInt) as (i64, i64));
    Ok(found.into_iter().map(|(affiliate, peak)| (AffiliateId(affiliate), peak)).collect())
}
