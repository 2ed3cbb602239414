//! Credits an order by the merchant's own choice, found by the name that the merchant knows it by.

use domain::{
    ids::{AffiliateId, ShopId},
    time::UtcTime,
};
use storage::{
    StorageError, WriteTx,
    firings::Firing,
    orders::{OrderFilter, order_page},
};

use super::settle_orders::Settler;

/// Credits the order with this name (`#1001`, or `1001`) to an affiliate; of several with one name the
/// newest. Whoever had it before loses it with the reason "superseded by manual".
///
/// # Errors
/// [`StorageError::NotFound`] for an order or affiliate that the shop does not have.
pub fn assign_by_name(
    tx: &mut WriteTx<'_>,
    settler: &Settler,
    shop: ShopId,
    name: &str,
    affiliate: AffiliateId,
    now: UtcTime,
) -> Result<Vec<Firing>, StorageError> {
    let name = name.trim();
    for name in [name.to_owned(), format!("#{}", name.trim_start_matches('#'))] {
        let filter = OrderFilter { name: Some(name), ..OrderFilter::default() };
        if let Some(order) = order_page(tx, shop, &filter, None, 1)?.first() {
            return settler.assign(tx, shop, order.shopify_order_id, affiliate, now);
        }
    }
    Err(StorageError::NotFound)
}
