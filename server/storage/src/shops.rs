//! Installed stores: the tenants.

use diesel::prelude::*;
use domain::{
    ids::{ShopId, ShopifyId},
    money::Currency,
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk, columns::record, conn::load_to_change, schema::shops,
    sql::execute,
};

record! {
    /// A store that has, or had, the app installed.
    pub struct Shop in shops {
        /// Ours.
        pub id: ShopId,
        /// `name.myshopify.com`, lower case: its identity.
        pub domain: String,
        /// Shopify's id, once known.
        pub shopify_shop_id: Option<ShopifyId>,
        /// For people.
        pub name: String,
        /// Its currency, once known.
        pub currency: Option<Currency>,
        /// IANA name of its time zone.
        pub timezone: String,
        /// The settings document.
        pub settings: String,
        /// Made by `tributary demo`.
        pub is_demo: bool,
        /// First installation, or the latest one after it was removed.
        pub installed_at: UtcTime,
        /// Removed since then.
        pub uninstalled_at: Option<UtcTime>,
    }
}

/// Inserts a shop unless its domain is known, and returns the stored one.
///
/// # Errors
/// [`StorageError`].
pub fn shop_insert_if_absent(tx: &mut WriteTx<'_>, shop: &Shop) -> Result<Shop, StorageError> {
    bulk::insert(tx, std::slice::from_ref(shop), "ON CONFLICT (domain) DO NOTHING")?;
    shop_by_domain(tx, &shop.domain)?.ok_or(StorageError::NotFound)
}

/// The shop with this domain. Crosses shops: this is how a caller's shop is found.
///
/// # Errors
/// [`StorageError`].
pub fn shop_by_domain(conn: &mut DbConn, domain: &str) -> Result<Option<Shop>, StorageError> {
    let query = shops::table.filter(shops::domain.eq(domain)).select(Shop::as_select());
    Ok(query.first(conn).optional()?)
}

/// The shop with this id.
///
/// # Errors
/// [`StorageError`].
pub fn shop_by_id(conn: &mut DbConn, shop: ShopId) -> Result<Option<Shop>, StorageError> {
    let query = shops::table.find(shop.0).select(Shop::as_select());
    Ok(query.first(conn).optional()?)
}

/// The shop with this id, for a change of it; see [`shop_lock`].
///
/// # Errors
/// [`StorageError::NotFound`] without such a shop.
pub fn shop_to_change(tx: &mut WriteTx<'_>, shop: ShopId) -> Result<Shop, StorageError> {
    let found: Vec<Shop> =
        load_to_change!(tx, shops::table.find(shop.0).select(Shop::as_select()))?;
    found.into_iter().next().ok_or(StorageError::NotFound)
}

/// All shops in the order of their ids, after one of them: for operators' commands and the sweepers.
///
/// # Errors
/// [`StorageError`].
pub fn shop_list(
    conn: &mut DbConn,
    after: Option<ShopId>,
    limit: i64,
) -> Result<Vec<Shop>, StorageError> {
    let query = shops::table
        .filter(shops::id.gt(after.map_or(0, |id| id.0)))
        .order(shops::id)
        .limit(limit)
        .select(Shop::as_select());
    Ok(query.load(conn)?)
}

/// Replaces the settings document.
///
/// # Errors
/// [`StorageError::NotFound`] without such a shop.
pub fn shop_update_settings(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    settings: &str,
) -> Result<(), StorageError> {
    one(execute!(
        &mut **tx,
        "UPDATE shops SET settings = ?, revision = revision + 1 WHERE id = ?",
        [settings, shop]
    ))
}

/// What Shopify says about a shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopProfile {
    /// Shopify's id.
    pub shopify_shop_id: Option<ShopifyId>,
    /// For people.
    pub name: String,
    /// Its currency.
    pub currency: Option<Currency>,
    /// IANA name of its time zone.
    pub timezone: String,
}

/// Takes over what Shopify says about the shop.
///
/// # Errors
/// [`StorageError::NotFound`] without such a shop.
pub fn shop_update_profile(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    profile: &ShopProfile,
) -> Result<(), StorageError> {
    let text = "UPDATE shops SET shopify_shop_id = ?, name = ?, currency = ?, timezone = ?, \
         revision = revision + 1 WHERE id = ?";
    one(execute!(
        &mut **tx,
        text,
        [profile.shopify_shop_id, profile.name, profile.currency, profile.timezone, shop,]
    ))
}

/// Sets the currency where nobody has told it: the first order does when the profile has not.
///
/// # Errors
/// [`StorageError`].
pub fn shop_update_currency(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    currency: Currency,
) -> Result<(), StorageError> {
    let text = "UPDATE shops SET currency = ?, revision = revision + 1 \
         WHERE id = ? AND currency IS NULL";
    execute!(&mut **tx, text, [currency, shop]);
    Ok(())
}

/// The app was removed; its data stays.
///
/// # Errors
/// [`StorageError::NotFound`] without such a shop.
pub fn shop_set_uninstalled(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    uninstalled_at: UtcTime,
) -> Result<(), StorageError> {
    let text = "UPDATE shops SET uninstalled_at = ? WHERE id = ?";
    one(execute!(&mut **tx, text, [uninstalled_at, shop]))
}

/// The app was installed anew.
///
/// # Errors
/// [`StorageError::NotFound`] without such a shop.
pub fn shop_set_installed(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    installed_at: UtcTime,
) -> Result<(), StorageError> {
    let text = "UPDATE shops SET installed_at = ?, uninstalled_at = NULL WHERE id = ?";
    one(execute!(&mut **tx, text, [installed_at, shop]))
}

/// Other transactions that lock this shop wait until this one ends: for what is counted, numbered or
/// looked for before it is written. Lock before the first read that matters, and before any other row.
///
/// # Errors
/// [`StorageError`].
pub fn shop_lock(tx: &mut WriteTx<'_>, shop: ShopId) -> Result<(), StorageError> {
    let _found: Vec<i64> = load_to_change!(tx, shops::table.find(shop.0).select(shops::id))?;
    Ok(())
}

/// Exactly one row was meant.
pub(crate) fn one(changed: usize) -> Result<(), StorageError> {
    if changed == 0 { Err(StorageError::NotFound) } else { Ok(()) }
}

/// Counts the changes of a shop's settings, programs and postbacks: whoever keeps them in memory
/// reads them again when it has grown.
///
/// # Errors
/// [`StorageError::NotFound`] without such a shop.
pub fn shop_revision(conn: &mut DbConn, shop: ShopId) -> Result<i64, StorageError> {
    let query = shops::table.find(shop.0).select(shops::revision);
    Ok(query.first(conn)?)
}

/// Notes a change of what processes keep in memory, in the transaction of the change.
pub(crate) fn revise(tx: &mut WriteTx<'_>, shop: ShopId) -> Result<(), StorageError> {
    one(execute!(&mut **tx, "UPDATE shops SET revision = revision + 1 WHERE id = ?", [shop]))
}
