//! What is tied to an affiliate besides links and coupons: products, and customers for life (G79).

use domain::{
    ids::{AffiliateId, ShopId, ShopifyId},
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::record,
    lookup::{keys_of_shop, lookup},
};

record! {
    /// A product whose orders credit an affiliate.
    pub struct ProductBinding in product_bindings {
        /// Its shop.
        pub shop_id: ShopId,
        /// The product.
        pub product_id: ShopifyId,
        /// Who is credited.
        pub affiliate_id: AffiliateId,
    }
}

record! {
    /// A customer whose orders credit an affiliate.
    pub struct CustomerBinding in customer_bindings {
        /// Its shop.
        pub shop_id: ShopId,
        /// The customer.
        pub customer_id: ShopifyId,
        /// Who is credited.
        pub affiliate_id: AffiliateId,
        /// Since when.
        pub bound_at: UtcTime,
    }
}

/// Ties a product to an affiliate.
///
/// # Errors
/// [`StorageError::Conflict`] when it is tied to somebody.
pub fn product_binding_insert(
    tx: &mut WriteTx<'_>,
    binding: &ProductBinding,
) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (shop_id, product_id) DO NOTHING";
    match bulk::insert(tx, std::slice::from_ref(binding), tail)? {
        0 => Err(StorageError::Conflict(format!("product {}", binding.product_id))),
        _ => Ok(()),
    }
}

/// Those of the products that are tied to somebody.
///
/// # Errors
/// [`StorageError`].
pub fn product_bindings_for(
    conn: &mut DbConn,
    shop: ShopId,
    products: &[ShopifyId],
) -> Result<Vec<ProductBinding>, StorageError> {
    let keys = keys_of_shop(&shop, products)?;
    let per_key = "WHERE shop_id = ? AND product_id = ?";
    Ok(lookup!(conn, ProductBinding, per_key, keys))
}

/// Ties a customer to an affiliate unless it is tied already; true if it was free.
///
/// # Errors
/// [`StorageError`].
pub fn customer_binding_insert_if_absent(
    tx: &mut WriteTx<'_>,
    binding: &CustomerBinding,
) -> Result<bool, StorageError> {
    let tail = "ON CONFLICT (shop_id, customer_id) DO NOTHING";
    Ok(bulk::insert(tx, std::slice::from_ref(binding), tail)? == 1)
}

/// Whom a customer is tied to.
///
/// # Errors
/// [`StorageError`].
pub fn customer_binding(
    conn: &mut DbConn,
    shop: ShopId,
    customer: ShopifyId,
) -> Result<Option<CustomerBinding>, StorageError> {
    Ok(customer_bindings_for(conn, shop, &[customer])?.pop())
}

/// Those of the customers that are tied to somebody.
///
/// # Errors
/// [`StorageError`].
pub fn customer_bindings_for(
    conn: &mut DbConn,
    shop: ShopId,
    customers: &[ShopifyId],
) -> Result<Vec<CustomerBinding>, StorageError> {
    let keys = keys_of_shop(&shop, customers)?;
    let per_key = "WHERE shop_id = ? AND customer_id = ?";
    Ok(lookup!(conn, CustomerBinding, per_key, keys))
}
