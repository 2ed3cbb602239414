//! Which collections products are in, as far as it was looked up.

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
    /// A product's collections.
    pub struct ProductCollections in product_collections {
        /// Its shop.
        pub shop_id: ShopId,
        /// The product.
        pub product_id: ShopifyId,
        /// Its collections.
        pub collection_ids: Json<Vec<ShopifyId>>,
        /// When it was looked up.
        pub fetched_at: UtcTime,
    }
}

/// Keeps what was looked up.
///
/// # Errors
/// [`StorageError`].
pub fn product_collections_save(
    tx: &mut WriteTx<'_>,
    rows: &[ProductCollections],
) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (shop_id, product_id) DO UPDATE SET \
         collection_ids = excluded.collection_ids, fetched_at = excluded.fetched_at";
    bulk::insert(tx, rows, tail)?;
    Ok(())
}

/// What is known of some products.
///
/// # Errors
/// [`StorageError`].
pub fn product_collections_of(
    conn: &mut DbConn,
    shop: ShopId,
    products: &[ShopifyId],
) -> Result<Vec<ProductCollections>, StorageError> {
    let keys = keys_of_shop(&shop, products)?;
    let per_key = "WHERE shop_id = ? AND product_id = ?";
    Ok(lookup!(conn, ProductCollections, per_key, keys))
}
