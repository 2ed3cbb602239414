//! The ledger, append-only and chained, and the balances that are its sums. One transaction writes
//! both: the entries first, since their chain's lock is taken before the balances' everywhere.

use std::collections::BTreeMap;

use diesel::prelude::*;
use domain::{
    ids::{AffiliateId, ConversionId, EntryId, ShopId},
    money::Currency,
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::record,
    lookup::{keys_of_shop, lookup},
    schema::{balances, ledger_entries},
};

mod chain;
mod manual;

pub use chain::{
    ChainedEntry, DailyHead, Head, chain_page, ledger_daily_heads_of, ledger_head, ledger_shops,
};
pub use manual::{
    ManualEntry, manual_entries_by_ids, manual_entries_of_order, manual_entry_by_request,
    manual_entry_insert,
};

record! {
    /// One line of the ledger. Amounts in minor units, negative for what is taken back.
    pub struct Entry in ledger_entries {
        /// Ours.
        pub id: EntryId,
        /// Its shop.
        pub shop_id: ShopId,
        /// Whose account it is.
        pub affiliate_id: AffiliateId,
        /// The conversion that changed, if one did.
        pub conversion_id: Option<ConversionId>,
        /// When.
        pub at: UtcTime,
        /// What kind of change.
        pub kind: String,
        /// Why.
        pub reason: Option<String>,
        /// The order's currency.
        pub currency: Currency,
        /// The change.
        pub amount_minor: i64,
        /// The affiliate's currency.
        pub payout_currency: Currency,
        /// The change in the affiliate's currency.
        pub payout_amount_minor: i64,
        /// Which version of the conversion wrote it.
        pub conversion_version: Option<i64>,
    }
}

record! {
    /// The sums of an affiliate's entries in one currency, or, to [`balances_add`], what to add to
    /// them. Minor units.
    pub struct Balance in balances {
        /// Its shop.
        pub shop_id: ShopId,
        /// Whose it is.
        pub affiliate_id: AffiliateId,
        /// The affiliate's currency.
        pub currency: Currency,
        /// Not approved yet.
        pub pending_minor: i64,
        /// Approved, not paid yet; negative when more was paid than is earned.
        pub payable_minor: i64,
        /// Paid.
        pub paid_minor: i64,
    }
}

/// Appends entries, each shop's to its chain. The key `(conversion_id, conversion_version)` makes it
/// impossible to book one change of a conversion twice.
///
/// # Errors
/// [`StorageError::Conflict`] for a change that is booked already: the whole write is rolled back
/// and runs again, and then reads what the other one stored.
pub fn entries_append(tx: &mut WriteTx<'_>, entries: &[Entry]) -> Result<(), StorageError> {
    let mut by_shop: BTreeMap<ShopId, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        by_shop.entry(entry.shop_id).or_default().push(entry);
    }
    for (shop, entries) in by_shop {
        chain::append(tx, shop, &entries)?;
    }
    Ok(())
}

/// The entries of some conversions of the shop, by conversion, oldest first.
///
/// # Errors
/// [`StorageError`].
pub fn entries_of_conversions(
    conn: &mut DbConn,
    shop: ShopId,
    conversions: &[ConversionId],
) -> Result<Vec<Entry>, StorageError> {
    let keys = keys_of_shop(&shop, conversions)?;
    let per_key = "WHERE shop_id = ? AND conversion_id = ? \
         ORDER BY conversion_version, id";
    Ok(lookup!(conn, Entry, per_key, keys))
}

/// An affiliate's entries, newest first, older than the last one of the page before.
///
/// # Errors
/// [`StorageError`].
pub fn entry_page(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
    before: Option<(UtcTime, EntryId)>,
    limit: i64,
) -> Result<Vec<Entry>, StorageError> {
    let (time, id) = before.map_or((i64::MAX, i64::MAX), |(time, id)| (time.micros(), id.0));
    let query = ledger_entries::table
        .filter(ledger_entries::shop_id.eq(shop.0))
        .filter(ledger_entries::affiliate_id.eq(affiliate.0))
        .filter(ledger_entries::at.le(time))
        .filter(ledger_entries::at.lt(time).or(ledger_entries::id.lt(id)))
        .order((ledger_entries::at.desc(), ledger_entries::id.desc()))
        .limit(limit)
        .select(Entry::as_select());
    Ok(query.load(conn)?)
}

/// All entries of a shop in the order of their ids, after one of them: for verifying the balances.
///
/// # Errors
/// [`StorageError`].
pub fn entries_after(
    conn: &mut DbConn,
    shop: ShopId,
    after: EntryId,
    limit: i64,
) -> Result<Vec<Entry>, StorageError> {
    let query = ledger_entries::table
        .filter(ledger_entries::shop_id.eq(shop.0))
        .filter(ledger_entries::id.gt(after.0))
        .order(ledger_entries::id)
        .limit(limit)
        .select(Entry::as_select());
    Ok(query.load(conn)?)
}

/// Adds amounts to balances; several for one balance are summed first.
///
/// # Errors
/// [`StorageError::Other`] when a sum does not fit into 64 bits.
pub fn balances_add(tx: &mut WriteTx<'_>, deltas: &[Balance]) -> Result<(), StorageError> {
    // Sorted: two transactions that touch the same balances take their rows in one order.
    let mut sums: BTreeMap<(AffiliateId, Currency), Balance> = BTreeMap::new();
    for delta in deltas {
        match sums.get_mut(&(delta.affiliate_id, delta.currency)) {
            Some(sum) => sum.add(delta)?,
            None => {
                sums.insert((delta.affiliate_id, delta.currency), delta.clone());
            }
        }
    }
    let rows: Vec<Balance> = sums.into_values().collect();
    let tail = "ON CONFLICT (affiliate_id, currency) DO UPDATE SET \
         pending_minor = balances.pending_minor + excluded.pending_minor, \
         payable_minor = balances.payable_minor + excluded.payable_minor, \
         paid_minor = balances.paid_minor + excluded.paid_minor";
    bulk::insert(tx, &rows, tail)?;
    Ok(())
}

impl Balance {
    fn add(&mut self, delta: &Self) -> Result<(), StorageError> {
        self.pending_minor = checked_sum(self.pending_minor, delta.pending_minor)?;
        self.payable_minor = checked_sum(self.payable_minor, delta.payable_minor)?;
        self.paid_minor = checked_sum(self.paid_minor, delta.paid_minor)?;
        Ok(())
    }
}

/// A sum that fits.
pub(crate) fn checked_sum(a: i64, b: i64) -> Result<i64, StorageError> {
    a.checked_add(b).ok_or_else(|| StorageError::Other(format!("{a} + {b} is out of range")))
}

/// An affiliate's balances, one for each currency it ever had.
///
/// # Errors
/// [`StorageError`].
pub fn balances_of(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
) -> Result<Vec<Balance>, StorageError> {
    let query = balances::table
        .filter(balances::affiliate_id.eq(affiliate.0))
        .filter(balances::shop_id.eq(shop.0))
        .order(balances::currency)
        // As many as there are currencies.
        .limit(200)
        .select(Balance::as_select());
    Ok(query.load(conn)?)
}

/// The balances of some affiliates of the shop, for a page of them.
///
/// # Errors
/// [`StorageError`].
pub fn balances_of_affiliates(
    conn: &mut DbConn,
    shop: ShopId,
    affiliates: &[AffiliateId],
) -> Result<Vec<Balance>, StorageError> {
    let ids: Vec<i64> = affiliates.iter().map(|id| id.0).collect();
    let query = balances::table
        .filter(balances::affiliate_id.eq_any(ids))
        .filter(balances::shop_id.eq(shop.0))
        .order((balances::affiliate_id, balances::currency))
        .select(Balance::as_select());
    Ok(query.load(conn)?)
}
