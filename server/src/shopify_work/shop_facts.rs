//! What the shop is, and what it has granted. Not here: what it pays for (`plan`).

use shopify::admin::shop::ReadShop;
use storage::{
    contacts::contact_learn,
    installations::installation_set_scopes,
    shops::{self, ShopProfile},
};

use crate::{
    admin_api::{AdminError, ShopAddress},
    app::App,
    flows::plans::note,
};

/// Takes over name, currency, zone and scopes.
///
/// # Errors
/// [`AdminError`].
pub async fn read_shop(app: &App, shop: &ShopAddress) -> Result<(), AdminError> {
    let facts = app.admin_api.call(shop, &ReadShop).await?;
    let (id, is_development) = (shop.id, facts.is_partner_store);
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
            note(tx, id, |plan| plan.is_development = is_development)?;
            if let Some(email) = &facts.email {
                contact_learn(tx, id, email)?;
            }
            installation_set_scopes(tx, id, &scopes)
        })
        .await?;
    Ok(())
}
