//! The first page that Shopify opens for a merchant is how an installation tells us of itself
//! (managed installation): the shop is stored, or comes back.

use domain::{ids::ShopId, time::UtcTime};
use storage::{
    StorageError, WriteTx,
    shops::{self, Shop},
};

/// The shop with this domain, which a session token has proved; made when it is new.
///
/// # Errors
/// [`StorageError`].
pub fn welcome_shop(
    tx: &mut WriteTx<'_>,
    domain: &str,
    now: UtcTime,
) -> Result<Shop, StorageError> {
    let fresh = Shop {
        id: ShopId(tx.next_id(now)),
        domain: domain.to_owned(),
        shopify_shop_id: None,
        name: domain.to_owned(),
        currency: None,
        timezone: "UTC".to_owned(),
        settings: "{}".to_owned(),
        is_demo: false,
        installed_at: now,
        uninstalled_at: None,
    };
    let shop = shops::shop_insert_if_absent(tx, &fresh)?;
    if shop.uninstalled_at.is_none() {
        return Ok(shop);
    }
    shops::shop_set_uninstalled(tx, shop.id, None)?;
    Ok(Shop { uninstalled_at: None, ..shop })
}
