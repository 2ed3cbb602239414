//! The older way to install, through pages outside of the admin: to Shopify's page to grant, and back
//! with a code. Managed installation needs none of it; a surface that is not embedded does.

use actix_web::{HttpRequest, HttpResponse, http::header::LOCATION, web::Data};
use shopify::{
    oauth::{CallbackError, authorize_path, read_callback},
    shop_domain::ShopDomain,
};

use super::{
    forms::Fields,
    session::{CookieKind, cookie, read_cookie, removal},
};
use crate::{
    admin_api::ShopAddress,
    app::App,
    error::AppError,
    flows::welcome_shop::{begin_work, welcome_shop},
    secrets::{Purpose, mac, random_token},
};

/// Where the older way to install begins.
pub const BEGIN_PATH: &str = "/auth/begin";
/// Where Shopify sends the merchant back to, as `shopify.app.toml` says.
pub const CALLBACK_PATH: &str = "/auth/callback";

/// `GET /auth/begin?shop=`: only links to it that Shopify or we made lead anywhere, because the shop has
/// to be one that Shopify knows.
///
/// # Errors
/// [`AppError::BadRequest`] without a shop.
pub async fn begin(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let query = Fields::of_whole_query(&request);
    let shop = ShopDomain::parse(query.value("shop"))
        .map_err(|_bad| AppError::BadRequest("The shop is missing.".to_owned()))?;
    let nonce = random_token().map_err(|error| AppError::Internal(error.into()))?;
    let callback = format!("{}{CALLBACK_PATH}", app.settings.app_url);
    let state = state_of(&app, &nonce, &shop);
    let path = authorize_path(&app.settings.shopify_api_key, &callback, &state);
    let location = app.admin_api.endpoints().of_shop(shop.as_str(), &path);
    let answer = HttpResponse::Found()
        .insert_header((LOCATION, location))
        .cookie(cookie(&app, CookieKind::Install, nonce))
        .finish();
    std::future::ready(Ok(answer)).await
}

/// `GET /auth/callback`: checked, exchanged, and into the admin.
///
/// # Errors
/// [`AppError::BadRequest`] for a callback that is not the answer to a question of this browser.
pub async fn callback(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let query = Fields::of_whole_query(&request);
    let nonce = read_cookie(&app, &request, CookieKind::Install).unwrap_or_default();
    let shop =
        ShopDomain::parse(query.value("shop")).map_err(|_bad| refusal(CallbackError::BadShop))?;
    // Without the cookie there is no state that could be right.
    let state = if nonce.is_empty() { String::new() } else { state_of(&app, &nonce, &shop) };
    let now = app.clock.now();
    let read = read_callback(request.query_string(), &state, &app.app_secrets, now);
    let read = read.map_err(refusal)?;
    let domain = read.shop.as_str().to_owned();
    let shop = app.storage.write(move |tx| welcome_shop(tx, &domain, now)).await?;
    let address = ShopAddress::from(&shop);
    app.admin_api.connect_by_code(&address, &read.code).await.map_err(|error| {
        tracing::warn!(shop = shop.id.0, %error, "a code brought no token");
        AppError::BadRequest(error.advice())
    })?;
    let id = shop.id;
    app.storage.write(move |tx| begin_work(tx, id, now)).await?;
    let handle = read.host.as_ref().map_or(read.shop.handle(), |host| host.shop().handle());
    let page = format!("/apps/{}", app.settings.shopify_api_key);
    Ok(HttpResponse::Found()
        .insert_header((LOCATION, app.admin_api.endpoints().admin(handle, &page)))
        .cookie(removal(&app, CookieKind::Install))
        .finish())
}

/// The cookie's nonce, bound to the shop, under a key of its own: never the client secret, with which
/// Shopify signs.
fn state_of(app: &App, nonce: &str, shop: &ShopDomain) -> String {
    let key = app.master_key.derive(Purpose::FormToken);
    hex::encode(mac(&key, &[b"install/", nonce.as_bytes(), b"/", shop.as_str().as_bytes()]))
}

fn refusal(error: CallbackError) -> AppError {
    AppError::BadRequest(format!("This is no answer of Shopify: {error}. Start again."))
}
