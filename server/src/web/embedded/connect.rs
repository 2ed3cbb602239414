//! A merchant's page brings the shop's access token: the session token that it proves itself with is
//! exchanged for one, unless there is one (shopify.md 1.1). Repeat-safe: one exchange at a time per
//! shop, and none while a token is good (`admin_api::tokens`).

use std::time::Duration;

use storage::shops::Shop;

use crate::{
    admin_api::{AdminError, Connected, ShopAddress},
    app::App,
    flows::welcome_shop::begin_work,
};

/// Longest that a page waits for Shopify. The exchange goes on without it: a pair that was given must
/// be kept.
const PAGE_WAITS: Duration = Duration::from_secs(3);

/// Shopify does not take the session token, so App Bridge has to bring another one.
#[derive(Debug, PartialEq, Eq)]
pub struct RefusedByShopify;

/// Connects the shop. Whatever stands in the way but the session token is logged, and the page is shown
/// without it.
///
/// # Errors
/// [`RefusedByShopify`].
pub async fn connect(app: &App, shop: &Shop, session_token: &str) -> Result<(), RefusedByShopify> {
    // The demo's shop is not at Shopify.
    if app.is_demo || shop.is_demo {
        return Ok(());
    }
    let (api, address, token) =
        (app.admin_api.clone(), ShopAddress::from(shop), session_token.to_owned());
    let (storage, now) = (app.storage.clone(), app.clock.now());
    let exchange = tokio::spawn(async move {
        let outcome = api.connect(&address, &token).await;
        if matches!(outcome, Ok(Connected::Anew)) {
            let id = address.id;
            if let Err(error) = storage.write(move |tx| begin_work(tx, id, now)).await {
                tracing::error!(shop = %address.domain, %error, "its first tasks are not planned");
            }
        }
        if let Err(error) = &outcome {
            tracing::warn!(shop = %address.domain, %error, "the shop is not connected");
        }
        outcome
    });
    match tokio::time::timeout(PAGE_WAITS, exchange).await {
        Ok(Ok(Err(AdminError::BadSessionToken))) => Err(RefusedByShopify),
        _ => Ok(()),
    }
}
