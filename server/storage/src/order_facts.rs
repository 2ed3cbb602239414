//! What only Shopify knows of an order: its products' collections, and whether the customer had
//! ordered before the app was there. Looked up once; what was found counts for the order for ever, so
//! that computing it again gives the same.

use std::collections::BTreeMap;

use domain::{
    ids::{ShopId, ShopifyId},
    time::UtcTime,
};

use crate::{
    DbConn, Json, StorageError, WriteTx, bulk,
    columns::record,
    lookup::{keys_of_shop, lookup},
};

record! {
    /// Facts about one order.
    pub struct OrderFacts in order_facts {
        /// Its shop.
        pub shop_id: ShopId,
        /// Shopify's id of the order.
        pub shopify_order_id: ShopifyId,
        /// Collections by product.
        pub collections: Json<BTreeMap<u64, Vec<u64>>>,
        /// The customer had ordered before; none where that is not known.
        pub is_returning: Option<bool>,
        /// When it was looked up.
        pub looked_up_at: UtcTime,
    }
}

/// Keeps what was looked up first.
///
/// # Errors
/// [`StorageError`].
pub fn order_facts_keep(tx: &mut WriteTx<'_>, facts: &OrderFacts) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (shop_id, shopify_order_id) DO NOTHING";
    bulk::insert(tx, std::slice::from_ref(facts), tail)?;
    Ok(())
}

/// What is known of some orders.
///
/// # Errors
/// [`StorageError`].
pub fn order_facts_of(
    conn: &mut DbConn,
    shop: ShopId,
    orders: &[ShopifyId],
) -> Result<Vec<OrderFacts>, StorageError> {
    let keys = keys_of_shop(&shop, orders)?;
    let per_key = "WHERE shop_id = ? AND shopify_order_id = ?";
    Ok(lookup!(conn, OrderFacts, per_key, keys))
}
