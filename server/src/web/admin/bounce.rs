//! The page where App Bridge fetches a new session token and loads the page asked for again
//! (shopify.md 1.7).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use shopify::shop_domain::ShopDomain;

use crate::{
    app::App,
    error::AppError,
    web::{
        embedded::is_crawler,
        forms::Fields,
        pages::{Framing, html},
        view::problem::BouncePage,
    },
};

/// `GET /auth/session-token`.
///
/// # Errors
/// [`AppError::BadRequest`] when the page to return to is not one of ours.
pub async fn page(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, AppError> {
    if is_crawler(&request) {
        return Err(AppError::OutsideAdmin);
    }
    let query = Fields::of_whole_query(&request);
    let shop = ShopDomain::parse(query.value("shop"));
    let shop = shop.map_err(|_bad| AppError::BadRequest("The shop is missing.".to_owned()))?;
    if !is_own_path(query.value("shopify-reload")) {
        return Err(AppError::BadRequest("The page to return to is not ours.".to_owned()));
    }
    let api_key = app.settings.shopify_api_key.clone();
    let framing = Framing::Admin { shop: shop.as_str().to_owned(), api_key: api_key.clone() };
    std::future::ready(html(StatusCode::OK, BouncePage { api_key }, &framing)).await
}

/// A path of this host, in every reading that a browser has of it.
fn is_own_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && !path.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_this_host_is_returned_to() {
        assert!(is_own_path("/admin/orders?status=pending"));
        for other in ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\tb"] {
            assert!(!is_own_path(other), "{other:?}");
        }
    }
}
