//! How a shop comes to be known: by the first page that its merchant opens (managed installation), or by
//! a signed webhook that is faster.

use domain::{ids::ShopId, shop::ShopSettings, time::UtcTime};
use storage::{
    StorageError, WriteTx,
    installations::installation_seen,
    shopify_tasks::{TaskKind, task_add, task_plan, tasks_revive},
    shops::{self, Shop},
};

/// A shop of which nothing is known but its domain.
///
/// # Errors
/// [`StorageError::Other`] when the settings are no JSON, which cannot be.
pub fn new_shop(tx: &WriteTx<'_>, domain: &str, now: UtcTime) -> Result<Shop, StorageError> {
    Ok(Shop {
        id: ShopId(tx.next_id(now)),
        domain: domain.to_owned(),
        shopify_shop_id: None,
        name: domain.split('.').next().unwrap_or(domain).to_owned(),
        currency: None,
        timezone: "UTC".to_owned(),
        settings: serde_json::to_string(&ShopSettings::default())
            .map_err(|error| StorageError::Other(error.to_string()))?,
        is_demo: false,
        installed_at: now,
        uninstalled_at: None,
    })
}

/// The shop with this domain, which a session token has proved; made when it is new, and back when it
/// was removed.
///
/// # Errors
/// [`StorageError`].
pub fn welcome_shop(
    tx: &mut WriteTx<'_>,
    domain: &str,
    now: UtcTime,
) -> Result<Shop, StorageError> {
    let fresh = new_shop(tx, domain, now)?;
    let shop = shops::shop_insert_if_absent(tx, &fresh)?;
    // A removal that is being settled just now ends first.
    let shop = shops::shop_to_change(tx, shop.id)?;
    installation_seen(tx, shop.id, now)?;
    if shop.uninstalled_at.is_none() {
        return Ok(shop);
    }
    shops::shop_set_installed(tx, shop.id, now)?;
    Ok(Shop { installed_at: now, uninstalled_at: None, ..shop })
}

/// What has to be done for a shop whose first token has just come: read what it is, connect the pixel,
/// look which orders we missed, whatever failed without a token; and what is done every day.
///
/// # Errors
/// [`StorageError`].
pub fn begin_work(tx: &mut WriteTx<'_>, shop: ShopId, now: UtcTime) -> Result<(), StorageError> {
    tasks_revive(tx, shop, now)?;
    for kind in [
        TaskKind::ReadShop,
        TaskKind::ReadPlan,
        TaskKind::ConnectPixel,
        TaskKind::TellStorefront,
        TaskKind::Reconcile,
    ] {
        task_add(tx, shop, kind, "", now)?;
    }
    task_plan(tx, shop, (TaskKind::KeepAlive, ""), now, now.plus_days(1))
}
