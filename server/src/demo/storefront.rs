//! The storefront as it is deployed to Shopify: the very files of the extensions, served to the demo
//! store's pages, and the cart they write to.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::Cookie,
    http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS},
    web,
};
use serde::Deserialize;
use serde_json::json;

use super::state::DemoState;
use crate::flows::order_news::CART_ATTRIBUTE;

/// Where the store's pages find the theme extension's script.
pub(super) const SCRIPT: &str = "/tributary.js";
/// And what a page's own calls need.
pub(super) const CALLS: &str = "/tributary-calls.js";
/// Where the thank-you page finds the web pixel, with the sandbox around it.
pub(super) const WEB_PIXEL: &str = "/web-pixel.js";

const SCRIPT_TEXT: &str = include_str!("../../../extensions/affiliate-embed/assets/tributary.js");
const CALLS_TEXT: &str =
    include_str!("../../../extensions/affiliate-embed/assets/tributary-calls.js");
const SANDBOX_TEXT: &str = include_str!("../../assets/demo-sandbox.js");
const WEB_PIXEL_TEXT: &str = include_str!("../../../extensions/checkout-pixel/src/index.js");
/// What Shopify's bundler puts in place; here the sandbox is.
const WEB_PIXEL_IMPORT: &str = "import { register } from \"@shopify/web-pixels-extension\";";

/// Shopify's name of the cookie.
const CART_COOKIE: &str = "cart";
const CARTS_MAX: usize = 10_000;
const ATTRIBUTE_BYTES_MAX: usize = 2_048;

/// What visitors' carts carry besides goods, by the cart's token.
#[derive(Debug, Default)]
pub(super) struct Carts {
    attribution: Mutex<HashMap<String, String>>,
}

impl Carts {
    /// What the storefront wrote into the cart that a request belongs to.
    pub(super) fn attribution(&self, request: &HttpRequest) -> Option<String> {
        let token = request.cookie(CART_COOKIE)?;
        let carts = self.attribution.lock().unwrap_or_else(PoisonError::into_inner);
        carts.get(token.value()).cloned()
    }

    fn write(&self, token: &str, attribution: String) {
        let mut carts = self.attribution.lock().unwrap_or_else(PoisonError::into_inner);
        if carts.len() >= CARTS_MAX {
            carts.clear();
        }
        carts.insert(token.to_owned(), attribution);
    }
}

/// A body of `cart/update.js`, as far as the demo has carts.
#[derive(Debug, Deserialize)]
pub(super) struct CartUpdate {
    #[serde(default)]
    attributes: HashMap<String, Option<String>>,
}

/// The theme extension's script.
pub(super) async fn script() -> HttpResponse {
    std::future::ready(javascript(SCRIPT_TEXT.to_owned())).await
}

/// The script behind `tributary.goal` and `tributary.purchase`.
pub(super) async fn calls() -> HttpResponse {
    std::future::ready(javascript(CALLS_TEXT.to_owned())).await
}

/// The web pixel's script, ready for a worker.
pub(super) async fn web_pixel() -> HttpResponse {
    let pixel = WEB_PIXEL_TEXT.replace(WEB_PIXEL_IMPORT, "");
    std::future::ready(javascript(format!("{SANDBOX_TEXT}\n{pixel}"))).await
}

/// Writes attributes; other keys stay, as at Shopify.
pub(super) async fn update_cart(
    request: HttpRequest,
    update: web::Json<CartUpdate>,
    state: web::Data<DemoState>,
) -> HttpResponse {
    let known = request.cookie(CART_COOKIE).map(|cookie| cookie.value().to_owned());
    let token = known.unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
    if let Some(written) = update.attributes.get(CART_ATTRIBUTE) {
        let fits = |text: &String| text.len() <= ATTRIBUTE_BYTES_MAX;
        state.carts.write(&token, written.clone().filter(fits).unwrap_or_default());
    }
    let cookie = Cookie::build(CART_COOKIE, token.clone()).path("/").finish();
    std::future::ready(HttpResponse::Ok().cookie(cookie).json(json!({"token": token}))).await
}

fn javascript(text: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sandbox_takes_the_place_of_the_only_import() {
        assert_eq!(WEB_PIXEL_TEXT.matches("import ").count(), 1);
        assert!(WEB_PIXEL_TEXT.contains(WEB_PIXEL_IMPORT));
    }
}
