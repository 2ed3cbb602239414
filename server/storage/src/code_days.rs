//! How often affiliates' codes decided about orders, by day (N18): what the coupon meter adds up. Written
//! by the transaction that decides.

use std::collections::BTreeMap;

use diesel::sql_types::{BigInt, Text};
use domain::{
    fraud::CodeUses,
    ids::{AffiliateId, ShopId},
};

use crate::{DbConn, StorageError, WriteTx, bulk, columns::record, ledger::checked_sum, sql::load};

record! {
    /// One code's day, or what to add to it.
    pub struct CodeDay in code_days {
        /// Its shop.
        pub shop_id: ShopId,
        /// Days since 1970-01-01 UTC.
        pub day: i64,
        /// The code, folded.
        pub code_folded: String,
        /// Whose it was.
        pub affiliate_id: AffiliateId,
        /// Orders that it decided.
        pub orders: i64,
        /// Of these: no click on the affiliate's links.
        pub without_click: i64,
        /// Of these without a click: from a coupon site.
        pub from_coupon_sites: i64,
        /// Of these without a click: just after a click on somebody else's link.
        pub last_moment: i64,
    }
}

/// A code over several days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSum {
    /// The code, folded.
    pub code_folded: String,
    /// Whose it was.
    pub affiliate_id: AffiliateId,
    /// What was counted.
    pub uses: CodeUses,
}

/// Adds to days; several for one day are summed first.
///
/// # Errors
/// [`StorageError::Other`] when a sum does not fit into 64 bits.
pub fn code_days_add(tx: &mut WriteTx<'_>, deltas: &[CodeDay]) -> Result<(), StorageError> {
    // Sorted: two transactions that touch the same days take their rows in one order.
    let mut sums: BTreeMap<(ShopId, i64, &str, AffiliateId), CodeDay> = BTreeMap::new();
    for delta in deltas {
        let key = (delta.shop_id, delta.day, delta.code_folded.as_str(), delta.affiliate_id);
        match sums.get_mut(&key) {
            Some(sum) => sum.add(delta)?,
            None => {
                sums.insert(key, delta.clone());
            }
        }
    }
    let rows: Vec<CodeDay> = sums.into_values().collect();
    let tail = "ON CONFLICT (shop_id, day, code_folded, affiliate_id) DO UPDATE SET \
         orders = code_days.orders + excluded.orders, \
         without_click = code_days.without_click + excluded.without_click, \
         from_coupon_sites = code_days.from_coupon_sites + excluded.from_coupon_sites, \
         last_moment = code_days.last_moment + excluded.last_moment";
    bulk::insert(tx, &rows, tail)?;
    Ok(())
}

impl CodeDay {
    fn add(&mut self, delta: &Self) -> Result<(), StorageError> {
        self.orders = checked_sum(self.orders, delta.orders)?;
        self.without_click = checked_sum(self.without_click, delta.without_click)?;
        self.from_coupon_sites = checked_sum(self.from_coupon_sites, delta.from_coupon_sites)?;
        self.last_moment = checked_sum(self.last_moment, delta.last_moment)?;
        Ok(())
    }
}

/// The shop's codes with what was counted from one day to another, both included; the most used first.
///
/// # Errors
/// [`StorageError`].
pub fn code_sums_of_shop(
    conn: &mut DbConn,
    shop: ShopId,
    (first_day, last_day): (i64, i64),
    limit: i64,
) -> Result<Vec<CodeSum>, StorageError> {
    type Sums = (Text, BigInt, BigInt, BigInt, BigInt, BigInt);
    type Row = (String, i64, i64, i64, i64, i64);
    // A sum of BIGINT is a NUMERIC on PostgreSQL.
    let text = "SELECT code_folded, affiliate_id, CAST(SUM(orders) AS BIGINT) AS used, \
         CAST(SUM(without_click) AS BIGINT), CAST(SUM(from_coupon_sites) AS BIGINT), \
         CAST(SUM(last_moment) AS BIGINT) FROM code_days \
         WHERE shop_id = ? AND day BETWEEN ? AND ? \
         GROUP BY code_folded, affiliate_id ORDER BY used DESC, code_folded, affiliate_id LIMIT ?";
    let found = load!(conn, text, [shop, first_day, last_day, limit] => Sums as Row);
    let sum =
        |(code_folded, affiliate, orders, without_click, from_coupon_sites, last_moment): Row| {
            CodeSum {
                code_folded,
                affiliate_id: AffiliateId(affiliate),
                uses: CodeUses { orders, without_click, from_coupon_sites, last_moment },
            }
        };
    Ok(found.into_iter().map(sum).collect())
}
