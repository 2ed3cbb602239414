//! What the shop is, what it has granted, and what it pays for.

use shopify::admin::{
    billing::{ReadSubscriptions, SubscriptionStatus},
    shop::ReadShop,
};
use storage::{
    StorageError,
    contacts::contact_learn,
    installations::{installation_set_plan, installation_set_scopes},
    shops::{self, ShopProfile},
};

use crate::{
    admin_api::{AdminError, ShopAddress},
    app::App,
};

/// Takes over name, currency, zone and scopes.
///
/// # Errors
/// [`AdminError`].
pub async fn read_shop(app: &App, shop: &ShopAddress) -> Result<(), AdminError> {
    let facts = app.admin_api.call(shop, &ReadShop).await?;
    let id = shop.id;
    let scopes = facts.scopes.to_string();
    let profile = ShopProfile {
        shopify_shop_id: facts.id,
        name: facts.name,
        currency: facts.currency,
        timezone: facts.timezone,
    };
    app.storage
        .write(move |tx| {
            shops::shop_update_profile(tx, id, &profile)?;
            if let Some(email) = &facts.email {
                contact_learn(tx, id, email)?;
            }
            installation_set_scopes(tx, id, &scopes)
        })
        .await?;
    Ok(())
}

/// Takes over which plan the shop pays for. The return address of a charge proves nothing.
///
/// # Errors
/// [`AdminError`].
pub async fn read_plan(app: &App, shop: &ShopAddress) -> Result<(), AdminError> {
    let found = app.admin_api.call(shop, &ReadSubscriptions).await?;
    let active = found.into_iter().find(|one| one.status == SubscriptionStatus::Active);
    let (id, name) = (shop.id, active.map(|one| one.name));
    app.storage
        .write(move |tx| {
            let status = name.as_ref().map(|_| "ACTIVE");
            installation_set_plan(tx, id, name.as_deref(), status)
        })
        .await
        .map_err(|error: StorageError| error.into())
}
