//! What a person wrote beside an entry of their own.

use diesel::prelude::*;
use domain::ids::{EntryId, OrderId, ShopId};

use super::Entry;
use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::record,
    conn::on_each,
    schema::{ledger_entries, manual_entries},
};

record! {
    /// Who made an entry by hand, about which order, and what they noted.
    pub struct ManualEntry in manual_entries {
        /// The entry.
        pub entry_id: EntryId,
        /// Its shop.
        pub shop_id: ShopId,
        /// The order that it is about, if any.
        pub order_id: Option<OrderId>,
        /// Who made it.
        pub author: String,
        /// For the merchant only.
        pub note: String,
        /// Of the form that it came by: two of one shop are never the same.
        pub request: String,
    }
}

/// Stores what belongs to an entry that was appended before.
///
/// # Errors
/// [`StorageError::Conflict`] for an entry that has it already.
pub fn manual_entry_insert(tx: &mut WriteTx<'_>, entry: &ManualEntry) -> Result<(), StorageError> {
    bulk::insert(tx, std::slice::from_ref(entry), "")?;
    Ok(())
}

/// The manual entry that a form has made.
///
/// # Errors
/// [`StorageError`].
pub fn manual_entry_by_request(
    conn: &mut DbConn,
    shop: ShopId,
    request: &str,
) -> Result<Option<ManualEntry>, StorageError> {
    let found = on_each!(conn, c => manual_entries::table
        .filter(manual_entries::shop_id.eq(shop.0))
        .filter(manual_entries::request.eq(request))
        .select(ManualEntry::as_select())
        .first(c)
        .optional());
    Ok(found?)
}

/// The manual entries about an order, oldest first.
///
/// # Errors
/// [`StorageError`].
pub fn manual_entries_of_order(
    conn: &mut DbConn,
    shop: ShopId,
    order: OrderId,
    limit: i64,
) -> Result<Vec<(ManualEntry, Entry)>, StorageError> {
    let query = manual_entries::table
        .inner_join(ledger_entries::table.on(ledger_entries::id.eq(manual_entries::entry_id)))
        .filter(manual_entries::order_id.eq(order.0))
        .filter(manual_entries::shop_id.eq(shop.0))
        .order(manual_entries::entry_id)
        .limit(limit)
        .select((ManualEntry::as_select(), Entry::as_select()));
    Ok(query.load(conn)?)
}

/// What was written beside some of the shop's entries, for a page of them.
///
/// # Errors
/// [`StorageError`].
pub fn manual_entries_by_ids(
    conn: &mut DbConn,
    shop: ShopId,
    entries: &[EntryId],
) -> Result<Vec<ManualEntry>, StorageError> {
    let ids: Vec<i64> = entries.iter().map(|id| id.0).collect();
    let query = manual_entries::table
        .filter(manual_entries::entry_id.eq_any(ids))
        .filter(manual_entries::shop_id.eq(shop.0))
        .select(ManualEntry::as_select());
    Ok(query.load(conn)?)
}
