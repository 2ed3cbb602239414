//! Which collections products are in: looked up once a day per product, kept in the table.

use std::collections::BTreeMap;

use domain::ids::ShopifyId;
use shopify::admin::collections::{PRODUCTS_MAX, ReadCollections};
use storage::{
    Json,
    product_collections::{ProductCollections, product_collections_of, product_collections_save},
};

use crate::{
    admin_api::{AdminError, ShopAddress},
    app::App,
};

/// How long what was looked up counts.
const FRESH_S: i64 = 86_400;

/// The collections of some products.
///
/// # Errors
/// [`AdminError`].
pub(super) async fn collections_of(
    app: &App,
    shop: &ShopAddress,
    products: &[ShopifyId],
) -> Result<BTreeMap<ShopifyId, Vec<ShopifyId>>, AdminError> {
    let (id, now) = (shop.id, app.clock.now());
    let asked = products.to_vec();
    let known = app.storage.read(move |conn| product_collections_of(conn, id, &asked)).await?;
    let mut found: BTreeMap<ShopifyId, Vec<ShopifyId>> = known
        .into_iter()
        .filter(|row| now.seconds_since(row.fetched_at) < FRESH_S)
        .map(|row| (row.product_id, row.collection_ids.0))
        .collect();
    let missing: Vec<ShopifyId> =
        products.iter().filter(|product| !found.contains_key(product)).copied().collect();
    for chunk in missing.chunks(PRODUCTS_MAX) {
        let ask = ReadCollections { products: chunk.to_vec() };
        let fresh = app.admin_api.call(shop, &ask).await?;
        let rows: Vec<ProductCollections> = fresh
            .iter()
            .map(|(product, collections)| ProductCollections {
                shop_id: id,
                product_id: *product,
                collection_ids: Json(collections.clone()),
                fetched_at: now,
            })
            .collect();
        app.storage.write(move |tx| product_collections_save(tx, &rows)).await?;
        found.extend(fresh);
    }
    Ok(found)
}
