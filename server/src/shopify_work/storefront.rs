//! Tells the theme extension what it has to know of the shop's rules, so that no page has to ask.

use serde_json::{Value, json};
use shopify::admin::storefront::{ReadInstallation, TellStorefront};

use crate::{
    admin_api::{AdminError, ShopAddress},
    app::App,
    flows::shop_book::ShopBook,
};

/// Writes the metafield that `extensions/affiliate-embed/blocks/tracking.liquid` reads.
///
/// # Errors
/// [`AdminError`].
pub async fn tell_storefront(app: &App, shop: &ShopAddress) -> Result<(), AdminError> {
    let (id, books) = (shop.id, std::sync::Arc::clone(&app.books));
    let book = app.storage.read(move |conn| books.of(conn, id)).await?;
    let installation = app.admin_api.call(shop, &ReadInstallation).await?;
    app.admin_api.call(shop, &TellStorefront { installation, settings: settings_of(&book) }).await
}

/// Whose touch earns, and for how long a landing may count: only the server knows by which program.
fn settings_of(book: &ShopBook) -> Value {
    json!({
        "click_model": book.settings.attribution.click_model,
        "window_days": book.longest_window_days(),
    })
}
