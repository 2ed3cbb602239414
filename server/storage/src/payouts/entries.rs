//! The ledger entries that payments are made of.

use diesel::prelude::*;
use domain::ids::{AffiliateId, PayoutId, ShopId};

use super::PayoutEntry;
use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::Record,
    ledger::{Balance, Entry},
    schema::{balances, ledger_entries, payout_entries},
    sql::{execute, load},
};

/// An affiliate's entries that may be paid and that no payout pays yet, oldest first: those of
/// conversions past their hold, and those without a conversion. Payouts' own entries are none.
///
/// # Errors
/// [`StorageError`].
pub fn entries_unpaid(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
    limit: i64,
) -> Result<Vec<Entry>, StorageError> {
    let columns: Vec<String> =
        <Entry as Record>::COLUMNS.iter().map(|name| format!("e.{name}")).collect();
    let text = format!(
        "SELECT {} FROM ledger_entries AS e \
         LEFT JOIN conversions AS c ON c.id = e.conversion_id \
         LEFT JOIN payout_entries AS p ON p.entry_id = e.id \
         WHERE e.shop_id = ? AND e.affiliate_id = ? AND e.kind <> 'payout' \
         AND p.entry_id IS NULL AND (e.conversion_id IS NULL \
         OR c.status IN ('approved', 'payable', 'paid', 'rejected', 'reversed')) \
         ORDER BY e.at, e.id LIMIT ?",
        columns.join(", ")
    );
    Ok(load!(conn, &text, [shop, affiliate, limit] => <Entry as Record>::SqlType as Entry))
}

/// Freezes entries into a payout.
///
/// # Errors
/// [`StorageError::Conflict`] when one of them is paid by another already.
pub fn payout_entries_insert(
    tx: &mut WriteTx<'_>,
    entries: &[PayoutEntry],
) -> Result<(), StorageError> {
    bulk::insert(tx, entries, "")?;
    Ok(())
}

/// Gives the entries of a payout that failed back.
///
/// # Errors
/// [`StorageError`].
pub fn payout_entries_release(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    payout: PayoutId,
) -> Result<(), StorageError> {
    let text = "DELETE FROM payout_entries WHERE payout_id = ? AND shop_id = ?";
    execute!(&mut **tx, text, [payout, shop]);
    Ok(())
}

/// The entries that a payout pays, oldest first.
///
/// # Errors
/// [`StorageError`].
pub fn entries_of_payout(
    conn: &mut DbConn,
    shop: ShopId,
    payout: PayoutId,
    limit: i64,
) -> Result<Vec<Entry>, StorageError> {
    let query = ledger_entries::table
        .inner_join(payout_entries::table.on(payout_entries::entry_id.eq(ledger_entries::id)))
        .filter(payout_entries::payout_id.eq(payout.0))
        .filter(ledger_entries::shop_id.eq(shop.0))
        .order((ledger_entries::at, ledger_entries::id))
        .limit(limit)
        .select(Entry::as_select());
    Ok(query.load(conn)?)
}

/// The shop's balances with something to pay out or to net, by affiliate, after one of them.
///
/// # Errors
/// [`StorageError`].
pub fn balances_due(
    conn: &mut DbConn,
    shop: ShopId,
    after: Option<AffiliateId>,
    limit: i64,
) -> Result<Vec<Balance>, StorageError> {
    let query = balances::table
        .filter(balances::shop_id.eq(shop.0))
        .filter(balances::payable_minor.ne(0))
        .filter(balances::affiliate_id.gt(after.map_or(0, |id| id.0)))
        .order((balances::affiliate_id, balances::currency))
        .limit(limit)
        .select(Balance::as_select());
    Ok(query.load(conn)?)
}
