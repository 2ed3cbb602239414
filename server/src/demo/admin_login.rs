//! The merchant's way in: what the Shopify admin does for a real shop, the demo does at an address.

use actix_web::{HttpRequest, HttpResponse, http::header::LOCATION};

use super::BASE;

/// Opens a page of the merchant: the one whose address follows the demo's own.
pub(super) async fn open(request: HttpRequest) -> HttpResponse {
    let page = request.uri().path().strip_prefix(BASE).unwrap_or("/admin");
    HttpResponse::SeeOther().insert_header((LOCATION, page)).finish()
}
