//! Connects the web pixel: deploying the extension is not enough, each shop gets its settings.

use serde_json::{Value, json};
use shopify::admin::pixel::{CreatePixel, ReadPixel, UpdatePixel, WebPixel};
use storage::installations::installation_set_pixel;

use crate::{
    admin_api::{AdminError, ShopAddress},
    app::App,
};

/// Connects the pixel, or brings its settings up to date; remembers why where that cannot be.
///
/// # Errors
/// [`AdminError`] of what may pass; a refusal is written down for the merchant and is no error.
pub async fn connect_pixel(app: &App, shop: &ShopAddress) -> Result<(), AdminError> {
    let outcome = match connect(app, shop).await {
        Ok(pixel) => Ok(pixel.id),
        Err(error @ (AdminError::Refused(_) | AdminError::Denied(_))) => Err(error.advice()),
        Err(error) => return Err(error),
    };
    let id = shop.id;
    app.storage
        .write(move |tx| {
            let pixel = outcome.as_ref().map(String::as_str).map_err(String::as_str);
            installation_set_pixel(tx, id, pixel)
        })
        .await?;
    Ok(())
}

async fn connect(app: &App, shop: &ShopAddress) -> Result<WebPixel, AdminError> {
    let settings = pixel_settings(app);
    match app.admin_api.call(shop, &ReadPixel).await {
        Ok(Some(pixel)) if is_set(&pixel, &settings) => Ok(pixel),
        Ok(Some(pixel)) => app.admin_api.call(shop, &UpdatePixel { id: pixel.id, settings }).await,
        // Without a pixel Shopify answers null, or refuses to find it.
        Ok(None) | Err(AdminError::Broken(_)) => {
            app.admin_api.call(shop, &CreatePixel { settings }).await
        }
        Err(error) => Err(error),
    }
}

fn is_set(pixel: &WebPixel, settings: &Value) -> bool {
    let known = pixel.settings.as_deref().and_then(|text| serde_json::from_str(text).ok());
    known.is_some_and(|known: Value| known == *settings)
}

/// The fields of `extensions/checkout-pixel/shopify.extension.toml`.
fn pixel_settings(app: &App) -> Value {
    json!({"app_url": app.settings.app_url})
}
